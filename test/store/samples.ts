// Records for the store's tests, complete but simple, and a valve that makes writes fail or wait.

import type { Campaign, Device, Firmware, Task } from '../../src/ota/model.ts'
import { anyTime } from '../../src/ota/policy.ts'
import type { WriteGate } from '../../src/store/disk.ts'

export const sampleDevice = (name: string, more: Partial<Device> = {}): Device => ({
  rev: 0,
  key: `pk/${name}`,
  product: 'pk',
  name,
  gateway: null,
  tags: [],
  credential: { kind: 'none' },
  modules: [],
  late: [],
  createdAt: 1,
  lastSeen: null,
  ...more,
})

export const sampleFirmware = (id: number, more: Partial<Firmware> = {}): Firmware => ({
  rev: 0,
  id,
  product: 'pk',
  module: 'default',
  version: '2.0.0',
  description: '',
  from: [],
  signMethod: 'MD5',
  size: 3,
  md5: '900150983cd24fb0d6963f7d28e17f72',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  checksum: '26010000',
  createdAt: 1,
  ...more,
})

export const sampleCampaign = (id: number, more: Partial<Campaign> = {}): Campaign => ({
  rev: 0,
  id,
  name: `campaign ${id}`,
  status: 'running',
  reason: null,
  firmware: 1,
  product: 'pk',
  module: 'default',
  version: '2.0.0',
  target: { devices: [], tags: [], from: [], exclude: [], continuous: false },
  phases: [],
  bounds: [],
  phase: null,
  abort: [],
  era: 0,
  fired: null,
  rate: { perMinute: 1000, maxInProgress: 50 },
  schedule: anyTime,
  timeouts: { noResponseSeconds: 86_400, upgradeSeconds: null, stallSeconds: 900 },
  retry: { max: 0, delaySeconds: 60, onTimeout: false },
  push: true,
  reflash: false,
  overwrite: false,
  planning: false,
  createdAt: 1,
  startedAt: 1,
  endedAt: null,
  ...more,
})

export const sampleTask = (id: number, more: Partial<Task> = {}): Task => ({
  rev: 0,
  id,
  campaign: 1,
  device: `pk/d${id}`,
  module: 'default',
  firmware: 1,
  from: '1.0.0',
  to: '2.0.0',
  size: 3,
  sources: [],
  reflash: false,
  phase: 0,
  state: 'queued',
  reason: null,
  code: null,
  desc: null,
  step: null,
  attempt: 1,
  newest: true,
  notBefore: null,
  slot: false,
  bytes: 0,
  createdAt: 1,
  notifiedAt: null,
  slotAt: null,
  startedAt: null,
  signAt: null,
  completeAt: null,
  graceSince: null,
  endedAt: null,
  judged: null,
  history: [],
  ...more,
})

export interface Valve {
  readonly gate: WriteGate
  /** While true, writes fail. */
  failing: boolean
  /** Later writes wait; the returned function releases them. */
  hold(): () => void
}

export const createValve = (): Valve => {
  let held: Promise<void> | undefined
  const valve: Valve = {
    failing: false,
    gate: async () => {
      await held
      if (valve.failing) throw new Error('no space left')
    },
    hold: () => {
      let open = (): void => undefined
      const closed = new Promise<void>((resolve) => {
        open = resolve
      })
      held = closed
      return () => {
        if (held === closed) held = undefined
        open()
      }
    },
  }
  return valve
}
