// Sets and maps that many owners share while they are empty.

import { expect, test } from 'vitest'
import { noneBy, noneOf, withEntry, withItem, withoutEntry, withoutItem } from '../src/sparse.ts'

test('all owners begin with the same empty set, and the same empty map', () => {
  expect(noneOf<number>()).toBe(noneOf<number>())
  expect(noneBy<number, string>()).toBe(noneBy<number, string>())
  expect([noneOf().size, noneBy().size]).toEqual([0, 0])
})

test('what one owner adds does not show in another, nor in the empty ones', () => {
  const [one, other] = [withItem(noneOf<string>(), 'a'), withItem(noneOf<string>(), 'b')]
  expect([[...one], [...other], noneOf().size]).toEqual([['a'], ['b'], 0])
  const [first, second] = [withEntry(noneBy<string, number>(), 'a', 1), withEntry(noneBy<string, number>(), 'b', 2)]
  expect([[...first], [...second], noneBy().size]).toEqual([[['a', 1]], [['b', 2]], 0])
})

test('removing from the empty ones changes nothing, and returns them', () => {
  expect(withoutItem(noneOf<string>(), 'a')).toBe(noneOf())
  expect(withoutEntry(noneBy<string, number>(), 'a')).toBe(noneBy())
})

test('a set has the items that were added and not removed', () => {
  let set = noneOf<number>()
  for (const item of [1, 2, 2, 3]) set = withItem(set, item)
  set = withoutItem(set, 2)
  set = withoutItem(set, 9)
  expect([...set]).toEqual([1, 3])
  for (const item of [1, 3]) set = withoutItem(set, item)
  expect(set.size).toBe(0)
  expect([...withItem(set, 4)]).toEqual([4])
  expect(noneOf().size).toBe(0)
})

test('a map has the values that were added last and not removed', () => {
  let map = noneBy<string, number>()
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ] as const)
    map = withEntry(map, key, value)
  map = withoutEntry(map, 'b')
  map = withoutEntry(map, 'c')
  expect([...map]).toEqual([['a', 3]])
  map = withoutEntry(map, 'a')
  expect(map.size).toBe(0)
  expect([...withEntry(map, 'd', 4)]).toEqual([['d', 4]])
  expect(noneBy().size).toBe(0)
})

test('a new owner of the empty ones is not affected by one that has emptied its own', () => {
  const emptied = withoutItem(withItem(noneOf<string>(), 'a'), 'a')
  withItem(emptied, 'b')
  expect(noneOf().size).toBe(0)
  const cleared = withoutEntry(withEntry(noneBy<string, number>(), 'a', 1), 'a')
  withEntry(cleared, 'b', 2)
  expect(noneBy().size).toBe(0)
})
