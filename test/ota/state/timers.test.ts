import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTimers } from '../../../src/ota/state/timers.ts'

test('keys are returned when due, the earliest first, once', () => {
  const timers = createTimers<string>()
  timers.set('b', 20)
  timers.set('a', 10)
  timers.set('c', 30)
  expect(timers.due(9)).toEqual([])
  expect(timers.due(20)).toEqual(['a', 'b'])
  expect(timers.due(20)).toEqual([])
})

test('no more keys than are asked for are returned; the others stay due', () => {
  const timers = createTimers<string>()
  for (const [at, key] of ['a', 'b', 'c', 'd'].entries()) timers.set(key, at)
  timers.delete('b')
  expect(timers.due(10, 2)).toEqual(['a', 'c'])
  timers.set('d', 20)
  expect(timers.due(10, 2)).toEqual(['d'])
  expect(timers.due(10, 2)).toEqual([])
})

test('an earlier time replaces a later one, a later one does not replace an earlier', () => {
  const timers = createTimers<string>()
  timers.set('a', 50)
  timers.set('a', 10)
  timers.set('a', 90)
  expect(timers.due(10)).toEqual(['a'])
  expect(timers.due(100)).toEqual([])
})

test('a deleted key is not returned, also if it was set again for later', () => {
  const timers = createTimers<string>()
  timers.set('a', 10)
  timers.delete('a')
  timers.set('a', 20)
  expect(timers.due(10)).toEqual([])
  expect(timers.due(20)).toEqual(['a'])
})

test('keys that are deleted long before they are due leave no more behind than there are keys', () => {
  const timers = createTimers<number>()
  for (let key = 0; key < 10_000; key++) {
    timers.set(key, 1_000_000 - key)
    if (key % 100 !== 0) timers.delete(key)
  }
  expect(timers.size).toBeLessThan(300)
  expect(timers.due(1_000_000)).toEqual(Array.from({ length: 100 }, (_, at) => 9_900 - 100 * at))
})

test('keys set in any order are returned in the order of their times', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 200 }), (times) => {
      const timers = createTimers<number>()
      for (const [key, at] of times.entries()) timers.set(key, at)
      const sorted = timers.due(1000).map((key) => times[key] ?? 0)
      expect(sorted).toEqual([...times].sort((a, b) => a - b))
    }),
  )
})

test('100,000 times that are not due cost almost nothing', () => {
  const timers = createTimers<number>()
  for (let key = 0; key < 100_000; key++) timers.set(key, 1000 + key)
  expect(timers.due(999)).toEqual([])
  expect(timers.size).toBe(100_000)
})
