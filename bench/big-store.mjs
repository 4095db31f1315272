// A large store: 100,000 devices and 1,000,000 ended tasks, or as many as are asked for, as records that a server has written.

import { addOps } from '../dist/store/layout.js'
import { openLevel } from '../dist/store/level.js'
import { openStore } from '../dist/store/records.js'

export const at = 1_750_000_000_000
const campaigns = 20
/** Open tasks, of the devices from `ended + 1` on. */
export const opened = 2000

export const deviceOf = (n) => ({
  rev: 3,
  key: `product-a/device-${String(n).padStart(8, '0')}`,
  product: 'product-a',
  name: `device-${String(n).padStart(8, '0')}`,
  gateway: null,
  tags: n % 10 === 0 ? ['floor-1', 'pilot'] : [],
  credential: { kind: 'first-use', hash: (n * 2654435761).toString(16).padStart(64, '0') },
  modules: [{ name: 'default', version: '1.4.2', reportedAt: at + n }],
  late: [],
  createdAt: at,
  lastSeen: at + n,
})

export const taskOf = (id, devices, state) => ({
  rev: 4,
  id,
  campaign: (id % campaigns) + 1,
  device: deviceOf(id % devices).key,
  module: 'default',
  firmware: 1,
  from: '1.4.1',
  to: '1.4.2',
  size: 1_048_576,
  sources: [],
  reflash: false,
  phase: 0,
  state,
  reason: state === 'failed' ? 'verify_error' : null,
  code: state === 'failed' ? -3 : null,
  desc: null,
  step: 100,
  attempt: 1,
  newest: true,
  notBefore: null,
  slot: false,
  bytes: 1_048_576,
  createdAt: at,
  notifiedAt: at + 1000,
  slotAt: at + 1000,
  startedAt: at + 2000,
  signAt: at + 60_000,
  completeAt: at + 50_000,
  graceSince: null,
  judged: null,
  endedAt: state === 'in_progress' ? null : at + 60_000,
  history: [
    { at: at + 1000, state: 'notified', said: '' },
    { at: at + 2000, state: 'in_progress', said: '' },
    { at: at + 60_000, state, said: '' },
  ],
})

const campaignOf = (id) => ({
  rev: 2,
  id,
  name: `campaign ${id}`,
  status: 'running',
  reason: null,
  firmware: 1,
  product: 'product-a',
  module: 'default',
  version: '1.4.2',
  target: { devices: [], tags: [], from: [], exclude: [], continuous: true },
  maxInProgress: 50,
  planning: null,
  timeouts: { noResponseSeconds: 86_400, upgradeSeconds: null, stallSeconds: 900 },
  retry: { max: 0, delaySeconds: 60, onTimeout: false },
  push: true,
  reflash: false,
  createdAt: at,
  startedAt: at,
  endedAt: null,
})

function* records(devices, ended) {
  for (let n = 0; n < devices; n += 1) yield ['device', deviceOf(n)]
  for (let id = 1; id <= campaigns; id += 1) yield ['campaign', campaignOf(id)]
  for (let id = 1; id <= ended; id += 1) yield ['task', taskOf(id, devices, id % 50 === 0 ? 'failed' : 'succeeded')]
  for (let id = ended + 1; id <= ended + opened; id += 1) yield ['task', taskOf(id, devices, 'in_progress')]
  yield ['last', { table: 'campaign', id: campaigns }]
  yield ['last', { table: 'task', id: ended + opened }]
}

export const fill = async (directory, devices, ended) => {
  const { batches } = await openLevel(directory)
  await openStore(batches)
  let ops = []
  for (const [kind, after] of records(devices, ended)) {
    addOps({ kind, before: undefined, after }, ops)
    if (ops.length < 20_000) continue
    await batches.commit(ops)
    ops = []
  }
  await batches.commit(ops)
  await batches.close()
}
