// Wills (MQTT 3.1.1, chapter 3.1.2.5): when one is published, how, and when it is not. Those after a crash are in restart.test.ts.

import { expect, it } from 'vitest'
import { type ConformanceClient, connectPacket, enter, fresh, type Qos, stay, survivors } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'
import { field, frame, rawConnect } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()

const willOf = (topic: string, more: { qos?: Qos; retain?: boolean; payload?: Buffer } = {}) => ({
  will: { topic, payload: Buffer.from('gone'), qos: 1 as Qos, retain: false, ...more },
})

const watch = async (topic: string): Promise<ConformanceClient> => {
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 2])
  return watcher
}

/** Checks that the watcher received nothing before a message that is sent to it now. */
const nothingBut = async (watcher: ConformanceClient, topic: string): Promise<void> => {
  await watcher.publish(topic, 'last', { qos: 1 })
  await watcher.message({ text: 'last' })
  await watcher.expectNothing()
}

it('if a connection breaks, its will is published once, at its QoS [MQTT-3.1.2-8] [MQTT-3.1.2-9] [MQTT-3.1.2-16]', async () => {
  for (const qos of [0, 1, 2] as const) {
    const topic = fresh('t/')
    const watcher = await watch(topic)
    const client = await enter(fixture, willOf(topic, { qos }))
    await client.cut()
    await watcher.message({ topic, text: 'gone', qos, retain: false })
    const later = await watch(topic)
    await later.expectNothing()
    await nothingBut(watcher, topic)
  }
})

it('if the client closes the connection without DISCONNECT, its will is published too [MQTT-3.1.2-8]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(topic)
  const client = await enter(fixture, willOf(topic))
  client.socket.end()
  await watcher.message({ text: 'gone' })
})

it('DISCONNECT removes the will [MQTT-3.14.4-3] [MQTT-3.1.2-10]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(topic)
  const client = await enter(fixture, willOf(topic, { retain: true }))
  await client.leave()
  await nothingBut(watcher, topic)
})

it('for a client without a will nothing is published [MQTT-3.1.2-12]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const watcher = await watch(topic)
  await (await stay(fixture, name, willOf(topic))).leave()
  await (await stay(fixture, name)).cut()
  await nothingBut(watcher, topic)
})

it('a will with RETAIN is retained [MQTT-3.1.2-17]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(topic)
  await (await enter(fixture, willOf(topic, { retain: true }))).cut()
  await watcher.message({ text: 'gone', retain: false })
  const later = await watch(topic)
  await later.message({ text: 'gone', retain: true, qos: 1 })
})

it('an empty will with RETAIN removes the retained message [MQTT-3.1.2-17] [MQTT-3.3.1-10]', async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  await from.publish(topic, 'here', { qos: 1, retain: true })
  const watcher = await watch(topic)
  await watcher.message({ text: 'here' })
  await (await enter(fixture, willOf(topic, { retain: true, payload: Buffer.alloc(0) }))).cut()
  await watcher.message({ text: '' })
  const later = await watch(topic)
  await later.expectNothing()
})

it('a will may contain any bytes, and be empty [MQTT-3.1.2-9]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(topic)
  const payload = Buffer.of(0, 0xff, 0xc0, 0x80)
  await (await enter(fixture, willOf(topic, { payload }))).cut()
  const came = await watcher.expect({ cmd: 'publish' })
  expect(came.payload).toEqual(payload)
})

it('if a client violates the protocol, its will is published [MQTT-3.1.2-8] [MQTT-4.8.0-1]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(topic)
  const client = await enter(fixture, willOf(topic))
  client.send(frame(0xf0))
  await client.expectClosed()
  await watcher.message({ text: 'gone' })
})

it('after a second CONNECT the will of the first is published [MQTT-3.1.2-8] [MQTT-3.1.0-2]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(topic)
  const client = await enter(fixture, willOf(topic))
  client.send(connectPacket())
  await client.expectClosed()
  await watcher.message({ text: 'gone' })
})

it('if a connection is taken over, its will is published, and its successor has its own [MQTT-3.1.2-8] [MQTT-3.1.4-2]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const watcher = await watch(topic)
  const first = await enter(fixture, { clientId: name, ...willOf(topic) })
  const second = await enter(fixture, { clientId: name, ...willOf(topic, { payload: Buffer.from('second') }) })
  expect(await first.closes()).toBe(true)
  await watcher.message({ text: 'gone' })
  await second.cut()
  await watcher.message({ text: 'second' })
  await nothingBut(watcher, topic)
})

it('a will is queued for a session that is not connected [MQTT-3.1.2-8] [MQTT-3.1.2-5]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const sleeper = await stay(fixture, name)
  await sleeper.subscribe([topic, 1])
  await sleeper.leave()
  const watcher = await watch(topic)
  await (await enter(fixture, willOf(topic))).cut()
  await watcher.message({ text: 'gone' })
  await (await stay(fixture, name)).message({ text: 'gone', qos: 1 })
})

it('the will of a refused CONNECT is not published [MQTT-3.1.2-8]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(topic)
  const refused = rawConnect({ level: 6, flags: 0b0000_0110 }, field(fresh()), field(topic), field('gone'))
  expect(await survivors(fixture, false, { refused })).toEqual([])
  await nothingBut(watcher, topic)
})

it('an empty will topic, or one with a wildcard, ends the connection, and nothing is published [MQTT-4.7.1-1] [MQTT-4.7.3-1] [MQTT-3.1.4-1]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(`${topic}/#`)
  const withTopic = (text: string): Buffer => rawConnect({ flags: 0b0000_0110 }, field(fresh()), field(text), field('gone'))
  const wrong = { hash: withTopic(`${topic}/#`), plus: withTopic(`${topic}/+`), inside: withTopic(`${topic}/a+`), none: withTopic('') }
  expect(await survivors(fixture, false, wrong)).toEqual([])
  await nothingBut(watcher, `${topic}/x`)
})

ours('a will that a device may not publish is removed, and the device admitted [MQTT-3.3.5-2]', async () => {
  const topic = fresh('t/')
  const watcher = await watch(topic)
  const name = fresh('d')
  for (const forbidden of [topic, `fogcloud/pk/${name}/thing/up/ota`, '$SYS/x']) {
    const device = await enter(fixture, { username: `${name}&pk`, ...willOf(forbidden, { retain: true }) })
    await device.settle()
    await device.cut()
  }
  await nothingBut(watcher, topic)
})

ours('a will that a device may publish is published [MQTT-3.1.2-8]', async () => {
  const name = fresh('d')
  const topic = `fogcloud/pk/${name}/gone`
  const watcher = await watch(topic)
  await (await enter(fixture, { username: `${name}&pk`, ...willOf(topic) })).cut()
  await watcher.message({ topic, text: 'gone' })
})
