// A process that begins and ends runs until it is killed and prints what was acknowledged, for station-rows-disk.test.ts.
// Arguments: the directory, and a run and a unit in JSON as the templates of all. Each line: a run's id and its state on disk.

import { openStationRows } from '../../dist/station/station-rows.js'
import { openLevel } from '../../dist/store/level.js'

const [directory, runLike, unitLike] = process.argv.slice(2)
const { batches } = await openLevel(directory)
const rows = await openStationRows(batches)

const live = async () => {
  for (;;) {
    const id = rows.nextRunId()
    const run = { ...JSON.parse(runLike), id, serial: `SN-${id}`, key: `k${id}` }
    await rows.commit([{ put: 'run', value: run }])
    process.stdout.write(`${id} ${run.state}\n`)
    await rows.commit([
      { put: 'run', value: { ...run, state: 'ended', outcome: 'passed', endedAt: 1000 } },
      { put: 'unit', value: { ...JSON.parse(unitLike), serial: run.serial, device: `lamp/d${id}` } },
    ])
    process.stdout.write(`${id} ended\n`)
  }
}

await Promise.all(Array.from({ length: 20 }, live))
