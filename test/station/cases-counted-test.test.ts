// Which self-test of a board is judged: by the firmware that sent it.

import { describe, expect, it } from 'vitest'
import type { Run } from '../../src/station/run-model.ts'
import { createFixtureOn, createStationDisk, killed } from '../support/station-disk.ts'
import { createStationFixture, type StationFixture, vbat } from '../support/station-fixture.ts'

type Board = Awaited<ReturnType<StationFixture['board']>>

const good = { Vbat: 3.3 }
const bad = { Vbat: 1 }

/** A scanned board that has connected, and not reported yet. */
const scanned = async (over: object = {}) => {
  const station = await createStationFixture({ procedure: { ...vbat, ...over } })
  await station.begin('SN-1')
  await station.pass(1)
  return { station, board: await station.board('SN-1') }
}

/** Its steps in turn, a second after one another. */
const play = async (station: StationFixture, board: Board, ...steps: readonly (string | object)[]): Promise<void> => {
  for (const step of steps) {
    if (step === 'fetch') await station.fetch(1)
    else if (typeof step === 'string') await station.report(board, step)
    else await station.selfTest(board, step)
    await station.pass(1)
  }
}

describe('of a board that is updated on one connection, a self-test', () => {
  it.each([
    ['before its first report', [good, '1.0.0', 'fetch', '1.1.0']],
    ['before the download', ['1.0.0', good, 'fetch', '1.1.0']],
    ['after the download, before the new version', ['1.0.0', 'fetch', good, '1.1.0']],
  ])('%s does not count, good or bad: the first of the new firmware does', async (_when, steps) => {
    for (const [old, fresh, outcome] of [
      [good, bad, 'failed'],
      [bad, good, 'passed'],
    ] as const) {
      const { station, board } = await scanned()
      await play(station, board, ...steps.map((step) => (step === good ? old : step)))
      expect(await station.run(1)).toMatchObject({ state: 'testing', outcome: null })
      await play(station, board, fresh)
      expect(await station.run(1)).toMatchObject({ outcome })
    }
  })

  it('before the flash of the same version does not count', async () => {
    const { station, board } = await scanned({ reflash: 'always' })
    await play(station, board, good, '1.1.0', good, 'fetch', good, '1.1.0')
    expect(await station.run(1)).toMatchObject({ state: 'testing' })
    await play(station, board, bad)
    expect(await station.run(1)).toMatchObject({ code: 'SELFTEST_FAILED' })
  })

  it('right behind the report of the new version counts, also while that is written', async () => {
    const disk = createStationDisk()
    const station = await createFixtureOn(disk, { procedure: vbat })
    await station.begin('SN-1')
    const board = await station.board('SN-1', '1.0.0')
    await station.fetch(1)
    disk.mode = 'held'
    const reported = station.ota.say(board, 'version.post', { version: '1.1.0', module: 'mcu' })
    const tested = station.selfTest(board, good)
    await reported
    disk.release()
    await tested
    await station.settle()
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  })

  it('right behind the report of a flash counts, also where the last byte is counted later', async () => {
    const { station, board } = await scanned({ reflash: 'always' })
    await play(station, board, '1.1.0', bad)
    station.ota.elapse(0.1)
    await station.report(board, '1.1.0')
    await station.selfTest(board, good)
    station.ota.elapse(0.1)
    await station.fetch(1)
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  })
})

describe('of a board that restarts, a self-test before the version', () => {
  it('counts on a connection that began a moment before the last byte was counted', async () => {
    const { station, board } = await scanned()
    await play(station, board, '1.0.0')
    const again = await station.ota.join('pk/SN-1')
    await station.selfTest(again, good)
    station.ota.elapse(0.2)
    await station.fetch(1)
    await station.report(again, '1.1.0')
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  })

  it('does not count on a connection that began while it was fetching', async () => {
    const { station, board } = await scanned()
    await play(station, board, '1.0.0')
    const again = await station.ota.join('pk/SN-1')
    await play(station, again, good, {}, 'fetch', '1.1.0')
    expect(await station.run(1)).toMatchObject({ state: 'testing' })
  })

  it('does not count where the old version is reported on that connection too', async () => {
    const { station, board } = await scanned()
    await play(station, board, '1.0.0', 'fetch')
    await play(station, await station.ota.join('pk/SN-1'), good, '1.0.0', good, '1.1.0')
    expect(await station.run(1)).toMatchObject({ state: 'testing' })
  })

  it('counts after a kill, where the version was on disk and the end of the restart was not', async () => {
    const disk = createStationDisk()
    const before = await createFixtureOn(disk, { procedure: vbat })
    await before.begin('SN-1')
    await play(before, await before.board('SN-1'), '1.0.0', 'fetch')
    const again = await before.ota.join('pk/SN-1')
    await before.selfTest(again, good)
    disk.mode = 'gone'
    await before.report(again, '1.1.0')
    const { station } = await killed(disk, before, 5)
    await station.settle()
    expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
  })

  it('is judged after a kill by the same rule, from the row of its run', async () => {
    for (const [isNewer, outcome] of [
      [true, 'passed'],
      [false, null],
    ] as const) {
      const disk = createStationDisk()
      const before = await createFixtureOn(disk, { procedure: vbat })
      await before.begin('SN-1')
      const first = before.ota.now()
      await play(before, await before.board('SN-1'), '1.0.0', 'fetch')
      disk.mode = 'gone'
      await before.report(await before.ota.join('pk/SN-1'), '1.1.0')
      const since = isNewer ? before.ota.now() : first
      for await (const [key, value] of disk.disk.range('', '\uffff')) {
        if (!value.includes('"state":"restarting"')) continue
        const row = {
          ...(JSON.parse(value) as Run),
          heard: [{ since, at: since, runs: 'unknown', measurements: [{ name: 'Vbat', value: 3.3 }] }],
        }
        await disk.disk.commit([{ type: 'put', key, value: JSON.stringify(row) }])
      }
      const { station } = await killed(disk, before, 5)
      await station.settle()
      expect(await station.run(1)).toMatchObject({ outcome })
    }
  })
})

it.each([
  ['before its report', [good, '1.1.0']],
  ['after its report', ['1.1.0', good]],
])('a board that needs no update passes with a self-test %s', async (_when, steps) => {
  const { station, board } = await scanned()
  await play(station, board, ...steps)
  expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
})

it('a board that was connected before the scan passes with a self-test after the scan, and not with one before it', async () => {
  const station = await createStationFixture({ procedure: vbat })
  const board = await station.board('SN-1', '1.1.0')
  await play(station, board, good)
  await station.begin('SN-1')
  expect(await station.run(1)).toMatchObject({ state: 'testing', wasConnected: true })
  await station.selfTest(board, good)
  expect(await station.run(1)).toMatchObject({ outcome: 'passed' })
})

it('an image of which nothing was fetched was present, whatever the board reports then', async () => {
  const { station, board } = await scanned({ selfTest: null })
  await play(station, board, '1.0.0', '1.1.0')
  expect(await station.run(1)).toMatchObject({ outcome: 'passed', tasks: [1] })
  expect((await station.stations.units.certificate('pk', 'SN-1')).images).toMatchObject([{ version: '1.1.0', state: 'present' }])
})

it('a third version after the download is named, with the one that was wanted', async () => {
  const { station, board } = await scanned()
  await play(station, board, '1.0.0', 'fetch', '2.0.0')
  expect(await station.run(1)).toMatchObject({
    code: 'UPDATE_FAILED',
    said: { params: { words: { code: 'board_other_version', params: { version: '2.0.0', wanted: '1.1.0' } } } },
  })
})

it('a bad reference board that sends no measurement is still due', async () => {
  const { station, board } = await scanned({ reference: { everySeconds: 3600, golden: ['G'], bad: ['SN-1'] } })
  await play(station, board, '1.1.0')
  await station.pass(121)
  expect(await station.run(1)).toMatchObject({ code: 'SELFTEST_MISSING', reference: 'bad' })
  expect((await station.stations.stations.view('fct-1')).reference?.wanted).toEqual(['golden', 'bad'])
  await station.scan('FB:OK')
  await station.pass(4)
  await station.begin('SN-1')
  await station.selfTest(board, bad)
  expect((await station.stations.stations.view('fct-1')).reference?.wanted).toEqual(['golden'])
})
