// Lists of devices as spreadsheets and scripts write them: columns in any order, names of columns in English or Chinese. All faults are named
// by row and column, and one fault refuses the whole list. Knows no HTTP.

import { type Fault, faultAt, OtaError } from '../errors.ts'
import { createLongMap, type LongMap } from '../long-map.ts'
import type { DeviceRow } from '../ota/inputs.ts'
import { nameFault, parseDeviceKey } from '../ota/names.ts'
import type { Turns } from '../ota/ports/store.ts'
import { owned } from '../owned.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { isExported } from './csv-columns.ts'
import { type CsvRecord, records } from './csv-records.ts'
import { columnLetters, unguarded } from './csv-text.ts'
import { encodingOf, textPieces } from './list-encoding.ts'
import { faultSentence } from './sentence-views.ts'
import { createTurns } from './turns.ts'

const columns = ['product', 'name', 'secret', 'gateway', 'tags'] as const
type Column = (typeof columns)[number] | 'pinned'

const columnNames: ReadonlyMap<string, Column> = new Map<string, Column>([
  ...columns.map((column) => [column, column] as const),
  // Whether the gateway of an exported list was given by an operator.
  ['pinned', 'pinned'],
  ['产品', 'product'],
  ['设备名', 'name'],
  ['密钥', 'secret'],
  ['网关', 'gateway'],
  ['标签', 'tags'],
])

const maxFaults = 100
const maxSecret = 256
const maxTag = 64
const maxTags = 64
/** How long rows are read before other work gets a turn, milliseconds. */
const turnMs = 5

// ---------------------------------------------------------------- the first row

const nameOf = (field: string): string => field.trim().toLowerCase()

interface Header {
  readonly places: ReadonlyMap<Column, number>
  /** Columns up to the last one that has a name. */
  readonly width: number
}

type AddFault = (record: Pick<CsvRecord, 'row' | 'line'>, place: number | undefined, said: Sentence) => void

/** Columns that only an exported list has are ignored; others that are unknown may be misspelled, and are faults. */
const headerOf = (record: CsvRecord | undefined, add: AddFault): Header => {
  const places = new Map<Column, number>()
  const at = record ?? { row: 1, line: 1 }
  const names = record?.fields.map(nameOf) ?? []
  const width = names.findLastIndex((name) => name !== '') + 1
  for (const [place, name] of names.slice(0, width).entries()) {
    const column = columnNames.get(name)
    if (column === undefined) {
      if (isExported(name)) continue
      add(at, place, sentence('device_list_column_unknown', { column: JSON.stringify(name.slice(0, 40)), known: columns }))
    } else if (places.has(column)) add(at, place, sentence('device_list_column_repeated', { column }))
    else places.set(column, place)
  }
  for (const column of ['product', 'name'] as const) {
    if (!places.has(column)) add(at, undefined, sentence('device_list_column_missing', { column }))
  }
  return { places, width }
}

// ---------------------------------------------------------------- one row

/** Something wrong with a row; without a column: with all of it. */
interface RowFault {
  readonly column: Column | null
  readonly said: Sentence
}

const inColumn = (column: Column | null, said: Sentence | null): RowFault | null => (said === null ? null : { column, said })

const shapeFault = ({ fields, fault }: CsvRecord, width: number): Sentence | null => {
  if (fault !== null) return fault
  if (fields.length >= width && fields.slice(width).every((field) => field.trim() === '')) return null
  return sentence('device_list_field_count', { fields: fields.length, columns: width })
}

/** 8.61E+14, as a spreadsheet shows long numbers; it saves what it shows. */
const shortened = /^[+-]?\d{1,3}(?:[.,]\d+)?E[+-]\d{2,3}$/i
const failedFormula =
  /^(?:#(?:N\/A|NV|NAME\?|NOM\?|REF!|BEZUG!|VALUE!|WERT!|VALEUR!|DIV\/0!|NUM!|ZAHL!|NULL!|SPILL!|CALC!|FIELD!|BUSY!|BLOCKED!|CONNECT!|UNKNOWN!|GETTING_DATA)|#{4,}|Err:\d{3})$/i

/** What a spreadsheet has made of the cell. Never repeats it: it may be a part of a secret. */
const cellFault = (cell: string): Sentence | null => {
  if (shortened.test(cell)) return sentence('device_list_number_shortened')
  if (failedFormula.test(cell)) return sentence('device_list_formula_failed')
  return cell.includes('\0') ? sentence('device_list_nul') : null
}

type CellOf = (column: Column) => string

const cellsOf =
  ({ fields }: CsvRecord, { places }: Header): CellOf =>
  (column) => {
    const place = places.get(column)
    return place === undefined ? '' : (fields[place] ?? '').trim()
  }

const damageIn = (of: CellOf): RowFault | null => {
  for (const column of columns) {
    const said = cellFault(of(column))
    if (said !== null) return { column, said }
  }
  return null
}

/** An empty cell leaves what is known of the device as it is. A secret is never exported, so that all of it is meant. */
const rowOf = ({ row }: CsvRecord, of: CellOf): DeviceRow => {
  const text = (column: Column): string => owned(unguarded(of(column)))
  const secret = owned(of('secret'))
  const gateway = text('gateway')
  const tags = [...new Set(text('tags').split(/[;,\s]+/))].filter((tag) => tag !== '')
  return {
    row,
    product: text('product'),
    name: text('name'),
    ...(secret === '' ? {} : { secret }),
    ...(gateway === '' ? {} : { gateway }),
    ...(tags.length === 0 ? {} : { tags: tags.map(owned) }),
  }
}

/** What is wrong with a row, without ever repeating a secret. */
const deviceFault = ({ product, name, gateway, secret, tags }: DeviceRow): RowFault | null => {
  const fault = nameFault(product, name)
  if (fault !== null) return { column: fault.params['what'] === 'product' ? 'product' : 'name', said: fault }
  if (typeof gateway === 'string' && parseDeviceKey(gateway) === null) return inColumn('gateway', sentence('device_list_gateway_form'))
  if ((secret?.length ?? 0) > maxSecret) return inColumn('secret', sentence('device_list_secret_too_long', { most: maxSecret }))
  if (tags?.some((tag) => tag.length > maxTag) === true) return inColumn('tags', sentence('device_list_tag_too_long', { most: maxTag }))
  return (tags?.length ?? 0) > maxTags ? inColumn('tags', sentence('device_list_tags_too_many', { most: maxTags })) : null
}

// ---------------------------------------------------------------- rows together

/** What is known of gateways beside the list: a device's own (null: none), undefined where the device is not known; and who is one. */
export interface KnownDevices {
  readonly gatewayOf: (key: string) => string | null | undefined
  readonly isGateway: (key: string) => boolean
}

type Rows = LongMap<string, DeviceRow>

const keyOf = ({ product, name }: DeviceRow): string => `${product}/${name}`

/** What is wrong with a row's gateway, seen from all rows and what is known. The core has the last word. */
const gatewayFault = (rows: Rows, { gatewayOf, isGateway }: KnownDevices, row: DeviceRow): Sentence | null => {
  const { gateway } = row
  const key = keyOf(row)
  if (typeof gateway !== 'string') return null
  if (gateway === key) return sentence('own_gateway')
  const listed = rows.get(gateway)
  const over = listed?.gateway ?? gatewayOf(gateway)
  if (listed === undefined && over === undefined) return sentence('device_list_gateway_unknown', { gateway })
  if (typeof over === 'string') return sentence('gateway_is_sub_device', { gateway, of: over })
  return isGateway(key) ? sentence('is_itself_a_gateway', { device: key }) : null
}

/** A gateway that an exported list shows, and that no operator had given, stays as it is: importing the list must not pin it. */
const withoutShown = (row: DeviceRow, of: CellOf, { gatewayOf }: KnownDevices): DeviceRow => {
  const { gateway, ...rest } = row
  const isShown = typeof gateway === 'string' && of('pinned').toLowerCase() === 'false' && gatewayOf(keyOf(row)) === gateway
  return isShown ? rest : row
}

/** `row 5, column C`; where a line of the text is not a row, its line too. */
const placeText = ({ row, line }: Pick<CsvRecord, 'row' | 'line'>, place: number | undefined): string =>
  `row ${row}${line === row ? '' : ` (line ${line})`}${place === undefined ? '' : `, column ${columnLetters(place)}`}`

const invalid = (faults: readonly Fault[]): OtaError => {
  const named = faults.slice(0, maxFaults)
  const [first = faultAt('row 1', sentence('field_missing'))] = named
  const said = sentence('device_list_invalid', {
    count: named.length,
    more: faults.length > maxFaults,
    path: first.path,
    fault: faultSentence(first),
  })
  return new OtaError('OTA_IMPORT_INVALID', said, { faults: named })
}

const undecodable = (record: CsvRecord): OtaError => {
  const path = placeText(record, record.fields.length - 1)
  const fault = faultAt(path, sentence('device_list_character_unreadable'))
  return new OtaError('OTA_IMPORT_INVALID', sentence('device_list_encoding_unknown', { path }), { faults: [fault] })
}

/** The list as it is read. */
interface Reading {
  readonly known: KnownDevices
  readonly faults: { readonly row: number; readonly fault: Fault }[]
  readonly add: AddFault
  /** Rows with faults too: that others name them is no further fault. */
  readonly rows: Rows
  readonly devices: DeviceRow[]
  /** Devices with a gateway, and their lines. */
  readonly children: DeviceRow[]
  readonly lines: number[]
}

const createReading = (known: KnownDevices): Reading => {
  const faults: Reading['faults'] = []
  const add: AddFault = (record, place, said) => {
    if (faults.length <= maxFaults) faults.push({ row: record.row, fault: faultAt(placeText(record, place), said) })
  }
  return { known, faults, add, rows: createLongMap(), devices: [], children: [], lines: [] }
}

const readRow = ({ known, rows, devices, children, lines, add }: Reading, header: Header, record: CsvRecord): void => {
  const of = cellsOf(record, header)
  const given = rowOf(record, of)
  const before = rows.get(keyOf(given))
  const repeated = before === undefined ? null : sentence('device_list_device_repeated', { row: before.row })
  const fault = inColumn(null, shapeFault(record, header.width)) ?? damageIn(of) ?? deviceFault(given) ?? inColumn('name', repeated)
  if (before === undefined) rows.set(keyOf(given), given)
  if (fault !== null) {
    add(record, fault.column === null ? undefined : header.places.get(fault.column), fault.said)
    return
  }
  const device = withoutShown(given, of, known)
  if (device.gateway === undefined) devices.push(device)
  else lines[children.push(device) - 1] = record.line
}

/** Devices with a gateway come after all others. */
const addChildren = async ({ known, rows, devices, children, lines, add }: Reading, { places }: Header, turns: Turns): Promise<void> => {
  for (const [at, device] of children.entries()) {
    const said = gatewayFault(rows, known, device)
    if (said === null) devices.push(device)
    else add({ row: device.row, line: lines[at] ?? device.row }, places.get('gateway'), said)
    if (turns.isDue()) await turns.next()
  }
}

const throwFaults = ({ faults }: Reading): void => {
  if (faults.length > 0) throw invalid(faults.sort((one, other) => one.row - other.row).map(({ fault }) => fault))
}

const isKnown = (field: string): boolean => columnNames.has(nameOf(field)) || isExported(nameOf(field))

/**
 * The devices of a list, those without a gateway first. The first row names its columns: `product` and `name`, and any of `secret`, `gateway`
 * (pk/dn; known, or in another row) and `tags` (with `;` or spaces between). Lets other work run between portions. Throws OTA_IMPORT_INVALID
 * with a fault for each bad row, up to a hundred.
 */
export const parseDevices = async (bytes: Uint8Array, known: KnownDevices): Promise<readonly DeviceRow[]> => {
  const turns = createTurns(turnMs)
  const { encoding, isSound } = await encodingOf(bytes, turns)
  const all = records(textPieces(bytes, encoding, isSound), isKnown, turns)
  const reading = createReading(known)
  const first = await all.next()
  const record = first.done === true ? undefined : first.value
  if (record?.isBroken === true) throw undecodable(record)
  const header = headerOf(record, reading.add)
  throwFaults(reading)
  for await (const one of all) {
    if (one.isBroken) throw undecodable(one)
    readRow(reading, header, one)
    if (reading.faults.length > maxFaults) break
  }
  if (reading.faults.length <= maxFaults) await addChildren(reading, header, turns)
  throwFaults(reading)
  return reading.devices
}
