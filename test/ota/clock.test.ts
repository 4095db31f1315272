import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClock } from '../../src/ota/clock.ts'

const play = (floor = 0) => {
  const hands = { wall: 1_000_000, steady: 0 }
  const now = createClock(
    () => hands.wall,
    () => hands.steady,
    floor,
  )
  return {
    now,
    pass(ms: number): number {
      hands.wall += ms
      hands.steady += ms
      return now()
    },
    set(wall: number): void {
      hands.wall = wall
    },
  }
}

test('it follows the wall clock', () => {
  const clock = play()
  expect(clock.pass(500)).toBe(1_000_500)
})

test('if the wall clock is set back it continues at half speed until both agree', () => {
  const clock = play()
  clock.pass(1000)
  clock.set(900_000)
  const before = clock.now()
  expect(clock.pass(1000)).toBe(before + 500)
})

test('if the wall clock is set forward it does not jump, but catches up gradually', () => {
  const clock = play()
  clock.set(9_000_000_000)
  expect(clock.pass(1000)).toBe(1_002_000)
})

test('it never starts before the latest time in the store', () => {
  const clock = play(5_000_000)
  expect(clock.now()).toBeGreaterThanOrEqual(5_000_000)
})

test('it never goes back, whatever the wall clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.option(fc.integer({ min: 0, max: 1e13 })))), (steps) => {
      const clock = play()
      let last = clock.now()
      for (const [ms, wall] of steps) {
        if (wall !== null) clock.set(wall)
        const now = clock.pass(ms)
        expect(now).toBeGreaterThanOrEqual(last)
        expect(now - last).toBeLessThanOrEqual(2 * ms + 1)
        last = now
      }
    }),
  )
})
