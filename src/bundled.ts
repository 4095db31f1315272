// Where the parts of the program are that are no modules of its own: its version, the thread of downloads, the command for a process of its
// own. This is how a source tree has them; what is bundled into one file has this module's twin, src/bundled-file.ts, in its place. No other
// module asks which of the two it is.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const packageVersion = (): string => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version }: { version: string } = JSON.parse(text)
  return version
}

/** The entry of the thread of downloads, for `new Worker`. */
export const downloadWorker = (): URL => new URL('./download/worker.js', import.meta.url)

/** The program, and its first arguments, that run `fogbell …` in another process. */
export const ownCommand = (): readonly [program: string, ...args: string[]] => [
  process.execPath,
  fileURLToPath(new URL('../bin/fogbell.js', import.meta.url)),
]
