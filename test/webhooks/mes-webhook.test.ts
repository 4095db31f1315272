// The webhook of the setting `mes.webhook`: what a start makes of it.

import { expect, test } from 'vitest'
import { begin, createWebhookFixture, secret } from '../support/webhook-fixture.ts'
import { createReceiver } from '../support/webhook-receiver.ts'

const url = 'http://127.0.0.1:9/old'

test('it is made, changed and removed with the setting, and what waits is kept as long as it is there', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture({ mes: { url, secret } })
  expect(fixture.facts('mes')).toMatchObject({ url, events: ['run.ended'], createdBy: 'mes.webhook', createdAt: begin })
  await fixture.run(1)
  await fixture.failures(1, 'mes')
  fixture.clock.now += 5000
  await fixture.restart({ url, secret })
  expect(fixture.facts('mes')).toMatchObject({ backlog: 1, createdAt: begin })
  await fixture.restart({ url: receiver.url, secret: 'another secret of an MES' })
  expect(fixture.facts('mes')).toMatchObject({ url: receiver.url, createdAt: begin })
  await receiver.count(1)
  expect(receiver.ids()).toEqual(['run-1'])
  receiver.usual = 503
  await fixture.run(2)
  await fixture.failures(1, 'mes')
  await fixture.restart(null)
  expect(fixture.webhooks.find('mes')).toBeNull()
  expect(fixture.webhooks.results.backlog()).toBeNull()
  expect(fixture.logged.at(-1)).toMatchObject({ level: 'warn', message: expect.stringContaining('results that waited for it are dropped') })
  await fixture.webhooks.close()
  expect(await fixture.rows()).toEqual([])
})

test('nobody else may change or remove it', async () => {
  const fixture = await createWebhookFixture({ mes: { url, secret } })
  const refused = { code: 'OTA_CONFLICT', message: expect.stringContaining('setting mes.webhook') }
  await expect(fixture.webhooks.edit('mes', { url: 'http://127.0.0.1:9/new' })).rejects.toMatchObject(refused)
  await expect(fixture.webhooks.remove('MES')).rejects.toMatchObject(refused)
  expect(fixture.facts('mes').url).toBe(url)
})

test('a webhook of that name that somebody has made stays as it is, with a warning; also without the setting', async () => {
  const receiver = await createReceiver()
  const fixture = await createWebhookFixture()
  await fixture.add(receiver.url, { events: ['store.failed'] }, 'MES')
  await fixture.restart({ url, secret })
  expect(fixture.facts('mes')).toMatchObject({ name: 'MES', url: receiver.url, events: ['store.failed'], createdBy: 'ada' })
  expect(fixture.logged.at(-1)).toMatchObject({ level: 'warn', message: expect.stringContaining('the setting mes.webhook is not used') })
  await fixture.restart(null)
  expect(fixture.facts('mes').url).toBe(receiver.url)
  await fixture.webhooks.remove('mes')
})

test('an address that is none is refused', async () => {
  await expect(createWebhookFixture({ mes: { url: 'mes.example', secret } })).rejects.toMatchObject({ code: 'OTA_BAD_REQUEST' })
})
