// What a result must not become: a pass of another board, of another unit, or of a second try.

import { expect, it } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { createStationFixture } from '../support/station-fixture.ts'

const limits = [{ name: 'Vbat', unit: 'V', low: 3.1, high: 3.5, equals: null }]

it('a board that takes the place of another has passed nothing yet, and may be tested without being asked', async () => {
  const station = await createStationFixture()
  const run = await station.begin('SN-1')
  await station.board('SN-1', '1.1.0')
  expect(await station.run(run.id)).toMatchObject({ outcome: 'passed' })
  const unit = await station.stations.units.rebind('pk', 'SN-1', { device: null, reason: 'burnt' }, 'admin')
  expect(unit.processes['FCT']).toMatchObject({ outcome: 'passed', isReplaced: true })
  await station.pass(5)
  expect(await station.begin('SN-1')).toMatchObject({ attempt: 2, outcome: 'passed' })
  const [row] = await station.stations.figures({ group: [] })
  expect(row?.figures).toMatchObject({ units: 1, firstPassed: 1, finalPassed: 1, retested: 1, runs: 2 })
  expect((await station.stations.units.certificate('pk', 'SN-1')).unit.processes['FCT']?.isReplaced).toBeUndefined()
})

it('a board that takes the place of one that failed is no fault that was not found', async () => {
  const ntfAfter = async (between: 'release' | 'rebind' | 'nothing'): Promise<number | undefined> => {
    const station = await createStationFixture({ procedure: { selfTest: { source: 'jig', limits } } })
    const { runs, units, figures } = station.stations
    const end = async (value: number): Promise<void> => {
      const run = await station.begin('SN-1')
      await station.board('SN-1', '1.1.0')
      await runs.measure(run.id, [{ name: 'Vbat', value }])
      await runs.finish(run.id, {})
      await station.scan('FB:OK')
      await station.pass(5)
    }
    await end(1)
    if (between === 'release') await units.release('pk', 'SN-1', { reason: 'C7', process: 'FCT' }, 'ann')
    if (between === 'rebind') await units.rebind('pk', 'SN-1', { device: null, reason: 'burnt' }, 'ann')
    await end(3.3)
    return (await figures({ group: [] }))[0]?.figures.ntf
  }
  expect([await ntfAfter('nothing'), await ntfAfter('release'), await ntfAfter('rebind')]).toEqual([1, 0, 0])
})

it('a unit is released for no process that it has not had', async () => {
  const station = await createStationFixture()
  await station.begin('SN-1')
  await station.board('SN-1', '1.1.0')
  const { units } = station.stations
  for (const process of ['NOPE', 'constructor', 'fct'])
    await expect(units.release('pk', 'SN-1', { reason: 'C7', process }, 'ann')).rejects.toMatchObject({ code: 'OTA_UNIT_UNKNOWN' })
  expect((await units.certificate('pk', 'SN-1')).unit.released).toEqual([])
  expect((await units.release('pk', 'SN-1', { reason: 'C7', process: 'FCT' }, 'ann')).released).toHaveLength(1)
})

it('what a process needs must have passed with the board that the unit has now', async () => {
  const station = await createStationFixture()
  const run = await station.begin('SN-1')
  await station.board('SN-1', '1.1.0')
  expect(await station.run(run.id)).toMatchObject({ outcome: 'passed' })
  const { procedures, stations, units, runs } = station.stations
  await procedures.put('burn-in', { product: 'pk', process: 'BURN', requires: ['FCT'] }, 'admin')
  await procedures.release('burn-in', 'admin')
  await stations.put('burn-1', { procedure: 'burn-in' })
  await units.rebind('pk', 'SN-1', { device: null, reason: 'burnt' }, 'admin')
  await expect(runs.scan('burn-1', { text: 'SN-1' })).rejects.toMatchObject({ reason: 'ROUTE' })
})

it('a measurement in another unit than that of its limit fails, and says both', async () => {
  const station = await createStationFixture({ procedure: { selfTest: { source: 'device', limits } } })
  const run = await station.begin('SN-1')
  const board = await station.board('SN-1', '1.1.0')
  await station.selfTest(board, { measurements: [{ name: 'Vbat', value: 3.3, unit: 'mV' }] })
  expect(await station.run(run.id)).toMatchObject({
    code: 'SELFTEST_FAILED',
    said: { params: { value: '3.3', unit: 'mV', low: '3.1 V', high: '3.5 V' } },
  })
})

it('a measurement that has failed stays, whatever a jig measures after it', async () => {
  const station = await createStationFixture({ procedure: { selfTest: { source: 'jig', limits } } })
  const run = await station.begin('SN-1')
  await station.board('SN-1', '1.1.0')
  const { runs } = station.stations
  await runs.measure(run.id, [{ name: 'Vbat', value: 2 }])
  await runs.measure(run.id, [{ name: 'Vbat', value: 3.3 }])
  expect(await runs.finish(run.id, {})).toMatchObject({ outcome: 'failed', code: 'SELFTEST_FAILED', said: { params: { value: '2' } } })
})

it('a text is not the value that it spells', async () => {
  const flash = { name: 'flash', unit: null, low: null, high: null, equals: true }
  const station = await createStationFixture({ procedure: { selfTest: { source: 'device', limits: [flash] } } })
  const run = await station.begin('SN-1')
  await station.selfTest(await station.board('SN-1', '1.1.0'), { flash: 'true' })
  expect(await station.run(run.id)).toMatchObject({ code: 'SELFTEST_FAILED', said: { params: { value: '"true"', equals: 'true' } } })
})

it('a finish that is sent again with its key gets the run that it ended, also over a restart; another key does not', async () => {
  const before = await createStationFixture({ procedure: { selfTest: { source: 'jig', limits } } })
  const run = await before.begin('SN-1')
  await before.board('SN-1', '1.1.0')
  await before.stations.runs.measure(run.id, [{ name: 'Vbat', value: 3.3 }])
  await before.stations.runs.finish(run.id, {}, 'k1')
  const { stations } = await before.restart(5)
  expect(await stations.runs.finish(run.id, {}, 'k1')).toMatchObject({ id: run.id, outcome: 'passed' })
  await expect(stations.runs.finish(run.id, {}, 'k2')).rejects.toMatchObject({ code: 'OTA_RUN_STATE' })
})

it('an abort that is sent again gets the aborted run; one of a run that has passed is refused', async () => {
  const station = await createStationFixture({ station: { slots: 2 } })
  const aborted = await station.begin('SN-1')
  await station.stations.runs.abort(aborted.id, 'ann')
  expect(await station.stations.runs.abort(aborted.id, 'ann')).toMatchObject({ outcome: 'aborted' })
  const passed = await station.begin('SN-2', 2)
  await station.board('SN-2', '1.1.0')
  await expect(station.stations.runs.abort(passed.id, 'ann')).rejects.toMatchObject({ code: 'OTA_RUN_STATE' })
})

it('a label gives a new board its secret, and changes that of no other', async () => {
  const station = await createStationFixture({ procedure: { bind: 'secret', serial: { pattern: '(?<name>[^,]+),(?<secret>.+)' } } })
  const { devices } = station.ota.core.operators
  const secretOf = (name: string) => station.ota.core.operators.reads.device(`pk/${name}`)?.credential
  await devices.put('pk', 'old', { secret: 'the-one-it-has-in-the-field-000000' })
  await station.scan('old,another-secret-from-a-label-00000')
  await station.scan('FB:ABORT')
  await station.scan('FB:OK')
  await station.scan('new,the-secret-of-the-new-board-0000')
  expect(secretOf('old')).toMatchObject({ kind: 'secret', secret: 'the-one-it-has-in-the-field-000000' })
  expect(secretOf('new')).toMatchObject({ kind: 'secret', secret: 'the-secret-of-the-new-board-0000' })
})

it('a fleet that connects while a named board is waited for costs no read of the disk', async () => {
  const disk = createMemory()
  let reads = 0
  const get = (key: string) => {
    reads += 1
    return disk.get(key)
  }
  const station = await createStationFixture({ disk, outside: { batches: { commit: disk.commit, range: disk.range, get } } })
  await station.begin('SN-1')
  reads = 0
  for (let n = 0; n < 50; n += 1) await station.board(`other-${n}`)
  expect(reads).toBe(0)
})
