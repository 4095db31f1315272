// The subscribers of a topic: the tree compared with the plain rule (filter.ts), and its cost.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFilterTree, type FilterTree } from '../../../src/mqtt/topics/filter-tree.ts'
import { matches, validFilter } from '../../../src/mqtt/wire/filter.ts'
import type { Qos } from '../../../src/mqtt/wire/packets.ts'

const only = (filter: string): FilterTree<string> => {
  const tree = createFilterTree<string>()
  tree.add(filter, 'anna', 1)
  return tree
}

/** MQTT 3.1.1 §4.7.1.2 to §4.7.3: what each filter matches and what not. */
const examples = [
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
  ['sport/tennis/player1/#', 'sport/tennis/player2', false],
  ['sport/tennis/player1/#', 'sport/tennis/player10', false],
  ['sport/#', 'sport', true],
  ['#', 'sport/tennis', true],
  ['#', '/', true],
  ['sport/tennis/+', 'sport/tennis/player1', true],
  ['sport/tennis/+', 'sport/tennis/player2', true],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['sport/+', 'sport', false],
  ['sport/+', 'sport/', true],
  ['+', 'sport', true],
  ['+/tennis/#', 'sport/tennis', true],
  ['sport/+/player1', 'sport/tennis/player1', true],
  ['+/+', '/finance', true],
  ['/+', '/finance', true],
  ['+', '/finance', false],
  ['#', '$SYS/monitor/Clients', false],
  ['+/monitor/Clients', '$SYS/monitor/Clients', false],
  ['$SYS/#', '$SYS/monitor/Clients', true],
  ['$SYS/#', '$SYS', true],
  ['$SYS/monitor/+', '$SYS/monitor/Clients', true],
  ['ACCOUNTS', 'Accounts', false],
  ['Accounts payable', 'Accounts payable', true],
  ['/finance', 'finance', false],
  ['a//b', 'a/b', false],
  ['a//b', 'a//b', true],
  ['a/+/b', 'a//b', true],
  ['a/', 'a', false],
  ['/', '/', true],
  ['/#', '/', true],
  ['+/#', 'a', true],
  ['a/+/#', 'a', false],
] as const

describe.each(examples)('%j and the topic %j', (filter, topic, matched) => {
  test(matched ? 'match' : 'do not match', () => {
    expect(only(filter).has(topic)).toBe(matched)
    expect([...only(filter).match(topic)]).toEqual(matched ? [['anna', 1]] : [])
  })
})

const literal = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', 'a', 'ab') },
  { weight: 1, arbitrary: fc.constantFrom('b', '$SYS', '$', 'é', '😀', '__proto__', 'constructor') },
)
const topics = fc.array(literal, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'))
const filterLevel = fc.oneof({ weight: 3, arbitrary: literal }, { weight: 2, arbitrary: fc.constant('+') })
const filters = fc
  .tuple(fc.array(filterLevel, { maxLength: 4 }), fc.oneof(literal, fc.constantFrom('+', '#')))
  .map(([levels, last]) => [...levels, last].join('/'))
  .filter(validFilter)
const act = fc.record({
  do: fc.constantFrom('add', 'add', 'remove'),
  filter: filters,
  subscriber: fc.integer({ min: 1, max: 4 }),
  qos: fc.constantFrom<Qos>(0, 1, 2),
})

test('after any adding and removing, each topic has the subscribers of the plain rule, at the highest QoS', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), fc.array(topics, { maxLength: 10 }), (acts, asked) => {
      const tree = createFilterTree<number>()
      const model = new Map<string, Map<number, Qos>>()
      for (const { do: what, filter, subscriber, qos } of acts) {
        const had = model.get(filter)?.has(subscriber) === true
        const { changes } = tree
        if (what === 'add') {
          model.set(filter, (model.get(filter) ?? new Map()).set(subscriber, qos))
          expect(tree.add(filter, subscriber, qos)).toBe(!had)
        } else {
          model.get(filter)?.delete(subscriber)
          expect(tree.remove(filter, subscriber)).toBe(had)
        }
        expect(tree.changes > changes).toBe(what === 'add' || had)
      }
      const held = [...model].filter(([, subscribers]) => subscribers.size > 0)
      expect(tree.size).toBe(held.reduce((sum, [, subscribers]) => sum + subscribers.size, 0))
      expect(tree.nodes).toBeLessThanOrEqual(2 * held.length)
      for (const topic of [...asked, ...acts.map(({ filter }) => filter.replace(/[+#]/g, 'a'))]) {
        const expected = new Map<number, Qos>()
        for (const [filter, subscribers] of held) {
          if (!matches(filter, topic)) continue
          for (const [subscriber, qos] of subscribers) expected.set(subscriber, Math.max(qos, expected.get(subscriber) ?? 0) as Qos)
        }
        expect(new Map(tree.match(topic))).toEqual(expected)
        expect(tree.has(topic)).toBe(expected.size > 0)
        for (const beside of [0, 1, 2, 3]) expect(tree.has(topic, beside)).toBe([...expected.keys()].some((one) => one !== beside))
      }
    }),
    { numRuns: 300 },
  )
})

test('overlapping filters of one subscriber make one entry, with the highest QoS', () => {
  const tree = createFilterTree<string>()
  tree.add('a/#', 'anna', 2)
  tree.add('a/b', 'anna', 0)
  tree.add('+/b', 'anna', 1)
  tree.add('a/b', 'bob', 0)
  expect(new Map(tree.match('a/b'))).toEqual(
    new Map([
      ['anna', 2],
      ['bob', 0],
    ]),
  )
  expect(tree.size).toBe(4)
})

test('a level that only begins like one of the filter does not match, also if longer filters continue', () => {
  const tree = only('+/b/+')
  tree.add('+/b', 'bob', 0)
  expect([tree.has('x/bc'), tree.has('x/bcd'), tree.has('x/b'), tree.has('x/b/c')]).toEqual([false, false, true, true])
})

test('a new QoS replaces that of the same filter, also a lower one', () => {
  const tree = only('a/+')
  expect(tree.add('a/+', 'anna', 0)).toBe(false)
  expect(tree.size).toBe(1)
  expect([...tree.match('a/b')]).toEqual([['anna', 0]])
})

test('a result does not change when subscriptions change', () => {
  for (const filter of ['a', '+']) {
    const tree = only(filter)
    const before = tree.match('a')
    tree.add(filter, 'anna', 2)
    tree.add(filter, 'bob', 0)
    const between = tree.match('a')
    tree.remove(filter, 'bob')
    const after = tree.match('a')
    tree.remove(filter, 'anna')
    expect([...before]).toEqual([['anna', 1]])
    expect([...between]).toEqual([
      ['anna', 2],
      ['bob', 0],
    ])
    expect([...after]).toEqual([['anna', 2]])
    expect(tree.match('a').size).toBe(0)
  }
})

test.each(['a', '+'])('a subscriber alone, then with another, then alone again: filter %j', (filter) => {
  const tree = only(filter)
  const asked = (): unknown => [[...tree.match('a')], tree.has('a'), tree.has('a', 'anna'), tree.has('a', 'bob'), tree.size, tree.nodes]
  expect(asked()).toEqual([[['anna', 1]], true, false, true, 1, 1])
  tree.add(filter, 'bob', 2)
  const both = [
    ['anna', 1],
    ['bob', 2],
  ]
  expect(asked()).toEqual([both, true, true, true, 2, 1])
  expect(tree.remove(filter, 'anna')).toBe(true)
  expect(asked()).toEqual([[['bob', 2]], true, true, false, 1, 1])
  expect([tree.remove(filter, 'anna'), tree.add(filter, 'bob', 0)]).toEqual([false, false])
  expect(asked()).toEqual([[['bob', 0]], true, true, false, 1, 1])
  expect(tree.remove(filter, 'bob')).toBe(true)
  expect(asked()).toEqual([[], false, false, false, 0, 0])
})

test('each result stays as it was, also of one subscriber that becomes two, and of two that become one', () => {
  for (const filter of ['a', '+']) {
    const tree = only(filter)
    const results: (readonly (readonly [string, Qos])[])[] = []
    const kept: ReadonlyMap<string, Qos>[] = []
    const keep = (): void => {
      const result = tree.match('a')
      kept.push(result)
      results.push([...result])
    }
    keep()
    tree.add(filter, 'bob', 0)
    keep()
    tree.add(filter, 'bob', 2)
    keep()
    tree.add(filter, 'carl', 1)
    keep()
    tree.remove(filter, 'carl')
    keep()
    tree.remove(filter, 'anna')
    keep()
    tree.add(filter, 'bob', 1)
    keep()
    tree.add(filter, 'anna', 2)
    expect(kept.map((result) => [...result])).toEqual(results)
    expect(results.map((pairs) => pairs.map(([name, qos]) => `${name} ${qos}`).join())).toEqual([
      'anna 1',
      'anna 1,bob 0',
      'anna 1,bob 2',
      'anna 1,bob 2,carl 1',
      'anna 1,bob 2',
      'bob 2',
      'bob 1',
    ])
  }
})

test('without a match, the result is always the same empty one', () => {
  const tree = only('a/+/c')
  tree.add('b', 'bob', 1)
  const none = tree.match('a/b')
  expect(none.size).toBe(0)
  expect(tree.match('x')).toBe(none)
  expect(tree.match('a/b/c/d')).toBe(none)
})

test('removing what does not exist returns false and changes nothing', () => {
  const tree = only('a/b')
  expect([tree.remove('a/b', 'bob'), tree.remove('a', 'anna'), tree.remove('a/+', 'anna'), tree.remove('a/#', 'anna')]).toEqual([
    false,
    false,
    false,
    false,
  ])
  expect(tree.size).toBe(1)
})

test('subscribers are distinguished by identity', () => {
  const tree = createFilterTree<object>()
  const [one, other] = [{}, {}]
  expect([tree.add('a', one, 1), tree.add('a', other, 2), tree.remove('a', {})]).toEqual([true, true, false])
  expect(tree.match('a').get(other)).toBe(2)
})

test.each([
  ['without wildcards', (at: number) => `a/${at}/b`],
  ['with wildcards', (at: number) => `a/${at}/+/b`],
  ['with a wildcard first', (at: number) => `+/${at}/#`],
])('100,000 filters %s are added and removed and leave nothing behind', (_, filter) => {
  const tree = createFilterTree<number>()
  for (let at = 0; at < 100_000; at++) tree.add(filter(at), at, 1)
  expect(tree.size).toBe(100_000)
  expect(tree.nodes).toBeLessThanOrEqual(200_000)
  expect([...tree.match(filter(777).replace(/[+#]/g, 'a'))]).toEqual([[777, 1]])
  let removed = 0
  for (let at = 0; at < 100_000; at++) if (tree.remove(filter(at), at)) removed++
  expect(removed).toBe(100_000)
  expect([tree.size, tree.nodes, tree.match('a/777/b').size]).toEqual([0, 0, 0])
})

describe('filters and topics of 65,536 levels', () => {
  const levels = 65_536
  const empty = '/'.repeat(levels - 1)

  test.each([
    ['the same', empty, true],
    ['wildcards all along', `${'+/'.repeat(levels / 2 - 1)}#`, true],
    ['one wildcard at the end', `${'/'.repeat(levels - 2)}#`, true],
    ['one level less', `${'/'.repeat(levels - 3)}+`, false],
  ])('match as short ones do: %s', (_, filter, matched) => {
    const tree = only(filter)
    expect(tree.has(empty)).toBe(matched)
    expect(tree.nodes).toBe(1)
    expect(tree.remove(filter, 'anna')).toBe(true)
    expect(tree.nodes).toBe(0)
  })

  test('match if the filters fork at each level', () => {
    const tree = createFilterTree<number>()
    const depth = 1000
    for (let at = 1; at <= depth; at++) tree.add(`${'+/'.repeat(at)}x`, at, 1)
    expect([...tree.match(`${'/'.repeat(depth)}x`)]).toEqual([[depth, 1]])
    for (let at = 1; at <= depth; at++) tree.remove(`${'+/'.repeat(at)}x`, at)
    expect(tree.nodes).toBe(0)
  })
})

test('of filters that fork at many levels each node is visited once, also for a topic that looks like a filter', () => {
  const depth = 28
  const names = Array.from({ length: depth }, () => 'a')
  const tree = createFilterTree<number>()
  for (let at = 0; at < depth; at++) tree.add([...names.with(at, '+'), 'end'].join('/'), at, 1)
  expect(tree.match([...names, 'end'].join('/')).size).toBe(depth)
  expect(tree.has([...names, 'no'].join('/'))).toBe(false)
  // Found both by name and as a wildcard, each node would be visited twice as often as its parent.
  const chain = createFilterTree<number>()
  for (let at = 1; at <= depth; at++) chain.add(`${'+/'.repeat(at)}end`, at, 1)
  expect(chain.has(`${'+/'.repeat(depth)}no`)).toBe(false)
})
