// A device as it becomes known. Pure; times are arguments.

import type { Device, DeviceKey } from '../model.ts'

/** A record without anything known yet. The key must be of usable names. */
export const newDevice = (key: DeviceKey, now: number): Device => {
  const slash = key.indexOf('/')
  return {
    key,
    product: key.slice(0, slash),
    name: key.slice(slash + 1),
    rev: 0,
    gateway: null,
    tags: [],
    credential: { kind: 'none' },
    modules: [],
    late: [],
    createdAt: now,
    lastSeen: null,
  }
}
