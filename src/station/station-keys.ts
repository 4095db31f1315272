// The keys of test stations in the store, all under `station/`. Names may hold any character: each is escaped and ends with NUL, so that no
// name is the beginning of another one. Lists of ended runs sort the newest first.

import type { DeviceKey } from '../ota/model.ts'
import type { FigureKey } from './figure-model.ts'
import type { RunOutcome } from './run-model.ts'

export const lastRunKey = 'station/last'

/** Keys are UTF-8, where all lone surrogates would become the same character. */
const special = /[!\p{Cc}\p{Surrogate}]/gu
const escapedLetter = (letter: string): string => `!${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
const named = (text: string): string => `${text.replace(special, escapedLetter)}\0`
const namedAll = (texts: readonly string[]): string => texts.map(named).join('')

const digits = 14
/** Of times, in milliseconds: centuries before and after the epoch have as many digits. */
const epoch = 10_000_000_000_000
const latest = 90_000_000_000_000
const idDigits = 10
const latestId = 9_999_999_999

const ascending = (at: number): string => String(Math.floor(at) + epoch).padStart(digits, '0')
const descending = (at: number): string => String(latest - Math.floor(at)).padStart(digits, '0')
const padded = (id: number): string => String(id).padStart(idDigits, '0')

/** All keys of a table: [gte, lt). */
export type StationRange = readonly [gte: string, lt: string]
/** All keys that begin so; `prefix` ends with an ASCII character or NUL. */
const rangeOf = (prefix: string): StationRange => [
  prefix,
  `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`,
]

const procedures = 'station/procedure/'
const stations = 'station/station/'
const desks = 'station/desk/'
const openRuns = 'station/open/'
const endedRuns = 'station/ended/'
const units = 'station/unit/'
const figures = 'station/figures/'
const kinds = 'station/kind/'

/** The keys of runs; an id follows. */
export const runPrefixes = [openRuns, endedRuns] as const

export const procedureKey = (id: string, rev: number): string => `${procedures}${named(id)}${padded(rev)}`
export const procedureRange = rangeOf(procedures)
export const stationKey = (id: string): string => stations + named(id)
export const stationRange = rangeOf(stations)
export const deskKey = (station: string): string => desks + named(station)
export const deskRange = rangeOf(desks)
export const openRunKey = (id: number): string => openRuns + padded(id)
export const openRunRange = rangeOf(openRuns)
export const endedRunKey = (id: number): string => endedRuns + padded(id)
/** Of runs with ids above `after`. */
export const endedRunRange = (after: number): StationRange => [endedRunKey(after + 1), rangeOf(endedRuns)[1]]
/** Of the request that began a run; the value is the run's id. */
export const requestKey = (station: string, key: string): string => `station/key/${named(station)}${named(key)}`
export const unitKey = (product: string, serial: string): string => units + named(serial) + named(product)
export const serialUnitRange = (serial: string): StationRange => rangeOf(units + named(serial))
/** The value is the unit of the device, as `[product, serial]`. */
export const boardKey = (device: DeviceKey): string => `station/board/${named(device)}`
export const figureKey = ({ shift, station, process, product, version, workOrder }: FigureKey): string =>
  `${figures}${ascending(shift)}/${namedAll([station, process, product, version])}${workOrder === null ? '' : named(workOrder)}`
/** Of shifts that begin within [from, to). */
export const figureRange = (from: number, to: number): StationRange => [figures + ascending(from), figures + ascending(to)]

/** What a list says of an ended run, so that only runs that pass a filter are read. */
export interface RunMark {
  readonly station: string
  readonly process: string
  readonly product: string
  readonly outcome: RunOutcome
}

/** The beginnings of lists of ended runs; a stamp follows. */
export const allRunsList = 'station/end/'
export const serialList = (serial: string): string => `station/serial/${named(serial)}`
export const kindList = ({ station, process, product, outcome }: RunMark): string => kinds + namedAll([station, process, product, outcome])
export const kindRange = rangeOf(kinds)
export const afterList = (list: string): string => rangeOf(list)[1]

/** The place of a run in a list: the newest end first, of equal ones the highest id. */
export const stampOf = (endedAt: number, id: number): string => descending(endedAt) + String(latestId - id).padStart(idDigits, '0')
export const stampLength = digits + idDigits
export const idOfStamp = (stamp: string): number => latestId - Number(stamp.slice(-idDigits))
export const endOfStamp = (stamp: string): number => latest - Number(stamp.slice(-stampLength, -idDigits))

/** The keys of a list with ends within [from, to) that come behind `after`, a stamp. */
export const listPart = (list: string, from: number | null, to: number | null, after: string | null): StationRange => {
  // The keys of one millisecond begin with its figures, and `:` is behind all figures.
  const newest = to === null ? list : list + descending(Math.ceil(to) - 1)
  const behind = after === null ? list : `${list}${after}\0`
  return [newest > behind ? newest : behind, from === null ? afterList(list) : `${list}${descending(Math.ceil(from))}:`]
}
