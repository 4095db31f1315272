// Reads a password: from a terminal without showing it, twice; otherwise the first line of stdin.

import type { Io, Keyboard } from './io.ts'
import { usageError } from './problem-text.ts'

const firstLine = async (stdin: Keyboard): Promise<string> => {
  let text = ''
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return text.split(/\r?\n/, 1)[0] ?? ''
}

const ctrlC = '\u0003'
/** Return in both forms, and Ctrl-D. */
const enter = ['\r', '\n', '\u0004']
const backspace = ['\u0008', '\u007f']

/** The line after one more key; undefined for Ctrl-C. */
const press = (line: string, key: string): string | undefined => {
  if (key === ctrlC) return undefined
  if (backspace.includes(key)) return Array.from(line).slice(0, -1).join('')
  return /\p{Cc}/u.test(key) ? line : line + key
}

/** Reads a line from the terminal without showing it; undefined for Ctrl-C. */
const readHidden = ({ stdin, stderr }: Io, prompt: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    stderr.write(prompt)
    let line: string | undefined = ''
    const finish = (): void => {
      stdin.off('data', read)
      stdin.setRawMode?.(false)
      stdin.pause()
      stderr.write('\n')
      resolve(line)
    }
    const read = (text: string): void => {
      for (const key of text) {
        if (!enter.includes(key)) line = press(line ?? '', key)
        if (line === undefined || enter.includes(key)) {
          finish()
          return
        }
      }
    }
    stdin.setEncoding('utf8')
    stdin.setRawMode?.(true)
    stdin.on('data', read)
    stdin.resume()
  })

/** The password: typed twice at a terminal, otherwise the first line of stdin; undefined for Ctrl-C. */
export const readPassword = async (io: Io): Promise<string | undefined> => {
  if (io.stdin.isTTY !== true) return firstLine(io.stdin)
  const first = await readHidden(io, 'password: ')
  if (first === undefined || first === '') return first
  const second = await readHidden(io, 'again: ')
  if (second !== undefined && second !== first) throw usageError('the two passwords differ')
  return second
}
