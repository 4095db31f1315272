// Changes of a session's filters that overlap, as those of two connections of a session do when the second takes it over: the last one
// counts, in memory and after a restart.

import { expect, test } from 'vitest'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { createMqttSessionsFixture, createTestWriter, holdWrites } from '../../support/mqtt-sessions-fixture.ts'

type Change = 0 | 1 | 2 | 'unsubscribe'

/** What the session is subscribed to after these changes, each begun before the one before it is stored; in memory and on disk. */
const afterAll = async (before: Change, ...changes: readonly Change[]) => {
  const rows = memoryRows()
  const { enter, sessions, settled } = await createMqttSessionsFixture(rows)
  const session = await enter('c', createTestWriter())
  const apply = (change: Change): Promise<unknown> =>
    new Promise<unknown>((resolve) => {
      if (change === 'unsubscribe') sessions.unsubscribe(session, ['a'], () => resolve(null))
      else sessions.subscribe(session, [['a', change]], resolve)
    })
  await apply(before)
  const held = holdWrites(rows)
  const applied = changes.map(apply)
  held.pass()
  await Promise.all(applied)
  await settled()
  const { sessions: again } = await createMqttSessionsFixture(rows.after('power'))
  const restored = again.attach('c', false, createTestWriter())
  return [session.filters.get('a'), sessions.filters.match('a').get(session), restored.filters.get('a')]
}

test.each<[Change, readonly Change[], number | undefined]>([
  [0, [1, 0], 0],
  [1, [2, 1], 1],
  [0, [1, 'unsubscribe'], undefined],
  ['unsubscribe', [1, 'unsubscribe'], undefined],
  ['unsubscribe', [1, 'unsubscribe', 1], 1],
  [1, ['unsubscribe', 1], 1],
  [1, ['unsubscribe', 1, 'unsubscribe', 2], 2],
])('with %s, the last of the changes %j counts', async (before, changes, expected) => {
  expect(await afterAll(before, ...changes)).toEqual([expected, expected, expected])
})

test('a filter that is subscribed again while it is being removed, behind a SUBSCRIBE that was stored meanwhile, stays after a restart', async () => {
  const rows = memoryRows()
  const { enter, sessions, settled } = await createMqttSessionsFixture(rows)
  const session = await enter('c', createTestWriter())
  const first = holdWrites(rows)
  const subscribed = new Promise<boolean>((resolve) => sessions.subscribe(session, [['a', 1]], resolve))
  await first.reached
  const removed = new Promise<void>((resolve) => sessions.unsubscribe(session, ['a'], resolve))
  const second = holdWrites(rows)
  first.pass()
  await subscribed
  const again = new Promise<boolean>((resolve) => sessions.subscribe(session, [['a', 1]], resolve))
  second.pass()
  await Promise.all([removed, again])
  await settled()
  const { sessions: restarted } = await createMqttSessionsFixture(rows.after('power'))
  const restored = restarted.attach('c', false, createTestWriter())
  expect([session.filters.get('a'), restored.filters.get('a')]).toEqual([1, 1])
})
