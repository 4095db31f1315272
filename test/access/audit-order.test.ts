// The audit where several act at the same time, and where a request is repeated: each line is about its own act.

import { expect, test } from 'vitest'
import { createSubjectTurns } from '../../src/admin/subject-turns.ts'
import { createMemory } from '../../src/store/memory.ts'
import { clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, itemsOf } from '../support/admin-fixture.ts'
import type { Json } from '../support/json.ts'
import { until } from '../support/until.ts'

/** While it is slow, commits wait to be released. */
const createSlowDisk = () => {
  const memory = createMemory()
  const held: (() => void)[] = []
  const slow = { is: false }
  const commit: typeof memory.commit = async (ops) => {
    if (slow.is) await new Promise<void>((resolve) => void held.push(resolve))
    return memory.commit(ops)
  }
  return { disk: { ...memory, commit }, held, slow }
}

const linesOf = async ({ call }: AdminFixture, query: string): Promise<readonly Json[]> =>
  itemsOf(await call('GET', `/api/v1/audit?${query}`)).toReversed()

test('acts on one device at the same time are noted with what each of them changed', async () => {
  const { disk, held, slow } = createSlowDisk()
  const fixture = await createAdminFixture({ disk })
  await fixture.call('PUT', '/api/v1/devices/lamp/l1', { tags: ['t0'] })
  slow.is = true
  const patch = (tag: string) => fixture.call('PATCH', '/api/v1/devices/lamp/l1', { tags: [tag] })
  const first = patch('t1')
  await until(() => held.length > 0)
  const second = patch('t2')
  // What was sent after it has been answered: it has arrived.
  for (let i = 0; i < 5; i++) await fixture.call('GET', '/api/v1/whoami')
  slow.is = false
  for (const release of held) release()
  await Promise.all([first, second])
  expect((await linesOf(fixture, 'act=patchDevice')).map(({ changes }) => changes)).toEqual([
    { tags: [['t0'], ['t1']] },
    { tags: [['t1'], ['t2']] },
  ])
})

test('of two changes at the same time that were both made of the same record, one is refused', async () => {
  const fixture = await createAdminFixture()
  const { headers } = await fixture.call('PUT', '/api/v1/devices/lamp/l1', { tags: ['t0'] })
  const etag = { 'if-match': headers.get('etag') ?? '' }
  const statuses = await Promise.all(
    ['a', 'b'].map(async (tag) => (await fixture.call('PATCH', '/api/v1/devices/lamp/l1', { tags: [tag] }, etag)).status),
  )
  expect(statuses.sort((a, b) => a - b)).toEqual([200, 412])
  expect(await linesOf(fixture, 'act=patchDevice')).toHaveLength(1)
})

test('a refused act does not keep the next one waiting', async () => {
  const fixture = await createAdminFixture()
  const acts = ['DELETE', 'PATCH', 'DELETE', 'PUT'].map((method) =>
    fixture.call(method, '/api/v1/devices/lamp/l1', method === 'DELETE' ? undefined : {}),
  )
  expect((await Promise.all(acts)).map(({ status }) => status)).toEqual([404, 404, 404, 201])
})

test('acts on one thing take turns, those on others do not wait', async () => {
  const turns = createSubjectTurns()
  const order: number[] = []
  const act = async (n: number): Promise<void> => {
    const end = await turns.take('device lamp/l1')
    order.push(n)
    await Promise.resolve()
    order.push(n)
    end()
  }
  await Promise.all([act(1), act(2), act(3), turns.take('device lamp/l2').then((end) => end())])
  expect(order).toEqual([1, 1, 2, 2, 3, 3])
  await act(4)
})

test('the same bytes, and the same key, are noted as a repetition that changed nothing', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=lamp&version=2')
  await fixture.upload('product=lamp&version=2')
  const key = { 'idempotency-key': 'k' }
  const create = () => fixture.call('POST', '/api/v1/campaigns', { firmware: '1', target: { continuous: true } }, key)
  const load = () => fixture.call('POST', '/api/v1/devices/import', 'product,name\nlamp,l1\n', { 'content-type': 'text/csv', ...key })
  for (const request of [create, create, load, load]) await request()
  const lines = await linesOf(fixture, '')
  expect(lines.map(({ act, detail }) => [act, detail?.['repeated'] ?? false])).toEqual([
    ['putFirmware', false],
    ['putFirmware', true],
    ['createCampaign', false],
    ['createCampaign', true],
    ['importDevices', false],
    ['importDevices', true],
  ])
  expect(lines[1]).toMatchObject({ subject: 'firmware 1', changes: {} })
  expect(lines[3]).toMatchObject({ subject: 'campaign 1', changes: {} })
})

test('a key of one caller says nothing to another one, and takes nothing from it', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=lamp&version=2')
  const [one, other] = [await clientWith(fixture, 'admin'), await clientWith(fixture, 'admin')]
  const key = { 'idempotency-key': '1' }
  const make = ({ call }: typeof one, name: string) =>
    call('POST', '/api/v1/campaigns', { firmware: '1', name, target: { continuous: true } }, key)
  expect((await make(one, 'a')).body).toMatchObject({ id: '1' })
  expect((await make(other, 'a')).body).toMatchObject({ id: '2' })
  expect((await make(other, 'a')).body).toMatchObject({ id: '2' })
  expect((await make(other, 'b')).status).toBe(422)
  const load = ({ call }: typeof one, name: string) =>
    call('POST', '/api/v1/devices/import', `product,name\nlamp,${name}\n`, { 'content-type': 'text/csv', ...key })
  expect((await load(one, 'l1')).body).toMatchObject({ created: 1 })
  expect((await load(other, 'l2')).body).toMatchObject({ created: 1 })
})
