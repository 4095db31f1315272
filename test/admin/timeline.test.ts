// The record of a board, and a retry of one.

import { expect, test } from 'vitest'
import { createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

const path = (product: string, name: string, rest: string): string => `/api/v1/devices/${product}/${name}${rest}`

test('timeline lists what happened, page by page, as sentences with codes', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  const a = await fixture.join('pk/a')
  await fixture.report(a, 'version.post', { version: '1.0' })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  await fixture.settle()
  await fixture.report(a, 'upgrade.post', { step: -3, module: 'default', task_id: '1', desc: 'md5 differs' })
  const items = itemsOf(await fixture.call('GET', path('pk', 'a', '/timeline')))
  expect(items.map(({ what, state }) => (typeof state === 'string' ? state : what))).toEqual(
    expect.arrayContaining(['connected', 'version', 'notified', 'failed']),
  )
  expect(items.find((item) => textOf(item['state']) === 'failed')).toMatchObject({
    at: '2026-01-02T03:04:05.000Z',
    what: 'task',
    text: 'verify_error (step -3): md5 differs',
    code: 'note_ended',
    task: '1',
    campaign: '1',
    attempt: 1,
    module: 'default',
    reason: null,
  })
  expect(items.find((item) => textOf(item['what']) === 'version')).toMatchObject({
    text: 'reports version 1.0 of module default',
    code: 'timeline_version',
    version: '1.0',
    task: null,
  })
  const paged: unknown[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page = await fixture.call('GET', path('pk', 'a', `/timeline?limit=1${after}`))
    paged.push(...itemsOf(page))
    const next = textOf(page.body['next'])
    after = next === '' ? null : `&after=${next}`
  }
  expect(paged).toEqual(items)
  expect(await fixture.call('GET', path('pk', 'none', '/timeline'))).toMatchObject({ status: 404, body: { code: 'OTA_DEVICE_UNKNOWN' } })
  expect(await fixture.call('GET', path('pk', 'a', '/timeline?after=x'))).toMatchObject({ status: 400 })
})

test('a retry may name devices; one without anything to retry is refused with its place', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  const a = await fixture.join('pk/a')
  await fixture.report(a, 'version.post', { version: '1.0' })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true, abort: [] })
  await fixture.settle()
  await fixture.report(a, 'upgrade.post', { step: -3, module: 'default', task_id: '1' })
  const retry = (body: object) => fixture.call('POST', '/api/v1/campaigns/1/retry', body)
  expect(await retry({ devices: ['pk/b'] })).toMatchObject({
    status: 400,
    body: {
      detail: 'nothing was retried: pk/b has no task in campaign 1 that failed, timed out or was rejected',
      faults: [{ path: 'devices[0]', code: 'device_nothing_to_retry', params: { device: 'pk/b', campaign: '1' } }],
    },
  })
  expect(await retry({ devices: [] })).toMatchObject({ status: 400 })
  expect(await retry({ device: 'pk/a' })).toMatchObject({ status: 400 })
  expect(await retry({ devices: ['pk/a'] })).toMatchObject({ status: 200, body: { retried: 1 } })
})
