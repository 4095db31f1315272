// Group commit: what shares a write, what fails with it, and closing.

import { expect, it } from 'vitest'
import { createGroups } from '../../src/store/group.ts'
import { codeOf } from '../support/store-fixture.ts'

interface Written {
  readonly ops: readonly string[]
  readonly durable: boolean
  readonly end: (cause?: Error) => void
}

const op = (text: string): { readonly key: string; readonly text: string } => ({ key: text.slice(0, 1), text })

const openGroups = () => {
  const writes: Written[] = []
  const groups = createGroups<ReturnType<typeof op>>(
    (ops, durable) =>
      new Promise((resolve, reject) => {
        writes.push({ ops: ops.map(({ text }) => text), durable, end: (cause) => (cause === undefined ? resolve() : reject(cause)) })
      }),
    (cause) => new Error(`failed: ${cause instanceof Error ? cause.message : ''}`),
  )
  return { groups, writes }
}

const turn = (): Promise<void> => new Promise(setImmediate)

it('commits of one turn are one write, and so are all that gather behind it', async () => {
  const { groups, writes } = openGroups()
  const first = [groups.commit([op('a1')], false), groups.commit([op('b1'), op('c1')], false)]
  await turn()
  const second = [groups.commit([op('b2')], false), groups.commit([op('a2')], true), groups.commit([op('b3')], false)]
  await turn()
  expect(writes.map(({ ops }) => ops)).toEqual([['a1', 'b1', 'c1']])
  writes[0]?.end()
  await Promise.all(first)
  expect(writes.map(({ ops, durable }) => [ops, durable])).toEqual([
    [['a1', 'b1', 'c1'], false],
    [['b3', 'a2'], true],
  ])
  writes[1]?.end()
  await Promise.all(second)
})

it('a failed write fails what gathered behind it, unwritten, and nothing later', async () => {
  const { groups, writes } = openGroups()
  const first = groups.commit([op('a1')], true)
  await turn()
  const second = groups.commit([op('b1')], true)
  writes[0]?.end(new Error('full'))
  await expect(first).rejects.toThrow('failed: full')
  await expect(second).rejects.toThrow('failed: full')
  const third = groups.commit([op('c1')], true)
  await turn()
  expect(writes.map(({ ops }) => ops)).toEqual([['a1'], ['c1']])
  writes[1]?.end()
  expect(await codeOf(third)).toBe('done')
})

it('closing waits for earlier commits; later ones are refused after that', async () => {
  const { groups, writes } = openGroups()
  const ends: string[] = []
  const note = (name: string) => () => void ends.push(name)
  const first = groups.commit([op('a1')], true).then(note('first'))
  const closing = groups.close().then(note('closed'))
  const late = groups.commit([op('b1')], true).catch(note('refused'))
  await turn()
  expect(ends).toEqual([])
  writes[0]?.end()
  await Promise.all([first, closing, late])
  expect(ends[0]).toBe('first')
  expect(writes.length).toBe(1)
})
