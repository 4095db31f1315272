// What test stations keep on disk, as the room sees it, types only: records in memory, changes that are written together, queries that read
// the disk. The rows are in station-rows.ts.

import type { DeviceKey } from '../ota/model.ts'
import type { NewRow } from '../ota/ports/store.ts'
import type { FigureKey, YieldFigures } from './figure-model.ts'
import type { RunPlace, RunQuery } from './ports.ts'
import type { Run } from './run-model.ts'
import type { Procedure, Station, StationDesk, Unit } from './station-model.ts'

/** One row of figures. */
export interface ShiftFigures {
  readonly key: FigureKey
  readonly figures: YieldFigures
}

/** The records that stay in memory. They change when a commit is made, and are restored if it fails. */
export interface StationMemory {
  /** The revisions of each, ascending. */
  readonly procedures: ReadonlyMap<string, readonly Procedure[]>
  readonly stations: ReadonlyMap<string, Station>
  readonly desks: ReadonlyMap<string, StationDesk>
  readonly openRuns: ReadonlyMap<number, Run>
}

export interface StationTables {
  procedure: Procedure
  station: Station
  desk: StationDesk
  run: Run
  unit: Unit
  figures: ShiftFigures
}
export type StationTable = keyof StationTables

/**
 * A change of one record. `before`: the record that was read, null where there is none; what is in memory needs none. A record that is no
 * longer as `before` says is refused with OTA_CONFLICT. A run whose state is `ended` leaves the memory.
 */
export type StationChange = {
  readonly [T in StationTable]:
    | { readonly put: T; readonly value: StationTables[T]; readonly before?: StationTables[T] | null }
    | { readonly del: T; readonly value: StationTables[T] }
}[StationTable]

/** Which runs: see `RunQuery`. `from` is inclusive, `to` is not. */
export type RunFilter = Omit<RunQuery, 'limit' | 'after'>

/** Records as they are with all commits made so far, also those that are not on disk yet. */
export interface StationQueries {
  /** Open or ended. */
  run(id: number): Promise<Run | undefined>
  /** The run that the request of that key has begun at the station. */
  runOfKey(station: string, key: string): Promise<Run | undefined>
  /**
   * Newest first: open ones by id, then ended ones by the time of their end. `after` is where the previous page ended; `next` is null where
   * there are no more. A run that ends between two pages may be on both; none is left out.
   */
  runs(query: RunQuery): Promise<{ readonly items: readonly Run[]; readonly next: RunPlace | null }>
  /** All that are there at the first call, in the order of their ids, in pieces of at most a hundred; each as it is when it is read. */
  allRuns(filter: RunFilter): AsyncIterable<readonly Run[]>
  /** Oldest first. */
  runsOfUnit(product: string, serial: string): Promise<readonly Run[]>
  unit(product: string, serial: string): Promise<Unit | undefined>
  unitOfDevice(device: DeviceKey): Promise<Unit | undefined>
  /** Of all products. */
  unitsOfSerial(serial: string): Promise<readonly Unit[]>
  figuresOf(key: FigureKey): Promise<YieldFigures | undefined>
  /** Of shifts that begin within [from, to), by shift. */
  figures(from: number, to: number): Promise<readonly ShiftFigures[]>
  /** The end of the run that ended last; null: none has. */
  newestEnd(): Promise<number | null>
}

export interface StationRows {
  readonly memory: StationMemory
  readonly queries: StationQueries
  /** Never one that was committed. */
  nextRunId(): number
  /**
   * All changes and rows in one commit, all or none. Memory is changed before it returns; if writing fails, memory is what it was, and this
   * and all later pending commits reject with OTA_STORE_FAILED. OTA_CONFLICT changes nothing.
   */
  commit(changes: readonly StationChange[], extra?: readonly NewRow[]): Promise<void>
}
