// From one message to all its subscribers: in order, once each, on disk before it is delivered.

import { describe, expect, test } from 'vitest'
import { ops } from '../../../src/mqtt/sessions/rows.ts'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import {
  createMqttSessionsFixture,
  createTestWriter,
  failWrites,
  holdWrites,
  type TestWriter,
} from '../../support/mqtt-sessions-fixture.ts'

const open = async () => {
  const rows = memoryRows()
  const fixture = await createMqttSessionsFixture(rows)
  const join = async (id: string, filter: string, qos: 0 | 1 | 2): Promise<TestWriter> => {
    const writer = createTestWriter()
    await fixture.subscribe(await fixture.enter(id, writer), filter, qos)
    return writer
  }
  const keys = (kind: string): readonly string[] => Array.from(rows.values.keys(), (key) => key).filter((key) => key.startsWith(kind))
  return { ...fixture, memory: rows, join, keys }
}

describe('a message', () => {
  test('is neither delivered nor acknowledged before it is on disk', async () => {
    const { join, publish, memory } = await open()
    const writer = await join('c', 'a', 1)
    const held = holdWrites(memory)
    let acknowledged = false
    const published = publish('a', '1').then(() => {
      acknowledged = true
    })
    await held.reached
    expect([writer.fresh(), acknowledged]).toEqual([[], false])
    held.pass()
    await published
    expect(writer.fresh()).toEqual(['1'])
  })

  test('that cannot be stored is neither delivered nor acknowledged, and leaves nothing behind', async () => {
    const { join, publish, memory, sessions, keys } = await open()
    const [stored, other] = [await join('c', 'a', 1), createTestWriter()]
    const passing = sessions.attach('d', true, other)
    await new Promise((resolve) => sessions.subscribe(passing, [['a', 1]], resolve))
    const free = failWrites(memory)
    await expect(publish('a', '1')).rejects.toThrow('disk full')
    expect([stored.fresh(), other.fresh(), sessions.pool.totals.count]).toEqual([[], [], 0])
    free()
    await publish('a', '2')
    expect([stored.fresh(), other.fresh(), keys('q:').length]).toEqual([['2'], ['2'], 1])
  })

  test('that is retained keeps no memory but its own', async () => {
    const { publish, sessions } = await open()
    await publish('a', 'state', 1, true)
    const kept = sessions.retained.tree.get('a')?.payload
    expect([kept?.toString(), kept?.buffer.byteLength]).toEqual(['state', 5])
  })

  test('at QoS 0 keeps its position after one that is still being written', async () => {
    const { join, publish, memory } = await open()
    const writer = await join('c', 'a', 1)
    const held = holdWrites(memory)
    const published = [publish('a', 'one', 1), publish('a', 'zero', 0), publish('a', 'two', 1)]
    held.pass()
    await Promise.all(published)
    expect(writer.fresh()).toEqual(['one', 'zero', 'two'])
  })

  test('at QoS 0 is delivered even if the one before it could not be written', async () => {
    const { join, publish, memory } = await open()
    const writer = await join('c', 'a', 1)
    const held = holdWrites(memory)
    const published = [publish('a', 'one', 1).catch(() => 'failed'), publish('a', 'zero', 0)]
    held.fail()
    expect((await Promise.all(published))[0]).toBe('failed')
    expect(writer.fresh()).toEqual(['zero'])
  })

  test('is delivered once at the highest QoS of the filters that match', async () => {
    const { join, publish, sessions, subscribe } = await open()
    const writer = await join('c', 'a/#', 0)
    const session = sessions.attach('c', false, writer)
    await subscribe(session, 'a/b', 1)
    await subscribe(session, '+/b', 0)
    await publish('a/b', '1', 2)
    expect(writer.sent.map(({ text, qos }) => [text, qos])).toEqual([['1', 1]])
  })

  test('without subscribers is not written, and acknowledged at once', async () => {
    const { router, memory } = await open()
    let done = false
    router.publish(
      { topic: 'a', payload: Buffer.from('1'), qos: 2, retain: false },
      [],
      () => {
        done = true
      },
      () => undefined,
    )
    expect([done, memory.values.size]).toEqual([true, 0])
  })

  test('is copied: the buffer of its bytes may be reused', async () => {
    const { join, router, memory } = await open()
    const writer = await join('c', 'a', 1)
    const held = holdWrites(memory)
    const payload = Buffer.from('kept')
    const done = new Promise<void>((resolve, reject) => router.publish({ topic: 'a', payload, qos: 1, retain: true }, [], resolve, reject))
    payload.fill('!')
    held.pass()
    await done
    expect(writer.fresh()).toEqual(['kept'])
  })
})

describe('what is written with a message', () => {
  test('is on disk if the message is', async () => {
    const { router, keys, join } = await open()
    await join('c', 'a', 1)
    const extra = [ops.putIncoming(1, 5)]
    await new Promise<void>((resolve, reject) =>
      router.publish({ topic: 'a', payload: Buffer.from('1'), qos: 2, retain: false }, extra, resolve, reject),
    )
    expect([keys('i:').length, keys('q:').length]).toEqual([1, 1])
  })

  test('is not on disk if the message is not', async () => {
    const { router, keys, join, memory } = await open()
    await join('c', 'a', 1)
    const free = failWrites(memory)
    const send = (topic: string): Promise<void> =>
      new Promise((resolve, reject) =>
        router.publish({ topic, payload: Buffer.from('1'), qos: 2, retain: false }, [ops.putIncoming(1, 5)], resolve, reject),
      )
    await expect(send('a')).rejects.toThrow('disk full')
    await expect(send('without subscribers')).rejects.toThrow('disk full')
    free()
    expect([keys('i:').length, keys('q:').length, keys('m:').length]).toEqual([0, 0, 0])
  })

  test('is one write with it, for any number of sessions', async () => {
    const { router, join, memory } = await open()
    for (const id of ['c', 'd', 'e']) await join(id, 'a', 1)
    const sizes: number[] = []
    const { commit } = memory
    Object.assign(memory, {
      commit: (list: Parameters<typeof commit>[0], durable: boolean) => {
        sizes.push(list.length)
        return commit(list, durable)
      },
    })
    await new Promise<void>((resolve, reject) =>
      router.publish({ topic: 'a', payload: Buffer.from('1'), qos: 2, retain: true }, [ops.removeWill(1)], resolve, reject),
    )
    expect(sizes[0]).toBe(6)
  })
})

describe('a retained message', () => {
  test('is sent to new subscribers as soon as it is published, and on disk once it may be acknowledged', async () => {
    const { publish, sessions, memory, keys } = await open()
    const held = holdWrites(memory)
    const published = publish('a', 'new', 0, true)
    expect([sessions.retained.tree.get('a')?.payload.toString(), keys('r:')]).toEqual(['new', []])
    held.pass()
    await published
    expect([sessions.retained.tree.get('a')?.payload.toString(), keys('r:')]).toEqual(['new', ['r:a']])
  })

  test('is the one on disk, whichever of several writes fail', async () => {
    const { publish, sessions, memory } = await open()
    await publish('a', 'old', 1, true)
    const held = holdWrites(memory)
    const ends = ['first', '', 'last'].map((text) => publish('a', text, 1, true).catch(() => 'failed'))
    expect(sessions.retained.tree.get('a')?.payload.toString()).toBe('last')
    held.fail()
    expect(await Promise.all(ends)).toEqual(['failed', 'failed', 'failed'])
    expect([sessions.retained.tree.get('a')?.payload.toString(), sessions.retained.bytes]).toEqual(['old', 4])
    const next = holdWrites(memory)
    const kept = publish('a', 'kept', 1, true)
    await next.reached
    const lost = expect(publish('a', 'lost', 1, true)).rejects.toThrow('disk full')
    next.pass()
    const free = failWrites(memory)
    await kept
    await lost
    free()
    expect(sessions.retained.tree.get('a')?.payload.toString()).toBe('kept')
  })

  test('that cannot be stored leaves the previous one', async () => {
    const { publish, sessions, memory } = await open()
    await publish('a', 'old', 1, true)
    const free = failWrites(memory)
    await expect(publish('a', 'new', 1, true)).rejects.toThrow('disk full')
    await expect(publish('a', '', 1, true)).rejects.toThrow('disk full')
    free()
    expect(sessions.retained.tree.get('a')?.payload.toString()).toBe('old')
  })

  test('without bytes removes the previous one, in memory and on disk, and is delivered like any other', async () => {
    const { publish, sessions, keys, join } = await open()
    const writer = await join('c', 'a', 1)
    await publish('a', 'old', 1, true)
    await publish('a', '', 1, true)
    expect([sessions.retained.tree.size, keys('r:')]).toEqual([0, []])
    expect(writer.sent.map(({ text, retain }) => [text, retain])).toEqual([
      ['old', false],
      ['', false],
    ])
  })

  test('at QoS 0 replaces one at QoS 1, also over a restart', async () => {
    const { publish, rows, settled } = await open()
    await publish('a', 'old', 1, true)
    await publish('a', 'new', 0, true)
    await settled()
    expect((await createMqttSessionsFixture(rows)).sessions.retained.tree.get('a')).toMatchObject({ qos: 0, payload: Buffer.from('new') })
  })
})

test('a value of the server is published and retained, and not on disk', async () => {
  const { router, join, sessions, keys } = await open()
  const writer = await join('c', '$SYS/#', 1)
  router.publishSys('$SYS/broker/version', Buffer.from('1'))
  expect([writer.fresh(), sessions.retained.tree.size, keys('r:')]).toEqual([['1'], 1, []])
})
