// A process that commits until it is killed and prints what was acknowledged, for level.test.ts.
// Arguments: the directory, and a task in JSON as the template of all tasks.
// Each line: a task's id and the revision that is on disk.

import { openLevel } from '../../dist/store/level.js'
import { openStore } from '../../dist/store/records.js'

const [directory, like] = process.argv.slice(2)
const { batches } = await openLevel(directory)
const store = await openStore(batches)

const taskOf = (id) => ({ ...JSON.parse(like), id, device: `pk/d${id}` })

const live = async () => {
  for (;;) {
    const id = store.writes.nextId('task')
    for (let task = taskOf(id); task !== undefined; task = store.reads.openTask(id)) {
      const state = task.rev === 3 ? 'succeeded' : 'in_progress'
      await store.writes.commit([
        { put: 'task', value: { ...task, state } },
        { add: 1, tally: { [state]: 1 } },
      ])
      process.stdout.write(`${id} ${task.rev + 1}\n`)
    }
  }
}

await Promise.all(Array.from({ length: 50 }, live))
