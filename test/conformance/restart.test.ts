// What outlives the server (MQTT 3.1.1, chapters 3.1.2.4, 4.1 and 4.4), over a clean stop and over kill -9. All scenarios are prepared
// before one restart that they share, and checked after it.

import { beforeAll, describe, expect, it } from 'vitest'
import { enter, fresh, type Message, publishPacket, stay } from '../support/conformance-client.ts'
import { type ConformanceFixture, createConformanceFixture, ours } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture({ killable: true })

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`)

type Declare = (name: string, run: () => Promise<void>) => void

/** The part before the restart; it resolves to the part after it. */
type Scenario = () => Promise<() => Promise<void>>

interface Restarted {
  /** Declares a scenario; `as` declares its test. */
  scenario(name: string, before: Scenario, as?: Declare): void
}

/** Runs the first half of all scenarios, restarts the server, and declares a test for each second half. */
const overOneRestart = (how: Parameters<ConformanceFixture['restart']>[0], declare: (restarted: Restarted) => void): void => {
  const halves = new Map<string, { readonly before: Scenario; after?: Promise<() => Promise<void>> }>()
  beforeAll(async () => {
    for (const half of halves.values()) {
      half.after = half.before()
      await half.after.catch(() => undefined)
    }
    await fixture.restart(how)
  }, 60_000)
  declare({
    scenario(name, before, as: Declare = it) {
      halves.set(name, { before })
      as(name, async () => (await halves.get(name)?.after)?.())
    },
  })
}

const queued: Scenario = async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const sleeper = await stay(fixture, name)
  await sleeper.subscribe([`${topic}/+`, 1], [`${topic}/two`, 2])
  await sleeper.leave()
  const from = await enter(fixture)
  await from.pipeline(`${topic}/one`, numbers(60), 1)
  await from.publish(`${topic}/two`, 'two', { qos: 2 })
  await from.publish(`${topic}/one`, 'kept', { qos: 1, retain: true })
  return async () => {
    const back = await stay(fixture, name)
    expect(back.present).toBe(true)
    expect(await back.texts(60)).toEqual(numbers(60))
    await back.message({ text: 'two', qos: 2 })
    await back.message({ text: 'kept', qos: 1, retain: false })
    await back.expectNothing()
    await back.publish(`${topic}/new`, 'new', { qos: 1 })
    await back.message({ text: 'new' })
  }
}

const unacknowledged: Scenario = async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 2])
  const from = await enter(fixture)
  await from.pipeline(topic, numbers(18), 1)
  await from.pipeline(topic, ['18', '19'], 2)
  await from.pipeline(topic, numbers(30).slice(20), 1)
  const window: Message[] = []
  for (let at = 0; at < 20; at += 1) window.push(await client.unacked({ text: `${at}` }))
  for (const message of window.slice(0, 3)) await client.ack(message)
  await client.settle()
  return async () => {
    const back = await stay(fixture, name)
    // An acknowledgement that was not on disk yet may be lost: then its message is sent again too.
    const again = [await back.unacked({ dup: true })]
    const first = window.findIndex(({ text }) => text === again[0]?.text)
    expect(first).toBeLessThanOrEqual(3)
    await back.ack(again[0] ?? { topic, text: '', qos: 0, retain: false, dup: false, id: 0 })
    for (const { id, text, qos } of window.slice(first + 1)) await back.message({ id, text, qos, dup: true })
    expect(again[0]?.id).toBe(window[first]?.id)
    expect(await back.texts(10)).toEqual(numbers(30).slice(20))
    await back.expectNothing()
  }
}

const released: Scenario = async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 2])
  await client.publish(topic, 'x', { qos: 2 })
  const { id: messageId = 0 } = await client.unacked()
  client.send({ cmd: 'pubrec', messageId })
  await client.expect({ cmd: 'pubrel', messageId })
  return async () => {
    const back = await stay(fixture, name)
    expect(await back.first()).toMatchObject({ cmd: 'pubrel', messageId })
    back.send({ cmd: 'pubcomp', messageId })
    await back.expectNothing()
  }
}

const halfSent: Scenario = async () => {
  const [topic, from, to] = [fresh('t/'), fresh(), fresh()]
  const watcher = await stay(fixture, to)
  await watcher.subscribe([topic, 2])
  const sender = await stay(fixture, from)
  sender.send(publishPacket(topic, 'x', { qos: 2, messageId: 77 }))
  await sender.expect({ cmd: 'pubrec', messageId: 77 })
  return async () => {
    const again = await stay(fixture, from)
    again.send(publishPacket(topic, 'x', { qos: 2, messageId: 77, dup: true }))
    await again.expect({ cmd: 'pubrec', messageId: 77 })
    again.send({ cmd: 'pubrel', messageId: 77 })
    await again.expect({ cmd: 'pubcomp', messageId: 77 })
    await again.publish(topic, 'last', { qos: 1 })
    const back = await stay(fixture, to)
    await back.message({ text: 'x', qos: 2 })
    await back.message({ text: 'last' })
    await back.expectNothing()
  }
}

const retained: Scenario = async () => {
  const topic = fresh('t/')
  const from = await enter(fixture)
  for (const qos of [1, 2] as const) await from.publish(`${topic}/${qos}`, `${qos}`, { qos, retain: true })
  await from.publish(`${topic}/gone`, 'x', { qos: 1, retain: true })
  await from.publish(`${topic}/gone`, '', { qos: 1, retain: true })
  return async () => {
    const later = await enter(fixture)
    await later.subscribe([`${topic}/#`, 2])
    expect([...(await later.texts(2))].toSorted()).toEqual(['1', '2'])
    await later.expectNothing()
  }
}

const takenBack: Scenario = async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([`${topic}/zero`, 0], [`${topic}/gone`, 1], [`${topic}/one`, 1])
  await client.unsubscribe(`${topic}/gone`)
  await client.leave()
  return async () => {
    const from = await enter(fixture)
    for (const level of ['zero', 'gone', 'one']) await from.publish(`${topic}/${level}`, level, { qos: 1 })
    const back = await stay(fixture, name)
    await back.message({ text: 'one', qos: 1 })
    await back.expectNothing()
  }
}

const cleanSession: Scenario = async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await enter(fixture, { clientId: name })
  await client.subscribe([topic, 1])
  return async () => {
    const back = await stay(fixture, name)
    expect(back.present).toBe(false)
    await back.publish(topic, 'x', { qos: 1 })
    await back.expectNothing()
  }
}

const refusedFilter: Scenario = async () => {
  const [topic, name, clientId] = [fresh('t/'), fresh('d'), fresh()]
  const username = `${name}&pk`
  const device = await stay(fixture, clientId, { username })
  expect(await device.subscribe([`fogcloud/pk/${name}/x`, 1], [topic, 2])).toEqual([1, 128])
  return async () => {
    const from = await enter(fixture)
    await from.publish(topic, 'bad', { qos: 1 })
    await from.publish(`fogcloud/pk/${name}/x`, 'good', { qos: 1 })
    const back = await stay(fixture, clientId, { username })
    await back.message({ text: 'good' })
    await back.expectNothing()
  }
}

const will: Scenario = async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const sleeper = await stay(fixture, name)
  await sleeper.subscribe([topic, 1])
  await sleeper.leave()
  await enter(fixture, { will: { topic, payload: Buffer.from('gone'), qos: 1, retain: true } })
  const polite = await enter(fixture, { will: { topic, payload: Buffer.from('never'), qos: 1, retain: false } })
  await polite.leave()
  return async () => {
    // Not again at the next start.
    await fixture.restart('kill')
    const back = await stay(fixture, name)
    await back.message({ text: 'gone', qos: 1 })
    await back.publish(topic, 'last', { qos: 1 })
    await back.message({ text: 'last' })
    await back.expectNothing()
    const later = await enter(fixture)
    await later.subscribe([topic, 0])
    await later.message({ text: 'gone', retain: true })
  }
}

describe.each(['stop', 'kill'] as const)('over a %s', (how) => {
  overOneRestart(how, ({ scenario }) => {
    scenario('sessions, filters and queues are kept, in order and at their QoS [MQTT-4.1.0-1] [MQTT-3.1.2-4] [MQTT-3.1.2-5] D4', queued)
    scenario(
      'unacknowledged messages are sent again with their ids and DUP, then the rest [MQTT-4.4.0-1] [MQTT-4.6.0-1] D16',
      unacknowledged,
    )
    scenario('after PUBREC only PUBREL is sent again [MQTT-4.4.0-1] [MQTT-4.3.3-1]', released)
    scenario('a QoS 2 message sent again after it is delivered once [MQTT-4.3.3-2] [MQTT-4.1.0-1]', halfSent)
    scenario('what is retained is kept, and what was removed stays removed [MQTT-3.3.1-5] [MQTT-3.3.1-10]', retained)
    scenario('an unsubscribed filter stays removed, and for one at QoS 0 nothing is queued [MQTT-3.10.4-2] [MQTT-3.8.4-6] D5', takenBack)
    scenario('a clean session is gone, with all of its state [MQTT-3.1.2-6]', cleanSession)
    scenario('a refused filter stays refused [MQTT-3.8.4-5] D7', refusedFilter, ours)
    scenario('the will of a client that was connected is published once, then or at the next start [MQTT-3.1.2-8]', will, ours)
  })
})

it('messages queued in three runs are one queue: complete and in order [MQTT-3.1.2-5] [MQTT-4.6.0-6] D4', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const sleeper = await stay(fixture, name)
  await sleeper.subscribe([topic, 1])
  await sleeper.leave()
  for (const [run, how] of (['stop', 'kill', 'stop'] as const).entries()) {
    const from = await enter(fixture)
    await from.pipeline(topic, numbers(60).slice(run * 20, run * 20 + 20), 1)
    await fixture.restart(how)
  }
  const back = await stay(fixture, name)
  expect(await back.texts(60)).toEqual(numbers(60))
  await back.expectNothing()
}, 40_000)
