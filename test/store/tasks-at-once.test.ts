// A page of ended tasks is read from disk in pieces, each with one question, and is right also where tasks change while they are read.

import { expect, test } from 'vitest'
import type { Disk } from '../../src/store/disk.ts'
import { createMemory } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { sampleTask } from '../support/store-samples.ts'

const count = 250

type State = 'failed' | 'succeeded'

/**
 * A store of ended tasks on a disk that notes how many records each question of it is for, and whether they were read as a range. `before` runs
 * before one is answered.
 */
const createNoted = async (before: () => Promise<void> = () => Promise.resolve(), stateOf: (id: number) => State = () => 'failed') => {
  const disk = createMemory()
  const asked: string[] = []
  const noted: Disk = {
    ...disk,
    async many(keys) {
      asked.push(`${keys.length} keys`)
      await before()
      return disk.many(keys)
    },
    get: (key) => {
      asked.push('1 key')
      return disk.get(key)
    },
    range(gte, lt, limit) {
      asked.push('row by row')
      return disk.range(gte, lt, limit)
    },
    async *pieces(gte, lt, limit) {
      if (gte.startsWith('ended/')) {
        asked.push(`a range of ${limit}`)
        await before()
      }
      yield* disk.pieces(gte, lt, limit)
    },
  }
  const store = await openStore(noted)
  const tasks = Array.from({ length: count }, (_, at) => sampleTask(at + 1, { state: stateOf(at + 1), endedAt: 5 }))
  await store.writes.commit(tasks.map((value) => ({ put: 'task', value })))
  await store.writes.settled()
  asked.length = 0
  return { store, asked }
}

const idsOf = (tasks: readonly { readonly id: number }[]): readonly number[] => tasks.map(({ id }) => id)

test('a page of ended tasks is read in pieces of at most a hundred, not one by one', async () => {
  const { store, asked } = await createNoted()
  const { items } = await store.queries.tasks({ state: 'failed', limit: 1000 })
  expect(idsOf(items)).toEqual(Array.from({ length: count }, (_, at) => at + 1))
  expect(asked).toEqual(['a range of 100', 'a range of 100', 'a range of 50'])
})

test('records that lie far apart are read by their keys, and among others by ranges, with the same result', async () => {
  for (const [step, reading] of [
    [2, ['a range of 199', 'a range of 49']],
    [5, ['50 keys']],
  ] as const) {
    const { store, asked } = await createNoted(undefined, (id) => (id % step === 0 ? 'failed' : 'succeeded'))
    const { items } = await store.queries.tasks({ state: 'failed', limit: 1000 })
    expect(idsOf(items)).toEqual(Array.from({ length: count / step }, (_, at) => (at + 1) * step))
    expect(asked).toEqual(reading)
  }
})

test.each([
  ['as a range', 4],
  ['by their keys', 200],
])('tasks that change while a piece is read %s are shown as they are afterwards, or not if they no longer match', async (_how, spread) => {
  let change = async (): Promise<void> => undefined
  const { store } = await createNoted(
    () => change(),
    (id) => (id > 3 && id < spread ? 'succeeded' : 'failed'),
  )
  const [first, second] = [await store.queries.task(1), await store.queries.task(2)]
  if (first === undefined || second === undefined) throw new Error('no tasks')
  change = async () => {
    change = async () => undefined
    await store.writes.commit([
      { put: 'task', value: { ...first, desc: 'changed' } },
      { put: 'task', value: { ...second, state: 'succeeded' } },
    ])
  }
  const { items } = await store.queries.tasks({ state: 'failed', limit: 4 })
  expect(items.map(({ id, desc }) => [id, desc])).toEqual([
    [1, 'changed'],
    [3, null],
    [spread, null],
  ])
})

test('tasks are listed as they are otherwise read, the ended ones without their history', async () => {
  const { store } = await createNoted()
  const open = sampleTask(count + 1, { state: 'queued' })
  await store.writes.commit([{ put: 'task', value: open }])
  const query = { limit: 1000 }
  const [whole, listed] = [await store.queries.tasks(query), await store.queries.listed(query)]
  expect(listed).toEqual({
    items: whole.items.map(({ history, ...others }) => (others.state === 'queued' ? { ...others, history } : others)),
    next: null,
  })
  expect(whole.items).toHaveLength(count + 1)
})
