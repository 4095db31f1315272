// Text as records of RFC 4180, as spreadsheets write it: commas, semicolons or tabs, any line end, quotes, a line `sep=;`. Counts rows as a
// spreadsheet does and lines as an editor does. Knows no columns.

import type { Turns } from '../ota/ports/store.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { TextPiece } from './list-encoding.ts'

export interface CsvRecord {
  /** As a spreadsheet counts: one for each record, blank ones too. 1 is the first. */
  readonly row: number
  /** As an editor counts. */
  readonly line: number
  readonly fields: readonly string[]
  /** What is wrong with its quotes or its length, if anything. */
  readonly fault: Sentence | null
  /** Its last field ends with what could not be read. */
  readonly isBroken: boolean
}

const separators = [',', ';', '\t'] as const
type Separator = (typeof separators)[number]

/** Longer than any row of a list can be: what is left open must not be looked through again and again. */
const maxRow = 1_048_576

/** Ends of unquoted fields. */
const fieldEnds: Readonly<Record<Separator, RegExp>> = { ',': /[,\r\n]/g, ';': /[;\r\n]/g, '\t': /[\t\r\n]/g }

const lineBreaks = (text: string): number => (/[\r\n]/.test(text) ? (text.match(/\r\n?|\n/g)?.length ?? 0) : 0)

interface Quoted {
  readonly end: number
  readonly value: string
  readonly isClosed: boolean
}

/** A quoted field from its opening quote on: where it ends, what it says, whether it is closed. */
const quoted = (text: string, start: number): Quoted => {
  let value = ''
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return { end: text.length, value: value + text.slice(from), isClosed: false }
    value += text.slice(from, quote)
    if (text[quote + 1] !== '"') return { end: quote + 1, value, isClosed: true }
    value += '"'
    from = quote + 2
  }
}

interface Parsed {
  readonly fields: readonly string[]
  readonly fault: Sentence | null
  /** Line ends within quotes. */
  readonly breaks: number
  /** Where the next record begins. */
  readonly end: number
}

/** The record that begins at `start`. */
const recordAt = (text: string, start: number, separator: Separator): Parsed => {
  const fields: string[] = []
  const fieldEnd = fieldEnds[separator]
  const plainEnd = (from: number): number => {
    fieldEnd.lastIndex = from
    return fieldEnd.exec(text)?.index ?? text.length
  }
  let [at, breaks] = [start, 0]
  let fault: Sentence | null = null
  for (;;) {
    const isQuoted = text[at] === '"'
    const field = isQuoted ? quoted(text, at) : { end: at, value: '', isClosed: true }
    const end = plainEnd(field.end)
    if (!field.isClosed) fault ??= sentence('device_list_quote_unclosed')
    else if (isQuoted && end > field.end) fault ??= sentence('device_list_text_after_quote')
    fields.push(isQuoted ? field.value : text.slice(at, end))
    if (isQuoted) breaks += lineBreaks(field.value)
    at = end + 1
    if (text[end] !== separator) break
  }
  if (text[at - 1] === '\r' && text[at] === '\n') at++
  return { fields, fault, breaks, end: at }
}

const isBlank = (fields: readonly string[]): boolean => fields.every((field) => field.trim() === '')

/** The line that names the separator to a spreadsheet. */
const namedSeparator = (text: string): { readonly length: number; readonly separator: Separator } | undefined => {
  const [line = '', named] = /^"?sep=([,;\t])"?[,;\t]*(?:\r\n?|\n|$)/i.exec(text) ?? []
  const separator = separators.find((one) => one === named)
  return separator === undefined ? undefined : { length: line.length, separator }
}

const firstFields = (text: string, separator: Separator): readonly string[] | undefined => {
  for (let at = 0; at < text.length; ) {
    const { fields, end } = recordAt(text, at, separator)
    if (!isBlank(fields)) return fields
    at = end
  }
  return undefined
}

/** By which most fields of the first line are known names; else by which it has most fields. undefined: there is nothing yet. */
const likeliest = (text: string, isKnown: (field: string) => boolean): Separator | undefined => {
  const tried = separators.flatMap((separator) => {
    const fields = firstFields(text, separator)
    return fields === undefined ? [] : [{ separator, known: fields.filter(isKnown).length, fields: fields.length }]
  })
  return tried.sort((one, other) => other.known - one.known || other.fields - one.fields)[0]?.separator
}

/** What is read so far: where it is, and how. */
interface Reading {
  row: number
  line: number
  separator: Separator | undefined
}

const begin = (text: string, reading: Reading): number => {
  const named = namedSeparator(text)
  if (named === undefined) return 0
  // A spreadsheet does not show that line.
  reading.line += 1
  reading.separator = named.separator
  return named.length
}

const tooLong = (reading: Reading, { fields, fault }: Parsed): CsvRecord => ({
  row: reading.row,
  line: reading.line,
  fields,
  fault: fault ?? sentence('device_list_row_too_long', { most: maxRow }),
  isBroken: false,
})

/**
 * The records of a text; a record that a piece ends in is read again with the next one. Rows without content are no records. `isKnown`: a name
 * of a column, by which the separator is recognised.
 */
export async function* records(pieces: Iterable<TextPiece>, isKnown: (field: string) => boolean, turns: Turns): AsyncGenerator<CsvRecord> {
  const reading: Reading = { row: 1, line: 1, separator: undefined }
  let rest = ''
  let isFirst = true
  for (const { text: piece, isLast, isBroken } of pieces) {
    const text = rest + piece
    let at = isFirst ? begin(text, reading) : 0
    isFirst = false
    reading.separator ??= likeliest(text.slice(at), isKnown)
    while (at < text.length) {
      const parsed = recordAt(text, at, reading.separator ?? ',')
      const { fields, fault, breaks, end } = parsed
      if (end >= text.length && !isLast) break
      const { row, line } = reading
      if (!isBlank(fields)) yield { row, line, fields, fault, isBroken: isBroken && end >= text.length }
      reading.row += 1
      reading.line += 1 + breaks
      at = end
      if (turns.isDue()) await turns.next()
    }
    rest = text.slice(at)
    if (rest.length > maxRow) return yield tooLong(reading, recordAt(rest, 0, reading.separator ?? ','))
  }
}
