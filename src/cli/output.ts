// The command's output: lines for people or JSON for scripts, with colours only in a terminal that has them. Knows neither the server nor
// the content.

import pc from 'picocolors'
import type { Io, Sink } from './io.ts'
import { type Cell, createTable } from './table.ts'
import { fold } from './wrap.ts'

export type Colors = ReturnType<typeof pc.createColors>

/** Without colours: for text in cells of tables, whose width is measured. */
export const plain: Colors = pc.createColors(false)

export interface Output {
  /** Only JSON goes to stdout. */
  readonly json: boolean
  readonly colors: Colors
  /** The width that lines on stdout are folded to; undefined: no terminal, or JSON. */
  readonly columns: number | undefined
  /** A line on stdout. */
  line(text: string): void
  lines(texts: readonly string[]): void
  /** A line on stderr: warnings and hints, which are not part of the result. */
  note(text: string): void
  /** One JSON value on stdout, on a line of its own. */
  value(value: unknown): void
  /** The result of a command: the value as JSON for scripts, the lines for people. */
  result(value: unknown, lines: () => readonly string[]): void
}

/** NO_COLOR wins over FORCE_COLOR; otherwise only terminals get colours. */
export const wantsColor = (sink: Sink, env: Io['env']): boolean => {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0'
  return sink.isTTY === true && env['TERM'] !== 'dumb'
}

/** The width of a terminal; undefined for anything else. */
export const columnsOf = ({ isTTY, columns }: Sink): number | undefined => (isTTY === true && columns ? columns : undefined)

export const createOutput = (io: Io, json: boolean): Output => {
  const columns = json ? undefined : columnsOf(io.stdout)
  const noteColumns = json ? undefined : columnsOf(io.stderr)
  const lines = (texts: readonly string[]): void =>
    void (texts.length > 0 && io.stdout.write(`${texts.flatMap((text) => fold(text, columns)).join('\n')}\n`))
  const value = (one: unknown): void => void io.stdout.write(`${JSON.stringify(one)}\n`)
  return {
    json,
    colors: pc.createColors(!json && wantsColor(io.stdout, io.env)),
    columns,
    line: (text) => lines([text]),
    lines,
    note: (text) => void io.stderr.write(`${fold(text, noteColumns).join('\n')}\n`),
    value,
    result: (one, people) => (json ? value(one) : lines(people())),
  }
}

/** Writes a list page by page: a table for people, one JSON array for scripts. `none` is printed for an empty list. */
export const writeList = async <T>(
  output: Output,
  pages: AsyncIterable<readonly T[]>,
  list: { readonly head: readonly string[]; readonly row: (item: T) => readonly Cell[]; readonly none: string },
): Promise<void> => {
  if (output.json) return await writeArray(output, pages)
  const table = createTable(
    list.head.map((text) => ({ text, style: output.colors.dim })),
    output.columns,
  )
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
