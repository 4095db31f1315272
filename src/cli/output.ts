// What the command says: lines for people or JSON for scripts, coloured only in a terminal that wants it.
// Knows neither the server nor what is said.

import pc from 'picocolors'
import type { Io, Sink } from './io.ts'
import { type Cell, createTable } from './table.ts'

export type Colors = ReturnType<typeof pc.createColors>

/** For text in cells of tables, which are measured. */
export const plain: Colors = pc.createColors(false)

export interface Output {
  /** Scripts are listening: nothing but JSON goes to stdout. */
  readonly json: boolean
  readonly colors: Colors
  /** A line on stdout. */
  line(text: string): void
  lines(texts: readonly string[]): void
  /** A line on stderr: warnings and hints, which are no result. */
  note(text: string): void
  /** One JSON value on stdout, on a line of its own. */
  value(value: unknown): void
}

/** NO_COLOR wins over FORCE_COLOR; else colours are for terminals that have them. */
export const wantsColor = (sink: Sink, env: Io['env']): boolean => {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0'
  return sink.isTTY === true && env['TERM'] !== 'dumb'
}

export const createOutput = (io: Io, json: boolean): Output => ({
  json,
  colors: pc.createColors(!json && wantsColor(io.stdout, io.env)),
  line: (text) => void io.stdout.write(`${text}\n`),
  lines: (texts) => void (texts.length > 0 && io.stdout.write(`${texts.join('\n')}\n`)),
  note: (text) => void io.stderr.write(`${text}\n`),
  value: (value) => void io.stdout.write(`${JSON.stringify(value)}\n`),
})

/** Writes a list as it comes, page by page: a table for people, one JSON array for scripts. `none` is said where there is nothing. */
export const writeList = async <T>(
  output: Output,
  pages: AsyncIterable<readonly T[]>,
  list: { readonly head: readonly string[]; readonly row: (item: T) => readonly Cell[]; readonly none: string },
): Promise<void> => {
  if (output.json) return await writeArray(output, pages)
  const table = createTable(list.head.map((text) => ({ text, style: output.colors.dim })))
  let some = false
  for await (const page of pages) {
    if (page.length === 0) continue
    some = true
    output.lines(table(page.map(list.row)))
  }
  if (!some) output.line(list.none)
}

const writeArray = async <T>(output: Output, pages: AsyncIterable<readonly T[]>): Promise<void> => {
  let before = '['
  for await (const page of pages) {
    if (page.length === 0) continue
    output.line(before + page.map((item) => JSON.stringify(item)).join(',\n'))
    before = ','
  }
  output.line(before === '[' ? '[]' : ']')
}
