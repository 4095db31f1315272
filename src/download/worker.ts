// The worker's entry: the HTTP server of the images, on its own thread and port, wired from its parts. As an entry it starts
// when it is loaded. Knows the core only through messages.

import { createServer, type Server, type ServerResponse } from 'node:http'
import { constants, platform, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Log } from '../log.ts'
import { createAsks } from './asks.ts'
import { createBandwidth } from './bandwidth.ts'
import { createSender } from './body.ts'
import { createByteCount } from './byte-count.ts'
import { createDeliveries } from './delivered.ts'
import { createGrants } from './grants.ts'
import { createHandler } from './handler.ts'
import { createImageCache } from './image-cache.ts'
import type { DownloadStats, FromWorker, ToWorker, WorkerConfig } from './messages.ts'
import { createServedReports } from './served-reports.ts'
import { createTransferSlots } from './transfer-slots.ts'

const ASK_MS = 20_000
const TASKS_REMEMBERED = 10_000
/** A device erases flash between two ranges (protocol.md §7). */
const IDLE_MS = 75_000
/** For a request's head: a slow-loris gives up sooner than a slow device. */
const HEAD_MS = 30_000
/** A client that takes not one byte this long is gone; one that takes a few is only slow. */
const STUCK_MS = 900_000
/** Idle connections between ranges are many more than downloads, but not so many that MQTT runs out of descriptors. */
const connectionsFor = (maxDownloads: number): number => Math.max(4_096, maxDownloads * 20)

type Post = (message: FromWorker) => void

const createLog = (post: Post): Log => {
  const say =
    (level: 'debug' | 'warn' | 'error') =>
    (fields: object, message: string): void =>
      post({ type: 'log', level, fields, message })
  return { trace: say('debug'), debug: say('debug'), info: say('debug'), warn: say('warn'), error: say('error') }
}

const monotonic = (): number => performance.now()

const createHttp = (config: WorkerConfig): Server => {
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
  server.maxConnections = connectionsFor(config.maxDownloads)
  return server
}

/** The dual-stack address is left to Node, which falls back to IPv4 on a machine without IPv6. */
const listen = (server: Server, { host, port }: WorkerConfig, post: Post, log: Log): void => {
  server.on('error', (error) => {
    if (server.listening) log.warn({ cause: error.message }, 'a connection for downloads could not be taken')
    else post({ type: 'refused', reason: error.message })
  })
  server.listen({ port, ...(host === '::' ? {} : { host }) }, () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') post({ type: 'listening', port: address.port })
  })
}

/** Lets what runs end within the time, cuts the rest. */
const close = (server: Server, graceMs: number, closed: () => void): void => {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  server.close(() => {
    clearTimeout(cut)
    closed()
  })
  server.closeIdleConnections()
}

/** Counts answers by status; a connection that has got its last one is not kept when the server is closing. */
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
  const server = createHttp(config)
  const asks = createAsks(post, ASK_MS)
  const grants = createGrants((task) => asks.ask(task), TASKS_REMEMBERED)
  const slots = createTransferSlots(config.maxDownloads, config.waitMs, () => reports.changed(false))
  const reports = createServedReports(() => post({ type: 'served', reports: byteCount.drain(), stats: stats() }), config.reportMs)
  const byteCount = createByteCount({
    now: monotonic,
    changed: (atOnce) => reports.changed(atOnce),
    dropped: (task) => grants.forget(task),
    limit: TASKS_REMEMBERED,
    everyMs: config.reportMs,
  })
  const requests = watchAnswers(server, () => reports.changed(false))
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
    now: asks.now,
    log,
  })
  server.on('request', handler.listener)

  port.on('message', (message: ToWorker) => {
    if (message.type === 'answer') return asks.answered(message)
    if (message.type === 'forget') {
      grants.forget(message.task)
      return void handler.recheck(message.task)
    }
    slots.shut()
    close(server, message.graceMs, () => {
      reports.stop()
      post({ type: 'served', reports: byteCount.drain(), stats: stats() })
      port.close()
    })
  })
  listen(server, config, post, log)
}

/** On Linux a priority is a thread's own: when both want the processor, MQTT goes first and the downloads take the rest. */
const yieldToMqtt = (): void => {
  if (platform() !== 'linux') return
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // A system that forbids it: then they share.
  }
}

if (parentPort === null) throw new Error('this is the entry of a worker thread: createDownloads starts it')
const config: WorkerConfig = workerData
yieldToMqtt()
start(config, parentPort)
