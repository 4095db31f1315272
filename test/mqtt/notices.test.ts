// What the server says and keeps of connections.

import { expect, test } from 'vitest'
import { createNotices } from '../../src/mqtt/notices.ts'
import type { RefusedConnect } from '../../src/ota/ports/mqtt.ts'
import { keptBytes } from '../support/kept-memory.ts'
import { createRecordingLog } from '../support/recording-log.ts'

test('of a refused connection the first characters of its names are kept, and not the rest', async () => {
  const refused: RefusedConnect[] = []
  const notices = createNotices({
    log: createRecordingLog([]),
    meter: { count() {} },
    events: { emit() {}, watches: () => false },
    registry: { noteConnection() {}, connectRefused: (one) => void refused.push(one) },
    now: Date.now,
  })
  const refusal = { code: 4, reason: 'bad_password', text: 'sent another password' } as const
  const name = (at: number): string => Buffer.from(`${at} ${'x'.repeat(60_000)}`).toString()
  const kept = await keptBytes(100, (at) => {
    notices.refused(null, 'far:1', refusal, { clientId: name(at), user: name(at) })
    return refused.at(-1)
  })
  expect(refused.at(-1)?.clientId).toBe(`99 ${'x'.repeat(253)}`)
  expect(kept).toBeLessThan(1_000_000)
})
