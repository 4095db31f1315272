import { describe, expect, it } from 'vitest'
import { createFixtureOn, createStationDisk } from '../support/station-disk.ts'
import { createStationFixture, refusalOf, type StationFixture, vbat } from '../support/station-fixture.ts'

type Board = Awaited<ReturnType<StationFixture['board']>>

const raw = (station: StationFixture, board: Board, bytes: Uint8Array, topic: 'event/selftest' | 'property' = 'event/selftest') =>
  station.stations.tap.message(board, topic, bytes).then(() => station.settle())

/** A board that is restarting after its update. */
const restarting = async (over: object = vbat) => {
  const station = await createStationFixture({ procedure: over })
  await station.begin('SN-1')
  const board = await station.board('SN-1', '1.0.0')
  await station.fetch(1)
  await station.pass(2)
  return { station, board }
}

describe('a self-test of the board', () => {
  it('counts before the version is reported, from the connection of the restart on', async () => {
    const { station } = await restarting()
    const board = await station.ota.join('pk/SN-1')
    await station.selfTest(board, { Vbat: 3.3 })
    expect(await station.run(1)).toMatchObject({ state: 'restarting' })
    await station.report(board, '1.1.0')
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  })

  it('counts also where the board connects once more before it reports', async () => {
    const { station } = await restarting()
    await station.selfTest(await station.ota.join('pk/SN-1'), { Vbat: 3.3 })
    await station.pass(2)
    await station.report(await station.ota.join('pk/SN-1'), '1.1.0')
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  })

  it('of the connection before the restart is not counted', async () => {
    const { station, board } = await restarting()
    await station.selfTest(board, { Vbat: 1 })
    await station.report(await station.ota.join('pk/SN-1'), '1.1.0')
    expect(await station.run(1)).toMatchObject({ state: 'testing' })
    await station.pass(121)
    expect(await station.run(1)).toMatchObject({ code: 'SELFTEST_MISSING' })
  })

  it('is not displaced by a message about something else, nor by a second one', async () => {
    const { station } = await restarting()
    const board = await station.ota.join('pk/SN-1')
    await station.selfTest(board, { Vbat: 3.02 })
    await station.selfTest(board, { uptime: 5 })
    await station.selfTest(board, { Vbat: 3.3 })
    await station.report(board, '1.1.0')
    expect(await station.run(1)).toMatchObject({ code: 'SELFTEST_FAILED', said: { params: { value: '3.02' } } })
  })

  it('that lacks a name is missing, that says nothing of its names is about something else', async () => {
    const two = { selfTest: { ...vbat.selfTest, limits: [...vbat.selfTest.limits, { ...vbat.selfTest.limits[0], name: 'Vcc' }] } }
    const station = await createStationFixture({ procedure: two })
    await station.begin('SN-1')
    const board = await station.board('SN-1', '1.1.0')
    await station.selfTest(board, { uptime: 5 })
    expect(await station.run(1)).toMatchObject({ state: 'testing' })
    await station.selfTest(board, { Vbat: 3.3 })
    expect(await station.run(1)).toMatchObject({ code: 'SELFTEST_MISSING', said: { params: { names: ['Vcc'] } } })
  })

  it('of hostile bytes changes nothing', async () => {
    const station = await createStationFixture({ procedure: vbat })
    await station.begin('SN-1')
    const board = await station.board('SN-1', '1.1.0')
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    for (const text of [
      '',
      '[]',
      'null',
      '{',
      '{"__proto__":{"Vbat":3.3}}',
      '"\ud800"',
      deep,
      '{"Vbat":null}',
      '{"constructor":1}',
      'x'.repeat(70_000),
    ])
      await raw(station, board, Buffer.from(text))
    await raw(station, board, Uint8Array.of(0xff, 0xfe, 0x00))
    expect(await station.run(1)).toMatchObject({
      state: 'testing',
      steps: expect.not.arrayContaining([{ name: 'selftest', measurements: [{}] }]),
    })
    await raw(station, board, Buffer.from('{"Vbat":1e999}'))
    expect(await station.run(1)).toMatchObject({ code: 'SELFTEST_FAILED' })
  })

  it('on the topic of properties passes where the procedure says so, and nowhere else', async () => {
    const station = await createStationFixture({ procedure: { selfTest: { ...vbat.selfTest, topic: 'property' } } })
    await station.begin('SN-1')
    const board = await station.board('SN-1', '1.1.0')
    await station.selfTest(board, { Vbat: 3.3 })
    expect(await station.run(1)).toMatchObject({ state: 'testing' })
    await station.selfTest(board, { params: { Vbat: 3.3 } }, 'property')
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
    expect(station.stations.tap.wants('pk/SN-1')).toBe(false)
  })

  it('may lose its connection once', async () => {
    const station = await createStationFixture({ procedure: vbat, station: { slots: 2 } })
    for (const name of ['SN-1', 'SN-2']) {
      await station.begin(name)
      const first = await station.board(name, '1.1.0')
      station.ota.core.disconnected(first)
      await station.settle()
      await station.pass(1)
    }
    const one = await station.board('SN-1')
    await station.selfTest(one, { Vbat: 3.3 })
    expect(await station.run(1)).toMatchObject({ outcome: 'passed', drops: 1 })
    station.ota.core.disconnected(await station.board('SN-2'))
    await station.settle()
    expect(await station.run(2)).toMatchObject({ code: 'LOST' })
  })

  it('that never comes is missing, and lost where the board left', async () => {
    const station = await createStationFixture({ procedure: vbat, station: { slots: 2 } })
    for (const name of ['SN-1', 'SN-2']) await station.begin(name)
    await station.board('SN-1', '1.1.0')
    station.ota.core.disconnected(await station.board('SN-2', '1.1.0'))
    await station.settle()
    await station.pass(121)
    expect([await station.run(1), await station.run(2)]).toMatchObject([{ code: 'SELFTEST_MISSING' }, { code: 'LOST' }])
  })
})

describe('a jig', () => {
  const jig = { selfTest: { ...vbat.selfTest, source: 'jig' as const } }
  const good = [{ name: 'Vbat', value: 3.3 }]
  const bad = [{ name: 'Vbat', value: 1 }]

  it('measures and ends only while it is tested, and may end a run for a fault at any time', async () => {
    const station = await createStationFixture({ procedure: jig, station: { slots: 3 } })
    const { runs } = station.stations
    await station.begin('SN-1')
    await expect(runs.measure(1, good)).rejects.toMatchObject({ code: 'OTA_RUN_STATE' })
    await expect(runs.finish(1, {})).rejects.toMatchObject({ code: 'OTA_RUN_STATE' })
    await station.board('SN-1', '1.1.0')
    await runs.measure(1, good)
    expect(await runs.finish(1, {})).toMatchObject({ outcome: 'passed' })
    await expect(runs.measure(1, good)).rejects.toMatchObject({ code: 'OTA_RUN_STATE' })
    await station.begin('SN-2')
    expect(await runs.finish(2, { outcome: 'error', text: 'no air' })).toMatchObject({ outcome: 'error', code: 'JIG_ERROR' })
    await station.begin('SN-3')
    expect(await runs.finish(3, { outcome: 'failed' })).toMatchObject({ outcome: 'failed', code: 'JIG_FAILED' })
  })

  it.each([
    [good, {}, 'passed', null],
    [good, { outcome: 'failed', code: 'E7' }, 'failed', 'JIG_FAILED'],
    [bad, { outcome: 'passed' }, 'failed', 'SELFTEST_FAILED'],
    [bad, { outcome: 'error' }, 'error', 'JIG_ERROR'],
    [[], { outcome: 'passed' }, 'failed', 'SELFTEST_MISSING'],
    [[], { outcome: 'failed' }, 'failed', 'JIG_FAILED'],
  ] as const)('with %j and finish %j ends %s %s', async (measurements, finish, outcome, code) => {
    const station = await createStationFixture({ procedure: jig })
    await station.begin('SN-1')
    await station.board('SN-1', '1.1.0')
    await station.stations.runs.measure(1, measurements)
    expect(await station.stations.runs.finish(1, finish)).toMatchObject({ outcome, code })
  })

  it('without a finish is missing; a board’s own message does not end it', async () => {
    const station = await createStationFixture({ procedure: jig })
    await station.begin('SN-1')
    await station.selfTest(await station.board('SN-1', '1.1.0'), { Vbat: 3.3 })
    expect(await station.run(1)).toMatchObject({ state: 'testing' })
    await station.pass(121)
    expect(await station.run(1)).toMatchObject({ code: 'SELFTEST_MISSING' })
  })

  it('that sends a measurement twice, the one that failed counts', async () => {
    const station = await createStationFixture({ procedure: jig })
    await station.begin('SN-1')
    await station.board('SN-1', '1.1.0')
    for (const list of [bad, good]) await station.stations.runs.measure(1, list)
    expect(await station.stations.runs.finish(1, {})).toMatchObject({ outcome: 'failed', code: 'SELFTEST_FAILED' })
  })

  it('whose finish cannot be stored is not answered with an end; the run ends when it can be', async () => {
    const disk = createStationDisk()
    const station = await createFixtureOn(disk, { procedure: jig })
    await station.begin('SN-1')
    await station.board('SN-1', '1.1.0')
    await station.stations.runs.measure(1, good)
    disk.mode = 'full'
    await expect(station.stations.runs.measure(1, bad)).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    await expect(station.stations.runs.finish(1, {})).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    disk.mode = 'well'
    await station.pass(2)
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  })

  it('that waits for a change gets it when it is on disk', async () => {
    const disk = createStationDisk()
    const station = await createFixtureOn(disk, { procedure: jig })
    await station.begin('SN-1')
    const changed = station.stations.runs.changed(1, 'waiting', 60_000)
    let seen: unknown = null
    void changed.then((run) => (seen = run))
    disk.mode = 'held'
    await station.board('SN-1')
    expect(seen).toBeNull()
    disk.release()
    expect(await changed).toMatchObject({ state: 'identifying' })
  })
})

describe('reference boards', () => {
  const reference = { everySeconds: 3600, golden: ['G'], bad: ['B'] }
  const tested = async (station: StationFixture, serial: string, volts: number) => {
    const { id } = await station.begin(serial)
    const board = await station.board(serial, '1.1.0')
    await station.selfTest(board, { Vbat: volts })
    station.ota.core.disconnected(board)
    if ((await station.run(id)).outcome !== 'passed') await station.scan('FB:OK')
    await station.pass(4)
    return station.run(id)
  }
  const due = async (station: StationFixture): Promise<string | null> => {
    const reason = await refusalOf(station.scan('SN-1'))
    if (reason === 'not refused') {
      await station.scan('FB:ABORT')
      await station.scan('FB:OK')
    }
    await station.pass(4)
    return reason
  }

  it('are due until the golden one has passed and the bad one has failed, and again after their time', async () => {
    const station = await createStationFixture({ procedure: { ...vbat, reference } })
    expect(await due(station)).toBe('REFERENCE_DUE')
    await tested(station, 'G', 3.3)
    expect(await due(station)).toBe('REFERENCE_DUE')
    await tested(station, 'B', 1)
    expect(await due(station)).toBe('not refused')
    await tested(station, 'G', 1)
    expect(await due(station)).toBe('REFERENCE_DUE')
    await tested(station, 'G', 3.3)
    expect(await due(station)).toBe('not refused')
    await station.pass(3600)
    expect(await due(station)).toBe('REFERENCE_DUE')
  })

  it('a bad one that was never connected has not failed', async () => {
    const station = await createStationFixture({ procedure: { ...vbat, reference } })
    await tested(station, 'G', 3.3)
    await station.begin('B')
    await station.pass(91)
    await station.scan('FB:OK')
    expect(await station.run(2)).toMatchObject({ code: 'NO_CONNECT', reference: 'bad' })
    expect(await due(station)).toBe('REFERENCE_DUE')
  })

  it('a bad one that passes blocks the station until an engineer has looked, over a restart too', async () => {
    const before = await createStationFixture({ procedure: { ...vbat, reference } })
    await tested(before, 'G', 3.3)
    expect(await tested(before, 'B', 3.3)).toMatchObject({ outcome: 'error', code: 'REFERENCE_WRONG' })
    const station = await before.restart(1)
    expect(await due(station)).toBe('REFERENCE_WRONG')
    await tested(station, 'B', 1)
    expect(await due(station)).toBe('REFERENCE_WRONG')
    await station.stations.stations.unblock('fct-1')
    expect(await due(station)).toBe('not refused')
    const [row] = await station.stations.figures({ group: [] })
    expect(row?.figures).toMatchObject({ units: 0, runs: 0, references: 3 })
  })
})
