// The main thread's side of the downloads: makes links, answers the worker's requests from the core, passes on its reports,
// and restarts it if it dies. HTTP itself is the worker's.

import { randomBytes } from 'node:crypto'
import type { Log } from '../log.ts'
import type { DownloadSide, Downloads } from '../ota/ports/downloads.ts'
import { createLinkStart, type LinkSettings } from './links.ts'
import type { Certificate, DoorAddress, DownloadCrowd, DownloadStats, FromWorker, OpenPorts, ToWorker, WorkerConfig } from './messages.ts'
import { probeTask, signedPath } from './signed-url.ts'
import { type LoadedThread, type Supervisor, supervise } from './supervisor.ts'

const QUIET_MS = 5_000
const IDLE_MS = 30_000
const MOST_PENDING = 4_000
const REPORT_MS = 250

/** Where to listen: `::` for all addresses; IPv6 may be in brackets. Port 0: any free one. */
export interface DownloadOptions extends DoorAddress, Partial<LinkSettings> {
  /** false: no plain HTTP, only `tls`. */
  readonly plain?: boolean
  /** HTTPS beside it, with PEM texts that belong together; null: none. */
  readonly tls?: (DoorAddress & Certificate) | null
  readonly maxDownloads: number
  /** Of all downloads together; 0: no limit. */
  readonly bytesPerSecond: number
  /** Memory for cached images. */
  readonly cacheBytes: number
  /** Signs the links: random text that survives restarts. */
  readonly key: string
  /** Absolute path of an image. */
  readonly imagePath: (sha256: string) => string
  /** Absolute path of the digests of an image's blocks; the file may be missing. */
  readonly digestsPath: (sha256: string) => string
  readonly side: DownloadSide
  readonly log: Log
  /** The core's clock, milliseconds since the epoch, as in `Grant.until`. */
  readonly now?: () => number
  /** A download that moves no byte for this long gives its place to one that waits; 30 s. */
  readonly idleMs?: number
  /** Connections of one address that have shown no valid link; 4,000. */
  readonly maxPendingPerAddress?: number
  /** Interval of reports of bytes, except for a task's first and last ones; 250 ms. */
  readonly reportMs?: number
  /** How long a connection must be open and quiet until the last bytes of its response count as delivered; 5 s. */
  readonly quietMs?: number
  /** The worker's built entry. */
  readonly workerUrl: URL
  /** The worker, if it is loading already. */
  readonly thread?: LoadedThread
}

/** Until they listen, links lead nowhere and nothing is counted. */
export interface DownloadServer extends Downloads {
  /** Resolves once they listen; rejects with OTA_LISTEN_FAILED if they cannot listen on the address. */
  ready(): Promise<void>
  /** The actual port of plain HTTP, or of HTTPS where there is no other. It stays the same when the worker is restarted. */
  readonly port: number
  /** The path of a new test link: answers with a few bytes, and names no task. */
  probe(): string
  readonly ports: OpenPorts
  /** A new certificate for TLS handshakes from now on; without HTTPS it does nothing. */
  renew(certificate: Certificate): void
  stats(): DownloadStats
  crowd(): DownloadCrowd
  /** Stops accepting, gives running downloads 2 s, and cuts off the rest: devices resume later. What is still being opened is opened before. */
  close(): Promise<void>
}

const noStats: DownloadStats = { bytes: 0, requests: {}, active: 0, waiting: 0 }

const noCrowd: DownloadCrowd = { connections: 0, turnedAway: { task: 0, address: 0, connections: 0, tls: 0 } }

const sumOfCrowds = ({ turnedAway: before }: DownloadCrowd, { connections, turnedAway: now }: DownloadCrowd): DownloadCrowd => ({
  connections,
  turnedAway: {
    task: before.task + now.task,
    address: before.address + now.address,
    connections: before.connections + now.connections,
    tls: before.tls + now.tls,
  },
})

const sumOf = (before: DownloadStats, now: DownloadStats): DownloadStats => {
  const statuses = new Set([...Object.keys(before.requests), ...Object.keys(now.requests)])
  const requests = Object.fromEntries([...statuses].map((status) => [status, (before.requests[status] ?? 0) + (now.requests[status] ?? 0)]))
  return { ...now, bytes: before.bytes + now.bytes, requests }
}

const bare = ({ host, port }: DoorAddress): DoorAddress => ({ host: host.replace(/^\[(.*)\]$/, '$1'), port })

const workerConfig = (options: DownloadOptions): WorkerConfig => {
  const { key, maxDownloads, bytesPerSecond, cacheBytes, reportMs = REPORT_MS, quietMs = QUIET_MS } = options
  const { idleMs = IDLE_MS, maxPendingPerAddress = MOST_PENDING } = options
  const { plain = true, tls = null } = options
  const doors = { plain: plain ? bare(options) : null, tls: tls && { ...tls, ...bare(tls) } }
  return { ...doors, key, maxDownloads, bytesPerSecond, cacheBytes, idleMs, maxPendingPerAddress, reportMs, quietMs }
}

/** The core's answer to the worker's request. It never rejects: a failure is reported as `failed`. */
const answerFor = async (options: DownloadOptions, ask: number, task: number): Promise<ToWorker> => {
  const { side, imagePath, digestsPath, log, now = Date.now } = options
  try {
    const grant = await side.grant(task)
    const granted = grant === undefined ? undefined : { ...grant, path: imagePath(grant.sha256), digests: digestsPath(grant.sha256) }
    return { type: 'answer', ask, now: now(), failed: false, grant: granted }
  } catch (cause) {
    log.error({ task, cause: String(cause) }, 'the grant of a task could not be read')
    return { type: 'answer', ask, now: now(), failed: true, grant: undefined }
  }
}

/** Many tasks end with one write of the disk: a message to the thread, which costs more than all else of their end, is for all of them. */
const createForgetting = (post: (tasks: readonly number[]) => void): ((task: number) => void) => {
  let tasks: number[] = []
  const flush = (): void => {
    const all = tasks
    tasks = []
    post(all)
  }
  return (task) => {
    if (tasks.push(task) === 1) queueMicrotask(flush)
  }
}

const noPorts: OpenPorts = { plain: null, tls: null }

/** Begins to open the downloads: `ready` says when they are. Grants may be asked for earlier than that. */
export const beginDownloads = (options: DownloadOptions): DownloadServer => {
  const { side, log, publicUrl = null, tlsPublicUrl = null, schemes = [] } = options
  let before = noStats
  let current = noStats
  let crowdBefore = noCrowd
  let crowd = noCrowd
  const served = (message: Extract<FromWorker, { type: 'served' }>): void => {
    current = message.stats
    crowd = message.crowd
    for (const report of message.reports) side.served(report)
  }
  let supervisor: Supervisor | undefined
  let linkStart = createLinkStart({ publicUrl, tlsPublicUrl, schemes }, noPorts)
  const open = async (): Promise<void> => {
    supervisor = await supervise({
      entry: options.workerUrl,
      thread: options.thread,
      config: workerConfig(options),
      log,
      receive: (message, answer) => {
        if (message.type === 'ask') void answerFor(options, message.ask, message.task).then(answer)
        if (message.type === 'served') served(message)
        if (message.type === 'faulty') side.faulty(message.image)
        if (message.type === 'log') log[message.level](message.fields, message.message)
      },
      died: () => {
        before = { ...sumOf(before, current), active: 0, waiting: 0 }
        current = noStats
        crowdBefore = { ...sumOfCrowds(crowdBefore, crowd), connections: 0 }
        crowd = noCrowd
      },
    })
    linkStart = createLinkStart({ publicUrl, tlsPublicUrl, schemes }, supervisor.ports)
  }
  const opening = open()
  // Whoever waits for `ready` is given the failure; before, it must not end the process.
  const settled = opening.catch(() => undefined)
  const ports = (): OpenPorts => supervisor?.ports ?? noPorts
  return {
    ready: () => opening,
    get port() {
      return ports().plain ?? ports().tls ?? 0
    },
    get ports() {
      return ports()
    },
    renew: (certificate) => supervisor?.renew(certificate),
    url: (task, sha256, target) => `${linkStart(target)}${signedPath(options.key, task, sha256)}`,
    forget: createForgetting((tasks) => supervisor?.post({ type: 'forget', tasks })),
    returned: (task) => supervisor?.post({ type: 'returned', task }),
    probe: () => signedPath(options.key, probeTask, randomBytes(8).toString('hex')),
    stats: () => sumOf(before, current),
    crowd: () => sumOfCrowds(crowdBefore, crowd),
    close: async () => {
      await settled
      await supervisor?.close()
    },
  }
}

/** Starts the downloads. Rejects with OTA_LISTEN_FAILED if they cannot listen on the address. */
export const createDownloads = async (options: DownloadOptions): Promise<DownloadServer> => {
  const downloads = beginDownloads(options)
  await downloads.ready()
  return downloads
}
