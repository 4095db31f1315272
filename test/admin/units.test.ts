// Units by the API: the birth certificate as JSON and as a page to print, and what changes a unit.

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAdminFixture, itemsOf } from '../support/admin-fixture.ts'
import { sampleRun, sampleUnit } from '../support/station-samples.ts'
import { hostileRun } from '../support/stations-fake.ts'

const unit = '/api/v1/units/lamp/SN-1'

const withUnit = async () => {
  const fixture = await createAdminFixture()
  await fixture.stations.stations.procedures.put(
    'lamp-fct',
    { product: 'lamp', process: 'FCT', firmware: [{ module: 'default', firmware: 7 }] },
    'admin',
  )
  const released = [{ at: 5000, by: 'mei', process: null, reason: 'C7 was <replaced>' }]
  fixture.stations.units.set('lamp/SN-1', sampleUnit({ released }))
  fixture.stations.runs.set(1, hostileRun(1))
  fixture.stations.runs.set(2, sampleRun({ id: 2, attempt: 2, versionBefore: { default: '1.1.0' }, versionAfter: { default: '1.1.0' } }))
  return fixture
}

test('the certificate of a unit has its runs and the digests of its firmware', async () => {
  const { call } = await withUnit()
  const { body } = await call('GET', unit)
  expect(body).toMatchObject({
    unit: { serial: 'SN-1', device: 'lamp/SN-1', boundBy: '1', released: [{ by: 'mei' }] },
    firmware: [{ run: '2', module: 'default', version: '1.1.0', sha256: 'ab'.repeat(32), state: 'present' }],
    runs: [
      { id: '1', outcome: 'failed' },
      { id: '2', outcome: 'passed' },
    ],
  })
  expect((await call('GET', '/api/v1/units/lamp/SN-2')).body['code']).toBe('OTA_UNIT_UNKNOWN')
  expect((await call('GET', `${unit}?format=pdf`)).status).toBe(400)
})

test('the page to print has no script, escapes all that others have written, and allows its own style alone', async () => {
  const { call } = await withUnit()
  const { headers, text } = await call('GET', `${unit}?format=html`)
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? ''
  const digest = createHash('sha256').update(style).digest('base64')
  expect(headers.get('content-security-policy')).toBe(
    `default-src 'none'; style-src 'sha256-${digest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  )
  expect(text).not.toMatch(/<script|<img|onerror=1>|javascript:/i)
  for (const shown of [
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '&quot;&gt;&lt;img src=x onerror=1&gt;',
    'a&amp;b',
    'C7 was &lt;replaced&gt;',
  ])
    expect(text).toContain(shown)
  for (const shown of [
    'Birth certificate of SN-1',
    'was on the board',
    'ab'.repeat(32),
    '3.1 to 3.5',
    '3.02 V',
    'fct-1, slot 1',
    '@SUM(A1)',
  ])
    expect(text).toContain(shown)
  const tags = [...text.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag)
  expect(new Set(tags).has('script')).toBe(false)
  for (const tag of ['table', 'section', 'tr', 'dl']) expect(tags.filter((each) => each === tag).length % 2).toBe(0)
})

test('the page to print is in the language of its reader', async () => {
  const { call } = await withUnit()
  for (const [query, headers] of [
    ['', { 'accept-language': 'zh' }],
    ['&language=zh', {}],
  ] as const) {
    const answer = await call('GET', `${unit}?format=html${query}`, undefined, headers)
    expect(answer.headers.get('content-language')).toBe('zh')
    expect(answer.text).toContain('<html lang="zh">')
    for (const shown of ['SN-1 的出厂记录', '测量项', '不合格', '允许']) expect(answer.text).toContain(shown)
    expect(answer.text).not.toMatch(/>(Result|Station|Passed|Failed)</)
  }
})

test('a unit is released after a repair, gets another board, and its label again', async () => {
  const { call, stations } = await withUnit()
  const key = { 'idempotency-key': 'one' }
  for (const _again of [1, 2])
    expect((await call('POST', `${unit}/release`, { reason: 'repaired', process: 'FCT' }, key)).body['released']).toHaveLength(2)
  expect((await call('POST', `${unit}/rebind`, { device: 'lamp/l8', reason: 'a new board' })).body['device']).toBe('lamp/l8')
  expect((await call('POST', `${unit}/rebind`, { device: null, reason: 'scrapped' })).body['device']).toBe(null)
  expect((await call('POST', `${unit}/label`)).status).toBe(204)
  expect(stations.asked.slice(1)).toEqual([
    '["releaseUnit","lamp","SN-1",{"reason":"repaired","process":"FCT"},"admin.token"]',
    '["rebind","lamp","SN-1",{"device":"lamp/l8","reason":"a new board"},"admin.token"]',
    '["rebind","lamp","SN-1",{"device":null,"reason":"scrapped"},"admin.token"]',
    '["reprint","SN-1"]',
  ])
  const [label, scrapped] = itemsOf(await call('GET', '/api/v1/audit?subject=unit'))
  expect([label?.['act'], scrapped?.['act'], scrapped?.['subject']]).toEqual(['printLabel', 'rebindUnit', 'unit lamp/SN-1'])
  expect(scrapped?.['changes']).toEqual({ device: ['lamp/l8', null] })
})

test('a unit is not changed without a reason, nor bound to what is no device', async () => {
  const { call, stations } = await withUnit()
  const before = stations.asked.length
  const refused = [
    await call('POST', `${unit}/release`, {}),
    await call('POST', `${unit}/release`, { reason: '' }),
    await call('POST', `${unit}/rebind`, { reason: 'x' }),
    await call('POST', `${unit}/rebind`, { device: 'lamp', reason: 'x' }),
    await call('POST', `${unit}/rebind`, { device: 'lamp/a/b', reason: 'x' }),
  ]
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 400))
  expect(stations.asked).toHaveLength(before)
})
