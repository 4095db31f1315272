// Timelines of devices on disk: reads the newest rows, and deletes older ones now and then. Never in memory.

import type { DeviceKey, TimelineRow } from '../ota/model.ts'
import type { Disk } from './disk.ts'
import { timelineRange } from './keys.ts'
import { parseTimelineRow } from './load.ts'

/** How many rows of a device are kept. */
const most = 1000

/** The device's rows are counted again after so many new ones. */
const every = 100

/** `Queries.timeline`: see the port. */
export const findTimeline = async (disk: Disk, device: DeviceKey): Promise<readonly TimelineRow[]> => {
  const rows: TimelineRow[] = []
  for await (const row of disk.range(...timelineRange(device))) rows.push(parseTimelineRow(disk.where, row))
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
  const counts = new Map<DeviceKey, number>()
  const trim = async (device: DeviceKey, kept: number): Promise<void> => {
    const keys: string[] = []
    for await (const [key] of disk.range(...timelineRange(device))) keys.push(key)
    const old = keys.slice(0, Math.max(0, keys.length - kept))
    if (old.length > 0) await disk.commit(old.map((key) => ({ type: 'del', key })))
  }
  const begin = (device: DeviceKey, kept: number): void => {
    trim(device, kept).catch(() => undefined)
  }
  return {
    grew({ device, at }) {
      // The count begins at any number, so that some devices are trimmed even by a server that is restarted often.
      const count = (counts.get(device) ?? at % every) + 1
      counts.set(device, count % every)
      if (count >= every) begin(device, most)
    },
    removed(device) {
      counts.delete(device)
      begin(device, 0)
    },
  }
}
