// A subscriber that stops reading beside 50 that read: what the others notice, how it ends, and how much memory it uses.

import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { IPublishPacket } from 'mqtt-packet'
import { expect, it, onTestFinished } from 'vitest'
import { isFull } from '../support/full.ts'
import { type LoadClient, openLoadClient } from '../support/load-client.ts'
import { createServerFixture, makePlace, type ServerFixture } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

/** Small queues, so that the frozen client soon reaches its limits. */
const settings = { mqtt: { anonymous: { publish: ['#'], subscribe: ['#'] }, sessions: { maxMessages: 200, maxBytes: 1_048_576 } } }
const healthy = 50
const everyMs = 20
/** One message in so many is large: these fill the buffers of the frozen client. */
const bulk = Buffer.alloc(100_000, 'x')
/**
 * The test, 51 clients and the server share a machine with others: a p99 below this says nothing about the server. A server that waits for a
 * frozen client waits for seconds.
 */
const floorMs = 100

interface Reader {
  readonly flow: LoadClient
  readonly times: number[]
}

/** Subscribes and acknowledges; records how long each message took. Large ones have QoS 0, which no window of the server delays. */
const openReader = async (port: number, clientId: string, filters: readonly string[]): Promise<Reader> => {
  const times: number[] = []
  let subscribed: () => void = () => undefined
  const { flow } = await openLoadClient(port, { clientId, keepalive: 0 }, (packet, { ack }) => {
    if (packet.cmd === 'suback') subscribed()
    if (packet.cmd !== 'publish') return
    if (packet.topic === 'load') times.push(performance.now() - Number(packet.payload.toString()))
    if (packet.messageId !== undefined) ack('puback', packet.messageId)
  })
  const done = new Promise<void>((resolve) => {
    subscribed = resolve
  })
  flow.write({ cmd: 'subscribe', messageId: 1, subscriptions: filters.map((topic) => ({ topic, qos: topic === 'bulk' ? 0 : 1 })) })
  await done
  return { flow, times }
}

const publish = (topic: string, payload: string | Buffer, messageId: number): IPublishPacket => ({
  cmd: 'publish',
  topic,
  payload,
  qos: 1,
  messageId,
  retain: false,
  dup: false,
})

/** Publishes a message to all every 20 ms, and a large one for the 51st alone, until `over`. */
const load = async ({ write }: LoadClient, over: () => boolean): Promise<void> => {
  for (let n = 0; !over(); n += 1) {
    write(publish('load', String(performance.now()), 1 + (n % 60_000)), publish('bulk', bulk, 60_001))
    await pause(everyMs)
  }
}

const p99 = (readers: readonly Reader[]): number => {
  const all = readers.flatMap(({ times }) => times).sort((a, b) => a - b)
  return all[Math.floor(all.length * 0.99)] ?? Number.NaN
}

const metric = async ({ description, token }: ServerFixture, name: string): Promise<number> => {
  const response = await fetch(`${description.admin}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  const line = (await response.text()).split('\n').find((each) => each.startsWith(name))
  return Number(line?.split(' ').at(-1) ?? 0)
}

const cut = 'fogbell_disconnects_total{reason="slow_consumer"}'

const started = async (): Promise<ServerFixture> => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const server = await createServerFixture(`${place.path}/data`, settings)
  onTestFinished(async () => void (await server.kill()))
  return server
}

it.runIf(isFull)('a client that stops reading is disconnected and logged; 50 others notice nothing', { timeout: 60_000 }, async () => {
  const server = await started()
  const names = Array.from({ length: healthy }, (_, at) => `healthy${at}`)
  const readers = await Promise.all(names.map((name) => openReader(server.port, name, ['load'])))
  const other = await openReader(server.port, 'other', ['load', 'bulk'])
  const { flow: speaker } = await openLoadClient(server.port, { clientId: 'speaker', keepalive: 0 }, () => undefined)
  const enough = (): boolean => readers.every(({ times }) => times.length >= 100)

  await load(speaker, enough)
  const quiet = p99(readers)
  for (const { times } of readers) times.length = 0

  let gone = false
  other.flow.socket.pause()
  const watch = waitFor('the frozen one is disconnected', async () => (await metric(server, cut)) === 1, 30_000).finally(() => {
    gone = true
  })
  await Promise.all([load(speaker, () => gone && enough()), watch])
  const frozen = p99(readers)
  // Once more without it: other programs may need the processors meanwhile.
  for (const { times } of readers) times.length = 0
  await load(speaker, enough)
  const after = p99(readers)

  const most = Math.max(2 * quiet, 2 * after, floorMs)
  expect(frozen, `p99 of the healthy ones, ms; without a frozen one ${quiet} and ${after}`).toBeLessThanOrEqual(most)
  expect(readers.map(({ flow }) => flow.socket.destroyed)).toEqual(readers.map(() => false))
  expect(await metric(server, 'fogbell_messages_undelivered_total{reason="queue_full"}'), 'messages it had no room for').toBeGreaterThan(0)
  const lines = server.output.stdout.split('\n').filter((line) => line.includes('does not read what it is sent'))
  expect(lines).toHaveLength(1)
  const line: { remote: string; bytes: number } = JSON.parse(lines[0] ?? '')
  expect(line.remote).toBe(`127.0.0.1:${other.flow.socket.localPort}`)
  // Its write buffer has at most 256 KiB and one message more.
  expect(line.bytes).toBeLessThan(262_144 + 2 * bulk.length)
})

const residentBytes = async ({ child }: ServerFixture): Promise<number> =>
  4096 * Number((await readFile(`/proc/${child.pid}/statm`, 'utf8')).split(' ')[1])

it.runIf(isFull)('a client that does not read uses no more memory than its limits', { timeout: 60_000 }, async () => {
  const server = await started()
  const frozen = await openReader(server.port, 'frozen', ['bulk'])
  const reading = await openReader(server.port, 'reading', ['bulk'])
  frozen.flow.socket.pause()
  let [answered, wake] = [0, (): void => undefined]
  const { flow: speaker } = await openLoadClient(server.port, { clientId: 'speaker', keepalive: 0 }, () => {
    answered += 1
    wake()
  })
  /** Publishes 10 MB; resolves when the server has answered all of it. */
  const publishAll = async (): Promise<void> => {
    const all = answered + 100
    speaker.write(...Array.from({ length: 100 }, (_, at) => publish('bulk', bulk, 1 + at)))
    while (answered < all) await new Promise<void>((resolve) => (wake = resolve))
  }
  await publishAll()
  const before = await residentBytes(server)
  let highest = before
  for (let turn = 0; turn < 30; turn += 1) {
    await publishAll()
    highest = Math.max(highest, await residentBytes(server))
  }
  // 300 MB were for it; messages that were delivered become garbage, which Node keeps for a while.
  expect((highest - before) / 1e6, 'growth, MB').toBeLessThan(120)
  expect(reading.flow.socket.destroyed).toBe(false)
})
