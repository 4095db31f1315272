// Lists of devices as RFC 4180 text: quotes, either line end, a byte order mark, columns in any order. All faults are told
// by their line, and one fault refuses all of it. Knows no HTTP.

import { setImmediate } from 'node:timers/promises'
import { type Fault, OtaError } from '../errors.ts'
import type { DeviceRow } from '../ota/inputs.ts'
import { nameFault, parseDeviceKey } from '../ota/names.ts'

interface CsvRecord {
  /** Line that it starts on; 1 is the first. */
  readonly line: number
  readonly fields: readonly string[]
  /** What is wrong with its quotes, if anything. */
  readonly fault: string | null
}

const columns = ['product', 'name', 'secret', 'gateway', 'tags'] as const
type Column = (typeof columns)[number]

const maxFaults = 100
/** Rows read before everything else gets a turn: some milliseconds' work. */
const rowsAtOnce = 2_000

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

/** The records of a text. Blank lines are no records. */
function* records(text: string): Generator<CsvRecord> {
  let at = 0
  let line = 1
  while (at < text.length) {
    const start = at
    const fields: string[] = []
    let fault: string | null = null
    for (;;) {
      const isQuoted = text[at] === '"'
      const field = isQuoted ? quoted(text, at) : { end: plainEnd(text, at), value: '', isClosed: true }
      const end = isQuoted ? plainEnd(text, field.end) : field.end
      if (!field.isClosed) fault ??= 'a quote is opened and never closed'
      else if (isQuoted && end > field.end) fault ??= 'text follows a closing quote: write a quote inside a field twice'
      fields.push(isQuoted ? field.value : text.slice(at, end))
      at = end + 1
      if (text[end] !== ',') break
    }
    if (text[at - 1] === '\r' && text[at] === '\n') at++
    if (fields.length > 1 || fields[0]?.trim() !== '') yield { line, fields, fault }
    line += Math.max(1, countLines(text, start, at))
  }
}

const cell = (record: CsvRecord, places: ReadonlyMap<Column, number>, column: Column): string => {
  const place = places.get(column)
  return place === undefined ? '' : (record.fields[place]?.trim() ?? '')
}

const headerOf = (record: CsvRecord | undefined, add: (line: number, message: string) => void): ReadonlyMap<Column, number> => {
  const places = new Map<Column, number>()
  const names = record?.fields.map((field) => field.trim().toLowerCase()) ?? []
  for (const [at, name] of names.entries()) {
    const column = columns.find((known) => known === name)
    if (column === undefined)
      add(
        record?.line ?? 1,
        `the column ${JSON.stringify(name.slice(0, 40))} is not known; known are ${columns.join(', ')}, with commas between`,
      )
    else if (places.has(column)) add(record?.line ?? 1, `the column ${column} is there twice`)
    else places.set(column, at)
  }
  for (const column of ['product', 'name'] as const) {
    if (!places.has(column)) add(record?.line ?? 1, `the first line names the columns, and ${column} is not among them`)
  }
  return places
}

const rowFault = (record: CsvRecord, width: number): string | null => {
  if (record.fault !== null) return record.fault
  if (record.fields.length === width) return null
  return `has ${record.fields.length} fields where the first line has ${width}`
}

/** Empty cells say nothing: what is known of a device stays. */
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

/** What is wrong with a row, without ever telling a secret. */
const deviceFault = (row: DeviceRow, lines: Map<string, number>): string | null => {
  const fault = nameFault(row.product, row.name)
  if (fault !== null) return fault
  if (row.gateway !== undefined && row.gateway !== null && parseDeviceKey(row.gateway) === null)
    return 'the gateway is not of the form pk/dn'
  if ((row.secret?.length ?? 0) > 256) return 'the secret is longer than 256 characters'
  if (row.tags?.some((tag) => tag.length > 64) === true) return 'a tag is longer than 64 characters'
  if ((row.tags?.length ?? 0) > 64) return 'there are more than 64 tags'
  const key = `${row.product}/${row.name}`
  const before = lines.get(key)
  lines.set(key, row.line)
  return before === undefined ? null : `is the same device as line ${before}`
}

/** What is known of gateways beside the list: a device's own (null: none), undefined where the device is not known; and who is one. */
export interface KnownDevices {
  readonly gatewayOf: (key: string) => string | null | undefined
  readonly isGateway: (key: string) => boolean
}

/** What is wrong with a row's gateway, seen from the rows above it and what is known. The core has the last word. */
const createGatewayCheck = ({ gatewayOf, isGateway }: KnownDevices) => {
  const rows = new Map<string, string | null | undefined>()
  const above = new Set<string>()
  const standing = (key: string): string | null | undefined => (rows.has(key) ? (rows.get(key) ?? gatewayOf(key) ?? null) : gatewayOf(key))
  return {
    /** A row whatever its faults: it is no further fault that rows below name it. */
    add({ product, name, gateway }: DeviceRow): void {
      rows.set(`${product}/${name}`, gateway)
      if (typeof gateway === 'string') above.add(gateway)
    },
    fault({ product, name, gateway }: DeviceRow): string | null {
      const key = `${product}/${name}`
      if (typeof gateway !== 'string') return null
      if (gateway === key) return 'a device cannot be its own gateway'
      const over = standing(gateway)
      if (over === undefined) return `the gateway ${gateway} is not known: add it first, or in a line above`
      if (over !== null) return `${gateway} is itself a sub-device, of ${over}`
      return isGateway(key) || above.has(key) ? `${key} is itself a gateway` : null
    },
  }
}

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new OtaError('OTA_IMPORT_INVALID', 'The list is not UTF-8 text. Spreadsheets write it as "CSV UTF-8".', { cause })
  }
}

/**
 * The devices of a list. The first line names its columns: `product` and `name`, and any of `secret`, `gateway` (pk/dn; known, or in
 * a line above) and `tags` (with `;` or spaces between). Gives way to everything else between portions. Throws OTA_IMPORT_INVALID with a
 * fault for each bad line, the first hundred.
 */
export const parseDevices = async (bytes: Uint8Array, known: KnownDevices): Promise<readonly DeviceRow[]> => {
  const gateways = createGatewayCheck(known)
  const faults: Fault[] = []
  const rows: DeviceRow[] = []
  const lines = new Map<string, number>()
  const add = (line: number, message: string): void => {
    if (faults.length <= maxFaults) faults.push({ path: `line ${line}`, message })
  }
  const all = records(decode(bytes))
  const first = all.next()
  const header = first.done === true ? undefined : first.value
  const places = headerOf(header, add)
  for (const record of faults.length > 0 ? [] : all) {
    const shape = rowFault(record, header?.fields.length ?? 0)
    const row = rowOf(record, places)
    const fault = shape ?? deviceFault(row, lines) ?? gateways.fault(row)
    gateways.add(row)
    if (fault === null) rows.push(row)
    else add(record.line, fault)
    if (rows.length % rowsAtOnce === rowsAtOnce - 1) await setImmediate()
    if (faults.length > maxFaults) break
  }
  if (faults.length === 0) return rows
  const told = faults.slice(0, maxFaults)
  const many = faults.length > maxFaults ? `more than ${maxFaults} faults` : told.length === 1 ? 'a fault' : `${told.length} faults`
  throw new OtaError('OTA_IMPORT_INVALID', `The list has ${many}, at ${told[0]?.path}: ${told[0]?.message}. Nothing was taken.`, {
    faults: told,
  })
}
