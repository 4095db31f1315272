// How events reach a receiver: in order, each until it is taken, with a real HTTP server behind it and a hand-moved clock.

import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { begin, createWebhookFixture, secret } from '../support/webhook-fixture.ts'
import { createReceiver, isSignedBy } from '../support/webhook-receiver.ts'

test('events come in order, one at a time, and their rows are gone afterwards', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await Promise.all(Array.from({ length: 50 }, (_, i) => fixture.fail(i + 1)))
  await receiver.count(50)
  expect(receiver.received.map(({ body }) => body['data']?.['id'])).toEqual(Array.from({ length: 50 }, (_, i) => String(i + 1)))
  expect(new Set(receiver.ids()).size).toBe(50)
  expect(receiver.connections()).toBe(1)
  await until(() => fixture.facts().backlog === 0)
  expect(fixture.facts()).toMatchObject({ delivered: 50, failedAttempts: 0, trouble: null, deliveredAt: begin })
  await fixture.webhooks.close()
  expect(await fixture.rows()).toEqual([])
})

test('what is sent: JSON with text, code, params and data, and headers that name and sign it', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(7, { desc: 'flash full', code: -2, attempt: 2 })
  await receiver.count(1)
  const [one] = receiver.received
  if (one === undefined) throw new Error('nothing came')
  expect(one.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'fogbell/1.2.3', 'fogbell-event': 'task.failed' })
  expect(one.body).toEqual({
    id: one.id,
    type: 'task.failed',
    at: '2026-01-02T03:04:05.000Z',
    text: 'Task 7 of campaign 1: pk/d7 was not updated to 2.0.0 (module default): burn_error.',
    code: 'webhook_task_failed',
    params: {
      task: '7',
      campaign: '1',
      device: 'pk/d7',
      module: 'default',
      version: '2.0.0',
      why: { code: 'as_text', params: { text: 'burn_error' } },
    },
    data: {
      id: '7',
      campaign: '1',
      campaignName: 'campaign 1',
      device: 'pk/d7',
      module: 'default',
      firmware: '1',
      from: '1.0.0',
      to: '2.0.0',
      state: 'failed',
      reason: 'burn_error',
      code: -2,
      desc: 'flash full',
      step: null,
      attempt: 2,
      willRetry: false,
      bytes: 0,
      size: 3,
      createdAt: '1970-01-01T00:00:00.001Z',
      endedAt: '2026-01-02T03:04:05.000Z',
    },
  })
  expect(one.signature).toMatch(new RegExp(`^t=${begin / 1000},v1=`))
  expect([isSignedBy(secret, one), isSignedBy('another secret', one)]).toEqual([true, false])
})

test('a failure is tried again after 1 s, 2 s, 4 s and so on, at most 5 min, with the same id, and a signature of its own time', async () => {
  const receiver = await createReceiver()
  receiver.usual = 503
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.failures(1)
  const pauses = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
  for (const [i, seconds] of pauses.entries()) {
    fixture.pass(seconds * 1000 - 1)
    expect(receiver.received).toHaveLength(i + 1)
    expect(fixture.facts().trouble).toMatchObject({ attempts: i + 1, nextAt: fixture.clock.now + 1, status: 503 })
    fixture.pass(1)
    await fixture.failures(i + 2)
  }
  expect(new Set(receiver.ids()).size).toBe(1)
  expect(receiver.received.every((one) => isSignedBy(secret, one))).toBe(true)
  expect(new Set(receiver.received.map(({ signature }) => signature)).size).toBe(receiver.received.length)
  receiver.usual = 204
  await fixture.fail(2)
  fixture.pass(300_000)
  await receiver.count(pauses.length + 3)
  await until(() => fixture.facts().backlog === 0)
  expect(fixture.logged.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn the webhook ops does not take events',
    'info the webhook ops takes events again',
  ])
})

test('later events wait behind one that fails, in order', async () => {
  const receiver = await createReceiver()
  receiver.replies.push(500, 500)
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.fail(2)
  await fixture.failures(1)
  fixture.pass(1000)
  await fixture.failures(2)
  await fixture.fail(3)
  fixture.pass(2000)
  await receiver.count(5)
  expect(receiver.received.map(({ body }) => body['data']?.['id'])).toEqual(['1', '1', '1', '2', '3'])
})

test('what is refused with 4xx ten times is parked and the others go on; it can be sent again', async () => {
  const receiver = await createReceiver()
  receiver.replies.push(...Array.from({ length: 10 }, () => 400))
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.fail(2)
  for (let i = 1; i < 10; i++) {
    await fixture.failures(i)
    expect(fixture.facts().parked.count).toBe(0)
    fixture.pass(300_000)
  }
  await receiver.count(11)
  await until(() => fixture.facts().backlog === 0)
  const [first = ''] = receiver.ids()
  expect(fixture.facts()).toMatchObject({
    delivered: 1,
    trouble: null,
    parked: {
      count: 1,
      newest: [{ id: first, type: 'task.failed', at: begin, said: { code: 'webhook_refused', params: { status: 400 } } }],
    },
  })
  expect(fixture.logged.at(-1)?.message).toContain('it is parked')
  await fixture.webhooks.close()
  expect(await fixture.rows()).toEqual([expect.stringMatching(/^webhookParked\//)])
  await fixture.restart()
  expect(fixture.facts().parked).toMatchObject({ count: 1, newest: [{ id: first, said: { code: 'webhook_refused' } }] })
  expect(await fixture.webhooks.retry('ops')).toBe(1)
  await receiver.count(12)
  expect(receiver.ids().at(-1)).toBe(first)
  await until(() => fixture.facts().backlog === 0)
  await fixture.webhooks.close()
  expect(await fixture.rows()).toEqual([])
})

test('an answer that asks for patience, and a redirect, park nothing', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  receiver.usual = 429
  await fixture.fail(1)
  for (let i = 1; i <= 12; i++) {
    await fixture.failures(i)
    fixture.pass(300_000)
  }
  expect(fixture.facts()).toMatchObject({ backlog: 1, parked: { count: 0 } })
})

test('a redirect is not followed', async () => {
  const elsewhere = await createReceiver()
  const receiver = await createReceiver()
  receiver.usual = { status: 307, headers: { location: elsewhere.url } }
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.failures(1)
  expect(fixture.facts().trouble).toMatchObject({ status: 307, said: { code: 'webhook_redirected' } })
  expect(await fixture.webhooks.test('ops')).toMatchObject({ ok: false, status: 307 })
  expect(elsewhere.received).toEqual([])
})

test('a receiver that never answers costs its time-out; another webhook does not wait for it', async () => {
  const [silent, quick] = [await createReceiver(), await createReceiver()]
  silent.usual = 'hold'
  const fixture = await createWebhookFixture({ timeoutMs: 40 })
  await fixture.add(silent.url, {}, 'silent')
  await fixture.add(quick.url, {}, 'quick')
  await fixture.fail(1)
  await fixture.fail(2)
  await quick.count(2)
  await fixture.failures(1, 'silent')
  expect(fixture.facts('silent').trouble).toMatchObject({ status: null, said: { code: 'webhook_no_answer', params: { seconds: 0.04 } } })
  expect(fixture.facts('silent').backlog).toBe(2)
})

test('a slow receiver gets one event at a time, and a body that does not end holds nothing up', async () => {
  const receiver = await createReceiver()
  receiver.usual = 'hang'
  const fixture = await createWebhookFixture({ timeoutMs: 40 })
  await fixture.add(receiver.url)
  await Promise.all([1, 2, 3].map((id) => fixture.fail(id)))
  await receiver.count(3)
  await until(() => fixture.facts().delivered === 3)
})

test('a connection that is refused or cut is said in words, without the address of the webhook', async () => {
  const receiver = await createReceiver()
  receiver.usual = 'cut'
  const fixture = await createWebhookFixture()
  await fixture.add('http://user:word@127.0.0.1:9/hook?key=word', {}, 'refused')
  await fixture.add(receiver.url, {}, 'cut')
  await fixture.fail(1)
  await fixture.failures(1, 'refused')
  await fixture.failures(1, 'cut')
  const said = JSON.stringify([fixture.facts('refused'), fixture.facts('cut'), fixture.logged])
  expect(fixture.facts('refused').trouble?.said).toMatchObject({
    code: 'webhook_unreachable',
    params: { why: expect.stringContaining('ECONNREFUSED') },
  })
  expect(fixture.facts('refused').url).toBe('http://***:***@127.0.0.1:9/hook?***')
  expect(said).not.toContain('word')
})

test('the next attempt goes to a changed address at once', async () => {
  const [before, after] = [await createReceiver(), await createReceiver()]
  before.usual = 'hold'
  const fixture = await createWebhookFixture()
  await fixture.add(before.url)
  await fixture.fail(1)
  await before.count(1)
  await fixture.webhooks.edit('ops', { url: after.url })
  await after.count(1)
  expect(after.ids()).toEqual(before.ids())
  await until(() => fixture.facts().backlog === 0)
  expect(fixture.facts()).toMatchObject({ failedAttempts: 0, delivered: 1 })
})

test('a test is sent at once, whatever waits, and is not kept', async () => {
  const receiver = await createReceiver()
  receiver.replies.push(500, 200, 418)
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url, { events: ['store.failed'] })
  fixture.webhooks.storeFailed({ code: 'as_text', params: { text: 'no space' } })
  await fixture.failures(1)
  const answer = await fixture.webhooks.test('OPS')
  expect(answer).toMatchObject({ ok: true, status: 200, said: { code: 'webhook_delivered' } })
  expect(receiver.received.at(-1)).toMatchObject({ id: answer.id, event: 'test', body: { text: 'A test of the webhook ops.', data: {} } })
  expect(await fixture.webhooks.test('ops')).toMatchObject({ ok: false, status: 418, said: { code: 'webhook_refused' } })
  expect(fixture.facts()).toMatchObject({ backlog: 1, failedAttempts: 1, parked: { count: 0 } })
})

test('what was parked is sent again before what came later', async () => {
  const receiver = await createReceiver()
  receiver.usual = 404
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  for (let i = 1; i <= 10; i++) {
    await fixture.failures(i)
    fixture.pass(300_000)
  }
  receiver.usual = 503
  await fixture.fail(2)
  await fixture.failures(11)
  receiver.usual = 204
  await fixture.webhooks.retry('ops')
  await receiver.count(13)
  expect(receiver.received.slice(-2).map(({ body }) => body['data']?.['id'])).toEqual(['1', '2'])
})

test('a receiver that has closed an idle connection costs no attempt', async () => {
  const receiver = await createReceiver()
  receiver.replies.push(204, 'cut', 204)
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url)
  await fixture.fail(1)
  await fixture.fail(2)
  await receiver.count(3)
  await until(() => fixture.facts().backlog === 0)
  expect([receiver.connections(), fixture.facts().failedAttempts, new Set(receiver.ids()).size]).toEqual([2, 0, 2])
})
