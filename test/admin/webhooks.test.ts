// Webhooks over the API: made, changed, removed, tested; secrets hidden; in the audit, the overview and the metrics.

import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'
import { until } from '../support/until.ts'
import { createReceiver, isSignedBy } from '../support/webhook-receiver.ts'

const path = '/api/v1/webhooks'
const input = (url: string) => ({ name: 'ops', url })

/** A campaign that an operator pauses. */
const pauseOne = async (fixture: AdminFixture): Promise<void> => {
  await fixture.call('PUT', '/api/v1/devices/lamp/l1', {})
  const { body } = await fixture.upload('product=lamp&version=2')
  const made = await fixture.call('POST', '/api/v1/campaigns', { firmware: textOf(body['id']), name: 'lamps', start: true })
  expect((await fixture.call('POST', `/api/v1/campaigns/${textOf(made.body['id'])}/pause`)).status).toBe(200)
}

test('a webhook is made with a secret that is shown once, and gets what happens then', async () => {
  const receiver = await createReceiver()
  const fixture = await createAdminFixture()
  const made = await fixture.call('POST', path, input(receiver.url))
  expect(made).toMatchObject({ status: 201, body: { name: 'ops', url: receiver.url, events: [], products: [], ca: false, backlog: 0 } })
  const secret = textOf(made.body['secret'])
  expect(secret.length).toBeGreaterThan(40)
  await pauseOne(fixture)
  await receiver.count(1)
  const [one] = receiver.received
  if (one === undefined) throw new Error('nothing came')
  expect(one.body).toMatchObject({
    type: 'campaign.paused',
    text: 'Campaign 1 (lamps) is paused: the token of the data directory (admin.token) has paused it.',
    data: { id: '1' },
  })
  expect(isSignedBy(secret, one)).toBe(true)
  await until(() => fixture.webhooks.find('ops')?.delivered === 1)
  const listed = await fixture.call('GET', path)
  expect(itemsOf(listed)).toMatchObject([
    { name: 'ops', createdBy: 'admin.token', delivered: 1, trouble: null, parked: { count: 0, newest: [] } },
  ])
  expect((await fixture.call('GET', `${path}/OPS`)).body).toMatchObject({ name: 'ops' })
  expect((await fixture.call('GET', `${path}/none`)).body).toMatchObject({ code: 'OTA_WEBHOOK_UNKNOWN' })
})

test('a secret is in no later answer, in no line of the audit and in no log; nor are credentials and the query of the address', async () => {
  const fixture = await createAdminFixture()
  const hidden = ['words-of-the-first-one', 'words-of-the-second-one', 'pass-word', 'unspoken']
  const url = 'http://me:pass-word@127.0.0.1:9/hook?key=unspoken'
  const answers = [await fixture.call('POST', path, { ...input(url), secret: hidden[0] })]
  expect(answers[0]?.body).toMatchObject({ secret: null, url: 'http://***:***@127.0.0.1:9/hook?***' })
  const other = 'http://you:pass-word@127.0.0.1:9/hook?key=unspoken2'
  answers.push(await fixture.call('PATCH', `${path}/ops`, { secret: hidden[1], url: other }))
  await pauseOne(fixture)
  await until(() => (fixture.webhooks.find('ops')?.failedAttempts ?? 0) > 0)
  answers.push(await fixture.call('POST', `${path}/ops/test`))
  for (const each of [path, `${path}/ops`, '/api/v1/audit', '/api/v1/overview', '/api/v1/events?only=overview'].slice(0, 4))
    answers.push(await fixture.call('GET', each))
  answers.push(await fixture.call('DELETE', `${path}/ops`))
  const said = JSON.stringify([answers.map(({ text }) => text), fixture.logged])
  for (const word of hidden) expect(said).not.toContain(word)
})

test('an edit replaces fields, and makes a new secret if asked to', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('POST', path, { ...input('http://127.0.0.1:9/'), events: ['store.failed'], products: ['lamp'] })
  const edited = await fixture.call('PATCH', `${path}/ops`, { events: ['task.failed'], secret: null })
  expect(edited.body).toMatchObject({ events: ['task.failed'], products: ['lamp'] })
  expect(textOf(edited.body['secret']).length).toBeGreaterThan(40)
  expect((await fixture.call('PATCH', `${path}/ops`, { products: [] })).body).toMatchObject({ products: [], secret: null })
})

test('what is wrong with a webhook is named by its field', async () => {
  const fixture = await createAdminFixture()
  expect((await fixture.call('POST', path, input('ftp://127.0.0.1/'))).body).toMatchObject({
    code: 'OTA_BAD_REQUEST',
    faults: [{ path: 'url' }],
  })
  expect((await fixture.call('POST', path, { ...input('http://a/'), secret: 'short' })).body).toMatchObject({
    faults: [{ path: 'secret' }],
  })
  expect((await fixture.call('POST', path, { ...input('http://a/'), events: ['test'] })).body).toMatchObject({
    faults: [{ path: 'events[0]' }],
  })
  expect((await fixture.call('POST', path, { ...input('http://a/'), ca: 'x' })).body).toMatchObject({ faults: [{ path: 'ca' }] })
  await fixture.call('POST', path, input('http://a/'))
  expect(await fixture.call('POST', path, input('http://a/'))).toMatchObject({ status: 409, body: { code: 'OTA_WEBHOOK_EXISTS' } })
})

test('a test answers what came back, or why nothing did', async () => {
  const receiver = await createReceiver()
  const fixture = await createAdminFixture()
  await fixture.call('POST', path, input(receiver.url))
  expect((await fixture.call('POST', `${path}/ops/test`)).body).toMatchObject({ ok: true, status: 204, code: 'webhook_delivered' })
  receiver.usual = 404
  expect((await fixture.call('POST', `${path}/ops/test`)).body).toMatchObject({
    ok: false,
    status: 404,
    text: 'The receiver refused it with 404.',
  })
  await fixture.call('PATCH', `${path}/ops`, { url: 'http://127.0.0.1:9/' })
  expect((await fixture.call('POST', `${path}/ops/test`)).body).toMatchObject({ ok: false, status: null, code: 'webhook_unreachable' })
  expect((await fixture.call('POST', `${path}/none/test`)).status).toBe(404)
})

test('every write is in the audit, with what changed', async () => {
  const receiver = await createReceiver()
  const fixture = await createAdminFixture()
  await fixture.call('POST', path, { ...input(receiver.url), secret: 'words-of-the-first-one' })
  await fixture.call('PATCH', `${path}/ops`, { events: ['task.failed'] })
  await fixture.call('PATCH', `${path}/ops`, { url: `${receiver.url}?key=1` })
  await fixture.call('POST', `${path}/ops/test`)
  await fixture.call('POST', `${path}/ops/retry`)
  await fixture.call('DELETE', `${path}/ops`)
  const lines = itemsOf(await fixture.call('GET', '/api/v1/audit')).toReversed()
  expect(lines.map(({ act, subject, changes, detail }) => ({ act, subject, changes, detail }))).toEqual([
    {
      act: 'addWebhook',
      subject: 'webhook ops',
      changes: { url: [null, receiver.url], events: [null, []], products: [null, []], ca: [null, false] },
      detail: { name: 'ops', secret: '***' },
    },
    { act: 'editWebhook', subject: 'webhook ops', changes: { events: [[], ['task.failed']] }, detail: {} },
    { act: 'editWebhook', subject: 'webhook ops', changes: { url: [receiver.url, `${receiver.url}?***`] }, detail: {} },
    { act: 'testWebhook', subject: 'webhook ops', changes: {}, detail: {} },
    { act: 'retryWebhook', subject: 'webhook ops', changes: {}, detail: {} },
    {
      act: 'removeWebhook',
      subject: 'webhook ops',
      changes: { url: [`${receiver.url}?***`, null], events: [['task.failed'], null], products: [[], null], ca: [false, null] },
      detail: {},
    },
  ])
})

test('a webhook that fails is a warning of the overview, and in the metrics', async () => {
  const receiver = await createReceiver()
  receiver.usual = 500
  const fixture = await createAdminFixture()
  fixture.deps.metrics.read({ webhooks: fixture.webhooks.list })
  await fixture.call('POST', path, input(receiver.url))
  await pauseOne(fixture)
  await until(() => fixture.webhooks.find('ops')?.failedAttempts === 1)
  const warnings = (await fixture.call('GET', '/api/v1/overview')).body['warnings'] ?? {}
  expect(Object.values(warnings).map(({ text }) => text)).toEqual([
    'The webhook ops does not take events since 2026-01-02T03:04:05.000Z; 1 event waits. The receiver answered 500.',
  ])
  expect((await fixture.call('GET', `${path}/ops`)).body).toMatchObject({
    backlog: 1,
    oldestAt: '2026-01-02T03:04:05.000Z',
    trouble: { attempts: 1, status: 500, nextAttemptAt: '2026-01-02T03:04:06.000Z', text: 'The receiver answered 500.' },
  })
  const metrics = async () => (await fixture.call('GET', '/metrics')).text
  expect(await metrics()).toMatch(/^fogbell_webhook_failing\{webhook="ops"\} 1$/m)
  expect(await metrics()).toMatch(/^fogbell_webhook_backlog\{webhook="ops"\} 1$/m)
  expect(await metrics()).toMatch(/^fogbell_webhook_attempts_failed_total\{webhook="ops"\} 1$/m)
  await fixture.call('DELETE', `${path}/ops`)
  expect(await metrics()).not.toContain('webhook="ops"')
})

test('parked events are a warning, are listed, and are taken up again', async () => {
  const receiver = await createReceiver()
  receiver.usual = 422
  const fixture = await createAdminFixture()
  await fixture.call('POST', path, input(receiver.url))
  await pauseOne(fixture)
  for (let i = 1; i <= 10; i++) {
    await until(() => (fixture.webhooks.find('ops')?.failedAttempts ?? 0) >= i)
    fixture.pass(300_000)
    fixture.webhooks.tick()
  }
  await until(() => fixture.webhooks.find('ops')?.parked.count === 1)
  const warnings = (await fixture.call('GET', '/api/v1/overview')).body['warnings'] ?? {}
  expect(Object.values(warnings).map(({ code }) => code)).toEqual(['warning_webhook_parked'])
  expect((await fixture.call('GET', `${path}/ops`)).body).toMatchObject({
    backlog: 0,
    parked: { count: 1, newest: [{ type: 'campaign.paused', text: 'The receiver refused it with 422.' }] },
  })
  receiver.usual = 200
  expect((await fixture.call('POST', `${path}/ops/retry`)).body).toEqual({ events: 1 })
  await receiver.count(11)
  await until(() => fixture.webhooks.find('ops')?.backlog === 0)
  expect((await fixture.call('GET', '/api/v1/overview')).body['warnings']).toEqual([])
})
