// Sessions (MQTT 3.1.1, chapters 3.1.2.4, 3.2.2.2, 4.1 and 4.4) while the server runs; those over a restart are in restart.test.ts.

import { expect, it } from 'vitest'
import { enter, fresh, stay } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture()

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`)

/** A stored session with that filter, and a client that publishes to it. */
const away = async (filter: string, qos: 0 | 1 | 2, name: string) => {
  const client = await stay(fixture, name)
  await client.subscribe([filter, qos])
  await client.leave()
  return enter(fixture)
}

it('session present is set if one is stored, and only then [MQTT-3.2.2-2] [MQTT-3.2.2-3] [MQTT-3.1.2-4]', async () => {
  const name = fresh()
  const first = await stay(fixture, name)
  expect(first.present).toBe(false)
  await first.subscribe([fresh('t/'), 0])
  await first.leave()
  const second = await stay(fixture, name)
  expect(second.present).toBe(true)
  await second.cut()
  expect((await stay(fixture, name)).present).toBe(true)
})

it('a session without a subscription counts as a session [MQTT-3.2.2-2] D17', async () => {
  const name = fresh()
  await (await stay(fixture, name)).leave()
  expect((await stay(fixture, name)).present).toBe(true)
})

it('a clean CONNECT removes the stored session [MQTT-3.1.2-6] [MQTT-3.2.2-1]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await away(topic, 1, name)
  await from.publish(topic, 'lost', { qos: 1 })
  const clean = await enter(fixture, { clientId: name })
  expect(clean.present).toBe(false)
  await from.publish(topic, 'lost', { qos: 1 })
  await clean.expectNothing()
  await clean.leave()
  const next = await stay(fixture, name)
  expect(next.present).toBe(false)
  await next.expectNothing()
})

it('a clean session ends with its connection [MQTT-3.1.2-6] [MQTT-4.1.0-2]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const clean = await enter(fixture, { clientId: name })
  await clean.subscribe([topic, 1])
  await clean.leave()
  const next = await stay(fixture, name)
  expect(next.present).toBe(false)
  await next.publish(topic, 'x', { qos: 1 })
  await next.expectNothing()
})

it('subscriptions are restored with the session [MQTT-3.1.2-4] [MQTT-4.1.0-1] [MQTT-3.1.3-2]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await away(`${topic}/+`, 2, name)
  const back = await stay(fixture, name)
  await from.publish(`${topic}/a`, 'x', { qos: 2 })
  await back.message({ topic: `${topic}/a`, text: 'x', qos: 2 })
})

it('QoS 1 and 2 are queued for a session, in order and at the right QoS [MQTT-3.1.2-5] [MQTT-4.5.0-1]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await away(topic, 2, name)
  for (const [at, qos] of ([1, 2, 2, 1, 1, 2] as const).entries()) await from.publish(topic, `${at}`, { qos })
  const back = await stay(fixture, name)
  for (const [at, qos] of ([1, 2, 2, 1, 1, 2] as const).entries()) await back.message({ text: `${at}`, qos, dup: false, retain: false })
  await back.expectNothing()
})

it('queued messages are lowered to the QoS that the session requested [MQTT-3.8.4-6] D14', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await away(`${topic}/#`, 1, name)
  await from.publish(`${topic}/a`, 'x', { qos: 2 })
  await (await stay(fixture, name)).message({ text: 'x', qos: 1 })
})

it('more messages are queued than the window holds, and all are delivered in order [MQTT-3.1.2-5] [MQTT-4.6.0-6]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await away(topic, 1, name)
  await from.pipeline(topic, numbers(100), 1)
  const back = await stay(fixture, name)
  expect(await back.texts(100)).toEqual(numbers(100))
  await back.expectNothing()
})

ours('QoS 0 is not queued for a session [MQTT-3.1.2-5]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await away(topic, 2, name)
  await from.publish(topic, 'zero')
  await from.publish(topic, 'one', { qos: 1 })
  const back = await stay(fixture, name)
  await back.message({ text: 'one' })
  await back.expectNothing()
})

ours('nothing is queued for a filter at QoS 0 [MQTT-3.1.2-5] [MQTT-3.8.4-6]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await away(topic, 0, name)
  await from.publish(topic, 'x', { qos: 2 })
  await (await stay(fixture, name)).expectNothing()
})

it('unacknowledged messages are sent again in the order in which they were sent [MQTT-4.6.0-1] [MQTT-4.4.0-1] [MQTT-3.3.1-1] D16', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 2])
  for (const [at, qos] of ([1, 2, 1, 1, 2, 2, 1] as const).entries()) await client.publish(topic, `${at}`, { qos })
  const first = []
  for (let at = 0; at < 7; at += 1) first.push(await client.unacked({ dup: false }))
  await client.cut()
  const back = await stay(fixture, name)
  for (const { id, text, qos } of first) await back.message({ id, text, qos, dup: true })
  await back.expectNothing()
})

it('an acknowledged message is not sent again; those before and after it are [MQTT-4.4.0-1] [MQTT-2.3.1-4]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 1])
  for (const text of ['a', 'b', 'c']) await client.publish(topic, text, { qos: 1 })
  const [a, b, c] = [await client.unacked(), await client.unacked(), await client.unacked()]
  await client.ack(b)
  await client.settle()
  await client.cut()
  const back = await stay(fixture, name)
  await back.message({ text: 'a', id: a.id, dup: true })
  await back.message({ text: 'c', id: c.id, dup: true })
  await back.expectNothing()
})

ours('at most 20 messages are unacknowledged at once; each acknowledgement lets the next one be sent [MQTT-4.3.2-1]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  await client.subscribe([topic, 2])
  await client.pipeline(topic, numbers(50), 1)
  const window = []
  for (let at = 0; at < 20; at += 1) window.push(await client.unacked({ text: `${at}` }))
  await client.expectNothing()
  for (const message of window.slice(0, 5)) await client.ack(message)
  for (let at = 20; at < 25; at += 1) window.push(await client.unacked({ text: `${at}` }))
  await client.expectNothing()
  for (const message of window.slice(5)) await client.ack(message)
  expect(await client.texts(25)).toEqual(numbers(50).slice(25))
  await client.expectNothing()
})

it('a window full of QoS 2 advances with PUBCOMP [MQTT-4.3.3-1]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  await client.subscribe([topic, 2])
  await client.pipeline(topic, numbers(20), 2)
  await client.pipeline(topic, numbers(30).slice(20), 2)
  expect(await client.texts(30)).toEqual(numbers(30))
  await client.expectNothing()
})

it('QoS 0 next to a full window is sent at the latest when the window advances [MQTT-4.3.1-1]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  await client.subscribe([`${topic}/full`, 1], [`${topic}/zero`, 0])
  await client.pipeline(`${topic}/full`, numbers(30), 1)
  await client.publish(`${topic}/zero`, 'zero')
  const came = await client.texts(31)
  expect(came).toContain('zero')
  expect(came.filter((text) => text !== 'zero')).toEqual(numbers(30))
})

it('a session that is taken over keeps its filters, its queue and its messages in flight [MQTT-3.1.4-2] [MQTT-4.4.0-1]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const old = await stay(fixture, name)
  await old.subscribe([topic, 1])
  await old.pipeline(topic, numbers(30), 1)
  const { id } = await old.unacked({ text: '0' })
  const next = await stay(fixture, name)
  expect(next.present).toBe(true)
  expect(await old.closes()).toBe(true)
  await next.message({ text: '0', id, dup: true })
  expect(await next.texts(29)).toEqual(numbers(30).slice(1))
  await next.expectNothing()
})

it('a client that reconnects quickly, with clean and persistent sessions, is accepted each time [MQTT-3.1.2-6] D9', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await enter(fixture)
  for (let at = 0; at < 5; at += 1) {
    const first = await stay(fixture, name)
    await first.subscribe([topic, 1])
    await first.publish(topic, 'x', { qos: 1 })
    await first.cut()
    const clean = await enter(fixture, { clientId: name })
    void clean.cut()
    const back = await stay(fixture, name)
    await back.subscribe([topic, 1])
    await from.publish(topic, `${at}`, { qos: 1 })
    await back.message({ text: `${at}` })
    await back.expectNothing()
    await back.cut()
  }
})
