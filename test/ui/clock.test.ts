// How far the server's clock is from the browser's, out of the times that come.

import { expect, test } from 'vitest'
import { type Clock, firstClock, withTime } from '../../src/ui/api/clock.ts'

/** After these differences, in seconds. */
const after = (...seconds: readonly number[]): Clock => seconds.reduce((clock, each) => withTime(clock, each * 1000, 0), firstClock)

test('a clock that is off by more than 30 s is said once it has been for three times in a row', () => {
  expect([after(31, 31).said, after(31, 31, 31).said, after(-45, -45, -45).said]).toEqual([0, 31_000, -45_000])
  expect([after(29, 29, 29).said, after(-30, -30, -30).said]).toEqual([0, 0])
})

test('it is not said any more with the first time that is right', () => {
  expect([after(60, 60, 60, 0).said, after(-60, -60, -60, 0).said]).toEqual([0, 0])
})

test('times that come late, as out of the memory of a browser that was asleep, are no other clock', () => {
  expect(after(0, 0, 0, -600, -599).ahead).toBe(0)
  expect(after(0, -600, 0, -600, -600, 0).said).toBe(0)
  expect(after(2, 1.9, 2).ahead).toBe(2000)
})

test('what is said does not change with each second', () => {
  expect(after(61, 61, 61, 61.4, 61.2, 61.9).said).toBe(61_000)
  expect(after(61, 61, 61, 63).said).toBe(63_000)
})
