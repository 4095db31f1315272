// A process that commits for as long as it lives and prints what was acknowledged, for level.test.ts to kill.
// Each line: a task's id and the revision that is on disk.

import { openLevel } from '../../dist/store/level.js'
import { openStore } from '../../dist/store/records.js'

const { batches } = await openLevel(process.argv[2])
const store = await openStore(batches)

const taskOf = (id) => ({
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
  desc: 'x'.repeat(300),
  step: null,
  attempt: 1,
  newest: true,
  notBefore: null,
  slot: false,
  bytes: 0,
  createdAt: 1,
  notifiedAt: null,
  toldAt: null,
  startedAt: null,
  signAt: null,
  completeAt: null,
  graceSince: null,
  endedAt: null,
  history: [],
})

const live = async () => {
  for (;;) {
    const id = store.nextId('task')
    for (let task = taskOf(id); task !== undefined; task = store.openTask(id)) {
      const state = task.rev === 3 ? 'succeeded' : 'in_progress'
      await store.commit([
        { put: 'task', value: { ...task, state } },
        { add: 1, tally: { [state]: 1 } },
      ])
      process.stdout.write(`${id} ${task.rev + 1}\n`)
    }
  }
}

await Promise.all(Array.from({ length: 50 }, live))
