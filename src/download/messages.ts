// The messages between the main thread and the worker. Types only, all of it plain data.

import type { FaultyImage, Grant, Served } from '../ota/ports/downloads.ts'

/** A grant with the absolute path of its image, and of the digests of its blocks. */
export interface Granted extends Grant {
  readonly path: string
  readonly digests: string
}

/** Counted since the server started, except `active` and `waiting`, which are current values. */
export interface DownloadStats {
  /** Bytes of images that were sent, including repeated ones. */
  readonly bytes: number
  /** Responses by HTTP status. */
  readonly requests: { readonly [status: string]: number }
  readonly active: number
  readonly waiting: number
}

/** Why a request was not served. `task`: newer transfers of the same task took over. `address`, `connections`: too many connections. `tls`: a handshake failed. */
export type TurnedAwayReason = 'task' | 'address' | 'connections' | 'tls'

export interface DownloadCrowd {
  /** Open connections now. */
  readonly connections: number
  /** Since the server started. */
  readonly turnedAway: { readonly [reason in TurnedAwayReason]: number }
}

export interface DoorAddress {
  readonly host: string
  readonly port: number
}

/** PEM texts. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** null: there is none. */
export interface OpenPorts {
  readonly plain: number | null
  readonly tls: number | null
}

export interface WorkerConfig {
  /** null: no plain HTTP. */
  readonly plain: DoorAddress | null
  /** null: no HTTPS. */
  readonly tls: (DoorAddress & Certificate) | null
  readonly key: string
  readonly maxDownloads: number
  readonly bytesPerSecond: number
  readonly cacheBytes: number
  readonly idleMs: number
  readonly maxPendingPerAddress: number
  readonly reportMs: number
  readonly quietMs: number
}

export type ToWorker =
  /** The first message: until then the thread only loads. */
  | { readonly type: 'start'; readonly config: WorkerConfig }
  /** `now` is the core's clock, milliseconds; `failed`: the core could not answer. */
  | { readonly type: 'answer'; readonly ask: number; readonly now: number; readonly failed: boolean; readonly grant: Granted | undefined }
  | { readonly type: 'forget'; readonly tasks: readonly number[] }
  | { readonly type: 'returned'; readonly task: number }
  /** For TLS handshakes from now on. */
  | { readonly type: 'renew'; readonly certificate: Certificate }
  /** Stop accepting; cut off what still runs after `graceMs`. */
  | { readonly type: 'close'; readonly graceMs: number }

export type FromWorker =
  | { readonly type: 'listening'; readonly ports: OpenPorts }
  | { readonly type: 'refused'; readonly at: DoorAddress; readonly reason: string }
  | { readonly type: 'ask'; readonly ask: number; readonly task: number }
  | { readonly type: 'served'; readonly reports: readonly Served[]; readonly stats: DownloadStats; readonly crowd: DownloadCrowd }
  | { readonly type: 'faulty'; readonly image: FaultyImage }
  | { readonly type: 'log'; readonly level: 'debug' | 'warn' | 'error'; readonly fields: object; readonly message: string }
