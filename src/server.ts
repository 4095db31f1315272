// The composition root: opens store, core, broker, downloads and admin, and closes them in reverse. Knows every room; no room knows it.

import { resolve } from 'node:path'
import { createEventLog, type EventLog } from './admin/event-log.ts'
import type { Metrics } from './admin/metrics.ts'
import type { AdminDeps } from './admin/server.ts'
import { pageText } from './bundled.ts'
import { checkPairs, watchCertificates } from './certificates.ts'
import { type Description, removeDescription, writeDescription } from './data-dir.ts'
import { instanceOf } from './data-open.ts'
import { checkDescriptors, type DescriptorWatch, watchDescriptors } from './descriptors.ts'
import type { Log } from './log.ts'
import type { openEntrance } from './server-access.ts'
import { describeServer, listeningOf, reachOf } from './server-addresses.ts'
import { type BaseDeps, type Opened, openBase } from './server-base.ts'
import { type Closers, closedBy, createClosers } from './server-closers.ts'
import type { OpenCore } from './server-core.ts'
import { connectMetrics, type MachineReadings, timed } from './server-metrics.ts'
import { afterReload, createSite } from './server-site.ts'
import { type LoadedThread, loadDownloads } from './server-thread.ts'
import type { Settings } from './settings.ts'
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
  readonly events: EventLog
  readonly closers: Closers
  readonly thread: LoadedThread
}

/** A turn of the event loop: what opens meanwhile goes on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const loadMetrics = async (): Promise<Metrics> => (await import('./admin/metrics.ts')).createMetrics()

/**
 * The rest of the server is loaded while the store is opened, much of which other threads do; in parts, between which the opening goes on. What is
 * imported without a name is what takes longest of the part after it.
 */
const loadRest = async () => {
  await turn()
  const { openCore } = await import('./server-core.ts')
  await turn()
  const { openEntrance } = await import('./server-access.ts')
  await turn()
  await import('./admin/schemas.ts')
  await turn()
  await import('./admin/routes/campaign-routes.ts')
  await turn()
  const { prepareAdmin } = await import('./admin/server.ts')
  await turn()
  const { createBackups } = await import('./backup/backups.ts')
  return { openCore, openEntrance, prepareAdmin, createBackups }
}

type Rest = Awaited<ReturnType<typeof loadRest>>

interface Started extends Base {
  readonly metrics: Metrics
  readonly rest: Rest
}

const backupsOf = async ({ version, log, rest }: Started, { openSnapshot, files, store, now }: Opened, token: () => string) =>
  rest.createBackups({ openSnapshot, imagePath: files.path, token, version, instance: await instanceOf(store), now, log })

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
  const { announce } = await import('./lan/announcement.ts')
  const announcement = await announce({ ...listeningOf(settings, addresses), version, id: await instanceOf(store), log })
  closers.add(() => announcement.close())
}

interface ApiParts extends Pick<AdminDeps, 'site' | 'ready' | 'page'> {
  readonly entrance: Awaited<ReturnType<typeof openEntrance>>
}

/** It does not listen yet. */
const apiOf = async (base: Started, opened: Opened, { core, broker, downloads, floor }: OpenCore, { entrance, ...parts }: ApiParts) => {
  const { settings, log, version, metrics, events, rest } = base
  const { webhooks, files, health, linkKey, now } = opened
  return await rest.prepareAdmin({
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

/** Opens the store and loads the rest of the server, both at once. */
const open = async (base: Base) => {
  const { settings, acceptLoss = false } = base
  const loading = loadMetrics()
  const timing: BaseDeps['timed'] = async (batches) => timed(batches, await loading)
  const rest = loadRest()
  // Where the store cannot be opened, that is the failure; whatever was opened is closed once it is.
  rest.catch(() => undefined)
  const opened = await openBase({ ...base, requireExisting: settings.requireExisting, acceptLoss, timed: timing })
  return { opened, base: { ...base, metrics: await loading, rest: await rest } }
}

const start = async (begun: Base, state: { closing: boolean }): Promise<Running> => {
  const { settings, log, version, dataDir, closers } = begun
  warnOfPackets(settings, log)
  const page = pageText()
  // It is waited for later, if at all.
  page.catch(() => undefined)
  await checkDescriptors(settings.mqtt.maxConnections + settings.firmware.maxDownloads, log)
  const watch = closedBy(closers, watchDescriptors(log))
  const certificates = closedBy(closers, watchCertificates(log, Date.now))
  certificates.use(settings)
  const { opened, base } = await open(begun)
  const { metrics, rest } = base
  const running = await rest.openCore({ ...base, meter: metrics, ...opened })
  const { broker, downloads } = running
  const machine = { ...machineReadings(base, opened, watch), certificates: certificates.seconds }
  connectMetrics(metrics, { ...running, webhooks: opened.webhooks }, machine)
  const entrance = await rest.openEntrance({ ...opened, dataDir, log, closers })
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

/** Opens everything and listens. If that fails, what was opened is closed again, and the OtaError says what to do. */
export const startServer = async ({ thread = loadDownloads(), ...options }: ServerOptions): Promise<Running> => {
  const closers = createClosers(options.log)
  const events = createEventLog({ capacity: eventsKept, now: Date.now })
  const dataDir = resolve(options.settings.dataDir)
  try {
    closers.add(async () => void (await thread.worker.terminate()))
    return await start({ ...options, dataDir, events, closers, thread }, { closing: false })
  } catch (error) {
    await closers.close()
    throw error
  }
}
