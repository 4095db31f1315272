// The worker's entry: the HTTP server of the images, on its own thread and ports, wired from its parts. It starts when its first message says
// how. Knows the core only through messages.

import type { ServerResponse } from 'node:http'
import { getPriority, platform, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import type { Log } from '../log.ts'
import { type Asks, createAsks } from './asks.ts'
import { createBandwidth } from './bandwidth.ts'
import type { BareSocket } from './bare-socket.ts'
import { createSender } from './body.ts'
import { createByteCount } from './byte-count.ts'
import { type ConnectionBounds, createConnectionBounds } from './connection-bounds.ts'
import { createDeliveries } from './delivered.ts'
import { createDoors, type DoorFault, type Doors, type DoorsOptions, idleMs } from './doors.ts'
import { createFaultReports } from './fault-reports.ts'
import { createGrants, type Grants } from './grants.ts'
import { createHandler, type Handler } from './handler.ts'
import { createImageCache } from './image-cache.ts'
import { createImageHead } from './image-head.ts'
import { inOrder } from './in-order.ts'
import type { DownloadCrowd, DownloadStats, FromWorker, ToWorker, WorkerConfig } from './messages.ts'
import { createQuickConnections } from './quick-connection.ts'
import { createServedReports } from './served-reports.ts'
import { createTransferSlots, type TransferSlots } from './transfer-slots.ts'
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

const openDoors = ({ plain, tls }: WorkerConfig, turnedAway: TurnedAway, log: Log, first: DoorsOptions['first']): Doors =>
  createDoors({
    ...(first && { first }),
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

interface Answers {
  readonly counts: { readonly [status: string]: number }
  add(status: number): void
}

/** Counts responses by status. */
const watchAnswers = ({ events }: Doors, changed: () => void): Answers => {
  const counts: Record<string, number> = {}
  const add = (status: number): void => {
    counts[status] = (counts[status] ?? 0) + 1
    changed()
  }
  events.on('request', (_request, response: ServerResponse) => {
    response.once('close', () => (response.headersSent ? add(response.statusCode) : changed()))
  })
  return { counts, add }
}

const boundsOf = (config: WorkerConfig, doors: Doors, turnedAway: TurnedAway, changed: () => void): ConnectionBounds =>
  createConnectionBounds(doors.events, {
    most: connectionsFor(config.maxDownloads),
    pendingPerAddress: config.maxPendingPerAddress,
    turnedAway: (reason, address) => turnedAway.add(reason, { address }),
    changed,
  })

const slotsOf = (config: WorkerConfig, turnedAway: TurnedAway, changed: () => void): TransferSlots =>
  createTransferSlots({
    max: config.maxDownloads,
    idleMs: config.idleMs,
    now: monotonic,
    changed,
    turnedAway: (task) => turnedAway.add('task', { task }),
  })

interface Heard {
  readonly asks: Asks
  readonly grants: Grants
  readonly handler: Handler
  readonly slots: TransferSlots
  readonly doors: Doors
  readonly stop: (graceMs: number) => void
}

type Listener = (message: ToWorker) => void

/** What the core says. */
const hear =
  ({ asks, grants, handler, slots, doors, stop }: Heard): Listener =>
  (message) => {
    if (message.type === 'answer') asks.answered(message)
    if (message.type === 'forget') {
      for (const task of message.tasks) {
        grants.forget(task)
        void handler.recheck(task)
      }
    }
    if (message.type === 'returned') slots.returned(message.task)
    if (message.type === 'renew') doors.renew(message.certificate)
    if (message.type === 'close') stop(message.graceMs)
  }

/** What it gives back takes all further messages. */
const start = (config: WorkerConfig, port: NonNullable<typeof parentPort>): Listener => {
  const post: Post = (message) => port.postMessage(message)
  const log = createLog(post)
  const asks = createAsks(post, ASK_MS)
  const grants = createGrants((task) => asks.ask(task), TASKS_REMEMBERED)
  const changed = (): void => reports.changed(false)
  const turnedAway = createTurnedAway(log, monotonic)
  const first = (socket: BareSocket): void => {
    bounds.entered(socket)
    quick.take(socket)
  }
  // Who shares a bandwidth waits for it elsewhere.
  const doors = openDoors(config, turnedAway, log, config.bytesPerSecond > 0 ? undefined : first)
  const bounds = boundsOf(config, doors, turnedAway, changed)
  const slots = slotsOf(config, turnedAway, changed)
  const report = (): void => post({ type: 'served', reports: byteCount.drain(), stats: stats(), crowd: crowd() })
  const reports = createServedReports(report, config.reportMs, monotonic)
  const byteCount = createByteCount({
    now: monotonic,
    changed: (atOnce) => reports.changed(atOnce),
    dropped: (task) => grants.forget(task),
    limit: TASKS_REMEMBERED,
    everyMs: config.reportMs,
  })
  const answers = watchAnswers(doors, changed)
  const crowd = (): DownloadCrowd => ({ connections: bounds.count(), turnedAway: turnedAway.counts() })
  const stats = (): DownloadStats => ({
    bytes: byteCount.bytes(),
    requests: answers.counts,
    active: slots.active(),
    waiting: slots.waiting(),
  })
  const images = createImageCache(config.cacheBytes)
  const shared = { key: config.key, grants, slots, images, byteCount, now: asks.now }
  const quick = createQuickConnections({
    ...shared,
    bounds,
    head: createImageHead(idleMs, Date.now),
    counted: answers.add,
    quietMs: config.quietMs,
    monotonic,
  })
  const handler = createHandler({
    ...shared,
    send: createSender(createBandwidth(config.bytesPerSecond, monotonic), monotonic),
    deliveries: createDeliveries(doors.events, config.quietMs),
    proven: bounds.proven,
    faulty: createFaultReports(log, (image) => post({ type: 'faulty', image }), monotonic),
    log,
  })
  doors.events.on('request', inOrder(handler.listener, log))

  const stop = (graceMs: number): void => {
    slots.shut()
    void Promise.all([quick.shut(graceMs), doors.close(graceMs)]).then(() => {
      reports.stop()
      report()
      port.close()
    })
  }
  listen(doors, post)
  return hear({ asks, grants, handler, slots, doors, stop })
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

const port = parentPort
if (port === null) throw new Error('this is the entry of a worker thread: loadThread starts it')
yieldToMqtt()
let started: Listener | undefined
port.on('message', (message: ToWorker) => {
  if (message.type === 'start') started = start(message.config, port)
  else started?.(message)
})
