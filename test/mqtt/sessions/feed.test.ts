// Retained messages for new subscriptions: all of them, once each, a few at a time, as the session has room.

import { describe, expect, test } from 'vitest'
import { pump } from '../../../src/mqtt/sessions/delivery.ts'
import type { Session } from '../../../src/mqtt/sessions/session.ts'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import {
  createMqttSessionsFixture,
  createTestWriter,
  failWrites,
  holdWrites,
  type MqttSessionsFixture,
  type TestWriter,
} from '../../support/mqtt-sessions-fixture.ts'

/** Retained messages `r/0` and so on. */
const retain = async (
  fixture: MqttSessionsFixture,
  count: number,
  qos: 0 | 1 | 2,
  text: (at: number) => string = String,
): Promise<void> => {
  await Promise.all(Array.from({ length: count }, (_, at) => fixture.publish(`r/${at}`, text(at), qos, true)))
}

const open = async (change: Parameters<typeof createMqttSessionsFixture>[1] = {}) => {
  const rows = memoryRows()
  const fixture = await createMqttSessionsFixture(rows, change)
  return { ...fixture, memory: rows }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Acknowledges what the client is sent until nothing more is sent; returns the largest number of unacknowledged messages. */
const consume = async (
  { feed, ack, settled }: MqttSessionsFixture,
  session: Session,
  writer: TestWriter,
  until = Infinity,
): Promise<number> => {
  let most = 0
  let at = 0
  for (let idle = 0; idle < 3 && at < until; idle++) {
    await turn()
    await settled()
    most = Math.max(most, session.inflight.size)
    for (; at < writer.sent.length && at < until; at++) {
      idle = 0
      ack(session, 'puback', writer.sent[at]?.id ?? 0)
      feed.refill(session)
    }
  }
  return most
}

const distinct = (writer: TestWriter): number => new Set(writer.sent.map(({ topic }) => topic)).size

describe('5,000 retained messages', () => {
  test('are all sent once to a stored session, within its window and a short queue, and leave no rows', async () => {
    const fixture = await open({ inflight: 20, maxMessages: 200 })
    await retain(fixture, 5000, 1)
    const before = fixture.memory.values.size
    const writer = createTestWriter()
    const session = await fixture.enter('c', writer)
    await fixture.subscribe(session, 'r/#', 1)
    fixture.feed.feed(session, [['r/#', 1]])
    expect(await consume(fixture, session, writer)).toBe(20)
    expect([writer.sent.length, distinct(writer), fixture.drops]).toEqual([5000, 5000, []])
    expect(writer.sent.every(({ retain: retained, dup }) => retained && !dup)).toBe(true)
    await fixture.sessions.discard('c')
    await fixture.settled()
    expect(fixture.memory.values.size).toBe(before)
  })

  test('are all sent once at QoS 0, as the writer takes them', async () => {
    const fixture = await open()
    await retain(fixture, 5000, 0)
    const writer = createTestWriter()
    const session = fixture.sessions.attach('c', true, writer)
    await fixture.subscribe(session, '#', 2)
    fixture.feed.feed(session, [['#', 2]])
    for (let turns = 200; turns > 0 && writer.sent.length < 1000; turns--) await turn()
    writer.congested = true
    const soFar = writer.sent.length
    for (let turns = 10; turns > 0; turns--) await turn()
    expect(writer.sent.length).toBe(soFar)
    expect(session.qos0.length).toBeLessThanOrEqual(100)
    writer.congested = false
    pump(fixture.sessions.pool, session)
    fixture.feed.refill(session)
    for (let turns = 200; turns > 0 && writer.sent.length < 5000; turns--) await turn()
    expect([writer.sent.length, distinct(writer), fixture.drops]).toEqual([5000, 5000, []])
  })

  test('are not sent any more once the client has unsubscribed', async () => {
    const fixture = await open({ inflight: 20 })
    await retain(fixture, 5000, 1)
    const writer = createTestWriter()
    const session = await fixture.enter('c', writer)
    await fixture.subscribe(session, 'r/#', 1)
    fixture.feed.feed(session, [['r/#', 1]])
    await consume(fixture, session, writer, 1000)
    await new Promise<void>((resolve) => fixture.sessions.unsubscribe(session, ['r/#'], resolve))
    const queued = session.count
    const soFar = writer.sent.length
    await consume(fixture, session, writer)
    expect(writer.sent.length).toBeLessThanOrEqual(soFar + queued)
    expect([session.count, session.feeds.length]).toEqual([0, 0])
  })

  test('wait for a client with a persistent session that disconnects meanwhile, and are sent once', async () => {
    const fixture = await open({ inflight: 20 })
    await retain(fixture, 1000, 1)
    const writer = createTestWriter()
    const session = await fixture.enter('c', writer)
    await fixture.subscribe(session, 'r/#', 1)
    fixture.feed.feed(session, [['r/#', 1]])
    await consume(fixture, session, writer, 300)
    fixture.sessions.detach(session, writer)
    await fixture.settled()
    const again = createTestWriter()
    await fixture.enter('c', again)
    fixture.feed.refill(session)
    await consume(fixture, session, again)
    const first = writer.sent.slice(0, 300)
    expect(first.length + again.sent.length).toBe(1000)
    expect(new Set([...first, ...again.sent].map(({ topic }) => topic)).size).toBe(1000)
  })

  test('are sent once more, not twice, if the same filter is subscribed before all were sent', async () => {
    const fixture = await open({ inflight: 20 })
    await retain(fixture, 500, 1)
    const writer = createTestWriter()
    const session = await fixture.enter('c', writer)
    await fixture.subscribe(session, 'r/#', 1)
    fixture.feed.feed(session, [['r/#', 1]])
    await consume(fixture, session, writer, 20)
    const before = writer.sent.length + session.waiting.length
    fixture.feed.feed(session, [['r/#', 1]])
    await consume(fixture, session, writer)
    expect([writer.sent.length, distinct(writer)]).toEqual([before + 500, 500])
  })

  test('are sent twice, first at one QoS and then at the other, if one SUBSCRIBE has the filter twice', async () => {
    const fixture = await open({ inflight: 20 })
    await retain(fixture, 500, 2)
    const writer = createTestWriter()
    const session = await fixture.enter('c', writer)
    await fixture.subscribe(session, 'r/#', 2)
    // The first of them are not written at once.
    const free = failWrites(fixture.memory)
    fixture.feed.feed(session, [
      ['r/#', 1],
      ['r/#', 2],
    ])
    await turn()
    await fixture.settled()
    free()
    fixture.feed.retry()
    await consume(fixture, session, writer, 500)
    expect([writer.sent.length >= 500, distinct(writer)]).toEqual([true, 500])
    expect(writer.sent.slice(0, 500).every(({ qos }) => qos === 1)).toBe(true)
    for (let turns = 50; turns > 0 && writer.sent.length < 520; turns--) await turn()
    expect(writer.sent.slice(500).map(({ qos }) => qos)).toEqual(Array.from({ length: 20 }, () => 2))
  })

  test('of many bytes wait for room, and none is lost', async () => {
    const fixture = await open({ inflight: 20, maxBytes: 100_000 })
    await retain(fixture, 100, 1, () => 'x'.repeat(30_000))
    const writer = createTestWriter()
    const session = await fixture.enter('c', writer)
    await fixture.subscribe(session, 'r/#', 1)
    fixture.feed.feed(session, [['r/#', 1]])
    await consume(fixture, session, writer)
    expect([writer.sent.length, distinct(writer), fixture.drops]).toEqual([100, 100, []])
  })
})

test.each([
  ['its own bound', 'c', { maxBytes: 1000 }],
  ['the part of a client in the share of its user', 'user/erp/c', { maxTotalBytes: 3000 }],
])('one that can never fit into %s is lost and counted, and those after it are sent', async (_what, id, bounds) => {
  const fixture = await open({ inflight: 20, ...bounds })
  await retain(fixture, 10, 1, (at) => (at === 3 ? 'x'.repeat(2000) : 'fits'))
  const writer = createTestWriter()
  const session = await fixture.enter(id, writer)
  await fixture.subscribe(session, 'r/#', 1)
  fixture.feed.feed(session, [['r/#', 1]])
  await consume(fixture, session, writer)
  expect([writer.sent.length, fixture.drops]).toEqual([9, ['queue_full']])
})

test('while the disk is slow, no more than a portion is taken, also at QoS 0', async () => {
  const fixture = await open()
  await retain(fixture, 2000, 0)
  const writer = createTestWriter()
  const session = await fixture.enter('c', writer)
  await fixture.subscribe(session, 'r/#', 0)
  const held = holdWrites(fixture.memory)
  const other = fixture.publish('elsewhere', 'slow', 1, true)
  const before = fixture.sessions.nextSeq()
  fixture.feed.feed(session, [['r/#', 0]])
  for (let turns = 30; turns > 0; turns--) {
    await turn()
    fixture.feed.refill(session)
  }
  expect(fixture.sessions.nextSeq() - before).toBeLessThanOrEqual(101)
  held.pass()
  await other
  for (let turns = 200; turns > 0 && writer.sent.length < 2000; turns--) await turn()
  expect(distinct(writer)).toBe(2000)
})

test('those of a subscription that could not be written are sent once they can', async () => {
  const fixture = await open({ inflight: 5 })
  await retain(fixture, 300, 1)
  const writer = createTestWriter()
  const session = await fixture.enter('c', writer)
  await fixture.subscribe(session, 'r/#', 1)
  const free = failWrites(fixture.memory)
  fixture.feed.feed(session, [['r/#', 1]])
  await turn()
  await fixture.settled()
  free()
  fixture.feed.retry()
  await consume(fixture, session, writer)
  expect([writer.sent.length, distinct(writer)]).toEqual([300, 300])
})

test('those for which other sessions leave no room are sent once they do', async () => {
  const fixture = await open({ maxTotalBytes: 1000 })
  await retain(fixture, 3, 1, () => 'x'.repeat(400))
  const [writer, other] = [createTestWriter(), createTestWriter()]
  const [session, hog] = [await fixture.enter('c', writer), await fixture.enter('hog', other)]
  await fixture.subscribe(hog, 'big', 1)
  await fixture.publish('big', 'y'.repeat(900))
  await fixture.subscribe(session, 'r/#', 1)
  fixture.feed.feed(session, [['r/#', 1]])
  await consume(fixture, session, writer)
  expect([writer.sent.length, fixture.drops]).toEqual([0, []])
  fixture.ack(hog, 'puback', other.sent[0]?.id ?? 0)
  fixture.feed.retry()
  await consume(fixture, session, writer)
  expect([writer.sent.length, fixture.drops]).toEqual([3, []])
})

test('one that waited for room is sent with its newest value, not with one that was replaced meanwhile', async () => {
  const fixture = await open({ inflight: 1, maxBytes: 1000 })
  await retain(fixture, 3, 1, () => 'x'.repeat(600))
  const writer = createTestWriter()
  const session = await fixture.enter('c', writer)
  await fixture.subscribe(session, 'r/#', 1)
  fixture.feed.feed(session, [['r/#', 1]])
  await turn()
  await fixture.settled()
  const first = writer.sent[0]
  expect(writer.sent.length).toBe(1)
  const texts = ['r/0', 'r/1', 'r/2'].filter((topic) => topic !== first?.topic)
  for (const topic of texts) await fixture.publish(topic, 'new', 1, true)
  await consume(fixture, session, writer)
  expect(writer.sent.slice(1).map(({ text }) => text)).toEqual(['new', 'new', 'new', 'new'])
})

test('they are lowered to the granted QoS and have the retain flag', async () => {
  const fixture = await open()
  await fixture.publish('two', '2', 2, true)
  await fixture.publish('zero', '0', 0, true)
  const writer = createTestWriter()
  const session = await fixture.enter('c', writer)
  await fixture.subscribe(session, '#', 1)
  fixture.feed.feed(session, [['#', 1]])
  await consume(fixture, session, writer)
  expect(new Map(writer.sent.map(({ text, qos, retain: retained }) => [text, [qos, retained]]))).toEqual(
    new Map([
      ['2', [1, true]],
      ['0', [0, true]],
    ]),
  )
})

test('no more of them are queued for a client that disconnected, and none at QoS 0', async () => {
  const fixture = await open()
  await retain(fixture, 1000, 1)
  const writer = createTestWriter()
  const session = await fixture.enter('c', writer)
  await fixture.subscribe(session, 'r/#', 1)
  fixture.feed.feed(session, [['r/#', 1]])
  fixture.sessions.detach(session, writer)
  for (let turns = 10; turns > 0; turns--) await turn()
  await fixture.settled()
  expect(session.count).toBeLessThanOrEqual(100)
  expect(session.feeds.length).toBe(1)
  const again = await fixture.enter('c', createTestWriter())
  await fixture.subscribe(again, 'r/#', 0)
  fixture.feed.feed(again, [['r/#', 0]])
  fixture.sessions.detach(again, again.writer ?? writer)
  expect(again.feeds.length).toBe(0)
})
