// Events of test stations: for one station, for all, and small ones for pages.

import { expect, onTestFinished, test } from 'vitest'
import { createRing, type ShownEvent } from '../../src/admin/event-ring.ts'
import { clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, textOf } from '../support/admin-fixture.ts'
import { openStream } from '../support/event-stream-client.ts'
import { sampleRun } from '../support/station-samples.ts'
import { until } from '../support/until.ts'

const withStations = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  for (const id of ['S1', 'S2']) await fixture.stations.stations.stations.put(id, { procedure: 'lamp-fct' })
  return fixture
}

const listen = async ({ admin }: AdminFixture, query: string, headers: Readonly<Record<string, string>> = {}) => {
  const stream = await openStream(`${admin.url}/api/v1/events${query}`, headers)
  onTestFinished(stream.stop)
  return stream
}

const scanAt = async ({ call }: AdminFixture, station: string, text: string): Promise<void> =>
  void (await call('POST', `/api/v1/stations/${station}/scan`, { text }))

test('a station gets its own runs, refused scans and changes, and nothing else', async () => {
  const fixture = await withStations()
  const station = await clientWith(fixture, 'station')
  const authorization = `Bearer ${station.token}`
  const [own, named] = [await listen(fixture, '', { authorization }), await listen(fixture, '?station=S1&language=zh', { authorization })]
  await fixture.call('PUT', '/api/v1/devices/lamp/l1', {})
  await scanAt(fixture, 'S2', 'SN-2')
  await scanAt(fixture, 'S1', 'SN-1')
  await scanAt(fixture, 'S1', '!')
  await fixture.call('PUT', '/api/v1/stations/S1', { procedure: 'lamp-fct' })
  for (const stream of [own, named]) {
    await stream.count(3)
    expect(stream.frames.map(({ event }) => event)).toEqual(['run', 'scan', 'station'])
    expect(stream.frames[0]?.data).toMatchObject({ id: '2', station: 'S1', serial: 'SN-1', state: 'waiting' })
    expect(stream.frames[1]?.data).toMatchObject({ station: 'S1', slot: 1, scanned: '!', reason: 'BAD_CODE', code: 'scan_bad_code' })
    expect(stream.frames[2]?.data).toEqual({ station: 'S1', at: '2026-01-02T03:04:05.000Z' })
  }
  expect(named.frames[1]?.data['text']).toMatch(/[\u4e00-\u9fff]/)
})

test('a station gets no events of others, whatever it asks for', async () => {
  const fixture = await withStations()
  const station = await clientWith(fixture, 'station')
  for (const query of [
    'station=S2',
    'only=page',
    'only=overview',
    'only=stations',
    'station=S1&only=devices',
    'device=lamp/l1',
    'campaign=1',
  ])
    expect([query, (await station.call('GET', `/api/v1/events?${query}`)).status]).toEqual([query, 403])
  expect((await fixture.call('GET', '/api/v1/events?station=S3')).status).toBe(404)
})

test('the stream of a station ends when its token is removed', async () => {
  const fixture = await withStations()
  const station = await clientWith(fixture, 'station')
  const stream = await listen(fixture, '?station=S1', { authorization: `Bearer ${station.token}` })
  await fixture.call('DELETE', `/api/v1/tokens/${station.name}`)
  await stream.closed
})

test('a station that is removed hears so before its stream ends with its token', async () => {
  const fixture = await createAdminFixture({ hasStations: true })
  await fixture.call('PUT', '/api/v1/procedures/lamp-fct', { product: 'lamp', process: 'FCT' })
  await fixture.call('PUT', '/api/v1/stations/S1', { procedure: 'lamp-fct' })
  const token = textOf((await fixture.call('POST', '/api/v1/stations/S1/token')).body['token'])
  const stream = await listen(fixture, '?station=S1', { authorization: `Bearer ${token}` })
  expect((await fixture.call('DELETE', '/api/v1/stations/S1')).status).toBe(204)
  await stream.closed
  expect(stream.frames.at(-1)).toMatchObject({ event: 'station', data: { station: 'S1', removed: true } })
})

test('a stream of all has the events of stations, and one of a device or campaign has none', async () => {
  const fixture = await withStations()
  const [all, stations, device] = [
    await listen(fixture, ''),
    await listen(fixture, '?only=stations'),
    await listen(fixture, '?device=lamp/l1'),
  ]
  await scanAt(fixture, 'S1', 'SN-1')
  await fixture.join('lamp/l1')
  await Promise.all([all.count(2), stations.count(1), device.count(1)])
  expect(stations.frames.map(({ event }) => event)).toEqual(['run'])
  expect(all.frames[0]?.event).toBe('run')
  expect(device.frames.some(({ event }) => event === 'run')).toBe(false)
})

test('the stream of a page has runs by their state alone', async () => {
  const fixture = await withStations()
  const stream = await listen(fixture, '?only=page')
  await scanAt(fixture, 'S1', 'SN-1')
  const found = () => stream.frames.find(({ event }) => event === 'run')
  await until(() => found() !== undefined)
  const run = found()
  expect(run?.data).toEqual({
    run: '1',
    station: 'S1',
    slot: 1,
    serial: 'SN-1',
    state: 'waiting',
    outcome: null,
    at: '2026-01-02T03:04:05.000Z',
  })
})

test('of a run and of a station only the newest event is kept for those who reconnect', () => {
  const ring = createRing(10, 0)
  const events: readonly ShownEvent[] = [
    { type: 'run', station: 'S1', run: sampleRun({ id: 1, state: 'waiting' }) },
    { type: 'station', station: 'S1' },
    { type: 'run', station: 'S1', run: sampleRun({ id: 2, state: 'waiting' }) },
    { type: 'station', station: 'S2' },
    { type: 'run', station: 'S1', run: sampleRun({ id: 1, state: 'testing' }) },
    { type: 'station', station: 'S1' },
  ]
  for (const [index, event] of events.entries()) ring.add({ id: index + 1, at: 0, event })
  expect(ring.since(0).map(({ id }) => id)).toEqual([3, 4, 5, 6])
})
