import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isoTime } from '../../src/admin/iso-time.ts'

test('times are shown as ISO 8601 UTC, whatever the day of the one before', () => {
  const time = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1.7e12, max: 1.7e12 + 2e8 }))
  fc.assert(fc.property(time, (at) => isoTime(at) === new Date(at).toISOString()))
  for (const at of [0, -1, -86_400_000, 86_399_999, 86_400_000, 8.64e15]) expect(isoTime(at)).toBe(new Date(at).toISOString())
})

test('what is no time is refused', () => {
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 86_400_000]) expect(() => isoTime(at)).toThrow(RangeError)
})
