// The composition root: opens store, core, broker, downloads and admin, and closes them in reverse. Knows every room; no room knows it.

import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { createEventLog, type EventLog } from './admin/event-log.ts'
import { createMetrics, type Metrics } from './admin/metrics.ts'
import { type AdminDeps, prepareAdmin } from './admin/server.ts'
import { createBackups } from './backup/backups.ts'
import { pageText } from './bundled.ts'
import { checkPairs, checkValidity, watchCertificates } from './certificates.ts'
import { type Description, removeDescription, writeDescription } from './data-dir.ts'
import { instanceOf, isPastFirstHour, markData, openData } from './data-open.ts'
import { checkDescriptors, type DescriptorWatch, watchDescriptors } from './descriptors.ts'
import { announce } from './lan/announcement.ts'
import type { Log } from './log.ts'
import { checkBroker } from './mqtt/broker.ts'
import { createClock, latestTime } from './ota/clock.ts'
import type { Meter } from './ota/ports/observers.ts'
import { openEntrance } from './server-access.ts'
import { describeServer, listeningOf, reachOf } from './server-addresses.ts'
import { type Closers, closedBy, createClosers } from './server-closers.ts'
import { type OpenCore, openCore } from './server-core.ts'
import { connectMetrics, type MachineReadings, timed } from './server-metrics.ts'
import { afterReload, createSite } from './server-site.ts'
import { type LoadedThread, loadDownloads } from './server-thread.ts'
import { openAlerts } from './server-webhooks.ts'
import type { Settings } from './settings.ts'
import { openStore } from './store/records.ts'
import { createStoreHealth } from './store-health.ts'
import { openImages } from './stored-images.ts'
import { pairOf } from './tls-pair.ts'

export interface ServerOptions {
  readonly settings: Settings
  readonly log: Log
  readonly version: string
  /** Start although parts of the store's log are damaged, and do without what was in them. */
  readonly acceptLoss?: boolean
  /** Lines of the log that could not be written, for the metrics. */
  readonly logDropped?: () => number
  /** The thread of downloads, if it is loading already. It is ended with the server, also if that does not start. */
  readonly thread?: LoadedThread
}

export interface Running {
  readonly description: Description
  /** The directory with the store, the images and the token, absolute. */
  readonly dataDir: string
  /** A code that signs a browser in once, while nobody has signed in yet; null afterwards. */
  firstCode(): Promise<string | null>
  /** Applies new certificates and users; other settings need a restart. After OTA_BAD_SETTINGS nothing has changed. */
  reload(settings: Settings): Promise<void>
  /** Stops accepting requests, finishes running ones, closes. Resolves when all is on disk; a second call waits for the first. */
  close(): Promise<void>
}

const eventsKept = 10_000

interface Base extends ServerOptions {
  readonly dataDir: string
  readonly metrics: Metrics
  readonly events: EventLog
  readonly meter: Meter
  readonly closers: Closers
  readonly thread: LoadedThread
}

/** Store, sessions and clock: needed before anything else starts. */
const openBase = async ({ dataDir, metrics, closers, settings, log, version, acceptLoss = false }: Base) => {
  const health = createStoreHealth(dataDir, log, Date.now)
  const rules = { requireExisting: settings.requireExisting, acceptLoss, wrote: health.wrote }
  const { batches, sessions, openSnapshot, lost, isMarked } = await openData({ ...rules, directory: dataDir, log, now: Date.now() })
  closers.add(() => batches.close())
  const endWatch = health.watch(batches)
  closers.add(async () => endWatch())
  let now: () => number = Date.now
  const webhooks = await openAlerts({ batches, health, log, version, closers, now: () => now() })
  const store = await openStore(timed(batches, metrics), webhooks.companion)
  if (!isMarked) await markData(dataDir, store)
  const mayRemove = await isPastFirstHour(store, Date.now())
  const files = await openImages(join(dataDir, 'images'), { packages: [...store.reads.firmwares()], mayRemove, log })
  const linkKey = await store.writes.secret('link', () => randomBytes(32).toString('hex'))
  now = createClock(Date.now, () => performance.now(), latestTime(store))
  return { batches, store, files, linkKey, now, sessions, openSnapshot, lost, health, webhooks }
}

type Opened = Awaited<ReturnType<typeof openBase>>

const backupsOf = async ({ version, log }: Base, { openSnapshot, files, store, now }: Opened, token: () => string) =>
  createBackups({ openSnapshot, imagePath: files.path, token, version, instance: await instanceOf(store), now, log })

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

const announceIt = async (
  { settings, version, log, closers }: Base,
  { store }: Opened,
  addresses: Parameters<typeof listeningOf>[1],
): Promise<void> => {
  if (!settings.announce) return
  const announcement = await announce({ ...listeningOf(settings, addresses), version, id: await instanceOf(store), log })
  closers.add(() => announcement.close())
}

interface ApiParts extends Pick<AdminDeps, 'site' | 'ready' | 'page'> {
  readonly entrance: Awaited<ReturnType<typeof openEntrance>>
}

/** It does not listen yet. */
const apiOf = async (base: Base, opened: Opened, { core, broker, downloads, floor }: OpenCore, { entrance, ...parts }: ApiParts) => {
  const { settings, log, version, metrics, events } = base
  const { webhooks, files, health, linkKey, now } = opened
  return await prepareAdmin({
    ...parts,
    ...entrance,
    listen: settings.admin.listen,
    tls: pairOf(settings.admin),
    webhooks,
    stations: floor.stations,
    backups: await backupsOf(base, opened, entrance.token),
    trustedProxies: settings.admin.trustedProxies,
    operators: core.operators,
    files,
    maxFileBytes: settings.firmware.maxFileBytes,
    storeFailure: health.failure,
    version,
    reach: () => ({ ...reachOf(settings, broker.urls, downloads.ports), probe: downloads.probe() }),
    log,
    metrics,
    events,
    ota: settings.ota,
    etagKey: linkKey,
    now,
  })
}

const start = async (base: Base, state: { closing: boolean }): Promise<Running> => {
  const { settings, log, version, dataDir, metrics, closers } = base
  warnOfPackets(settings, log)
  const page = pageText()
  // It is waited for later, if at all.
  page.catch(() => undefined)
  await checkDescriptors(settings.mqtt.maxConnections + settings.firmware.maxDownloads, log)
  const watch = closedBy(closers, watchDescriptors(log))
  const certificates = closedBy(closers, watchCertificates(log, Date.now))
  certificates.use(settings)
  const opened = await openBase(base)
  const running = await openCore({ ...base, ...opened })
  const { broker, downloads } = running
  const machine = { ...machineReadings(base, opened, watch), certificates: certificates.seconds }
  connectMetrics(metrics, { ...running, webhooks: opened.webhooks }, machine)
  const entrance = await openEntrance({ ...opened, dataDir, log, closers })
  let effective = settings
  const parts = { dataDir: resolve(dataDir), startedAt: opened.now(), broker, downloads, machine }
  const site = createSite({ ...parts, settings: () => effective, adminUrl: () => admin.listening })
  const api = await apiOf(base, opened, running, { site, entrance, ready: () => !state.closing, page: await page })
  closers.add(() => api.close())
  await running.start()
  // Of what runs, it ends first.
  closers.add(() => api.close())
  const admin = await api.listen()
  const addresses = { mqtt: broker.urls, downloads: downloads.ports, admin: admin.url }
  const describe = (now: Settings): Description => describeServer(now, { version, ...addresses })
  const description = describe(settings)
  await writeDescription(dataDir, description)
  closers.add(() => removeDescription(dataDir))
  await announceIt(base, opened, addresses)
  return {
    description,
    dataDir,
    firstCode: entrance.access.firstCode,
    async reload(next) {
      const [ofDownloads, ofAdmin] = [pairOf(next.firmware), pairOf(next.admin)]
      checkPairs({ 'firmware.cert': ofDownloads, 'admin.cert': ofAdmin })
      broker.reload(next.mqtt)
      warnOfPackets(next, log)
      if (ofDownloads !== null) downloads.renew(ofDownloads)
      if (ofAdmin !== null) admin.renew(ofAdmin)
      certificates.use(next)
      if (settings.admin.cert !== null) await writeDescription(dataDir, describe({ ...settings, admin: next.admin }))
      effective = afterReload(effective, next)
    },
    close() {
      state.closing = true
      return closers.close()
    },
  }
}

/** Checks values that the schema cannot check; OTA_BAD_SETTINGS names each fault with its path. Opens nothing. */
export const checkSettings = (settings: Settings): void => {
  checkBroker(settings.mqtt)
  checkValidity(settings, Date.now())
}

/** Opens everything and listens. If that fails, what was opened is closed again, and the OtaError says what to do. */
export const startServer = async ({ thread = loadDownloads(), ...options }: ServerOptions): Promise<Running> => {
  const closers = createClosers(options.log)
  const metrics = createMetrics()
  const events = createEventLog({ capacity: eventsKept, now: Date.now })
  const dataDir = resolve(options.settings.dataDir)
  try {
    closers.add(async () => void (await thread.worker.terminate()))
    return await start({ ...options, dataDir, metrics, events, meter: metrics, closers, thread }, { closing: false })
  } catch (error) {
    await closers.close()
    throw error
  }
}
