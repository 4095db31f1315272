import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createOverviewFeed, type OverviewWatcher } from '../../src/admin/overview-feed.ts'
import type { FiguresJson } from '../../src/admin/overview-schemas.ts'

const world = () => {
  const state = { at: '1', connections: 0, reads: 0, running: false, fails: false }
  let work = (): void => undefined
  const errors: unknown[] = []
  const feed = createOverviewFeed(
    async () => {
      state.reads += 1
      if (state.fails) throw new Error('no figures')
      return { at: state.at, connections: state.connections, otherCampaigns: 4 } as FiguresJson
    },
    (error) => errors.push(error),
    (tick) => {
      work = tick
      state.running = true
      return () => {
        state.running = false
      }
    },
  )
  const second = async (): Promise<void> => {
    work()
    await setImmediate()
  }
  const watcher = (): OverviewWatcher & { readonly seen: unknown[]; takes: boolean } => {
    const seen: unknown[] = []
    const one = {
      seen,
      takes: true,
      send(json: string): boolean {
        seen.push(JSON.parse(json))
        return one.takes
      },
    }
    return one
  }
  return { state, feed, second, watcher, errors }
}

test('a watcher gets everything first, then what has changed, and nothing where nothing has', async () => {
  const { state, feed, second, watcher } = world()
  const one = watcher()
  feed.watch(one)
  await setImmediate()
  state.at = '2'
  await second()
  state.connections = 3
  await second()
  expect(one.seen).toEqual([
    { at: '1', connections: 0, otherCampaigns: 4 },
    { at: '2', connections: 3 },
  ])
})

test('the figures are read once for all watchers, and not without any', async () => {
  const { state, feed, second, watcher } = world()
  expect(state.running).toBe(false)
  const all = Array.from({ length: 200 }, watcher)
  const watching = all.map((one) => feed.watch(one))
  await setImmediate()
  state.connections = 1
  const before = state.reads
  await second()
  expect(state.reads).toBe(before + 1)
  expect(all.every(({ seen }) => JSON.stringify(seen.at(-1)) === '{"at":"1","connections":1}')).toBe(true)
  for (const one of watching) one.close()
  expect(state.running).toBe(false)
})

test('one that comes later has everything at once, without a new reading, and the others are sent nothing', async () => {
  const { state, feed, second, watcher } = world()
  const [one, later] = [watcher(), watcher()]
  const first = feed.watch(one)
  await setImmediate()
  state.connections = 3
  const next = feed.watch(later)
  const all = { at: '1', connections: 0, otherCampaigns: 4 }
  expect([state.reads, one.seen, later.seen]).toEqual([1, [all], [all]])
  await second()
  expect([one.seen.at(-1), later.seen.at(-1)]).toEqual([
    { at: '1', connections: 3 },
    { at: '1', connections: 3 },
  ])
  first.close()
  next.close()
  // What was read before everybody left may be old.
  const again = watcher()
  feed.watch(again)
  expect(again.seen).toEqual([])
  await setImmediate()
  expect([state.reads, again.seen]).toEqual([3, [{ ...all, connections: 3 }]])
})

test('one that comes while the figures are being read for others that have left has them too', async () => {
  const { feed, watcher } = world()
  feed.watch(watcher()).close()
  const one = watcher()
  feed.watch(one)
  await setImmediate()
  expect(one.seen).toHaveLength(1)
})

test('one that cannot take more is sent everything once it can', async () => {
  const { state, feed, second, watcher } = world()
  const slow = { ...watcher(), takes: false }
  const seen: unknown[] = []
  const watching = feed.watch({ send: (json) => seen.push(JSON.parse(json)) === 0 || slow.takes })
  await setImmediate()
  state.connections = 1
  await second()
  await second()
  expect(seen).toHaveLength(1)
  slow.takes = true
  watching.refresh()
  await setImmediate()
  expect(seen.at(-1)).toEqual({ at: '1', connections: 1, otherCampaigns: 4 })
})

test('figures that cannot be read are reported, and read again a second later', async () => {
  const { state, feed, second, watcher, errors } = world()
  state.fails = true
  const one = watcher()
  feed.watch(one)
  await setImmediate()
  expect([errors.length, one.seen.length]).toEqual([1, 0])
  state.fails = false
  await second()
  expect(one.seen).toHaveLength(1)
})
