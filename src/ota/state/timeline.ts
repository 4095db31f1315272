// The record of a device, in one list: its connections, what its tasks went through, the versions that it reported. Rows of a change come with
// the change; rows of what changes nothing wait here for a commit that happens anyway.

import type { DeviceKey, Installed, Task, TimelineRow } from '../model.ts'
import type { ConnectionNote } from '../ports/mqtt.ts'

/** More than this wait only while nothing can be stored: then the oldest are dropped. */
const mostWaiting = 10_000

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
  /** Gives out the oldest that wait, at most so many, and none while others are given out; all that wait, if `most` is infinite. */
  take(most: number): readonly TimelineRow[]
  /** What was taken is on disk, or could not be stored and waits again. */
  settle(rows: readonly TimelineRow[], isStored: boolean): void
  /** When the oldest of them happened; undefined: none waits. */
  since(): number | undefined
}

export const createTimeline = (): Timeline => {
  let waiting: TimelineRow[] = []
  /** Taken, and not known to be on disk. */
  const taken = new Set<readonly TimelineRow[]>()
  const refused = new Map<DeviceKey, Pick<ConnectionNote, 'reason' | 'at'>>()
  const keep = (rows: TimelineRow[]): void => {
    waiting = rows.length > mostWaiting ? rows.slice(-mostWaiting) : rows
  }
  const add = (row: TimelineRow): void => {
    waiting.push(row)
    if (waiting.length > 2 * mostWaiting) keep(waiting)
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
    withdraw(device) {
      const rows = waiting.filter((row) => row.device === device)
      if (rows.length > 0) waiting = waiting.filter((row) => row.device !== device)
      return rows
    },
    waitingOf: (device) => [...[...taken].flat(), ...waiting].filter((row) => row.device === device),
    take(most) {
      if (waiting.length === 0 || (taken.size > 0 && Number.isFinite(most))) return none
      const rows = waiting.length <= most ? waiting : waiting.splice(0, most)
      if (rows === waiting) waiting = []
      taken.add(rows)
      return rows
    },
    settle(rows, isStored) {
      if (rows.length === 0) return
      taken.delete(rows)
      if (!isStored) keep([...rows, ...waiting])
    },
    since: () => waiting[0]?.at,
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
