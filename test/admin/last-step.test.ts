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
