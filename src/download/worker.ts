// The worker's entry: the HTTP server of the images, on its own thread and port, wired from its parts. It starts when it is
// loaded. Knows the core only through messages.

import { createServer, type Server, type ServerResponse } from 'node:http'
import { getPriority, platform, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Log } from '../log.ts'
import { createAsks } from './asks.ts'
import { createBandwidth } from './bandwidth.ts'
import { createSender } from './body.ts'
import { createByteCount } from './byte-count.ts'
import { createConnectionBounds } from './connection-bounds.ts'
import { createDeliveries } from './delivered.ts'
import { createFaultReports } from './fault-reports.ts'
import { createGrants } from './grants.ts'
import { createHandler } from './handler.ts'
import { createImageCache } from './image-cache.ts'
import { inOrder } from './in-order.ts'
import type { DownloadCrowd, DownloadStats, FromWorker, ToWorker, WorkerConfig } from './messages.ts'
import { createServedReports } from './served-reports.ts'
import { createTransferSlots } from './transfer-slots.ts'
import { createTurnedAway } from './turned-away.ts'

const ASK_MS = 20_000
const TASKS_REMEMBERED = 10_000
/** A device may erase flash between two ranges (protocol.md §7). */
const IDLE_MS = 75_000
/** For the head of a request: long enough for slow devices, too short for a slowloris attack. */
const HEAD_MS = 30_000
/** A client that accepts no byte for this long is gone; one that accepts a few is only slow. */
const STUCK_MS = 900_000
/** There are many more connections idle between ranges than downloads; the limit leaves file descriptors for MQTT. */
const connectionsFor = (maxDownloads: number): number => Math.max(4_096, maxDownloads * 5)

type Post = (message: FromWorker) => void

const createLog = (post: Post): Log => {
  const log =
    (level: 'debug' | 'warn' | 'error') =>
    (fields: object, message: string): void =>
      post({ type: 'log', level, fields, message })
  return { trace: log('debug'), debug: log('debug'), info: log('debug'), warn: log('warn'), error: log('error') }
}

const monotonic = (): number => performance.now()

const createHttp = (): Server => {
  const server = createServer({
    keepAliveTimeout: IDLE_MS,
    headersTimeout: HEAD_MS,
    requestTimeout: HEAD_MS,
    connectionsCheckingInterval: HEAD_MS / 3,
    requireHostHeader: false,
    keepAlive: true,
    keepAliveInitialDelay: IDLE_MS,
  })
  server.timeout = STUCK_MS
  return server
}

/** `::` is left to Node, which uses IPv4 on a machine without IPv6. */
const listen = (server: Server, { host, port }: WorkerConfig, post: Post, log: Log): void => {
  server.on('error', (error) => {
    if (server.listening) log.warn({ cause: error.message }, 'a download connection could not be accepted')
    else post({ type: 'refused', reason: error.message })
  })
  server.listen({ port, ...(host === '::' ? {} : { host }) }, () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') post({ type: 'listening', port: address.port })
  })
}

/** Lets running downloads end within `graceMs`, and cuts off the rest. */
const close = (server: Server, graceMs: number, closed: () => void): void => {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  server.close(() => {
    clearTimeout(cut)
    closed()
  })
  server.closeIdleConnections()
}

/** Counts responses by status; while the server is closing, a connection is closed after its last response. */
const watchAnswers = (server: Server, changed: () => void): Record<string, number> => {
  const requests: Record<string, number> = {}
  server.on('request', (_request, response: ServerResponse) => {
    response.once('close', () => {
      if (response.headersSent) requests[response.statusCode] = (requests[response.statusCode] ?? 0) + 1
      changed()
      if (!server.listening) server.closeIdleConnections()
    })
  })
  return requests
}

const start = (config: WorkerConfig, port: NonNullable<typeof parentPort>): void => {
  const post: Post = (message) => port.postMessage(message)
  const log = createLog(post)
  const server = createHttp()
  const asks = createAsks(post, ASK_MS)
  const grants = createGrants((task) => asks.ask(task), TASKS_REMEMBERED)
  const changed = (): void => reports.changed(false)
  const turnedAway = createTurnedAway(log, monotonic)
  const bounds = createConnectionBounds(server, {
    most: connectionsFor(config.maxDownloads),
    pendingPerAddress: config.maxPendingPerAddress,
    turnedAway: (reason, address) => turnedAway.add(reason, { address }),
    changed,
  })
  const slots = createTransferSlots({
    max: config.maxDownloads,
    idleMs: config.idleMs,
    now: monotonic,
    changed,
    turnedAway: (task) => turnedAway.add('task', { task }),
  })
  const report = (): void => post({ type: 'served', reports: byteCount.drain(), stats: stats(), crowd: crowd() })
  const reports = createServedReports(report, config.reportMs)
  const byteCount = createByteCount({
    now: monotonic,
    changed: (atOnce) => reports.changed(atOnce),
    dropped: (task) => grants.forget(task),
    limit: TASKS_REMEMBERED,
    everyMs: config.reportMs,
  })
  const requests = watchAnswers(server, changed)
  const crowd = (): DownloadCrowd => ({ connections: bounds.count(), turnedAway: turnedAway.counts() })
  const stats = (): DownloadStats => ({ bytes: byteCount.bytes(), requests, active: slots.active(), waiting: slots.waiting() })
  const send = createSender(createBandwidth(config.bytesPerSecond, monotonic), monotonic)
  const deliveries = createDeliveries(server, config.quietMs)
  const images = createImageCache(config.cacheBytes)
  const handler = createHandler({
    key: config.key,
    grants,
    slots,
    images,
    byteCount,
    send,
    deliveries,
    proven: bounds.proven,
    faulty: createFaultReports(log, (image) => post({ type: 'faulty', image }), monotonic),
    now: asks.now,
    log,
  })
  server.on('request', inOrder(handler.listener, log))

  port.on('message', (message: ToWorker) => {
    if (message.type === 'answer') return asks.answered(message)
    if (message.type === 'forget') {
      grants.forget(message.task)
      return void handler.recheck(message.task)
    }
    if (message.type === 'returned') return slots.returned(message.task)
    slots.shut()
    close(server, message.graceMs, () => {
      reports.stop()
      report()
      port.close()
    })
  })
  listen(server, config, post, log)
}

/** Added to the niceness of MQTT's thread, which the service may have set. */
const NICER = 10
const NICEST = 19

/** On Linux each thread has its own priority, at first that of its creator: if both need the CPU, MQTT goes first and downloads get the rest. */
const yieldToMqtt = (): void => {
  if (platform() !== 'linux') return
  try {
    setPriority(Math.min(NICEST, getPriority() + NICER))
  } catch {
    // Not permitted on this system: both threads have the same priority.
  }
}

if (parentPort === null) throw new Error('this is the entry of a worker thread: createDownloads starts it')
const config: WorkerConfig = workerData
yieldToMqtt()
start(config, parentPort)
