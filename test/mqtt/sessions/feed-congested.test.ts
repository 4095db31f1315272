// Retained messages at QoS 0 for a writer that congests again and again, where the session's owner has no room in any queue.

import { expect, test } from 'vitest'
import { pump } from '../../../src/mqtt/sessions/delivery.ts'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { createMqttSessionsFixture, createTestWriter, type TestWriter } from '../../support/mqtt-sessions-fixture.ts'

const count = 500
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Congested after each 30 messages, as a slow client makes it. */
const createSlowWriter = (): TestWriter => {
  const { publish, ...rest } = createTestWriter()
  const writer: TestWriter = {
    ...rest,
    publish(entry, dup) {
      publish(entry, dup)
      writer.congested = writer.sent.length % 30 === 0
    },
  }
  return writer
}

test('all of them are sent once', async () => {
  const { publish, sessions, bounds, subscribe, feed, drops } = await createMqttSessionsFixture(memoryRows())
  await Promise.all(Array.from({ length: count }, (_, at) => publish(`r/${at}`, String(at), 0, true)))
  const writer = createSlowWriter()
  const session = sessions.attach('c', true, writer)
  sessions.pool.owners.add(session.owner, bounds.maxTotalBytes * bounds.share)
  await subscribe(session, '#', 2)
  feed.feed(session, [['#', 2]])
  for (let turns = 200; turns > 0 && writer.sent.length < count; turns--) {
    await turn()
    writer.congested = false
    pump(sessions.pool, session)
    feed.refill(session)
  }
  expect([writer.sent.length, new Set(writer.sent.map(({ topic }) => topic)).size, drops]).toEqual([count, count, []])
})
