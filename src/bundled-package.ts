// The twin of src/bundled.ts in the npm package, whose files are in one folder: the command in parts, the thread of downloads, and what it was
// made from. Put in the other one's place when the package is made, by bin/package/npm-package.js; not used from a source tree.

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type BuiltRecord, type ProgramOrigin, type StartEnvironment, typedScript } from './origin.ts'

const built = (): BuiltRecord => JSON.parse(readFileSync(new URL('./built.json', import.meta.url), 'utf8'))

export const packageVersion = (): string => built().version

/** The entry of the thread of downloads, for `new Worker`. */
export const downloadWorker = (): URL => new URL('./worker.js', import.meta.url)

const script = (): string => fileURLToPath(new URL('../bin/fogbell.js', import.meta.url))

/** What bin/page.js made of src/ui/. */
export const pageText = async (): Promise<string | null> => (await readFile(new URL('./page.json', import.meta.url))).toString()

/** The program, and its first arguments, that run `fogbell …` in another process. */
export const ownCommand = (): readonly [program: string, ...args: string[]] => [process.execPath, script()]

/** What its user types in place of `fogbell`, from the current folder. */
export const typedCommand = (env: StartEnvironment): string =>
  typedScript({ script: script(), called: process.argv[1] ?? '', env, cwd: process.cwd() })

export const origin = (): ProgramOrigin => ({ kind: 'package', builtFrom: built().builtFrom })
