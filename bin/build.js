// Builds dist/ beside the old one, and then renames file by file: a server that runs from dist/ meanwhile finds each of its files at any
// time, whole. A build with type errors changes nothing, unless it is run with --despite-errors.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isRefused } from './node-version.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

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

const replace = (aside) => {
  const made = filesOf(aside)
  for (const name of made) {
    const target = join(dist, name)
    clear(dirname(target), false)
    mkdirSync(dirname(target), { recursive: true })
    clear(target, true)
    renameSync(join(aside, name), target)
  }
  const kept = new Set(made)
  for (const name of filesOf(dist)) if (!kept.has(name)) rmSync(join(dist, name))
}

const build = () => {
  const aside = mkdtempSync(join(root, '.dist-'))
  try {
    const isGood = compile(aside)
    if (isGood || process.argv.includes('--despite-errors')) replace(aside)
    process.exitCode = isGood ? 0 : 1
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

if (!isRefused()) build()
