// How long the store takes to open with 100,000 devices and 1,000,000 ended tasks, and how many commits a second it records.
// Run after `npm run build`: node bench/store-start.mjs [devices] [ended tasks]. Works in a temporary directory, which it removes.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { addOps } from '../dist/store/layout.js'
import { openLevel } from '../dist/store/level.js'
import { openStore } from '../dist/store/records.js'

const self = fileURLToPath(import.meta.url)
const at = 1_750_000_000_000
const campaigns = 20
const opened = 2000

const deviceOf = (n) => ({
  rev: 3,
  key: `product-a/device-${String(n).padStart(8, '0')}`,
  product: 'product-a',
  name: `device-${String(n).padStart(8, '0')}`,
  gateway: null,
  tags: n % 10 === 0 ? ['floor-1', 'pilot'] : [],
  credential: { kind: 'first-use', hash: (n * 2654435761).toString(16).padStart(64, '0') },
  modules: [{ name: 'default', version: '1.4.2', reportedAt: at + n, late: null }],
  createdAt: at,
  lastSeen: at + n,
})

const taskOf = (id, devices, state) => ({
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
  endedAt: state === 'in_progress' ? null : at + 60_000,
  history: [
    { at: at + 1000, state: 'notified', note: '' },
    { at: at + 2000, state: 'in_progress', note: '' },
    { at: at + 60_000, state, note: '' },
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

const fill = async (directory, devices, ended) => {
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

const measureOpen = async (directory) => {
  const start = performance.now()
  const { batches } = await openLevel(directory)
  const level = performance.now() - start
  const store = await openStore(batches)
  const all = performance.now() - start
  const devices = [...store.reads.devices()].length
  const open = [...store.reads.openTasks()].length
  console.log(JSON.stringify({ level, all, devices, open, rss: process.memoryUsage().rss }))
  await batches.close()
}

const perSecond = async (count, committers, commit) => {
  let n = 0
  const work = async () => {
    for (; n < count; ) await commit(n++)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: committers }, work))
  return Math.round(count / ((performance.now() - start) / 1000))
}

/** Bare group commit, and the store's commits of a progress report, each of one task's record. */
const measureCommits = async (directory) => {
  const { batches } = await openLevel(directory)
  const store = await openStore(batches)
  const text = JSON.stringify(taskOf(1, 1, 'in_progress')).slice(0, 600)
  const bare = await perSecond(200_000, 500, (n) => batches.commit([{ type: 'put', key: `bench/${n % 50_000}`, value: text }]))
  const ids = [...store.reads.openTasks()].map((task) => task.id)
  const progress = (n) => {
    const task = store.reads.openTask(ids[n % ids.length])
    return store.writes.commit([{ put: 'task', value: { ...task, step: n % 100, signAt: at + n } }])
  }
  const stored = await perSecond(200_000, 500, progress)
  const alone = await perSecond(2000, 1, progress)
  console.log(JSON.stringify({ bare, stored, alone, bytes: text.length }))
  await batches.close()
}

/** A first page of 100 and a late one of 1,000, as a dashboard requests them. */
const measureLists = async (directory) => {
  const { batches } = await openLevel(directory)
  const store = await openStore(batches)
  const timed = async (query) => {
    const start = performance.now()
    await store.queries.tasks(query)
    return performance.now() - start
  }
  const failed = await timed({ campaign: 10, state: 'failed', limit: 100 })
  const late = await timed({ campaign: 10, after: 50_000, limit: 1000 })
  console.log(JSON.stringify({ failed, late }))
  await batches.close()
}

const child = async (...args) => JSON.parse((await promisify(execFile)(process.execPath, [self, ...args])).stdout)

const main = async (devices, ended) => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-store-bench-'))
  try {
    const start = performance.now()
    await fill(directory, devices, ended)
    console.log(
      `filled with ${devices} devices, ${ended} ended and ${opened} open tasks in ${((performance.now() - start) / 1000).toFixed(1)} s`,
    )
    console.log(`node ${process.version}, ${availableParallelism()} cores\n`)
    for (let run = 1; run <= 3; run += 1) {
      const { level, all, rss } = await child('open', directory)
      console.log(`open ${run}: ${all.toFixed(0)} ms, of which LevelDB ${level.toFixed(0)} ms; ${(rss / 2 ** 20).toFixed(0)} MB resident`)
    }
    const { failed, late } = await child('lists', directory)
    console.log(`list: 100 failed tasks of a campaign ${failed.toFixed(0)} ms, 1,000 tasks of it ${late.toFixed(0)} ms`)
    const { bare, stored, alone, bytes } = await child('commits', directory)
    console.log(`group commit, 500 committers, ${bytes} bytes: ${bare} commits/s`)
    console.log(`store, a progress report, 500 committers: ${stored} commits/s; 1 committer: ${alone} commits/s`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const [command = '100000', argument = '1000000'] = process.argv.slice(2)
if (command === 'open') await measureOpen(argument)
else if (command === 'lists') await measureLists(argument)
else if (command === 'commits') await measureCommits(argument)
else await main(Number(command), Number(argument))
