// The union of byte intervals against a plain set of bytes.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createIntervals } from '../../src/download/intervals.ts'

const pieces = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 12 })), { maxLength: 40 })

test('the union counts every byte once, in any order', () => {
  fc.assert(
    fc.property(pieces, (all) => {
      const intervals = createIntervals()
      const bytes = new Set<number>()
      for (const [start, length] of all) {
        intervals.add(start, start + length)
        for (let at = start; at < start + length; at += 1) bytes.add(at)
        expect(intervals.size()).toBe(bytes.size)
      }
    }),
    { numRuns: 500 },
  )
})

test('with too many gaps the count is too small, never too large, and bytes in order are still all counted', () => {
  fc.assert(
    fc.property(pieces, (all) => {
      const intervals = createIntervals(3)
      const bytes = new Set<number>()
      for (const [start, length] of all) {
        intervals.add(start, start + length)
        for (let at = start; at < start + length; at += 1) bytes.add(at)
        expect(intervals.size()).toBeLessThanOrEqual(bytes.size)
      }
      for (let at = 0; at < 80; at += 7) intervals.add(at, at + 7)
      expect(intervals.size()).toBe(84)
    }),
  )
})

test('nothing is left after a clear', () => {
  const intervals = createIntervals()
  intervals.add(5, 10)
  intervals.clear()
  expect(intervals.size()).toBe(0)
  intervals.add(5, 10)
  expect(intervals.size()).toBe(5)
})
