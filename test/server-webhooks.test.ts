// How a running server connects its store and its core with webhooks.

import { expect, onTestFinished, test } from 'vitest'
import type { Event } from '../src/ota/ports/observers.ts'
import { openAlerts, withAlerts } from '../src/server-webhooks.ts'
import { createMemory } from '../src/store/memory.ts'
import { createStoreHealth } from '../src/store-health.ts'
import { silentLog } from './support/recording-log.ts'
import { createReceiver } from './support/webhook-receiver.ts'

test('a store that begins to fail is an alert, once; and what the core reports goes to watchers and webhooks', async () => {
  const receiver = await createReceiver()
  const health = createStoreHealth('/var/lib/fogbell', silentLog, Date.now)
  const closers: (() => Promise<void>)[] = []
  const base = { batches: createMemory(), health, log: silentLog, version: '1.2.3', now: Date.now }
  const webhooks = await openAlerts({ ...base, closers: { add: (close) => void closers.push(close) } })
  onTestFinished(async () => {
    for (const close of closers) await close()
  })
  await webhooks.add('ops', { url: receiver.url, secret: null, events: [], products: [], ca: null }, 'ada')
  health.wrote(new Error('no space left'))
  health.wrote(new Error('no space left'))
  const seen: Event[] = []
  const events = withAlerts({ emit: (event) => void seen.push(event), watches: (device) => device === 'lamp/l1' }, webhooks)
  events.emit({ type: 'device', device: 'lamp/l1', what: 'contended', detail: '192.0.2.1' })
  await receiver.count(2)
  expect(receiver.received.map(({ body }) => [body['type'], body['text']])).toEqual([
    ['store.failed', expect.stringContaining('no space left')],
    ['device.contended', expect.stringContaining('192.0.2.1')],
  ])
  expect([seen.length, events.watches('lamp/l1'), events.watches('lamp/l2')]).toEqual([1, true, false])
})
