// Connections from their CONNECT to their end: the keep-alive by the millisecond, the will, and clients that leave early.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture, type MqttFixture } from '../support/mqtt-fixture.ts'
import { type MemoryRows, memoryRows } from '../support/mqtt-memory-rows.ts'
import { connectPacket, enterAs, openWire, patient, publishPacket, subscribe, type WireClient } from '../support/wire-client.ts'

afterEach(async () => {
  vi.useRealTimers()
  await closeMqttFixtures()
})

const anyone = { anonymous: { publish: ['#'], subscribe: ['#'] } }

const turns = async (): Promise<void> => {
  for (let left = 10; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}

const willOf = (topic: string, text = 'gone') => ({ will: { topic, payload: Buffer.from(text), qos: 1 as const, retain: false } })

const watch = async ({ port }: MqttFixture, ...topics: readonly string[]): Promise<WireClient> => {
  const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
  await subscribe(watcher, ...topics.map((topic) => [topic, 0] as const))
  return watcher
}

/** The payloads that the watcher has received, up to now. */
const heard = async (watcher: WireClient): Promise<readonly string[]> => {
  await watcher.ping()
  return watcher.came.flatMap((packet) => (packet.cmd === 'publish' ? [packet.payload.toString()] : []))
}

const willRows = (rows: MemoryRows): readonly string[] => [...rows.values.keys()].filter((key) => key.startsWith('w:'))

/** Holds what is written from now on; `reached`: something is to be written. */
const holdWrites = (rows: MemoryRows) => {
  let isReached = false
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  rows.gate = () => {
    isReached = true
    return released
  }
  return {
    reached: () => vi.waitUntil(() => isReached, patient),
    release(): void {
      rows.gate = () => Promise.resolve()
      release()
    },
  }
}

describe('the keep-alive', () => {
  /** Also the time of the server. */
  const passes = async (ms: number): Promise<void> => {
    vi.advanceTimersByTime(ms)
    await turns()
  }

  const begin = async (): Promise<MqttFixture> => {
    const fixture = await createMqttFixture()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    return fixture
  }

  test('of a client that sends nothing ends its connection after one and a half times, not before', async () => {
    const { port, broker, registry } = await begin()
    const client = await enterAs(port, 'dn&pk', { keepalive: 10 })
    await passes(15_000)
    expect(broker.connections()).toBe(1)
    await passes(1)
    expect(broker.connections()).toBe(0)
    await client.closed
    expect(registry.notes).toEqual(['disconnected pk/dn keepalive_timeout'])
  })

  test('begins again with each packet, whatever it is', async () => {
    const { port, broker, core } = await begin()
    const client = await enterAs(port, 'dn&pk', { keepalive: 10 })
    const topic = 'fogcloud/pk/dn/thing/up/ota'
    for (const say of [
      () => client.ping(),
      () => subscribe(client, ['fogcloud/pk/dn/#', 1]),
      async () => {
        client.write(publishPacket(topic, 'x', { qos: 0 }))
        await core.gotUplinks(1)
      },
      async () => {
        client.write(publishPacket(topic, 'x'))
        await client.next('puback')
      },
      async () => {
        client.write({ cmd: 'pubrel', messageId: 3 })
        await client.next('pubcomp')
      },
    ]) {
      await passes(14_000)
      await say()
    }
    await passes(15_000)
    expect(broker.connections()).toBe(1)
    await passes(1)
    expect(broker.connections()).toBe(0)
  })

  test('counts from the answer to CONNECT, not from when that was sent', async () => {
    const { port, broker, registry } = await begin()
    let admit: () => void = () => undefined
    registry.before = () =>
      new Promise((resolve) => {
        admit = resolve
      })
    const client = await openWire(port)
    const admission = vi.spyOn(registry, 'before')
    client.write(connectPacket({ username: 'dn&pk', keepalive: 1 }))
    await vi.waitUntil(() => admission.mock.calls.length > 0, patient)
    await passes(9000)
    admit()
    expect((await client.next('connack')).returnCode).toBe(0)
    await passes(1500)
    expect(broker.connections()).toBe(1)
    await passes(1)
    expect(broker.connections()).toBe(0)
  })

  test('of 0 ends no connection, and the time limit for CONNECT ends none that has sent it', async () => {
    const { port } = await begin()
    const client = await enterAs(port, 'dn&pk', { keepalive: 0 })
    await passes(1_000_000)
    await client.ping()
  })

  test('a client that sends no CONNECT is disconnected after ten seconds', async () => {
    const { port } = await begin()
    const client = await openWire(port)
    // Connected after it, and answered: the server knows the first.
    await enterAs(port, 'dn&pk', { keepalive: 0 })
    await passes(9999)
    expect(client.stream.destroyed).toBe(false)
    await passes(1)
    await client.closed
    expect(client.came).toEqual([])
  })

  test('leaves no timer behind when its connection ends', async () => {
    const { port, broker } = await begin()
    const before = vi.getTimerCount()
    const clients = [await enterAs(port, 'dn&pk', { keepalive: 10 }), await openWire(port)]
    for (const client of clients) await client.end()
    await vi.waitUntil(() => broker.connections() === 0 && vi.getTimerCount() === before, patient)
  })
})

describe('the will', () => {
  test.each([
    ['of a client with the same client id', undefined, 'c1', 'any/'],
    ['of a device with another client id', 'dn&pk', 'c2', 'fogcloud/pk/dn/'],
  ])('%s whose connection is taken over is published once, before what the newer connection sends', async (_, user, clientId, place) => {
    const fixture = await createMqttFixture({ settings: anyone })
    const watcher = await watch(fixture, `${place}#`)
    const older = await enterAs(fixture.port, user, { clientId: 'c1', ...willOf(`${place}will`, 'of the older') })
    const newer = await openWire(fixture.port)
    newer.write(
      connectPacket({ ...(user !== undefined && { username: user }), clientId, ...willOf(`${place}will`, 'of the newer') }),
      publishPacket(`${place}x`, 'first', { qos: 0 }),
      publishPacket(`${place}x`, 'second'),
    )
    await newer.next('puback')
    await older.closed
    expect(await heard(watcher)).toEqual(['of the older', 'first', 'second'])
    newer.write({ cmd: 'disconnect' })
    await newer.closed
    expect(await heard(watcher)).toHaveLength(3)
  })

  test('of a client that is taken over is not published if a DISCONNECT waits behind its packets', async () => {
    const rows = memoryRows()
    const fixture = await createMqttFixture({ rows, settings: anyone })
    const watcher = await watch(fixture, 'will')
    const older = await enterAs(fixture.port, undefined, willOf('will'))
    const writes = holdWrites(rows)
    const retained = Array.from({ length: 600 }, (_, at) => publishPacket('kept', 'x', { messageId: at + 1, retain: true }))
    older.write({ cmd: 'pingreq' }, ...retained, { cmd: 'disconnect' })
    await older.next('pingresp')
    await enterAs(fixture.port, undefined)
    await older.closed
    writes.release()
    await vi.waitUntil(() => willRows(rows).length === 0, patient)
    expect(await heard(watcher)).toEqual([])
  })

  test.each([
    ['while its session is being written is not published', { clean: false }, []],
    ['while it is being written is published once', { clean: true }, ['gone']],
  ])('of a client that left %s, and nothing of it is kept; its successor stays connected', async (_, session, expected) => {
    const rows = memoryRows()
    const fixture = await createMqttFixture({ rows, settings: anyone })
    const watcher = await watch(fixture, 'will')
    const writes = holdWrites(rows)
    const hasty = await openWire(fixture.port)
    hasty.write(connectPacket({ ...session, ...willOf('will') }))
    await writes.reached()
    hasty.reset()
    await vi.waitUntil(() => fixture.broker.connections() === 1, patient)
    writes.release()
    const next = await enterAs(fixture.port, undefined, session)
    next.write(publishPacket('kept', 'x', { retain: true }))
    await next.next('puback')
    await vi.waitUntil(() => willRows(rows).length === 0, patient)
    expect(await heard(watcher)).toEqual(expected)
    await next.ping()
    expect([fixture.broker.connections(), fixture.counts.get('connects anonymous')]).toEqual([2, 2])
    const again = await createMqttFixture({ rows: rows.after('power'), settings: anyone })
    expect(await heard(await watch(again, 'will'))).toEqual([])
  })
})

test('the will of a client that is not accepted, since it cannot be stored, is not published', async () => {
  const rows = memoryRows()
  const fixture = await createMqttFixture({ rows, settings: anyone })
  const watcher = await watch(fixture, 'will')
  rows.gate = () => Promise.reject(new Error('disk full'))
  const refused = await openWire(fixture.port)
  refused.write(connectPacket(willOf('will')))
  await refused.closed
  rows.gate = () => Promise.resolve()
  expect([await heard(watcher), refused.came, willRows(rows)]).toEqual([[], [], []])
})

test('a connection whose session is ended by a newer one does not stay, also if the newer one leaves before its CONNACK', async () => {
  const rows = memoryRows()
  const { port, broker } = await createMqttFixture({ rows, settings: anyone })
  const older = await enterAs(port, undefined, { clean: false })
  await subscribe(older, ['a', 1])
  const writes = holdWrites(rows)
  const hasty = await openWire(port)
  hasty.write(connectPacket({ clean: true }))
  await writes.reached()
  hasty.reset()
  await older.closed
  writes.release()
  await vi.waitUntil(() => broker.connections() === 0, patient)
})

test('of two connections of a client that are accepted together while an older one is open, one stays connected', async () => {
  const rows = memoryRows()
  const { port, broker } = await createMqttFixture({ rows, settings: anyone })
  const older = await enterAs(port, undefined)
  const writes = holdWrites(rows)
  const newer = [await openWire(port), await openWire(port)]
  for (const wire of newer) wire.write(connectPacket(willOf('will')))
  await writes.reached()
  // Accepted after both: their CONNECT was read.
  await enterAs(port, undefined, { clientId: 'other' })
  writes.release()
  await older.closed
  // The server has ended one of them by itself; the other is answered.
  await vi.waitUntil(() => newer.filter(({ stream }) => !stream.destroyed).length === 1, patient)
  const left = newer.filter(({ stream }) => !stream.destroyed)
  await Promise.all(left.map((wire) => wire.next('connack')))
  await left[0]?.ping()
  expect(broker.connections()).toBe(2)
})

test('a client that is being admitted when the server stops gets no CONNACK, and the stop does not wait for it', async () => {
  const rows = memoryRows()
  const { port, broker } = await createMqttFixture({ rows, settings: anyone })
  const writes = holdWrites(rows)
  const late = await openWire(port)
  late.write(connectPacket({ clean: false, keepalive: 0 }))
  await writes.reached()
  const closed = broker.close()
  writes.release()
  await closed
  await late.closed
  expect(late.came).toEqual([])
})
