// What events make of a device that is shown, and how far a list that is shown differs from the list as it is now. Pure.

import type { LiveEvent } from '../../api/live.ts'
import type { Device, Task } from '../../api/records.d.ts'

export const keyOf = ({ product, name }: Pick<Device, 'product' | 'name'>): string => `${product}/${name}`

const openStates: ReadonlySet<string> = new Set(['queued', 'notified', 'in_progress'])

const isFailure = (state: Task['state']): state is 'failed' | 'timed_out' | 'rejected' =>
  state === 'failed' || state === 'timed_out' || state === 'rejected'

/** The last updates that did not succeed: of this module it is this one, or none while it is open or where it succeeded. */
const failedAfter = ({ failed }: Device, { id, campaign, module, to, state, reason, desc, endedAt }: Task): Device['failed'] => {
  if (state === 'canceled') return failed
  const others = failed.filter((each) => each.module !== module)
  if (isFailure(state)) return [{ task: id, campaign, module, version: to, state, reason, desc, endedAt }, ...others]
  return others.length === failed.length ? failed : others
}

const withTask = (before: Device, task: Task): Device => {
  const failed = failedAfter(before, task)
  return withOpen(failed === before.failed ? before : { ...before, failed }, task)
}

const withOpen = (device: Device, { id, campaign, module, to, state }: Task): Device => {
  const others = device.openTasks.filter(({ task }) => task !== id)
  if (!openStates.has(state)) return others.length === device.openTasks.length ? device : { ...device, openTasks: others }
  const known = device.openTasks.find(({ task }) => task === id)
  if (known?.state === state) return device
  return { ...device, openTasks: [...others, { task: id, campaign, module, version: to, state }] }
}

const textIn = (data: LiveEvent['data'], name: string): string | null => {
  const value = data[name]
  return typeof value === 'string' ? value : null
}

const withPresence = (device: Device, data: LiveEvent['data']): Device => {
  const lastSeen = textIn(data, 'at') ?? device.lastSeen
  if (data['what'] === 'connected') return { ...device, online: true, lastSeen, address: textIn(data, 'address') ?? device.address }
  // A newer connection of the same device is there already.
  if (data['what'] === 'disconnected' && data['detail'] !== 'superseded') return { ...device, online: false, lastSeen }
  return data['what'] === 'contended' ? { ...device, contended: true } : device
}

/** The device after the event; the same object if nothing that is known of it has changed. What else the event means is read anew. */
export const afterEvent = (device: Device, { name, data }: LiveEvent): Device =>
  name === 'task' ? withTask(device, data as unknown as Task) : name === 'device' ? withPresence(device, data) : device

/** The longest part of `places` that is in ascending order, as its length. */
const longestAscending = (places: readonly number[]): number => {
  const ends: number[] = []
  for (const place of places) {
    const at = ends.findIndex((end) => end >= place)
    ends[at < 0 ? ends.length : at] = place
  }
  return ends.length
}

/** How many rows have to come, go or move to make the shown list the one that is there now. */
export const differences = (shown: readonly string[], now: readonly string[]): number => {
  const places = new Map(now.map((key, at) => [key, at]))
  const common = shown.map((key) => places.get(key)).filter((place) => place !== undefined)
  const left = shown.length - common.length
  const entered = now.length - common.length
  // On a full page each row that comes pushes one out: that is one change.
  return Math.max(left, entered) + common.length - longestAscending(common)
}

/** The old object where the new one says the same, so that its row is not drawn again. */
export const kept = (before: Device | undefined, after: Device): Device =>
  before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? before : after
