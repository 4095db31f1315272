// Messages of clients on real connections: acknowledged in order once they are on disk, and not at all if they cannot be stored.

import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { memoryRows } from '../support/mqtt-memory-rows.ts'
import { failWrites, holdWrites } from '../support/mqtt-sessions-fixture.ts'
import { enterAs, publishPacket, subscribe, type WireClient } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const everybody = { anonymous: { publish: ['#'], subscribe: ['#'] } }

const open = async () => {
  const rows = memoryRows()
  const fixture = await createMqttFixture({ rows, settings: everybody })
  const enter = (clientId: string, clean = false): Promise<WireClient> => enterAs(fixture.port, undefined, { clientId, clean })
  const keysOf = (kind: string): readonly string[] => Array.from(rows.values.keys(), (key) => key).filter((key) => key.startsWith(kind))
  return { ...fixture, rows, enter, keysOf }
}

const cmds = (wire: WireClient): readonly string[] => wire.came.map(({ cmd }) => cmd)

test('a message that cannot be stored is not acknowledged; its client is disconnected and may send it again', async () => {
  const { rows, enter, keysOf } = await open()
  const listener = await enter('l')
  await subscribe(listener, ['a', 2])
  const client = await enter('c', true)
  const free = failWrites(rows)
  client.write(publishPacket('a', '1', { messageId: 1 }), publishPacket('a', '2', { messageId: 2 }))
  await client.closed
  expect(cmds(client)).toEqual(['connack'])
  free()
  const again = await enter('c', true)
  again.write(publishPacket('a', '1', { messageId: 1, dup: true }))
  await again.next('puback')
  expect((await listener.next('publish')).payload.toString()).toBe('1')
  await listener.ping()
  expect(cmds(listener).filter((cmd) => cmd === 'publish').length).toBe(1)
  expect(keysOf('q:').length).toBe(1)
})

test('a subscriber for whom nothing could be stored stays connected', async () => {
  const { rows, enter } = await open()
  const listener = await enter('l')
  await subscribe(listener, ['a', 1])
  const client = await enter('c', true)
  const free = failWrites(rows)
  client.write(publishPacket('a', '1'))
  await client.closed
  await listener.ping()
  free()
  expect(cmds(listener)).toEqual(['connack', 'suback', 'pingresp'])
})

test('acknowledgements keep the order of their messages, also of one that needs no disk after one that does', async () => {
  const { rows, enter } = await open()
  await subscribe(await enter('l'), ['stored', 1])
  const client = await enter('c', true)
  const held = holdWrites(rows)
  client.write(publishPacket('stored', '1', { messageId: 1 }), publishPacket('nobody', '2', { messageId: 2 }))
  await client.ping()
  expect(cmds(client)).toEqual(['connack', 'pingresp'])
  held.pass()
  expect([(await client.next('puback')).messageId, (await client.next('puback')).messageId]).toEqual([1, 2])
})

test('a QoS 2 message that is sent again before PUBREL is delivered once, also over a restart of the server', async () => {
  const { rows, enter, broker, keysOf } = await open()
  const listener = await enter('l')
  await subscribe(listener, ['a', 2])
  const client = await enter('c')
  client.write(publishPacket('a', '1', { qos: 2, messageId: 9 }))
  await client.next('pubrec')
  expect(keysOf('i:').length).toBe(1)
  await broker.close()

  const { port } = await createMqttFixture({ rows, settings: everybody })
  const again = await enterAs(port, undefined, { clientId: 'c', clean: false })
  again.write(publishPacket('a', '1', { qos: 2, messageId: 9, dup: true }))
  await again.next('pubrec')
  again.write({ cmd: 'pubrel', messageId: 9 })
  await again.next('pubcomp')
  expect(keysOf('i:')).toEqual([])
  expect(keysOf('q:').length).toBe(1)
  again.write(publishPacket('a', '2', { qos: 2, messageId: 9 }))
  await again.next('pubrec')
  expect(keysOf('q:').length).toBe(2)
})

test('a QoS 2 message that is sent again on a newer connection is not acknowledged before its first copy is on disk', async () => {
  const { rows, enter } = await open()
  const first = await enter('c')
  const held = holdWrites(rows)
  first.write(publishPacket('a', 'two', { qos: 2, messageId: 5 }))
  await held.reached
  const second = await enter('c')
  second.write(publishPacket('a', 'two', { qos: 2, messageId: 5, dup: true }))
  await second.ping()
  expect(cmds(second)).toEqual(['connack', 'pingresp'])
  held.fail()
  await second.closed
  expect(cmds(second)).not.toContain('pubrec')
  const third = await enter('c')
  third.write(publishPacket('a', 'two', { qos: 2, messageId: 5, dup: true }))
  await third.next('pubrec')
})

test('a QoS 2 message that could not be stored is new when it is sent again', async () => {
  const { rows, enter, keysOf } = await open()
  await subscribe(await enter('l'), ['a', 2])
  const client = await enter('c')
  const free = failWrites(rows)
  client.write(publishPacket('a', '1', { qos: 2, messageId: 9 }))
  await client.closed
  free()
  const again = await enter('c')
  again.write(publishPacket('a', '1', { qos: 2, messageId: 9, dup: true }))
  await again.next('pubrec')
  expect([keysOf('i:').length, keysOf('q:').length]).toEqual([1, 1])
})

test('PUBCOMP waits until the id is removed from disk', async () => {
  const { rows, enter } = await open()
  const client = await enter('c')
  client.write(publishPacket('a', '1', { qos: 2, messageId: 9 }))
  await client.next('pubrec')
  const held = holdWrites(rows)
  client.write({ cmd: 'pubrel', messageId: 9 })
  await client.ping()
  expect(cmds(client)).not.toContain('pubcomp')
  held.pass()
  await client.next('pubcomp')
})

test('PUBREL of an unknown id is answered', async () => {
  const { enter } = await open()
  const client = await enter('c')
  client.write({ cmd: 'pubrel', messageId: 77 })
  expect((await client.next('pubcomp')).messageId).toBe(77)
})

test('a client with very many pending acknowledgements gets all of them, in order', async () => {
  const { rows, enter } = await open()
  await subscribe(await enter('l'), ['a', 1])
  const client = await enter('c', true)
  const held = holdWrites(rows)
  const ids = Array.from({ length: 1500 }, (_, at) => at + 1)
  client.write(...ids.map((messageId) => publishPacket('a', 'x'.repeat(100), { messageId })))
  await held.reached
  held.pass()
  for (const id of ids) expect((await client.next('puback')).messageId).toBe(id)
})

test('a message on a topic that the client may not publish to is acknowledged and not delivered', async () => {
  const rows = memoryRows()
  const { port, counts } = await createMqttFixture({ rows, settings: { anonymous: { publish: ['free/#'], subscribe: ['#'] } } })
  const client = await enterAs(port, undefined, { clientId: 'c' })
  await subscribe(client, ['#', 1])
  client.write(publishPacket('secret', '1', { messageId: 1 }), publishPacket('free/a', '2', { messageId: 2 }))
  expect([(await client.next('puback')).messageId, (await client.next('puback')).messageId]).toEqual([1, 2])
  expect((await client.next('publish')).topic).toBe('free/a')
  expect(Array.from(counts.keys()).some((key) => key.startsWith('publish_denied'))).toBe(true)
})

describe('bounds of what one client has in hand', () => {
  const up = 'fogcloud/pk/dn/thing/up/ota'
  const reports = (from: number, count: number, payload = 'x') =>
    Array.from({ length: count }, (_, at) => publishPacket(up, `${from + at} ${payload}`, { messageId: from + at }))

  test('reports of one read are given to the core in groups of at most 200', async () => {
    const { core, port } = await createMqttFixture()
    const sizes: number[] = []
    const { receive } = core
    core.receive = (connection, up, payloads) => {
      sizes.push(payloads.length)
      return receive(connection, up, payloads)
    }
    const device = await enterAs(port, 'dn&pk')
    device.write(...reports(1, 450))
    await core.gotUplinks(450)
    expect(Math.max(...sizes)).toBe(200)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(450)
    expect(core.received.map(({ text }) => text)).toEqual(reports(1, 450).map(({ payload }) => payload))
  })

  test('a client with more than 500 pending acknowledgements is not read further, until they are sent', async () => {
    const { core, port } = await createMqttFixture()
    let open = (): void => undefined
    const held = new Promise<void>((resolve) => {
      open = resolve
    })
    core.gate = () => held
    const device = await enterAs(port, 'dn&pk')
    const neighbour = await enterAs(port, 'dn2&pk')
    device.write(...reports(1, 2000, 'x'.repeat(300)))
    await core.gotUplinks(400)
    // Everything that the server would read of it has been read by now.
    for (let turn = 0; turn < 20; turn += 1) await neighbour.ping()
    // Those of one group are pending together.
    expect(core.received.length).toBeGreaterThan(500)
    expect(core.received.length).toBeLessThanOrEqual(500 + 200)
    open()
    await core.gotUplinks(2000)
    expect(core.received.map(({ text }) => text.split(' ')[0])).toEqual(Array.from({ length: 2000 }, (_, at) => String(at + 1)))
    const acknowledged: (number | undefined)[] = []
    for (let at = 0; at < 2000; at += 1) acknowledged.push((await device.next('puback')).messageId)
    expect(acknowledged).toEqual(Array.from({ length: 2000 }, (_, at) => at + 1))
  })
})

describe('subscribers of what a device reports', () => {
  const up = 'fogcloud/pk/dn/thing/up/ota'
  const everything = { anonymous: { publish: [], subscribe: ['#'] } }

  test('get it from the first report behind their SUBSCRIBE on, until their UNSUBSCRIBE, also while it goes on', async () => {
    const { port } = await createMqttFixture({ settings: everything })
    const device = await enterAs(port, 'dn&pk')
    const listener = await enterAs(port, undefined, { clientId: 'l' })
    const report = async (payload: string, messageId: number): Promise<void> => {
      device.write(publishPacket(up, payload, { messageId }))
      await device.next('puback')
    }
    for (const [at, filter] of [up, 'fogcloud/+/dn/#'].entries()) {
      await report('unheard', 10 * at + 1)
      await report('unheard', 10 * at + 2)
      await subscribe(listener, [filter, 0])
      await report(`heard ${at}`, 10 * at + 3)
      expect(String((await listener.next('publish')).payload)).toBe(`heard ${at}`)
      listener.write({ cmd: 'unsubscribe', messageId: at + 1, unsubscriptions: [filter] })
      await listener.next('unsuback')
    }
    await report('unheard', 30)
    await listener.ping()
    expect(cmds(listener).filter((cmd) => cmd === 'publish')).toHaveLength(2)
  })

  test('are not looked for again while nobody has subscribed or unsubscribed', async () => {
    const { port, core } = await createMqttFixture({ settings: everything })
    const device = await enterAs(port, 'dn&pk')
    const listener = await enterAs(port, undefined, { clientId: 'l' })
    await subscribe(listener, ['+/other/#', 0])
    const walked: string[] = []
    onTestFinished(() => void vi.restoreAllMocks())
    const { get } = Map.prototype
    vi.spyOn(Map.prototype, 'get').mockImplementation(function (this: Map<unknown, unknown>, key: unknown) {
      if (key === up) walked.push(up)
      return get.call(this, key)
    })
    for (let id = 1; id <= 5; id += 1) device.write(publishPacket(up, 'x', { messageId: id }))
    await core.gotUplinks(5)
    for (let id = 1; id <= 5; id += 1) await device.next('puback')
    for (let id = 6; id <= 9; id += 1) {
      device.write(publishPacket(up, 'x', { messageId: id }))
      await device.next('puback')
    }
    expect(walked).toHaveLength(1)
  })
})
