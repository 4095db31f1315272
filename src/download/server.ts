// The main thread's side of the downloads: mints links, answers the worker's questions from the core, passes its reports on,
// and starts it anew if it dies. The HTTP itself is the worker's.

import type { Log } from '../log.ts'
import type { DownloadSide, Downloads } from '../ota/ports/downloads.ts'
import type { DownloadStats, FromWorker, ToWorker, WorkerConfig } from './messages.ts'
import { signedPath } from './signed-url.ts'
import { supervise } from './supervisor.ts'

const QUIET_MS = 5_000
const WAIT_MS = 20_000
const REPORT_MS = 250

export interface DownloadOptions {
  /** What to listen on: an address, or `::` for every one. Brackets round IPv6 are taken too. */
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** What links start with; null: `http://`, the host of the device's connection, and the port. */
  readonly publicUrl: string | null
  readonly maxDownloads: number
  /** All downloads together; 0: no bound. */
  readonly bytesPerSecond: number
  /** Memory for hot images. */
  readonly cacheBytes: number
  /** Signs the links: random text that outlives restarts. */
  readonly key: string
  /** Absolute path of an image. */
  readonly imagePath: (sha256: string) => string
  readonly side: DownloadSide
  readonly log: Log
  /** The core's clock, milliseconds since the epoch: `Grant.until` is in it. */
  readonly now?: () => number
  /** How long a request waits for a place; 20 s by protocol.md §7. */
  readonly waitMs?: number
  /** How often bytes are told, but for a task's first and last; 250 ms. */
  readonly reportMs?: number
  /** How long a connection must stay open and quiet until the last bytes of its answer count as arrived; 5 s. */
  readonly quietMs?: number
  /** The worker's built entry. */
  readonly workerUrl?: URL
}

export interface DownloadServer extends Downloads {
  /** The real port. It stays the same when the worker is started anew. */
  readonly port: number
  stats(): DownloadStats
  /** Stops accepting, gives what runs 2 s, cuts the rest: devices resume later. */
  close(): Promise<void>
}

const noStats: DownloadStats = { bytes: 0, requests: {}, active: 0, waiting: 0 }

const sumOf = (before: DownloadStats, now: DownloadStats): DownloadStats => {
  const statuses = new Set([...Object.keys(before.requests), ...Object.keys(now.requests)])
  const requests = Object.fromEntries([...statuses].map((status) => [status, (before.requests[status] ?? 0) + (now.requests[status] ?? 0)]))
  return { ...now, bytes: before.bytes + now.bytes, requests }
}

const workerConfig = (options: DownloadOptions): WorkerConfig => {
  const { port, key, maxDownloads, bytesPerSecond, cacheBytes, waitMs = WAIT_MS, reportMs = REPORT_MS, quietMs = QUIET_MS } = options
  return { host: options.host.replace(/^\[(.*)\]$/, '$1'), port, key, maxDownloads, bytesPerSecond, cacheBytes, waitMs, reportMs, quietMs }
}

/** The core's answer to the worker's question. It never rejects: what fails here is told as failed. */
const answerFor = async (options: DownloadOptions, ask: number, task: number): Promise<ToWorker> => {
  const { side, imagePath, log, now = Date.now } = options
  try {
    const grant = await side.grant(task)
    const granted = grant === undefined ? undefined : { ...grant, path: imagePath(grant.sha256) }
    return { type: 'answer', ask, now: now(), failed: false, grant: granted }
  } catch (cause) {
    log.error({ task, cause: String(cause) }, 'what a task may fetch could not be looked up')
    return { type: 'answer', ask, now: now(), failed: true, grant: undefined }
  }
}

/** Starts the downloads. Rejects with OTA_LISTEN_FAILED when the address cannot be listened on. */
export const createDownloads = async (options: DownloadOptions): Promise<DownloadServer> => {
  const { side, log } = options
  let before = noStats
  let current = noStats
  const served = (message: Extract<FromWorker, { type: 'served' }>): void => {
    current = message.stats
    for (const report of message.reports) side.served(report)
  }
  const supervisor = await supervise({
    entry: options.workerUrl ?? new URL('./worker.js', import.meta.url),
    config: workerConfig(options),
    log,
    receive: (message, answer) => {
      if (message.type === 'ask') void answerFor(options, message.ask, message.task).then(answer)
      if (message.type === 'served') served(message)
      if (message.type === 'log') log[message.level](message.fields, message.message)
    },
    died: () => {
      before = { ...sumOf(before, current), active: 0, waiting: 0 }
      current = noStats
    },
  })
  const base = options.publicUrl?.replace(/\/+$/, '')
  return {
    port: supervisor.port,
    url: (task, sha256, host) => `${base ?? `http://${host}:${supervisor.port}`}${signedPath(options.key, task, sha256)}`,
    forget: (task) => supervisor.post({ type: 'forget', task }),
    stats: () => sumOf(before, current),
    close: () => supervisor.close(),
  }
}
