// Lists as CSV: all that match, for spreadsheets and scripts, and back into an import.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDevices } from '../../src/admin/csv.ts'
import { records } from '../../src/admin/csv-records.ts'
import { cellText, columnLetters, guarded, unguarded } from '../../src/admin/csv-text.ts'
import { createTurns } from '../../src/admin/turns.ts'
import { clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, token } from '../support/admin-fixture.ts'
import { full } from '../support/full.ts'

type Row = Readonly<Record<string, string>>

/** The rows by the names of their columns. */
const rowsOf = async (text: string): Promise<readonly Row[]> => {
  const all: (readonly string[])[] = []
  const pieces = [{ text, isLast: true, isBroken: false }]
  for await (const { fields } of records(pieces, () => true, createTurns(1000))) all.push(fields)
  const [names = [], ...rows] = all
  return rows.map((fields) => Object.fromEntries(names.map((name, at) => [name, fields[at] ?? ''])))
}

const importList = (fixture: AdminFixture, text: string) =>
  fixture.call('POST', '/api/v1/devices/import', text, { 'content-type': 'text/csv' })

test('devices are there as CSV, by format= or by Accept, under a name with the time', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', '/api/v1/devices/pk/gw', {})
  await fixture.call('PUT', '/api/v1/devices/pk/a%2C%22b%22', { gateway: 'pk/gw', tags: ['x', '二'] })
  const device = await fixture.join('pk/c')
  await fixture.report(device, 'version.post', { version: '1.0', module: 'mcu' })
  const answer = await fixture.call('GET', '/api/v1/devices?format=csv')
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="fogbell-devices-20260102T030405Z.csv"')
  expect(answer.text.split('\r\n')).toEqual([
    'product,name,gateway,tags,pinned,online,lastSeen,address,version,modules,credential,contended,disputed,connection,createdAt,failedCampaign,failedTask,failedVersion,failedReason,failedDesc,failedAt',
    'pk,"a,""b""",pk/gw,"x;二",true,false,,,,,none,false,,,2026-01-02T03:04:05.000Z,,,,,,',
    'pk,c,,,false,true,2026-01-02T03:04:05.000Z,,1.0,mcu=1.0,none,false,,,2026-01-02T03:04:05.000Z,,,,,,',
    'pk,gw,,,false,false,,,,,none,false,,,2026-01-02T03:04:05.000Z,,,,,,',
    '',
  ])
  const types = async (accept: string, query = '') =>
    (await fixture.call('GET', `/api/v1/devices${query}`, undefined, { accept })).headers.get('content-type')?.split(';')[0]
  for (const accept of ['text/csv', 'text/csv, */*;q=0.1', 'application/json;q=0.5, text/csv;q=0.9'])
    expect(await types(accept)).toBe('text/csv')
  for (const accept of ['*/*', 'text/csv, application/json', 'text/html, */*', 'text/csv;q=0'])
    expect(await types(accept)).toBe('application/json')
  expect(await types('text/csv', '?format=json')).toBe('application/json')
})

test('CSV has all that match and no pages: what only the other format has is refused', async () => {
  const fixture = await createAdminFixture()
  const names = Array.from({ length: 1201 }, (_, at) => `d${String(at).padStart(4, '0')}`)
  await importList(fixture, `product,name,tags\n${names.map((name, at) => `pk,${name},t${at % 2}`).join('\n')}`)
  const read = async (query: string) =>
    (await rowsOf((await fixture.call('GET', `/api/v1/devices?format=csv&${query}`)).text)).map(({ name }) => name)
  expect(await read('')).toEqual(names)
  expect(await read('sort=-name')).toEqual(names.toReversed())
  expect(await read('tag=t1&q=d12')).toEqual([])
  expect(await read('tag=t1&q=d011')).toEqual(['d0111', 'd0113', 'd0115', 'd0117', 'd0119'])
  for (const query of ['format=csv&limit=5', 'format=csv&after=x', 'bom=true', 'format=xml'])
    expect(await fixture.call('GET', `/api/v1/devices?${query}`)).toMatchObject({ status: 400, body: { code: 'OTA_BAD_REQUEST' } })
})

test('a byte order mark is there only where it is asked for', async () => {
  const fixture = await createAdminFixture()
  const start = async (query: string) => {
    const answer = await fetch(`${fixture.admin.url}/api/v1/campaigns?format=csv${query}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return Buffer.from(await answer.arrayBuffer())
      .toString('hex')
      .slice(0, 6)
  }
  expect([await start(''), await start('&bom=true'), await start('&bom=false')]).toEqual(['69642c', 'efbbbf', '69642c'])
})

test('campaigns as CSV are those of the status that is asked for, in the order that is asked for', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2', 'abc')
  await fixture.report(await fixture.join('pk/a'), 'version.post', { version: '1' })
  for (const start of [false, true, false]) await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start })
  const ids = async (query: string) =>
    (await rowsOf((await fixture.call('GET', `/api/v1/campaigns?format=csv${query}`)).text)).map(({ id }) => id)
  expect(await ids('')).toEqual(['1', '2', '3'])
  expect(await ids('&sort=-id')).toEqual(['3', '2', '1'])
  expect(await ids('&status=draft&sort=-id')).toEqual(['3', '1'])
})

test('tasks and campaigns are there as CSV, with times in UTC and texts that are no formulas', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=%3D2', 'abc')
  const a = await fixture.join('pk/a')
  await fixture.report(a, 'version.post', { version: '-1' })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true, name: '@home, "x"' })
  await fixture.settle()
  await fixture.report(a, 'upgrade.post', { step: -3, task_id: '1', desc: '=cmd|x' })
  await fixture.call('POST', '/api/v1/campaigns/1/retry')
  await fixture.settle()
  const tasks = async (query: string) => rowsOf((await fixture.call('GET', `/api/v1/tasks?format=csv${query}`)).text)
  const all = await tasks('&attempts=all')
  expect(all).toMatchObject([
    { id: '1', campaign: '1', device: 'pk/a', from: "'-1", to: "'=2", state: 'failed', code: '-3', desc: "'=cmd|x", attempt: '1' },
    { id: '2', state: 'notified', desc: '', attempt: '2', notifiedAt: '2026-01-02T03:04:05.000Z', endedAt: '' },
  ])
  expect((await tasks('')).map(({ id }) => id)).toEqual(['2'])
  expect((await tasks('&state=failed&attempts=all')).map(({ id }) => id)).toEqual(['1'])
  expect(await fixture.call('GET', '/api/v1/tasks?format=csv&campaign=9')).toMatchObject({
    status: 404,
    body: { code: 'OTA_CAMPAIGN_UNKNOWN' },
  })
  const task = (await fixture.call('GET', '/api/v1/tasks/1')).body
  for (const [name, value] of Object.entries(all[0] ?? {}))
    expect([name, unguarded(value)]).toEqual([name, task[name] === null ? '' : `${task[name] as unknown as string}`])
  const campaigns = await fixture.call('GET', '/api/v1/campaigns', undefined, { accept: 'text/csv' })
  expect(await rowsOf(campaigns.text)).toMatchObject([
    {
      id: '1',
      name: `'@home, "x"`,
      status: 'running',
      version: "'=2",
      phases: '0',
      notified: '1',
      failed: '0',
      createdAt: '2026-01-02T03:04:05.000Z',
    },
  ])
})

test('the rights are those of JSON', async () => {
  const fixture = await createAdminFixture()
  for (const list of ['devices', 'tasks', 'campaigns']) {
    expect(await (await clientWith(fixture, 'viewer')).call('GET', `/api/v1/${list}?format=csv`)).toMatchObject({ status: 200 })
    expect(await (await clientWith(fixture, 'station')).call('GET', `/api/v1/${list}?format=csv`)).toMatchObject({ status: 403 })
    expect(await fixture.ask('GET', `/api/v1/${list}?format=csv`)).toMatchObject({ status: 401 })
  }
})

test('HEAD gives the headers and does no work', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', '/api/v1/devices/pk/a', {})
  const answer = await fixture.call('HEAD', '/api/v1/devices?format=csv')
  expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([200, 'text/csv; charset=utf-8', ''])
})

// ---------------------------------------------------------------- and back

test('an exported list can be imported: nothing changes, nothing is pinned, and an edited cell changes its device', async () => {
  const fixture = await createAdminFixture()
  const { device } = await fixture.deps.operators.devices.put('pk', 'sub', {})
  await fixture.call('PUT', '/api/v1/devices/pk/hub', {})
  await fixture.call('PUT', '/api/v1/devices/pk/-a', { gateway: 'pk/hub', tags: ['=x', '-y'] })
  await fixture.call('PUT', "/api/v1/devices/pk/'@b", { tags: ["'=z"] })
  // As a gateway's claim leaves it.
  await fixture.store.writes.commit([{ put: 'device', value: { ...device, gateway: 'pk/hub', claim: { by: 'gateway', bound: null } } }])
  const exported = (await fixture.call('GET', '/api/v1/devices?format=csv&bom=true')).text
  expect(exported).toContain(`pk,'-a,pk/hub,"'-y;'=x",true,`)
  expect(exported).toContain('pk,sub,pk/hub,,false,')
  expect((await importList(fixture, exported)).body).toEqual({ created: 0, updated: 0, unchanged: 4 })
  const edited = exported.replace("''=z", 'new')
  expect((await importList(fixture, edited)).body).toEqual({ created: 0, updated: 1, unchanged: 3 })
  expect((await fixture.call('GET', "/api/v1/devices/pk/'@b")).body).toMatchObject({ tags: ['new'] })
  const other = await createAdminFixture()
  expect((await importList(other, exported)).body).toEqual({ created: 4, updated: 0, unchanged: 0 })
  expect((await other.call('GET', '/api/v1/devices/pk/-a')).body).toMatchObject({ gateway: 'pk/hub', tags: ['-y', '=x'] })
  // Where nobody knows better, the list counts.
  expect((await other.call('GET', '/api/v1/devices/pk/sub')).body).toMatchObject({ gateway: 'pk/hub' })
})

test('a gateway that an exported list shows, and that nobody pinned, stays as it is; another one is pinned', async () => {
  const known = { gatewayOf: (key: string) => (key === 'pk/a' ? 'pk/gw' : null), isGateway: () => false }
  const parse = (cells: string) => parseDevices(Buffer.from(`product,name,gateway,pinned\n${cells}\n`), known)
  expect(await parse('pk,a,pk/gw,FALSE')).toEqual([{ row: 2, product: 'pk', name: 'a' }])
  expect(await parse('pk,a,pk/gw,true')).toMatchObject([{ gateway: 'pk/gw' }])
  expect(await parse('pk,a,pk/other,false')).toMatchObject([{ gateway: 'pk/other' }])
  expect(await parse('pk,a,pk/gw,')).toMatchObject([{ gateway: 'pk/gw' }])
})

const character = fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', "'", ';', ',', ' ', '"', 'a', 'é', '二')

test('no cell begins as a formula, whatever separator a spreadsheet expects, and unguarded is what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
      const cell = guarded(text)
      expect(unguarded(cell)).toBe(text)
      expect(cell).not.toMatch(/^[=+\-@\t\r\n]/)
      for (const part of cell.split(/[;\t\r\n]/)) expect(part).not.toMatch(/^"*[=+\-@]/)
    }),
    { numRuns: full(5000, 500) },
  )
})

test('any devices that are exported and imported are the same, also by way of a spreadsheet with another separator', async () => {
  const word = fc.stringMatching(/^[=@'";,\w.二-]{1,10}$/).filter((text) => !/^\.+$|E-\d/i.test(text))
  const tag = word.map((text) => text.replace(/[;,]/g, '.'))
  const device = fc.record({ name: word, tags: fc.uniqueArray(tag, { maxLength: 4 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(device, { selector: ({ name }) => name }),
      fc.constantFrom(',', ';', '\t'),
      async (devices, separator) => {
        const lines = devices.map(({ name, tags }) => ['pk', guarded(name), guarded(tags.join(';'))].map(cellText).join(separator))
        const read = await parseDevices(Buffer.from(['product,name,tags'.replaceAll(',', separator), ...lines].join('\r\n')), {
          gatewayOf: () => null,
          isGateway: () => false,
        })
        expect(read.map(({ name, tags = [] }) => ({ name, tags }))).toEqual(devices)
      },
    ),
    { numRuns: full(500, 60) },
  )
})

test('columns are called as spreadsheets call them', () => {
  expect([0, 4, 25, 26, 51, 52, 701, 702].map(columnLetters)).toEqual(['A', 'E', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA'])
})
