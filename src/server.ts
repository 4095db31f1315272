// The composition root: opens store, core, broker, downloads and admin, and closes them in reverse. Knows every room; no room knows it.

import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { createEventLog, type EventLog } from './admin/event-log.ts'
import { createMetrics, type Metrics } from './admin/metrics.ts'
import { createAdmin } from './admin/server.ts'
import { type Description, makeDataDir, readToken, removeDescription, writeDescription } from './data-dir.ts'
import { createDownloads, type DownloadServer } from './download/server.ts'
import { createFirmwareFiles } from './firmware/image-files.ts'
import type { Log } from './log.ts'
import { type Broker, checkBroker, createBroker } from './mqtt/broker.ts'
import { createClock } from './ota/clock.ts'
import { fogcloud } from './ota/dialects/fogcloud.ts'
import { createOrchestrator, type Orchestrator } from './ota/orchestrator.ts'
import type { DownloadSide } from './ota/ports/downloads.ts'
import type { Meter } from './ota/ports/observers.ts'
import type { Batches, Store } from './ota/ports/store.ts'
import type { Settings } from './settings.ts'
import { openLevel } from './store/level.ts'
import { openStore } from './store/records.ts'

export interface ServerOptions {
  readonly settings: Settings
  readonly log: Log
  readonly version: string
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

/** All commits of one group share a promise, which is timed once. */
const timed = <B extends Batches>(batches: B, metrics: Metrics): B => {
  let last: Promise<void> | undefined
  return {
    ...batches,
    commit(ops) {
      const written = batches.commit(ops)
      if (written !== last) {
        const from = performance.now()
        last = written
        written.then(
          () => metrics.commitSeconds((performance.now() - from) / 1000),
          () => undefined,
        )
      }
      return written
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

const counted = <K extends string>(keys: readonly K[], values: Iterable<K>): Record<K, number> => {
  const counts = Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>
  for (const value of values) counts[value] += 1
  return counts
}

function* mapped<T, R>(items: Iterable<T>, map: (item: T) => R): Iterable<R> {
  for (const item of items) yield map(item)
}

const connectMetrics = (metrics: Metrics, core: Orchestrator, broker: Broker, downloads: DownloadServer): void =>
  metrics.read({
    connections: broker.connections,
    devicesOnline: core.online,
    devicesKnown: () => Array.from(core.operators.reads.devices()).length,
    openTasks: () =>
      counted(
        ['queued', 'notified', 'in_progress'],
        mapped(core.operators.reads.openTasks(), (task) => task.state as 'queued' | 'notified' | 'in_progress'),
      ),
    campaigns: () =>
      counted(
        ['draft', 'scheduled', 'running', 'paused', 'completed', 'canceled'],
        mapped(core.operators.reads.campaigns(), (campaign) => campaign.status),
      ),
    downloads: downloads.stats,
    downloadCrowd: downloads.crowd,
  })

interface Base extends ServerOptions {
  readonly dataDir: string
  readonly metrics: Metrics
  readonly events: EventLog
  readonly meter: Meter
  readonly closers: ReturnType<typeof createClosers>
}

/** Store, sessions and clock: needed before anything else starts. */
const openBase = async ({ dataDir, metrics, closers }: Base) => {
  await makeDataDir(dataDir)
  const { batches, sessions } = await openLevel(join(dataDir, 'store'))
  closers.add(() => batches.close())
  const store = await openStore(timed(batches, metrics))
  const files = await createFirmwareFiles(join(dataDir, 'images'))
  await files.sweep(new Set(mapped(store.reads.firmwares(), (firmware) => firmware.sha256)))
  const linkKey = await store.writes.secret('link', () => randomBytes(32).toString('hex'))
  const now = createClock(Date.now, () => performance.now(), latestTime(store))
  return { store, files, linkKey, now, sessions }
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
      returned: (task) => downloads.returned?.(task),
    },
  })
  const side: DownloadSide = {
    grant: (task) => core.grant(task),
    served: (report) => core.served(report),
    faulty: (image) => core.faulty?.(image),
  }
  const { listen, idleSeconds, ...bounds } = settings.firmware
  const downloads = await createDownloads({
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

const start = async (base: Base, state: { closing: boolean }): Promise<Running> => {
  const { settings, log, version, dataDir, metrics, closers } = base
  const opened = await openBase(base)
  const { broker, core, downloads } = await openCore(base, opened)
  connectMetrics(metrics, core, broker, downloads)
  const token = await readToken(dataDir)
  const admin = await createAdmin({
    listen: settings.admin.listen,
    tls: tlsOf(settings),
    token: () => token,
    operators: core.operators,
    files: opened.files,
    maxFileBytes: settings.firmware.maxFileBytes,
    ready: () => !state.closing,
    version,
    log,
    metrics,
    events: base.events,
    ota: settings.ota,
    now: opened.now,
  })
  closers.add(() => admin.close())
  const firmware = urlOn(settings.firmware.listen.host, downloads.port)
  const description: Description = { pid: process.pid, version, mqtt: broker.urls.map(reachable), firmware, admin: admin.url }
  await writeDescription(dataDir, description)
  closers.add(() => removeDescription(dataDir))
  return {
    description,
    dataDir,
    async reload(next) {
      broker.reload(next.mqtt)
      const renewed = tlsOf(next)
      if (renewed !== null) admin.renew(renewed)
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
