// A broker on Aedes and aedes-persistence-level is filled by real clients, stopped or killed, and migrated; then the same clients come
// back to a real server, and nothing that they were owed is missing, doubled or out of order.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { publishPacket, stay } from '../support/conformance-client.ts'
import { type InsideServer, startInside } from '../support/inside-server.ts'
import type { Json } from '../support/json.ts'
import { fingerprint, migrate, type OldBroker, startOldBroker } from '../support/migrate-fixture.ts'
import { makePlace } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 20_000 })

/** Of the password `pw`. */
const passwordHash = 'scrypt$16384$8$1$c2FsdCBvZiB0aGUgdGVzdA==$GGvpCuSuX4vJjnp9wWseoeC8CxeiAJDzm19dmwTvhx4='
const settings = {
  mqtt: {
    listeners: [{ url: 'mqtt://127.0.0.1:0' }],
    users: [{ username: 'scada', passwordHash, publish: ['#'], subscribe: ['#'] }],
    anonymous: { publish: ['#'], subscribe: ['#'] },
  },
  devices: { enrolment: 'open' },
}

let place: Awaited<ReturnType<typeof makePlace>>
let from: string
let data: string
let old: OldBroker
let server: InsideServer | undefined
const clients: MqttClient[] = []

beforeEach(async () => {
  place = await makePlace()
  from = join(place.path, 'aedes')
  data = join(place.path, 'data')
  old = await startOldBroker(from)
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true)
  await old.kill()
  await server?.stop()
  server = undefined
  await place.clean()
})

interface Came {
  readonly topic: string
  readonly payload: Buffer
  readonly text: string
  readonly qos: number
  readonly retain: boolean
}

interface Visitor {
  readonly client: MqttClient
  readonly present: boolean
  readonly came: readonly Came[]
}

const enter = async (port: number, options: IClientOptions): Promise<Visitor> => {
  const client = connect(`mqtt://127.0.0.1:${port}`, {
    reconnectPeriod: 0,
    ...options,
    ...(options.username === undefined ? {} : { password: 'pw' }),
  })
  clients.push(client)
  const came: Came[] = []
  client.on('message', (topic, payload, { qos, retain }) => void came.push({ topic, payload, text: payload.toString(), qos, retain }))
  const present = await new Promise<boolean>((resolve, reject) => {
    client.once('connect', ({ sessionPresent }) => resolve(sessionPresent))
    client.once('error', reject)
  })
  return { client, present, came }
}

const device = { clientId: 'pk&dev1|signmethod=hmacsha256,authType=1|', username: 'dev1&pk', clean: false }
const user = { clientId: 'scada-1', username: 'scada', clean: false }

/** Runs the migration, which leaves the source as it was, and starts the server on what it made. */
const move = async (): Promise<Json> => {
  const before = await fingerprint(from)
  const config = join(place.path, 'fogbell.json')
  await writeFile(config, JSON.stringify(settings))
  const { status, stdout, stderr } = await migrate(from, '--data', data, '--config', config, '--user', 'scada', '--json')
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(await fingerprint(from)).toEqual(before)
  server = await startInside(data, settings)
  return JSON.parse(stdout) as Json
}

const numbers = (prefix: string, count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${prefix}${at}`)

it('clients get what waited for them, in order and once, with overlapping filters and all three QoS', async () => {
  for (const [options, filters] of [
    [device, { 'fogcloud/pk/dev1/cmd/#': { qos: 2 }, 'fogcloud/pk/dev1/cmd/x': { qos: 1 } }],
    [user, { 'plant/#': { qos: 1 }, 'plant/a/b': { qos: 2 }, 'live/#': { qos: 0 } }],
  ] as const) {
    const { client } = await enter(old.port, options)
    await client.subscribeAsync(filters)
    await client.endAsync()
  }
  // Until it is started again, Aedes forgets the wider of two filters that overlap; from then on it queues for filters at QoS 0 too.
  await old.stop()
  old = await startOldBroker(from)
  const publisher = await enter(old.port, { clientId: 'publisher' })
  for (const text of numbers('', 300)) {
    const qos = Number(text) % 2 === 0 ? 1 : 2
    await publisher.client.publishAsync(Number(text) % 3 === 0 ? 'fogcloud/pk/dev1/cmd/x' : 'fogcloud/pk/dev1/cmd/y', text, { qos })
    await publisher.client.publishAsync(Number(text) % 3 === 0 ? 'plant/a/b' : 'plant/c', text, { qos: 2, retain: Number(text) === 7 })
  }
  await publisher.client.publishAsync('live/now', 'missed', { qos: 1 })
  await publisher.client.endAsync()
  await old.stop()

  const report = await move()
  expect(report).toMatchObject({ device: 1, user: 1, anonymous: 0, subscriptions: 5, queued: 600, inflight: 0, unplaced: [] })
  expect(report['skipped']).toEqual([{ kind: 'message', reason: 'qos_0_filter', count: 1, examples: ['scada-1'] }])

  const [first, second] = [await enter(server!.port, device), await enter(server!.port, user)]
  expect([first.present, second.present]).toEqual([true, true])
  await waitFor('all came', () => first.came.length >= 300 && second.came.length >= 300)
  await first.client.publishAsync('fogcloud/pk/dev1/up', 'x', { qos: 2 })
  // The client library shows a message at QoS 2 when it is released, which may be behind later ones at QoS 1.
  const atQos = (came: readonly Came[], qos: number) => came.filter((each) => each.qos === qos).map(({ text }) => Number(text))
  const those = (passes: (number: number) => boolean) => numbers('', 300).map(Number).filter(passes)
  expect(atQos(first.came, 1)).toEqual(those((number) => number % 2 === 0))
  expect(atQos(first.came, 2)).toEqual(those((number) => number % 2 === 1))
  expect(atQos(second.came, 1)).toEqual(those((number) => number % 3 > 0))
  expect(atQos(second.came, 2)).toEqual(those((number) => number % 3 === 0))
  expect(second.came.some(({ retain }) => retain)).toBe(false)

  // The subscriptions are there too, at their own QoS, and nothing comes twice.
  await second.client.publishAsync('plant/a/b', 'later', { qos: 2 })
  await second.client.publishAsync('live/now', 'heard', { qos: 1 })
  await waitFor('what is new came', () => second.came.length >= 302)
  expect(second.came.slice(300).map(({ text, qos }) => [text, qos])).toEqual([
    ['later', 2],
    ['heard', 0],
  ])
})

it('retained messages are there byte for byte, on empty levels and in any script', async () => {
  const publisher = await enter(old.port, { clientId: 'publisher' })
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
  const kept: readonly (readonly [topic: string, payload: Buffer | string, qos: 0 | 1 | 2])[] = [
    ['binary', bytes, 2],
    ['/', 'levels', 1],
    ['a//b', 'level', 0],
    ['厂房/温度', '二十度', 1],
    ['emoji/🏭', '🔥', 2],
    [`deep${'/d'.repeat(98)}`, 'x', 1],
  ]
  for (const [topic, payload, qos] of kept) await publisher.client.publishAsync(topic, payload, { qos, retain: true })
  await publisher.client.publishAsync('gone', 'x', { qos: 1, retain: true })
  await publisher.client.publishAsync('gone', '', { qos: 1, retain: true })
  await publisher.client.endAsync()
  await old.stop()

  expect(await move()).toMatchObject({ retained: 6, skipped: [] })
  const reader = await enter(server!.port, { clientId: 'reader' })
  await reader.client.subscribeAsync('#', { qos: 2 })
  await waitFor('all came', () => reader.came.length >= kept.length)
  const sorted = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.map(String).join('\n')).sort()
  expect(sorted(reader.came.map(({ topic, payload, qos, retain }) => [topic, payload.toString('hex'), qos, retain]))).toEqual(
    sorted(kept.map(([topic, payload, qos]) => [topic, Buffer.from(payload).toString('hex'), qos, true])),
  )
})

it('after kill -9 the will of a client that was connected goes out once, at the first start', async () => {
  const will = { topic: 'status/dead', payload: Buffer.from('gone'), qos: 1, retain: true } as const
  await enter(old.port, { clientId: 'mortal', will })
  const watcher = await enter(old.port, user)
  await watcher.client.subscribeAsync('status/#', { qos: 1 })
  await watcher.client.endAsync()
  await old.kill()

  expect(await move()).toMatchObject({ wills: 1, user: 1 })
  const back = await enter(server!.port, user)
  await waitFor('the will came', () => back.came.length > 0)
  expect(back.came).toMatchObject([{ topic: 'status/dead', text: 'gone', qos: 1, retain: false }])
  await back.client.endAsync()
  await server!.stop()
  server = await startInside(data, settings)
  const again = await enter(server.port, user)
  await again.client.subscribeAsync('status/#', { qos: 1 })
  await waitFor('the retained will came', () => again.came.length > 0)
  await again.client.publishAsync('status/end', 'end', { qos: 1 })
  await waitFor('the end came', () => again.came.some(({ text }) => text === 'end'))
  expect(again.came.map(({ text, retain }) => [text, retain])).toEqual([
    ['gone', true],
    ['end', false],
  ])
})

it('what was in flight at a kill goes on where it was: same packet ids, DUP, and QoS 2 to its end', async () => {
  const client = await stay(old, 'worker', { username: 'scada', password: Buffer.from('pw') })
  await client.subscribe(['work/#', 2])
  const publisher = await stay(old, 'maker', { username: 'scada', password: Buffer.from('pw') })
  for (const text of ['one', 'two', 'three']) await publisher.publish('work/x', text, { qos: 2 })
  await publisher.publish('work/x', 'four', { qos: 1 })
  const sent = [await client.unacked(), await client.unacked(), await client.unacked(), await client.unacked()]
  expect(sent.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four'])
  // `one` is acknowledged to the end; of `two` PUBREL has come.
  await client.ack(sent[0]!)
  client.send({ cmd: 'pubrec', messageId: sent[1]!.id! })
  await client.expect({ cmd: 'pubrel', messageId: sent[1]!.id! })
  // A message from a client, of which PUBREC has come.
  publisher.send(publishPacket('work/y', 'five', { qos: 2, messageId: 9 }))
  await publisher.expect({ cmd: 'pubrec', messageId: 9 })
  await client.unacked({ text: 'five' })
  await old.kill()

  expect(await move()).toMatchObject({ user: 2, queued: 4, inflight: 4, incoming: 1 })
  const back = await stay(server!, 'worker', { username: 'scada', password: Buffer.from('pw') })
  expect(back.present).toBe(true)
  await back.expect({ cmd: 'pubrel', messageId: sent[1]!.id! })
  expect(await back.unacked()).toMatchObject({ text: 'three', qos: 2, dup: true, id: sent[2]!.id })
  expect(await back.unacked()).toMatchObject({ text: 'four', qos: 1, dup: true })
  await back.message({ text: 'five', dup: true, qos: 2 })
  const maker = await stay(server!, 'maker', { username: 'scada', password: Buffer.from('pw') })
  maker.send(publishPacket('work/y', 'five', { qos: 2, messageId: 9, dup: true }))
  await maker.expect({ cmd: 'pubrec', messageId: 9 })
  maker.send({ cmd: 'pubrel', messageId: 9 })
  await maker.expect({ cmd: 'pubcomp', messageId: 9 })
  await maker.publish('work/z', 'six', { qos: 1 })
  await back.message({ text: 'six' })
})

it('messages of several runs of the broker keep their order in each run, and none is lost', async () => {
  const { client } = await enter(old.port, user)
  await client.subscribeAsync('plant/#', { qos: 1 })
  await client.endAsync()
  for (const run of ['a', 'b', 'c']) {
    const publisher = await enter(old.port, { clientId: 'publisher' })
    for (const text of numbers(run, 50)) await publisher.client.publishAsync('plant/x', text, { qos: 2 })
    await publisher.client.endAsync()
    await (run === 'b' ? old.kill() : old.stop())
    if (run !== 'c') old = await startOldBroker(from)
  }
  await move()
  const back = await enter(server!.port, user)
  await waitFor('all came', () => back.came.length >= 150)
  const texts = back.came.map(({ text }) => text)
  for (const run of ['a', 'b', 'c']) expect(texts.filter((text) => text.startsWith(run))).toEqual(numbers(run, 50))
})
