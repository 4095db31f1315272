// Times as people read them: in the zone of the machine, with its offset.

import { afterEach, expect, test, vi } from 'vitest'
import { localClock, localTime, withLocalTimes } from '../../src/cli/format.ts'

afterEach(() => vi.unstubAllEnvs())

test.each([
  ['Asia/Shanghai', '2026-03-01T12:00:00.250Z', '2026-03-01 20:00:00 +08:00'],
  ['America/New_York', '2026-03-01T02:00:00Z', '2026-02-28 21:00:00 -05:00'],
  ['America/New_York', '2026-07-01T02:00:00Z', '2026-06-30 22:00:00 -04:00'],
  ['Asia/Kathmandu', '2026-03-01T00:00:00Z', '2026-03-01 05:45:00 +05:45'],
  ['America/St_Johns', '2026-01-01T00:00:00Z', '2025-12-31 20:30:00 -03:30'],
  ['UTC', '2026-03-01T00:00:00Z', '2026-03-01 00:00:00 +00:00'],
])('in %s, %s is %s', (zone, iso, text) => {
  vi.stubEnv('TZ', zone)
  expect(localTime(iso)).toBe(text)
})

test('the clock alone has milliseconds', () => {
  vi.stubEnv('TZ', 'Asia/Shanghai')
  expect(localClock('2026-03-01T12:00:00.050Z')).toBe('20:00:00.050 +08:00')
})

test('within what the server says, every time is local, and everything else stays', () => {
  vi.stubEnv('TZ', 'Asia/Shanghai')
  expect(withLocalTimes('opens at 2026-03-01T12:00:00.000Z, ends 2026-03-02T00:00:00Z; runs 1.0.0-2026-03-01')).toBe(
    'opens at 2026-03-01 20:00:00 +08:00, ends 2026-03-02 08:00:00 +08:00; runs 1.0.0-2026-03-01',
  )
})

test('what is no time stays as it is', () => {
  expect(localTime('soon')).toBe('soon')
})
