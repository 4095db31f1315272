import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createAdminFixture, textOf, token } from '../support/admin-fixture.ts'
import { openStream } from '../support/event-stream-client.ts'
import { inProgress } from '../support/ota-samples.ts'
import { openRawHttp } from '../support/raw-http-client.ts'
import { until } from '../support/until.ts'

const events = '/api/v1/events'

test('changes arrive as they happen, in the JSON of the API', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  const stream = await openStream(fixture.admin.url + events)
  expect(stream.response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  const device = await fixture.join('pk/a')
  await fixture.report(device, 'version.post', { version: '1.0' })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  await until(() => stream.frames.some(({ event, data }) => event === 'task' && data['state'] === 'notified'))
  await fixture.settle()
  const last = (event: string) => stream.frames.filter((frame) => frame.event === event).at(-1)?.data
  expect(last('task')).toEqual({ ...(await fixture.call('GET', '/api/v1/tasks/1')).body, history: undefined })
  await until(() => (last('campaign')?.['counts'] as Record<string, number> | undefined)?.['notified'] === 1)
  expect(last('campaign')).toEqual((await fixture.call('GET', '/api/v1/campaigns/1')).body)
  expect(stream.frames.find(({ data }) => data['what'] === 'connected')?.data).toEqual({
    device: 'pk/a',
    what: 'connected',
    at: '2026-01-02T03:04:05.000Z',
  })
  const ids = stream.frames.map(({ id }) => Number(id))
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
  expect(stream.text()).toMatch(/^retry: \d+\n\nid: \d+\n\n/)
  stream.stop()
})

test('filters and refusals', async () => {
  const fixture = await createAdminFixture()
  const stream = await openStream(`${fixture.admin.url}${events}?device=pk%2Fa%20b`)
  expect(fixture.deps.events.watches('pk/a b')).toBe(true)
  fixture.deps.events.emit({ type: 'device', device: 'pk/other', what: 'connected' })
  fixture.deps.events.emit({ type: 'message', device: 'pk/a b', direction: 'up', text: 'line 1\nline 2 \u2028 "q"' })
  await stream.count(1)
  expect(stream.frames[0]).toMatchObject({
    event: 'message',
    data: { device: 'pk/a b', direction: 'up', text: 'line 1\nline 2 \u2028 "q"', at: '2026-01-02T03:04:05.000Z' },
  })
  stream.stop()
  await until(() => !fixture.deps.events.watches('pk/a b'))
  expect(await fixture.call('GET', `${events}?campaign=1`)).toMatchObject({ status: 404, body: { code: 'OTA_CAMPAIGN_UNKNOWN' } })
  expect(await fixture.call('GET', `${events}?campaign=x`)).toMatchObject({ status: 400 })
  expect(await fixture.call('GET', `${events}?device=x`)).toMatchObject({ status: 400 })
  expect((await fetch(`${fixture.admin.url}${events}?token=${token}`)).status).toBe(401)
  expect(await fixture.call('HEAD', events)).toMatchObject({ status: 405 })
})

test('a stream is resumed by its last id, in header or query, and reset if that is unknown', async () => {
  const fixture = await createAdminFixture({ capacity: 3 })
  const emit = (name: string) => fixture.deps.events.emit({ type: 'device', device: `pk/${name}`, what: 'connected' })
  const start = fixture.deps.events.latest
  for (const name of ['1', '2', '3']) emit(name)
  const resumed = await openStream(fixture.admin.url + events, { 'last-event-id': String(start + 1) })
  await resumed.count(2)
  expect(resumed.frames.map(({ data }) => data['device'])).toEqual(['pk/2', 'pk/3'])
  const byQuery = await openStream(`${fixture.admin.url}${events}?lastEventId=${start + 2}`)
  await byQuery.count(1)
  expect(byQuery.frames.map(({ data }) => data['device'])).toEqual(['pk/3'])
  emit('4')
  for (const id of [String(start), '1', 'other', '9'.repeat(40)]) {
    const late = await openStream(fixture.admin.url + events, { 'last-event-id': id })
    emit('5')
    await late.count(2)
    expect(late.frames.map(({ event }) => event)).toEqual(['reset', 'device'])
    expect(Number(late.frames[0]?.id)).toBe(Number(late.frames[1]?.id) - 1)
    late.stop()
  }
  resumed.stop()
  byQuery.stop()
})

test('an idle stream is kept open by comments', async () => {
  const fixture = await createAdminFixture({ heartbeatMs: 20 })
  const stream = await openStream(fixture.admin.url + events)
  await until(() => stream.text().split(': ping\n\n').length > 3)
  stream.stop()
})

test('a client that reads nothing is disconnected, and little waits for it', async () => {
  const fixture = await createAdminFixture({ heartbeatMs: 50, capacity: 500 })
  const line = openRawHttp(fixture.admin.port, `GET ${events}?device=pk%2Fa HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  await line.has('retry')
  line.socket.pause()
  let emitted = 0
  for (let round = 0; fixture.deps.events.watches('pk/a'); round++) {
    for (let id = 1; id <= 100; id++) {
      fixture.deps.events.emit({ type: 'task', task: inProgress({ id, device: 'pk/a', step: round % 100, desc: 'x'.repeat(500) }) })
      emitted++
    }
    await setImmediate()
  }
  line.socket.resume()
  await line.closed
  expect(emitted).toBeGreaterThan(line.text().split('event: task').length)
})

test('a client that falls too far behind is disconnected', async () => {
  const fixture = await createAdminFixture({ capacity: 50 })
  const stream = await openStream(`${fixture.admin.url}${events}?device=pk%2Fa`)
  for (let at = 0; at < 51; at++) fixture.deps.events.emit({ type: 'device', device: 'pk/a', what: 'reported', detail: String(at) })
  await stream.closed
  expect(fixture.deps.events.watches('pk/a')).toBe(false)
  expect(stream.frames).toEqual([])
})

test('closing ends the streams at once', async () => {
  const fixture = await createAdminFixture()
  const streams = [await openStream(fixture.admin.url + events), await openStream(fixture.admin.url + events)]
  // A stream that is not ended would be reset when its time is over, or hold the close until then.
  await fixture.admin.close()
  await Promise.all(streams.map(({ closed }) => closed))
  // Ended, not reset.
  expect(streams.map(({ response }) => response.complete)).toEqual([true, true])
})

test('a stream of the overview has the figures, and no event of the fleet', async () => {
  const fixture = await createAdminFixture()
  const stream = await openStream(`${fixture.admin.url}${events}?only=overview`)
  await fixture.join('pk/a')
  await stream.count(1)
  expect(stream.frames[0]).toMatchObject({ event: 'overview', data: { connections: 0, warnings: [] } })
  await until(() => stream.frames.some(({ data }) => (data['devices'] as { known: number } | undefined)?.known === 1))
  expect(stream.frames.filter(({ event }) => event !== 'overview')).toEqual([])
  stream.stop()
  const lost = await openStream(`${fixture.admin.url}${events}?only=overview`, { 'last-event-id': '1' })
  await lost.count(2)
  expect(lost.frames.map(({ event }) => event)).toEqual(['reset', 'overview'])
  lost.stop()
})

test('a stream can be limited to kinds, products, names and single devices', async () => {
  const fixture = await createAdminFixture()
  const queries = ['only=devices', 'product=pk', 'name=LAMP', 'among=pk/lamp1&among=fan/f', 'only=tasks', 'only=campaigns&product=pk']
  const streams = await Promise.all(queries.map((query) => openStream(`${fixture.admin.url}${events}?${query}`)))
  const { emit } = fixture.deps.events
  for (const [at, device] of ['pk/lamp1', 'pk/x', 'fan/f', 'fan/Lamp2'].entries()) {
    emit({ type: 'device', device, what: 'connected' })
    emit({ type: 'task', task: { ...inProgress(), id: at + 1, device } })
  }
  emit({ type: 'device', what: 'refused', reason: 'bad_password', device: null, clientId: null, user: null, address: '192.0.2.1' })
  emit({ type: 'device', device: 'pk/lamp1', what: 'disconnected' })
  await fixture.upload('product=pk&version=2.0')
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '1' })
  const seen = (at: number): readonly string[] =>
    (streams[at]?.frames ?? []).map(({ event, data }) => `${event} ${textOf(data['what'])} ${textOf(data['device'])}`)
  const ofDevice = (device: string): string[] => [`device connected ${device}`, `task  ${device}`]
  const left = 'device disconnected pk/lamp1'
  for (const [at, count] of [6, 6, 6, 6, 4, 1].entries()) await streams[at]?.count(count)
  expect(seen(0)).toEqual([
    ...['pk/lamp1', 'pk/x', 'fan/f', 'fan/Lamp2'].map((device) => `device connected ${device}`),
    'device refused ',
    left,
  ])
  expect(seen(1)).toEqual([...ofDevice('pk/lamp1'), ...ofDevice('pk/x'), left, 'campaign  '])
  expect(seen(2)).toEqual([...ofDevice('pk/lamp1'), ...ofDevice('fan/Lamp2'), left, 'campaign  '])
  expect(seen(3)).toEqual([...ofDevice('pk/lamp1'), ...ofDevice('fan/f'), left, 'campaign  '])
  expect(seen(4)).toEqual(['pk/lamp1', 'pk/x', 'fan/f', 'fan/Lamp2'].map((device) => `task  ${device}`))
  expect(seen(5)).toEqual(['campaign  '])
  for (const stream of streams) stream.stop()
})

test('what cannot be chosen of a stream is refused with its field', async () => {
  const fixture = await createAdminFixture()
  for (const [query, path] of [
    ['only=all', 'only'],
    ['only=overview&product=pk', 'product'],
    ['only=overview&device=pk/a', 'device'],
    ['among=pk', 'among[0]'],
    ['name=', 'name'],
  ]) {
    const answer = await fixture.call('GET', `${events}?${query}`)
    expect([query, answer.status, Object.values(answer.body['faults'] ?? {})[0]?.['path']]).toEqual([query, 400, path])
  }
})
