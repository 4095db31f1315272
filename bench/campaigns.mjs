// How long it takes to make the tasks of a campaign with 100,000 targets, how long that blocks the event loop, and how long a
// tick takes with all of them open and nothing due. Run after `npm run build`:
// node --max-semi-space-size=16 bench/campaigns.mjs [targets] (as `npm start` runs the server). Works in a temporary
// directory, which it removes.

import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createOrchestrator } from '../dist/ota/orchestrator.js'
import { loadSettings } from '../dist/settings-load.js'
import { openLevel } from '../dist/store/level.js'
import { openStore } from '../dist/store/records.js'
import { median } from './figures.mjs'
import { inDirectory } from './part.mjs'

const targets = Number(process.argv[2] ?? 100_000)
const rounds = 5
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error: (...said) => console.error(...said) }

/** Names in no order, as devices enrol in the first days of a fleet. */
const nameOf = (n) => `device-${((n * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0')}`

const deviceOf = (n) => ({
  rev: 0,
  key: `product-a/${nameOf(n)}`,
  product: 'product-a',
  name: nameOf(n),
  gateway: null,
  tags: n % 10 === 0 ? ['pilot'] : [],
  credential: { kind: 'none' },
  modules: [{ name: 'default', version: '1.0.0', reportedAt: 1 }],
  late: [],
  createdAt: 1,
  lastSeen: 1,
})

const openCore = async (store) => {
  const core = createOrchestrator({
    store,
    now: Date.now,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    settings: loadSettings({ env: {}, flags: {} }).ota,
    enrolment: 'open',
    transport: { send: () => true, host: () => null, close() {} },
    downloads: { url: () => '', forget() {} },
    events: { emit() {}, watches: () => false },
    meter: { count() {} },
    log: silent,
  })
  await core.start()
  return core
}

/** The longest time between two turns of the event loop during `work`. */
const longestBlock = async (work) => {
  let [last, longest, done] = [performance.now(), 0, false]
  const watch = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (!done) setImmediate(watch)
  }
  setImmediate(watch)
  const from = performance.now()
  await work()
  const took = performance.now() - from
  done = true
  await new Promise((resolve) => setImmediate(resolve))
  return { took, longest }
}

const ticks = async (core) => {
  const times = []
  for (let i = 0; i < 2000; i++) {
    const from = performance.now()
    await core.tick()
    times.push(performance.now() - from)
  }
  return times.sort((a, b) => a - b)
}

const round = (phases) =>
  inDirectory(async (directory, keep) => {
    const { batches } = await openLevel(join(directory, 'store'))
    keep({ stop: () => batches.close() })
    const store = await openStore(batches)
    for (let from = 0; from < targets; from += 1000) {
      const count = Math.min(1000, targets - from)
      await store.writes.commit(Array.from({ length: count }, (_, at) => ({ put: 'device', value: deviceOf(from + at) })))
    }
    const core = await openCore(store)
    const firmware = { product: 'product-a', module: 'default', version: '1.1.0', description: '', from: [], signMethod: 'MD5' }
    const digests = { size: 1, md5: '0', sha256: '0', checksum: '0' }
    await core.operators.firmware.add(firmware, digests)
    const campaign = await core.operators.campaigns.create({ firmware: 1, phases })
    let answered = 0
    const planned = await longestBlock(async () => {
      const from = performance.now()
      await core.operators.campaigns.start(campaign.id)
      answered = performance.now() - from
      // The tasks of a large campaign follow its start.
      while (store.reads.campaign(campaign.id).planning) await new Promise((resolve) => setImmediate(resolve))
    })
    const open = store.reads.tally(campaign.id).queued
    if (open !== targets) throw new Error(`${open} tasks were made for ${targets} targets`)
    await core.tick()
    // The same for an idle loop on this machine: no block can be shorter than that.
    const idle = await longestBlock(() => pause(planned.took))
    return { ...planned, answered, idle: idle.longest, ticks: await ticks(core) }
  })

for (const phases of [[], [{ percent: 1 }, { percent: 10 }, { percent: 100 }]]) {
  const results = []
  for (let i = 0; i < rounds; i++) results.push(await round(phases))
  const list = (values, digits) => values.map((value) => value.toFixed(digits)).join(' ')
  const took = results.map((result) => result.took)
  const blocks = results.map((result) => result.longest)
  const middle = results.map((result) => result.ticks[1000])
  const slow = results.map((result) => result.ticks[1980])
  console.log(`${targets} targets, ${phases.length} phases`)
  console.log(`planning    ${median(took).toFixed(0)} ms (${list(took, 0)})`)
  const answers = results.map((result) => result.answered)
  console.log(`start answered after ${median(answers).toFixed(0)} ms (${list(answers, 0)})`)
  const idle = results.map((result) => result.idle)
  console.log(
    `longest block ${median(blocks).toFixed(1)} ms (${list(blocks, 1)}), of an idle loop ${median(idle).toFixed(1)} ms (${list(idle, 1)})`,
  )
  console.log(`tick p50    ${median(middle).toFixed(4)} ms, p99 ${median(slow).toFixed(4)} ms`)
}
