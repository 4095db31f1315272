// Runs by the API: lists, exports, the long poll, and what operators and jigs do with them.

import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { clientWith } from '../support/access-clients.ts'
import { createAdminFixture, itemsOf, token } from '../support/admin-fixture.ts'
import { sampleRun } from '../support/station-samples.ts'
import { hostileRun } from '../support/stations-fake.ts'
import { until } from '../support/until.ts'

const runs = '/api/v1/runs'

const withRuns = async (count: number) => {
  const fixture = await createAdminFixture()
  for (let id = 1; id <= count; id++) fixture.stations.runs.set(id, sampleRun({ id, serial: `SN-${id}` }))
  return fixture
}

test('a list of runs has pages, and its filters are passed on', async () => {
  const { call, stations } = await withRuns(3)
  const first = await call('GET', `${runs}?limit=2`)
  expect([itemsOf(first).map(({ id }) => id), first.body['next']]).toEqual([['3', '2'], 'open.2'])
  expect(itemsOf(await call('GET', `${runs}?limit=2&after=open.2`)).map(({ id }) => id)).toEqual(['1'])
  await call('GET', `${runs}?after=ended.1767312000000.7`)
  expect(JSON.parse(stations.asked.at(-1) ?? '')).toEqual([
    'list',
    { after: { section: 'ended', endedAt: 1_767_312_000_000, id: 7 }, limit: 100 },
  ])
  const day = '2026-01-02T00:00:00Z'
  await call('GET', `${runs}?serial=SN-1&product=lamp&station=fct-1&process=FCT&outcome=failed&from=${day}&to=${day}`)
  const at = Date.UTC(2026, 0, 2)
  expect(JSON.parse(stations.asked.at(-1) ?? '')).toEqual([
    'list',
    { serial: 'SN-1', product: 'lamp', station: 'fct-1', process: 'FCT', outcome: 'failed', from: at, to: at, limit: 100 },
  ])
  for (const query of [
    'outcome=good',
    'from=yesterday',
    'to=2016-12-31T23:59:60Z',
    'after=x',
    'after=2',
    'after=open.x',
    'after=ended.7',
    'limit=0',
    'serial=',
    'other=1',
  ])
    expect([query, (await call('GET', `${runs}?${query}`)).status]).toEqual([query, 400])
})

test('a run has its steps, its measurements, and its sentences in the language of the request', async () => {
  const { call, stations } = await createAdminFixture()
  stations.runs.set(1, hostileRun(1))
  const { body } = await call('GET', `${runs}/1`, undefined, { 'accept-language': 'zh' })
  expect(body).toMatchObject({ id: '1', code: 'SELFTEST_FAILED', textCode: 'run_selftest_failed', endedAt: '1970-01-01T00:00:11.000Z' })
  expect(body['text']).toContain('允许')
  expect(body['steps']?.[0]).toMatchObject({ name: 'selftest', textCode: 'run_selftest_missing', measurements: [{ low: 3.1 }, {}, {}] })
  expect(body['steps']?.[0]?.['text']).toMatch(/[\u4e00-\u9fff]/)
  for (const id of ['2', '0', '-1', 'x', '1e3', '99999999999999999999'])
    expect([id, (await call('GET', `${runs}/${id}`)).body['code']]).toEqual([id, 'OTA_RUN_UNKNOWN'])
})

test('a request that waits is answered as soon as the run has gone on', async () => {
  const { call, stations } = await createAdminFixture()
  stations.runs.set(1, sampleRun({ id: 1, state: 'waiting' }))
  const waiting = Array.from({ length: 20 }, () => call('GET', `${runs}/1?wait=60&after=waiting`))
  await until(() => stations.waiting() === 20)
  stations.move(1, { state: 'testing' })
  expect((await Promise.all(waiting)).map(({ body }) => body['state'])).toEqual(waiting.map(() => 'testing'))
  expect(stations.asked.at(-1)).toBe('["changed",1,"waiting",60000]')
  expect((await call('GET', `${runs}/1?wait=60&after=waiting`)).body['state']).toBe('testing')
  for (const query of ['wait=61', 'wait=-1', 'wait=x', 'wait=1&after=gone'])
    expect([query, (await call('GET', `${runs}/1?${query}`)).status]).toEqual([query, 400])
})

test('nothing waits any more for a client that has gone', async () => {
  const { admin, stations } = await createAdminFixture()
  stations.runs.set(1, sampleRun({ id: 1, state: 'waiting' }))
  const request = get(`${admin.url}${runs}/1?wait=60`, { headers: { authorization: `Bearer ${token}` }, agent: false })
  request.on('error', () => undefined)
  await until(() => stations.waiting() === 1)
  request.destroy()
  await until(() => stations.waiting() === 0)
})

test('a request that waits ends when the server stops, or when its token is removed', async () => {
  const fixture = await createAdminFixture()
  const { admin, stations, call } = fixture
  stations.runs.set(1, sampleRun({ id: 1, station: 'S1', state: 'waiting' }))
  const station = await clientWith(fixture, 'station')
  const removed = station.call('GET', `${runs}/1?wait=60`)
  await until(() => stations.waiting() === 1)
  await call('DELETE', `/api/v1/tokens/${station.name}`)
  expect((await removed).status).toBe(401)
  const stopped = call('GET', `${runs}/1?wait=60`)
  await until(() => stations.waiting() === 1)
  await admin.close()
  expect((await stopped).body['state']).toBe('waiting')
})

test('a request that waits longer than a connection may be idle is not cut', async () => {
  const { admin, call, stations } = await createAdminFixture({ stallMs: 50 })
  stations.runs.set(1, sampleRun({ id: 1, state: 'waiting' }))
  const answer = call('GET', `${runs}/1?wait=60`)
  await until(() => stations.waiting() === 1)
  const idle = connect(admin.port, '127.0.0.1', () => idle.write('GET / HTTP/1.1\r\n'))
  await once(idle.resume(), 'close')
  stations.move(1, { state: 'testing' })
  expect((await answer).body['state']).toBe('testing')
})

test('a jig sends measurements and finishes; both once for each key', async () => {
  const { call, stations } = await withRuns(1)
  const key = { 'idempotency-key': 'one' }
  const given = [
    { name: 'vbat', value: 3.3, unit: 'V' },
    { name: 'ok', value: true },
  ]
  for (const _again of [1, 2]) expect((await call('POST', `${runs}/1/measurements`, given, key)).status).toBe(200)
  expect(stations.asked).toEqual([JSON.stringify(['measure', 1, given])])
  expect((await call('POST', `${runs}/1/measurements`, given.slice(1), key)).body['code']).toBe('OTA_KEY_REUSED')
  const finished = await call('POST', `${runs}/1/finish`, { outcome: 'failed', code: 'LED', text: 'LED 3 is dark' })
  expect([finished.status, finished.body['outcome']]).toEqual([200, 'failed'])
  expect((await call('POST', `${runs}/1/finish`)).status).toBe(200)
  expect((await call('POST', `${runs}/1/abort`)).body['outcome']).toBe('aborted')
  expect((await call('POST', `${runs}/1/acknowledge`)).status).toBe(200)
  expect(stations.asked.slice(1)).toEqual([
    '["finish",1,{"outcome":"failed","code":"LED","text":"LED 3 is dark"}]',
    '["finish",1,{}]',
    '["abort",1,"admin.token"]',
    '["acknowledge",1]',
  ])
})

test.each([
  ['measurements', '[{"name":"V","value":9,"value":1.5}]', 'value'],
  ['measurements', '[{"name":"V","value":9},{"name":"V","n\\u0061me":"W","value":1.5}]', 'name'],
  ['finish', '{"outcome":"failed","outcome":"passed"}', 'outcome'],
])('a jig that sends %s with a name twice in one object, %s, is refused', async (act, body, name) => {
  const { call, stations } = await withRuns(1)
  const refused = await call('POST', `${runs}/1/${act}`, body, { 'content-type': 'application/json' })
  expect([refused.status, refused.body['detail']]).toEqual([400, `the name "${name}" appears twice in one object`])
  expect((await call('POST', `${runs}/1/${act}`, '{"name"', { 'content-type': 'application/json' })).status).toBe(400)
  expect(stations.asked).toEqual([])
})

test('measurements that are none are refused', async () => {
  const { call, stations } = await withRuns(1)
  const one = { name: 'vbat', value: 3.3 }
  const bodies: readonly object[] = [
    [],
    Array.from({ length: 501 }, () => one),
    one,
    [{ name: '', value: 1 }],
    [{ name: 'x'.repeat(257), value: 1 }],
    [{ name: 'a\u0000', value: 1 }],
    [{ ...one, value: null }],
    [{ ...one, value: { deep: 1 } }],
    [{ ...one, unit: 'x'.repeat(65) }],
    [{ ...one, outcome: 'passed' }],
  ]
  for (const body of bodies) expect((await call('POST', `${runs}/1/measurements`, body)).status).toBe(400)
  expect(
    (await call('POST', `${runs}/1/measurements`, '[{"name":"v","value":1e999}]', { 'content-type': 'application/json' })).status,
  ).toBe(400)
  expect((await call('POST', `${runs}/1/finish`, { outcome: 'aborted' })).status).toBe(400)
  expect((await call('POST', `${runs}/7/finish`)).status).toBe(404)
  expect(stations.asked).toEqual([])
  expect(
    (
      await call(
        'POST',
        `${runs}/1/measurements`,
        Array.from({ length: 500 }, () => one),
      )
    ).status,
  ).toBe(200)
})

test('exported CSV begins no formula', async () => {
  const { call, stations } = await createAdminFixture()
  stations.runs.set(1, hostileRun(1))
  const { headers, text } = await call('GET', `${runs}/export?bom=true&product=lamp`)
  expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
    'text/csv; charset=utf-8',
    'attachment; filename="fogbell-runs-20260102T030405Z.csv"',
  ])
  const [head = '', line = ''] = text.split('\r\n')
  expect(head.startsWith('id,station,slot')).toBe(true)
  expect(line).toContain(",'@SUM(A1),")
  expect(stations.asked).toEqual(['["all",{"product":"lamp"}]'])
})

test('exported JSON lines are runs, and records of OpenHTF those that have ended', async () => {
  const { call, stations } = await createAdminFixture()
  stations.runs.set(1, hostileRun(1))
  stations.runs.set(2, sampleRun({ id: 2, state: 'waiting', outcome: null, endedAt: null }))
  const lines = (await call('GET', `${runs}/export?format=jsonl`)).text.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([(await call('GET', `${runs}/1`)).body, (await call('GET', `${runs}/2`)).body])
  const [record, ...others] = (await call('GET', `${runs}/export?format=openhtf`)).text.trimEnd().split('\n')
  expect(others).toEqual([])
  const parsed = JSON.parse(record ?? '')
  expect(parsed).toMatchObject({
    dut_id: 'SN-1',
    start_time_millis: 1000,
    end_time_millis: 11_000,
    outcome: 'FAIL',
    outcome_details: [{ code: 'SELFTEST_FAILED' }],
    station_id: 'fct-1',
    metadata: { test_name: 'FCT', attempt: 1 },
    phases: [{ name: 'selftest', outcome: 'FAIL' }],
  })
  const { measurements } = parsed.phases[0]
  expect(Object.keys(measurements)).toEqual(['__proto__', 'serial<b>', 'temp'])
  expect(Object.values(measurements)[0]).toEqual({
    name: '__proto__',
    outcome: 'FAIL',
    measured_value: 3.0200000000000005,
    units: 'V',
    validators: ['3.1 <= x <= 3.5'],
  })
  expect((await call('GET', `${runs}/export?format=xml`)).status).toBe(400)
})
