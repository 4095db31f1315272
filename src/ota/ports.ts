// The interfaces of the house, types only: what the core needs of its adapters, and how rooms of one storey speak.

import type { Campaign, ClockNote, Device, DeviceKey, Digests, Firmware, Ran, Tally, Task, TaskState, Waiting } from './model.ts'

// ---------------------------------------------------------------- store

/** One raw operation on ordered string keys. */
export type Op = { readonly type: 'put'; readonly key: string; readonly value: string } | { readonly type: 'del'; readonly key: string }

/** Ordered keys on disk. `commit` resolves when the operations are synced; commits that arrive together share one batch, in order. */
export interface Batches {
  /** Atomic: all of `ops` or none. Rejects with OTA_STORE_FAILED; a failed group fails all of its commits and those that wait behind it. */
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
 * A change of one record. `put` carries the revision that it was read at (0: must not exist); the store writes `rev + 1`.
 * `add` changes a campaign's tally, or that of one of its phases, by differences, which commute: tallies are never a point of conflict.
 */
export type Change =
  | { readonly [T in Table]: { readonly put: T; readonly value: Tables[T] } }[Table]
  | { readonly [T in Table]: { readonly del: T; readonly value: Tables[T] } }[Table]
  | { readonly ran: Ran }
  | { readonly clock: ClockNote }
  | { readonly add: number; readonly phase?: number; readonly tally: Partial<Tally> }

/** Called for every record that changes in memory, also when a failed commit is taken back (then with before and after swapped). */
export type Watcher = <T extends Table>(table: T, before: Tables[T] | undefined, after: Tables[T] | undefined) => void

export interface TaskQuery {
  readonly campaign?: number
  readonly device?: DeviceKey
  readonly state?: TaskState
  /** Also attempts that a later one stands for. */
  readonly allAttempts?: boolean
  /** Exclusive: the last id of the page before. */
  readonly after?: number
  readonly limit: number
}

/**
 * The truth. Devices, firmware, campaigns, tallies and open tasks are read from memory, at once; ended tasks from disk.
 * `commit` checks revisions and changes memory before it returns its promise, which resolves when the change is on disk.
 * If writing fails, memory goes back to what the disk holds, this and every later pending commit reject with
 * OTA_STORE_FAILED, and the store goes on. A revision that does not match rejects with OTA_CONFLICT and changes nothing.
 */
export interface Store {
  device(key: DeviceKey): Device | undefined
  devices(): Iterable<Device>
  firmware(id: number): Firmware | undefined
  firmwares(): Iterable<Firmware>
  campaign(id: number): Campaign | undefined
  campaigns(): Iterable<Campaign>
  /** Of the campaign, or of one of its phases (counted from 0). */
  tally(campaign: number, phase?: number): Tally
  /** Targets of the campaign that wait, in the order of their coming; and the campaigns that the device waits for. */
  waiting(campaign: number): ReadonlyMap<DeviceKey, Waiting>
  waitingOf(device: DeviceKey): readonly Waiting[]
  openTask(id: number): Task | undefined
  openTasks(): Iterable<Task>
  /** The one open task of a module, or of all modules of a device. */
  openTaskOf(device: DeviceKey, module: string): Task | undefined
  openTasksOf(device: DeviceKey): readonly Task[]
  /** Open or ended, from memory or disk. */
  task(id: number): Promise<Task | undefined>
  tasks(query: TaskQuery): Promise<{ readonly items: readonly Task[]; readonly next: number | null }>
  /** What the device ran, oldest first. */
  ran(device: DeviceKey): Promise<readonly Ran[]>
  /** The next id, counting from 1; never the same twice in a store's life once committed. */
  nextId(table: 'firmware' | 'campaign' | 'task'): number
  /** Ended tasks with ids above `after`, lowest first, at most `limit`. */
  endedTasks(after: number, limit: number): Promise<readonly Task[]>
  lastTaskId(): number
  /** Tasks told at `since` or later, open or ended; asked at a start, for times within the last minute. */
  toldSince(since: number): Promise<readonly Task[]>
  /** As it was last committed. */
  clock(): ClockNote | null
  commit(changes: readonly Change[]): Promise<void>
  watch(watcher: Watcher): void
  /** A small value that is made once and kept, such as the key that signs links. */
  secret(name: string, make: () => string): Promise<string>
  /** Resolves when all that was committed is on disk (or has failed). */
  settled(): Promise<void>
}

// ---------------------------------------------------------------- MQTT

/** A pair of topics: `thing/up/ota` and `thing/down/ota`, or `thing/up/topo` and `thing/down/topo`. */
export type Channel = 'ota' | 'topo'

/** What goes down to a device or a gateway: one JSON message on one of its own down topics. */
export interface Downlink {
  readonly channel: Channel
  readonly text: string
}

export interface Transport {
  /**
   * Writes the message to the device's own connection, at most at QoS 1, never retained, never through a session queue.
   * False when the device is not connected or has no filter that covers the topic.
   */
  send(device: DeviceKey, message: Downlink): boolean
  /** The server's address on that connection, as a URL's host: IPv4, or IPv6 in brackets, without port. Null: not connected. */
  host(device: DeviceKey): string | null
  /** Closes the device's connection, if any. */
  close(device: DeviceKey, why: string): void
}

/** A connection of a device as the core sees it. */
export interface Connection {
  readonly device: DeviceKey
  /** Counts up: a newer connection of the same device has a larger one. */
  readonly id: number
}

/** What the broker tells the core. */
export interface DeviceSide {
  connected(connection: Connection): void
  disconnected(connection: Connection): void
  /** A filter (new, or restored with the session) now covers that down topic: call after the SUBACK, or after CONNACK where restored. */
  subscribed(connection: Connection, channel: Channel): void
  unsubscribed(connection: Connection, channel: Channel): void
  /**
   * Uplinks on `thing/up/ota` or `thing/up/topo`, in the order they came. Resolves when all are recorded on disk (or were dropped and
   * counted): then acknowledge. Rejects when one could not be recorded: then close the socket without PUBACK. Never throws for a payload.
   */
  receive(connection: Connection, channel: Channel, payloads: readonly Uint8Array[]): Promise<void>
}

/** The last thing that was heard of a device's connection when it was refused or ended: one word of the metrics. */
export interface ConnectionNote {
  readonly what: 'refused' | 'disconnected'
  readonly reason: string
  readonly at: number
}

/** What the broker asks about who may connect. All of it is on disk when it resolves. */
export interface Registry {
  device(key: DeviceKey): Device | undefined
  /** Why a connection of the device was refused, or ended: kept with its record until the server stops. */
  noteConnection(key: DeviceKey, what: ConnectionNote['what'], reason: string): void
  /** Makes the device known, where enrolment allows it (`open`, `first-use`); binds a first-use password hash where one is given. */
  enrol(product: string, name: string, firstUse: string | null): Promise<Device>
}

// ---------------------------------------------------------------- firmware and downloads

export interface FirmwareFiles {
  /**
   * Streams an image to disk: content-addressed, temp file, fsync, rename. Leaves nothing behind when it rejects.
   * OTA_FIRMWARE_TOO_LARGE beyond `limit` bytes, OTA_FIRMWARE_EMPTY, OTA_UPLOAD_TORN when the source ends early,
   * OTA_STORE_FAILED when the disk does.
   */
  receive(source: AsyncIterable<Uint8Array>, limit: number): Promise<Digests>
  /** Absolute path of the image with that SHA-256. */
  path(sha256: string): string
  remove(sha256: string): Promise<void>
  /** At start: removes torn uploads and images that nobody knows. */
  sweep(known: ReadonlySet<string>): Promise<void>
}

/** What a link's task allows: `until` null while the task is open, else the end of its validity; `gone` from a cancel on. */
export interface Grant {
  readonly task: number
  readonly sha256: string
  readonly size: number
  readonly gone: boolean
  readonly until: number | null
  /** Bytes counted before (`Task.bytes`): where the count goes on after a restart, taken as the image's first ones. */
  readonly bytes: number
}

/**
 * Bytes that went out by a task's link, told at most a few times a second. `bytes` counts each byte of the image once, when the
 * system took it; `complete`: all of it is known to have arrived. `quietMs`: how long before this the last byte went out.
 * `sure`: it is complete by an act of the client (its next request, its orderly end), not for mere quiet after the last byte.
 */
export interface Served {
  readonly task: number
  readonly bytes: number
  readonly complete: boolean
  readonly sure: boolean
  readonly quietMs: number
}

export interface Downloads {
  /** The signed URL of a task's image (protocol.md §3, §7). `host` as `Transport.host` gives it. */
  url(task: number, sha256: string, host: string): string
  /** The task ended or was removed: what was granted for it must be asked anew. */
  forget(task: number): void
}

/** What the downloads ask of the core and tell it. */
export interface DownloadSide {
  grant(task: number): Promise<Grant | undefined>
  served(report: Served): void
}

// ---------------------------------------------------------------- what the core tells

/** What `/events` carries, after it is on disk. */
export type Event =
  | { readonly type: 'task'; readonly task: Task }
  | { readonly type: 'campaign'; readonly campaign: number }
  | {
      readonly type: 'device'
      readonly device: DeviceKey
      readonly what: 'connected' | 'disconnected' | 'subscribed' | 'reported' | 'enrolled' | 'removed'
      readonly detail?: string
    }
  /** Only while somebody watches that device: its raw messages and refusals. */
  | { readonly type: 'message'; readonly device: DeviceKey; readonly direction: 'up' | 'down' | 'refused'; readonly text: string }

export interface Events {
  emit(event: Event): void
  /** Whether somebody watches the device, so that raw messages are worth telling. */
  watches(device: DeviceKey): boolean
}

/** Counters by name and reason; what they are called outside is the metrics' affair. */
export interface Meter {
  count(
    name:
      | 'uplinks'
      | 'dropped'
      | 'pushes'
      | 'gets'
      | 'connects'
      | 'refused'
      | 'publish_denied'
      | 'subscribe_denied'
      | 'undelivered'
      | 'disconnects',
    label: string,
    by?: number,
  ): void
}
