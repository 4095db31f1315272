// SUBSCRIBE and UNSUBSCRIBE on real connections: answered once they are on disk, refused if they cannot be stored, and no later packet of
// the client overtakes them.

import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture, mqttSettings } from '../support/mqtt-fixture.ts'
import { memoryRows } from '../support/mqtt-memory-rows.ts'
import { failWrites, type Held, holdWrites } from '../support/mqtt-sessions-fixture.ts'
import { connectAs, enterAs, patient, publishPacket, subscribe, unsubscribe, type WireClient } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const open = async (filters: readonly string[] = ['#']) => {
  const rows = memoryRows()
  const fixture = await createMqttFixture({ rows, settings: { anonymous: { publish: ['#'], subscribe: [...filters] } } })
  const enter = (clientId: string, clean = false): Promise<WireClient> => enterAs(fixture.port, undefined, { clientId, clean })
  const keysOf = (kind: string): readonly string[] => Array.from(rows.values.keys(), (key) => key).filter((key) => key.startsWith(kind))
  return { ...fixture, rows, enter, keysOf }
}

const texts = (wire: WireClient): readonly string[] =>
  wire.came.flatMap((packet) => (packet.cmd === 'publish' ? [String(packet.payload)] : []))

test('a SUBSCRIBE that cannot be stored is refused for each filter, nothing is subscribed, and the client stays connected', async () => {
  const { rows, enter, keysOf } = await open()
  const client = await enter('c')
  const free = failWrites(rows)
  expect(await subscribe(client, ['a', 1], ['b', 2])).toEqual([128, 128])
  free()
  client.write(publishPacket('a', '1'))
  await client.next('puback')
  await client.ping()
  expect([texts(client), keysOf('f:')]).toEqual([[], []])
  expect(await subscribe(client, ['a', 1], ['b', 2])).toEqual([1, 2])
  expect(keysOf('f:').length).toBe(2)
})

test('a SUBSCRIBE of a clean session needs no disk', async () => {
  const { rows, enter } = await open()
  const client = await enter('c', true)
  failWrites(rows)
  expect(await subscribe(client, ['a', 1])).toEqual([1])
})

test('of several filters, those that are refused are not stored and get no messages', async () => {
  const { enter, keysOf } = await open(['ok/#'])
  const client = await enter('c')
  expect(await subscribe(client, ['ok/a', 1], ['no/a', 2], ['ok/b', 0])).toEqual([1, 128, 0])
  client.write(publishPacket('no/a', 'hidden'), publishPacket('ok/a', 'shown'))
  expect((await client.next('publish')).payload.toString()).toBe('shown')
  expect(keysOf('f:').map((key) => key.split(':').at(-1))).toEqual(['ok/a', 'ok/b'])
})

test('a filter that appears twice gets a code each time, and the last QoS applies', async () => {
  const { enter } = await open()
  const client = await enter('c')
  expect(await subscribe(client, ['a', 2], ['a', 0])).toEqual([2, 0])
  client.write(publishPacket('a', '1', { qos: 2 }))
  expect((await client.next('publish')).qos).toBe(0)
})

test('what a client publishes after its SUBSCRIBE waits for it, and is delivered to it', async () => {
  const { rows, enter } = await open()
  const client = await enter('c')
  const held = holdWrites(rows)
  client.write({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'a', qos: 1 }] }, publishPacket('a', 'behind'))
  await held.reached
  held.pass()
  await client.next('puback')
  expect((await client.next('publish')).payload.toString()).toBe('behind')
  expect(client.came.map(({ cmd }) => cmd).slice(0, 2)).toEqual(['connack', 'suback'])
})

test('SUBACK is sent before the retained messages, and these before what is published later', async () => {
  const { enter } = await open()
  const client = await enter('c')
  client.write(publishPacket('a', 'kept', { retain: true }))
  await client.next('puback')
  client.write({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: '#', qos: 1 }] }, publishPacket('a', 'later'))
  await client.next('publish')
  await client.next('publish')
  expect(texts(client)).toEqual(['kept', 'later'])
  expect(client.came.findIndex(({ cmd }) => cmd === 'suback')).toBeLessThan(client.came.findIndex(({ cmd }) => cmd === 'publish'))
})

test('an UNSUBSCRIBE that cannot be stored is answered, nothing more is delivered, and it is written with the next write', async () => {
  const { rows, enter, keysOf } = await open()
  const client = await enter('c')
  await subscribe(client, ['a', 1])
  const free = failWrites(rows)
  await unsubscribe(client, 'a')
  free()
  client.write(publishPacket('a', '1'))
  await client.next('puback')
  await client.ping()
  expect(texts(client)).toEqual([])
  await subscribe(client, ['later', 1])
  expect(keysOf('f:').map((key) => key.split(':').at(-1))).toEqual(['later'])
})

test('a client whose session cannot be stored is refused, and admitted once it can', async () => {
  const { rows, port, enter } = await open()
  const free = failWrites(rows)
  await expect(connectAs(port, undefined, { clientId: 'c', clean: false })).rejects.toThrow('ended before')
  free()
  await (await enter('c')).ping()
})

test('a persistent session that lost the right to a filter is no longer subscribed to it', async () => {
  const { broker, port, enter, keysOf } = await open()
  const client = await enter('c')
  await subscribe(client, ['a', 1], ['b', 1])
  await client.end()
  broker.reload(mqttSettings({ anonymous: { publish: ['#'], subscribe: ['a'] } }))
  const again = await enterAs(port, undefined, { clientId: 'c', clean: false })
  again.write(publishPacket('b', 'hidden'), publishPacket('a', 'shown', { messageId: 8 }))
  expect((await again.next('publish')).payload.toString()).toBe('shown')
  expect(keysOf('f:').map((key) => key.split(':').at(-1))).toEqual(['a'])
})

test('retained messages that could not be written before the client left are sent when it reconnects, without a SUBSCRIBE', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { rows, enter, counts } = await open()
  const speaker = await enter('s', true)
  speaker.write(publishPacket('r/1', 'one', { retain: true, messageId: 1 }), publishPacket('r/2', 'two', { retain: true, messageId: 2 }))
  await speaker.next('puback')
  await speaker.next('puback')
  const client = await enter('c')
  const held = new Promise<Held>((resolve) => {
    // The subscription is stored; what follows waits.
    rows.gate = async () => resolve(holdWrites(rows))
  })
  expect(await subscribe(client, ['r/#', 1])).toEqual([1])
  await (await held).reached
  client.reset()
  await vi.waitUntil(() => [...counts.keys()].some((key) => key.startsWith('disconnects')), patient)
  ;(await held).fail()
  const again = await enter('c')
  expect([(await again.next('publish')).payload.toString(), (await again.next('publish')).payload.toString()]).toEqual(['one', 'two'])
})

test('a retained message that is being written while a SUBSCRIBE is stored is sent, and not the one before it', async () => {
  const { rows, enter } = await open()
  const speaker = await enter('s', true)
  speaker.write(publishPacket('r', 'old', { retain: true, messageId: 1 }))
  await speaker.next('puback')
  for (const clean of [true, false]) {
    const client = await enter(`c ${clean}`, clean)
    const held = holdWrites(rows)
    client.write({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic: 'r', qos: 1 }] })
    if (!clean) await held.reached
    speaker.write(publishPacket('r', 'new', { retain: true, messageId: 2 }))
    if (clean) await held.reached
    else await speaker.ping()
    held.pass()
    await client.next('suback')
    await speaker.next('puback')
    const came = [(await client.next('publish')).payload.toString()]
    client.write({ cmd: 'pingreq' })
    while (came.at(-1) === 'old') came.push((await client.next('publish')).payload.toString())
    expect(came.at(-1)).toBe('new')
  }
})

test.each([
  [true, 1],
  [true, 0],
  [false, 1],
  [false, 0],
] as const)(
  'a retained message that the disk refuses while a client subscribes does not come, the one before it does (clean: %s, QoS %i)',
  async (clean, qos) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { rows, enter, keysOf } = await open()
    const [speaker, other] = [await enter('s', true), await enter('o', true)]
    speaker.write(
      publishPacket('r/1', 'old', { retain: true, messageId: 1 }),
      publishPacket('r/2', 'beside', { retain: true, messageId: 2 }),
    )
    await speaker.next('puback')
    await speaker.next('puback')
    const client = await enter('c', clean)
    // The SUBSCRIBE is stored, or waits for what is; the write after it fails.
    const before = holdWrites(rows)
    if (clean) other.write(publishPacket('x', 'x', { retain: true }))
    if (clean) await before.reached
    client.write({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic: 'r/+', qos }] })
    if (clean) await other.ping()
    else await before.reached
    speaker.write(publishPacket('r/1', 'no', { retain: true, messageId: 3 }), publishPacket('r/3', 'no', { retain: true, messageId: 4 }))
    await speaker.ping()
    const failing = holdWrites(rows)
    before.pass()
    await failing.reached
    await client.next('suback')
    failing.fail()
    await speaker.closed
    other.write(publishPacket('r/2', 'later', { messageId: 8 }))
    await vi.waitFor(() => expect(texts(client).toSorted()).toEqual(['beside', 'later', 'old']), patient)
    const ids = client.came.flatMap((packet) => (packet.cmd === 'publish' && qos > 0 ? [packet.messageId ?? 0] : []))
    client.write(...ids.map((messageId) => ({ cmd: 'puback', messageId }) as const))
    await client.ping()
    await vi.waitFor(() => expect([...keysOf('m:'), ...keysOf('q:')]).toEqual([]), patient)
  },
)
