// Broker, core, downloads and test stations of a running server, which use each other through ports. A part of the composition root.

import { downloadWorker } from './bundled.ts'
import { beginDownloads, type DownloadServer } from './download/server.ts'
import type { Log } from './log.ts'
import { type Broker, createBroker } from './mqtt/broker.ts'
import { fogcloud } from './ota/dialects/fogcloud.ts'
import { createOrchestrator, type Orchestrator } from './ota/orchestrator.ts'
import type { DownloadSide } from './ota/ports/downloads.ts'
import type { Events, Meter } from './ota/ports/observers.ts'
import type { SessionRows } from './ota/ports/session-rows.ts'
import type { Batches, Store } from './ota/ports/store.ts'
import type { Closers } from './server-closers.ts'
import { closedOnceOpen, startTicking } from './server-closers.ts'
import { type FloorDeps, type OpenFloor, openFloor, withStations } from './server-stations.ts'
import type { LoadedThread } from './server-thread.ts'
import { withAlerts } from './server-webhooks.ts'
import type { Settings } from './settings.ts'
import { pairOf } from './tls-pair.ts'
import type { OpenWebhooks } from './webhooks/open-webhooks.ts'

export interface CoreDeps {
  readonly settings: Settings
  readonly log: Log
  readonly version: string
  readonly closers: Closers
  readonly events: Events & Pick<FloorDeps, 'emit'>
  readonly meter: Meter
  readonly thread: LoadedThread
  readonly batches: Pick<Batches, 'commit' | 'get' | 'range'>
  readonly sessions: SessionRows
  readonly store: Store
  readonly files: { path(sha256: string): string; digestsPath(sha256: string): string }
  /** Signs the links of downloads. */
  readonly linkKey: string
  readonly now: () => number
  readonly webhooks: OpenWebhooks
}

export interface OpenCore {
  readonly core: Orchestrator
  readonly broker: Broker
  readonly downloads: DownloadServer
  readonly floor: OpenFloor
  /** Waits for the downloads, lets the core begin, and then the broker listen. Once. OTA_LISTEN_FAILED where one of them cannot. */
  start(): Promise<void>
}

const downloadsOf = ({ settings, log, thread, files, linkKey, now }: CoreDeps, side: DownloadSide): DownloadServer => {
  const { listen, tlsListen, idleSeconds, cert: _cert, key: _key, ...bounds } = settings.firmware
  const pair = pairOf(settings.firmware)
  return beginDownloads({
    workerUrl: downloadWorker(),
    thread,
    ...bounds,
    ...listen,
    tls: pair && { ...tlsListen, ...pair },
    key: linkKey,
    idleMs: idleSeconds * 1000,
    imagePath: files.path,
    digestsPath: files.digestsPath,
    side,
    log,
    now,
  })
}

const openBroker = (deps: CoreDeps, core: () => Orchestrator, floor: () => OpenFloor | undefined): Promise<Broker> =>
  createBroker({
    ...deps,
    settings: deps.settings.mqtt,
    dialect: fogcloud,
    enrolment: deps.settings.devices.enrolment,
    rows: deps.sessions,
    tap: {
      wants: (device) => floor()?.tap.wants(device) === true,
      message: async (...sent) => floor()?.tap.message(...sent),
    },
    registry: {
      device: (key) => core().device(key),
      enrol: (...who) => core().enrol(...who),
      admitted: (...who) => core().admitted(...who),
      connectRefused: (refused) => core().connectRefused(refused),
      noteConnection: (...note) => core().noteConnection(...note),
    },
  })

/** They use each other through ports; the broker accepts no connections and the core does nothing until they are started. */
export const openCore = async (deps: CoreDeps): Promise<OpenCore> => {
  const { settings, log, closers, events, webhooks } = deps
  let floor: OpenFloor | undefined
  let made: Orchestrator | undefined
  let known: (core: Orchestrator) => void = () => undefined
  const coming = new Promise<Orchestrator>((resolve) => {
    known = resolve
  })
  // They take their time to listen, and may be asked for a download before there is a core.
  const downloads = downloadsOf(deps, {
    grant: async (task) => (await coming).grant(task),
    served: (report) => core.served(report),
    faulty: (image) => core.faulty(image),
  })
  const opening = openBroker(
    deps,
    () => core,
    () => floor,
  )
  // After the broker, which ends the connections.
  closers.add(async () => made?.end())
  closers.add(closedOnceOpen(opening))
  closers.add(() => downloads.close())
  const broker = await opening
  const core: Orchestrator = createOrchestrator({
    ...deps,
    events: withStations(withAlerts(events, webhooks), () => floor),
    enrolment: settings.devices.enrolment,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    dialect: fogcloud,
    // No more devices are notified than may download.
    settings: { ...settings.ota, serverInProgress: settings.ota.serverInProgress ?? settings.firmware.maxDownloads },
    transport: broker.transport,
    downloads,
  })
  made = core
  known(core)
  const { operators } = core
  const { transport } = broker
  const opened = await openFloor({ ...deps, operators, transport, settings, emit: events.emit })
  return {
    core,
    broker,
    downloads,
    floor: opened,
    async start() {
      await downloads.ready()
      await core.start()
      // Boards of open runs are held before anything is offered to them.
      floor = opened
      await floor.start()
      closers.add(() => core.stop())
      closers.add(startTicking(core, log))
      await broker.listen(core)
    },
  }
}
