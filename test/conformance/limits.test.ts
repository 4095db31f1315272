// Sizes: the largest packets are delivered, larger ones are refused by their fixed header, before any of their body is buffered.
// And SUBSCRIBE packets of any length, which must not delay other clients.

import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { type ConformanceClient, connectPacket, dial, enter, fresh, publishPacket, type Qos } from '../support/conformance-client.ts'
import { createConformanceFixture, maxPacketBytes, ours } from '../support/conformance-fixture.ts'
import { remaining } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()

it('payloads up to the largest packet are delivered unchanged at each QoS [MQTT-3.3.4-1]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 2])
  for (const [qos, size] of [
    [0, 127],
    [1, 16_400],
    [2, 100_000],
    [1, maxPacketBytes - 200],
    [0, maxPacketBytes - 200],
  ] as const) {
    const payload = randomBytes(size)
    from.send(publishPacket(topic, payload, { qos, messageId: 1 }))
    if (qos === 2) {
      await from.expect({ cmd: 'pubrec', messageId: 1 })
      from.send({ cmd: 'pubrel', messageId: 1 })
    }
    const came = await to.expect({ cmd: 'publish', qos })
    expect(Buffer.compare(Buffer.from(came.payload as Buffer), payload)).toBe(0)
    await to.ack({ topic, text: '', qos, retain: false, dup: false, id: came.messageId })
  }
})

it('a large packet may arrive in pieces [MQTT-7.1.1-1]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 0])
  const payload = randomBytes(70_000)
  const bytes = Buffer.concat([
    Buffer.of(0x30),
    remaining(topic.length + 2 + payload.length),
    Buffer.of(0, topic.length),
    Buffer.from(topic),
    payload,
  ])
  for (let at = 0; at < bytes.length; at += 9_999) {
    client.send(bytes.subarray(at, at + 9_999))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect((await client.expect({ cmd: 'publish' })).payload).toEqual(payload)
})

it('a packet larger than the limit ends the connection before its body is sent [MQTT-4.8.0-2]', async () => {
  for (const size of [maxPacketBytes + 1000, 50_000_000]) {
    const client = await enter(fixture)
    client.send(Buffer.concat([Buffer.of(0x30), remaining(size), Buffer.from('beginning')]))
    await client.expectClosed()
  }
})

it('a CONNECT with too large a length ends the connection before its body is sent [MQTT-4.8.0-2]', async () => {
  for (const size of [10_000_000, 268_435_455]) {
    const client = await dial(fixture)
    client.send(Buffer.concat([Buffer.of(0x10), remaining(size), Buffer.from('\0\u0004MQTT')]))
    await client.expectClosed()
  }
})

ours('before admission the limit is lower: a CONNECT longer than its fields can be is refused by its header [MQTT-4.8.0-2]', async () => {
  const client = await dial(fixture)
  client.send(Buffer.concat([Buffer.of(0x10), remaining(10 + 5 * 65_537 + 1), Buffer.from('\0\u0004MQTT')]))
  await client.expectClosed()
})

it('the longest possible CONNECT is answered [MQTT-3.2.0-1]', async () => {
  const longest = 'x'.repeat(65_535)
  const client = await dial(fixture)
  const will = { topic: longest, payload: Buffer.from(longest), qos: 1 as const, retain: false }
  client.send(connectPacket({ clientId: longest, username: longest, password: Buffer.from(longest), will }))
  await client.expect({ cmd: 'connack' })
})

/** What the machine itself makes of a ping now, milliseconds: the slowest of as many as a long request lasts. */
const quietPing = (client: ConformanceClient): Promise<number> => slowestPing(client, new Promise((resolve) => setTimeout(resolve, 200)))

/** How much a neighbour may be delayed: by 50 ms, or by what a busy machine does to it anyway. */
const allowed = (quiet: readonly number[]): number => Math.max(50, 3 * Math.max(...quiet))

/** The longest time that a PINGREQ of that client takes during `work`, milliseconds. */
const slowestPing = async (client: ConformanceClient, work: Promise<unknown>): Promise<number> => {
  let going = true
  const done = work.finally(() => {
    going = false
  })
  // It is awaited below, but a ping may fail first.
  done.catch(() => undefined)
  let slowest = 0
  while (going) {
    const since = performance.now()
    await client.settle()
    slowest = Math.max(slowest, performance.now() - since)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  return slowest
}

const filters = (prefix: string, count: number, qos: Qos) => Array.from({ length: count }, (_, at) => ({ topic: `${prefix}/${at}/+`, qos }))

it('a SUBSCRIBE of 2,000 filters is answered, and delays no other client by 50 ms [MQTT-3.8.4-4] D8', async () => {
  const neighbour = await enter(fixture)
  const slowest: number[] = []
  const quiet = [await quietPing(neighbour)]
  // The machine may be busy; what the server itself causes happens every time.
  for (let round = 0; round < 3 && !(Math.min(...slowest) < allowed(quiet)); round += 1) {
    quiet.push(await quietPing(neighbour))
    const [client, topic] = [await enter(fixture, { clean: round > 0, clientId: fresh() }), fresh('t/')]
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: filters(topic, 2000, 1) })
    const granted = client.expect({ cmd: 'suback', messageId: 1 }).then((suback) => suback.granted)
    slowest.push((await Promise.all([slowestPing(neighbour, granted), granted]))[0])
    expect(await granted).toEqual(Array.from({ length: 2000 }, () => 1))
    await client.publish(`${topic}/1999/x`, 'x', { qos: 1 })
    await client.message({ text: 'x' })
  }
  expect(Math.min(...slowest)).toBeLessThan(allowed(quiet))
})

it('an UNSUBSCRIBE of 2,000 filters is answered, and delays no other client by 50 ms [MQTT-3.10.4-6] D8', async () => {
  const neighbour = await enter(fixture)
  const slowest: number[] = []
  const quiet = [await quietPing(neighbour)]
  for (let round = 0; round < 3 && !(Math.min(...slowest) < allowed(quiet)); round += 1) {
    quiet.push(await quietPing(neighbour))
    const [client, topic] = [await enter(fixture, { clean: false, clientId: fresh() }), fresh('t/')]
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: filters(topic, 2000, 1) })
    await client.expect({ cmd: 'suback', messageId: 1 })
    client.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: filters(topic, 2000, 1).map((each) => each.topic) })
    slowest.push(await slowestPing(neighbour, client.expect({ cmd: 'unsuback', messageId: 2 })))
    await client.publish(`${topic}/1999/x`, 'x', { qos: 1 })
    await client.expectNothing()
  }
  expect(Math.min(...slowest)).toBeLessThan(allowed(quiet))
})
