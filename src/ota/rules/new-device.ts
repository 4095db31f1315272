// A device's record: as it becomes known, and with a version that it reports. Pure; times are arguments.

import type { Device, DeviceKey, Module } from '../model.ts'
import { moduleOf } from './eligibility.ts'

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

/** The device with that version of the module. The task that installed it is kept while the version stays. */
export const withVersion = (device: Device, name: string, version: string, now: number): Device => {
  const known = moduleOf(device, name)
  const task = known?.version === version ? known.task : null
  const module: Module = { name, version, reportedAt: now, ...(task ? { task } : {}) }
  const { modules } = device
  if (known !== undefined) return { ...device, lastSeen: now, modules: modules.map((one) => (one === known ? module : one)) }
  return { ...device, lastSeen: now, modules: [...modules, module].sort((a, b) => (a.name < b.name ? -1 : 1)) }
}
