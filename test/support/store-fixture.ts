// For tests of the store: a store on a disk that outlives it, a valve that makes its writes fail or wait, and short queries.

import { afterEach, beforeEach } from 'vitest'
import { asOtaError } from '../../src/errors.ts'
import type { Task } from '../../src/ota/model.ts'
import type { Change, Store, TaskQuery } from '../../src/ota/ports/store.ts'
import type { Disk, WriteGate } from '../../src/store/disk.ts'
import { openStore } from '../../src/store/records.ts'

export interface Valve {
  readonly gate: WriteGate
  /** While true, writes fail. */
  failing: boolean
  /** Later writes wait; the returned function releases them. */
  hold(): () => void
}

export const createValve = (): Valve => {
  let held: Promise<void> | undefined
  const valve: Valve = {
    failing: false,
    gate: async () => {
      await held
      if (valve.failing) throw new Error('no space left')
    },
    hold: () => {
      let open = (): void => undefined
      const closed = new Promise<void>((resolve) => {
        open = resolve
      })
      held = closed
      return () => {
        if (held === closed) held = undefined
        open()
      }
    },
  }
  return valve
}

/** A disk under test, whose content survives `reopen`. */
export interface DiskFixture {
  disk(): Disk
  reopen(): Promise<void>
  remove(): Promise<void>
}

export interface StoreFixture {
  store: Store
  readonly disk: Disk
  readonly valve: Valve
  /** Waits for pending commits, closes, and opens the store again. */
  reopen(): Promise<void>
}

export const createStoreFixture = (openPlace: (valve: Valve) => Promise<DiskFixture>): StoreFixture => {
  let current: { readonly valve: Valve; readonly place: DiskFixture; store: Store } | undefined
  const now = (): NonNullable<typeof current> => {
    if (current === undefined) throw new Error('the fixture of a store exists in tests only')
    return current
  }
  beforeEach(async () => {
    const valve = createValve()
    const place = await openPlace(valve)
    current = { valve, place, store: await openStore(place.disk()) }
  })
  afterEach(() => now().place.remove())
  return {
    get store() {
      return now().store
    },
    set store(store) {
      now().store = store
    },
    get disk() {
      return now().place.disk()
    },
    get valve() {
      return now().valve
    },
    async reopen() {
      await now().store.writes.settled()
      await now().place.reopen()
      now().store = await openStore(now().place.disk())
    },
  }
}

/** `done`, or the code of the error. */
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => asOtaError(error).code,
  )

/** `done`, or code and message of the error. */
export const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => `${asOtaError(error).code}: ${asOtaError(error).message}`,
  )

export const tasksOf = async (store: Store, query: Partial<TaskQuery> = {}): Promise<readonly number[]> =>
  (await store.queries.tasks({ limit: 1000, ...query })).items.map((task) => task.id)

export const taskOf = async (store: Store, id: number): Promise<Task> => {
  const task = await store.queries.task(id)
  if (task === undefined) throw new Error(`no task ${id}`)
  return task
}

export const ended = (task: Task, more: Partial<Task> = {}): Task => ({ ...task, state: 'succeeded', endedAt: 9, ...more })

export const put = (value: Task): Change => ({ put: 'task', value })
