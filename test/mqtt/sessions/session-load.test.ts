// What is read at start: all rows that belong to a session, also from a real disk; the others are dropped, in memory and on disk.

import { expect, onTestFinished, test } from 'vitest'
import { ops } from '../../../src/mqtt/sessions/rows.ts'
import type { SessionOp } from '../../../src/ota/ports/session-rows.ts'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { createMqttSessionsFixture, createTestWriter, failWrites } from '../../support/mqtt-sessions-fixture.ts'
import { storeFixtures } from '../../support/mqtt-store-fixture.ts'

const message = (seq: number) => ops.putMessage({ seq, time: 1, topic: 'a', payload: Buffer.from(String(seq)) })
const entry = (number: number, seq: number) => ops.putEntry(number, seq, { qos: 1, retain: false, id: seq, released: false })
const session = (number: number, id: string) => ops.putSession(number, { id, createdAt: 1, leftAt: 1 })

const garbage: readonly SessionOp[] = [
  // Of a session that does not exist.
  ops.putFilter(9, 'a', 1),
  entry(9, 1),
  ops.putIncoming(9, 3),
  ops.putSent(9, 12),
  // An entry without its message, a message without an entry.
  entry(1, 50),
  message(60),
]
const good: readonly SessionOp[] = [session(1, 'c'), ops.putFilter(1, 'a', 1), message(1), entry(1, 1), ops.putSent(1, 1)]

test('rows that belong to no session are dropped, and the others stay', async () => {
  const rows = memoryRows()
  await rows.commit([...garbage, ...good], true)
  const { sessions, enter, settled } = await createMqttSessionsFixture(rows)
  await settled()
  expect(new Set(rows.values.keys())).toEqual(new Set(good.map(({ key }) => key)))
  expect([sessions.stored, sessions.pool.totals.count]).toEqual([1, 1])
  const writer = createTestWriter()
  await enter('c', writer)
  expect(writer.fresh()).toEqual(['dup 1'])
})

test('rows that belong to no session and cannot be dropped now do not remove those of a later session with the same number', async () => {
  const rows = memoryRows()
  await rows.commit([ops.putFilter(1, 'a', 1), ops.putSent(1, 5)], true)
  const free = failWrites(rows)
  const { enter, subscribe, settled } = await createMqttSessionsFixture(rows)
  await settled()
  free()
  await subscribe(await enter('c', createTestWriter()), 'a', 2)
  await settled()
  expect((await createMqttSessionsFixture(rows)).sessions.attach('c', false, createTestWriter()).filters).toEqual(new Map([['a', 2]]))
})

test('new messages and sessions have larger numbers than all on disk', async () => {
  const rows = memoryRows()
  await rows.commit([session(7, 'c'), ops.putFilter(7, 'a', 1), message(40), entry(7, 40), ops.putSent(7, 41)], true)
  const { sessions, enter } = await createMqttSessionsFixture(rows)
  expect(sessions.nextSeq()).toBe(42)
  expect((await enter('d', createTestWriter())).number).toBe(8)
})

test('rows of an unknown kind are not changed', async () => {
  const rows = memoryRows()
  await rows.commit([{ type: 'put', key: 'z:later', value: Buffer.from('x') }], true)
  await (await createMqttSessionsFixture(rows)).settled()
  expect([...rows.values.keys()]).toEqual(['z:later'])
})

test.each(storeFixtures)('everything is restored after a restart: $name', async ({ open }) => {
  const store = await open()
  onTestFinished(() => store.close())
  const first = await createMqttSessionsFixture(store.rows, { inflight: 2 })
  const writer = createTestWriter()
  const client = await first.enter('c:1/ä', writer)
  await first.subscribe(client, 'a/#', 2)
  for (const text of ['1', '2', '3']) await first.publish('a/ß', text, 2)
  await first.publish('a/kept', 'retained', 1, true)
  first.ack(client, 'pubrec', writer.sent[0]?.id ?? 0)
  await first.settled()
  expect(await store.queued('c:1/ä')).toEqual(['a/ß', 'a/ß', 'a/ß', 'a/kept'])

  const second = await createMqttSessionsFixture(store.rows, { inflight: 3 })
  const again = createTestWriter()
  expect(await second.sessions.resume('c:1/ä')).toBe(true)
  const same = second.sessions.attach('c:1/ä', false, again)
  expect(again.fresh()).toEqual([`rel ${writer.sent[0]?.id}`, 'dup 2', '3'])
  expect(same.filters).toEqual(new Map([['a/#', 2]]))
  expect(second.sessions.retained.tree.get('a/kept')).toMatchObject({ topic: 'a/kept', qos: 1, time: first.clock.at })
  await second.sessions.discard('c:1/ä')
  await second.settled()
  const third = await createMqttSessionsFixture(store.rows)
  expect([third.sessions.stored, third.sessions.retained.tree.size, third.sessions.pool.totals.count]).toEqual([0, 1, 0])
})
