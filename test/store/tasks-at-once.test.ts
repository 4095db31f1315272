// A page of ended tasks is read from disk in pieces, each with one question, and is right also where tasks change while they are read.

import { expect, test } from 'vitest'
import type { Disk } from '../../src/store/disk.ts'
import { createMemory } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { sampleTask } from '../support/store-samples.ts'

const count = 250

/** A store of ended tasks on a disk that notes how many rows each question of it is for. `before` runs before one is answered. */
const createNoted = async (before: () => Promise<void> = () => Promise.resolve()) => {
  const disk = createMemory()
  const asked: number[] = []
  const noted: Disk = {
    ...disk,
    async many(keys) {
      asked.push(keys.length)
      await before()
      return disk.many(keys)
    },
    get: (key) => {
      asked.push(1)
      return disk.get(key)
    },
  }
  const store = await openStore(noted)
  const tasks = Array.from({ length: count }, (_, at) => sampleTask(at + 1, { state: 'failed', endedAt: 5 }))
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
  expect(asked).toEqual([100, 100, 50])
})

test('tasks that change while a piece is read are shown as they are afterwards, or not if they no longer match', async () => {
  let change = async (): Promise<void> => undefined
  const { store } = await createNoted(() => change())
  const [first, second] = [await store.queries.task(1), await store.queries.task(2)]
  if (first === undefined || second === undefined) throw new Error('no tasks')
  change = async () => {
    change = async () => undefined
    await store.writes.commit([
      { put: 'task', value: { ...first, desc: 'changed' } },
      { put: 'task', value: { ...second, state: 'succeeded' } },
    ])
  }
  const { items } = await store.queries.tasks({ state: 'failed', limit: 3 })
  expect(items.map(({ id, desc }) => [id, desc])).toEqual([
    [1, 'changed'],
    [3, null],
  ])
})
