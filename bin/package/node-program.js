// The program of Node.js that an executable is made of, and those that the npm package is tried with: packages of the npm registry, pinned
// with their digests in node.json.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const { version: newest, integrity } = JSON.parse(readFileSync(new URL('./node.json', import.meta.url), 'utf8'))

/** That of the executable. */
export const nodeVersion = newest
export const nodeVersions = Object.keys(integrity)
export const architectures = Object.keys(integrity[newest])

const run = (program, args, options = {}) => execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1e9, ...options })

const fetchArchive = (arch, version, folder) => {
  const name = `node-linux-${arch}`
  const file = run('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', folder])
    .trim()
    .split('\n')
    .at(-1)
  const archive = join(folder, file)
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  const pinned = integrity[version][arch]
  if (found !== pinned) throw new Error(`${name}@${version} has the digest ${found}, and ${pinned} is pinned in bin/package/node.json`)
  return archive
}

/** The folder with `bin/node` and `LICENSE` for that architecture, fetched into `cache` at first. */
export const nodeFor = (arch, cache, version = nodeVersion) => {
  const folder = join(cache, `node-${version}-${arch}`)
  if (existsSync(folder)) return folder
  const aside = `${folder}.new`
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { recursive: true })
  const archive = fetchArchive(arch, version, aside)
  run('tar', ['-xzf', archive, '-C', aside, '--strip-components=1'])
  rmSync(archive)
  renameSync(aside, folder)
  return folder
}
