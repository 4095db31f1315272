// Sessions end by age, but not while their client is reconnecting.

import { expect, test } from 'vitest'
import { createTestWriter, openHall } from './hall.ts'
import { memoryRows } from './memory.ts'

test('a session does not end by age while its client is connecting', async () => {
  const hall = await openHall(memoryRows(), { sessionSeconds: 60 })
  await hall.sessions.resume('c')
  const writer = createTestWriter()
  hall.sessions.detach(hall.sessions.attach('c', false, writer), writer)
  hall.clock.at += 59_000
  expect(await hall.sessions.resume('c')).toBe(true)
  hall.clock.at += 2000
  hall.sessions.sweep()
  expect(hall.sessions.stored).toBe(1)
})
