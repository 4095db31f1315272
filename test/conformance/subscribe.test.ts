// SUBSCRIBE and SUBACK (MQTT 3.1.1, chapters 3.8 and 3.9): what is granted, and what is delivered then.

import { expect, it } from 'vitest'
import { enter, fresh, type Qos, survivors } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'
import { field, frame, id, rawSubscribe } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()
const levels: readonly Qos[] = [0, 1, 2]

it('SUBACK has the id of its SUBSCRIBE [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.3.1-7]', async () => {
  const client = await enter(fixture)
  for (const messageId of [1, 65_535, 300]) {
    client.send({ cmd: 'subscribe', messageId, subscriptions: [{ topic: fresh('t/'), qos: 0 }] })
    await client.expect({ cmd: 'suback', messageId })
  }
  await client.expectNothing()
})

it('each filter gets a code, in the order of the filters [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2]', async () => {
  const client = await enter(fixture)
  const asked = [2, 0, 1, 1, 0, 2] as const
  expect(await client.subscribe(...asked.map((qos) => [fresh('t/'), qos] as const))).toEqual(asked)
})

it('a SUBSCRIBE without a filter ends the connection [MQTT-3.8.3-3]', async () => {
  expect(await survivors(fixture, true, { empty: frame(0x82, id(1)) })).toEqual([])
})

it('reserved bits next to the QoS, and QoS 3, end the connection [MQTT-3.8.3-4]', async () => {
  const wrong = Object.fromEntries([3, 4, 0x20, 0x41, 0x80, 0xff].map((options) => [options, rawSubscribe(fresh('t/'), options)]))
  expect(await survivors(fixture, true, wrong)).toEqual([])
  const second = frame(0x82, id(1), field(fresh('t/')), 1, field(fresh('t/')), 3)
  expect(await survivors(fixture, true, { second })).toEqual([])
})

it('a message is delivered at the lower of its QoS and the granted one [MQTT-3.8.4-6]', async () => {
  const client = await enter(fixture)
  for (const granted of levels) {
    const topic = fresh('t/')
    await client.subscribe([topic, granted])
    for (const qos of levels) {
      await client.publish(topic, `${qos}`, { qos })
      await client.message({ text: `${qos}`, qos: Math.min(qos, granted) as Qos })
    }
  }
  await client.expectNothing()
})

it('the lower QoS also applies to filters with wildcards [MQTT-3.8.4-6] D14', async () => {
  const client = await enter(fixture)
  for (const granted of levels) {
    const topic = fresh('t/')
    await client.subscribe([`${topic}/+/#`, granted])
    for (const qos of levels) {
      await client.publish(`${topic}/a/b`, `${qos}`, { qos })
      await client.message({ text: `${qos}`, qos: Math.min(qos, granted) as Qos })
    }
  }
  await client.expectNothing()
})

it('filters with wildcards are supported [MQTT-3.8.3-2]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  expect(await client.subscribe([`${topic}/+/c`, 1], [`${topic}/x/#`, 1])).toEqual([1, 1])
  await client.publish(`${topic}/b/c`, '1', { qos: 1 })
  await client.publish(`${topic}/x/y/z`, '2', { qos: 1 })
  expect(await client.texts(2)).toEqual(['1', '2'])
})

it('the same filter again replaces the first, with its QoS [MQTT-3.8.4-3]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  for (const qos of [2, 0, 1] as const) {
    expect(await client.subscribe([topic, qos])).toEqual([qos])
    await client.publish(topic, 'x', { qos: 2 })
    await client.message({ qos })
    await client.expectNothing()
  }
})

it('the same filter again gets its retained messages again [MQTT-3.8.4-3]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  await client.publish(topic, 'kept', { qos: 1, retain: true })
  for (const qos of [0, 1, 1] as const) {
    await client.subscribe([topic, qos])
    await client.message({ text: 'kept', retain: true, qos })
  }
  await client.expectNothing()
})

it('subscribing again does not delay what is published meanwhile [MQTT-3.8.4-3]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 1])
  const texts = Array.from({ length: 200 }, (_, at) => `${at}`)
  const sent = from.pipeline(topic, texts, 1)
  const again = async (): Promise<void> => {
    for (let at = 0; at < 5; at += 1) await to.subscribe([topic, 1])
  }
  const [came] = await Promise.all([to.texts(200), sent, again()])
  expect(came).toEqual(texts)
  await to.expectNothing()
})

it('many filters in one packet count as that many packets [MQTT-3.8.4-4] [MQTT-3.8.4-5] D19', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  await client.publish(`${topic}/a`, 'kept', { qos: 1, retain: true })
  expect(await client.subscribe([`${topic}/a`, 0], [`${topic}/b`, 1], [`${topic}/a`, 2])).toEqual([0, 1, 2])
  // Subscribed twice: its retained message is delivered twice.
  await client.message({ text: 'kept', retain: true, qos: 0 })
  await client.message({ text: 'kept', retain: true, qos: 1 })
  await client.publish(`${topic}/a`, 'last', { qos: 2 })
  await client.message({ text: 'last', qos: 2 })
  await client.publish(`${topic}/b`, 'b', { qos: 2 })
  await client.message({ text: 'b', qos: 1 })
  await client.expectNothing()
})

it('a client gets its own messages and those of others [MQTT-4.5.0-1]', async () => {
  const topic = fresh('t/')
  const clients = [await enter(fixture), await enter(fixture), await enter(fixture)]
  for (const client of clients) await client.subscribe([topic, 1])
  await clients[0]?.publish(topic, 'x', { qos: 1 })
  for (const client of clients) await client.message({ topic, text: 'x', qos: 1 })
})

ours('a filter that is not allowed gets 128, and the others are granted [MQTT-3.9.3-2] [MQTT-3.8.4-5]', async () => {
  const [name, topic] = [fresh('d'), fresh('t/')]
  const device = await enter(fixture, { username: `${name}&pk` })
  expect(await device.subscribe([topic, 1], [`fogcloud/pk/${name}/x`, 2], ['#', 0], [`fogcloud/pk/${name}/y`, 0])).toEqual([128, 2, 128, 0])
  const from = await enter(fixture)
  await from.publish(topic, 'bad', { qos: 1 })
  await from.publish(`fogcloud/pk/${name}/x`, 'good', { qos: 2 })
  await device.message({ text: 'good', qos: 2 })
  await device.expectNothing()
})

ours('a filter that is not allowed gets no retained messages [MQTT-3.8.4-5]', async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  await from.publish(topic, 'kept', { qos: 1, retain: true })
  const device = await enter(fixture, { username: `${fresh('d')}&pk` })
  expect(await device.subscribe([topic, 1])).toEqual([128])
  await device.expectNothing()
})

ours('shared subscriptions are not part of 3.1.1 and are refused [MQTT-3.8.4-5]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  expect(await client.subscribe([`$share/group/${topic}`, 1], [topic, 0])).toEqual([128, 0])
  await client.publish(topic, 'x')
  await client.message({ text: 'x' })
  await client.expectNothing()
})
