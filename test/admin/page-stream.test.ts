import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { clientWith } from '../support/access-clients.ts'
import { createAdminFixture, startTime, textOf, token } from '../support/admin-fixture.ts'
import { type EventStreamClient, openStream } from '../support/event-stream-client.ts'
import { inProgress } from '../support/ota-samples.ts'
import { openRawHttp } from '../support/raw-http-client.ts'
import { until } from '../support/until.ts'

const events = '/api/v1/events'
const page = `${events}?only=page`

/** Events but for the figures and the time, which come when a second begins. */
const newsOf = ({ frames }: EventStreamClient) => frames.filter(({ event }) => event !== 'overview' && event !== 'time')
const shortly = ({ event, data }: { event: string; data: Record<string, unknown> }): string => `${event} ${textOf(data['device'])}`.trim()

test('one stream has the figures, all campaigns, and the devices and raw messages that it names', async () => {
  const fixture = await createAdminFixture()
  const start = fixture.deps.events.latest
  const [a, b] = [await fixture.join('pk/a'), await fixture.join('pk/b')]
  await fixture.report(a, 'version.post', { version: '1.0' })
  await fixture.upload('product=pk&version=2.0')
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  await fixture.settle()
  await fixture.report(a, 'upgrade.post', { task_id: '1', step: 40 })
  const stream = await openStream(`${fixture.admin.url}${page}&lastEventId=${start}&among=pk%2Fa&messages=pk%2Fb`)
  const other = await openStream(`${fixture.admin.url}${page}&lastEventId=${start}`)
  await fixture.report(b, 'upgrade.post', { task_id: '1', step: 40 })
  const last = (event: string, of = stream) => of.frames.filter((frame) => frame.event === event).at(-1)?.data
  const isThere = (event: string) => last(event) !== undefined
  await until(() => ['task', 'device', 'message', 'overview'].every(isThere) && last('campaign', other) !== undefined)
  expect([last('task')]).toEqual((await fixture.call('GET', '/api/v1/tasks?device=pk%2Fa')).body['items'])
  expect(last('campaign', other)).toEqual((await fixture.call('GET', '/api/v1/campaigns/1')).body)
  expect(last('overview')).toMatchObject({ connections: 0, warnings: [] })
  expect(last('time')).toEqual({ at: new Date(startTime).toISOString() })
  expect(stream.frames.find(({ event }) => event === 'time')?.id).toBe('')
  const known = ['device pk/a', 'task pk/a', 'message pk/b', 'campaign']
  expect(new Set(newsOf(stream).map(shortly))).toEqual(new Set(known))
  expect(new Set(newsOf(other).map(shortly))).toEqual(new Set(['campaign']))
  const ids = stream.frames.filter(({ event }) => event !== 'time').map(({ id }) => Number(id))
  expect(ids).toEqual([...ids].sort((one, two) => one - two))
  expect(ids.every((id) => id >= start)).toBe(true)
  for (const one of [stream, other]) one.stop()
  await until(() => !fixture.deps.events.watches('pk/b'))
})

test('a page resumes by its last id with other devices, a viewer hears no raw message, and a lost past is a reset', async () => {
  const fixture = await createAdminFixture({ capacity: 4 })
  const { emit } = fixture.deps.events
  const start = fixture.deps.events.latest
  for (const device of ['pk/a', 'pk/b', 'pk/a']) emit({ type: 'device', device, what: 'connected' })
  emit({ type: 'campaign', campaign: 9 })
  const resumed = await openStream(`${fixture.admin.url}${page}&among=pk%2Fb`, { 'last-event-id': String(start + 1) })
  const viewer = await clientWith(fixture, 'viewer')
  const headers = { authorization: `Bearer ${viewer.token}` }
  const seen = await openStream(`${fixture.admin.url}${page}&among=pk%2Fa&messages=pk%2Fa&lastEventId=${start}`, headers)
  expect(fixture.deps.events.watches('pk/a')).toBe(false)
  const gone = await openStream(`${fixture.admin.url}${page}&among=pk%2Fb`, { 'last-event-id': '1' })
  emit({ type: 'message', device: 'pk/a', direction: 'up', text: 'x' })
  emit({ type: 'device', device: 'pk/b', what: 'disconnected' })
  await until(() => [resumed, seen, gone].every((one, at) => newsOf(one).length === [3, 3, 2][at]))
  expect(newsOf(resumed).map(shortly)).toEqual(['device pk/b', 'removed', 'device pk/b'])
  expect(newsOf(seen).map(shortly)).toEqual(['device pk/a', 'device pk/a', 'removed'])
  expect(newsOf(gone).map(shortly)).toEqual(['reset', 'device pk/b'])
  // A stream ends with the rights that it began with.
  await fixture.call('DELETE', `/api/v1/tokens/${viewer.name}`)
  await seen.closed
  for (const one of [resumed, gone]) one.stop()
})

test('a page that reads nothing is disconnected, and little waits for it', async () => {
  const fixture = await createAdminFixture({ heartbeatMs: 50 })
  const path = `${page}&among=pk%2Fa&messages=pk%2Fa`
  const line = openRawHttp(fixture.admin.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  await line.has('retry')
  line.socket.pause()
  const desc = 'x'.repeat(100_000)
  let emitted = 0
  while (fixture.deps.events.watches('pk/a')) {
    for (let id = 0; id < 100; id++) {
      fixture.deps.events.emit({ type: 'message', device: 'pk/a', direction: 'up', text: 'x' })
      fixture.deps.events.emit({ type: 'task', task: inProgress({ id, device: 'pk/a', step: emitted % 100, desc }) })
      emitted++
    }
    await setImmediate()
  }
  line.socket.resume()
  await line.closed
  expect(emitted).toBeGreaterThan(line.text().split('event: message').length)
})

test('what says nothing beside only=page is refused with its field, and messages= without it', async () => {
  const fixture = await createAdminFixture()
  const nine = Array.from({ length: 9 }, (_, at) => `messages=pk/${at}`).join('&')
  for (const [query, path] of [
    ['only=page&product=pk', 'product'],
    ['only=page&device=pk/a', 'device'],
    ['only=page&name=a&among=pk/a', 'name'],
    ['only=page&campaign=1', 'campaign'],
    ['only=page&messages=pk', 'messages[0]'],
    [`only=page&${nine}`, 'messages'],
    ['only=overview&messages=pk/a', 'messages'],
    ['messages=pk/a', 'messages'],
    ['only=tasks&messages=pk/a', 'messages'],
  ]) {
    const answer = await fixture.call('GET', `${events}?${query}`)
    const faults = Object.values(answer.body['faults'] ?? {}).map((fault) => fault['path'])
    expect([query, answer.status, faults]).toEqual([query, 400, [path]])
  }
})
