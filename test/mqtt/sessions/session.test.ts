// A session as data: packet ids that wrap around, and bounds by count, bytes and the bytes of all sessions.

import { describe, expect, test } from 'vitest'
import { lastSessionId, reserve, type Session, type Shared } from '../../../src/mqtt/sessions/session.ts'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { createMqttSessionsFixture, createTestWriter } from '../../support/mqtt-sessions-fixture.ts'
import { createMqttSubscriberFixture, type MqttSubscriberFixture } from '../../support/mqtt-subscriber-fixture.ts'

const ackAll = async ({ ack, writer, session }: MqttSubscriberFixture, but: number): Promise<void> => {
  for (const { id } of writer.sent.splice(0)) if (id !== but) ack(session, 'puback', id)
}

describe('packet ids', () => {
  test('wrap around after the last and skip one that is still unacknowledged', async () => {
    const fixture = await createMqttSubscriberFixture()
    await fixture.publish('a', 'kept')
    const kept = fixture.writer.sent[0]?.id ?? 0
    fixture.session.nextId = lastSessionId - 2
    await fixture.publish('a', 'before')
    await fixture.publish('a', 'last')
    await fixture.publish('a', 'first')
    const used = fixture.writer.sent.map(({ id }) => id)
    expect(used.slice(1)).toEqual([lastSessionId - 1, lastSessionId, 1])
    await fixture.publish('a', 'over')
    expect(fixture.writer.sent.map(({ id }) => id)).not.toContain(0)
    expect([kept, fixture.writer.sent[4]?.id]).toEqual([2, 3])
  })

  test('are never in flight twice in a whole round with one unacknowledged', async () => {
    const fixture = await createMqttSubscriberFixture({ maxMessages: 40_000, inflight: 1000 })
    const message: Shared = { seq: 1, topic: 'a', payload: Buffer.alloc(0), time: 0, holders: 0 }
    const ids = new Set<number>()
    const take = (session: Session): number => reserve(fixture.sessions.pool, session, message, 1, false)?.id ?? 0
    const first = take(fixture.session)
    fixture.session.inflight = new Map([[first, { message, qos: 1, retain: false, id: first, released: false }]])
    for (let left = lastSessionId - 1; left > 0; left--) {
      fixture.session.count = 0
      ids.add(take(fixture.session))
    }
    expect([ids.size, ids.has(first), ids.has(0)]).toEqual([lastSessionId - 1, false, false])
    expect(Math.max(...ids)).toBe(lastSessionId)
  })

  test('continue after the newest when the rows were read again', async () => {
    const before = await createMqttSubscriberFixture({ inflight: 2 })
    for (const text of ['one', 'two', 'three', 'four']) await before.publish('a', text)
    await before.settled()
    const after = await createMqttSessionsFixture(before.memory)
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
    const fixture = await createMqttSubscriberFixture({ maxMessages: 3, inflight: 1 })
    for (const text of ['1', '2', '3', '4', '5']) await fixture.publish('a', text)
    expect([fixture.session.count, fixture.drops]).toEqual([3, ['queue_full', 'queue_full']])
    expect([fixture.said.length, fixture.writer.overruns]).toEqual([1, 2])
    await ackAll(fixture, 0)
    await fixture.publish('a', '6')
    await fixture.publish('a', '7')
    expect([fixture.drops.length, fixture.said.length]).toEqual([3, 2])
    for (let left = 5; left > 0; left--) await ackAll(fixture, 0)
    expect(fixture.session.count).toBe(0)
  })

  test('by bytes of topic and payload drops what does not fit, and takes what does', async () => {
    const fixture = await createMqttSubscriberFixture({ maxBytes: 100, inflight: 1 })
    await fixture.publish('a', 'x'.repeat(89))
    await fixture.publish('a', 'y'.repeat(10))
    expect([fixture.session.bytes, fixture.drops]).toEqual([90, ['queue_full']])
    await fixture.publish('a', 'z'.repeat(9))
    expect([fixture.session.bytes, fixture.drops.length]).toEqual([100, 1])
  })

  test('by the bytes of all sessions together drops what the others leave no room for', async () => {
    const fixture = await createMqttSubscriberFixture({ maxTotalBytes: 100 })
    const other = createTestWriter()
    const second = await fixture.enter('d', other)
    await fixture.subscribe(second, 'b', 1)
    await fixture.publish('a', 'x'.repeat(79))
    await fixture.publish('b', 'y'.repeat(9))
    await fixture.publish('b', 'z')
    expect([fixture.sessions.pool.totals.bytes, fixture.drops]).toEqual([100, ['queue_full', 'queue_full']])
    fixture.ack(fixture.session, 'puback', fixture.writer.sent[0]?.id ?? 0)
    await fixture.publish('b', 'again')
    expect(other.sent.map(({ text }) => text)).toEqual(['yyyyyyyyy', 'again'])
  })

  test.each([
    ['a device, which is one board', 'device/pk/dn', 10, 0],
    ['a user', 'user/erp', 5, 2],
    ['all without a username', 'anonymous', 5, 2],
  ])('by the share of %s leaves room for its other clients', async (_who, owner, first, second) => {
    const fixture = await createMqttSessionsFixture(memoryRows(), { maxTotalBytes: 2000, share: 0.5 })
    const queued = async (client: string): Promise<number> => {
      const session = await fixture.enter(`${owner}/${client}`, createTestWriter(true))
      await fixture.subscribe(session, client, 1)
      for (let at = 0; at < 20; at++) await fixture.publish(client, 'x'.repeat(99 - client.length))
      return session.count
    }
    expect([await queued('one'), await queued('two')]).toEqual([first, second])
    expect(new Set(fixture.reached)).toEqual(new Set([`queued ${owner}`]))
  })

  test('counts what is being written too, and frees it if that fails', async () => {
    const fixture = await createMqttSubscriberFixture({ maxMessages: 2 })
    fixture.memory.gate = () => Promise.reject(new Error('disk full'))
    const sends = ['1', '2', '3'].map((text) =>
      fixture.publish('a', text).then(
        () => 'kept',
        () => 'failed',
      ),
    )
    expect([fixture.session.count, fixture.drops]).toEqual([2, ['queue_full']])
    expect(await Promise.all(sends)).toEqual(['failed', 'failed', 'kept'])
    expect([fixture.session.count, fixture.session.bytes, fixture.sessions.pool.totals]).toEqual([0, 0, { count: 0, bytes: 0 }])
  })
})

test('the figures of all sessions are the same after the rows were read again', async () => {
  const fixture = await createMqttSubscriberFixture()
  await fixture.publish('a', 'one')
  await fixture.publish('größe', 'zwei')
  await fixture.settled()
  const again = await createMqttSessionsFixture(fixture.memory)
  expect(again.sessions.pool.totals).toEqual(fixture.sessions.pool.totals)
  expect(again.sessions.pool.totals.count).toBe(2)
})
