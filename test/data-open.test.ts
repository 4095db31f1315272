// The first hour of a store, by a clock that the test moves.

import { expect, test } from 'vitest'
import { isPastFirstHour } from '../src/data-open.ts'
import { createMemory } from '../src/store/memory.ts'
import { openStore } from '../src/store/records.ts'

const hour = 3_600_000

test("a store's first hour begins at its first start and is not begun again by the next ones", async () => {
  const disk = createMemory()
  const born = 1_000_000
  expect(await isPastFirstHour(await openStore(disk), born)).toBe(false)
  expect(await isPastFirstHour(await openStore(disk), born + hour - 1)).toBe(false)
  expect(await isPastFirstHour(await openStore(disk), born + hour)).toBe(true)
})

test('a clock that was set back begins it no earlier', async () => {
  const store = await openStore(createMemory())
  expect(await isPastFirstHour(store, 2 * hour)).toBe(false)
  expect(await isPastFirstHour(store, hour)).toBe(false)
})
