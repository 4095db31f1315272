// Which changes are alerts, what they say, and which webhooks want them.

import { expect, test } from 'vitest'
import { alertTypes } from '../../src/alerts.ts'
import { openWebhooks } from '../../src/webhooks/open-webhooks.ts'
import { createAuthority } from '../support/authority.ts'
import { sampleTask } from '../support/store-samples.ts'
import { begin, createWebhookFixture } from '../support/webhook-fixture.ts'
import { createReceiver } from '../support/webhook-receiver.ts'

test('a campaign that is paused, and why', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  const rule = { on: 'any', percent: 20, minFinished: 5, action: 'pause' } as const
  await fixture.campaign({ status: 'paused', reason: 'operator' })
  await fixture.campaign({ status: 'running', reason: null })
  await fixture.campaign({ status: 'paused', reason: 'aborted', fired: { rule, finished: 12, bad: 4 } })
  await fixture.campaign({ status: 'running', reason: null, fired: null })
  await fixture.campaign({ status: 'paused', reason: 'phase_failed', phase: { index: 1, since: 1, against: [] } as never })
  await fixture.campaign({ status: 'running', reason: null })
  await fixture.campaign({ status: 'paused', reason: 'image_damaged', faultyFirmware: 3 })
  await fixture.campaign({ status: 'running', reason: null })
  await fixture.campaign({ status: 'paused', reason: 'operator', lastStep: { step: 'pause', kind: 'person', by: 'Li Wei', at: begin } })
  await receiver.count(5)
  expect(receiver.received.map(({ event }) => event)).toEqual(Array.from({ length: 5 }, () => 'campaign.paused'))
  const texts = receiver.received.map(({ body }) => body['text'])
  expect(texts[0]).toBe('Campaign 1 (campaign 1) is paused: an operator has paused it.')
  expect(texts[1]).toMatch(/^Campaign 1 \(campaign 1\) is paused: .*4.*12/)
  expect(texts[2]).toBe('Campaign 1 (campaign 1) is paused: phase 2 has finished with too few successes.')
  expect(texts[3]).toMatch(/^Campaign 1 \(campaign 1\) is paused: .*3/)
  expect(texts[4]).toBe('Campaign 1 (campaign 1) is paused: Li Wei has paused it.')
  expect(receiver.received[4]?.body).toMatchObject({
    data: { lastStep: { step: 'pause', by: 'Li Wei', at: new Date(begin).toISOString() } },
  })
  expect(receiver.received[1]?.body).toMatchObject({
    at: new Date(begin).toISOString(),
    code: 'webhook_campaign_paused',
    data: {
      id: '1',
      name: 'campaign 1',
      status: 'paused',
      reason: 'aborted',
      firmware: '1',
      product: 'pk',
      version: '2.0.0',
      counts: { failed: 0 },
    },
  })
})

test('a campaign that has ended, with its counts; a change that is none is no alert', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.commit({ add: 1, tally: { succeeded: 9, failed: 2, rejected: 1 } })
  await fixture.campaign({ name: 'lamps' })
  await fixture.campaign({ status: 'completed', endedAt: begin + 5 })
  await fixture.campaign({ status: 'completed', era: 1 })
  await receiver.count(1)
  await fixture.webhooks.test('ops')
  expect(receiver.received.map(({ event }) => event)).toEqual(['campaign.ended', 'test'])
  expect(receiver.received[0]?.body).toMatchObject({
    at: new Date(begin + 5).toISOString(),
    text: 'Campaign 1 (lamps) is completed: 9 devices were updated, 3 failed.',
    data: { status: 'completed', counts: { succeeded: 9, failed: 2, rejected: 1 } },
  })
})

test('a task that ends without success is an alert once, whatever the end is called', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1, { state: 'timed_out', reason: 'stall' })
  await fixture.fail(2, { state: 'rejected' })
  await fixture.fail(3, { state: 'canceled', reason: 'operator' })
  await fixture.fail(4, { state: 'succeeded' })
  await fixture.fail(5, { newest: false, attempt: 1 })
  await fixture.commit({ put: 'task', value: sampleTask(1, { rev: 1, state: 'timed_out', newest: false }) })
  await receiver.count(3)
  await fixture.webhooks.test('ops')
  expect(receiver.received.map(({ body }) => [body['data']?.['id'], body['data']?.['state'], body['data']?.['willRetry']])).toEqual([
    ['1', 'timed_out', false],
    ['2', 'rejected', false],
    ['5', 'failed', true],
    [undefined, undefined, undefined],
  ])
})

test('a webhook gets the kinds and products that it wants, and what has no product', async () => {
  const receivers = await Promise.all([1, 2, 3].map(() => createReceiver()))
  const [campaigns, lamps, all] = receivers
  const fixture = await createWebhookFixture()
  await fixture.add(campaigns?.url ?? '', { events: ['campaign.ended'] }, 'campaigns')
  await fixture.add(lamps?.url ?? '', { products: ['lamp'] }, 'lamps')
  await fixture.add(all?.url ?? '', {}, 'all')
  await fixture.fail(1)
  await fixture.fail(2, { device: 'lamp/d2' })
  fixture.webhooks.storeFailed({ code: 'as_text', params: { text: 'no space' } })
  fixture.webhooks.observe({ type: 'device', device: 'pk/d1', what: 'connected' })
  await fixture.campaign({ status: 'canceled', endedAt: begin })
  await all?.count(4)
  await lamps?.count(2)
  await campaigns?.count(1)
  expect(receivers.map(({ received }) => received.map(({ event }) => event))).toEqual([
    ['campaign.ended'],
    ['task.failed', 'store.failed'],
    ['task.failed', 'task.failed', 'store.failed', 'campaign.ended'],
  ])
  expect(lamps?.ids()[0]).toBe(all?.ids()[1])
})

test('every kind of alert can be sent', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.campaign({ status: 'paused', reason: 'operator' })
  await fixture.campaign({ status: 'canceled', endedAt: begin })
  fixture.webhooks.storeFailed({ code: 'store_failed', params: { directory: '/var/lib/fogbell', why: 'no space left' } })
  fixture.webhooks.observe({ type: 'device', device: 'pk/d1', what: 'contended', detail: '192.0.2.1' })
  await fixture.run(1)
  await receiver.count(6)
  expect(receiver.received.map(({ event }) => event).sort()).toEqual([...alertTypes].sort())
})

test('without webhooks nothing is written', async () => {
  const fixture = await createWebhookFixture()
  await fixture.fail(1)
  expect(await fixture.rows()).toEqual([])
})

test('https with an authority of its own, and not without it', async () => {
  const authority = createAuthority()
  const receiver = await createReceiver(authority.sign('receiver', { names: ['127.0.0.1'] }))
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url, { ca: authority.cert })
  await fixture.fail(1)
  await receiver.count(1)
  await fixture.add(receiver.url, {}, 'unknown')
  expect(await fixture.webhooks.test('unknown')).toMatchObject({ ok: false, status: null, said: { code: 'webhook_unreachable' } })
  expect(receiver.received).toHaveLength(1)
})

test('an address that is none, or of another kind, and a certificate that is none are refused', async () => {
  const fixture = await createWebhookFixture()
  for (const url of ['', 'x', 'ftp://a/', 'file:///etc/passwd', 'http://a/#b', 'javascript:1'])
    await expect(fixture.add(url), url).rejects.toMatchObject({ code: 'OTA_BAD_REQUEST', faults: [{ path: 'url' }] })
  await expect(fixture.add('http://a/', { ca: 'no certificate' })).rejects.toMatchObject({ faults: [{ path: 'ca' }] })
  await fixture.add('http://a/')
  await expect(fixture.webhooks.edit('ops', { url: 'ftp://a/' })).rejects.toMatchObject({ code: 'OTA_BAD_REQUEST' })
})

test('there are at most 20, and no two of one name', async () => {
  const fixture = await createWebhookFixture()
  for (let i = 0; i < 20; i++) await fixture.add('http://a/', {}, `w${i}`)
  await expect(fixture.add('http://a/', {}, 'W3')).rejects.toMatchObject({ code: 'OTA_WEBHOOK_EXISTS' })
  await expect(fixture.add('http://a/', {}, 'more')).rejects.toMatchObject({ code: 'OTA_CONFLICT' })
  await expect(fixture.webhooks.remove('none')).rejects.toMatchObject({ code: 'OTA_WEBHOOK_UNKNOWN' })
})

test('a record that cannot be read stops the start and is named', async () => {
  const fixture = await createWebhookFixture()
  await fixture.disk.commit([{ type: 'put', key: 'webhook/ops', value: '{"id":1}' }])
  const now = (): number => begin
  const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
  await expect(openWebhooks({ batches: fixture.disk, log, now, wallClock: now, version: '1' })).rejects.toMatchObject({
    code: 'OTA_STORE_UNREADABLE',
    message: 'The record "webhook/ops" of webhooks cannot be read; restore a backup.',
  })
})
