// The store as the core sees it, types only: records read from memory, changes that are written together, queries that read the disk.

import type { Campaign, ClockNote, Device, DeviceKey, Firmware, Installed, Tally, Task, TaskState, TimelineRow, Waiting } from '../model.ts'

/** One raw operation on ordered string keys. */
export type Op = { readonly type: 'put'; readonly key: string; readonly value: string } | { readonly type: 'del'; readonly key: string }

/** Ordered keys on disk. `commit` resolves when the operations are synced; commits that arrive together share one batch, in order. */
export interface Batches {
  /** Atomic: all of `ops` or none. Rejects with OTA_STORE_FAILED; a failed group fails all of its commits and those that wait for it. */
  commit(ops: readonly Op[]): Promise<void>
  get(key: string): Promise<string | undefined>
  /** Keys in [gte, lt) in order, at most `limit`. */
  range(gte: string, lt: string, limit?: number): AsyncIterable<readonly [key: string, value: string]>
  /** Waits for what was committed, then closes. */
  close(): Promise<void>
}

export interface Tables {
  device: Device
  firmware: Firmware
  campaign: Campaign
  task: Task
  waiting: Waiting
}
export type Table = keyof Tables
/**
 * A change of one record. `put` has the revision that was read (0: must not exist); the store writes `rev + 1`.
 * `add` changes a campaign's tally, or that of one of its phases, by differences, which commute: tallies never conflict.
 */
export type Change =
  | { readonly [T in Table]: { readonly put: T; readonly value: Tables[T] } }[Table]
  | { readonly [T in Table]: { readonly del: T; readonly value: Tables[T] } }[Table]
  | { readonly installed: Installed }
  | { readonly timeline: TimelineRow }
  | { readonly clock: ClockNote }
  | { readonly add: number; readonly phase?: number; readonly tally: Partial<Tally> }

/** Called for every record that changes in memory, also when a failed commit is undone (then with before and after swapped). */
export type Watcher = <T extends Table>(table: T, before: Tables[T] | undefined, after: Tables[T] | undefined) => void

/** A row of another room, under a key that no row has had before. */
export interface NewRow {
  readonly key: string
  readonly value: string
}

/** A room that has rows in the commits of records, so that they are on disk exactly if the records are. */
export interface Companion {
  /** Called for every record that a commit changes, once memory has all changes of the commit and before it is written. Must not throw. */
  rowsOf<T extends Table>(table: T, before: Tables[T] | undefined, after: Tables[T] | undefined, reads: Reads): readonly NewRow[]
  /** The rows of commits that were written together are on disk, or will never be. */
  settled(rows: readonly NewRow[], areStored: boolean): void
}

export interface TaskFilter {
  readonly campaign?: number
  readonly device?: DeviceKey
  readonly state?: TaskState
  /** Include attempts that were followed by a later one. */
  readonly allAttempts?: boolean
}

export interface TaskQuery extends TaskFilter {
  /** Exclusive: the last id of the previous page. */
  readonly after?: number
  readonly limit: number
}

/** Devices, firmware, campaigns, tallies and open tasks, read synchronously from memory. Ended tasks are on disk: see `Queries`. */
export interface Reads {
  device(key: DeviceKey): Device | undefined
  devices(): Iterable<Device>
  firmware(id: number): Firmware | undefined
  firmwares(): Iterable<Firmware>
  campaign(id: number): Campaign | undefined
  campaigns(): Iterable<Campaign>
  /** Of the campaign, or of one of its phases (counted from 0). */
  tally(campaign: number, phase?: number): Tally
  /** Targets of the campaign that wait for a task, in the order in which they started to wait. */
  waiting(campaign: number): ReadonlyMap<DeviceKey, Waiting>
  /** The campaigns that the device waits for. */
  waitingOf(device: DeviceKey): readonly Waiting[]
  openTask(id: number): Task | undefined
  openTasks(): Iterable<Task>
  /** At most one for each module: see `openTaskOf` in rules/open-task.ts. */
  openTasksOf(device: DeviceKey): readonly Task[]
}

/**
 * Changes. `commit` checks revisions and changes memory before it returns its promise, which resolves when the change is on disk.
 * If writing fails, memory is restored to what the disk holds, this and every later pending commit reject with OTA_STORE_FAILED, and
 * the store continues. A revision that does not match rejects with OTA_CONFLICT and changes nothing.
 */
export interface Writes {
  commit(changes: readonly Change[]): Promise<void>
  /** The next id, counting from 1; an id that was committed is never assigned again. */
  nextId(table: 'firmware' | 'campaign' | 'task'): number
  watch(watcher: Watcher): void
  /** A small value that is generated once and stored, such as the key that signs links. */
  secret(name: string, make: () => string): Promise<string>
  /** Resolves when everything committed is on disk (or has failed). */
  settled(): Promise<void>
}

/** How long work lets other work run: whether it should now, and when it goes on. Ends the work if `next` rejects. */
export interface Turns {
  isDue(): boolean
  next(): Promise<void>
}

/** A task as lists show it: an ended one may be without its history. */
export type ListedTask = Task | Omit<Task, 'history'>

/** Queries that may read the disk, and those that run once at a start. */
export interface Queries {
  /** Open or ended, from memory or disk. */
  task(id: number): Promise<Task | undefined>
  tasks(query: TaskQuery): Promise<{ readonly items: readonly Task[]; readonly next: number | null }>
  /** As `tasks`, in less time. */
  listed(query: TaskQuery): Promise<{ readonly items: readonly ListedTask[]; readonly next: number | null }>
  /** All that are there at the call and match when they are read, in the order of their ids, in pieces of a hundred. */
  allTasks(filter: TaskFilter, turns: Turns): AsyncIterable<readonly ListedTask[]>
  /** The versions that were installed on the device, oldest first. */
  installed(device: DeviceKey): Promise<readonly Installed[]>
  /** What happened to the device, oldest first: the newest 1,000. */
  timeline(device: DeviceKey): Promise<readonly TimelineRow[]>
  /** Ended tasks with ids above `after`, lowest first, at most `limit`. */
  endedTasks(after: number, limit: number): Promise<readonly Task[]>
  /** Tasks whose device was notified at `since` or later, open or ended; used at a start, for times within the last minute. */
  notifiedSince(since: number): Promise<readonly Task[]>
  /** The id above which the newest `count` ids of tasks are, without those that a restore has passed over; 0: there are fewer. */
  taskIdBack(count: number): number
  /** As last committed. */
  clock(): ClockNote | null
}

/** The source of truth. */
export interface Store {
  readonly reads: Reads
  readonly writes: Writes
  readonly queries: Queries
}
