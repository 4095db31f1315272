// Records as the admin API returns them, complete but simple, for tests of the command.

import type { CampaignView, Counts, DeviceView, FirmwareView, TaskView } from '../../src/cli/api-records.ts'

const at = '2026-03-01T11:56:00.000Z'

export const firmware = (fields: Partial<FirmwareView> = {}): FirmwareView => ({
  id: '12',
  product: 'pk',
  module: 'mcu',
  version: '1.0.1',
  size: 3,
  md5: '900150983cd24fb0d6963f7d28e17f72',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  checksum: '26010000',
  description: '',
  from: [],
  signMethod: 'MD5',
  createdAt: at,
  ...fields,
})

export const device = (fields: Partial<DeviceView> = {}): DeviceView => ({
  product: 'pk',
  name: 'dev1',
  online: true,
  lastSeen: at,
  connection: null,
  gateway: null,
  tags: [],
  modules: { mcu: { version: '1.0.0', reportedAt: at } },
  credential: 'first-use',
  createdAt: at,
  ...fields,
})

export const counts = (fields: Partial<Counts> = {}): Counts => ({
  queued: 0,
  notified: 0,
  in_progress: 0,
  succeeded: 0,
  failed: 0,
  timed_out: 0,
  rejected: 0,
  canceled: 0,
  skipped: 0,
  ...fields,
})

export const campaign = (fields: Partial<CampaignView> = {}): CampaignView => ({
  id: '3',
  name: 'pk mcu 1.0.1',
  status: 'running',
  reason: null,
  text: null,
  firmware: '12',
  product: 'pk',
  module: 'mcu',
  version: '1.0.1',
  phase: null,
  counts: counts(),
  waiting: 0,
  waitingFor: [],
  gate: null,
  target: { devices: [], tags: [], from: [], exclude: [], continuous: false },
  phases: [],
  abort: [{ on: 'any', percent: 20, minFinished: 5, action: 'pause', finished: 0, bad: 0 }],
  rate: { perMinute: 1000, maxInProgress: 50 },
  schedule: { startAt: null, endAt: null, windows: [], open: true, until: null },
  timeouts: { noResponseSeconds: 86_400, upgradeSeconds: null, stallSeconds: 900 },
  retry: { max: 0, delaySeconds: 60, onTimeout: false },
  overwrite: false,
  push: true,
  reflash: false,
  createdAt: at,
  startedAt: at,
  endedAt: null,
  ...fields,
})

export const task = (fields: Partial<TaskView> = {}): TaskView => ({
  id: '21',
  campaign: '3',
  device: 'pk/dev1',
  module: 'mcu',
  firmware: '12',
  from: '1.0.0',
  to: '1.0.1',
  state: 'queued',
  reason: null,
  code: null,
  desc: null,
  step: null,
  phase: null,
  attempt: 1,
  notBefore: null,
  bytes: 0,
  size: 1000,
  createdAt: at,
  notifiedAt: null,
  startedAt: null,
  endedAt: null,
  ...fields,
})
