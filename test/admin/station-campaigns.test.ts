// The campaigns of test stations over the API: found by those who ask for them, and shown nowhere else.

import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture, itemsOf } from '../support/admin-fixture.ts'

const create = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0')
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', target: { continuous: true }, start: true })
  const input = { procedure: 'lamp-fct', rev: 2, firmware: 1, reflash: false, updateSeconds: 600, restartSeconds: 120 }
  expect(await fixture.core.operators.stations.openCampaign(input)).toBe(2)
  return fixture
}

const idsOf = async (fixture: AdminFixture, query: string): Promise<readonly unknown[]> =>
  itemsOf(await fixture.call('GET', `/api/v1/campaigns${query}`)).map(({ id }) => id)

test('they are listed by kind=station alone, and found by their id with the procedure', async () => {
  const fixture = await create()
  expect(await idsOf(fixture, '')).toEqual(['1'])
  expect(await idsOf(fixture, '?status=running')).toEqual(['1'])
  expect(await idsOf(fixture, '?kind=station')).toEqual(['2'])
  expect(await idsOf(fixture, '?kind=station&status=paused')).toEqual([])
  const csv = async (query: string): Promise<number> =>
    (await fixture.call('GET', `/api/v1/campaigns?format=csv${query}`)).text.trim().split('\n').length - 1
  expect([await csv(''), await csv('&kind=station')]).toEqual([1, 1])
  const { status, body } = await fixture.call('GET', '/api/v1/campaigns/2')
  expect([status, body['name'], body['station']]).toEqual([200, 'lamp-fct revision 2', { procedure: 'lamp-fct', rev: 2 }])
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body['station']).toBeUndefined()
  expect((await fixture.call('GET', '/api/v1/campaigns?kind=other')).status).toBe(400)
})

test('operators are refused with the procedure', async () => {
  const fixture = await create()
  for (const [method, path] of [
    ['POST', '/pause'],
    ['POST', '/cancel'],
    ['POST', '/retry'],
    ['DELETE', ''],
  ] as const) {
    const { status, body } = await fixture.call(method, `/api/v1/campaigns/2${path}`)
    expect([status, body['code']]).toEqual([409, 'OTA_CAMPAIGN_STATE'])
    expect(body['detail']).toContain('procedure lamp-fct')
  }
})

test('the overview does not count them, their tasks and their failures; and no event shows them', async () => {
  const fixture = await create()
  const { operators } = fixture.core
  const connection = await fixture.join('pk/board')
  operators.stations.hold('pk/board')
  await fixture.report(connection, 'version.post', { version: '1.0' })
  await operators.stations.admit(2, 'pk/board', false)
  await fixture.settle()
  await fixture.report(connection, 'upgrade.post', { step: -2, desc: 'cut off', task_id: 1 })
  expect(await fixture.store.queries.task(1)).toMatchObject({ campaign: 2, state: 'failed' })
  const { body } = await fixture.call('GET', '/api/v1/overview')
  expect(body).toMatchObject({ campaigns: [{ id: '1' }], otherCampaigns: 0, failures: [], tasks: { failed: 0, queued: 0 } })
  const shown = fixture.deps.events.since(0).filter(({ event }) => event.type === 'campaign' && event.campaign === 2)
  expect(shown).toEqual([])
})

test('no device is behind because of them', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0')
  const input = { procedure: 'lamp-fct', rev: 2, firmware: 1, reflash: false, updateSeconds: 600, restartSeconds: 120 }
  await fixture.core.operators.stations.openCampaign(input)
  await fixture.report(await fixture.join('pk/board'), 'version.post', { version: '1.0' })
  expect(itemsOf(await fixture.call('GET', '/api/v1/devices?behind=any'))).toEqual([])
})
