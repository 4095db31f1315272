// Timelines on disk: in order, bounded to the newest rows of each device, gone with their device.

import { expect, test, vi } from 'vitest'
import type { TimelineRow } from '../../src/ota/model.ts'
import { createMemory } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { sampleDevice } from '../support/store-samples.ts'

const row = (device: string, at: number, reason = String(at)): { timeline: TimelineRow } => ({
  timeline: { device, at, what: 'disconnected', reason },
})

const rowsOnDisk = async (disk: ReturnType<typeof createMemory>, prefix = 'timeline/'): Promise<number> => {
  let count = 0
  for await (const _ of disk.range(prefix, `${prefix}~`)) count += 1
  return count
}

test('rows are in the order of their times, and within one time in that of their commits', async () => {
  const store = await openStore(createMemory())
  await store.writes.commit([row('pk/d', 2000, 'b'), row('pk/d', 1000, 'a'), row('pk/d', 2000, 'c')])
  await store.writes.commit([row('pk/d', 2000, 'd')])
  expect((await store.queries.timeline('pk/d')).map(({ reason }) => reason)).toEqual(['a', 'b', 'c', 'd'])
})

test('the newest 1,000 are shown, and older ones leave the disk', async () => {
  const disk = createMemory()
  const store = await openStore(disk)
  await store.writes.commit([row('pk/other', 1)])
  for (let at = 1; at <= 2500; at++) await store.writes.commit([row('pk/d', at)])
  const rows = await store.queries.timeline('pk/d')
  expect(rows).toHaveLength(1000)
  expect([rows[0]?.at, rows.at(-1)?.at]).toEqual([1501, 2500])
  await vi.waitFor(async () => expect(await rowsOnDisk(disk, 'timeline/pk/d')).toBeLessThanOrEqual(1100))
  expect(await store.queries.timeline('pk/other')).toHaveLength(1)
})

test('rows are not read again before there can be too many of them', async () => {
  const disk = createMemory()
  let reads = 0
  const keys: typeof disk.keys = (gte, lt) => {
    reads += gte.startsWith('timeline/') ? 1 : 0
    return disk.keys(gte, lt)
  }
  const store = await openStore({ ...disk, keys })
  for (let at = 1; at <= 100; at++) await store.writes.commit([row('pk/d', at)])
  await new Promise((resolve) => setImmediate(resolve))
  for (let at = 101; at <= 1000; at++) await store.writes.commit([row('pk/d', at)])
  expect(reads).toBe(1)
  for (let at = 1001; at <= 1200; at++) await store.writes.commit([row('pk/d', at)])
  await vi.waitFor(async () => expect(await rowsOnDisk(disk)).toBeLessThanOrEqual(1100))
})

test('a server that is restarted again and again bounds them too', async () => {
  const disk = createMemory()
  for (let at = 1; at <= 2500; at += 10) {
    const store = await openStore(disk)
    for (let next = at; next < at + 10; next++) await store.writes.commit([row('pk/d', next)])
    await store.writes.settled()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await vi.waitFor(async () => expect(await rowsOnDisk(disk)).toBeLessThanOrEqual(1100))
})

test('a write that fails keeps none of its rows', async () => {
  let fails = false
  const disk = createMemory({
    gate: async () => {
      if (fails) throw new Error('no space left')
    },
  })
  const store = await openStore(disk)
  await store.writes.commit([row('pk/d', 1)])
  fails = true
  await expect(store.writes.commit([row('pk/d', 2)])).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  fails = false
  await store.writes.commit([row('pk/d', 3)])
  expect((await (await openStore(disk)).queries.timeline('pk/d')).map(({ at }) => at)).toEqual([1, 3])
})

test('they are gone with their device', async () => {
  const disk = createMemory()
  const store = await openStore(disk)
  await store.writes.commit([{ put: 'device', value: sampleDevice('d') }, row('pk/d', 1), row('pk/d2', 1)])
  await store.writes.commit([{ del: 'device', value: store.reads.device('pk/d')! }])
  await vi.waitFor(async () => expect(await rowsOnDisk(disk)).toBe(1))
  expect(await store.queries.timeline('pk/d2')).toHaveLength(1)
})
