import fc from 'fast-check'
import { expect, test } from 'vitest'
import { natural } from '../../src/admin/device-filter.ts'
import { findDevices } from '../../src/admin/device-search.ts'
import { newDevice } from '../../src/ota/rules/new-device.ts'
import { type AdminFixture, type Answer, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

const names = (answer: Answer): readonly string[] => itemsOf(answer).map((item) => `${textOf(item['product'])}/${textOf(item['name'])}`)
const list = (fixture: AdminFixture, query: string): Promise<Answer> => fixture.call('GET', `/api/v1/devices?${query}`)
const found = async (fixture: AdminFixture, query: string): Promise<readonly string[]> => names(await list(fixture, query))

const add = (fixture: AdminFixture, key: string, tags: readonly string[] = []) => fixture.call('PUT', `/api/v1/devices/${key}`, { tags })

const reported = async (fixture: AdminFixture, key: string, version: string, module?: string): Promise<void> => {
  const connection = await fixture.join(key)
  await fixture.report(connection, 'version.post', module === undefined ? { version } : { module, version })
}

test('a part of a name, a tag or an address finds a device, in upper or lower case', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'lamp/Board-7')
  await add(fixture, 'lamp/x1', ['Hall-BOARD'])
  await add(fixture, 'lamp/x2', ['hall'])
  await add(fixture, 'fan/灯7')
  await fixture.core.enrol('lamp', 'x3', null)
  fixture.core.connected({ device: 'lamp/x3', id: 1, address: '192.0.2.77' })
  expect(await found(fixture, 'q=bOard')).toEqual(['lamp/Board-7', 'lamp/x1'])
  expect(await found(fixture, 'q=2.77')).toEqual(['lamp/x3'])
  expect(await found(fixture, `q=${encodeURIComponent('灯')}`)).toEqual(['fan/灯7'])
  expect(await found(fixture, 'q=lamp')).toEqual([])
  expect(await found(fixture, `q=${encodeURIComponent('AMP/X2')}`)).toEqual(['lamp/x2'])
  expect(await found(fixture, `q=${encodeURIComponent('.*')}`)).toEqual([])
})

test('an address is that of the connection now, or of the last one', async () => {
  const fixture = await createAdminFixture()
  await fixture.core.enrol('pk', 'a', null)
  const first = { device: 'pk/a', id: 1, address: '192.0.2.1' }
  fixture.core.connected(first)
  fixture.core.disconnected(first)
  await fixture.settle()
  expect(await found(fixture, 'q=192.0.2.1')).toEqual(['pk/a'])
  fixture.core.connected({ device: 'pk/a', id: 2, address: '198.51.100.9' })
  expect(await found(fixture, 'q=192.0.2.1')).toEqual([])
  expect(await found(fixture, 'q=198.51')).toEqual(['pk/a'])
})

test('devices are found by module, version, and not being on a version', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'pk/silent')
  await reported(fixture, 'pk/old', '1.0')
  await reported(fixture, 'pk/new', '2.0')
  await reported(fixture, 'pk/mcu', '2.0', 'mcu')
  expect(await found(fixture, 'version=2.0')).toEqual(['pk/mcu', 'pk/new'])
  expect(await found(fixture, 'version=2.0&module=mcu')).toEqual(['pk/mcu'])
  expect(await found(fixture, 'module=mcu')).toEqual(['pk/mcu'])
  expect(await found(fixture, 'not=2.0')).toEqual(['pk/old'])
  expect(await found(fixture, 'not=1.0&module=default')).toEqual(['pk/new'])
})

test('devices are found by the state of their open task, and by being behind a campaign', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0')
  await reported(fixture, 'pk/a', '1.0')
  await reported(fixture, 'pk/b', '1.0')
  await reported(fixture, 'pk/c', '2.0')
  await reported(fixture, 'other/d', '1.0')
  await add(fixture, 'pk/silent')
  expect(await found(fixture, 'behind=any')).toEqual([])
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', target: { exclude: ['pk/b'] } })
  expect(await found(fixture, 'behind=1')).toEqual(['pk/a'])
  expect(await found(fixture, 'behind=any')).toEqual([])
  await fixture.call('POST', '/api/v1/campaigns/1/start')
  await fixture.settle()
  expect(await found(fixture, 'behind=any')).toEqual(['pk/a'])
  expect(await found(fixture, 'state=notified')).toEqual(['pk/a'])
  expect(await found(fixture, 'state=none&product=pk')).toEqual(['pk/b', 'pk/c'])
  const [a, b] = itemsOf(await list(fixture, 'product=pk'))
  expect(a?.['openTasks']).toEqual([{ task: '1', campaign: '1', module: 'default', version: '2.0', state: 'notified' }])
  expect(b?.['openTasks']).toEqual([])
})

test('devices whose newest update failed are found, until another one is open or has succeeded', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0')
  const connections = new Map<string, Awaited<ReturnType<AdminFixture['join']>>>()
  for (const name of ['a', 'b', 'c']) {
    const connection = await fixture.join(`pk/${name}`)
    connections.set(name, connection)
    await fixture.report(connection, 'version.post', { version: '1.0' })
  }
  const report = async (name: string, method: string, params: object): Promise<void> => {
    const connection = connections.get(name)
    if (connection !== undefined) await fixture.report(connection, method, params)
    await fixture.settle()
  }
  expect(await found(fixture, 'failed=true')).toEqual([])
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', abort: [], start: true })
  await fixture.settle()
  await report('a', 'upgrade.post', { task_id: '1', step: -2 })
  await report('b', 'upgrade.post', { task_id: '2', step: -5, desc: 'battery low' })
  expect(await found(fixture, 'failed=true')).toEqual(['pk/a', 'pk/b'])
  expect((await fixture.call('GET', '/api/v1/devices/pk/b')).body['failed']).toEqual([
    {
      task: '2',
      campaign: '1',
      module: 'default',
      version: '2.0',
      state: 'rejected',
      reason: null,
      desc: 'battery low',
      endedAt: '2026-01-02T03:04:05.000Z',
    },
  ])
  const csv = (await fixture.call('GET', '/api/v1/devices?failed=true&format=csv')).text.split('\r\n')
  expect(csv[0]).toContain(',failedCampaign,failedTask,failedVersion,failedReason,failedDesc,failedAt')
  expect(csv[2]).toContain(',1,2,2.0,rejected,battery low,2026-01-02T03:04:05.000Z')
  expect(await found(fixture, 'failed=true&module=mcu')).toEqual([])
  expect(await found(fixture, 'failed=false')).toEqual(['pk/c'])
  await fixture.call('POST', '/api/v1/campaigns/1/retry', { devices: ['pk/a'] })
  await fixture.settle()
  expect(await found(fixture, 'failed=true')).toEqual(['pk/b'])
  await report('a', 'version.post', { version: '2.0' })
  await report('b', 'version.post', { version: '2.0' })
  expect(await found(fixture, 'failed=true')).toEqual([])
  expect(fixture.store.reads.device('pk/a')?.failed).toEqual([])
  expect((await fixture.call('GET', '/api/v1/devices?failed=often')).status).toBe(400)
})

test('the sub-devices of a gateway are found', async () => {
  const fixture = await createAdminFixture()
  for (const key of ['pk/gw', 'pk/other', 'pk/a', 'pk/b']) await add(fixture, key)
  await fixture.call('PATCH', '/api/v1/devices/pk/a', { gateway: 'pk/gw' })
  await fixture.call('PATCH', '/api/v1/devices/pk/b', { gateway: 'pk/other' })
  expect(await found(fixture, `gateway=${encodeURIComponent('pk/gw')}`)).toEqual(['pk/a'])
  expect(await found(fixture, `gateway=${encodeURIComponent('pk/none')}`)).toEqual([])
  expect((await list(fixture, 'gateway=gw')).status).toBe(400)
})

test('a list says how many match and how many are known', async () => {
  const fixture = await createAdminFixture()
  for (const name of ['a1', 'a2', 'a3', 'b1']) await add(fixture, `pk/${name}`)
  expect((await list(fixture, 'q=a&limit=2')).body).toMatchObject({ count: 3, total: 4 })
  expect((await list(fixture, 'q=nothing')).body).toEqual({ items: [], next: null, count: 0, total: 4 })
})

const walked = async (fixture: AdminFixture, query: string): Promise<readonly string[]> => {
  const all: string[] = []
  for (let after = ''; ; ) {
    const page = await list(fixture, `${query}&limit=2${after}`)
    all.push(...names(page))
    if (page.body['next'] === null) return all
    after = `&after=${textOf(page.body['next'])}`
  }
}

test('pages in any order hold each device once', async () => {
  const fixture = await createAdminFixture()
  for (const [key, version] of [
    ['b/2', '1.9'],
    ['a/2', '1.10'],
    ['a/1', '1.9'],
    ['c/9', '0.1'],
  ] as const) {
    fixture.pass(1000)
    await reported(fixture, key, version)
  }
  await add(fixture, 'a/0')
  expect(await walked(fixture, 'sort=name')).toEqual(['a/0', 'a/1', 'a/2', 'b/2', 'c/9'])
  expect(await walked(fixture, 'sort=-name')).toEqual(['c/9', 'a/2', 'b/2', 'a/1', 'a/0'])
  expect(await walked(fixture, 'sort=version')).toEqual(['a/0', 'c/9', 'a/1', 'b/2', 'a/2'])
  expect(await walked(fixture, 'sort=-version')).toEqual(['a/2', 'a/1', 'b/2', 'c/9', 'a/0'])
  expect(await walked(fixture, 'sort=lastSeen')).toEqual(['a/0', 'b/2', 'a/2', 'a/1', 'c/9'])
  expect(await walked(fixture, 'sort=-lastSeen')).toEqual(['c/9', 'a/1', 'a/2', 'b/2', 'a/0'])
})

test('a page continues at its place although rows before and after it have changed', async () => {
  const fixture = await createAdminFixture()
  for (const name of ['b', 'c', 'd', 'e']) await add(fixture, `pk/${name}`)
  const first = await list(fixture, 'sort=name&limit=2')
  await add(fixture, 'pk/a')
  await fixture.call('DELETE', '/api/v1/devices/pk/c')
  expect(await found(fixture, `sort=name&limit=2&after=${textOf(first.body['next'])}`)).toEqual(['pk/d', 'pk/e'])
})

test('what cannot be searched for is refused with its field', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'pk/a')
  await add(fixture, 'pk/b')
  const cursor = textOf((await list(fixture, 'sort=name&limit=1')).body['next'])
  for (const [query, path] of [
    ['q=', 'q'],
    ['sort=address', 'sort'],
    ['state=failed', 'state'],
    ['behind=x', 'behind'],
    [`sort=-name&after=${cursor}`, 'after'],
    ['sort=name&after=bm9uc2Vuc2U', 'after'],
  ]) {
    const answer = await list(fixture, query ?? '')
    expect([query, answer.status, Object.values(answer.body['faults'] ?? {})[0]?.['path']]).toEqual([query, 400, path])
  }
  expect(await list(fixture, 'behind=9')).toMatchObject({ status: 404, body: { code: 'OTA_CAMPAIGN_UNKNOWN' } })
})

test('versions sort as people count', () => {
  fc.assert(
    fc.property(fc.nat(99_999), fc.nat(99_999), (one, other) => {
      expect(natural(`v1.${one}.0`) < natural(`v1.${other}.0`)).toBe(one < other)
    }),
  )
})

test('a search of a large fleet lets other work in between', async () => {
  const { core } = await createAdminFixture()
  const all = Array.from({ length: 200_000 }, (_, n) => newDevice(`pk/device-${n}`, 0))
  const reads = { ...core.operators.reads, devices: () => all }
  const fleet = { ...core.operators.fleet, known: () => all.length }
  const byKey = new Map(all.map((device) => [device.key, device]))
  const operators = { ...core.operators, reads: { ...reads, device: (key: string) => byKey.get(key) }, fleet }
  let turns = 0
  const count = (): void => {
    turns += 1
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  const { total, items } = await findDevices(operators, { product: 'pk', sort: '-name', limit: 2 })
  clearImmediate(next)
  expect([total, items.map(({ name }) => name)]).toEqual([200_000, ['device-99999', 'device-99998']])
  expect(turns).toBeGreaterThan(1)
})
