// Where the parts of the program are that are no modules of its own: its version, the thread of downloads, the command for a process of its
// own. This is how a source tree has them; what is bundled has one of this module's twins in its place, src/bundled-file.ts or
// src/bundled-package.ts. No other module asks which of them it is.

import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type ProgramOrigin, type StartEnvironment, typedScript } from './origin.ts'

export const packageVersion = (): string => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version }: { version: string } = JSON.parse(text)
  return version
}

/** The entry of the thread of downloads, for `new Worker`: in one file, or in the tree for programs that embed the server from it. */
export const downloadWorker = (): URL =>
  new URL(/\/bundled\.[jt]s$/.test(import.meta.url) ? './download/worker.js' : './worker.js', import.meta.url)

const script = (): string => fileURLToPath(new URL('../bin/fogbell.js', import.meta.url))

/** What bin/page.js made of src/ui/, as it is in the file; null: it has not been built. */
export const pageText = async (): Promise<string | null> => {
  const file = new URL(import.meta.url.endsWith('.ts') ? '../dist/page.json' : './page.json', import.meta.url)
  return existsSync(file) ? (await readFile(file)).toString() : null
}

/** The program, and its first arguments, that run `fogbell …` in another process. */
export const ownCommand = (): readonly [program: string, ...args: string[]] => [process.execPath, script()]

/** What its user types in place of `fogbell`, from the current folder. */
export const typedCommand = (env: StartEnvironment): string =>
  typedScript({ script: script(), called: process.argv[1] ?? '', env, cwd: process.cwd() })

export const origin = (): ProgramOrigin => ({ kind: 'source', builtFrom: null })
