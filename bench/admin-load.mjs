// Whether operators who look at a large fleet hold its devices up: 100,000 known devices, of which some are connected and report
// versions; beside them searches, sorted lists and the overview, and 200 streams of the overview. Run after `npm run build`:
// node --max-semi-space-size=16 bench/admin-load.mjs [devices] (as `npm start` runs the server). Works in a temporary directory, which it removes.

import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { startServer } from '../dist/server.js'
import { loadSettings } from '../dist/settings-load.js'
import { openLevel } from '../dist/store/level.js'
import { openStore } from '../dist/store/records.js'
import { inDirectory } from './part.mjs'

const known = Number(process.argv[2] ?? 100_000)
const reporters = 200
const seconds = 6
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
  modules: [{ name: 'default', version: `1.${n % 30}.0`, reportedAt: 1 }],
  late: [],
  createdAt: 1,
  lastSeen: n,
  address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
})

const fill = async (directory) => {
  const { batches } = await openLevel(join(directory, 'store'))
  const store = await openStore(batches)
  for (let from = 0; from < known; from += 1000)
    await store.writes.commit(Array.from({ length: 1000 }, (_, at) => ({ put: 'device', value: deviceOf(from + at) })))
  await batches.close()
}

/** The longest time between two turns of the event loop since the last call. */
const watchLoop = () => {
  let [last, longest] = [performance.now(), 0]
  const watch = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    setImmediate(watch)
  }
  setImmediate(watch)
  return () => {
    const found = longest
    longest = 0
    last = performance.now()
    return found
  }
}

const line = (name, times, stall) => {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (part) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1).padStart(7)
  console.log(
    `${name.padEnd(38)} n ${String(times.length).padStart(6)}  p50 ${at(0.5)}  p99 ${at(0.99)}  max ${at(1)} ms${stall === undefined ? '' : `  longest turn ${stall.toFixed(1)} ms`}`,
  )
}

const requests = [
  ['overview', '/overview'],
  ['search of a name', '/devices?q=ab1'],
  ['search of an address', '/devices?q=10.0.3.'],
  ['search that finds nothing', '/devices?q=zzz'],
  ['online, sorted by name', '/devices?online=true&sort=-name'],
  ['sorted by last seen', '/devices?sort=-lastSeen'],
  ['sorted by version', '/devices?sort=version&limit=1000'],
  ['not on a version', '/devices?not=1.3.0&sort=version'],
]

await inDirectory(async (directory) => {
  await fill(directory)
  const flags = { data: directory, host: '127.0.0.1', mqttPort: '0', firmwarePort: '0', adminPort: '0', enrolment: 'open' }
  const running = await startServer({ settings: loadSettings({ env: {}, flags }), log: silent, version: 'bench' })
  const longest = watchLoop()
  const { mqtt, admin } = running.description
  const names = Array.from({ length: reporters }, (_, n) => nameOf(n))
  const workerData = { port: Number(new URL(mqtt[0]).port), admin, directory, names }
  const worker = new Worker(new URL('./load/admin-client.mjs', import.meta.url), { workerData })
  const ask = (message) =>
    new Promise((resolve, reject) => {
      worker.removeAllListeners()
      worker.once('message', resolve).once('error', reject)
      worker.postMessage(message)
    })
  try {
    await ask({ act: 'connect' })
    // The first question of a process loads its client: 50 ms that are none of the server's.
    await ask({ act: 'load', path: '/devices?limit=1', seconds: 0.1 })
    longest()
    await pause(1000)
    const alone = await ask({ act: 'load', path: null, seconds })
    console.log(`${known} devices, ${reporters} connected ones that report a version twice a second, each on disk before its PUBACK\n`)
    line('reports, nobody looks', alone.reports, longest())
    for (const [name, path] of requests) {
      const result = await ask({ act: 'load', path, seconds })
      const stall = longest()
      line(name, result.answers, stall)
      line('  reports meanwhile', result.reports)
    }
    await ask({ act: 'streams', count: 200 })
    longest()
    const watched = await ask({ act: 'load', path: null, seconds })
    line('reports, 200 streams of the overview', watched.reports, longest())
  } finally {
    await worker.terminate()
    await running.close()
  }
  process.exitCode = 0
})
process.exit()
