// Gateways and their sub-devices, kept beside the store by watching it.

import type { Device, DeviceKey } from '../model.ts'
import type { Reads, Writes } from '../ports/store.ts'
import { createGrouped } from './grouped.ts'

export interface Families {
  children(gateway: DeviceKey): ReadonlySet<DeviceKey>
  /** All that have children. */
  gateways(): Iterable<DeviceKey>
  /** The gateway that the device belongs to; null: none. */
  gatewayOf(device: DeviceKey): DeviceKey | null
  /** The gateway in whose family the device is: its own, or itself where it has children; null: it has no family. */
  familyOf(device: DeviceKey): DeviceKey | null
}

/** Call before anything changes, and before other watchers of the store that need it. */
export const createFamilies = (reads: Reads, writes: Pick<Writes, 'watch'>): Families => {
  const children = createGrouped<DeviceKey, DeviceKey>()
  // Called at each change of a task: most devices have no gateway, and their records need not be looked up.
  const gateways = new Map<DeviceKey, DeviceKey>()
  const change = (before: Device | undefined, after: Device | undefined): void => {
    if (before?.gateway === after?.gateway) return
    if (before !== undefined && before.gateway !== null) {
      gateways.delete(before.key)
      children.delete(before.gateway, before.key)
    }
    if (after !== undefined && after.gateway !== null) {
      gateways.set(after.key, after.gateway)
      children.add(after.gateway, after.key)
    }
  }
  for (const device of reads.devices()) change(undefined, device)
  writes.watch((table, before, after) => {
    if (table === 'device') change(before as Device | undefined, after as Device | undefined)
  })
  return {
    children: children.of,
    gateways: children.keys,
    gatewayOf: (device) => gateways.get(device) ?? null,
    familyOf: (device) => gateways.get(device) ?? (children.of(device).size > 0 ? device : null),
  }
}
