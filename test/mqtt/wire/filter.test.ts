// Topic filters as sets of topics, on which users' rights are based.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covers, matcher, matches, validFilter } from '../../../src/mqtt/wire/filter.ts'

describe.each([
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/b', 'a/b/c', false],
  ['a/+', 'a/b', true],
  ['a/+', 'a', false],
  ['a/+', 'a/', true],
  ['a/+/c', 'a/b/c', true],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'ab', false],
  ['#', 'a/b', true],
  ['+', 'a', true],
  ['+', '/a', false],
  ['/+', '/a', true],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/#', '$SYS/x', true],
  ['fogcloud/pk/dev1/#', 'fogcloud/pk/dev10/x', false],
] as const)('%s and the topic %s', (filter, topic, matched) => {
  test(matched ? 'match' : 'do not match', () => expect(matches(filter, topic)).toBe(matched))
})

test.each(['', 'a#', 'a/#/b', '#/a', '+a', 'a+/b', '++', 'a\0b'])('%j is not a valid filter', (filter) =>
  expect(validFilter(filter)).toBe(false),
)
test.each(['#', '+', 'a', '/', 'a//b', '+/+/#', '/#', '$SYS/#'])('%j is a valid filter', (filter) => expect(validFilter(filter)).toBe(true))

test.each([
  ['#', 'a/b', true],
  ['#', '+/#', true],
  ['+/#', '#', true],
  ['+/+/#', '#', false],
  ['#', '$SYS/#', false],
  ['a/#', 'a', true],
  ['a/#', 'a/+/b', true],
  ['a/+', 'a/#', false],
  ['a/+', 'a/+', true],
  ['a/+', 'a/b', true],
  ['a/b', 'a/+', false],
  ['fogcloud/pk/+/thing/up/#', 'fogcloud/pk/dn/thing/up/ota', true],
  ['fogcloud/pk/+/thing/up/#', 'fogcloud/+/dn/thing/up/ota', false],
])('%s covers %s: %s', (wide, narrow, covered) => expect(covers(wide, narrow)).toBe(covered))

const literals = ['a', '', '$x']
const levels = [...literals, '+']
const prefixes = [[], ...levels.map((level) => [level]), ...levels.flatMap((first) => levels.map((second) => [first, second]))]
const allFilters = prefixes.flatMap((prefix) => [prefix.join('/'), [...prefix, '#'].join('/')]).filter(validFilter)
const filters = fc.constantFrom(...allFilters)

/** Every topic of up to four levels (a filter here has three at most), with one name ("z") that no filter here contains. */
const topicsOf = (levels: number): readonly (readonly string[])[] =>
  levels === 0 ? [[]] : topicsOf(levels - 1).flatMap((topic) => [...literals, 'z'].map((next) => [...topic, next]))
const topics = [1, 2, 3, 4].flatMap((levels) => topicsOf(levels).map((topic) => topic.join('/'))).filter((topic) => topic !== '')

test('a filter covers another exactly when it matches every topic that the other matches', () => {
  const matched = new Map(allFilters.map((filter) => [filter, new Set(topics.filter((topic) => matches(filter, topic)))]))
  const wrong = allFilters.flatMap((wide) =>
    allFilters
      .filter((narrow) => {
        const inside = [...(matched.get(narrow) ?? [])].every((topic) => matched.get(wide)?.has(topic))
        return covers(wide, narrow) !== inside
      })
      .map((narrow) => `${wide} covers ${narrow}`),
  )
  expect(wrong).toEqual([])
})

test('a filter without wildcards matches its own topic and no other', () => {
  fc.assert(
    fc.property(fc.constantFrom(...topics), fc.constantFrom(...topics), (filter, topic) => matches(filter, topic) === (filter === topic)),
  )
})

test('several filters match if one of them does', () => {
  fc.assert(
    fc.property(
      fc.array(filters, { maxLength: 4 }),
      fc.constantFrom(...topics),
      (all, topic) => matcher(all)(topic) === all.some((filter) => matches(filter, topic)),
    ),
  )
})
