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

test('a wall clock set back does not take it back, and it goes on at half its pace until both agree', () => {
  const clock = play()
  clock.pass(1000)
  clock.set(900_000)
  const before = clock.now()
  expect(clock.pass(1000)).toBe(before + 500)
})

test('a wall clock set forward does not make it jump: it is caught up with time', () => {
  const clock = play()
  clock.set(9_000_000_000)
  expect(clock.pass(1000)).toBe(1_002_000)
})

test('it never begins before what the store knows', () => {
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
