// The tree below both: paths are added and removed, and leave nothing behind.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Branch, createLevelTree } from '../../../src/mqtt/topics/level-tree.ts'

const level = fc.constantFrom('', 'a', 'b', 'ab', '+', '#', '$SYS', 'é', '😀', '__proto__', 'constructor')
const path = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'))
const act = fc.record({ do: fc.constantFrom('set', 'set', 'delete'), path })

const nodesBelow = (node: Branch<object>): readonly Branch<object>[] =>
  [...(node.children?.values() ?? [])].flatMap((child) => [child, ...nodesBelow(child)])

test('it holds what a map holds, in as few nodes as possible', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const tree = createLevelTree<{ readonly at: number }>()
      const model = new Map<string, { readonly at: number }>()
      for (const [at, { do: what, path }] of acts.entries()) {
        if (what === 'delete') expect(tree.delete(path)).toBe(model.delete(path))
        else {
          tree.set(path, { at })
          model.set(path, { at })
        }
        for (const { path } of acts) expect(tree.get(path)).toEqual(model.get(path))
        const nodes = nodesBelow(tree.root)
        expect(nodes).toHaveLength(tree.nodes)
        expect(nodes.filter((node) => node.entry === undefined && (node.children?.size ?? 0) < 2)).toEqual([])
        expect(nodes.filter((node) => node.children?.size === 0)).toEqual([])
        expect(tree.nodes).toBeLessThanOrEqual(Math.max(0, 2 * model.size - 1))
      }
    }),
    { numRuns: 300 },
  )
})

test('a path of 65,536 levels is one node, and a fork in it makes three', () => {
  const tree = createLevelTree<object>()
  const deep = '/'.repeat(65_535)
  tree.set(deep, {})
  expect(tree.nodes).toBe(1)
  tree.set(`${'/'.repeat(40_000)}x`, {})
  expect(tree.nodes).toBe(3)
  expect([tree.get(deep), tree.get(`${deep}/`), tree.get(deep.slice(1))]).toEqual([{}, undefined, undefined])
  expect(tree.delete(deep)).toBe(true)
  expect(tree.nodes).toBe(1)
})

test('a removed path leaves nothing behind', () => {
  const tree = createLevelTree<object>()
  const levels = Array.from({ length: 2000 }, (_, at) => `${'a/'.repeat(at)}a`)
  for (const path of levels) tree.set(path, {})
  expect(tree.nodes).toBe(2000)
  expect(levels.filter((path) => !tree.delete(path))).toEqual([])
  expect(tree.nodes).toBe(0)
  expect(tree.root.children).toBeUndefined()
})
