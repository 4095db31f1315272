// What happens at the stations now: open runs with what memory knows of them beside their records, and who waits for a change.

import { OtaError } from '../../errors.ts'
import type { DeviceKey, Task } from '../../ota/model.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { StationEvent, StationOutside } from '../ports.ts'
import type { StationRows } from '../row-types.ts'
import type { LabelText } from '../rules/label.ts'
import type { RunEvent } from '../rules/run-events.ts'
import { shiftOf } from '../rules/shifts.ts'
import type { Run } from '../run-model.ts'
import type { Procedure, Station, StationDesk } from '../station-model.ts'

/** An event that a run has not had yet. */
export interface PendingEvent {
  readonly event: RunEvent
  /** An event that only memory knows is tried again until it is on disk; others are refused, and come again. */
  readonly isKept: boolean
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** An open run, beside its record. */
export interface OpenRun {
  readonly id: number
  readonly procedure: Procedure
  /** Its record as it is on disk: what may be shown. */
  run: Run
  /** Its tasks that have ended. */
  readonly endedTasks: Map<number, Task>
  readonly pending: PendingEvent[]
  isBusy: boolean
  /** When it could not be written; null: it was. */
  failedAt: number | null
  /** It has ended, and that is not on disk yet. */
  isSaving: boolean
  /** Its tasks are still to be made. */
  mustAdmit: boolean
}

/** A scan that was refused and may be asked again, with `FB:RETEST` or a reason. */
export interface RefusedScan {
  readonly text: string
  readonly slot: number | null
  readonly at: number
  readonly isRetest: boolean
  /** As `AskedRun` has them. */
  readonly label: LabelText | undefined
  readonly insteadOf: number | undefined
}

/** What a station has been given last, while the server runs. */
export interface LastScan {
  readonly text: string
  readonly slot: number | null
  readonly at: number
  readonly key: string | null
  /** null: it was refused. */
  readonly run: Promise<Run | null>
}

export interface Floor {
  readonly outside: StationOutside
  readonly rows: StationRows
  readonly open: Map<number, OpenRun>
  readonly byDevice: Map<DeviceKey, number>
  /** When a run of these boards ended last; of the newest of them. */
  readonly tested: Map<DeviceKey, number>
  readonly refused: Map<string, RefusedScan>
  readonly last: Map<string, LastScan>
  /** Ended runs that slots show. */
  readonly shown: Map<number, Run>
  readonly waiters: Map<number, Set<() => void>>
  /** Work that reads rows before it changes them, one piece after another. */
  /** When the run ended that ended last, by the clock of its time; 0: none has. */
  newestEnd: number
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
  /** What follows the end of a run that is on disk. Must not throw. */
  readonly ended: (run: Run, procedure: Procedure) => void
}

const createTurn = (): Floor['inTurn'] => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
}

export const createFloor = (outside: StationOutside, rows: StationRows, ended: Floor['ended']): Floor => ({
  outside,
  rows,
  open: new Map(),
  byDevice: new Map(),
  tested: new Map(),
  refused: new Map(),
  last: new Map(),
  shown: new Map(),
  waiters: new Map(),
  newestEnd: 0,
  inTurn: createTurn(),
  ended,
})

export const noDesk = (station: Pick<Station, 'id'>): StationDesk => ({
  station: station.id,
  operator: null,
  workOrder: null,
  chosen: null,
  shown: [],
  acknowledged: [],
  goldenAt: null,
  badAt: null,
  blocked: null,
})

export const deskOf = ({ rows }: Pick<Floor, 'rows'>, station: Pick<Station, 'id'>): StationDesk =>
  rows.memory.desks.get(station.id) ?? noDesk(station)

export const mustFindStation = ({ rows }: Pick<Floor, 'rows'>, id: string): Station => {
  const station = rows.memory.stations.get(id)
  if (station === undefined) throw new OtaError('OTA_STATION_UNKNOWN', sentence('floor_station_unknown', { station: id }))
  return station
}

/** The run as it is on disk. Memory is ahead of it while a write is on its way. */
export const storedRun = async ({ rows, open }: Pick<Floor, 'rows' | 'open'>, id: number): Promise<Run | undefined> =>
  open.get(id)?.run ?? (await rows.queries.run(id))

/** The run that the request of that key has begun, once it is on disk. */
export const runOfKey = async (
  floor: Pick<Floor, 'rows' | 'open' | 'inTurn'>,
  station: string,
  key: string | null,
): Promise<Run | undefined> => {
  const known = key === null ? undefined : await floor.rows.queries.runOfKey(station, key)
  // It may be on its way there.
  if (known !== undefined && !floor.open.has(known.id) && known.state !== 'ended') await floor.inTurn(async () => undefined)
  return known && storedRun(floor, known.id)
}

/** The revision that stations use; undefined: none is released. */
export const releasedOf = ({ rows }: Pick<Floor, 'rows'>, id: string): Procedure | undefined =>
  rows.memory.procedures.get(id)?.findLast(({ releasedAt }) => releasedAt !== null)

export const shiftNow = ({ outside }: Pick<Floor, 'outside'>, at: number) => shiftOf(at, outside.settings.shifts, outside.settings.timeZone)

/** What a watcher does must not end what it watches. */
export const show = ({ outside }: Pick<Floor, 'outside'>, event: StationEvent): void => {
  try {
    outside.emit(event)
  } catch (err) {
    outside.log.error({ err, station: event.station }, 'a change at a station could not be shown')
  }
}

export const showRun = (floor: Floor, run: Run): void => {
  show(floor, { type: 'run', station: run.station, run })
  for (const wake of floor.waiters.get(run.id) ?? []) wake()
}

/** Keeps the ended runs that slots show, and no others. */
export const keepShown = ({ rows, shown }: Pick<Floor, 'rows' | 'shown'>, run: Run): void => {
  const ids = new Set([...rows.memory.desks.values()].flatMap((desk) => desk.shown))
  if (ids.has(run.id)) shown.set(run.id, run)
  for (const id of shown.keys()) if (!ids.has(id)) shown.delete(id)
}

/** The open run for the board; undefined: none. */
export const runOfDevice = ({ rows, byDevice }: Pick<Floor, 'rows' | 'byDevice'>, device: DeviceKey): Run | undefined => {
  const id = byDevice.get(device)
  return id === undefined ? undefined : rows.memory.openRuns.get(id)
}
