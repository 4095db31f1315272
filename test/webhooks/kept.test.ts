// What is kept of events, and for how long: over restarts, a store that fails, floods, and the removal of a webhook.

import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { createWebhookFixture } from '../support/webhook-fixture.ts'
import { createReceiver } from '../support/webhook-receiver.ts'

const dayMs = 86_400_000

test('an event is in the commit of the change that causes it, and a restart delivers it with the same id', async () => {
  const receiver = await createReceiver()
  receiver.usual = 503
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  expect(await fixture.rows()).toHaveLength(1)
  await fixture.fail(2)
  await fixture.failures(1)
  await fixture.restart()
  expect(fixture.facts()).toMatchObject({ backlog: 2, parked: { count: 0 } })
  receiver.usual = 204
  fixture.pass(1000)
  await until(() => fixture.facts().backlog === 0)
  expect(receiver.received.map(({ body }) => body['data']?.['id']).slice(-2)).toEqual(['1', '2'])
  expect(new Set(receiver.ids()).size).toBe(2)
})

test('a commit that fails leaves no event, neither in memory nor on disk', async () => {
  const receiver = await createReceiver()
  const failing = { now: false }
  const fixture = await createWebhookFixture({
    synced: async () => {
      if (failing.now) throw new Error('no sync')
    },
  })
  await fixture.add(receiver.url)
  failing.now = true
  await expect(fixture.fail(1)).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  expect(fixture.facts().backlog).toBe(0)
  // The disk has it: only its sync failed.
  expect(await fixture.rows()).toHaveLength(1)
  failing.now = false
  await fixture.fail(2)
  await receiver.count(1)
  await until(() => fixture.facts().backlog === 0)
  await fixture.webhooks.close()
  expect(await fixture.rows()).toEqual([])
  expect(receiver.received.map(({ body }) => body['data']?.['id'])).toEqual(['2'])
})

test('an event is not sent before its commit is on disk', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  const release = fixture.valve.hold()
  const written = fixture.fail(1)
  fixture.pass(1000)
  await fixture.webhooks.test('ops')
  expect(receiver.received.map(({ event }) => event)).toEqual(['test'])
  release()
  await written
  await receiver.count(2)
  expect(receiver.received.at(-1)?.event).toBe('task.failed')
})

test('what a full store cannot keep is sent from memory, and stored once it can be', async () => {
  const receiver = await createReceiver()
  receiver.replies.push(503)
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  fixture.valve.failing = true
  fixture.webhooks.storeFailed({ code: 'store_failed', params: { directory: '/var/lib/fogbell', why: 'no space left' } })
  await fixture.failures(1)
  fixture.webhooks.observe({ type: 'device', device: 'pk/d1', what: 'contended', detail: '192.0.2.1, 192.0.2.2' })
  expect(await fixture.rows()).toEqual([])
  fixture.pass(1000)
  await receiver.count(3)
  expect(receiver.received.map(({ event }) => event)).toEqual(['store.failed', 'store.failed', 'device.contended'])
  expect(receiver.received.at(-1)?.body).toMatchObject({
    text: 'Several clients use the identity of pk/d1 and replace one another; they come from 192.0.2.1, 192.0.2.2.',
    data: { device: 'pk/d1', addresses: ['192.0.2.1', '192.0.2.2'] },
  })
  await until(() => fixture.facts().backlog === 0)
  receiver.usual = 503
  fixture.webhooks.observe({ type: 'device', device: 'pk/d2', what: 'contended', detail: '192.0.2.1, 192.0.2.2' })
  await fixture.failures(2)
  fixture.valve.failing = false
  fixture.pass(2000)
  await until(async () => (await fixture.rows()).length === 1)
  await fixture.restart()
  receiver.usual = 204
  fixture.pass(10_000)
  await until(() => fixture.facts().backlog === 0)
  expect(receiver.received.at(-1)?.body['data']?.['device']).toBe('pk/d2')
})

test('an event that was delivered while the store fails is not sent again until a restart', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  receiver.usual = 503
  await fixture.fail(1)
  await fixture.failures(1)
  fixture.valve.failing = true
  receiver.usual = 204
  fixture.pass(1000)
  await until(() => fixture.facts().backlog === 0)
  for (let i = 0; i < 5; i++) fixture.pass(10_000)
  expect(receiver.received).toHaveLength(2)
  expect(await fixture.rows()).toHaveLength(1)
  fixture.valve.failing = false
  fixture.pass(10_000)
  await until(async () => (await fixture.rows()).length === 0)
})

test('after 30 days an event is dropped, waiting or parked, and counted', async () => {
  const receiver = await createReceiver()
  receiver.usual = 410
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  for (let i = 1; i <= 10; i++) {
    await fixture.failures(i)
    fixture.pass(300_000)
  }
  await until(() => fixture.facts().parked.count === 1)
  receiver.usual = 503
  await fixture.fail(2)
  await fixture.failures(11)
  fixture.pass(30 * dayMs - 3_000_000)
  await fixture.failures(12)
  expect(fixture.facts()).toMatchObject({ backlog: 1, parked: { count: 1 }, dropped: 0 })
  fixture.pass(3_000_001)
  await until(() => fixture.facts().dropped === 2)
  expect(fixture.facts()).toMatchObject({ backlog: 0, parked: { count: 0 }, trouble: null })
  expect(fixture.logged.at(-1)?.message).toContain('not delivered within 30 days')
  await fixture.webhooks.close()
  expect(await fixture.rows()).toEqual([])
})

test('of too many events the oldest are dropped, and counted', async () => {
  const receiver = await createReceiver()
  receiver.usual = 503
  const fixture = await createWebhookFixture({ mostEvents: 5 })
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.failures(1)
  for (let id = 2; id <= 8; id++) await fixture.fail(id)
  expect(fixture.facts()).toMatchObject({ backlog: 5, dropped: 3 })
  await until(async () => (await fixture.rows()).length === 5)
  receiver.usual = 204
  fixture.pass(1000)
  await until(() => fixture.facts().backlog === 0)
  expect(receiver.received.slice(1).map(({ body }) => body['data']?.['id'])).toEqual(['4', '5', '6', '7', '8'])
  expect(fixture.logged.filter(({ message }) => message.includes('too many wait'))).toHaveLength(1)
})

test('the rows of a removed webhook are gone, and one of the same name begins anew', async () => {
  const receiver = await createReceiver()
  receiver.usual = 503
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.add(receiver.url, {}, 'other')
  await fixture.fail(1)
  await fixture.failures(1)
  await fixture.webhooks.remove('ops')
  expect(await fixture.rows()).toHaveLength(1)
  await fixture.add(receiver.url)
  expect(fixture.facts()).toMatchObject({ backlog: 0, delivered: 0 })
  await fixture.restart()
  expect([fixture.facts().backlog, fixture.facts('other').backlog]).toEqual([0, 1])
})

test('rows that were left of a removed webhook are deleted at the next start', async () => {
  const receiver = await createReceiver()
  receiver.usual = 503
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.disk.commit([{ type: 'del', key: 'webhook/ops' }])
  await fixture.restart()
  await until(async () => (await fixture.rows()).length === 0)
  expect(fixture.webhooks.list()).toEqual([])
})

test('a long text of a device is shortened, so that an event stays small', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1, { desc: 'x'.repeat(100_000) })
  await receiver.count(1)
  expect(receiver.received[0]?.text.length).toBeLessThan(3000)
})

test('a webhook that cannot be stored is not there, nor after a restart, and one that cannot be removed stays', async () => {
  const failing = { now: true }
  const fixture = await createWebhookFixture({
    synced: async () => {
      if (failing.now) throw new Error('no sync')
    },
  }).catch(() => null)
  expect(fixture).toBeNull()
  failing.now = false
  const second = await createWebhookFixture({
    synced: async () => {
      if (failing.now) throw new Error('no sync')
    },
  })
  failing.now = true
  await expect(second.add('http://127.0.0.1:9')).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  expect(second.webhooks.list()).toEqual([])
  failing.now = false
  second.pass(2000)
  await second.add('http://127.0.0.1:9', {}, 'kept')
  failing.now = true
  await expect(second.webhooks.remove('kept')).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  await expect(second.webhooks.edit('kept', { url: 'http://127.0.0.1:8' })).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  failing.now = false
  await second.webhooks.close()
  await second.restart()
  expect(second.webhooks.list().map(({ name, url }) => [name, url])).toEqual([['kept', 'http://127.0.0.1:9/']])
})

test('a move to the parked ones that was cut off leaves the event once', async () => {
  const receiver = await createReceiver()
  receiver.usual = 503
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.failures(1)
  const [key = ''] = await fixture.rows()
  const value = (await fixture.disk.get(key)) ?? ''
  await fixture.disk.commit([{ type: 'put', key: key.replace('webhookWaiting', 'webhookParked'), value }])
  await fixture.restart()
  expect(fixture.facts()).toMatchObject({ backlog: 0, parked: { count: 1 } })
  await until(async () => (await fixture.rows()).length === 1)
})
