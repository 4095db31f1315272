// What a scanner or a keyboard types, as codes: each ends by Enter or Tab. Knows no station.

export interface ScannerKeys {
  /** Takes what was typed. */
  press(text: string): void
  /** What was typed of the next code. */
  typed(): string
}

export interface ScannerKeysOptions {
  /** A code is complete; empty: Enter alone. */
  readonly code: (text: string) => void
  /** Ctrl-C or Ctrl-D. */
  readonly quit: () => void
}

const longest = 1000
/** What arrow and function keys send. */
const escapeSequence = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-9;?]*[ -/]*[@-~]|O.|.)?`, 'gu')
const endings = ['\r', '\n', '\t']
const quitting = ['\u0003', '\u0004']
const backspace = ['\u0008', '\u007f']

export const createScannerKeys = ({ code, quit }: ScannerKeysOptions): ScannerKeys => {
  let line = ''
  let last = ''
  const end = (key: string): void => {
    // Some scanners send both, and CR with LF is one end.
    const isSecondHalf = line === '' && endings.includes(last) && key !== last
    const text = line.trim()
    line = ''
    if (!isSecondHalf) code(text)
  }
  return {
    typed: () => line,
    press(text) {
      for (const key of text.replaceAll(escapeSequence, '')) {
        if (quitting.includes(key)) quit()
        else if (endings.includes(key)) end(key)
        else if (backspace.includes(key)) line = Array.from(line).slice(0, -1).join('')
        else if (!/\p{Cc}/u.test(key) && line.length < longest) line += key
        last = key
      }
    },
  }
}
