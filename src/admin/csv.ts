// Lists of devices as RFC 4180 text: quotes, either line end, a byte order mark, columns in any order. All faults are named
// by their line, and one fault refuses the whole list. Knows no HTTP.

import { setImmediate } from 'node:timers/promises'
import { type Fault, faultAt, OtaError } from '../errors.ts'
import { createLongMap, type LongMap } from '../long-map.ts'
import type { DeviceRow } from '../ota/inputs.ts'
import { nameFault, parseDeviceKey } from '../ota/names.ts'
import { owned } from '../owned.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { faultSentence } from './sentence-views.ts'

interface CsvRecord {
  /** Line that it starts on; 1 is the first. */
  readonly line: number
  readonly fields: readonly string[]
  /** What is wrong with its quotes, if anything. */
  readonly fault: Sentence | null
}

const columns = ['product', 'name', 'secret', 'gateway', 'tags'] as const
type Column = (typeof columns)[number]

const maxFaults = 100
const maxSecret = 256
const maxTag = 64
const maxTags = 64
/** How long rows are read before other work gets a turn, milliseconds; and how many bytes are decoded at once. */
const turnMs = 10
const bytesAtOnce = 262_144

/** A quoted field from its opening quote on: where it ends, what it says, whether it is closed. */
const quoted = (text: string, start: number): { readonly end: number; readonly value: string; readonly isClosed: boolean } => {
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

/** An unquoted field ends before a comma or a line end. */
const fieldEnd = /[,\r\n]/g
const plainEnd = (text: string, start: number): number => {
  fieldEnd.lastIndex = start
  return fieldEnd.exec(text)?.index ?? text.length
}

const countLines = (text: string, from: number, to: number): number => {
  let lines = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

interface Parsed {
  readonly fields: readonly string[]
  readonly fault: Sentence | null
  /** Where the next record begins. */
  readonly end: number
}

/** The record that begins at `start`. */
const recordAt = (text: string, start: number): Parsed => {
  const fields: string[] = []
  let at = start
  let fault: Sentence | null = null
  for (;;) {
    const isQuoted = text[at] === '"'
    const field = isQuoted ? quoted(text, at) : { end: plainEnd(text, at), value: '', isClosed: true }
    const end = isQuoted ? plainEnd(text, field.end) : field.end
    if (!field.isClosed) fault ??= sentence('device_list_quote_unclosed')
    else if (isQuoted && end > field.end) fault ??= sentence('device_list_text_after_quote')
    fields.push(isQuoted ? field.value : text.slice(at, end))
    at = end + 1
    if (text[end] !== ',') break
  }
  if (text[at - 1] === '\r' && text[at] === '\n') at++
  return { fields, fault, end: at }
}

/** The text in pieces; OTA_IMPORT_INVALID where it is not UTF-8. */
function* decoded(bytes: Uint8Array): Generator<{ readonly text: string; readonly isLast: boolean }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for (let at = 0; at < bytes.length; at += bytesAtOnce)
      yield { text: decoder.decode(bytes.subarray(at, at + bytesAtOnce), { stream: true }), isLast: false }
    yield { text: decoder.decode(), isLast: true }
  } catch (cause) {
    throw new OtaError('OTA_IMPORT_INVALID', sentence('device_list_not_utf8'), { cause })
  }
}

/** The records of a text; a record that a piece ends in is read again with the next one. Blank lines are no records. */
async function* records(bytes: Uint8Array): AsyncGenerator<CsvRecord> {
  let line = 1
  let rest = ''
  let since = performance.now()
  for (const { text: piece, isLast } of decoded(bytes)) {
    const text = rest + piece
    let at = 0
    while (at < text.length) {
      const { fields, fault, end } = recordAt(text, at)
      if (end >= text.length && !isLast) break
      if (fields.length > 1 || fields[0]?.trim() !== '') yield { line, fields, fault }
      line += Math.max(1, countLines(text, at, end))
      at = end
      if (performance.now() - since < turnMs) continue
      await setImmediate()
      since = performance.now()
    }
    rest = text.slice(at)
  }
}

const cell = (record: CsvRecord, places: ReadonlyMap<Column, number>, column: Column): string => {
  const place = places.get(column)
  return place === undefined ? '' : owned(record.fields[place]?.trim() ?? '')
}

const headerOf = (record: CsvRecord | undefined, add: (line: number, said: Sentence) => void): ReadonlyMap<Column, number> => {
  const places = new Map<Column, number>()
  const line = record?.line ?? 1
  const names = record?.fields.map((field) => field.trim().toLowerCase()) ?? []
  for (const [at, name] of names.entries()) {
    const column = columns.find((known) => known === name)
    if (column === undefined)
      add(line, sentence('device_list_column_unknown', { column: JSON.stringify(name.slice(0, 40)), known: columns }))
    else if (places.has(column)) add(line, sentence('device_list_column_repeated', { column }))
    else places.set(column, at)
  }
  for (const column of ['product', 'name'] as const) {
    if (!places.has(column)) add(line, sentence('device_list_column_missing', { column }))
  }
  return places
}

const rowFault = (record: CsvRecord, width: number): Sentence | null => {
  if (record.fault !== null) return record.fault
  if (record.fields.length === width) return null
  return sentence('device_list_field_count', { fields: record.fields.length, columns: width })
}

/** An empty cell leaves what is known of the device as it is. */
const rowOf = (record: CsvRecord, places: ReadonlyMap<Column, number>): DeviceRow => {
  const of = (column: Column): string => cell(record, places, column)
  const tags = [...new Set(of('tags').split(/[;,\s]+/))].filter((tag) => tag !== '')
  return {
    line: record.line,
    product: of('product'),
    name: of('name'),
    ...(of('secret') === '' ? {} : { secret: of('secret') }),
    ...(of('gateway') === '' ? {} : { gateway: of('gateway') }),
    ...(tags.length === 0 ? {} : { tags }),
  }
}

/** What is wrong with a row, without ever repeating a secret. */
const deviceFault = (row: DeviceRow, lines: LongMap<string, number>): Sentence | null => {
  const fault = nameFault(row.product, row.name)
  if (fault !== null) return fault
  if (row.gateway !== undefined && row.gateway !== null && parseDeviceKey(row.gateway) === null) return sentence('device_list_gateway_form')
  if ((row.secret?.length ?? 0) > maxSecret) return sentence('device_list_secret_too_long', { most: maxSecret })
  if (row.tags?.some((tag) => tag.length > maxTag) === true) return sentence('device_list_tag_too_long', { most: maxTag })
  if ((row.tags?.length ?? 0) > maxTags) return sentence('device_list_tags_too_many', { most: maxTags })
  const key = `${row.product}/${row.name}`
  const before = lines.get(key)
  lines.set(key, row.line)
  return before === undefined ? null : sentence('device_list_device_repeated', { line: before })
}

/** What is known of gateways beside the list: a device's own (null: none), undefined where the device is not known; and who is one. */
export interface KnownDevices {
  readonly gatewayOf: (key: string) => string | null | undefined
  readonly isGateway: (key: string) => boolean
}

/** What is wrong with a row's gateway, seen from the rows above it and what is known. The core has the last word. */
const createGatewayCheck = ({ gatewayOf, isGateway }: KnownDevices) => {
  const rows = createLongMap<string, string | null | undefined>()
  const above = new Set<string>()
  const gatewayAfterRows = (key: string): string | null | undefined =>
    rows.has(key) ? (rows.get(key) ?? gatewayOf(key) ?? null) : gatewayOf(key)
  return {
    /** Rows with faults count too: that rows below name them is no further fault. */
    add({ product, name, gateway }: DeviceRow): void {
      rows.set(`${product}/${name}`, gateway)
      if (typeof gateway === 'string') above.add(gateway)
    },
    fault({ product, name, gateway }: DeviceRow): Sentence | null {
      const key = `${product}/${name}`
      if (typeof gateway !== 'string') return null
      if (gateway === key) return sentence('own_gateway')
      const over = gatewayAfterRows(gateway)
      if (over === undefined) return sentence('device_list_gateway_unknown', { gateway })
      if (over !== null) return sentence('gateway_is_sub_device', { gateway, of: over })
      return isGateway(key) || above.has(key) ? sentence('is_itself_a_gateway', { device: key }) : null
    },
  }
}

const invalid = (faults: readonly Fault[]): OtaError => {
  const named = faults.slice(0, maxFaults)
  const [first = faultAt('line 1', sentence('field_missing'))] = named
  const said = sentence('device_list_invalid', {
    count: named.length,
    more: faults.length > maxFaults,
    path: first.path,
    fault: faultSentence(first),
  })
  return new OtaError('OTA_IMPORT_INVALID', said, { faults: named })
}

/**
 * The devices of a list. The first line names its columns: `product` and `name`, and any of `secret`, `gateway` (pk/dn; known, or in
 * a line above) and `tags` (with `;` or spaces between). Lets other work run between portions. Throws OTA_IMPORT_INVALID with a
 * fault for each bad line, up to a hundred.
 */
export const parseDevices = async (bytes: Uint8Array, known: KnownDevices): Promise<readonly DeviceRow[]> => {
  const gateways = createGatewayCheck(known)
  const faults: Fault[] = []
  const rows: DeviceRow[] = []
  const lines = createLongMap<string, number>()
  const add = (line: number, said: Sentence): void => {
    if (faults.length <= maxFaults) faults.push(faultAt(`line ${line}`, said))
  }
  const all = records(bytes)
  const first = await all.next()
  const header = first.done === true ? undefined : first.value
  const places = headerOf(header, add)
  if (faults.length > 0) throw invalid(faults)
  for await (const record of all) {
    const shape = rowFault(record, header?.fields.length ?? 0)
    const row = rowOf(record, places)
    const fault = shape ?? deviceFault(row, lines) ?? gateways.fault(row)
    gateways.add(row)
    if (fault === null) rows.push(row)
    else add(record.line, fault)
    if (faults.length > maxFaults) break
  }
  if (faults.length === 0) return rows
  throw invalid(faults)
}
