// Procedures and test stations by the API: what is passed on, what is refused, what the audit has of it.

import { expect, test } from 'vitest'
import { clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

const api = '/api/v1'
const key = { 'idempotency-key': 'one' }

const withStation = async (): Promise<AdminFixture> => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', `${api}/procedures/lamp-fct`, { product: 'lamp', process: 'FCT' })
  await fixture.call('PUT', `${api}/stations/fct-1`, { slots: 2, procedure: 'lamp-fct' })
  return fixture
}

const actsIn = async ({ call }: AdminFixture): Promise<readonly string[]> =>
  itemsOf(await call('GET', `${api}/audit`))
    .map(({ act, subject }) => `${textOf(act)} ${textOf(subject)}`)
    .toReversed()

test('a changed procedure is the next revision, and is used once it is released', async () => {
  const { call, stations } = await createAdminFixture()
  const input = { product: 'lamp', process: 'FCT', firmware: [{ module: 'default', firmware: '7' }] }
  const first = await call('PUT', `${api}/procedures/lamp-fct`, input)
  expect([first.status, first.body['rev'], first.body['releasedAt']]).toEqual([201, 1, null])
  expect((await call('PUT', `${api}/procedures/lamp-fct`, input)).body['rev']).toBe(2)
  expect(stations.asked[0]).toBe(
    '["putProcedure","lamp-fct",{"product":"lamp","process":"FCT","firmware":[{"module":"default","firmware":7}]},"admin.token"]',
  )
  const released = await call('POST', `${api}/procedures/lamp-fct/release`, { rev: 1 })
  expect([released.status, released.body['rev'], released.body['releasedBy']]).toEqual([200, 1, 'admin.token'])
  const shown = await call('GET', `${api}/procedures/lamp-fct?rev=1`)
  expect(shown.body).toMatchObject({
    rev: 1,
    serial: { pattern: null },
    firmware: [{ firmware: '7', version: '1.1.0' }],
    revisions: [
      { rev: 1, released: true },
      { rev: 2, released: false },
    ],
  })
  expect(itemsOf(await call('GET', `${api}/procedures`)).map(({ rev }) => rev)).toEqual([2])
  expect((await call('GET', `${api}/procedures/other`)).body['code']).toBe('OTA_PROCEDURE_UNKNOWN')
})

test('a station is added, replaced, shown with all that its screen needs, and removed with its tokens', async () => {
  const fixture = await withStation()
  const { call } = fixture
  expect((await call('PUT', `${api}/stations/fct-1`, { slots: 4, procedure: 'lamp-fct', operator: 'scan' })).status).toBe(200)
  await call('POST', `${api}/stations/fct-1/scan`, { text: 'SN-1', slot: 2 })
  const { body } = await call('GET', `${api}/stations/fct-1`)
  expect(body).toMatchObject({
    slots: 4,
    operator: 'scan',
    rev: 1,
    process: 'FCT',
    operatorName: 'mei',
    shift: { fpy: null, units: 0 },
    reference: { wanted: ['golden'], dueAt: null },
    backlog: { count: 2 },
    now: '2026-01-02T03:04:05.000Z',
  })
  expect(body['slotViews']?.[1]).toMatchObject({ slot: 2, isSaving: false, progress: { bytes: 1, size: 2 }, run: { serial: 'SN-1' } })
  const { body: made } = await call('POST', `${api}/stations/fct-1/token`)
  const headers = { authorization: `Bearer ${textOf(made['token'])}` }
  expect((await call('GET', `${api}/stations/fct-1`, undefined, headers)).status).toBe(200)
  expect((await call('DELETE', `${api}/stations/fct-1`)).status).toBe(204)
  expect((await call('GET', `${api}/whoami`, undefined, headers)).status).toBe(401)
  expect((await call('GET', `${api}/stations/fct-1`)).body['code']).toBe('OTA_STATION_UNKNOWN')
  expect(itemsOf(await call('GET', `${api}/stations`))).toEqual([])
})

test('a token of a station has a name, a link to its screen, and reaches it', async () => {
  const { call } = await withStation()
  const first = await call('POST', `${api}/stations/fct-1/token`)
  const token = textOf(first.body['token'])
  expect([first.status, first.body['name'], first.body['link']]).toEqual([201, 'station-fct-1', `/station/fct-1#token=${token}`])
  expect((await call('POST', `${api}/stations/fct-1/token`)).body['name']).toBe('station-fct-1-2')
  expect((await call('POST', `${api}/stations/fct-1/token`, { name: 'left' })).body['name']).toBe('left')
  const who = await call('GET', `${api}/whoami`, undefined, { authorization: `Bearer ${token}` })
  expect(who.body).toMatchObject({ role: 'station', station: 'fct-1' })
  expect((await call('POST', `${api}/stations/none/token`)).body['code']).toBe('OTA_STATION_UNKNOWN')
  expect((await call('POST', `${api}/stations/fct-1/token`, { name: 'a b' })).status).toBe(400)
})

test('a token that was asked for twice with one key is made once', async () => {
  const { call } = await withStation()
  const [one, other] = [
    await call('POST', `${api}/stations/fct-1/token`, {}, key),
    await call('POST', `${api}/stations/fct-1/token`, {}, key),
  ]
  expect(other.body).toEqual(one.body)
  expect(itemsOf(await call('GET', `${api}/tokens`))).toHaveLength(1)
})

test('a scan answers 201 with the run, 200 for a command or a double, and 409 with the reason', async () => {
  const { call, stations } = await withStation()
  const path = `${api}/stations/fct-1/scan`
  const begun = await call('POST', path, { text: 'SN-1', slot: 1, reason: 'repaired' })
  expect([begun.status, begun.body['id'], begun.body['state']]).toEqual([201, '1', 'waiting'])
  expect(stations.asked.at(-1)).toBe('["scan","fct-1",{"text":"SN-1","slot":1,"reason":"repaired"}]')
  const double = await call('POST', path, { text: 'SN-1' })
  expect([double.status, double.body]).toMatchObject([200, { kind: 'ignored', text: null, run: { id: '1' } }])
  const zh = { 'accept-language': 'zh' }
  const command = await call('POST', path, { text: 'FB:OP:mei' }, zh)
  expect([command.status, command.body]).toMatchObject([200, { kind: 'command', code: 'station_operator', run: null }])
  expect(command.body['text']).toMatch(/[\u4e00-\u9fff]/)
  const refused = await call('POST', path, { text: '!' }, zh)
  expect([refused.status, refused.body]).toMatchObject([409, { code: 'OTA_SCAN_REFUSED', reason: 'BAD_CODE', detailCode: 'scan_bad_code' }])
  expect(refused.body['detail']).toMatch(/[\u4e00-\u9fff]/)
  expect((await call('POST', `${api}/stations/none/scan`, { text: 'SN-1' })).status).toBe(404)
})

test('a scan that is sent again with its key is made once, and answered with the run as it is now', async () => {
  const { call, stations } = await withStation()
  const path = `${api}/stations/fct-1/scan`
  const [one, other] = await Promise.all([call('POST', path, { text: 'SN-1' }, key), call('POST', path, { text: 'SN-1' }, key)])
  expect([one.status, other.status, other.body['id']]).toEqual([201, 201, one.body['id']])
  expect(stations.asked.filter((asked) => asked.startsWith('["scan"'))).toEqual([
    '["scan","fct-1",{"text":"SN-1","key":"file admin.token one"}]',
  ])
  stations.move(1, { state: 'testing' })
  expect((await call('POST', path, { text: 'SN-1' }, key)).body['state']).toBe('testing')
  expect((await call('POST', path, { text: 'SN-2' }, key)).body['code']).toBe('OTA_KEY_REUSED')
  expect((await call('POST', `${api}/stations/fct-1/scan`, { text: '!' }, { 'idempotency-key': 'two' })).status).toBe(409)
  expect((await call('POST', `${api}/stations/fct-1/scan`, { text: '!' }, { 'idempotency-key': 'two' })).status).toBe(409)
})

test('hostile input is refused before a station sees it', async () => {
  const { call, stations } = await withStation()
  const before = stations.asked.length
  const scan = `${api}/stations/fct-1/scan`
  const refused = [
    await call('POST', scan, {}),
    await call('POST', scan, { text: 1 }),
    await call('POST', scan, { text: 'SN-1', slot: 17 }),
    await call('POST', scan, { text: 'SN-1', slot: '1' }),
    await call('POST', scan, { text: 'SN-1', station: 'fct-2' }),
    await call('POST', scan, ['SN-1']),
    await call('PUT', `${api}/stations/fct-2`, { slots: 1 }),
    await call('PUT', `${api}/stations/fct-2`, { procedure: 'lamp-fct', slots: 1.5 }),
    await call('PUT', `${api}/procedures/p`, { product: 'lamp' }),
    await call('PUT', `${api}/procedures/p`, { product: 'lamp', process: 'a\nb' }),
    await call('PUT', `${api}/procedures/p`, { product: 'lamp', process: 'FCT', firmware: [{ module: 'default', firmware: -1 }] }),
    await call('PUT', `${api}/procedures/p`, { product: 'lamp', process: 'FCT', serial: { pattern: 'x'.repeat(1001) } }),
    await call('GET', `${api}/procedures/lamp-fct?rev=0`),
    await call('POST', `${api}/stations/fct-1/unblock`, {}),
  ]
  expect(refused.map(({ status, body }) => [status, body['code']])).toEqual(refused.map(() => [400, 'OTA_BAD_REQUEST']))
  expect(stations.asked).toHaveLength(before)
})

test('the audit has procedures, stations, tokens and units, and no work of stations', async () => {
  const fixture = await withStation()
  const { call } = fixture
  const station = await clientWith(fixture, 'station')
  await call('PUT', `${api}/stations/S1`, { procedure: 'lamp-fct' })
  await call('POST', `${api}/procedures/lamp-fct/release`)
  await call('POST', `${api}/stations/fct-1/unblock`, { reason: 'a loose probe' })
  await call('POST', `${api}/stations/fct-1/token`)
  await call('POST', `${api}/stations/fct-1/scan`, { text: 'SN-1' })
  await station.call('POST', `${api}/stations/S1/scan`, { text: 'SN-2' })
  await call('POST', `${api}/runs/1/measurements`, [{ name: 'vbat', value: 3.3 }])
  await station.call('POST', `${api}/runs/2/acknowledge`)
  await station.call('POST', `${api}/runs/2/abort`)
  await call('POST', `${api}/runs/1/abort`)
  await call('POST', `${api}/runs/1/finish`)
  expect(await actsIn(fixture)).toEqual([
    'putProcedure procedure lamp-fct',
    'putStation station fct-1',
    `addToken token ${station.name}`,
    'putStation station S1',
    'releaseProcedure procedure lamp-fct',
    'unblockStation station fct-1',
    'addToken token station-fct-1',
    'abortRun run 1',
  ])
  const [line] = itemsOf(await call('GET', `${api}/audit?act=unblockStation`))
  expect(line?.['detail']).toEqual({ reason: 'a loose probe' })
})
