// Values by topic: what a filter finds, compared with the plain rule (filter.ts), also while the tree changes during the walk.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTopicTree, type TopicTree } from '../../../src/mqtt/topics/topic-tree.ts'
import { matches, validFilter } from '../../../src/mqtt/wire/filter.ts'

const treeOf = (...topics: readonly string[]): TopicTree<string> => {
  const tree = createTopicTree<string>()
  for (const topic of topics) tree.set(topic, `value of ${topic}`)
  return tree
}

const found = <V>(tree: TopicTree<V>, filter: string): readonly string[] => [...tree.match(filter)].map(([topic]) => topic).sort()

/** Among these topics, what the examples of MQTT 3.1.1 §4.7 find. */
const kept = [
  'sport',
  'sport/',
  'sport/tennis/player1',
  'sport/tennis/player1/ranking',
  'sport/tennis/player1/score/wimbledon',
  'sport/tennis/player10',
  '/finance',
  'finance',
  '/',
  'a//b',
  '$SYS',
  '$SYS/monitor/Clients',
  'Accounts payable',
]

describe.each([
  ['sport/tennis/player1/#', ['sport/tennis/player1', 'sport/tennis/player1/ranking', 'sport/tennis/player1/score/wimbledon']],
  ['sport/#', kept.filter((topic) => topic.startsWith('sport'))],
  ['#', kept.filter((topic) => !topic.startsWith('$'))],
  ['sport/tennis/+', ['sport/tennis/player1', 'sport/tennis/player10']],
  ['sport/+', ['sport/']],
  ['+', ['Accounts payable', 'finance', 'sport']],
  ['+/+', ['/', '/finance', 'sport/']],
  ['/+', ['/', '/finance']],
  ['/#', ['/', '/finance']],
  ['+/tennis/#', kept.filter((topic) => topic.startsWith('sport/tennis'))],
  ['sport/+/player1', ['sport/tennis/player1']],
  ['$SYS/#', ['$SYS', '$SYS/monitor/Clients']],
  ['$SYS/monitor/+', ['$SYS/monitor/Clients']],
  ['+/monitor/Clients', []],
  ['a/+/b', ['a//b']],
  ['a/b', []],
  ['accounts payable', []],
  ['Accounts payable', ['Accounts payable']],
])('the filter %j', (filter, topics) => {
  test(`finds ${topics.length} topics`, () => expect(found(treeOf(...kept), filter)).toEqual([...topics].sort()))
})

const literal = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', 'a', 'ab') },
  { weight: 1, arbitrary: fc.constantFrom('b', '$SYS', '$', 'é', '😀', '__proto__', 'constructor') },
)
const topic = fc.array(literal, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'))
const filterLevel = fc.oneof({ weight: 2, arbitrary: literal }, { weight: 3, arbitrary: fc.constant('+') })
const filter = fc
  .tuple(fc.array(filterLevel, { maxLength: 3 }), fc.oneof(literal, fc.constantFrom('+', '#', '#')))
  .map(([levels, last]) => [...levels, last].join('/'))
  .filter(validFilter)
const act = fc.record({ do: fc.constantFrom('set', 'set', 'delete'), topic })
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

const play = (tree: TopicTree<number>, model: Map<string, number>, { do: what, topic }: Act, value: number): void => {
  if (what === 'set') {
    tree.set(topic, value)
    model.set(topic, value)
  } else expect(tree.delete(topic)).toBe(model.delete(topic))
}

test('after any setting and deleting, a filter finds each topic of the plain rule once', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), fc.array(filter, { maxLength: 8 }), (acts, filters) => {
      const tree = createTopicTree<number>()
      const model = new Map<string, number>()
      for (const [at, act] of acts.entries()) play(tree, model, act, at)
      expect(tree.size).toBe(model.size)
      expect(tree.nodes).toBeLessThanOrEqual(2 * model.size)
      for (const { topic } of acts) expect(tree.get(topic)).toBe(model.get(topic))
      for (const filter of filters) {
        const given = [...tree.match(filter)]
        const expected = [...model].filter(([topic]) => matches(filter, topic))
        expect(given).toHaveLength(expected.length)
        expect(new Map(given)).toEqual(new Map(expected))
      }
    }),
    { numRuns: 300 },
  )
})

test('whatever changes meanwhile, a walk returns topics that stay once, with their current value, and none that were deleted', () => {
  const change = fc.record({ do: fc.constantFrom('set', 'delete', 'delete'), which: fc.nat() })
  fc.assert(
    fc.property(
      fc.array(topic, { minLength: 2, maxLength: 20 }),
      fc.nat(20),
      filter,
      fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 12 }),
      (topics, first, filter, rounds) => {
        const tree = createTopicTree<number>()
        const model = new Map<string, number>()
        for (const [at, topic] of topics.slice(0, first).entries()) play(tree, model, { do: 'set', topic }, at)
        const staying = new Set([...model.keys()].filter((topic) => matches(filter, topic)))
        const given: string[] = []
        for (const [topic, value] of tree.match(filter)) {
          expect(matches(filter, topic)).toBe(true)
          expect(value).toBe(model.get(topic))
          given.push(topic)
          for (const { do: what, which } of rounds[given.length - 1] ?? []) {
            const changed = topics[which % topics.length] ?? ''
            play(tree, model, { do: what, topic: changed }, which)
            if (what === 'delete') staying.delete(changed)
          }
        }
        for (const topic of staying) expect(given.filter((each) => each === topic)).toEqual([topic])
      },
    ),
    { numRuns: 2000 },
  )
})

test('a walk continues if its current node is removed or forked', () => {
  const tree = treeOf('a/b', 'a/b/c/d/e', 'a/b/c/d/f', 'a/b/x')
  const walk = tree.match('a/#')
  const given = [walk.next().value?.[0]]
  // The walk is in a/b: only one child is left, so both become one node; then that is forked elsewhere.
  tree.delete('a/b')
  tree.delete('a/b/x')
  tree.set('a/b/c', 'new')
  tree.delete('a/b/c/d/f')
  for (const [topic] of walk) given.push(topic)
  expect(given).toEqual(['a/b', 'a/b/c/d/e'])
})

test('a walk finds what is left of a node that was joined with it meanwhile', () => {
  const tree = treeOf('a/p/x', 'a/q/y')
  const walk = tree.match('a/+/+')
  const first = walk.next().value?.[0] ?? ''
  tree.delete(first)
  expect([...walk].map(([topic]) => topic)).toEqual(['a/p/x', 'a/q/y'].filter((topic) => topic !== first))
})

test('setting again replaces the value and counts once', () => {
  const tree = treeOf('a/b')
  tree.set('a/b', 'other')
  expect([tree.size, tree.get('a/b'), ...tree.match('a/b')]).toEqual([1, 'other', ['a/b', 'other']])
})

test('undefined is a valid value', () => {
  const tree = createTopicTree<undefined>()
  tree.set('a', undefined)
  expect([...tree.match('#')]).toEqual([['a', undefined]])
  expect([tree.delete('a'), tree.delete('a'), tree.size]).toEqual([true, false, 0])
})

describe('with 200,000 topics', () => {
  const count = 200_000
  const tree = createTopicTree<number>()
  for (let at = 0; at < count; at++) tree.set(`fogcloud/p${at % 10}/d${at}/state`, at)

  test('a few at a time are returned, while most of the others are deleted', () => {
    const walk = tree.match('fogcloud/#')
    const few = Array.from({ length: 3 }, () => walk.next().value)
    expect(few.every((each) => each !== undefined)).toBe(true)
    const last = `fogcloud/p${(count - 1) % 10}/d${count - 1}/state`
    for (let at = 0; at < count - 1; at++) tree.delete(`fogcloud/p${at % 10}/d${at}/state`)
    expect([...walk]).toEqual([[last, count - 1]])
    expect(tree.delete(last)).toBe(true)
    expect([tree.size, tree.nodes]).toEqual([0, 0])
  })
})

test('only branches that can match are visited', () => {
  const tree = createTopicTree<number>()
  for (let at = 0; at < 30_000; at++) tree.set(`a/${at}/x`, at)
  // Each lookup concerns one of 30,000 branches: visiting the others too would exceed the time limit of the test.
  let hits = 0
  for (let at = 0; at < 30_000; at++) for (const [topic] of tree.match(`+/${at}/#`)) if (topic === `a/${at}/x`) hits++
  expect(hits).toBe(30_000)
})

describe('topics of 65,536 levels', () => {
  const deep = '/'.repeat(65_535)

  test.each([
    ['by themselves', deep, true],
    ['by all', '#', true],
    ['by wildcards all along', `${'+/'.repeat(32_767)}#`, true],
    ['by a wildcard at the end', `${deep}+`, true],
    ['not by a level less', `${'/'.repeat(65_533)}+`, false],
  ])('are found %s', (_, filter, is) => {
    const tree = treeOf(deep)
    expect(found(tree, filter)).toEqual(is ? [deep] : [])
    expect(tree.nodes).toBe(1)
  })

  test('are found if others fork from them at each level', () => {
    const levels = Array.from({ length: 1000 }, (_, at) => `${'/'.repeat(at)}x`)
    const tree = treeOf(...levels)
    expect(found(tree, '#')).toHaveLength(1000)
    expect(found(tree, `${'+/'.repeat(999)}x`)).toEqual([levels.at(-1)])
    for (const topic of levels) tree.delete(topic)
    expect(tree.nodes).toBe(0)
  })
})

test('a filter that visits many branches in vain pauses meanwhile, and finds what there is', () => {
  const tree = createTopicTree<number>()
  for (let at = 0; at < 20_000; at += 1) tree.set(`a/${at}/x`, at)
  tree.set('a/last/nope', -1)
  const steps = [...tree.scan('+/+/nope')]
  expect(steps.filter((step) => step !== null)).toEqual([['a/last/nope', -1]])
  expect(steps.filter((step) => step === null).length).toBeGreaterThan(30)
  expect([...tree.match('+/+/nope')]).toEqual([['a/last/nope', -1]])
})
