// What the API shows of the server around it. A part of the composition root: it reads from the rooms, and changes nothing.

import type { Site, SiteListener } from './admin/site.ts'
import { measureData } from './data-use.ts'
import type { DownloadServer } from './download/server.ts'
import type { Broker } from './mqtt/broker.ts'
import { firmwareListenersOf } from './server-addresses.ts'
import type { MachineReadings } from './server-metrics.ts'
import { shownSettings, withOriginsOf } from './settings/origins.ts'
import type { Settings } from './settings.ts'

interface SiteParts {
  readonly dataDir: string
  readonly startedAt: number
  readonly broker: Broker
  readonly downloads: DownloadServer
  readonly machine: MachineReadings
  /** The settings in effect. */
  readonly settings: () => Settings
  /** Known once the API listens. */
  readonly adminUrl: () => string
}

const listenersOf = ({ broker, downloads, settings, adminUrl }: SiteParts): readonly SiteListener[] => {
  const { mqtt, firmware, admin } = settings()
  return [
    ...broker.urls.map((url, at) => ({ service: 'mqtt' as const, url, cert: mqtt.listeners[at]?.cert ?? null })),
    ...firmwareListenersOf(settings(), downloads.ports).map((url) => ({
      service: 'firmware' as const,
      url,
      cert: url.startsWith('https:') ? firmware.cert : null,
    })),
    { service: 'admin', url: adminUrl(), cert: admin.cert },
  ]
}

export const createSite = (parts: SiteParts): Site => {
  const { broker, downloads, machine, settings, dataDir, startedAt } = parts
  return {
    directory: dataDir,
    startedAt,
    data: () => measureData(dataDir),
    connections: broker.connections,
    messages: broker.messages,
    downloads: downloads.stats,
    listeners: () => listenersOf(parts),
    settings: () => shownSettings(settings()),
    storeLost: () => machine.storeLost?.() ?? { bytes: 0, commits: 0 },
    descriptorsExhausted: () => machine.descriptorsExhausted?.() ?? false,
    logDropped: () => machine.logDropped?.() ?? 0,
  }
}

type MqttListener = Settings['mqtt']['listeners'][number]

const renewed = (listener: MqttListener, next: MqttListener | undefined): MqttListener => ({
  ...listener,
  ...(listener.cert === undefined || next?.cert === undefined ? {} : { cert: next.cert }),
})

/** The settings in effect after a reload: certificates, users, bounds of MQTT and the log's level are new, the rest needs a restart. */
export const afterReload = (before: Settings, next: Settings): Settings =>
  withOriginsOf(
    {
      ...before,
      mqtt: { ...next.mqtt, listeners: before.mqtt.listeners.map((listener, at) => renewed(listener, next.mqtt.listeners[at])) },
      firmware: { ...before.firmware, cert: next.firmware.cert, key: next.firmware.key },
      admin: { ...before.admin, cert: next.admin.cert, key: next.admin.key },
      log: { ...before.log, level: next.log.level },
    },
    next,
  )
