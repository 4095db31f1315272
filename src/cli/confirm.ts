// Asks before something is taken away, where somebody sits at a terminal: scripts have decided already. Knows no record.

import type { Command } from 'commander'
import type { Call } from './command.ts'
import type { Keyboard } from './io.ts'

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

export const withYes = (command: Command): Command => command.option('--yes', 'do not ask')

/** At a terminal says what will happen, and asks; false: it is not wanted. */
export const confirmed = async ({ io }: Call, isYes: boolean, happens: readonly string[], question: string): Promise<boolean> => {
  if (isYes || io.stdin.isTTY !== true) return true
  io.stderr.write(`${happens.map((line) => `${line}\n`).join('')}${question} [y/N] `)
  return /^y(?:es)?$/i.test((await typedLine(io.stdin)).trim())
}
