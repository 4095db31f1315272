// A session as data: packet ids that wrap around, and bounds by count, bytes and the bytes of all sessions.

import { describe, expect, test } from 'vitest'
import { lastSessionId, reserve, type Session, type Shared } from '../../../src/mqtt/sessions/session.ts'
import { type ClientHall, openClient } from './client.ts'
import { createTestWriter, openHall } from './hall.ts'

const ackAll = async ({ ack, writer, session }: ClientHall, but: number): Promise<void> => {
  for (const { id } of writer.sent.splice(0)) if (id !== but) ack(session, 'puback', id)
}

describe('packet ids', () => {
  test('wrap around after the last and skip one that is still unacknowledged', async () => {
    const hall = await openClient()
    await hall.publish('a', 'kept')
    const kept = hall.writer.sent[0]?.id ?? 0
    hall.session.nextId = lastSessionId - 2
    await hall.publish('a', 'before')
    await hall.publish('a', 'last')
    await hall.publish('a', 'first')
    const used = hall.writer.sent.map(({ id }) => id)
    expect(used.slice(1)).toEqual([lastSessionId - 1, lastSessionId, 1])
    await hall.publish('a', 'over')
    expect(hall.writer.sent.map(({ id }) => id)).not.toContain(0)
    expect([kept, hall.writer.sent[4]?.id]).toEqual([2, 3])
  })

  test('are never in flight twice in a whole round with one unacknowledged', async () => {
    const hall = await openClient({ maxMessages: 40_000, inflight: 1000 })
    const message: Shared = { seq: 1, topic: 'a', payload: Buffer.alloc(0), time: 0, holders: 0 }
    const ids = new Set<number>()
    const take = (session: Session): number => reserve(hall.sessions.pool, session, message, 1, false)?.id ?? 0
    const first = take(hall.session)
    hall.session.inflight.set(first, { message, qos: 1, retain: false, id: first, released: false })
    for (let left = lastSessionId - 1; left > 0; left--) {
      hall.session.count = 0
      ids.add(take(hall.session))
    }
    expect([ids.size, ids.has(first), ids.has(0)]).toEqual([lastSessionId - 1, false, false])
    expect(Math.max(...ids)).toBe(lastSessionId)
  })

  test('continue after the newest when the rows were read again', async () => {
    const before = await openClient({ inflight: 2 })
    for (const text of ['one', 'two', 'three', 'four']) await before.publish('a', text)
    await before.settled()
    const after = await openHall(before.memory)
    const writer = createTestWriter()
    await after.enter('c', writer)
    await after.publish('a', 'five')
    expect(writer.sent.map(({ text, id }) => [text, id])).toEqual([
      ['one', 2],
      ['two', 3],
      ['three', 4],
      ['four', 5],
      ['five', 6],
    ])
  })
})

describe('a full session', () => {
  test('by count drops the newest, which is counted each time and logged once until there is room', async () => {
    const hall = await openClient({ maxMessages: 3, inflight: 1 })
    for (const text of ['1', '2', '3', '4', '5']) await hall.publish('a', text)
    expect([hall.session.count, hall.drops]).toEqual([3, ['queue_full', 'queue_full']])
    expect([hall.said.length, hall.writer.overruns]).toEqual([1, 2])
    await ackAll(hall, 0)
    await hall.publish('a', '6')
    await hall.publish('a', '7')
    expect([hall.drops.length, hall.said.length]).toEqual([3, 2])
    for (let left = 5; left > 0; left--) await ackAll(hall, 0)
    expect(hall.session.count).toBe(0)
  })

  test('by bytes of topic and payload drops what does not fit, and takes what does', async () => {
    const hall = await openClient({ maxBytes: 100, inflight: 1 })
    await hall.publish('a', 'x'.repeat(89))
    await hall.publish('a', 'y'.repeat(10))
    expect([hall.session.bytes, hall.drops]).toEqual([90, ['queue_full']])
    await hall.publish('a', 'z'.repeat(9))
    expect([hall.session.bytes, hall.drops.length]).toEqual([100, 1])
  })

  test('by the bytes of all sessions together drops what the others leave no room for', async () => {
    const hall = await openClient({ maxTotalBytes: 100 })
    const other = createTestWriter()
    const second = await hall.enter('d', other)
    await hall.subscribe(second, 'b', 1)
    await hall.publish('a', 'x'.repeat(79))
    await hall.publish('b', 'y'.repeat(9))
    await hall.publish('b', 'z')
    expect([hall.sessions.pool.totals.bytes, hall.drops]).toEqual([100, ['queue_full', 'queue_full']])
    hall.ack(hall.session, 'puback', hall.writer.sent[0]?.id ?? 0)
    await hall.publish('b', 'again')
    expect(other.sent.map(({ text }) => text)).toEqual(['yyyyyyyyy', 'again'])
  })

  test('counts what is being written too, and frees it if that fails', async () => {
    const hall = await openClient({ maxMessages: 2 })
    hall.memory.gate = () => Promise.reject(new Error('disk full'))
    const sends = ['1', '2', '3'].map((text) =>
      hall.publish('a', text).then(
        () => 'kept',
        () => 'failed',
      ),
    )
    expect([hall.session.count, hall.drops]).toEqual([2, ['queue_full']])
    expect(await Promise.all(sends)).toEqual(['failed', 'failed', 'kept'])
    expect([hall.session.count, hall.session.bytes, hall.sessions.pool.totals]).toEqual([0, 0, { count: 0, bytes: 0 }])
  })
})

test('the figures of all sessions are the same after the rows were read again', async () => {
  const hall = await openClient()
  await hall.publish('a', 'one')
  await hall.publish('größe', 'zwei')
  await hall.settled()
  const again = await openHall(hall.memory)
  expect(again.sessions.pool.totals).toEqual(hall.sessions.pool.totals)
  expect(again.sessions.pool.totals.count).toBe(2)
})
