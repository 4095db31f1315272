// The same request sent again makes nothing twice.

import { expect, test } from 'vitest'
import { createRepeats } from '../../src/admin/repeats.ts'
import { createMemory } from '../../src/store/memory.ts'
import { type AdminFixture, type Answer, createAdminFixture, itemsOf } from '../support/admin-fixture.ts'

const campaigns = '/api/v1/campaigns'
const key = { 'idempotency-key': 'key-1' }
const count = async (fixture: AdminFixture): Promise<number> => itemsOf(await fixture.call('GET', campaigns)).length
const make = (fixture: AdminFixture, body: object = {}, headers: Readonly<Record<string, string>> = key): Promise<Answer> =>
  fixture.call('POST', campaigns, { firmware: '1', name: 'n', ...body }, headers)

test('a campaign is made once, also by requests at the same time', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0')
  await fixture.call('PUT', '/api/v1/devices/pk/a', {})
  const all = await Promise.all([1, 2, 3].map(() => make(fixture, { start: true })))
  expect(all.map(({ status, body }) => [status, body['id']])).toEqual(Array.from({ length: 3 }, () => [201, '1']))
  expect(await make(fixture, { start: true })).toMatchObject({ status: 201, body: { id: '1' } })
  expect(await count(fixture)).toBe(1)
  expect((await make(fixture, {}, { 'idempotency-key': 'key-2' })).body['id']).toBe('2')
  expect((await make(fixture, {}, {})).body['id']).toBe('3')
})

test('another body under the key is refused', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0')
  await make(fixture)
  expect(await make(fixture, { name: 'other' })).toMatchObject({ status: 422, body: { code: 'OTA_KEY_REUSED' } })
  for (const bad of ['a b', 'x'.repeat(256), '']) {
    const refused = await make(fixture, {}, { 'idempotency-key': bad })
    expect([refused.status, Object.values(refused.body['faults'] ?? {})[0]?.['path']]).toEqual([400, 'idempotency-key'])
  }
})

test('the key is on disk with the campaign, so a stop before the answer makes no second one', async () => {
  const memory = createMemory()
  const fixture = await createAdminFixture({ disk: memory })
  await fixture.upload('product=pk&version=2.0')
  await make(fixture)
  const next = await createAdminFixture({ disk: memory })
  expect(await make(next)).toMatchObject({ status: 201, body: { id: '1' } })
  expect(await make(next, { name: 'other' })).toMatchObject({ status: 422 })
  expect(await count(next)).toBe(1)
})

test('a day later the key is free, and what failed can be tried again', async () => {
  const fixture = await createAdminFixture()
  expect((await make(fixture)).status).toBe(404)
  await fixture.upload('product=pk&version=2.0')
  expect((await make(fixture)).body['id']).toBe('1')
  fixture.pass(86_400_000 - 1)
  expect((await make(fixture)).body['id']).toBe('1')
  fixture.pass(1)
  expect((await make(fixture, { name: 'other' })).body['id']).toBe('2')
})

test('a dry run does not use the key', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0')
  await fixture.call('PUT', '/api/v1/devices/pk/a', {})
  expect((await fixture.call('POST', `${campaigns}?dryRun=true`, { firmware: '1' }, key)).status).toBe(200)
  expect((await make(fixture)).status).toBe(201)
})

test('behind many other keys another body is still refused, and the same one is done again', async () => {
  let time = 0
  const repeats = createRepeats<number>(() => time, true)
  const first = { key: 'k', digest: 'a' }
  await repeats.run(first, async () => 1)
  for (let count = 0; count < 1100; count++) await repeats.run({ key: `k${count}`, digest: 'a' }, async () => count)
  expect(() => repeats.of({ ...first, digest: 'b' })).toThrowError(expect.objectContaining({ code: 'OTA_KEY_REUSED' }))
  expect(repeats.of(first)).toBeUndefined()
  expect(await repeats.run(first, async () => 2)).toBe(2)
  expect(await repeats.of(first)).toBe(2)
  time = 86_400_000
  expect(repeats.of({ ...first, digest: 'b' })).toBeUndefined()
})

test('an import is answered as the first time', async () => {
  const fixture = await createAdminFixture()
  const send = (text: string): Promise<Answer> =>
    fixture.call('POST', '/api/v1/devices/import', text, { 'content-type': 'text/csv', ...key })
  expect((await send('product,name\npk,\n')).status).toBe(400)
  const first = await send('product,name\npk,a\n')
  expect(first.body).toEqual({ created: 1, updated: 0, unchanged: 0 })
  expect((await send('product,name\npk,a\n')).body).toEqual(first.body)
  expect(await send('product,name\npk,b\n')).toMatchObject({ status: 422, body: { code: 'OTA_KEY_REUSED' } })
  fixture.pass(86_400_000)
  expect((await send('product,name\npk,a\n')).body).toEqual({ created: 0, updated: 0, unchanged: 1 })
})
