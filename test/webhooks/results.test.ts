// Results of test runs: with the run on disk, in order, once by their ids, to an MES and to webhooks; and what of them has not been sent.

import { expect, test } from 'vitest'
import { runJson } from '../../src/station/run-json.ts'
import { sampleRun } from '../support/station-samples.ts'
import { until } from '../support/until.ts'
import { begin, createWebhookFixture, secret } from '../support/webhook-fixture.ts'
import { createReceiver, isSignedBy } from '../support/webhook-receiver.ts'

test('a run that has ended is sent with its number as id, in words and whole, to those who want it', async () => {
  const [all, lamps, pumps, alerts] = await Promise.all([1, 2, 3, 4].map(() => createReceiver()))
  const fixture = await createWebhookFixture()
  await fixture.add(all?.url ?? '', {}, 'all')
  await fixture.add(lamps?.url ?? '', { events: ['run.ended'], products: ['lamp'] }, 'lamps')
  await fixture.add(pumps?.url ?? '', { events: ['run.ended'], products: ['pump'] }, 'pumps')
  await fixture.add(alerts?.url ?? '', { events: ['store.failed'] }, 'alerts')
  const failed = {
    outcome: 'failed',
    code: 'NO_VERSION',
    said: { code: 'as_text', params: { text: 'No version.' } },
  } as const
  await fixture.run(7, failed)
  await all?.count(1)
  await lamps?.count(1)
  expect([pumps?.received.length, alerts?.received.length]).toEqual([0, 0])
  const [sent] = all?.received ?? []
  expect(sent).toMatchObject({ id: 'run-7', event: 'run.ended' })
  expect(sent?.body).toMatchObject({
    id: 'run-7',
    type: 'run.ended',
    at: new Date(begin).toISOString(),
    text: 'Run 7: SN-1 (lamp, FCT, attempt 1) did not pass. No version.',
    code: 'webhook_run_ended',
  })
  expect(sent?.body['data']).toEqual(JSON.parse(JSON.stringify(runJson(sampleRun({ id: 7, endedAt: begin, ...failed })))))
  expect(sent?.body['data']).toMatchObject({ id: '7', code: 'NO_VERSION', text: 'No version.', textCode: 'as_text', tasks: [] })
})

test('an MES gets the run itself, signed; a test of its webhook is an event', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture({ mes: { url: receiver.url, secret } })
  await fixture.run(1)
  await receiver.count(1)
  const [sent] = receiver.received
  expect(sent?.body).toEqual(JSON.parse(JSON.stringify(runJson(sampleRun({ id: 1, endedAt: begin })))))
  expect(sent).toMatchObject({ id: 'run-1', event: 'run.ended' })
  expect(sent !== undefined && isSignedBy(secret, sent)).toBe(true)
  await fixture.webhooks.test('mes')
  expect(receiver.received[1]?.body).toMatchObject({ type: 'test' })
  await fixture.fail(1)
  expect(fixture.facts('mes')).toMatchObject({ backlog: 0, delivered: 1 })
})

test('after a downtime of receiver and server all results come in order, each id once where it was taken', async () => {
  const receiver = await createReceiver()
  const mes = { url: receiver.url, secret }
  receiver.usual = 503
  const fixture = await createWebhookFixture({ mes })
  for (let id = 1; id <= 20; id++) await fixture.run(id)
  await fixture.failures(1, 'mes')
  await fixture.restart()
  for (let id = 21; id <= 40; id++) await fixture.run(id)
  expect(fixture.webhooks.results.backlog()).toEqual({ count: 40, oldestAt: begin })
  receiver.usual = 204
  const before = receiver.received.length
  fixture.pass(300_000)
  await until(() => fixture.facts('mes').backlog === 0)
  const expected = Array.from({ length: 40 }, (_, i) => `run-${i + 1}`)
  expect(receiver.ids().slice(before)).toEqual(expected)
  expect(new Set(receiver.ids().slice(0, before))).toEqual(new Set(['run-1']))
  expect(fixture.webhooks.results.backlog()).toEqual({ count: 0, oldestAt: null })
})

test('a result that was set aside is sent by a retry after two more starts, before what came later, and once', async () => {
  const receiver = await createReceiver()
  const mes = { url: receiver.url, secret }
  const fixture = await createWebhookFixture({ mes })
  await fixture.run(1)
  await receiver.count(1)
  receiver.usual = 422
  await fixture.run(2)
  for (let tries = 1; tries <= 10; tries++) {
    await fixture.failures(tries, 'mes')
    fixture.pass(300_000)
  }
  await until(() => fixture.facts('mes').parked.count === 1)
  receiver.usual = 'cut'
  await fixture.run(3)
  await fixture.failures(11, 'mes')
  await fixture.restart()
  await fixture.run(4)
  await fixture.failures(1, 'mes')
  await fixture.restart()
  await fixture.failures(1, 'mes')
  expect(fixture.webhooks.results.backlog()).toEqual({ count: 3, oldestAt: begin })
  receiver.usual = 204
  const before = receiver.received.length
  await fixture.webhooks.retry('mes')
  await until(() => fixture.facts('mes').backlog === 0)
  expect(receiver.ids().slice(before)).toEqual(['run-2', 'run-3', 'run-4'])
  await fixture.restart()
  await fixture.run(5)
  await until(() => fixture.facts('mes').backlog === 0)
  expect(receiver.ids().slice(before)).toEqual(['run-2', 'run-3', 'run-4', 'run-5'])
  expect(fixture.webhooks.results.backlog()).toEqual({ count: 0, oldestAt: null })
})

test('a result is not sent before its run is on disk, and never where the disk is full', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture({ mes: { url: receiver.url, secret } })
  const release = fixture.valve.hold()
  const written = fixture.run(1)
  fixture.pass(1000)
  await fixture.webhooks.test('mes')
  expect(receiver.received.map(({ event }) => event)).toEqual(['test'])
  fixture.valve.failing = true
  release()
  await expect(written).rejects.toThrow('no space left')
  expect(fixture.webhooks.results.backlog()).toEqual({ count: 0, oldestAt: null })
  fixture.valve.failing = false
  await fixture.run(1)
  await receiver.count(2)
  await until(() => fixture.facts('mes').backlog === 0)
  expect(receiver.ids().slice(1)).toEqual(['run-1'])
})

test('the backlog counts results alone: those that wait and those that were refused, of the receiver that lacks most', async () => {
  const [good, bad] = await Promise.all([createReceiver(), createReceiver()])
  const fixture = await createWebhookFixture()
  const backlog = () => fixture.webhooks.results.backlog()
  expect(backlog()).toBeNull()
  await fixture.add(good.url, { events: ['store.failed'] }, 'alerts')
  expect(backlog()).toBeNull()
  await fixture.add(good.url, {}, 'good')
  await fixture.add(bad.url, {}, 'bad')
  expect(backlog()).toEqual({ count: 0, oldestAt: null })
  bad.usual = 422
  await fixture.fail(1)
  fixture.clock.now += 1000
  await fixture.run(1)
  fixture.clock.now += 1000
  await fixture.run(2)
  await fixture.fail(2)
  await until(() => fixture.facts('good').backlog === 0)
  expect(backlog()).toEqual({ count: 2, oldestAt: begin + 1000 })
  for (let i = 1; i <= 20; i++) {
    await fixture.failures(i, 'bad')
    fixture.pass(300_000)
  }
  await until(() => fixture.facts('bad').parked.count === 2)
  await fixture.failures(21, 'bad')
  expect(backlog()).toEqual({ count: 2, oldestAt: begin + 1000 })
  await fixture.restart()
  expect(backlog()).toEqual({ count: 2, oldestAt: begin + 1000 })
  await fixture.failures(1, 'bad')
  bad.usual = 204
  await fixture.webhooks.retry('bad')
  await until(() => fixture.facts('bad').backlog === 0)
  expect(backlog()).toEqual({ count: 0, oldestAt: null })
  expect(
    bad
      .ids()
      .slice(-4)
      .filter((id) => id.startsWith('run-')),
  ).toEqual(['run-1', 'run-2'])
})

test('a large result is sent as it is', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture({ mes: { url: receiver.url, secret } })
  const value = 'x'.repeat(20_000)
  const limits = { unit: null, low: null, high: null, equals: null, outcome: null, marginal: false }
  const step = { name: 'selftest', outcome: 'passed', startedAt: begin, endedAt: begin, code: null, said: null } as const
  await fixture.run(1, { steps: [{ ...step, measurements: [{ name: 'trace', value, ...limits }] }] })
  await receiver.count(1)
  expect(receiver.received[0]?.text).toContain(`"value":"${value}"`)
})
