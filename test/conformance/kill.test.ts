// kill -9 in the middle of a stream: an acknowledged message is on disk for all of its sessions (MQTT 3.1.1, chapter 4.3.2).

import { expect } from 'vitest'
import { type ConformanceClient, enter, fresh, publishPacket, stay } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture({ killable: true })

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`)
const [total, step] = [3000, 100]

/** Sends 3,000 messages, two unacknowledged at a time, and resolves to the last one that was acknowledged when the connection ended. */
const stream = async (
  from: ConformanceClient,
  topic: string,
  keep: (at: number) => boolean,
  reached: (acknowledged: number) => void,
): Promise<number> => {
  const packets = numbers(total).map((text, at) => publishPacket(topic, text, { qos: 1, messageId: at + 1, retain: keep(at) }))
  from.send(...packets.slice(0, step))
  let last = 0
  for (let acknowledged = 0; acknowledged < total; acknowledged += 1) {
    if (acknowledged % step === 0) from.send(...packets.slice(acknowledged + step, acknowledged + 2 * step))
    const came = await from.expect({ cmd: 'puback' }).catch(() => null)
    if (came === null) break
    last = Math.max(last, came.messageId ?? 0)
    reached(acknowledged + 1)
  }
  return last
}

/** The same, with kill -9 once `mark` are acknowledged; the server runs again when it resolves. */
const cutStream = async (topic: string, mark: number, keep: (at: number) => boolean): Promise<number> => {
  let restarted: Promise<void> | undefined
  const acknowledged = await stream(await enter(fixture), topic, keep, (count) => {
    if (count === mark) restarted = fixture.restart('kill')
  })
  await restarted
  return acknowledged
}

/** Stored sessions that are subscribed to the topic. */
const sleepers = async (topic: string, count: number): Promise<readonly string[]> => {
  const names = Array.from({ length: count }, () => fresh())
  for (const name of names) {
    const client = await stay(fixture, name)
    await client.subscribe([topic, 1])
    await client.leave()
  }
  return names
}

/** Everything that is queued for a session: what is delivered before an end mark that is sent to it only. */
const waiting = async (name: string): Promise<readonly string[]> => {
  const [client, own] = [await stay(fixture, name), fresh('end/')]
  await client.subscribe([own, 1])
  await client.publish(own, 'end', { qos: 1 })
  const came: string[] = []
  while (came.at(-1) !== 'end') came.push((await client.message()).text)
  await client.cut()
  return came.slice(0, -1)
}

ours('what was acknowledged before kill -9 is delivered after it, once and in order [MQTT-4.3.2-2] [MQTT-4.1.0-1] D2', async () => {
  const topic = fresh('t/')
  const [name = ''] = await sleepers(topic, 1)
  const acknowledged = await cutStream(topic, 500, () => false)
  expect(acknowledged).toBeLessThan(total)
  const came = await waiting(name)
  expect(came.length).toBeGreaterThanOrEqual(acknowledged)
  expect(came).toEqual(numbers(came.length))
})

ours('after kill -9 a message is queued in all of its sessions and retained, or neither [MQTT-4.5.0-1] [MQTT-3.3.1-5] D10', async () => {
  const topic = fresh('t/')
  const names = await sleepers(topic, 4)
  const acknowledged = await cutStream(topic, 300, (at) => at % 3 === 0)
  const queues = []
  for (const name of names) queues.push(await waiting(name))
  for (const queue of queues) expect(queue).toEqual(numbers(queues[0]?.length ?? 0))
  expect(queues[0]?.length).toBeGreaterThanOrEqual(acknowledged)
  const later = await enter(fixture)
  await later.subscribe([topic, 1])
  const { text } = await later.message({ retain: true })
  expect(text).toBe(queues[0]?.filter((_, at) => at % 3 === 0).at(-1))
})
