// A subscriber that does not read affects only itself.

import { expect, it, vi } from 'vitest'
import { type ConformanceClient, connectPacket, dial, enter, fresh, publishPacket } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'
import { patience } from '../support/packet-inbox.ts'

const fixture = createConformanceFixture()

/** A subscriber that stops reading. */
const frozen = async (...filters: readonly string[]): Promise<ConformanceClient> => {
  const client = await dial(fixture)
  client.send(connectPacket())
  await client.expect({ cmd: 'connack', returnCode: 0 })
  await client.subscribe(...filters.map((filter) => [filter, 0] as const))
  client.socket.pause()
  return client
}

/** Publishes more on the topic than any socket takes; resolves when all was written, rejects if that takes too long. */
const flood = async (from: ConformanceClient, topic: string, count: number): Promise<void> => {
  const payload = Buffer.alloc(200_000, 'x')
  for (let at = 0; at < count; at += 1) {
    from.send(publishPacket(topic, payload))
    if (from.socket.writableNeedDrain) await new Promise((resolve) => from.socket.once('drain', resolve))
  }
}

/** The 99th percentile of the time that a message takes to all of `to`, milliseconds. */
const latency = async (from: ConformanceClient, to: readonly ConformanceClient[], topic: string, rounds: number): Promise<number> => {
  const took: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const since = performance.now()
    from.send(publishPacket(topic, `${round}`))
    await Promise.all(
      to.map(async (client) => {
        await client.message({ text: `${round}` })
        took.push(performance.now() - since)
      }),
    )
  }
  return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? Number.POSITIVE_INFINITY
}

it('a frozen subscriber next to 50 healthy ones: their latency at most doubles [MQTT-4.8.0-2] D13', async () => {
  const [topic, fat] = [fresh('t/'), fresh('fat/')]
  const healthy = await Promise.all(Array.from({ length: 50 }, () => enter(fixture)))
  await Promise.all(healthy.map((client) => client.subscribe([topic, 0])))
  const from = await enter(fixture)
  await latency(from, healthy, topic, 20)
  const quiet = await latency(from, healthy, topic, 100)
  await frozen(topic, fat)
  const bad = await enter(fixture)
  void flood(bad, fat, 60)
  const beside: number[] = []
  // Small times depend on the machine, not the server; and it may be busy once.
  for (let at = 0; at < 3 && !(Math.min(...beside) < Math.max(2 * quiet, 25)); at += 1)
    beside.push(await latency(from, healthy, topic, 100))
  expect(Math.min(...beside)).toBeLessThan(Math.max(2 * quiet, 25))
  for (const client of healthy) await client.expectNothing()
})

it('a frozen subscriber does not delay publishers at QoS 1 to the same topic [MQTT-4.3.2-2] D13', async () => {
  const topic = fresh('t/')
  await frozen(topic)
  const [bad, from, to] = [await enter(fixture), await enter(fixture), await enter(fixture)]
  void flood(bad, topic, 60)
  await to.subscribe([`${topic}/#`, 1])
  for (let at = 0; at < 50; at += 1) {
    await from.publish(`${topic}/x`, `${at}`, { qos: 1 })
    for (;;) if ((await to.message()).text === `${at}`) break
  }
  expect(from.open && to.open).toBe(true)
})

ours('a subscriber that never reads is disconnected once its bound is reached D13', async () => {
  const topic = fresh('t/')
  const client = await frozen(topic)
  const from = await enter(fixture)
  await flood(from, topic, 320)
  await from.settle()
  // It does not read, so it notices the end only when it writes.
  const probe = (): void => {
    client.socket.write(Buffer.of(0xc0, 0))
    expect(client.open).toBe(false)
  }
  await vi.waitFor(probe, { timeout: patience, interval: 20 })
})

it('a subscriber that reads slowly finally gets every QoS 1 message [MQTT-4.5.0-1]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 1])
  to.socket.pause()
  const texts = Array.from({ length: 60 }, (_, at) => `${at}`.padEnd(10_000, '.'))
  await from.pipeline(topic, texts, 1)
  to.socket.resume()
  expect(await to.texts(60)).toEqual(texts)
})
