// The worker's entry: the HTTP server of the images, on its own thread and ports, wired from its parts. It starts when it is
// loaded. Knows the core only through messages.

import type { ServerResponse } from 'node:http'
import { getPriority, platform, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Log } from '../log.ts'
import { createAsks } from './asks.ts'
import { createBandwidth } from './bandwidth.ts'
import { createSender } from './body.ts'
import { createByteCount } from './byte-count.ts'
import { createConnectionBounds } from './connection-bounds.ts'
import { createDeliveries } from './delivered.ts'
import { createDoors, type DoorFault, type Doors } from './doors.ts'
import { createFaultReports } from './fault-reports.ts'
import { createGrants } from './grants.ts'
import { createHandler } from './handler.ts'
import { createImageCache } from './image-cache.ts'
import { inOrder } from './in-order.ts'
import type { DownloadCrowd, DownloadStats, FromWorker, ToWorker, WorkerConfig } from './messages.ts'
import { createServedReports } from './served-reports.ts'
import { createTransferSlots } from './transfer-slots.ts'
import { createTurnedAway, type TurnedAway } from './turned-away.ts'

const ASK_MS = 20_000
const TASKS_REMEMBERED = 10_000
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

const openDoors = ({ plain, tls }: WorkerConfig, turnedAway: TurnedAway, log: Log): Doors =>
  createDoors({
    plain,
    tls,
    log,
    failed: ({ remoteAddress = '' }, why) => turnedAway.add('tls', { address: remoteAddress, why }),
  })

const listen = (doors: Doors, post: Post): void =>
  void doors.listen().then(
    (ports) => post({ type: 'listening', ports }),
    ({ at, message }: DoorFault) => post({ type: 'refused', at, reason: message }),
  )

/** Counts responses by status. */
const watchAnswers = ({ events }: Doors, changed: () => void): Record<string, number> => {
  const requests: Record<string, number> = {}
  events.on('request', (_request, response: ServerResponse) => {
    response.once('close', () => {
      if (response.headersSent) requests[response.statusCode] = (requests[response.statusCode] ?? 0) + 1
      changed()
    })
  })
  return requests
}

const start = (config: WorkerConfig, port: NonNullable<typeof parentPort>): void => {
  const post: Post = (message) => port.postMessage(message)
  const log = createLog(post)
  const asks = createAsks(post, ASK_MS)
  const grants = createGrants((task) => asks.ask(task), TASKS_REMEMBERED)
  const changed = (): void => reports.changed(false)
  const turnedAway = createTurnedAway(log, monotonic)
  const doors = openDoors(config, turnedAway, log)
  const bounds = createConnectionBounds(doors.events, {
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
  const requests = watchAnswers(doors, changed)
  const crowd = (): DownloadCrowd => ({ connections: bounds.count(), turnedAway: turnedAway.counts() })
  const stats = (): DownloadStats => ({ bytes: byteCount.bytes(), requests, active: slots.active(), waiting: slots.waiting() })
  const send = createSender(createBandwidth(config.bytesPerSecond, monotonic), monotonic)
  const deliveries = createDeliveries(doors.events, config.quietMs)
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
  doors.events.on('request', inOrder(handler.listener, log))

  port.on('message', (message: ToWorker) => {
    if (message.type === 'answer') return asks.answered(message)
    if (message.type === 'forget') {
      for (const task of message.tasks) {
        grants.forget(task)
        void handler.recheck(task)
      }
      return
    }
    if (message.type === 'returned') return slots.returned(message.task)
    if (message.type === 'renew') return doors.renew(message.certificate)
    slots.shut()
    void doors.close(message.graceMs).then(() => {
      reports.stop()
      report()
      port.close()
    })
  })
  listen(doors, post)
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
