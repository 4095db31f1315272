import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

const list = (fixture: AdminFixture, query: string) => fixture.call('GET', `/api/v1/firmware?${query}`)
const ids = async (fixture: AdminFixture, query: string): Promise<string> =>
  itemsOf(await list(fixture, query))
    .map(({ id }) => textOf(id))
    .join(' ')

const stocked = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=lamp&version=1.0&description=Night%20light')
  await fixture.upload('product=lamp&version=1.1&module=mcu', 'mcu')
  await fixture.upload('product=pump&version=1.0', 'pump')
  return fixture
}

test('packages are found by a part of what they are called, of their description or of their SHA-256', async () => {
  const fixture = await stocked()
  expect(await ids(fixture, 'q=LAMP')).toBe('1 2')
  expect(await ids(fixture, 'q=night')).toBe('1')
  expect(await ids(fixture, 'q=mcu')).toBe('2')
  expect(await ids(fixture, `q=${textOf(itemsOf(await list(fixture, ''))[2]?.['sha256']).slice(0, 12)}`)).toBe('3')
  expect(await ids(fixture, `q=${encodeURIComponent('.*')}`)).toBe('')
})

test('packages are found by product, module and version, and counted on all pages', async () => {
  const fixture = await stocked()
  expect(await ids(fixture, 'product=lamp&module=mcu')).toBe('2')
  expect(await ids(fixture, 'version=1.0')).toBe('1 3')
  expect((await list(fixture, 'product=lamp&limit=1')).body).toMatchObject({ next: '1', count: 2, total: 3 })
})

test('the newest come first, page by page', async () => {
  const fixture = await stocked()
  expect((await list(fixture, 'sort=-id&limit=2')).body).toMatchObject({ items: [{ id: '3' }, { id: '2' }], next: '2' })
  expect((await list(fixture, 'sort=-id&limit=2&after=2')).body).toMatchObject({ items: [{ id: '1' }], next: null })
})

test('a package shows how many devices run it, and the newest campaigns for it', async () => {
  const fixture = await stocked()
  for (const name of ['a', 'b']) await fixture.report(await fixture.join(`lamp/${name}`), 'version.post', { version: '1.0' })
  await fixture.report(await fixture.join('lamp/c'), 'version.post', { version: '1.1', module: 'mcu' })
  for (let n = 1; n <= 11; n++) await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', name: `number ${n}` })
  const [first, second, third] = itemsOf(await list(fixture, ''))
  const newest = Array.from({ length: 10 }, (_, at) => ({ campaign: `${11 - at}`, name: `number ${11 - at}`, status: 'draft' }))
  expect(first?.['usage']).toEqual({ devices: 2, campaigns: newest, otherCampaigns: 1 })
  expect(second?.['usage']).toEqual({ devices: 1, campaigns: [], otherCampaigns: 0 })
  expect(third?.['usage']).toEqual({ devices: 0, campaigns: [], otherCampaigns: 0 })
})

test('the overview says how many packages there are, and which is the newest', async () => {
  const fixture = await createAdminFixture()
  const packages = async () => (await fixture.call('GET', '/api/v1/overview')).body['packages']
  expect(await packages()).toEqual({ known: 0, newest: null })
  await fixture.upload('product=lamp&version=1.0')
  await fixture.upload('product=lamp&version=1.1')
  expect(await packages()).toEqual({ known: 2, newest: '2' })
  await fixture.call('DELETE', '/api/v1/firmware/2')
  expect(await packages()).toEqual({ known: 1, newest: '1' })
})
