// The main thread's side of the downloads: makes links, answers the worker's requests from the core, passes on its reports,
// and restarts it if it dies. HTTP itself is the worker's.

import type { Log } from '../log.ts'
import type { DownloadSide, Downloads } from '../ota/ports/downloads.ts'
import type { DownloadStats, FromWorker, ToWorker, WorkerConfig } from './messages.ts'
import { signedPath } from './signed-url.ts'
import { supervise } from './supervisor.ts'

const QUIET_MS = 5_000
const WAIT_MS = 20_000
const REPORT_MS = 250

export interface DownloadOptions {
  /** Address to listen on, or `::` for all. IPv6 may be in brackets. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** The start of links; null: `http://`, the host of the device's connection, and the port. */
  readonly publicUrl: string | null
  readonly maxDownloads: number
  /** Of all downloads together; 0: no limit. */
  readonly bytesPerSecond: number
  /** Memory for cached images. */
  readonly cacheBytes: number
  /** Signs the links: random text that survives restarts. */
  readonly key: string
  /** Absolute path of an image. */
  readonly imagePath: (sha256: string) => string
  readonly side: DownloadSide
  readonly log: Log
  /** The core's clock, milliseconds since the epoch, as in `Grant.until`. */
  readonly now?: () => number
  /** How long a request waits for a slot; 20 s by protocol.md §7. */
  readonly waitMs?: number
  /** Interval of reports of bytes, except for a task's first and last ones; 250 ms. */
  readonly reportMs?: number
  /** How long a connection must be open and quiet until the last bytes of its response count as delivered; 5 s. */
  readonly quietMs?: number
  /** The worker's built entry. */
  readonly workerUrl?: URL
}

export interface DownloadServer extends Downloads {
  /** The actual port. It stays the same when the worker is restarted. */
  readonly port: number
  stats(): DownloadStats
  /** Stops accepting, gives running downloads 2 s, and cuts off the rest: devices resume later. */
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

/** The core's answer to the worker's request. It never rejects: a failure is reported as `failed`. */
const answerFor = async (options: DownloadOptions, ask: number, task: number): Promise<ToWorker> => {
  const { side, imagePath, log, now = Date.now } = options
  try {
    const grant = await side.grant(task)
    const granted = grant === undefined ? undefined : { ...grant, path: imagePath(grant.sha256) }
    return { type: 'answer', ask, now: now(), failed: false, grant: granted }
  } catch (cause) {
    log.error({ task, cause: String(cause) }, 'the grant of a task could not be read')
    return { type: 'answer', ask, now: now(), failed: true, grant: undefined }
  }
}

/** Starts the downloads. Rejects with OTA_LISTEN_FAILED if it cannot listen on the address. */
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
