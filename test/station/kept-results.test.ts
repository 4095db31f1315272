// What a result must not become: a pass of another board, of another unit, or of a second try.

import { expect, it } from 'vitest'
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
