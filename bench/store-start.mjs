// How long the store takes to open with 100,000 devices and 1,000,000 ended tasks, and how many commits a second it records.
// Run after `npm run build`: node bench/store-start.mjs [devices] [ended tasks]. Works in a temporary directory, which it removes.

import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openLevel } from '../dist/store/level.js'
import { openStore } from '../dist/store/records.js'
import { at, fill, opened, taskOf } from './big-store.mjs'
import { inDirectory } from './part.mjs'

const self = fileURLToPath(import.meta.url)
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

const main = (devices, ended) =>
  inDirectory(async (directory) => {
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
  })

const [command = '100000', argument = '1000000'] = process.argv.slice(2)
if (command === 'open') await measureOpen(argument)
else if (command === 'lists') await measureLists(argument)
else if (command === 'commits') await measureCommits(argument)
else await main(Number(command), Number(argument))
