// The order of messages (MQTT 3.1.1, chapter 4.6): every subscriber gets what one client sends on a topic in that order.

import { expect, it } from 'vitest'
import { enter, fresh, publishPacket, type Qos, stay } from '../support/conformance-client.ts'
import { createConformanceFixture } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture()

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`)

it('QoS 0 and 1 are delivered in the order in which they were sent [MQTT-4.6.0-6] [MQTT-4.6.0-5]', async () => {
  for (const qos of [0, 1] as const) {
    const topic = fresh('t/')
    const [from, ...to] = [await enter(fixture), await enter(fixture), await enter(fixture)]
    for (const client of to) await client.subscribe([topic, qos])
    const came = Promise.all(to.map((client) => client.texts(500)))
    await from.pipeline(topic, numbers(500), qos)
    expect(await came).toEqual([numbers(500), numbers(500)])
  }
})

it('QoS 2 is delivered in the order in which it was sent [MQTT-4.6.0-6]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 2])
  const came = to.texts(200)
  for (let at = 0; at < 200; at += 20) await from.pipeline(topic, numbers(200).slice(at, at + 20), 2)
  expect(await came).toEqual(numbers(200))
})

it('acknowledgements are sent in the order of the packets they acknowledge [MQTT-4.6.0-2]', async () => {
  const client = await enter(fixture)
  const topic = fresh('t/')
  client.send(...numbers(200).map((text, at) => publishPacket(topic, text, { qos: 1, messageId: at + 1, retain: at % 3 === 0 })))
  for (let messageId = 1; messageId <= 200; messageId += 1) await client.expect({ cmd: 'puback', messageId })
})

it('a subscriber that acknowledges late gets all messages in order [MQTT-4.6.0-6]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 1])
  await from.pipeline(topic, numbers(100), 1)
  expect(await to.texts(100)).toEqual(numbers(100))
})

it('the messages of two clients that publish at the same time are each in order [MQTT-4.6.0-6]', async () => {
  const topic = fresh('t/')
  const [a, b, to] = [await enter(fixture), await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 1])
  const came = to.texts(400)
  const named = (name: string): readonly string[] => numbers(200).map((text) => `${name}${text}`)
  await Promise.all([a.pipeline(topic, named('a'), 1), b.pipeline(topic, named('b'), 1)])
  const texts = await came
  for (const name of ['a', 'b']) expect(texts.filter((text) => text.startsWith(name))).toEqual(named(name))
})

it('retained and ordinary messages on one topic keep their order [MQTT-4.6.0-6]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 1])
  const came = to.texts(300)
  from.send(...numbers(300).map((text, at) => publishPacket(topic, text, { qos: 1, messageId: at + 1, retain: at % 3 === 0 })))
  expect(await came).toEqual(numbers(300))
})

it('messages published while a session reconnects follow the queued ones [MQTT-4.6.0-6] D6', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const sleeper = await stay(fixture, name)
  await sleeper.subscribe([topic, 1])
  await sleeper.leave()
  const from = await enter(fixture)
  await from.pipeline(topic, numbers(200), 1)
  const later = from.pipeline(topic, numbers(400).slice(200), 1)
  const back = await stay(fixture, name)
  expect((await Promise.all([back.texts(400), later]))[0]).toEqual(numbers(400))
})

it('each QoS of one topic is in order when they are mixed [MQTT-4.6.0-6]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 2])
  const sent = numbers(90).map((text, at) => ({ text, qos: (at % 3) as Qos }))
  const came = (async () => {
    const found = []
    while (found.length < 90) found.push(await to.message())
    return found
  })()
  for (const { text, qos } of sent) await from.publish(topic, text, { qos })
  const messages = await came
  for (const qos of [0, 1, 2])
    expect(messages.filter((each) => each.qos === qos).map(({ text }) => text)).toEqual(
      sent.filter((each) => each.qos === qos).map(({ text }) => text),
    )
})
