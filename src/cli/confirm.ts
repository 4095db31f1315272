// Asks before something is taken away: at a terminal by a question, elsewhere only --yes answers it. Knows no record.

import type { Command } from 'commander'
import type { Call } from './command.ts'
import type { Keyboard } from './io.ts'
import { usageError } from './problem-text.ts'

/** The first line that is typed; what ends without one is none. */
const typedLine = (stdin: Keyboard): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    const finish = (): void => {
      stdin.off('data', read)
      stdin.off('end', finish)
      stdin.pause()
      resolve(text.split(/\r?\n/, 1)[0] ?? '')
    }
    const read = (more: string | Buffer): void => {
      text += String(more)
      if (/[\r\n]/.test(text)) finish()
    }
    stdin.setEncoding('utf8')
    stdin.on('data', read)
    stdin.on('end', finish)
    stdin.resume()
  })

export const withYes = (command: Command): Command => command.option('--yes', 'do not ask; needed where there is no terminal')

/** Says what will happen, and asks; false: it was not wanted. Without a terminal and `--yes` it is wrong usage. */
export const confirmed = async ({ io }: Call, isYes: boolean, happens: readonly string[], question: string): Promise<boolean> => {
  if (isYes) return true
  if (io.stdin.isTTY !== true) throw usageError(`nobody can be asked here; add --yes if this is wanted: ${happens.join('; ')}`)
  io.stderr.write(`${happens.map((line) => `${line}\n`).join('')}${question} [y/N] `)
  return /^y(?:es)?$/i.test((await typedLine(io.stdin)).trim())
}
