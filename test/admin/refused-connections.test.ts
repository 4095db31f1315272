import { expect, test } from 'vitest'
import { createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'
import { openStream } from '../support/event-stream-client.ts'

const refused = (turn: number) => ({ reason: 'bad_password', device: null, clientId: `c${turn}`, user: null, address: '10.0.0.9' })

test('GET /connections/refused lists refused connections, newest first, in pages', async () => {
  const { core, call } = await createAdminFixture()
  expect((await call('GET', '/api/v1/connections/refused')).body).toEqual({ items: [], next: null })
  for (let turn = 1; turn <= 1005; turn++) core.connectRefused(refused(turn))
  const first = await call('GET', '/api/v1/connections/refused?limit=600')
  expect(itemsOf(first)[0]).toEqual({
    at: '2026-01-02T03:04:05.000Z',
    reason: 'bad_password',
    text: 'wrong password',
    code: 'connection_refused_bad_password',
    params: {},
    device: null,
    clientId: 'c1005',
    user: null,
    address: '10.0.0.9',
  })
  const second = await call('GET', `/api/v1/connections/refused?limit=600&after=${textOf(first.body['next'])}`)
  expect([...itemsOf(first), ...itemsOf(second)].map((item) => item['clientId'])).toEqual(
    Array.from({ length: 1000 }, (_, at) => `c${1005 - at}`),
  )
  expect(second.body['next']).toBeNull()
})

test('a refused connection is an event on the whole stream, and on that of the device that it names', async () => {
  const { core, admin, join } = await createAdminFixture()
  await join('pk/a')
  const [all, one] = [await openStream(`${admin.url}/api/v1/events`), await openStream(`${admin.url}/api/v1/events?device=pk/a`)]
  core.connectRefused(refused(1))
  core.connectRefused({ ...refused(2), device: 'pk/a', user: 'a&pk' })
  await Promise.all([all.count(2), one.count(1)])
  const said = { text: 'wrong password', code: 'connection_refused_bad_password', params: {} }
  const named = { what: 'refused', reason: 'bad_password', ...said, device: 'pk/a', clientId: 'c2', user: 'a&pk', address: '10.0.0.9' }
  expect(all.frames.map(({ data }) => data)).toMatchObject([{ what: 'refused', ...said, device: null, clientId: 'c1' }, named])
  expect(one.frames.map(({ event, data }) => [event, data])).toEqual([['device', { ...named, at: '2026-01-02T03:04:05.000Z' }]])
  all.stop()
  one.stop()
})

test('refused connections are grouped by reason and address, those of most first, and can be limited to one', async () => {
  const { core, call, pass } = await createAdminFixture()
  for (let turn = 1; turn <= 12; turn++) {
    core.connectRefused({ ...refused(turn), device: `pk/d${turn % 2}` })
    pass(1000)
  }
  core.connectRefused({ ...refused(13), reason: 'unknown_user', user: 'u' })
  core.connectRefused({ ...refused(14), address: '10.0.0.10' })
  const groups = itemsOf(await call('GET', '/api/v1/connections/refused/groups'))
  expect(groups.map((group) => [group['reason'], group['address'], group['count']])).toEqual([
    ['bad_password', '10.0.0.9', 12],
    ['bad_password', '10.0.0.10', 1],
    ['unknown_user', '10.0.0.9', 1],
  ])
  expect(groups[0]).toMatchObject({
    first: '2026-01-02T03:04:05.000Z',
    last: '2026-01-02T03:04:16.000Z',
    devices: ['pk/d0', 'pk/d1'],
    deviceCount: 2,
    clientIdCount: 12,
  })
  expect(Object.values(groups[0]?.['clientIds'] ?? {})).toHaveLength(10)
  const some = await call('GET', '/api/v1/connections/refused?reason=bad_password&address=10.0.0.10')
  expect(itemsOf(some).map((item) => item['clientId'])).toEqual(['c14'])
  expect(itemsOf(await call('GET', '/api/v1/connections/refused/groups?reason=unknown_user'))).toMatchObject([{ count: 1 }])
  expect((await call('GET', '/api/v1/connections/refused/groups?limit=1')).status).toBe(400)
})
