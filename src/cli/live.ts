// Lines that are redrawn in place in a terminal, below lines that stay; elsewhere only the latter. Knows nothing of their content.

import type { Io } from './io.ts'
import type { Output } from './output.ts'
import { cut } from './table.ts'
import { fold, shownWidth, withoutColors } from './wrap.ts'

/** Lines that are redrawn in place, below lines that stay. Outside a terminal only the latter are written. */
export interface Live {
  /** Whether it is a terminal. */
  readonly moving: boolean
  draw(lines: readonly string[]): void
  /** Writes a line that stays. */
  say(line: string): void
  /** Writes lines that stay and are not folded. */
  write(lines: readonly string[]): void
  /** Leaves the last drawing on the screen. */
  end(): void
}

/** The shortest time between two redraws, milliseconds. */
const frame = 100

/** A line that is too long would wrap and break the redraw: it is cut, without colours. */
const fit = (line: string, columns: number): string => {
  return shownWidth(line) < columns ? line : cut(withoutColors(line), columns - 1)
}

const stillLive = (io: Io): Live => ({
  moving: false,
  draw: () => undefined,
  say: (line) => void io.stdout.write(`${line}\n`),
  write: (lines) => void io.stdout.write(`${lines.join('\n')}\n`),
  end: () => undefined,
})

/** The live area of stdout. */
export const createLive = (io: Io, output: Output): Live => {
  if (output.json || io.stdout.isTTY !== true || io.env['TERM'] === 'dumb') return stillLive(io)
  let drawn = 0
  let wanted: readonly string[] = []
  let timer: NodeJS.Timeout | undefined
  let last = 0
  const erase = (): string => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`)
  const paint = (above = ''): void => {
    clearTimeout(timer)
    timer = undefined
    last = io.now()
    const text = wanted.map((line) => `${fit(line, io.stdout.columns || 80)}\n`).join('')
    io.stdout.write(erase() + above + text)
    drawn = wanted.length
  }
  return {
    moving: true,
    draw(lines) {
      const same = lines.length === wanted.length && lines.every((line, i) => line === wanted[i])
      wanted = lines
      if (same) return
      if (io.now() - last >= frame) paint()
      else timer ??= setTimeout(paint, frame).unref()
    },
    write: (lines) => paint(`${lines.join('\n')}\n`),
    say: (line) => paint(`${fold(line, io.stdout.columns || 80).join('\n')}\n`),
    end() {
      if (timer !== undefined) paint()
    },
  }
}
