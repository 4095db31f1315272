// Who did what with a campaign last, as everybody sees who may see the campaign.

import { expect, test } from 'vitest'
import { browserWith, clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture } from '../support/admin-fixture.ts'

const prepare = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  await fixture.report(await fixture.join('pk/a'), 'version.post', { version: '1.0' })
  return fixture
}

const create = (fixture: Pick<AdminFixture, 'call'>, body: object) => fixture.call('POST', '/api/v1/campaigns', body)

test('it says who has paused, resumed or canceled it, and when: a person, a token, or the token of the data directory', async () => {
  const fixture = await prepare()
  await fixture.call('POST', '/api/v1/users', { name: 'liwei', role: 'operator', password: 'correct horse battery' })
  const person = await browserWith(fixture, { name: 'liwei', password: 'correct horse battery' })
  const client = await clientWith(fixture, 'operator')
  await create(fixture, { firmware: 1 })
  const path = '/api/v1/campaigns/1'
  expect((await fixture.call('GET', path)).body).toMatchObject({ lastStep: null })
  expect((await fixture.call('POST', `${path}/start`)).body['lastStep']).toMatchObject({ step: 'start', kind: 'file', by: 'admin.token' })
  fixture.pass(1000)
  expect((await person.call('POST', `${path}/pause`)).body).toMatchObject({
    text: 'liwei paused it at 2026-01-02T03:04:06.000Z; `fogbell campaign resume 1` continues it',
    lastStep: { step: 'pause', kind: 'person', by: 'liwei', at: '2026-01-02T03:04:06.000Z' },
  })
  expect((await client.call('POST', `${path}/resume`)).body).toMatchObject({ lastStep: { step: 'resume', kind: 'token', by: client.name } })
  expect((await client.call('POST', `${path}/pause`)).body['text']).toContain(`the token ${client.name} paused it at`)
  const canceled = await fixture.call('POST', `${path}/cancel`)
  expect(canceled.body).toMatchObject({
    text: 'the token of the data directory (admin.token) canceled it at 2026-01-02T03:04:06.000Z',
    lastStep: { step: 'cancel' },
  })
  expect(canceled.body['steps']).toMatchObject([
    { step: 'cancel', kind: 'file', by: 'admin.token', at: '2026-01-02T03:04:06.000Z' },
    { step: 'pause', kind: 'token', by: client.name },
    { step: 'resume', kind: 'token' },
    { step: 'pause', kind: 'person', by: 'liwei' },
    { step: 'start', kind: 'file' },
  ])
  const launched = await create(person, { firmware: 1, start: true })
  expect(launched.body).toMatchObject({ lastStep: { step: 'start', by: 'liwei' } })
})

test('a campaign of an earlier version, of which nobody noted who paused it, is shown as before', async () => {
  const fixture = await prepare()
  await create(fixture, { firmware: 1, start: true })
  await fixture.call('POST', '/api/v1/campaigns/1/pause')
  const { lastStep: _, ...old } = fixture.store.reads.campaign(1)!
  await fixture.store.writes.commit([{ put: 'campaign', value: old }])
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body).toMatchObject({
    lastStep: null,
    text: 'an operator has paused it; `fogbell campaign resume 1` continues it',
  })
})

test('it says also what rules have done and who has retried, and keeps the newest 20 steps', async () => {
  const fixture = await prepare()
  await create(fixture, { firmware: 1, start: true, abort: [{ on: 'any', percent: 1, minFinished: 1, action: 'cancel' }] })
  const path = '/api/v1/campaigns/1'
  for (let round = 0; round < 11; round += 1) {
    await fixture.call('POST', `${path}/pause`)
    await fixture.call('POST', `${path}/resume`)
    fixture.pass(1000)
  }
  expect((await fixture.call('GET', path)).body['steps']).toHaveLength(20)
  await create(fixture, { firmware: 1, start: true, abort: [], overwrite: true })
  const task = [...fixture.store.reads.openTasks()].find(({ campaign }) => campaign === 2)
  const connection = await fixture.join('pk/a')
  await fixture.report(connection, 'upgrade.post', { task_id: String(task?.id ?? 0), step: -5 })
  await fixture.settle()
  await fixture.call('POST', '/api/v1/campaigns/2/retry')
  expect((await fixture.call('GET', '/api/v1/campaigns/2')).body['steps']).toMatchObject([
    { step: 'retry', by: 'admin.token' },
    { step: 'start' },
  ])
})

test('an abort rule that stops it is among its steps', async () => {
  const fixture = await prepare()
  await create(fixture, { firmware: 1, start: true, abort: [{ on: 'any', percent: 1, minFinished: 1, action: 'cancel' }] })
  await fixture.settle()
  const connection = await fixture.join('pk/a')
  await fixture.report(connection, 'upgrade.post', { task_id: '1', step: -5 })
  await fixture.settle()
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body['steps']).toMatchObject([
    { step: 'cancel', kind: 'server', by: 'aborted' },
    { step: 'start', kind: 'file' },
  ])
})
