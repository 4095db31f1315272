// Overlapping filters of one client (MQTT 3.1.1, chapter 3.3.5): the highest QoS of those that match, and only one copy.

import { expect, it } from 'vitest'
import { enter, fresh, type Message, type Qos, type Sub, stay } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture()

const filterSets = (topic: string): readonly (readonly Sub[])[] => [
  [
    [`${topic}/#`, 0],
    [`${topic}/b`, 1],
  ],
  [
    [`${topic}/b`, 1],
    [`${topic}/#`, 0],
  ],
  [
    [`${topic}/#`, 2],
    [`${topic}/b`, 0],
    [`${topic}/+`, 1],
  ],
  [
    [`${topic}/+`, 1],
    [`${topic}/b`, 2],
    [`${topic}/#`, 0],
  ],
]

const highest = (subs: readonly Sub[]): Qos => Math.max(...subs.map(([, qos]) => qos)) as Qos

/** Everything that is delivered before a message with the text `end`. */
const untilEnd = async (next: () => Promise<Message>): Promise<readonly Message[]> => {
  const found: Message[] = []
  for (;;) {
    const message = await next()
    if (message.text === 'end') return found
    found.push(message)
  }
}

it('a message that several filters match is delivered at their highest QoS [MQTT-3.3.5-1] D12', async () => {
  for (const subs of filterSets(fresh('t/'))) {
    const topic = subs.find(([filter]) => filter.endsWith('/b'))?.[0] ?? ''
    const [from, to] = [await enter(fixture), await enter(fixture)]
    await to.subscribe(...subs, [`${topic}/end`, 0])
    await from.publish(topic, 'x', { qos: 2 })
    await from.publish(`${topic}/end`, 'end')
    const came = await untilEnd(to.message)
    expect(Math.max(...came.map(({ qos }) => qos))).toBe(highest(subs))
  }
})

ours('a message that several filters match is delivered once [MQTT-3.3.5-1] D12', async () => {
  for (const subs of filterSets(fresh('t/'))) {
    const topic = subs.find(([filter]) => filter.endsWith('/b'))?.[0] ?? ''
    const client = await enter(fixture)
    await client.subscribe(...subs)
    for (const qos of [0, 1, 2] as const) {
      await client.publish(topic, `${qos}`, { qos })
      await client.message({ text: `${qos}`, qos: Math.min(qos, highest(subs)) as Qos })
      await client.expectNothing()
    }
  }
})

ours('a message for a session with overlapping filters is queued once, at the highest QoS [MQTT-3.3.5-1] [MQTT-3.1.2-5]', async () => {
  for (const subs of filterSets(fresh('t/'))) {
    const name = fresh()
    const topic = subs.find(([filter]) => filter.endsWith('/b'))?.[0] ?? ''
    const sleeper = await stay(fixture, name)
    await sleeper.subscribe(...subs)
    await sleeper.leave()
    const from = await enter(fixture)
    await from.publish(topic, 'x', { qos: 2 })
    const back = await stay(fixture, name)
    await back.message({ text: 'x', qos: highest(subs) })
    await back.expectNothing()
  }
})

it('several messages at once to overlapping filters are all delivered, and the client stays connected [MQTT-3.3.5-1] D9', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const to = await stay(fixture, name)
  await to.subscribe([`${topic}/#`, 1], [`${topic}/+`, 1], [`${topic}/b`, 2])
  const from = await enter(fixture)
  const texts = Array.from({ length: 15 }, (_, at) => `${at}`)
  await from.pipeline(`${topic}/b`, texts, 1)
  await from.publish(`${topic}/b`, 'end', { qos: 1 })
  const came = await untilEnd(to.message)
  expect([...new Set(came.map(({ text }) => text))]).toEqual(texts)
  await to.settle()
})

it('unsubscribing one of two overlapping filters leaves the other [MQTT-3.10.4-1] [MQTT-3.3.5-1]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([`${topic}/#`, 2], [`${topic}/b`, 1])
  await client.unsubscribe(`${topic}/#`)
  await client.publish(`${topic}/b`, 'b', { qos: 2 })
  await client.publish(`${topic}/c`, 'c', { qos: 2 })
  await client.message({ text: 'b', qos: 1 })
  await client.expectNothing()
})
