import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

/** Devices a (failed, then retried), b (told) and `c d` (offline). */
const prepare = async (): Promise<AdminFixture> => {
  const scene = await createAdminFixture()
  await scene.upload('product=pk&version=2.0', 'abc')
  const a = await scene.join('pk/a')
  await scene.report(a, 'version.post', { version: '1.0' })
  await scene.report(await scene.join('pk/b'), 'version.post', { version: '1.0' })
  await scene.call('PUT', '/api/v1/devices/pk/c%20d', {})
  await scene.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  await scene.settle()
  await scene.report(a, 'upgrade.post', { step: -3, task_id: '1', desc: 'bad hash' })
  await scene.call('POST', '/api/v1/campaigns/1/retry')
  await scene.settle()
  return scene
}

const ids = async (scene: AdminFixture, query: string): Promise<string> =>
  itemsOf(await scene.call('GET', `/api/v1/tasks?${query}`))
    .map((item) => textOf(item['id']))
    .join()

test('tasks are listed by campaign, device, state and attempts', async () => {
  const scene = await prepare()
  expect(await ids(scene, '')).toBe('2,3,4')
  expect(await ids(scene, 'attempts=all')).toBe('1,2,3,4')
  expect(await ids(scene, 'campaign=1&state=queued')).toBe('3')
  expect(await ids(scene, 'device=pk%2Fc%20d')).toBe('3')
  expect(await ids(scene, 'device=pk/a&attempts=all')).toBe('1,4')
  expect(await ids(scene, 'state=failed&attempts=all')).toBe('1')
  expect((await scene.call('GET', '/api/v1/tasks?limit=2')).body).toMatchObject({ next: '3' })
  expect(await ids(scene, 'limit=2&after=3')).toBe('4')
  for (const bad of ['state=done', 'attempts=1', 'campaign=x', 'device=x', 'x=1', 'state=failed&state=queued']) {
    expect(await scene.call('GET', `/api/v1/tasks?${bad}`)).toMatchObject({ status: 400, body: { code: 'OTA_BAD_REQUEST' } })
  }
})

test('tasks of what is not there are not found, those of a device that was removed are', async () => {
  const scene = await prepare()
  for (const campaign of ['2', '0', '9999999999999999999'])
    expect(await scene.call('GET', `/api/v1/tasks?campaign=${campaign}`)).toMatchObject({
      status: 404,
      body: { code: 'OTA_CAMPAIGN_UNKNOWN' },
    })
  expect(await scene.call('GET', '/api/v1/tasks?device=pk/nobody')).toMatchObject({ status: 404, body: { code: 'OTA_DEVICE_UNKNOWN' } })
  await scene.call('PUT', '/api/v1/devices/pk/idle', {})
  expect(await ids(scene, 'device=pk/idle')).toBe('')
  await scene.call('DELETE', '/api/v1/devices/pk/b')
  expect(await ids(scene, 'device=pk/b')).toBe('2')
  expect(await ids(scene, 'device=pk/b&state=failed')).toBe('')
})

test('an act on a task takes no fields', async () => {
  const scene = await prepare()
  for (const act of ['cancel', 'push']) {
    const refused = await scene.call('POST', `/api/v1/tasks/2/${act}`, { x: 1 })
    expect(refused).toMatchObject({ status: 400, body: { faults: [{ path: 'x', message: 'is unknown' }] } })
  }
  expect((await scene.call('GET', '/api/v1/tasks/2')).body).toMatchObject({ state: 'notified' })
  expect(await scene.call('POST', '/api/v1/tasks/2/cancel', {})).toMatchObject({ status: 200 })
})

test('a task tells all of itself, with its history where it alone is asked for', async () => {
  const scene = await prepare()
  const failed = await scene.call('GET', '/api/v1/tasks/1')
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
  expect((await scene.call('GET', '/api/v1/tasks/3')).body).toMatchObject({ state: 'queued', reason: 'offline', from: null })
  expect((await scene.call('GET', '/api/v1/tasks?limit=1')).body['items']?.[0]).not.toHaveProperty('history')
})

test('a task is canceled once', async () => {
  const scene = await prepare()
  expect(await scene.call('POST', '/api/v1/tasks/3/cancel')).toMatchObject({
    status: 200,
    body: { id: '3', state: 'canceled', reason: 'operator' },
  })
  expect(await scene.call('POST', '/api/v1/tasks/3/cancel')).toMatchObject({ status: 409, body: { code: 'OTA_TASK_CLOSED' } })
})

test('a task is offered again, where somebody hears it', async () => {
  const scene = await prepare()
  expect(await scene.call('POST', '/api/v1/tasks/2/push')).toMatchObject({ status: 200, body: { state: 'notified' } })
  expect(await scene.call('POST', '/api/v1/tasks/3/push')).toMatchObject({ status: 409, body: { code: 'OTA_DEVICE_UNREACHABLE' } })
})

test('an id that is no task is not found', async () => {
  const scene = await prepare()
  for (const id of ['99', '0', 'x', '99999999999999999999', '1e0']) {
    expect(await scene.call('GET', `/api/v1/tasks/${id}`)).toMatchObject({ status: 404, body: { code: 'OTA_TASK_UNKNOWN' } })
    for (const act of ['cancel', 'push']) {
      expect(await scene.call('POST', `/api/v1/tasks/${id}/${act}`)).toMatchObject({ status: 404, body: { code: 'OTA_TASK_UNKNOWN' } })
    }
  }
})
