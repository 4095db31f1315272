// Sessions end by age, but not while their client is reconnecting.

import { expect, test } from 'vitest'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { createMqttSessionsFixture, createTestWriter } from '../../support/mqtt-sessions-fixture.ts'

test('a session does not end by age while its client is connecting', async () => {
  const fixture = await createMqttSessionsFixture(memoryRows(), { sessionSeconds: 60 })
  await fixture.sessions.resume('c')
  const writer = createTestWriter()
  fixture.sessions.detach(fixture.sessions.attach('c', false, writer), writer)
  fixture.clock.at += 59_000
  expect(await fixture.sessions.resume('c')).toBe(true)
  fixture.clock.at += 2000
  fixture.sessions.sweep()
  expect(fixture.sessions.stored).toBe(1)
})
