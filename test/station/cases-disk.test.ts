import { expect, it } from 'vitest'
import { createFixtureOn, createStationDisk } from '../support/station-disk.ts'
import { refusalOf, type StationFixture, vbat } from '../support/station-fixture.ts'

const slotOf = async (station: StationFixture) => (await station.stations.stations.view('fct-1')).slotViews[0]

it('a scan on a full disk is refused, and begins a run as soon as the disk works, within three seconds too', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk)
  disk.mode = 'full'
  expect(await refusalOf(station.stations.runs.scan('fct-1', { text: 'SN-1', key: 'k' }))).toBe('NOT_STORED')
  expect(await refusalOf(station.stations.runs.scan('fct-1', { text: 'SN-1' }))).toBe('NOT_STORED')
  disk.mode = 'well'
  expect(await station.stations.runs.scan('fct-1', { text: 'SN-1', key: 'k' })).toMatchObject({ kind: 'run' })
  expect((await station.stations.runs.list({ limit: 10 })).items).toHaveLength(1)
})

it('a run whose last write is on its way is shown as it was, in its slot', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk)
  const { id } = await station.begin('SN-1')
  const board = await station.board('SN-1')
  disk.mode = 'held'
  await station.report(board, '1.1.0')
  expect(await station.run(id)).toMatchObject({ outcome: null })
  expect(await slotOf(station)).toMatchObject({ run: { id, outcome: null }, isSaving: true })
  expect(station.shown.some((event) => event.type === 'run' && event.run.state === 'ended')).toBe(false)
  disk.release()
  await station.settle()
  expect(await slotOf(station)).toMatchObject({ run: { id, outcome: 'passed' }, isSaving: false })
})

it('a self-test that cannot be stored is not taken from its board, and ends the run as soon as the disk works', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk, { procedure: vbat })
  const { id } = await station.begin('SN-1')
  const board = await station.board('SN-1', '1.1.0')
  disk.mode = 'full'
  await expect(station.selfTest(board, { Vbat: 3.3 })).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  await station.settle()
  expect(await slotOf(station)).toMatchObject({ run: { id, state: 'testing', outcome: null }, isSaving: true })
  expect(station.shown.at(-1)).toMatchObject({ type: 'station' })
  await station.pass(500)
  expect(await station.run(id)).toMatchObject({ state: 'testing', outcome: null })
  disk.mode = 'well'
  await station.pass(2)
  expect(await station.run(id)).toMatchObject({ outcome: 'passed', code: null })
  const [row] = await station.stations.figures({ group: [] })
  expect(row?.figures).toMatchObject({ runs: 1, passed: 1 })
})

it('an abort that cannot be stored says so, and ends the run as soon as the disk works', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk)
  const { id } = await station.begin('SN-1')
  disk.mode = 'full'
  await expect(station.stations.runs.abort(id, 'ann')).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  disk.mode = 'well'
  await station.pass(2)
  expect(await station.run(id)).toMatchObject({ outcome: 'aborted' })
})

it('a disk that is full in every state delays a run, and changes no outcome', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk, { procedure: vbat })
  const { id } = await station.begin('SN-1')
  const held = async (play: () => Promise<unknown>): Promise<void> => {
    const before = await station.run(id)
    disk.mode = 'full'
    await play()
    await station.pass(2)
    expect(await station.run(id)).toEqual(before)
    disk.mode = 'well'
    await station.pass(2)
  }
  await held(() => station.board('SN-1'))
  expect(await station.run(id)).toMatchObject({ state: 'identifying' })
  await held(async () => station.report(await station.ota.join('pk/SN-1'), '1.0.0'))
  expect(await station.run(id)).toMatchObject({ state: 'updating', tasks: [1] })
  await held(() => station.fetch(id))
  expect(await station.run(id)).toMatchObject({ state: 'restarting' })
  await held(async () => station.report(await station.ota.join('pk/SN-1'), '1.1.0'))
  expect(await station.run(id)).toMatchObject({ state: 'testing' })
  await held(() => station.selfTest(station.ota.connect('pk/SN-1'), { Vbat: 3.3 }).catch(() => undefined))
  expect(await station.run(id)).toMatchObject({ outcome: 'passed' })
})

it('a run that never fetched on a full disk ends as such, and is shown so only then', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk)
  const { id } = await station.begin('SN-1')
  disk.mode = 'full'
  await station.pass(91)
  await station.pass(91)
  expect(await slotOf(station)).toMatchObject({ run: { state: 'waiting' }, isSaving: true })
  disk.mode = 'well'
  await station.pass(2)
  expect(await station.run(id)).toMatchObject({ code: 'NO_CONNECT' })
})

it('a list of passed runs has none that is not on disk', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk)
  await station.begin('SN-1')
  const board = await station.board('SN-1')
  disk.mode = 'held'
  await station.report(board, '1.1.0')
  const passed = async () => (await station.stations.runs.list({ outcome: 'passed', limit: 10 })).items
  const all: string[] = []
  for await (const runs of station.stations.runs.all({})) all.push(...runs.map(({ state }) => state))
  expect([await passed(), all]).toEqual([[], ['identifying']])
  disk.release()
  await station.settle()
  expect(await passed()).toHaveLength(1)
})

it('a board is at the station while its run is written, and not where that fails', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk)
  const held: string[] = []
  const { hold, free } = station.outside.core
  Object.assign(station.outside.core, {
    hold(device: string) {
      held.push(`hold ${disk.mode}`)
      hold(device)
    },
    free(device: string) {
      held.push(`free ${disk.mode}`)
      free(device)
    },
  })
  disk.mode = 'full'
  expect(await refusalOf(station.scan('SN-1'))).toBe('NOT_STORED')
  expect(held).toEqual(['hold full', 'free full'])
})

it('who aborts a run whose earlier events cannot be stored is answered at once', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk)
  const { id } = await station.begin('SN-1')
  disk.mode = 'full'
  await station.board('SN-1')
  await expect(station.stations.runs.abort(id, 'ann')).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  disk.mode = 'well'
  await station.pass(2)
  expect(await station.run(id)).toMatchObject({ state: 'identifying' })
})

it('a board that falls back while its result cannot be stored has not passed', async () => {
  const disk = createStationDisk()
  const station = await createFixtureOn(disk, { procedure: vbat })
  const { id } = await station.begin('SN-1')
  const board = await station.board('SN-1', '1.1.0')
  disk.mode = 'full'
  await expect(station.selfTest(board, { Vbat: 3.3 })).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  await station.report(board, '1.0.0')
  disk.mode = 'well'
  await station.pass(2)
  expect(await station.run(id)).toMatchObject({ outcome: 'failed', code: 'ROLLED_BACK' })
})
