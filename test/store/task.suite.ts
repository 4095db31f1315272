// The contract of tasks in a store: open ones, ended ones, and lists of both.

import { expect, it } from 'vitest'
import type { Store, TaskFilter, TaskQuery } from '../../src/ota/ports/store.ts'
import { openTaskOf } from '../../src/ota/rules/open-task.ts'
import { codeOf, ended, messageOf, put, type StoreFixture, taskOf, tasksOf } from '../support/store-fixture.ts'
import { sampleDevice, sampleTask } from '../support/store-samples.ts'

const noTurns = { isDue: () => false, next: () => Promise.resolve() }

const everyTask = async (store: Store, filter: TaskFilter): Promise<readonly number[]> => {
  const ids: number[] = []
  for await (const tasks of store.queries.allTasks(filter, noTurns)) ids.push(...tasks.map(({ id }) => id))
  return ids
}

export const taskCases = (fixture: StoreFixture): void => {
  it('compares revisions of ended tasks too, on their way to the disk and on it', async () => {
    const release = fixture.valve.hold()
    const making = fixture.store.writes.commit([put(ended(sampleTask(1)))])
    expect(await codeOf(fixture.store.writes.commit([put(ended(sampleTask(1)))]))).toBe('OTA_CONFLICT')
    expect((await fixture.store.queries.task(1))?.state).toBe('succeeded')
    release()
    await making
    expect(await codeOf(fixture.store.writes.commit([put(ended(sampleTask(1)))]))).toBe('OTA_CONFLICT')
    expect(await codeOf(fixture.store.writes.commit([put(ended(sampleTask(1), { rev: 1, newest: false }))]))).toBe('done')
    expect(await fixture.store.queries.task(1)).toMatchObject({ rev: 2, newest: false })
    const back = [put(ended(sampleTask(1), { rev: 2 })), { put: 'device', value: sampleDevice('x', { rev: 7 }) }] as const
    expect(await codeOf(fixture.store.writes.commit(back))).toBe('OTA_CONFLICT')
    expect(await fixture.store.queries.task(1)).toMatchObject({ rev: 2, newest: false })
  })

  it('has at most one open task per module', async () => {
    await fixture.store.writes.commit([put(sampleTask(1, { device: 'pk/d' })), put(sampleTask(2, { device: 'pk/d', module: 'mcu' }))])
    expect(await messageOf(fixture.store.writes.commit([put(sampleTask(3, { device: 'pk/d' }))]))).toMatch(
      /^OTA_CONFLICT: .*default of pk\/d .* task 1/,
    )
    const next = [put(sampleTask(3, { device: 'pk/d' })), put(ended(sampleTask(1, { device: 'pk/d', rev: 1 })))]
    expect(await codeOf(fixture.store.writes.commit(next))).toBe('done')
    expect(openTaskOf(fixture.store.reads, 'pk/d', 'default')?.id).toBe(3)
    expect(fixture.store.reads.openTasksOf('pk/d').map((task) => task.id)).toEqual([2, 3])
    expect(openTaskOf(fixture.store.reads, 'pk/d', 'other')).toBeUndefined()
    await fixture.reopen()
    expect(fixture.store.reads.openTasksOf('pk/d').map((task) => task.id)).toEqual([2, 3])
    expect(fixture.store.reads.openTasksOf('pk/e')).toEqual([])
  })

  it('finds an ended task while its record is being written, and after', async () => {
    await fixture.store.writes.commit([put(sampleTask(1))])
    const release = fixture.valve.hold()
    const ending = fixture.store.writes.commit([put(ended(sampleTask(1, { rev: 1 })))])
    expect(fixture.store.reads.openTask(1)).toBeUndefined()
    expect(await fixture.store.queries.task(1)).toMatchObject({ state: 'succeeded', rev: 2 })
    expect(await tasksOf(fixture.store, { state: 'succeeded' })).toEqual([1])
    expect(await tasksOf(fixture.store, { state: 'queued' })).toEqual([])
    const reading = fixture.store.queries.task(1)
    release()
    await ending
    expect((await reading)?.state).toBe('succeeded')
    expect((await fixture.store.queries.task(1))?.state).toBe('succeeded')
    expect(await tasksOf(fixture.store)).toEqual([1])
    expect(await fixture.store.queries.task(2)).toBeUndefined()
  })

  it('finds a task that was created or ended while the disk was read', async () => {
    const reading = [fixture.store.queries.task(1), fixture.store.queries.task(2)]
    const making = fixture.store.writes.commit([put(sampleTask(1)), put(ended(sampleTask(2)))])
    expect((await Promise.all(reading)).map((task) => task?.id)).toEqual([1, 2])
    await making
  })

  it('returns the newest state of an ended task while an older record is being written', async () => {
    const releaseFirst = fixture.valve.hold()
    const first = fixture.store.writes.commit([put(ended(sampleTask(1)))])
    await new Promise(setImmediate)
    const second = fixture.store.writes.commit([put(ended(sampleTask(1), { rev: 1, newest: false }))])
    const releaseSecond = fixture.valve.hold()
    releaseFirst()
    await first
    expect(await fixture.store.queries.task(1)).toMatchObject({ rev: 2, newest: false })
    releaseSecond()
    await second
    expect(await fixture.store.queries.task(1)).toMatchObject({ rev: 2, newest: false })
  })

  it('hides a removed task while its removal is being written', async () => {
    await fixture.store.writes.commit([put(ended(sampleTask(1)))])
    const release = fixture.valve.hold()
    const removing = fixture.store.writes.commit([{ del: 'task', value: ended(sampleTask(1, { rev: 1 })) }])
    expect(await fixture.store.queries.task(1)).toBeUndefined()
    expect(await tasksOf(fixture.store)).toEqual([])
    release()
    await removing
    expect(await fixture.store.queries.task(1)).toBeUndefined()
    await fixture.reopen()
    expect(await tasksOf(fixture.store, { allAttempts: true, device: 'pk/d1' })).toEqual([])
  })

  it('lists a task under its new state when an ended one changes', async () => {
    await fixture.store.writes.commit([put(sampleTask(1, { state: 'timed_out', endedAt: 5 }))])
    await fixture.store.writes.commit([put({ ...(await taskOf(fixture.store, 1)), state: 'succeeded', reason: 'late' })])
    for (const query of [{}, { campaign: 1 }, { device: 'pk/d1' }]) {
      expect(await tasksOf(fixture.store, { ...query, state: 'timed_out' })).toEqual([])
      expect(await tasksOf(fixture.store, { ...query, state: 'succeeded' })).toEqual([1])
    }
    await fixture.store.writes.commit([put({ ...(await taskOf(fixture.store, 1)), newest: false })])
    for (const query of [{}, { campaign: 1 }, { device: 'pk/d1' }]) {
      expect(await tasksOf(fixture.store, query)).toEqual([])
      expect(await tasksOf(fixture.store, { ...query, allAttempts: true })).toEqual([1])
    }
  })

  it('finds tasks that were notified lately, open or ended soon after, across a change, a removal and a restart', async () => {
    const minute = 60_000
    await fixture.store.writes.commit([
      put(sampleTask(1, { slotAt: 5 * minute, notifiedAt: 5 * minute, state: 'notified', module: 'a' })),
      put(sampleTask(2, { slotAt: 5 * minute - 1, notifiedAt: 1, state: 'notified', module: 'b' })),
      put(sampleTask(3, { slotAt: 5 * minute, state: 'failed', endedAt: 5 * minute })),
      put(sampleTask(4, { slotAt: 5 * minute + 7, state: 'succeeded', endedAt: 6 * minute })),
      put(sampleTask(5, { slotAt: 5 * minute - 1, state: 'succeeded', endedAt: 5 * minute + 10 })),
      put(sampleTask(6, { slotAt: null, state: 'canceled', endedAt: 5 * minute + 10 })),
      put(sampleTask(7, { slotAt: 5 * minute + 9, state: 'timed_out', endedAt: 5 * minute + 10 })),
    ])
    const notified = async (): Promise<readonly number[]> =>
      (await fixture.store.queries.notifiedSince(5 * minute)).map(({ id }) => id).sort((a, b) => a - b)
    expect(await notified()).toEqual([1, 3, 4, 7])
    await fixture.store.writes.commit([
      put({ ...(await taskOf(fixture.store, 1)), state: 'rejected', endedAt: 5 * minute + 20 }),
      put({ ...(await taskOf(fixture.store, 3)), newest: false }),
      { del: 'task', value: await taskOf(fixture.store, 4) },
      // Ended long after: it was notified then, but that minute no longer matters.
      put({ ...(await taskOf(fixture.store, 7)), state: 'succeeded', reason: 'late', endedAt: 60 * minute }),
    ])
    expect(await notified()).toEqual([1, 3])
    await fixture.reopen()
    expect(await notified()).toEqual([1, 3])
  })

  it('pages through every filter in the order of ids, open and ended together', async () => {
    const states = ['queued', 'notified', 'in_progress', 'succeeded', 'failed', 'canceled'] as const
    const all = Array.from({ length: 60 }, (_, at) =>
      sampleTask(at + 1, {
        device: at % 4 === 0 ? 'pk/dev1' : at % 4 === 1 ? 'pk/dev10' : `pk/d${at}`,
        module: `m${at}`,
        campaign: (at % 3) + 1,
        state: states[(at * 7) % 6] ?? 'queued',
        newest: at % 5 !== 0,
        rev: 0,
      }),
    )
    await fixture.store.writes.commit(all.map(put))
    const page = async (query: Omit<TaskQuery, 'limit'>, limit: number): Promise<readonly number[]> => {
      const { items, next } = await fixture.store.queries.tasks({ ...query, limit })
      expect(items.length).toBeLessThanOrEqual(limit)
      const ids = items.map((task) => task.id)
      return next === null ? ids : [...ids, ...(await page({ ...query, after: next }, limit))]
    }
    for (const device of [undefined, 'pk/dev1', 'pk/dev10'])
      for (const campaign of [undefined, 2])
        for (const state of [undefined, ...states])
          for (const allAttempts of [false, true]) {
            const query = { allAttempts, ...(device && { device }), ...(campaign && { campaign }), ...(state && { state }) }
            const wanted = all.filter(
              (task) =>
                (allAttempts || task.newest) &&
                (device ?? task.device) === task.device &&
                (campaign ?? task.campaign) === task.campaign &&
                (state ?? task.state) === task.state,
            )
            expect(await page(query, 4)).toEqual(wanted.map((task) => task.id))
            expect(await everyTask(fixture.store, query)).toEqual(wanted.map((task) => task.id))
          }
    expect((await fixture.store.queries.tasks({ limit: 10, after: 50, allAttempts: true })).next).toBeNull()
    expect((await fixture.store.queries.tasks({ limit: 10, after: 49, allAttempts: true })).next).toBe(59)
  })

  it('gives all tasks once and in order, though they end, are made and are removed while they are read', async () => {
    const many = Array.from({ length: 2600 }, (_, at) => (at % 3 === 0 ? sampleTask(at + 1) : ended(sampleTask(at + 1))))
    await fixture.store.writes.commit(many.map(put))
    const [gone, ...rest] = [2500, ...many.map(({ id }) => id).filter((id) => id !== 2500)]
    const seen: number[] = []
    for await (const tasks of fixture.store.queries.allTasks({ allAttempts: true }, noTurns)) {
      if (seen.length === 0) {
        const ending = many.filter(({ state, id }) => state === 'queued' && id > 5).map((task) => put(ended({ ...task, rev: 1 })))
        await fixture.store.writes.commit([...ending, put(sampleTask(2601))])
        await fixture.store.writes.commit([{ del: 'task', value: await taskOf(fixture.store, gone ?? 0) }])
      }
      seen.push(...tasks.map(({ id }) => id))
    }
    expect(seen).toEqual(rest)
    expect(await everyTask(fixture.store, { state: 'queued' })).toEqual([1, 4, 2601])
  })

  it('gives tasks of which the end is being written', async () => {
    await fixture.store.writes.commit([put(sampleTask(1)), put(sampleTask(2))])
    const release = fixture.valve.hold()
    const ending = fixture.store.writes.commit([put(ended(sampleTask(1, { rev: 1 })))])
    expect(await everyTask(fixture.store, {})).toEqual([1, 2])
    expect(await everyTask(fixture.store, { state: 'succeeded' })).toEqual([1])
    release()
    await ending
  })

  it('ends with the work that asked for all tasks', async () => {
    await fixture.store.writes.commit(Array.from({ length: 300 }, (_, at) => put(ended(sampleTask(at + 1)))))
    const turns = { isDue: () => true, next: () => Promise.reject(new Error('gone')) }
    const all = fixture.store.queries.allTasks({}, turns)
    await expect(all[Symbol.asyncIterator]().next()).rejects.toThrow('gone')
  })

  it('never confuses two devices, whatever their names', async () => {
    const names = [
      'dev1',
      'dev10',
      'dev1 ',
      'a&b',
      'a|b',
      'dev1\u0001',
      '设备',
      '😀',
      '\uffff',
      '\ud800',
      '\udfff',
      '\ufffd',
      '!',
      'é',
      'e\u0301',
    ]
    await fixture.store.writes.commit(names.map((name) => ({ put: 'device', value: sampleDevice(name, { tags: [name] }) })))
    await fixture.store.writes.commit(names.map((name, at) => put(ended(sampleTask(at + 1, { device: `pk/${name}` })))))
    await fixture.reopen()
    expect([...fixture.store.reads.devices()].length).toBe(names.length)
    for (const [at, name] of names.entries()) {
      expect(fixture.store.reads.device(`pk/${name}`)?.tags).toEqual([name])
      expect(await tasksOf(fixture.store, { device: `pk/${name}` })).toEqual([at + 1])
    }
  })
}
