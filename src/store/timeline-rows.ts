// Timelines of devices on disk: reads the newest rows, and deletes older ones now and then. Never in memory.

import type { DeviceKey, TimelineRow } from '../ota/model.ts'
import type { Disk } from './disk.ts'
import { timelineRange } from './keys.ts'
import { parseTimelineRow } from './load.ts'

/** How many rows of a device are kept. */
const most = 1000

/** So many more may be on disk: a device's rows are counted again when there can be as many. */
const spare = 100

/** `Queries.timeline`: see the port. */
export const findTimeline = async (disk: Disk, device: DeviceKey): Promise<readonly TimelineRow[]> => {
  const rows: TimelineRow[] = []
  for await (const piece of disk.pieces(...timelineRange(device))) {
    for (const row of piece) rows.push(parseTimelineRow(disk.where, row))
  }
  return rows.slice(-most)
}

export interface Trimmer {
  /** The device has one more row on disk. */
  grew(row: TimelineRow): void
  /** The device was removed, and its timeline with it. */
  removed(device: DeviceKey): void
}

/** Deletes what is beyond the newest rows. What cannot be deleted now is found again the next time. */
export const createTrimmer = (disk: Disk): Trimmer => {
  /** How many new rows each device may have until its rows are counted. */
  const left = new Map<DeviceKey, number>()
  const keysOf = (device: DeviceKey): Promise<readonly string[]> => disk.keys(...timelineRange(device))
  const remove = async (keys: readonly string[]): Promise<void> => {
    if (keys.length > 0) await disk.commit(keys.map((key) => ({ type: 'del', key })))
  }
  const trim = async (device: DeviceKey): Promise<void> => {
    const keys = await keysOf(device)
    const more = left.get(device)
    if (more !== undefined && keys.length < most) left.set(device, more + most - keys.length)
    await remove(keys.slice(0, Math.max(0, keys.length - most)))
  }
  return {
    grew({ device, at }) {
      // The first number is any, so that some devices are trimmed even by a server that is restarted often.
      const more = (left.get(device) ?? spare - (at % spare)) - 1
      left.set(device, more > 0 ? more : spare)
      if (more <= 0) trim(device).catch(() => undefined)
    },
    removed(device) {
      left.delete(device)
      keysOf(device)
        .then(remove)
        .catch(() => undefined)
    },
  }
}
