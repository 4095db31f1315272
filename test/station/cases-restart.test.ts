import { expect, it } from 'vitest'
import { createFixtureOn, createStationDisk, killed } from '../support/station-disk.ts'
import { createStationFixture, type StationFixture, vbat } from '../support/station-fixture.ts'

/** From where a run is to its end, as the board goes on. */
const toTheEnd = async (station: StationFixture, id: number): Promise<void> => {
  const old = await station.run(id)
  const device = await station.ota.join('pk/SN-1')
  if (old.state === 'waiting' || old.state === 'identifying') await station.report(device, '1.0.0')
  if ((await station.run(id)).state === 'updating') await station.fetch(id)
  const again = await station.ota.join('pk/SN-1')
  await station.report(again, '1.1.0')
  await station.selfTest(again, { Vbat: 3.3 })
}

const steps: readonly (readonly [state: string, (station: StationFixture, id: number) => Promise<unknown>])[] = [
  ['waiting', async () => undefined],
  ['identifying', (station) => station.board('SN-1')],
  ['updating', (station) => station.board('SN-1', '1.0.0')],
  [
    'restarting',
    async (station, id) => {
      await station.board('SN-1', '1.0.0')
      await station.fetch(id)
    },
  ],
  ['testing', (station) => station.board('SN-1', '1.1.0')],
]

it.each(steps)('a run that is %s goes on after a kill, with its clock stretched, and is counted once', async (state, play) => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk, { procedure: vbat })
  const { id } = await before.begin('SN-1')
  await play(before, id)
  expect(await before.run(id)).toMatchObject({ state })
  await before.pass(25)
  const { station } = await killed(disk, before, 3000)
  await station.pass(2)
  expect(await station.run(id)).toMatchObject({ state })
  await toTheEnd(station, id)
  expect(await station.run(id)).toMatchObject({ state: 'ended', outcome: 'passed' })
  const [row] = await station.stations.figures({ group: [] })
  expect(row?.figures).toMatchObject({ units: 1, firstPassed: 1, runs: 1 })
})

it('a kill after the task was made and before the run knows of it makes no second task', async () => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk)
  const { id } = await before.begin('SN-1')
  const board = await before.board('SN-1')
  const { admit } = before.outside.core
  Object.assign(before.outside.core, {
    admit: async (...given: Parameters<typeof admit>) => {
      const made = await admit(...given)
      disk.mode = 'gone'
      return made
    },
  })
  await before.report(board, '1.0.0')
  const { station } = await killed(disk, before, 5)
  await station.ota.join('pk/SN-1')
  await station.pass(1)
  const run = await station.run(id)
  expect(run).toMatchObject({ state: 'updating', tasks: [1] })
  expect([...station.outside.core.reads.openTasks()]).toHaveLength(1)
  await station.fetch(id)
  await station.report(await station.ota.join('pk/SN-1'), '1.1.0')
  expect(await station.run(id)).toMatchObject({ outcome: 'passed' })
})

it.each(['after the start, before the run has its task', 'before the kill'])(
  'a task that was made when the server was killed is that of the run, also where the board was updated %s',
  async (when) => {
    const disk = createStationDisk()
    const before = await createFixtureOn(disk)
    const { id } = await before.begin('SN-1')
    const board = await before.board('SN-1')
    const { core } = before.outside
    const { admit } = core
    Object.assign(core, {
      admit: async (...given: Parameters<typeof admit>) => {
        const made = await admit(...given)
        if (when === 'before the kill' && made !== 'current') {
          before.ota.core.served({ task: made.id, bytes: made.size, complete: true, sure: true, quietMs: 0 })
          await before.ota.settle()
          await before.ota.say(board, 'version.post', { version: '1.1.0', module: 'mcu' })
          expect(await core.queries.task(made.id)).toMatchObject({ state: 'succeeded' })
        }
        disk.mode = 'gone'
        return made
      },
    })
    await before.report(board, '1.0.0')
    const { station } = await killed(disk, before, 5)
    const again = await station.ota.join('pk/SN-1')
    if (when !== 'before the kill') await station.report(again, '1.1.0')
    await station.pass(2)
    await station.report(await station.ota.join('pk/SN-1'), '1.1.0')
    expect(await station.run(id)).toMatchObject({ outcome: 'passed', tasks: [1] })
    expect(await station.outside.core.queries.task(1)).toMatchObject({ state: 'succeeded' })
  },
)

it('a kill after the update and before the end of the run is on disk ends it after the start', async () => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk)
  const { id } = await before.begin('SN-1')
  await before.board('SN-1', '1.0.0')
  await before.fetch(id)
  disk.mode = 'gone'
  await before.report(await before.ota.join('pk/SN-1'), '1.1.0')
  expect(await before.run(id)).toMatchObject({ state: 'restarting' })
  const { station } = await killed(disk, before, 5)
  await station.settle()
  expect(await station.run(id)).toMatchObject({ outcome: 'passed' })
  const [row] = await station.stations.figures({ group: [] })
  expect(row?.figures).toMatchObject({ runs: 1, passed: 1 })
})

it('a task that an ended run has left is canceled at the start', async () => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk)
  const { id } = await before.begin('SN-1')
  await before.board('SN-1', '1.0.0')
  Object.assign(before.outside.core, { cancelTask: () => new Promise(() => undefined) })
  await before.stations.runs.abort(id, 'ann')
  expect([...before.outside.core.reads.openTasks()]).toHaveLength(1)
  const { station } = await killed(disk, before, 5)
  await station.settle()
  expect([...station.outside.core.reads.openTasks()]).toEqual([])
})

it('a run that is aborted while its task is made leaves none', async () => {
  const station = await createStationFixture()
  const { id } = await station.begin('SN-1')
  const board = await station.board('SN-1')
  const { admit } = station.outside.core
  Object.assign(station.outside.core, {
    admit: async (...given: Parameters<typeof admit>) => {
      const made = await admit(...given)
      await station.stations.runs.abort(id, 'ann')
      return made
    },
  })
  await station.report(board, '1.0.0')
  expect(await station.run(id)).toMatchObject({ outcome: 'aborted' })
  expect([...station.outside.core.reads.openTasks()]).toEqual([])
})

it('a scan that is sent again after a kill gives the run that it began', async () => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk)
  const first = await before.stations.runs.scan('fct-1', { text: 'SN-1', key: 'k' })
  const { station } = await killed(disk, before, 5)
  const again = await station.stations.runs.scan('fct-1', { text: 'SN-1', key: 'k' })
  expect(again).toMatchObject({ kind: 'run', run: { id: first.run?.id } })
})

it('a scan that was not on disk at a kill begins a run when it is sent again, also within three seconds', async () => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk)
  disk.mode = 'gone'
  void before.stations.runs.scan('fct-1', { text: 'SN-1', key: 'k' })
  await before.settle()
  const { station } = await killed(disk, before, 0)
  expect(await station.stations.runs.scan('fct-1', { text: 'SN-1', key: 'k' })).toMatchObject({ kind: 'run' })
  expect((await station.stations.runs.list({ limit: 10 })).items).toHaveLength(1)
})

it('a server whose clock was set back marks the runs that follow', async () => {
  const before = await createStationFixture()
  await before.begin('SN-1')
  await before.board('SN-1', '1.1.0')
  expect(await before.run(1)).toMatchObject({ outcome: 'passed', clockSuspect: false })
  const station = await before.restart(-3600)
  expect(await station.begin('SN-2')).toMatchObject({ id: 2, clockSuspect: true })
})

it('the end of a connection by the end of the server is no loss of the board', async () => {
  const before = await createStationFixture({ procedure: vbat })
  await before.begin('SN-1')
  before.ota.core.disconnected(await before.board('SN-1', '1.1.0'))
  await before.settle()
  const station = await before.restart(5)
  station.ota.core.disconnected(await station.ota.join('pk/SN-1'))
  await station.settle()
  await station.selfTest(await station.ota.join('pk/SN-1'), { Vbat: 3.3 })
  expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
})

const label = { template: '^XA{serial}^XZ', printer: 'p:9100' }

it('a label that was due when the server was killed is not printed by itself, and the run says so and how to print it', async () => {
  const disk = createStationDisk()
  const prints: string[] = []
  const print = (_printer: string, zpl: string): Promise<void> => {
    prints.push(zpl)
    return new Promise(() => undefined)
  }
  const before = await createFixtureOn(disk, { procedure: { label }, outside: { print } })
  await before.begin('SN-1')
  await before.board('SN-1', '1.1.0')
  expect((await before.run(1)).steps.at(-1)).toMatchObject({ name: 'label', outcome: null })
  const { station } = await killed(disk, before, 3000)
  expect(prints).toHaveLength(1)
  const run = await station.run(1)
  expect(run.steps.filter(({ name }) => name === 'label')).toMatchObject([
    { outcome: 'error', said: { code: 'floor_label_lost', params: { product: 'pk', serial: 'SN-1' } } },
  ])
  expect(run).toMatchObject({ outcome: 'passed', state: 'ended' })
  void station.stations.units.reprint('pk', 'SN-1')
  await station.settle()
  expect(prints).toHaveLength(2)
})

it('a label that was printed before the server was killed stays so, and two prints at once are both noted', async () => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk, { procedure: { label } })
  await before.begin('SN-1')
  await before.board('SN-1', '1.1.0')
  await Promise.all([1, 2].map(() => before.stations.units.reprint('pk', 'SN-1')))
  const outcomes = ['passed', 'passed', 'passed']
  const { station } = await killed(disk, before, 3000)
  const steps = (await station.run(1)).steps.filter(({ name }) => name === 'label')
  expect([steps.map(({ outcome }) => outcome), station.printed]).toEqual([outcomes, []])
})
