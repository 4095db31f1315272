// A store with many ended runs of test stations, as a server would have written them: four stations, a work order a shift, retests.

import { addFigures, noFigures } from '../dist/station/rules/figures.js'
import { countRun } from '../dist/station/rules/yield.js'
import { openStationRows } from '../dist/station/station-rows.js'
import { openLevel } from '../dist/store/level.js'

export const dayMs = 86_400_000
/** The runs fill the last thirty days, in three shifts each. */
const spanMs = 30 * dayMs
export const stations = ['s1', 's2', 's3', 's4']
const versions = ['2.0.0', '2.0.1', '2.1.0']

const measured = Array.from({ length: 8 }, (_, at) => ({
  name: `V${at}`,
  value: 3.3,
  unit: 'V',
  low: 3.1,
  high: 3.5,
  equals: null,
  outcome: 'passed',
  marginal: false,
}))

const stepsOf = (at, isPassed) =>
  ['bind', 'connect', 'identify', 'update', 'restart', 'selftest'].map((name, index) => ({
    name,
    outcome: name !== 'selftest' || isPassed ? 'passed' : 'failed',
    startedAt: at + index * 1000,
    endedAt: at + index * 1000 + 900,
    code: null,
    said: null,
    measurements: name === 'selftest' ? measured : [],
  }))

/** One of twenty fails, and comes again as the next run. */
const isRetest = (id) => id % 20 === 1 && id > 1
export const serialOf = (id) => `SN-${isRetest(id) ? id - 1 : id}`

const runOf = (id, begin, count) => {
  const isPassed = id % 20 !== 0
  const scannedAt = Math.floor(begin + (id / count) * spanMs)
  const [serial, station] = [serialOf(id), stations[id % 4]]
  return {
    id,
    station,
    slot: 1 + (id % 16),
    procedure: 'fct',
    rev: 1,
    product: 'lamp',
    process: station === 's4' ? 'EOL' : 'FCT',
    serial,
    label: serial,
    device: `lamp/${serial}`,
    operator: 'mei',
    workOrder: `WO-${Math.floor((id * 90) / count)}`,
    attempt: isRetest(id) ? 2 : 1,
    reference: null,
    reason: null,
    key: `token station-${station} ${String(id).padStart(36, '0')}`,
    scannedAt,
    connectedAt: scannedAt + 1000,
    endedAt: scannedAt + 6000,
    state: 'ended',
    outcome: isPassed ? 'passed' : 'failed',
    code: isPassed ? null : 'SELFTEST_FAILED',
    said: null,
    steps: stepsOf(scannedAt, isPassed),
    tasks: [id],
    remote: '10.0.0.9',
    versionBefore: { default: '1.0.0' },
    versionAfter: { default: versions[0] },
    wasConnected: false,
    others: [],
    refused: null,
    testSince: null,
    early: null,
    drops: 0,
    oldVersionOn: null,
    clockSuspect: false,
  }
}

const keyOf = ({ endedAt, station, process, product, workOrder, id }, count) => {
  const shift = Math.floor(endedAt / (dayMs / 3)) * (dayMs / 3)
  return { shift, station, process, product, version: versions[Math.floor((id * 3) / (count + 1))], workOrder }
}

/** Resolves to how many rows of figures there are. */
export const fill = async (directory, count) => {
  const { batches } = await openLevel(directory)
  const rows = await openStationRows(batches)
  const figures = new Map()
  const [begin, units] = [Date.now() - spanMs, new Map()]
  let changes = []
  for (let id = 1; id <= count; id += 1) {
    const run = runOf(id, begin, count)
    const before = units.get(run.serial)
    const { process, changes: counted } = countRun(before?.processes[run.process], run, keyOf(run, count))
    for (const { key, change } of counted) {
      const name = JSON.stringify(key)
      figures.set(name, { key, figures: addFigures(figures.get(name)?.figures ?? noFigures, change) })
    }
    const unit = {
      product: 'lamp',
      serial: run.serial,
      device: run.device,
      boundAt: run.connectedAt,
      boundBy: id,
      released: [],
      replaced: [],
    }
    const value = { ...unit, processes: { ...before?.processes, [run.process]: process } }
    units.clear()
    units.set(run.serial, value)
    changes.push({ put: 'run', value: run }, { put: 'unit', value, before: before ?? null })
    if (changes.length < 1000) continue
    await rows.commit(changes)
    changes = []
  }
  await rows.commit([...changes, ...[...figures.values()].map((value) => ({ put: 'figures', value }))])
  await batches.close()
  return figures.size
}
