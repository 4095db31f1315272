// Test stations by the API alone, as a jig or a screen uses them: from a procedure to a birth certificate, with the real rules.

import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture, textOf } from '../support/admin-fixture.ts'

const api = '/api/v1'

/** A station whose procedure takes its self-test from a jig, and a call with the token of the station. */
const withJig = async (): Promise<AdminFixture & { readonly jig: AdminFixture['call'] }> => {
  const fixture = await createAdminFixture({ hasStations: true })
  const { call } = fixture
  const selfTest = { source: 'jig', limits: [{ name: 'vbat', unit: 'V', low: 3.1, high: 3.5 }] }
  expect((await call('PUT', `${api}/procedures/lamp-fct`, { product: 'lamp', process: 'FCT', selfTest })).status).toBe(201)
  expect((await call('POST', `${api}/procedures/lamp-fct/release`)).status).toBe(200)
  expect((await call('PUT', `${api}/stations/fct-1`, { procedure: 'lamp-fct' })).status).toBe(201)
  const { body } = await call('POST', `${api}/stations/fct-1/token`)
  const authorization = `Bearer ${textOf(body['token'])}`
  return { ...fixture, jig: (method, url, sent, headers) => call(method, url, sent, { authorization, ...headers }) }
}

test('a jig scans, waits, measures and finishes with the token of its station, and the unit has a birth certificate', async () => {
  const { call, jig, join, settle } = await withJig()
  const begun = await jig('POST', `${api}/stations/fct-1/scan`, { text: 'SN-1' }, { 'idempotency-key': 'one' })
  expect([begun.status, begun.body['state']]).toEqual([201, 'waiting'])
  const run = `${api}/runs/${textOf(begun.body['id'])}`
  const waiting = jig('GET', `${run}?wait=30&after=waiting`)
  await join('lamp/SN-1')
  await settle()
  expect((await waiting).body['state']).toBe('testing')
  await jig('POST', `${run}/measurements`, [{ name: 'vbat', value: 3.3, unit: 'V' }])
  const finished = await jig('POST', `${run}/finish`)
  expect(finished.body).toMatchObject({ state: 'ended', outcome: 'passed', device: 'lamp/SN-1' })
  expect((await jig('GET', `${api}/units/lamp/SN-1`)).status).toBe(403)
  expect((await call('GET', `${api}/units/lamp/SN-1`)).body).toMatchObject({ unit: { device: 'lamp/SN-1' }, runs: [{ outcome: 'passed' }] })
  expect((await call('GET', `${api}/yield?group=station`)).body['items']?.[0]).toMatchObject({ units: 1, fpy: { part: 1, of: 1 } })
  expect((await call('GET', `${api}/runs?serial=SN-1&outcome=passed`)).body['items']?.[0]).toMatchObject({ station: 'fct-1' })
  expect((await jig('GET', `${api}/stations/fct-1`)).body['shift']).toMatchObject({ units: 1 })
})

test('what has passed is refused with its reason, and a scan with the key of a run makes no second one after a restart', async () => {
  const { jig, join, call, deps } = await withJig()
  const key = { 'idempotency-key': 'one' }
  const { body } = await jig('POST', `${api}/stations/fct-1/scan`, { text: 'SN-1' }, key)
  await join('lamp/SN-1')
  const run = `${api}/runs/${textOf(body['id'])}`
  await jig('POST', `${run}/measurements`, [{ name: 'vbat', value: 9 }])
  expect((await jig('POST', `${run}/finish`)).body).toMatchObject({ outcome: 'failed', code: 'SELFTEST_FAILED' })
  expect((await jig('POST', `${run}/finish`)).body['code']).toBe('OTA_RUN_STATE')
  const refused = await jig('POST', `${api}/stations/fct-1/scan`, { text: 'SN-2' })
  expect([refused.status, refused.body['code'], refused.body['reason']]).toEqual([409, 'OTA_SCAN_REFUSED', 'NOT_ACKNOWLEDGED'])
  expect((await jig('POST', `${run}/acknowledge`)).status).toBe(200)
  // The room itself knows the key, as it does when the server was stopped in between.
  const { name } = deps.access.tokens.list()[0] ?? { name: '' }
  const again = await deps.stations.runs.scan('fct-1', { text: 'SN-1', key: `token ${name} one` })
  expect(again).toMatchObject({ kind: 'run', run: { id: Number(body['id']) } })
  const other = deps.stations.runs.scan('fct-1', { text: 'SN-22', key: `token ${name} one` })
  await expect(other).rejects.toMatchObject({ code: 'OTA_KEY_REUSED' })
  const released = await call('POST', `${api}/units/lamp/SN-1/release`, { reason: 'C7', process: 'NOPE' })
  expect([released.status, released.body['code'], released.body['detailCode']]).toEqual([
    404,
    'OTA_UNIT_UNKNOWN',
    'floor_unit_process_unknown',
  ])
  expect((await call('DELETE', `${api}/stations/fct-1`)).status).toBe(204)
})

test('a text that is too long for a label is refused as every other text that is none', async () => {
  const { jig } = await withJig()
  for (const text of ['x'.repeat(1000), 'x'.repeat(5000), '', '   ', 'SN/1', '??']) {
    const refused = await jig('POST', `${api}/stations/fct-1/scan`, { text })
    expect([text, refused.status, refused.body['reason']]).toEqual([text, 409, 'BAD_CODE'])
    expect(textOf(refused.body['detail']).length).toBeLessThan(80)
  }
})

test('faults of a procedure and of a station are named by their paths', async () => {
  const { call } = await createAdminFixture({ hasStations: true })
  const pattern = { product: 'lamp', process: 'FCT', serial: { pattern: '(' }, firmware: [{ module: 'default', firmware: '7' }] }
  const refused = await call('PUT', `${api}/procedures/lamp-fct`, pattern)
  expect(refused.status).toBe(400)
  expect(Object.values(refused.body['faults'] ?? {}).map(({ path }) => path)).toEqual(expect.arrayContaining(['serial.pattern']))
  expect((await call('PUT', `${api}/stations/fct-1`, { procedure: 'none' })).body['code']).toBe('OTA_PROCEDURE_UNKNOWN')
  expect((await call('PUT', `${api}/stations/a%2Fb`, { procedure: 'none' })).status).toBe(400)
})
