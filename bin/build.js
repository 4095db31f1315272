// Builds dist/ beside the old one, and then renames file by file: a server that runs from dist/ meanwhile finds each of its files at any
// time, whole. A build with type errors changes nothing, unless it is run with --despite-errors.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.js'
import { cacheStart } from './cache-name.js'
import { isRefused } from './node-version.js'
import { buildPage } from './page.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const day = 86_400_000

/** The paths of all files below, relative to the directory. */
const filesOf = (directory) =>
  existsSync(directory) ? readdirSync(directory, { recursive: true }).filter((name) => statSync(join(directory, name)).isFile()) : []

const compile = (outDir) => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, error } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', outDir], {
    cwd: root,
    stdio: 'inherit',
  })
  if (error !== undefined) process.stderr.write(`${error.message}\n`)
  return status === 0
}

/** A directory where the new tree has a file, or the reverse. */
const clear = (path, wantsFile) => {
  if (existsSync(path) && statSync(path).isFile() !== wantsFile) rmSync(path, { recursive: true })
}

/** A part of the bundle has another name once its content has changed: what was started before may still load it. */
const isRecentPart = (name) => /^fogbell-\w+\.js$/.test(name) && Date.now() - statSync(join(dist, name)).mtimeMs < day

/** Compiled code of the server stays while its text is the same. */
const isCurrentCache = (name) => {
  const server = join(dist, 'serve.cjs')
  return name.endsWith('.cache') && existsSync(server) && name.startsWith(cacheStart('serve.cjs', readFileSync(server, 'latin1')))
}

const replace = (aside) => {
  // In this order the parts of the bundle come before fogbell.js, which loads them.
  const made = filesOf(aside).sort()
  for (const name of made) {
    const target = join(dist, name)
    clear(dirname(target), false)
    mkdirSync(dirname(target), { recursive: true })
    clear(target, true)
    renameSync(join(aside, name), target)
  }
  const kept = new Set(made)
  const isKept = (name) => kept.has(name) || isRecentPart(name) || isCurrentCache(name)
  for (const name of filesOf(dist)) if (!isKept(name)) rmSync(join(dist, name))
}

const build = () => {
  const aside = mkdtempSync(join(root, '.dist-'))
  const wants = process.argv.includes('--despite-errors')
  const isGood = compile(aside)
  process.exitCode = isGood ? 0 : 1
  return Promise.all([bundle(aside), buildPage(aside)])
    .catch((error) => {
      process.stderr.write(`${error.message}\n`)
      process.exitCode = 1
    })
    .then(() => {
      if (process.exitCode === 0 || wants) replace(aside)
    })
    .finally(() => rmSync(aside, { recursive: true, force: true }))
}

if (!isRefused()) build()
