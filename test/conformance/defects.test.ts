// The known defects of the engine, by number, that belong to no other chapter: the room around it must fix them.

import { expect, it } from 'vitest'
import { enter, fresh, publishPacket, type Sub, stay } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture()

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`)

/** A stored session with those filters, one SUBSCRIBE each. */
const away = async (name: string, ...subs: readonly Sub[]): Promise<void> => {
  const client = await stay(fixture, name)
  for (const sub of subs) await client.subscribe(sub)
  await client.leave()
}

it('500 acknowledged messages, every third retained, all arrive [MQTT-4.5.0-1] D1', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([`${topic}/#`, 1])
  const came = to.texts(500)
  from.send(
    ...numbers(500).map((text, at) => publishPacket(`${topic}/${at % 7}`, text, { qos: 1, messageId: at + 1, retain: at % 3 === 0 })),
  )
  expect([...(await came)].toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(500))
})

it('QoS 1 mixed with QoS 0: all messages arrive [MQTT-4.5.0-1] D1', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 1])
  const came = to.texts(400)
  from.send(...numbers(400).map((text, at) => publishPacket(topic, text, at % 2 === 0 ? { qos: 1, messageId: at + 1 } : {})))
  expect([...(await came)].toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(400))
})

it('a connected persistent subscriber gets all of 2,000 messages from four publishers [MQTT-4.5.0-1] D1', async () => {
  const topic = fresh('t/')
  const to = await stay(fixture, fresh())
  await to.subscribe([`${topic}/#`, 1])
  const came = to.texts(2000)
  await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => {
      const from = await enter(fixture)
      await from.pipeline(
        `${topic}/${name}`,
        numbers(500).map((text) => `${name}${text}`),
        1,
      )
    }),
  )
  expect(new Set(await came).size).toBe(2000)
  await to.expectNothing()
})

it('two overlapping filters: what only the wider one matches is queued too [MQTT-3.1.2-5] D3', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  await away(name, [`${topic}/#`, 1], [`${topic}/b`, 2])
  const from = await enter(fixture)
  for (const level of ['b', 'c', 'd/e']) await from.publish(`${topic}/${level}`, level, { qos: 1 })
  const back = await stay(fixture, name)
  expect([...new Set(await back.texts(3))]).toEqual(['b', 'c', 'd/e'])
})

it('the wider of two filters unsubscribed: what the other one matches is queued [MQTT-3.1.2-5] [MQTT-3.10.4-1] D3', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([`${topic}/b`, 1])
  await client.subscribe([`${topic}/#`, 1])
  await client.unsubscribe(`${topic}/#`)
  await client.leave()
  const from = await enter(fixture)
  for (const level of ['b', 'c']) await from.publish(`${topic}/${level}`, level, { qos: 1 })
  const back = await stay(fixture, name)
  await back.message({ text: 'b' })
  await back.expectNothing()
})

it('the narrower of two filters unsubscribed: what the other one matches is queued [MQTT-3.1.2-5] [MQTT-3.10.4-1] D3', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([`${topic}/#`, 1], [`${topic}/b`, 2])
  await client.unsubscribe(`${topic}/b`)
  await client.leave()
  const from = await enter(fixture)
  for (const level of ['b', 'c']) await from.publish(`${topic}/${level}`, level, { qos: 2 })
  const back = await stay(fixture, name)
  await back.message({ text: 'b', qos: 1 })
  await back.message({ text: 'c', qos: 1 })
  await back.expectNothing()
})

it('live messages do not overtake queued ones when the client acknowledges slowly [MQTT-4.6.0-6] D6', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  await away(name, [topic, 1])
  const from = await enter(fixture)
  await from.pipeline(topic, numbers(100), 1)
  const back = await stay(fixture, name)
  const first = await back.unacked({ text: '0' })
  await from.pipeline(topic, numbers(150).slice(100), 1)
  await back.ack(first)
  expect(await back.texts(149)).toEqual(numbers(150).slice(1))
  await back.expectNothing()
})

ours('a refused filter next to an allowed one is not stored: nothing is queued for it [MQTT-3.8.4-5] D7', async () => {
  const [topic, name, clientId] = [fresh('t/'), fresh('d'), fresh()]
  const username = `${name}&pk`
  const device = await stay(fixture, clientId, { username })
  expect(await device.subscribe([topic, 1], [`fogcloud/pk/${name}/x`, 1])).toEqual([128, 1])
  await device.leave()
  const from = await enter(fixture)
  await from.publish(topic, 'bad', { qos: 1 })
  await from.publish(`fogcloud/pk/${name}/x`, 'good', { qos: 1 })
  const back = await stay(fixture, clientId, { username })
  await back.message({ text: 'good' })
  await from.publish(topic, 'bad', { qos: 1 })
  await back.expectNothing()
})

it('a retained QoS 2 message to a persistent session does not end the connection [MQTT-4.3.3-1] D9', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const from = await enter(fixture)
  await from.publish(topic, 'kept', { qos: 2, retain: true })
  const client = await stay(fixture, name)
  await client.subscribe([topic, 2])
  await client.message({ text: 'kept', qos: 2, retain: true })
  await client.expectNothing()
  await client.leave()
  const back = await stay(fixture, name)
  await back.expectNothing()
})

it('acknowledging a message twice does not end the connection [MQTT-4.3.2-1] D9', async () => {
  const topic = fresh('t/')
  const client = await stay(fixture, fresh())
  await client.subscribe([topic, 2])
  await client.publish(topic, 'one', { qos: 1 })
  const { id: messageId = 0 } = await client.message({ text: 'one' })
  client.send({ cmd: 'puback', messageId }, { cmd: 'pubcomp', messageId })
  await client.settle()
  await client.publish(topic, 'two', { qos: 2 })
  const two = await client.message({ text: 'two' })
  client.send({ cmd: 'pubcomp', messageId: two.id ?? 0 })
  await client.expectNothing()
})

it('a retained message that was not acknowledged is sent again, with its id and DUP [MQTT-4.4.0-1] [MQTT-3.3.1-1] D11', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.publish(topic, 'kept', { qos: 1, retain: true })
  await client.subscribe([topic, 1])
  const { id } = await client.unacked({ text: 'kept', retain: true, dup: false })
  await client.cut()
  const back = await stay(fixture, name)
  await back.message({ text: 'kept', id, dup: true })
  await back.expectNothing()
})
