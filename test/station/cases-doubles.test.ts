// Command codes that a scanner has sent twice, and requests with them that are sent again: nothing is done that nobody has asked for.

import { expect, it } from 'vitest'
import { createStationFixture, refusalOf, type StationFixture } from '../support/station-fixture.ts'

const slots = async (station: StationFixture) =>
  (await station.stations.stations.view('fct-1')).slotViews.map(({ run, isAcknowledged }) =>
    run === null ? null : [run.serial, run.outcome, isAcknowledged],
  )

/** A station whose first slots show a FAIL each. */
const withFails = async (count: number): Promise<StationFixture> => {
  const station = await createStationFixture({ station: { slots: 4 } })
  for (let slot = 1; slot <= count; slot++) {
    const { id } = await station.begin(`SN-${slot}`, slot)
    await station.stations.runs.abort(id, 'ann')
    await station.settle()
  }
  await station.pass(10)
  return station
}

it('a doubled FB:OK acknowledges the chosen slot, and not the FAIL of another one', async () => {
  const station = await withFails(2)
  expect(await refusalOf(station.scan('FB:OK'))).toBe('CHOOSE_SLOT')
  await station.scan('FB:SLOT:1')
  const [first, double] = await Promise.all([station.scan('FB:OK'), station.scan('FB:OK')])
  expect(first).toMatchObject({ kind: 'command', run: { serial: 'SN-1' } })
  expect(double).toMatchObject({ kind: 'ignored', run: { serial: 'SN-1' } })
  await station.pass(0.9)
  expect(await station.scan('fb:ok')).toMatchObject({ kind: 'ignored', run: { serial: 'SN-1' } })
  expect(await slots(station)).toEqual([['SN-1', 'aborted', true], ['SN-2', 'aborted', false], null, null])
  await station.pass(0.1)
  expect(await station.scan('FB:OK')).toMatchObject({ kind: 'command', run: { serial: 'SN-2' } })
})

it('a FAIL that comes just after FB:OK waits until somebody has seen it', async () => {
  const station = await withFails(1)
  const { id } = await station.begin('SN-9', 2)
  expect(await station.scan('FB:OK')).toMatchObject({ run: { serial: 'SN-1' } })
  await station.stations.runs.abort(id, 'ann')
  await station.settle()
  expect(await station.scan('FB:OK')).toMatchObject({ kind: 'ignored' })
  expect((await slots(station))[1]).toEqual(['SN-9', 'aborted', false])
})

it('another code between two FB:OK, a slot with it, or a first one that did nothing: it is obeyed', async () => {
  const station = await withFails(3)
  for (const serial of ['SN-1', 'SN-2']) {
    await station.scan(`FB:SLOT:${serial.slice(-1)}`)
    expect(await station.scan('FB:OK')).toMatchObject({ kind: 'command', run: { serial } })
  }
  expect(await station.scan('FB:OK', 3)).toMatchObject({ kind: 'command', run: { serial: 'SN-3' } })
  expect(await station.scan('FB:OK')).toMatchObject({ kind: 'command', run: null })
  const { id } = await station.begin('SN-9', 2)
  expect(await station.scan('FB:OK')).toMatchObject({ kind: 'command', run: null })
  await station.stations.runs.abort(id, 'ann')
  await station.settle()
  expect(await station.scan('FB:OK')).toMatchObject({ kind: 'command', run: { serial: 'SN-9' } })
})

it('a doubled FB:RETEST begins one run, and touches no other slot', async () => {
  const station = await createStationFixture({ station: { slots: 2 } })
  const failed = await station.begin('SN-1', 1)
  await station.stations.runs.abort(failed.id, 'ann')
  await station.begin('SN-2', 2)
  await station.board('SN-2', '1.1.0')
  await station.pass(10)
  expect(await refusalOf(station.scan('SN-2'))).toBe('ALREADY_PASSED')
  await station.scan('FB:SLOT:2')
  expect(await station.scan('FB:RETEST')).toMatchObject({ kind: 'run', run: { serial: 'SN-2', attempt: 2 } })
  expect(await station.scan('FB:RETEST')).toMatchObject({ kind: 'ignored', run: { serial: 'SN-2', attempt: 2 } })
  expect((await slots(station))[0]).toEqual(['SN-1', 'aborted', false])
  expect((await station.stations.runs.list({ limit: 10 })).items).toHaveLength(3)
})

it('a doubled FB:ABORT aborts one run', async () => {
  const station = await createStationFixture({ station: { slots: 2 } })
  const { id } = await station.begin('SN-1', 1)
  const [first, double] = await Promise.all([station.scan('FB:ABORT'), station.scan('FB:ABORT')])
  expect(first).toMatchObject({ kind: 'command', run: { id, outcome: 'aborted' } })
  expect(double).toMatchObject({ kind: 'ignored', run: { id, outcome: 'aborted' } })
})

it('a command that could not be stored is obeyed when it is scanned again at once', async () => {
  const station = await withFails(1)
  const { commit } = station.outside.batches
  Object.assign(station.outside.batches, { commit: () => Promise.reject(new Error('full')) })
  await expect(station.scan('FB:OK')).rejects.toThrow('full')
  Object.assign(station.outside.batches, { commit })
  expect(await station.scan('FB:OK')).toMatchObject({ kind: 'command', run: { serial: 'SN-1' } })
})

it('a request with FB:OK that is sent again after a kill gets its answer, and acknowledges no other FAIL', async () => {
  const before = await withFails(2)
  await before.scan('FB:SLOT:1')
  const ok = { text: 'FB:OK', key: 'k' }
  expect(await before.stations.runs.scan('fct-1', ok)).toMatchObject({ kind: 'command', run: { serial: 'SN-1' } })
  const station = await before.restart(5)
  expect(await station.stations.runs.scan('fct-1', ok)).toMatchObject({ kind: 'command', run: { serial: 'SN-1' } })
  expect((await slots(station))[1]).toEqual(['SN-2', 'aborted', false])
  await station.pass(4)
  expect(await station.stations.runs.scan('fct-1', { ...ok, key: 'k2' })).toMatchObject({ run: { serial: 'SN-2' } })
})
