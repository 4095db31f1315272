// The rows of test stations in a store on LevelDB beside all others: in backups, for a check of its files, and after a kill.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStationRows } from '../../src/station/station-rows.ts'
import { surveyStore } from '../../src/store/files/store-survey.ts'
import { commitsKey } from '../../src/store/keys.ts'
import { openLevel } from '../../src/store/level.ts'
import { openStore } from '../../src/store/records.ts'
import { endedRun, sampleDesk, sampleFigures, sampleKey, sampleProcedure, sampleRun, sampleUnit } from '../support/station-row-samples.ts'
import { allRows } from '../support/station-rows-fixture.ts'
import { sampleTask } from '../support/store-samples.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-station-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it('a store of before has no rows of test stations, and one that has them opens as before', async () => {
  const { batches, openSnapshot } = await openLevel(directory)
  const store = await openStore(batches)
  await store.writes.commit([{ put: 'task', value: sampleTask(1) }])
  const rows = await openStationRows(batches)
  expect(rows.memory.openRuns.size).toBe(0)
  await rows.commit([
    { put: 'procedure', value: sampleProcedure('a', 1) },
    { put: 'desk', value: sampleDesk('fct-1') },
    { put: 'run', value: endedRun(1, { serial: '😀\0' }) },
    { put: 'run', value: sampleRun(2) },
    { put: 'unit', value: sampleUnit('SN-1', { device: 'lamp/a' }) },
    { put: 'figures', value: { key: sampleKey(), figures: sampleFigures(1) } },
  ])
  expect((await openStore(batches)).reads.openTask(1)?.id).toBe(1)
  const stored = await allRows(batches)
  expect(Object.keys(stored).length).toBe(11)
  const copied: Record<string, string> = {}
  const snapshot = await openSnapshot()
  for await (const piece of snapshot.rows()) for (const [key, value] of piece) if (key.startsWith('station/')) copied[key] = String(value)
  await snapshot.close()
  expect(copied).toEqual(stored)
  await batches.close()
  const survey = await surveyStore(directory, commitsKey)
  expect([survey.faults, survey.damage]).toEqual([[], []])
})

it('a kill between the begin and the end of runs leaves each as it was acknowledged, with all of its rows', {
  timeout: 60_000,
}, async () => {
  const script = fileURLToPath(new URL('run-committer.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, directory, JSON.stringify(sampleRun(0)), JSON.stringify(sampleUnit(''))])
  const acknowledged = new Map<number, string>()
  for await (const line of createInterface(child.stdout)) {
    const [id = '', state = ''] = line.split(' ')
    acknowledged.set(Number(id), state)
    if (acknowledged.size === 60) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(acknowledged.size).toBeGreaterThanOrEqual(60)
  const { batches } = await openLevel(directory)
  const rows = await openStationRows(batches)
  const listed = await rows.queries.runs({ station: 'fct-1', outcome: 'passed', limit: 1000 })
  for (const [id, state] of acknowledged) {
    const run = await rows.queries.run(id)
    expect(run, String(id)).toBeDefined()
    if (state === 'ended') expect(run?.state).toBe('ended')
    const isEnded = run?.state === 'ended'
    expect(listed.items.some((item) => item.id === id)).toBe(isEnded)
    expect((await rows.queries.unit('lamp', `SN-${id}`)) !== undefined).toBe(isEnded)
    expect((await rows.queries.unitOfDevice(`lamp/d${id}`)) !== undefined).toBe(isEnded)
    expect((await rows.queries.runOfKey('fct-1', `k${id}`))?.id).toBe(id)
  }
  expect(rows.nextRunId()).toBeGreaterThan(Math.max(...acknowledged.keys()))
  await batches.close()
})
