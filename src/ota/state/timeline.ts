// The record of a device, in one list: its connections, what its tasks went through, the versions that it reported. Rows of a change come with
// the change; rows of what changes nothing wait here for a commit that happens anyway.

import type { DeviceKey, Installed, Task, TimelineRow } from '../model.ts'
import type { ConnectionNote } from '../ports/mqtt.ts'

/**
 * So many wait at most (some 15 MB), while nothing can be stored or nearly as many connections end in a second: then some of the oldest are
 * dropped.
 */
const mostWaiting = 65_536
const keptOfMost = 57_344

const none: readonly TimelineRow[] = []

/** The same refusal of a device is a row once in this time, so that tries of another machine do not push everything else out (ms). */
const refusalEvery = 60_000

export interface Timeline {
  add(row: TimelineRow): void
  /** Why a connection was refused or ended. */
  noteConnection(device: DeviceKey, note: ConnectionNote): void
  /** The device was removed. */
  forget(device: DeviceKey): void
  /** Takes out those of a device that is about to be removed. */
  withdraw(device: DeviceKey): readonly TimelineRow[]
  /** Those of the device that are not on disk. */
  waitingOf(device: DeviceKey): readonly TimelineRow[]
  /**
   * Gives out all that wait of these devices, which a commit must not overtake, and, unless others are given out already, of the oldest as
   * many as make `most` in all.
   */
  take(most: number, devices: ReadonlySet<DeviceKey>): readonly TimelineRow[]
  /** What was taken is on disk, or could not be stored and waits again. */
  settle(rows: readonly TimelineRow[], isStored: boolean): void
  /** When the oldest of them happened; undefined: none waits. */
  since(): number | undefined
  /** How many wait. */
  readonly count: number
  /** Some of them could not be stored when they were taken. */
  readonly hasFailed: boolean
}

interface Waiting {
  readonly row: TimelineRow
  /** The rows are numbered as they come. */
  readonly number: number
}

interface WaitingRows {
  readonly count: number
  add(one: Waiting): void
  of(device: DeviceKey): readonly Waiting[]
  /** Takes out all of the device. */
  takeOf(device: DeviceKey): readonly Waiting[]
  /** Takes out the oldest. */
  takeOldest(most: number): readonly Waiting[]
  oldest(): TimelineRow | undefined
}

const nothing: readonly Waiting[] = []

/** Rows that wait, by device: the devices as their first ones came, and the rows of each by their numbers. */
const createWaitingRows = (): WaitingRows => {
  const byDevice = new Map<DeviceKey, Waiting[]>()
  let count = 0
  const add = (one: Waiting): void => {
    const { device } = one.row
    const rows = byDevice.get(device)
    count += 1
    if (rows === undefined) byDevice.set(device, [one])
    else if ((rows.at(-1)?.number ?? 0) < one.number) rows.push(one)
    else
      rows.splice(
        rows.findIndex((other) => other.number > one.number),
        0,
        one,
      )
  }
  const takeOldest = (most: number): readonly Waiting[] => {
    const taken: Waiting[] = []
    for (const [device, rows] of byDevice) {
      if (taken.length >= most) break
      const left = most - taken.length
      if (rows.length <= left) byDevice.delete(device)
      for (const row of rows.length <= left ? rows : rows.splice(0, left)) taken.push(row)
    }
    count -= taken.length
    return taken
  }
  return {
    get count() {
      return count
    },
    add,
    of: (device) => byDevice.get(device) ?? nothing,
    takeOf(device) {
      const rows = byDevice.get(device) ?? nothing
      byDevice.delete(device)
      count -= rows.length
      return rows
    },
    takeOldest,
    oldest() {
      for (const [first] of byDevice.values()) return first?.row
      return undefined
    },
  }
}

const rowOf = ({ row }: Waiting): TimelineRow => row

export const createTimeline = (): Timeline => {
  const waiting = createWaitingRows()
  /** Those that were taken and could not be stored: older than all that wait of the same device. */
  const again = createWaitingRows()
  const all = [again, waiting] as const
  let number = 0
  /** Taken, and not known to be on disk. */
  const taken = new Map<readonly TimelineRow[], readonly Waiting[]>()
  const refused = new Map<DeviceKey, Pick<ConnectionNote, 'reason' | 'at'>>()
  const count = (): number => again.count + waiting.count
  const takeOldest = (most: number): readonly Waiting[] => {
    const first = again.takeOldest(most)
    return first.length === 0 ? waiting.takeOldest(most) : [...first, ...waiting.takeOldest(most - first.length)]
  }
  const takeOf = (device: DeviceKey): readonly Waiting[] => all.flatMap((rows) => rows.takeOf(device))
  const dropOldest = (): void => {
    if (count() > mostWaiting) takeOldest(count() - keptOfMost)
  }
  const add = (row: TimelineRow): void => {
    number += 1
    waiting.add({ row, number })
    dropOldest()
  }
  return {
    add,
    noteConnection(device, { what, reason, at, address }) {
      if (what === 'refused') {
        const last = refused.get(device)
        if (last?.reason === reason && at - last.at < refusalEvery) return
        refused.set(device, { reason, at })
      }
      add({ device, at, what, reason, ...(address === null ? {} : { address }) })
    },
    forget: (device) => void refused.delete(device),
    withdraw: (device) => takeOf(device).map(rowOf),
    waitingOf: (device) => [
      ...[...taken.keys()].flat().filter((row) => row.device === device),
      ...all.flatMap((rows) => rows.of(device).map(rowOf)),
    ],
    take(most, devices) {
      if (count() === 0) return none
      const own: Waiting[] = []
      for (const device of devices) for (const one of takeOf(device)) own.push(one)
      const rows = taken.size > 0 && Number.isFinite(most) ? own : [...own, ...takeOldest(most - own.length)]
      if (rows.length === 0) return none
      const given = rows.map(rowOf)
      taken.set(given, rows)
      return given
    },
    settle(rows, isStored) {
      const settled = taken.get(rows)
      if (settled === undefined) return
      taken.delete(rows)
      if (isStored) return
      for (const one of settled) again.add(one)
      dropOldest()
    },
    since: () => (again.oldest() ?? waiting.oldest())?.at,
    get count() {
      return count()
    },
    get hasFailed() {
      return again.count > 0
    },
  }
}

/** What a task went through with the change. That it was made is its campaign's planning, not yet something of the device. */
export const taskRows = ({ before, after }: { readonly before: Task | undefined; readonly after: Task }): readonly TimelineRow[] => {
  if (before?.history === after.history) return none
  const known = new Set(before?.history)
  const { device, id: task, campaign, attempt, module } = after
  return after.history
    .filter((entry) => !known.has(entry) && (typeof entry.said === 'string' || entry.said.code !== 'note_made'))
    .map(({ at, state, said }) => ({ device, at, what: 'task', task, campaign, attempt, module, state, said }))
}

export const versionRow = ({ device, module, version, at, task, campaign }: Installed): TimelineRow => ({
  device,
  at,
  what: 'version',
  module,
  version,
  ...(task === null ? {} : { task }),
  ...(campaign === null ? {} : { campaign }),
})
