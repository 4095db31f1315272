// The composition root: opens store, core, broker, downloads and admin, and closes them in reverse. Knows every room; no room knows it.

import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { createEventLog, type EventLog } from './admin/event-log.ts'
import { createMetrics, type Metrics } from './admin/metrics.ts'
import { createAdmin } from './admin/server.ts'
import { downloadWorker } from './bundled.ts'
import { type Description, readToken, removeDescription, writeDescription } from './data-dir.ts'
import { instanceOf, isPastFirstHour, markData, openData } from './data-open.ts'
import { checkDescriptors, type DescriptorWatch, watchDescriptors } from './descriptors.ts'
import { createDownloads } from './download/server.ts'
import { announce, type Listening } from './lan/announcement.ts'
import type { Log } from './log.ts'
import { checkBroker, createBroker } from './mqtt/broker.ts'
import { createClock } from './ota/clock.ts'
import { fogcloud } from './ota/dialects/fogcloud.ts'
import { createOrchestrator, type Orchestrator } from './ota/orchestrator.ts'
import type { DownloadSide } from './ota/ports/downloads.ts'
import type { Meter } from './ota/ports/observers.ts'
import type { Store } from './ota/ports/store.ts'
import { connectMetrics, type MachineReadings, timed } from './server-metrics.ts'
import { afterReload, createSite } from './server-site.ts'
import { listenerAddress, type Settings } from './settings.ts'
import { openStore } from './store/records.ts'
import { createStoreHealth } from './store-health.ts'
import { openImages } from './stored-images.ts'

export interface ServerOptions {
  readonly settings: Settings
  readonly log: Log
  readonly version: string
  /** Start although parts of the store's log are damaged, and do without what was in them. */
  readonly acceptLoss?: boolean
  /** Lines of the log that could not be written, for the metrics. */
  readonly logDropped?: () => number
}

export interface Running {
  readonly description: Description
  /** The directory with the store, the images and the token, absolute. */
  readonly dataDir: string
  /** Applies new certificates and users; other settings need a restart. After OTA_BAD_SETTINGS nothing has changed. */
  reload(settings: Settings): Promise<void>
  /** Stops accepting requests, finishes running ones, closes. Resolves when all is on disk; a second call waits for the first. */
  close(): Promise<void>
}

const tickMs = 250
const eventsKept = 10_000

/** What was opened so far is closed in reverse, also if the start fails half way. */
const createClosers = (log: Log) => {
  const closers: (() => Promise<void>)[] = []
  return {
    add: (close: () => Promise<void>): void => void closers.push(close),
    async close(): Promise<void> {
      for (const close of closers.splice(0).reverse()) {
        await close().catch((error: unknown) => log.error({ err: error }, 'could not close a part of the server'))
      }
    },
  }
}

/** The latest time in the store: the clock never starts before it, whatever the machine's clock says at boot. */
const latestTime = (store: Store): number => {
  let latest = store.queries.clock()?.at ?? 0
  for (const task of store.reads.openTasks()) latest = Math.max(latest, task.createdAt, task.signAt ?? 0, task.notifiedAt ?? 0)
  return latest
}

const startTicking = (core: Orchestrator, log: Log): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  const tick = async (): Promise<void> => {
    await core.tick().catch((error: unknown) => log.error({ err: error }, 'work that is due failed'))
    running = undefined
  }
  const timer = setInterval(() => {
    running ??= tick()
  }, tickMs)
  return async () => {
    clearInterval(timer)
    await running
  }
}

interface Base extends ServerOptions {
  readonly dataDir: string
  readonly metrics: Metrics
  readonly events: EventLog
  readonly meter: Meter
  readonly closers: ReturnType<typeof createClosers>
}

/** Store, sessions and clock: needed before anything else starts. */
const openBase = async ({ dataDir, metrics, closers, settings, log, acceptLoss = false }: Base) => {
  const health = createStoreHealth(dataDir, log, Date.now)
  const rules = { requireExisting: settings.requireExisting, acceptLoss, wrote: health.wrote }
  const { batches, sessions, lost, isMarked } = await openData({ ...rules, directory: dataDir, log, now: Date.now() })
  closers.add(() => batches.close())
  const endWatch = health.watch(batches)
  closers.add(async () => endWatch())
  const store = await openStore(timed(batches, metrics))
  if (!isMarked) await markData(dataDir, store)
  const mayRemove = await isPastFirstHour(store, Date.now())
  const files = await openImages(join(dataDir, 'images'), { packages: [...store.reads.firmwares()], mayRemove, log })
  const linkKey = await store.writes.secret('link', () => randomBytes(32).toString('hex'))
  const now = createClock(Date.now, () => performance.now(), latestTime(store))
  return { store, files, linkKey, now, sessions, lost, health }
}

type Opened = Awaited<ReturnType<typeof openBase>>

/** Broker, core and downloads use each other through ports; the broker accepts no connections and the core does nothing until all exist. */
const openCore = async (base: Base, { store, files, linkKey, now, sessions }: Opened) => {
  const { settings, log, closers } = base
  const { enrolment } = settings.devices
  const broker = await createBroker({
    ...base,
    settings: settings.mqtt,
    dialect: fogcloud,
    enrolment,
    rows: sessions,
    now,
    registry: {
      device: (key) => core.device(key),
      enrol: (...who) => core.enrol(...who),
      admitted: (key) => core.admitted(key),
      connectRefused: (refused) => core.connectRefused(refused),
      noteConnection: (...note) => core.noteConnection(...note),
    },
  })
  closers.add(() => broker.close())
  const core: Orchestrator = createOrchestrator({
    ...base,
    store,
    now,
    enrolment,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    dialect: fogcloud,
    // No more devices are notified than may download.
    settings: { ...settings.ota, serverInProgress: settings.ota.serverInProgress ?? settings.firmware.maxDownloads },
    transport: broker.transport,
    downloads: {
      url: (...link) => downloads.url(...link),
      forget: (task) => downloads.forget(task),
      returned: (task) => downloads.returned(task),
    },
  })
  const side: DownloadSide = {
    grant: (task) => core.grant(task),
    served: (report) => core.served(report),
    faulty: (image) => core.faulty(image),
  }
  const { listen, idleSeconds, ...bounds } = settings.firmware
  const downloads = await createDownloads({
    workerUrl: downloadWorker(),
    ...bounds,
    ...listen,
    key: linkKey,
    idleMs: idleSeconds * 1000,
    imagePath: files.path,
    digestsPath: files.digestsPath,
    side,
    log,
    now,
  })
  closers.add(() => downloads.close())
  await core.start()
  closers.add(() => core.stop())
  closers.add(startTicking(core, log))
  await broker.listen(core)
  return { broker, core, downloads }
}

/** For use on this machine: a wildcard address becomes the loopback address. */
const reachable = (url: string): string => url.replace(/^(\w+:\/\/)(?:\[::\]|0\.0\.0\.0)(?=[:/])/, '$1127.0.0.1')

const urlOn = (host: string, port: number): string =>
  reachable(`http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`)

const tlsOf = ({ admin: { cert, key } }: Settings): { readonly cert: string; readonly key: string } | null =>
  cert === null || key === null ? null : { cert, key }

const machineReadings = ({ logDropped }: Base, { lost, health }: Opened, watch: DescriptorWatch): MachineReadings => ({
  storeLost: () => lost,
  storeFailed: () => health.failure() !== null,
  descriptorsExhausted: watch.exhausted,
  ...(logDropped !== undefined && { logDropped }),
})

/** A gateway's largest message must fit into a packet: a larger one closes its connection. */
const warnOfPackets = ({ mqtt: { maxPacketBytes }, ota: { maxFamilyUplinkBytes } }: Settings, log: Log): void => {
  if (maxPacketBytes < maxFamilyUplinkBytes)
    log.warn(
      { maxPacketBytes, maxFamilyUplinkBytes },
      'mqtt.maxPacketBytes is below ota.maxFamilyUplinkBytes: gateways whose message about all their sub-devices is larger are disconnected',
    )
}

/** What the listeners of the settings listen on, with the ports in use. */
const listening = (
  { firmware, admin }: Settings,
  urls: readonly string[],
  ports: { readonly firmware: number; readonly admin: string },
) => {
  const mqtt: Listening[] = urls.flatMap((url) => listenerAddress(url) ?? [])
  const api = new URL(ports.admin)
  return {
    mqtt,
    firmware: { scheme: 'http', host: firmware.listen.host, port: ports.firmware },
    admin: { scheme: api.protocol.replace(':', ''), host: admin.listen.host, port: Number(api.port) },
  }
}

const start = async (base: Base, state: { closing: boolean }): Promise<Running> => {
  const { settings, log, version, dataDir, metrics, closers } = base
  warnOfPackets(settings, log)
  await checkDescriptors(settings.mqtt.maxConnections + settings.firmware.maxDownloads, log)
  const watch = watchDescriptors(log)
  closers.add(async () => watch.close())
  const opened = await openBase(base)
  const parts = await openCore(base, opened)
  const { broker, core, downloads } = parts
  const machine = machineReadings(base, opened, watch)
  connectMetrics(metrics, parts, machine)
  const token = await readToken(dataDir)
  let effective = settings
  const site = createSite({ broker, downloads, machine, settings: () => effective, adminUrl: () => admin.listening })
  const admin = await createAdmin({
    site,
    listen: settings.admin.listen,
    tls: tlsOf(settings),
    token: () => token,
    operators: core.operators,
    files: opened.files,
    maxFileBytes: settings.firmware.maxFileBytes,
    ready: () => !state.closing,
    storeFailure: opened.health.failure,
    version,
    log,
    metrics,
    events: base.events,
    ota: settings.ota,
    etagKey: opened.linkKey,
    now: opened.now,
  })
  closers.add(() => admin.close())
  const firmware = urlOn(settings.firmware.listen.host, downloads.port)
  const description: Description = { pid: process.pid, version, mqtt: broker.urls.map(reachable), firmware, admin: admin.url }
  await writeDescription(dataDir, description)
  closers.add(() => removeDescription(dataDir))
  if (settings.announce) {
    const where = listening(settings, broker.urls, { firmware: downloads.port, admin: admin.url })
    const announcement = await announce({ ...where, version, id: await instanceOf(opened.store), log })
    closers.add(() => announcement.close())
  }
  return {
    description,
    dataDir,
    async reload(next) {
      broker.reload(next.mqtt)
      warnOfPackets(next, log)
      const renewed = tlsOf(next)
      if (renewed !== null) admin.renew(renewed)
      effective = afterReload(effective, next)
    },
    close() {
      state.closing = true
      return closers.close()
    },
  }
}

/** Checks values that the schema cannot check; OTA_BAD_SETTINGS names each fault with its path. Opens nothing. */
export const checkSettings = ({ mqtt }: Settings): void => checkBroker(mqtt)

/** Opens everything and listens. If that fails, what was opened is closed again, and the OtaError says what to do. */
export const startServer = async (options: ServerOptions): Promise<Running> => {
  const closers = createClosers(options.log)
  const metrics = createMetrics()
  const events = createEventLog({ capacity: eventsKept, now: Date.now })
  const dataDir = resolve(options.settings.dataDir)
  try {
    return await start({ ...options, dataDir, metrics, events, meter: metrics, closers }, { closing: false })
  } catch (error) {
    await closers.close()
    throw error
  }
}
