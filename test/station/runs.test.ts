import { expect, it } from 'vitest'
import { createStationFixture } from '../support/station-fixture.ts'

it('a board on an old version is updated, reports the new one, and has passed', async () => {
  const station = await createStationFixture()
  const run = await station.begin('SN-1')
  expect(run).toMatchObject({ state: 'waiting', device: 'pk/SN-1', serial: 'SN-1', attempt: 1 })
  const board = await station.board('SN-1', '1.0.0')
  expect(await station.run(run.id)).toMatchObject({ state: 'updating', versionBefore: { mcu: '1.0.0' } })
  expect(station.ota.pushes('pk/SN-1')).toBe(1)
  await station.fetch(run.id)
  expect(await station.run(run.id)).toMatchObject({ state: 'restarting' })
  await station.report(await station.ota.join('pk/SN-1'), '1.1.0')
  const ended = await station.run(run.id)
  expect(ended).toMatchObject({ state: 'ended', outcome: 'passed', code: null, versionAfter: { mcu: '1.1.0' } })
  expect(ended.steps.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    'bind passed',
    'connect passed',
    'identify passed',
    'update passed',
    'restart passed',
  ])
  expect(board.device).toBe('pk/SN-1')
})

it('a board that runs the version already is not updated', async () => {
  const station = await createStationFixture()
  const run = await station.begin('SN-1')
  await station.board('SN-1', '1.1.0')
  expect(await station.run(run.id)).toMatchObject({ outcome: 'passed', tasks: [] })
  expect(station.ota.pushes('pk/SN-1')).toBe(0)
})

it('a board that was connected before the scan is judged by its newest report', async () => {
  const station = await createStationFixture()
  await station.board('SN-1', '1.1.0')
  await station.ota.pass(5)
  const run = await station.begin('SN-1')
  expect(run).toMatchObject({ outcome: 'passed', wasConnected: true })
})

it('a board that never comes is named so, and does not count', async () => {
  const station = await createStationFixture()
  const run = await station.begin('SN-1')
  await station.pass(91)
  expect(await station.run(run.id)).toMatchObject({ outcome: 'failed', code: 'NO_CONNECT' })
  const [row] = await station.stations.figures({ group: ['station'] })
  expect(row?.figures).toMatchObject({ units: 0, uncounted: { NO_CONNECT: 1 } })
})

it('another board that comes instead is named', async () => {
  const station = await createStationFixture()
  const run = await station.begin('SN-1')
  await station.board('SN-2', '1.0.0')
  await station.pass(91)
  expect(await station.run(run.id)).toMatchObject({ code: 'OTHER_BOARD', said: { params: { serial: 'SN-1', other: 'SN-2' } } })
})

it('a board that was not scanned is said at once, until the one that was scanned comes', async () => {
  const station = await createStationFixture()
  const run = await station.begin('SN-1')
  expect(await station.run(run.id)).toMatchObject({ state: 'waiting', said: null })
  await station.board('SN-2', '1.0.0')
  expect(await station.run(run.id)).toMatchObject({
    state: 'waiting',
    code: null,
    said: { code: 'board_not_scanned', params: { other: 'SN-2' } },
  })
  await station.board('SN-1', '1.0.0')
  expect(await station.run(run.id)).toMatchObject({ state: 'updating', said: null })
})

it('a board that has just been tested, and connects again, did not come instead of another', async () => {
  const station = await createStationFixture({ station: { slots: 2 } })
  await station.begin('SN-1', 1)
  await station.pass(1)
  await station.begin('SN-2', 2)
  await station.board('SN-3', '1.1.0')
  station.ota.core.disconnected(await station.board('SN-2', '1.1.0'))
  await station.settle()
  expect(await station.run(2)).toMatchObject({ outcome: 'passed' })
  await station.board('SN-2', '1.1.0')
  expect(await station.run(1)).toMatchObject({ others: ['pk/SN-3'] })
  await station.pass(91)
  expect(await station.run(1)).toMatchObject({ code: 'OTHER_BOARD', said: { params: { other: 'SN-3' } } })
})

it('a board that came before it was scanned for a run of its own did not come instead of another', async () => {
  const station = await createStationFixture({ station: { slots: 2 } })
  await station.stations.stations.put('fct-2', { procedure: 'lamp-fct' })
  await station.begin('SN-1', 1)
  await station.board('SN-2', '1.0.0')
  expect(await station.run(1)).toMatchObject({ others: ['pk/SN-2'] })
  await station.stations.runs.scan('fct-2', { text: 'SN-2' })
  await station.settle()
  expect(await station.run(1)).toMatchObject({ others: [] })
  await station.pass(91)
  expect(await station.run(1)).toMatchObject({ code: 'NO_CONNECT' })
})

it('a certificate has the images that were on the board or were sent to it, and says which', async () => {
  const station = await createStationFixture({ procedure: { retest: { max: 9 } } })
  const images = async () => (await station.stations.units.certificate('pk', 'SN-1')).images.map(({ run, state }) => [run, state])
  await station.begin('SN-1')
  await station.pass(91)
  await station.scan('FB:OK')
  expect(await images()).toEqual([])
  await station.begin('SN-1')
  const board = await station.board('SN-1', '1.0.0')
  await station.fetch(2)
  expect(await station.run(2)).toMatchObject({ state: 'restarting' })
  expect(await images()).toEqual([[2, 'sent']])
  await station.report(board, '1.1.0')
  expect(await station.run(2)).toMatchObject({ outcome: 'passed' })
  expect(await images()).toEqual([[2, 'installed']])
  await station.pass(4)
  await station.scan('SN-1').catch(() => undefined)
  await station.scan('FB:RETEST')
  expect(await images()).toEqual([
    [2, 'installed'],
    [3, 'present'],
  ])
})

it('a self-test within its limits passes, one outside fails with its figures', async () => {
  const procedure = {
    selfTest: { source: 'device' as const, limits: [{ name: 'Vbat', unit: 'V', low: 3.1, high: 3.5, equals: null }] },
  }
  const station = await createStationFixture({ procedure, station: { slots: 2 } })
  const good = await station.begin('SN-1')
  const bad = await station.begin('SN-2')
  expect([good.slot, bad.slot]).toEqual([1, 2])
  const [one, two] = [await station.board('SN-1', '1.1.0'), await station.board('SN-2', '1.1.0')]
  expect(await station.run(good.id)).toMatchObject({ state: 'testing' })
  await station.selfTest(one, { Vbat: 3.3 })
  await station.selfTest(two, { Vbat: 3.02 })
  expect(await station.run(good.id)).toMatchObject({ outcome: 'passed' })
  expect(await station.run(bad.id)).toMatchObject({ outcome: 'failed', code: 'SELFTEST_FAILED' })
})

it('runs go on where they were after a restart', async () => {
  const before = await createStationFixture()
  const run = await before.begin('SN-1')
  await before.board('SN-1', '1.0.0')
  const station = await before.restart(30)
  expect(await station.run(run.id)).toMatchObject({ state: 'updating' })
  await station.ota.join('pk/SN-1')
  await station.fetch(run.id)
  await station.report(await station.ota.join('pk/SN-1'), '1.1.0')
  expect(await station.run(run.id)).toMatchObject({ outcome: 'passed' })
})
