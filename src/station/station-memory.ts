// The records of test stations in memory: read at a start, changed with each commit, and changed back if it fails. Knows no rule.

import { OtaError } from '../errors.ts'
import type { Batches } from '../ota/ports/store.ts'
import { sentence } from '../sentences/sentence.ts'
import type { StationMemory, StationTable, StationTables } from './row-types.ts'
import type { Run } from './run-model.ts'
import { isEnded } from './station-changes.ts'
import {
  deskKey,
  deskRange,
  lastRunKey,
  openRunKey,
  openRunRange,
  procedureKey,
  procedureRange,
  type StationRange,
  stationKey,
  stationRange,
} from './station-keys.ts'
import type { Procedure, Station, StationDesk } from './station-model.ts'

export interface StationImage extends StationMemory {
  readonly procedures: Map<string, readonly Procedure[]>
  readonly stations: Map<string, Station>
  readonly desks: Map<string, StationDesk>
  readonly openRuns: Map<number, Run>
  /** The highest id that a stored run has used. */
  lastRun: number
}

export const unreadableRecord = (key: string, cause?: unknown): OtaError =>
  new OtaError('OTA_STORE_UNREADABLE', sentence('station_record_unreadable', { key: JSON.stringify(key) }), { cause })

export const parsedRow = (key: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadableRecord(key, cause)
  }
}

/** A stored value is a record if it has the key that it is stored under; OTA_STORE_UNREADABLE if not. */
export const recordOf = <R>(key: string, text: string, keyOf: (record: R) => string): R => {
  const value = parsedRow(key, text)
  try {
    if (keyOf(value as R) === key) return value as R
  } catch (cause) {
    throw unreadableRecord(key, cause)
  }
  throw unreadableRecord(key)
}

const each = async <R>(
  batches: Pick<Batches, 'range'>,
  range: StationRange,
  keyOf: (record: R) => string,
  use: (record: R) => void,
): Promise<void> => {
  for await (const [key, text] of batches.range(...range)) use(recordOf(key, text, keyOf))
}

const withRevision = (revisions: readonly Procedure[], procedure: Procedure): readonly Procedure[] =>
  [...revisions.filter(({ rev }) => rev !== procedure.rev), procedure].sort((a, b) => a.rev - b.rev)

const setIn = <K, R>(map: Map<K, R>, key: K, record: R | null): void => {
  if (record === null) map.delete(key)
  else map.set(key, record)
}

const setRevisions = ({ procedures }: StationImage, id: string, revisions: readonly Procedure[]): void =>
  setIn(procedures, id, revisions.length === 0 ? null : revisions)

const revisionsOf = ({ procedures }: StationImage, id: string): readonly Procedure[] => procedures.get(id) ?? []

/** `record` counts as removed if `isKept` is false; runs that have ended do. */
type Setter<R> = (image: StationImage, record: R, isKept: boolean) => void

const nothing = (): void => undefined

const setters: { readonly [T in StationTable]: Setter<StationTables[T]> } = {
  procedure: (image, procedure, isKept) => {
    const others = revisionsOf(image, procedure.id).filter(({ rev }) => rev !== procedure.rev)
    setRevisions(image, procedure.id, isKept ? withRevision(others, procedure) : others)
  },
  station: ({ stations }, station, isKept) => setIn(stations, station.id, isKept ? station : null),
  desk: ({ desks }, desk, isKept) => setIn(desks, desk.station, isKept ? desk : null),
  run: (image, run, isKept) => {
    setIn(image.openRuns, run.id, isKept && !isEnded(run) ? run : null)
    image.lastRun = Math.max(image.lastRun, run.id)
  },
  unit: nothing,
  figures: nothing,
}

const finders: { readonly [T in StationTable]: (image: StationImage, like: StationTables[T]) => StationTables[T] | null } = {
  procedure: (image, { id, rev }) => revisionsOf(image, id).find((procedure) => procedure.rev === rev) ?? null,
  station: ({ stations }, { id }) => stations.get(id) ?? null,
  desk: ({ desks }, { station }) => desks.get(station) ?? null,
  run: ({ openRuns }, { id }) => openRuns.get(id) ?? null,
  unit: () => null,
  figures: () => null,
}

/** The record in memory under the same key. */
export const inMemory = <T extends StationTable>(image: StationImage, table: T, like: StationTables[T]): StationTables[T] | null =>
  finders[table](image, like)

/** Changes memory; returns what changes it back. */
export const setRecord = <T extends StationTable>(
  image: StationImage,
  table: T,
  record: StationTables[T],
  isKept: boolean,
): (() => void) => {
  const before = inMemory(image, table, record)
  const { lastRun } = image
  setters[table](image, record, isKept)
  return () => {
    setters[table](image, before ?? record, before !== null)
    image.lastRun = lastRun
  }
}

const readLastRun = async (batches: Pick<Batches, 'get'>): Promise<number> => {
  const text = await batches.get(lastRunKey)
  if (text === undefined) return 0
  const id = parsedRow(lastRunKey, text)
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw unreadableRecord(lastRunKey)
  return id
}

/** Procedures, stations, desks and open runs, as stored. */
export const readStationImage = async (batches: Pick<Batches, 'get' | 'range'>): Promise<StationImage> => {
  const image: StationImage = { procedures: new Map(), stations: new Map(), desks: new Map(), openRuns: new Map(), lastRun: 0 }
  const adder =
    <T extends StationTable>(table: T) =>
    (record: StationTables[T]): void =>
      setters[table](image, record, true)
  await each<Procedure>(batches, procedureRange, ({ id, rev }) => procedureKey(id, rev), adder('procedure'))
  await each<Station>(batches, stationRange, ({ id }) => stationKey(id), adder('station'))
  await each<StationDesk>(batches, deskRange, ({ station }) => deskKey(station), adder('desk'))
  await each<Run>(batches, openRunRange, ({ id }) => openRunKey(id), adder('run'))
  image.lastRun = Math.max(image.lastRun, await readLastRun(batches))
  return image
}
