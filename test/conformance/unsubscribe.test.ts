// UNSUBSCRIBE and UNSUBACK (MQTT 3.1.1, chapters 3.10 and 3.11).

import { expect, it } from 'vitest'
import { enter, fresh, stay, survivors } from '../support/conformance-client.ts'
import { createConformanceFixture } from '../support/conformance-fixture.ts'
import { frame, id } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()

it('UNSUBACK has the id of its UNSUBSCRIBE, even if there was no such filter [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-2.3.1-7]', async () => {
  const client = await enter(fixture)
  for (const messageId of [1, 65_535]) {
    client.send({ cmd: 'unsubscribe', messageId, unsubscriptions: [fresh('none/')] })
    await client.expect({ cmd: 'unsuback', messageId })
  }
  await client.expectNothing()
})

it('after UNSUBACK nothing new is delivered [MQTT-3.10.4-2]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  await client.subscribe([topic, 1], [`${topic}/+`, 1])
  await client.unsubscribe(topic)
  await client.publish(topic, 'gone', { qos: 1 })
  await client.publish(`${topic}/x`, 'kept', { qos: 1 })
  await client.message({ text: 'kept' })
  await client.expectNothing()
})

it('filters are compared as text, not by what they match [MQTT-3.10.4-1]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  await client.subscribe([`${topic}/a`, 1], [`${topic}/+/b`, 1])
  await client.unsubscribe(`${topic}/+`, `${topic}/#`, `${topic}/A`, `${topic}/a/`, `${topic}/x/b`, '#')
  await client.publish(`${topic}/a`, '1', { qos: 1 })
  await client.publish(`${topic}/x/b`, '2', { qos: 1 })
  expect(await client.texts(2)).toEqual(['1', '2'])
  await client.unsubscribe(`${topic}/+/b`)
  await client.publish(`${topic}/x/b`, '3', { qos: 1 })
  await client.expectNothing()
})

it('many filters in one packet are answered with one UNSUBACK [MQTT-3.10.4-6]', async () => {
  const [client, topic] = [await enter(fixture), fresh('t/')]
  await client.subscribe([`${topic}/a`, 1], [`${topic}/b`, 1], [`${topic}/c`, 1])
  await client.unsubscribe(`${topic}/a`, `${topic}/none`, `${topic}/c`, `${topic}/a`)
  for (const level of ['a', 'b', 'c']) await client.publish(`${topic}/${level}`, level, { qos: 1 })
  await client.message({ text: 'b' })
  await client.expectNothing()
})

it('an UNSUBSCRIBE without a filter ends the connection [MQTT-3.10.3-2]', async () => {
  expect(await survivors(fixture, true, { empty: frame(0xa2, id(1)) })).toEqual([])
})

it('a delivery that has begun is completed [MQTT-3.10.4-3]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 2])
  await client.publish(topic, 'one', { qos: 1 })
  await client.publish(topic, 'two', { qos: 2 })
  const [one, two] = [await client.unacked({ text: 'one' }), await client.unacked({ text: 'two' })]
  await client.unsubscribe(topic)
  await client.ack(two)
  await client.cut()
  const again = await stay(fixture, name)
  await again.message({ text: 'one', id: one.id, dup: true })
  await again.expectNothing()
})

it('a filter unsubscribed in a persistent session is not restored with it [MQTT-3.10.4-2] [MQTT-4.1.0-1]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([`${topic}/a`, 1], [`${topic}/b`, 1])
  await client.unsubscribe(`${topic}/a`)
  await client.leave()
  const from = await enter(fixture)
  for (const level of ['a', 'b']) await from.publish(`${topic}/${level}`, level, { qos: 1 })
  const again = await stay(fixture, name)
  await again.message({ text: 'b' })
  await again.expectNothing()
})
