// Changes in ignorance of another one: ETags and If-Match; and campaigns that are changed or removed while they do not run.

import { expect, test } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { type AdminFixture, type Answer, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'
import { openStream } from '../support/event-stream-client.ts'
import { until } from '../support/until.ts'

const device = '/api/v1/devices/pk/a'
const campaigns = '/api/v1/campaigns'
const tagOf = (answer: Answer): string => textOf(answer.headers.get('etag'))

const campaign = async (fixture: AdminFixture, body: object = {}): Promise<Answer> => {
  await fixture.upload('product=pk&version=2.0')
  return fixture.call('POST', campaigns, { firmware: '1', ...body })
}

test('a device is changed only as it was read, and the refusal says what is there now', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', device, { tags: ['x'] })
  const read = tagOf(await fixture.call('GET', device))
  const changed = await fixture.call('PATCH', device, { tags: ['y'] }, { 'if-match': read })
  expect(changed.status).toBe(200)
  for (const [method, path, body] of [
    ['PATCH', device, { tags: ['z'] }],
    ['PUT', device, {}],
    ['DELETE', device, undefined],
    ['DELETE', `${device}/credential`, undefined],
  ] as const) {
    const refused = await fixture.call(method, path, body, { 'if-match': read })
    expect(refused).toMatchObject({ status: 412, body: { code: 'OTA_CHANGED', current: { name: 'a', tags: ['y'] } } })
    expect(tagOf(refused)).toBe(tagOf(changed))
  }
  const both = { 'if-match': `"other", ${tagOf(changed)}` }
  expect((await fixture.call('DELETE', device, undefined, both)).status).toBe(204)
})

test('what a device reports leaves its ETag, what an operator sets changes it, the secret too', async () => {
  const fixture = await createAdminFixture()
  const first = tagOf(await fixture.call('PUT', device, { secret: 'one' }))
  const connection = await fixture.join('pk/a')
  await fixture.report(connection, 'version.post', { version: '1.0' })
  expect(tagOf(await fixture.call('GET', device))).toBe(first)
  expect(tagOf(await fixture.call('PATCH', device, { secret: 'two' }))).not.toBe(first)
})

test('a device that is not there is added by PUT, but not with If-Match', async () => {
  const fixture = await createAdminFixture()
  expect(await fixture.call('PUT', device, {}, { 'if-match': '*' })).toMatchObject({ status: 412, body: { current: null } })
  expect((await fixture.call('PUT', device, {})).status).toBe(201)
  expect((await fixture.call('PUT', device, {}, { 'if-match': '*' })).status).toBe(200)
  const refused = await fixture.call('PUT', device, {}, { 'if-match': 'abc' })
  expect([refused.status, Object.values(refused.body['faults'] ?? {})[0]?.['path']]).toEqual([400, 'if-match'])
})

test('a draft is changed by whole fields, and the rest stays', async () => {
  const fixture = await createAdminFixture()
  const made = await campaign(fixture, { target: { tags: ['a'], exclude: ['pk/x'] }, retry: { max: 2 }, phases: [{ percent: 10 }] })
  await fixture.upload('product=pk&version=3.0', 'other')
  const edited = await fixture.call('PATCH', `${campaigns}/1`, { target: { tags: ['b'] }, firmware: '2' }, { 'if-match': tagOf(made) })
  expect(edited).toMatchObject({
    status: 200,
    body: {
      name: 'pk default 3.0',
      version: '3.0',
      status: 'draft',
      target: { tags: ['b'], exclude: [] },
      retry: { max: 2 },
      phases: [{ percent: 10 }, { percent: 100 }],
    },
  })
  expect(edited.body['createdAt']).toBe(made.body['createdAt'])
  expect(await fixture.call('PATCH', `${campaigns}/1`, { name: 'n' }, { 'if-match': tagOf(made) })).toMatchObject({
    status: 412,
    body: { current: { version: '3.0' } },
  })
  await fixture.call('PATCH', `${campaigns}/1`, { name: 'Mine' })
  expect((await fixture.call('PATCH', `${campaigns}/1`, { firmware: '1' })).body['name']).toBe('Mine')
})

test('what cannot be in a campaign cannot come into it by a change', async () => {
  const fixture = await createAdminFixture()
  await campaign(fixture, { target: { devices: ['pk/a'] } })
  await fixture.upload('product=other&version=2.0', 'x')
  const fault = async (body: object): Promise<unknown> => {
    const answer = await fixture.call('PATCH', `${campaigns}/1`, body)
    return [answer.status, Object.values(answer.body['faults'] ?? {})[0]?.['path']]
  }
  expect(await fault({ phases: [{ percent: 50 }, { percent: 20 }] })).toEqual([400, 'phases[1].percent'])
  expect(await fault({ firmware: '2' })).toEqual([400, 'target.devices[0]'])
  expect(await fault({ start: true })).toEqual([400, 'start'])
  expect(await fixture.call('PATCH', `${campaigns}/1`, { firmware: '9' })).toMatchObject({ status: 404 })
  expect(await fixture.call('PATCH', `${campaigns}/7`, {})).toMatchObject({ status: 404 })
})

test('a campaign that runs is neither changed nor removed; one that ended is removed, and its tasks stay', async () => {
  const memory = createMemory()
  const fixture = await createAdminFixture({ disk: memory })
  const connection = await fixture.join('pk/a')
  await fixture.report(connection, 'version.post', { version: '1.0' })
  await campaign(fixture, { start: true })
  await fixture.settle()
  for (const method of ['PATCH', 'DELETE'])
    expect(await fixture.call(method, `${campaigns}/1`, method === 'PATCH' ? {} : undefined)).toMatchObject({
      status: 409,
      body: { code: 'OTA_CAMPAIGN_STATE' },
    })
  await fixture.report(connection, 'upgrade.post', { step: 10, task_id: 1 })
  await fixture.call('POST', `${campaigns}/1/cancel`, {})
  expect(await fixture.call('DELETE', `${campaigns}/1`)).toMatchObject({ status: 409, body: { detailCode: 'campaign_has_open_tasks' } })
  await fixture.report(connection, 'upgrade.post', { step: -2, task_id: 1 })
  const stream = await openStream(`${fixture.admin.url}/api/v1/events?campaign=1`)
  expect((await fixture.call('DELETE', `${campaigns}/1`)).status).toBe(204)
  await until(() => stream.frames.some(({ event, data }) => event === 'removed' && data['campaign'] === '1'))
  stream.stop()
  // A late success of a task whose campaign is gone.
  await fixture.report(connection, 'version.post', { version: '2.0' })
  expect(await fixture.call('GET', `${campaigns}/1`)).toMatchObject({ status: 404, body: { code: 'OTA_CAMPAIGN_UNKNOWN' } })
  expect(itemsOf(await fixture.call('GET', '/api/v1/tasks'))).toMatchObject([{ id: '1', campaign: '1' }])
  expect((await fixture.call('GET', `${device}/why`)).status).toBe(200)
  expect((await fixture.call('DELETE', '/api/v1/firmware/1')).status).toBe(204)
  const next = await createAdminFixture({ disk: memory })
  expect(itemsOf(await next.call('GET', campaigns))).toEqual([])
  await next.upload('product=pk&version=4.0')
  expect((await next.call('POST', campaigns, { firmware: '2' })).body['id']).toBe('2')
})

test('a draft frees its package when it is removed', async () => {
  const fixture = await createAdminFixture()
  await campaign(fixture)
  expect((await fixture.call('DELETE', '/api/v1/firmware/1')).status).toBe(409)
  expect((await fixture.call('DELETE', `${campaigns}/1`)).status).toBe(204)
  expect((await fixture.call('DELETE', '/api/v1/firmware/1')).status).toBe(204)
})

test('a start looks again at a draft that was changed meanwhile', async () => {
  const fixture = await createAdminFixture()
  for (const name of ['a', 'b']) await fixture.call('PUT', `/api/v1/devices/pk/${name}`, { tags: [name] })
  await campaign(fixture, { target: { tags: ['a'] } })
  const { campaigns: acts, campaignEdits } = fixture.core.operators
  const started = acts.start(1)
  const edited = campaignEdits.edit(1, { target: { tags: ['b'] } })
  await Promise.all([started, edited])
  await fixture.settle()
  expect(itemsOf(await fixture.call('GET', '/api/v1/tasks')).map((task) => task['device'])).toEqual(['pk/b'])
})
