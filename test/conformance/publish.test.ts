// PUBLISH at QoS 0 and QoS 1 (MQTT 3.1.1, chapters 3.3, 3.4, 4.3.1 and 4.3.2), received and sent.

import { expect, it } from 'vitest'
import { enter, fresh, publishPacket, stay, survivors } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'
import { rawPublish } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()

it('QoS 0 is sent once, without an id, DUP and RETAIN [MQTT-4.3.1-1] [MQTT-2.3.1-5] [MQTT-3.3.1-2]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 2])
  await from.publish(topic, 'x')
  expect(await to.message()).toEqual({ topic, text: 'x', qos: 0, retain: false, dup: false, id: undefined })
  await from.expectNothing()
  await to.expectNothing()
})

it('a message is sent with its own topic, which a filter of the client matches [MQTT-3.3.2-3] [MQTT-3.3.2-1]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([`${topic}/+/b/#`, 0])
  await client.publish(`${topic}/a/b`, '1')
  await client.publish(`${topic}/a/c`, '2')
  await client.publish(`${topic}/a/b/c`, '3')
  await client.message({ topic: `${topic}/a/b`, text: '1' })
  await client.message({ topic: `${topic}/a/b/c`, text: '3' })
})

it('a payload may be empty, and contain any bytes [MQTT-3.3.4-1]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 1])
  await client.publish(topic, '', { qos: 1 })
  await client.message({ text: '' })
  const payload = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
  client.send(publishPacket(topic, payload, { qos: 1, messageId: 3 }))
  expect((await client.expect({ cmd: 'publish' })).payload).toEqual(payload)
})

it('a topic name with a wildcard ends the connection, and nothing is delivered [MQTT-3.3.2-2] [MQTT-4.7.1-1]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(fixture)
  await watcher.subscribe([`${topic}/#`, 0])
  const wild = {
    plus: rawPublish(`${topic}/+`),
    hash: rawPublish(`${topic}/#`),
    inside: rawPublish(`${topic}/a+b`),
    end: rawPublish(`${topic}/a#`),
  }
  expect(await survivors(fixture, true, wild)).toEqual([])
  await watcher.expectNothing()
})

it('an empty topic name ends the connection [MQTT-4.7.3-1]', async () => {
  expect(await survivors(fixture, true, { empty: rawPublish('') })).toEqual([])
})

it('PUBACK has the id of its PUBLISH [MQTT-2.3.1-6] [MQTT-3.3.4-1] [MQTT-4.3.2-2]', async () => {
  const client = await enter(fixture)
  for (const messageId of [1, 65_535, 256]) {
    client.send(publishPacket(fresh('t/'), 'x', { qos: 1, messageId }))
    await client.expect({ cmd: 'puback', messageId })
  }
  await client.expectNothing()
})

it('QoS 1 is sent with an id that is not in use and without DUP [MQTT-4.3.2-1] [MQTT-2.3.1-4]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 1])
  for (const text of ['a', 'b', 'c']) await client.publish(topic, text, { qos: 1 })
  const messages = [await client.unacked({ dup: false }), await client.unacked({ dup: false }), await client.unacked({ dup: false })]
  const ids = messages.map(({ id }) => id)
  expect(new Set(ids).size).toBe(3)
  expect(ids).not.toContain(undefined)
  for (const message of messages) await client.ack(message)
  await client.expectNothing()
})

it('after PUBACK the same id is a new message, DUP or not [MQTT-4.3.2-2]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 1])
  for (const [text, dup] of [
    ['1', false],
    ['2', true],
    ['3', false],
  ] as const) {
    client.send(publishPacket(topic, text, { qos: 1, messageId: 4, dup }))
    await client.expect({ cmd: 'puback', messageId: 4 })
  }
  expect(await client.texts(3)).toEqual(['1', '2', '3'])
})

it('the DUP flag of a received message is not passed on [MQTT-3.3.1-3]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 2])
  client.send(
    publishPacket(topic, 'one', { qos: 1, messageId: 1, dup: true }),
    publishPacket(topic, 'two', { qos: 2, messageId: 2, dup: true }),
  )
  await client.expect({ cmd: 'puback', messageId: 1 })
  await client.expect({ cmd: 'pubrec', messageId: 2 })
  client.send({ cmd: 'pubrel', messageId: 2 })
  await client.message({ text: 'one', dup: false })
  await client.message({ text: 'two', dup: false })
})

it('what was not acknowledged is sent again at reconnect, with DUP and the same id [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-2.3.1-4]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 1])
  await client.publish(topic, 'x', { qos: 1 })
  const { id } = await client.unacked({ text: 'x', dup: false })
  await client.cut()
  const again = await stay(fixture, name)
  const message = await again.unacked({ topic, text: 'x', qos: 1, dup: true, id })
  await again.ack(message)
  await again.settle()
  await again.cut()
  const third = await stay(fixture, name)
  await third.expectNothing()
})

it('what was not acknowledged is not sent to a clean session [MQTT-3.1.2-6]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 1])
  await client.publish(topic, 'x', { qos: 1 })
  await client.unacked({ text: 'x' })
  await client.cut()
  await (await enter(fixture, { clientId: name })).expectNothing()
})

it('acknowledgements of unknown ids are ignored [MQTT-4.3.2-1]', async () => {
  const client = await enter(fixture)
  client.send({ cmd: 'puback', messageId: 4711 }, { cmd: 'pubcomp', messageId: 4711 })
  await client.expectNothing()
})

ours('what a device may not publish is acknowledged at its QoS and dropped [MQTT-3.3.5-2]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 2])
  const device = await enter(fixture, { username: `${fresh('d')}&pk` })
  for (const qos of [0, 1, 2] as const) await device.publish(topic, 'bad', { qos, retain: true })
  await watcher.publish(topic, 'good', { qos: 1 })
  await watcher.message({ text: 'good' })
  await watcher.expectNothing()
  const later = await enter(fixture)
  await later.subscribe([topic, 0])
  await later.expectNothing()
})
