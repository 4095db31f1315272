// What `GET /tasks?limit=1000` of ended tasks costs the main thread, beside 8 ms. Linux only. Usage: node bench/task-list.mjs [rounds]

import { join } from 'node:path'
import { firstThreadSeconds } from './children.mjs'
import { startFogbell } from './contestants/fogbell.mjs'
import { median, milliseconds, row, table } from './figures.mjs'
import { compileConnections, startConnections } from './load/connections-load.mjs'
import { inDirectory, inRounds, numbers, runAlone } from './part.mjs'

const [rounds = 7] = numbers(import.meta.url)
const tasks = 1000
const requests = 40

/** Each device reports the version of its task, which ends it. */
const endAll = async (directory, fogbell, keep) => {
  const load = keep(startConnections(await compileConnections(directory), fogbell.port, 'device-', tasks))
  if (!(await load.ask(`open 0 ${tasks} 100`)).open) throw new Error('not all devices could connect')
  const { fault } = await load.ask(`report 2.0.0 ${tasks}`)
  if (fault !== '') throw new Error(fault)
}

/** Milliseconds of the main thread for one of the requests. */
const measure = async ({ admin, pids }) => {
  const before = await firstThreadSeconds(pids[0])
  for (let request = 0; request < requests; request += 1) {
    const { items } = await admin('GET', '/tasks?limit=1000&state=succeeded')
    if (items.length !== tasks) throw new Error(`the list has ${items.length} tasks instead of ${tasks}`)
  }
  return (((await firstThreadSeconds(pids[0])) - before) * 1000) / requests
}

export const taskList = () =>
  inDirectory(async (directory, keep) => {
    const fogbell = keep(await startFogbell(join(directory, 'fogbell'), tasks))
    await endAll(directory, fogbell, keep)
    await measure(fogbell)
    const took = []
    await inRounds(rounds, async () => {
      took.push(await measure(fogbell))
    })
    const cost = median(took)
    const what = 'time of the main thread for `GET /tasks?limit=1000` of ended tasks, beside 8 ms'
    return {
      rows: [row(what, milliseconds(cost), '8 ms', cost / 8, 1, true)],
      details: [
        `Lists of 1,000 ended tasks: ${rounds} rounds of ${requests} requests, one after another.`,
        table(['time of the main thread', 'of the rounds, ms'], [[milliseconds(cost), took.map((each) => each.toFixed(1)).join(' ')]]),
      ],
    }
  })

await runAlone(import.meta.url, taskList)
