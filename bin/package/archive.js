// Archives whose bytes depend on nothing but what is in them: fixed times, owners and order.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** The time of everything in an archive, seconds since the epoch: that of the last commit, or SOURCE_DATE_EPOCH. */
export const sourceTime = (root) => {
  const { SOURCE_DATE_EPOCH: given } = process.env
  if (given !== undefined && given !== '') return Number(given)
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }))
}

/** The commit that a clone has checked out, with `-dirty` if it has changes; null: this is no clone. */
export const sourceCommit = (root) => {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '-dirty'}`
  } catch {
    return null
  }
}

/** The folder `name` in `parent` as `file`, a .tar.gz. */
export const makeArchive = (parent, name, time, file) => {
  const fixed = ['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner', '--format=ustar', '--mode=go-w,a+rX']
  const tar = execFileSync('tar', [...fixed, '-cf', '-', '-C', parent, name], { maxBuffer: 1e9 })
  writeFileSync(file, execFileSync('gzip', ['-9n'], { input: tar, maxBuffer: 1e9 }))
}

const digestOf = async (file) => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Lines as `sha256sum --check` reads them. */
export const digestLines = async (files) => {
  const lines = []
  for (const file of files) lines.push(`${await digestOf(file)}  ${basename(file)}\n`)
  return lines.join('')
}
