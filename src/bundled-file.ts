// The twin of src/bundled.ts in the single file: what is no module of its own is an asset of the executable (Node.js, "Single executable
// applications"). Put in the other one's place when the file is made, by bin/package/bundle.js; not used from a source tree.

import { getAsset } from 'node:sea'
import { type BuiltRecord, type ProgramOrigin, quoted, type StartEnvironment } from './origin.ts'

const built = (): BuiltRecord => JSON.parse(getAsset('built.json', 'utf8'))

export const packageVersion = (): string => built().version

/** The entry of the thread of downloads, for `new Worker`. */
export const downloadWorker = (): URL => new URL(`data:text/javascript;base64,${Buffer.from(getAsset('worker.mjs')).toString('base64')}`)

/** What bin/page.js made of src/ui/. */
export const pageText = async (): Promise<string | null> => getAsset('page.json', 'utf8')

/** The program, and its first arguments, that run `fogbell …` in another process. */
export const ownCommand = (): readonly [program: string, ...args: string[]] => [process.execPath]

/** What its user types in place of `fogbell`: what was typed. */
export const typedCommand = (_env: StartEnvironment): string => quoted(process.argv0)

export const origin = (): ProgramOrigin => ({ kind: 'file', builtFrom: built().builtFrom })
