// Retained messages (MQTT 3.1.1, chapter 3.3.1.3): which one is kept for a topic, which clients get it, and with which flag.

import { expect, it } from 'vitest'
import { enter, fresh, stay } from '../support/conformance-client.ts'
import { createConformanceFixture } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture()

it('a new subscriber gets retained messages, with RETAIN set [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8]', async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  for (const qos of [0, 1, 2] as const) await from.publish(`${topic}/${qos}`, `${qos}`, { qos, retain: true })
  const to = await enter(fixture)
  await to.subscribe([`${topic}/0`, 2], [`${topic}/1`, 2], [`${topic}/2`, 2])
  const came = [await to.message({ retain: true, dup: false }), await to.message({ retain: true }), await to.message({ retain: true })]
  expect(came.map(({ text, qos }) => `${text}${qos}`).toSorted()).toEqual(['00', '11', '22'])
  await to.expectNothing()
})

it('the last message is retained, whatever its QoS [MQTT-3.3.1-6] [MQTT-3.3.1-7]', async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  await from.publish(topic, 'old', { qos: 2, retain: true })
  await from.publish(topic, 'new', { qos: 0, retain: true })
  const to = await enter(fixture)
  await to.subscribe([topic, 2])
  await to.message({ text: 'new', qos: 0, retain: true })
  await to.expectNothing()
})

it('all retained messages that a filter matches are sent, and no others [MQTT-3.3.1-6]', async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  for (const level of ['a/x', 'b/x', 'a/y', 'a', 'a/x/z']) await from.publish(`${topic}/${level}`, level, { qos: 1, retain: true })
  const to = await enter(fixture)
  await to.subscribe([`${topic}/+/x`, 1])
  expect([...(await to.texts(2))].toSorted()).toEqual(['a/x', 'b/x'])
  await to.expectNothing()
  await to.subscribe([`${topic}/a/#`, 1])
  expect([...(await to.texts(4))].toSorted()).toEqual(['a', 'a/x', 'a/x/z', 'a/y'])
  await to.expectNothing()
})

it('a retained message is delivered at the lower QoS [MQTT-3.8.4-6]', async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  await from.publish(topic, 'x', { qos: 2, retain: true })
  for (const qos of [0, 1, 2] as const) {
    const to = await enter(fixture)
    await to.subscribe([topic, qos])
    await to.message({ text: 'x', qos, retain: true })
    await to.expectNothing()
  }
})

it('a client that is already subscribed gets it without RETAIN [MQTT-3.3.1-9]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 2])
  for (const qos of [0, 1, 2] as const) {
    await client.publish(topic, `${qos}`, { qos, retain: true })
    await client.message({ text: `${qos}`, qos, retain: false })
  }
})

it('a session that was not connected gets it without RETAIN [MQTT-3.3.1-9] D15', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 2])
  await client.leave()
  const from = await enter(fixture)
  await from.publish(topic, 'one', { qos: 1, retain: true })
  await from.publish(topic, 'two', { qos: 2, retain: true })
  const back = await stay(fixture, name)
  await back.message({ text: 'one', retain: false })
  await back.message({ text: 'two', retain: false })
  await back.expectNothing()
})

it('a session that reconnects without SUBSCRIBE gets no retained messages [MQTT-3.3.1-6]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.publish(topic, 'kept', { qos: 1, retain: true })
  await client.subscribe([topic, 1])
  await client.message({ text: 'kept', retain: true })
  await client.leave()
  await (await stay(fixture, name)).expectNothing()
})

it('an empty message removes it, and is delivered like any other [MQTT-3.3.1-10]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.publish(topic, 'x', { qos: 1, retain: true })
  await client.subscribe([topic, 1])
  await client.message({ text: 'x', retain: true })
  await client.publish(topic, '', { qos: 1, retain: true })
  await client.message({ text: '', qos: 1, retain: false })
  const later = await enter(fixture)
  await later.subscribe([topic, 1])
  await later.expectNothing()
})

it('an empty message is not retained [MQTT-3.3.1-11]', async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  for (const qos of [0, 1, 2] as const) await from.publish(`${topic}/${qos}`, '', { qos, retain: true })
  const later = await enter(fixture)
  await later.subscribe([`${topic}/#`, 1])
  await later.expectNothing()
})

it('a message without RETAIN does not change the retained one [MQTT-3.3.1-12]', async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  await from.publish(topic, 'never kept', { qos: 1 })
  const early = await enter(fixture)
  await early.subscribe([topic, 1])
  await early.expectNothing()
  await from.publish(topic, 'kept', { qos: 1, retain: true })
  await from.publish(topic, 'other', { qos: 2 })
  await from.publish(topic, '', { qos: 1 })
  const later = await enter(fixture)
  await later.subscribe([topic, 1])
  await later.message({ text: 'kept', retain: true })
  await later.expectNothing()
})

it('a retained message outlives the session that sent it [MQTT-3.1.2-7]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await stay(fixture, name)
  await from.publish(topic, 'kept', { qos: 1, retain: true })
  await from.leave()
  await (await enter(fixture, { clientId: name })).leave()
  const later = await enter(fixture)
  await later.subscribe([topic, 0])
  await later.message({ text: 'kept', retain: true })
})

it('a PUBLISH and a SUBSCRIBE in one write: the retained message is the one just sent [MQTT-3.3.1-8] D18', async () => {
  for (const qos of [0, 1] as const) {
    const topic = fresh('t/')
    const client = await enter(fixture)
    client.send(
      { cmd: 'publish', topic, payload: 'x', qos, messageId: 1, retain: true, dup: false },
      { cmd: 'subscribe', messageId: 2, subscriptions: [{ topic, qos: 1 }] },
    )
    if (qos === 1) await client.expect({ cmd: 'puback', messageId: 1 })
    await client.expect({ cmd: 'suback', messageId: 2 })
    await client.message({ text: 'x', retain: true })
    await client.expectNothing()
  }
})
