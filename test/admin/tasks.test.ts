import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

/** Devices a (failed, then retried), b (notified) and `c d` (offline). */
const prepare = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  const a = await fixture.join('pk/a')
  await fixture.report(a, 'version.post', { version: '1.0' })
  await fixture.report(await fixture.join('pk/b'), 'version.post', { version: '1.0' })
  await fixture.call('PUT', '/api/v1/devices/pk/c%20d', {})
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  await fixture.settle()
  await fixture.report(a, 'upgrade.post', { step: -3, task_id: '1', desc: 'bad hash' })
  await fixture.call('POST', '/api/v1/campaigns/1/retry')
  await fixture.settle()
  return fixture
}

const ids = async (fixture: AdminFixture, query: string): Promise<string> =>
  itemsOf(await fixture.call('GET', `/api/v1/tasks?${query}`))
    .map((item) => textOf(item['id']))
    .join()

test('tasks are listed by campaign, device, state and attempts', async () => {
  const fixture = await prepare()
  expect(await ids(fixture, '')).toBe('2,3,4')
  expect(await ids(fixture, 'attempts=all')).toBe('1,2,3,4')
  expect(await ids(fixture, 'campaign=1&state=queued')).toBe('3')
  expect(await ids(fixture, 'device=pk%2Fc%20d')).toBe('3')
  expect(await ids(fixture, 'device=pk/a&attempts=all')).toBe('1,4')
  expect(await ids(fixture, 'state=failed&attempts=all')).toBe('1')
  expect((await fixture.call('GET', '/api/v1/tasks?limit=2')).body).toMatchObject({ next: '3' })
  expect(await ids(fixture, 'limit=2&after=3')).toBe('4')
  for (const bad of ['state=done', 'attempts=1', 'campaign=x', 'device=x', 'x=1', 'state=failed&state=queued']) {
    expect(await fixture.call('GET', `/api/v1/tasks?${bad}`)).toMatchObject({ status: 400, body: { code: 'OTA_BAD_REQUEST' } })
  }
})

test('an open task says when it times out at the latest: by its silence, then by its campaign, or by that of sub-devices', async () => {
  const fixture = await prepare()
  const listed = async (query: string): Promise<readonly unknown[]> =>
    itemsOf(await fixture.call('GET', `/api/v1/tasks?${query}`)).map(({ timesOutAt }) => timesOutAt)
  expect(await listed('device=pk/b')).toEqual(['2026-01-03T03:04:05.000Z'])
  expect(await listed('state=queued')).toEqual([null])
  expect(await listed('state=failed&attempts=all')).toEqual([null])
  await fixture.report(await fixture.join('pk/a'), 'upgrade.post', { step: 10, task_id: '4' })
  expect(await listed('device=pk/a')).toEqual(['2026-01-02T04:04:05.000Z'])
  await fixture.call('PATCH', '/api/v1/devices/pk/a', { gateway: 'pk/b' })
  expect(await listed('device=pk/a')).toEqual(['2026-01-02T09:04:05.000Z'])
})

test('tasks of unknown campaigns and devices are refused, those of a removed device are found', async () => {
  const fixture = await prepare()
  for (const campaign of ['2', '0', '9999999999999999999'])
    expect(await fixture.call('GET', `/api/v1/tasks?campaign=${campaign}`)).toMatchObject({
      status: 404,
      body: { code: 'OTA_CAMPAIGN_UNKNOWN' },
    })
  expect(await fixture.call('GET', '/api/v1/tasks?device=pk/nobody')).toMatchObject({ status: 404, body: { code: 'OTA_DEVICE_UNKNOWN' } })
  await fixture.call('PUT', '/api/v1/devices/pk/idle', {})
  expect(await ids(fixture, 'device=pk/idle')).toBe('')
  await fixture.call('DELETE', '/api/v1/devices/pk/b')
  expect(await ids(fixture, 'device=pk/b')).toBe('2')
  expect(await ids(fixture, 'device=pk/b&state=failed')).toBe('')
})

test('a request that acts on a task has no fields', async () => {
  const fixture = await prepare()
  for (const act of ['cancel', 'push']) {
    const refused = await fixture.call('POST', `/api/v1/tasks/2/${act}`, { x: 1 })
    expect(refused).toMatchObject({ status: 400, body: { faults: [{ path: 'x', message: 'is unknown' }] } })
  }
  expect((await fixture.call('GET', '/api/v1/tasks/2')).body).toMatchObject({ state: 'notified' })
  expect(await fixture.call('POST', '/api/v1/tasks/2/cancel', {})).toMatchObject({ status: 200 })
})

test('a task has all its fields, with its history in the answer about one task', async () => {
  const fixture = await prepare()
  const failed = await fixture.call('GET', '/api/v1/tasks/1')
  expect(failed.body).toMatchObject({
    id: '1',
    campaign: '1',
    device: 'pk/a',
    module: 'default',
    firmware: '1',
    from: '1.0',
    to: '2.0',
    state: 'failed',
    reason: 'verify_error',
    code: -3,
    desc: 'bad hash',
    step: null,
    attempt: 1,
    bytes: 0,
    size: 3,
    endedAt: '2026-01-02T03:04:05.000Z',
  })
  expect(Object.values(failed.body['history'] ?? {}).map(({ state }) => state)).toEqual(['queued', 'notified', 'failed'])
  expect((await fixture.call('GET', '/api/v1/tasks/3')).body).toMatchObject({ state: 'queued', reason: 'offline', from: null })
  expect((await fixture.call('GET', '/api/v1/tasks?limit=1')).body['items']?.[0]).not.toHaveProperty('history')
})

test('a task is canceled once', async () => {
  const fixture = await prepare()
  expect(await fixture.call('POST', '/api/v1/tasks/3/cancel')).toMatchObject({
    status: 200,
    body: { id: '3', state: 'canceled', reason: 'operator' },
  })
  expect(await fixture.call('POST', '/api/v1/tasks/3/cancel')).toMatchObject({
    status: 409,
    body: { code: 'OTA_TASK_CLOSED', detailCode: 'task_closed', params: { task: '3' } },
  })
})

test('a task is offered again if its device is connected', async () => {
  const fixture = await prepare()
  expect(await fixture.call('POST', '/api/v1/tasks/2/push')).toMatchObject({ status: 200, body: { state: 'notified' } })
  expect(await fixture.call('POST', '/api/v1/tasks/3/push')).toMatchObject({ status: 409, body: { code: 'OTA_DEVICE_UNREACHABLE' } })
})

test('an id without a task is not found', async () => {
  const fixture = await prepare()
  for (const id of ['99', '0', 'x', '99999999999999999999', '1e0']) {
    expect(await fixture.call('GET', `/api/v1/tasks/${id}`)).toMatchObject({ status: 404, body: { code: 'OTA_TASK_UNKNOWN' } })
    for (const act of ['cancel', 'push']) {
      expect(await fixture.call('POST', `/api/v1/tasks/${id}/${act}`)).toMatchObject({ status: 404, body: { code: 'OTA_TASK_UNKNOWN' } })
    }
  }
})
