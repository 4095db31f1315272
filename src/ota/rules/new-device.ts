// A new device. Pure; times are arguments.

import type { Device, DeviceKey } from '../model.ts'

/** A record with nothing but its names, which must be valid. */
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
