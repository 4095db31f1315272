// Keys of requests over a restart: the same body is answered again, another one is refused.

import { expect, it } from 'vitest'
import { createFixtureOn, createStationDisk, killed, type StationDisk } from '../support/station-disk.ts'
import type { StationFixture } from '../support/station-fixture.ts'

const jig = { selfTest: { source: 'jig', limits: [], requireAll: false } } as const
const reused = { code: 'OTA_KEY_REUSED' }

const scan = (station: StationFixture, text: string, more: { readonly slot?: number; readonly reason?: string } = {}, at = 'fct-1') =>
  station.stations.runs.scan(at, { text, key: 'k', ...more })

/** A unit that has passed by a scan and a finish with keys, after a kill. */
const passedThenKilled = async (edit: (disk: StationDisk) => Promise<void> = async () => undefined): Promise<StationFixture> => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk, { procedure: jig })
  await before.board('SN-1', '1.1.0')
  expect(await scan(before, 'SN-1')).toMatchObject({ kind: 'run', run: { id: 1 } })
  await before.settle()
  expect(await before.stations.runs.finish(1, {}, 'f')).toMatchObject({ outcome: 'passed' })
  await before.settle()
  await edit(disk)
  return (await killed(disk, before)).station
}

it('a key that has begun a run is refused with another label, slot or reason after a kill, and known with the same', async () => {
  const station = await passedThenKilled()
  await expect(scan(station, 'SN-22')).rejects.toMatchObject(reused)
  await expect(scan(station, 'SN-1', { slot: 1 })).rejects.toMatchObject(reused)
  await expect(scan(station, 'SN-1', { reason: 'loose' })).rejects.toMatchObject(reused)
  await expect(scan(station, 'FB:OK')).rejects.toMatchObject(reused)
  await expect(scan(station, '?')).rejects.toMatchObject(reused)
  expect(await scan(station, 'SN-1')).toMatchObject({ kind: 'run', run: { id: 1, outcome: 'passed' } })
})

it('the key of another station is another key', async () => {
  const station = await passedThenKilled()
  await station.stations.stations.put('fct-2', { procedure: 'lamp-fct' })
  expect(await scan(station, 'SN-22', {}, 'fct-2')).toMatchObject({ kind: 'run', run: { id: 2, serial: 'SN-22' } })
})

it('a key that has ended a run is refused with another end after a kill, and known with the same', async () => {
  const { runs } = (await passedThenKilled()).stations
  await expect(runs.finish(1, { outcome: 'failed' }, 'f')).rejects.toMatchObject(reused)
  await expect(runs.finish(1, { text: 'LED' }, 'f')).rejects.toMatchObject(reused)
  expect(await runs.finish(1, {}, 'f')).toMatchObject({ outcome: 'passed' })
  await expect(runs.finish(1, {}, 'g')).rejects.toMatchObject({ code: 'OTA_RUN_STATE' })
})

it('a run of an earlier version, which has no digest, is known by its key alone', async () => {
  const station = await passedThenKilled(async ({ disk }) => {
    for await (const [key, text] of disk.range('station/ended/', 'station/ended0'))
      await disk.commit([{ type: 'put', key, value: text.replaceAll(/,"(?:key|finish)Digest":"[^"]*"/g, '') }])
  })
  expect(await station.run(1)).not.toHaveProperty('keyDigest')
  expect(await station.run(1)).not.toHaveProperty('finishDigest')
  expect(await scan(station, 'SN-22')).toMatchObject({ run: { id: 1 } })
  expect(await station.stations.runs.finish(1, { outcome: 'failed' }, 'f')).toMatchObject({ outcome: 'passed' })
})

it('of two labels that come with one key at once, one is refused', async () => {
  const station = await createFixtureOn(createStationDisk(), { station: { slots: 2 } })
  const answers = await Promise.allSettled([scan(station, 'SN-1'), scan(station, 'SN-2')])
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: reused })
  expect((await station.stations.runs.list({ limit: 9 })).items).toHaveLength(1)
})

it('the key of a label with a secret is known after a kill and a new procedure, and tells nothing of the secret', async () => {
  const disk = createStationDisk()
  const pattern = '(?<name>[^,]+),(?<secret>.+)'
  const before = await createFixtureOn(disk, { procedure: { bind: 'secret', serial: { pattern } } })
  await scan(before, 'SN-1,1234')
  const digestOf = async (station: StationFixture): Promise<string | undefined> => (await station.run(1)).keyDigest
  const { station } = await killed(disk, before)
  await station.stations.procedures.put('lamp-fct', { product: 'pk', process: 'FCT' }, 'admin')
  await station.stations.procedures.release('lamp-fct', 'admin')
  expect(await scan(station, 'SN-1,1234')).toMatchObject({ run: { id: 1 } })
  await expect(scan(station, 'SN-2,1234')).rejects.toMatchObject(reused)
  const other = await createFixtureOn(createStationDisk(), { procedure: { bind: 'secret', serial: { pattern } } })
  await scan(other, 'SN-1,9999')
  expect(await digestOf(other)).toBe(await digestOf(station))
})

it('a key that has acknowledged a FAIL begins no run', async () => {
  const disk = createStationDisk()
  const before = await createFixtureOn(disk)
  await before.begin('SN-1')
  await before.pass(91)
  expect(await scan(before, 'FB:OK')).toMatchObject({ kind: 'command', run: { id: 1 } })
  const { station } = await killed(disk, before)
  await expect(scan(station, 'SN-2')).rejects.toMatchObject(reused)
  expect(await scan(station, 'FB:OK')).toMatchObject({ kind: 'command', run: { id: 1 } })
})
