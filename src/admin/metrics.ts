// The metrics for Prometheus: counters that the other rooms count by, and figures that are read at each scrape. Names and help texts are
// here and nowhere else. Knows no route and no other room.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CampaignStatus, OpenState } from '../ota/model.ts'
import type { Meter } from '../ota/ports/observers.ts'
import type { WebhookFacts } from '../ota/ports/webhooks.ts'
import { addWebhookMetrics } from './webhook-metrics.ts'

/** Read at each scrape: counts that are kept anyway, or one pass. */
export interface Readings {
  /** MQTT connections, of devices and users. */
  readonly connections?: () => number
  readonly devicesOnline?: () => number
  readonly devicesKnown?: () => number
  readonly openTasks?: () => Readonly<Record<OpenState, number>>
  readonly campaigns?: () => Readonly<Record<CampaignStatus, number>>
  /** `turnedAway`: since the start, by reason. */
  readonly downloadCrowd?: () => { readonly connections: number; readonly turnedAway: Readonly<Record<string, number>> }
  /** `bytes`: sent since the start. */
  readonly downloads?: () => { readonly active: number; readonly waiting: number; readonly bytes: number }
  /** The store cannot be written. */
  readonly storeFailed?: () => boolean
  /** What the last start could not read of the store. */
  readonly storeLost?: () => { readonly bytes: number; readonly commits: number }
  /** Lines of the log that were not written, since the start. */
  readonly logDropped?: () => number
  /** No file and no connection can be opened. */
  readonly descriptorsExhausted?: () => boolean
  /** Seconds until the certificate of each listener expires. */
  readonly certificates?: () => Readonly<Record<string, number>>
  readonly webhooks?: () => readonly WebhookFacts[]
  /** Questions before a test that the MES did not answer, since the start. */
  readonly mesUnanswered?: () => number
}

export interface Metrics extends Meter {
  /** Sets where the current figures come from. Call once. */
  read(readings: Readings): void
  /** How long a commit took until it was on disk. */
  commitSeconds(seconds: number): void
  /** The exposition; `contentType` is its Content-Type. */
  text(): Promise<string>
  readonly contentType: string
}

type Name = Parameters<Meter['count']>[0]

/** The most labels of one counter: others are counted as `other`. */
const maxLabels = 100

const counters: Readonly<Record<Name, readonly [name: string, help: string, label: string]>> = {
  uplinks: ['fogbell_uplinks_total', 'OTA messages of devices that were read, by method.', 'method'],
  dropped: ['fogbell_uplinks_dropped_total', 'OTA messages, or elements of them, that were acknowledged and dropped, by reason.', 'reason'],
  pushes: ['fogbell_pushes_total', 'Update messages sent to devices and gateways, by kind.', 'kind'],
  gets: ['fogbell_firmware_gets_total', 'firmware.get requests, by answer.', 'answer'],
  connects: ['fogbell_connects_total', 'MQTT connections accepted, by kind of client.', 'kind'],
  refused: ['fogbell_connects_refused_total', 'MQTT connections refused, by reason.', 'reason'],
  publish_denied: [
    'fogbell_publishes_denied_total',
    'Publishes that were acknowledged and dropped because of missing rights, by reason.',
    'reason',
  ],
  subscribe_denied: ['fogbell_subscribes_denied_total', 'Filters refused, by reason.', 'reason'],
  disconnects: ['fogbell_disconnects_total', 'MQTT connections that ended after they were accepted, by reason.', 'reason'],
  quotas: ['fogbell_quotas_reached_total', 'How often an identity or an address has reached a bound, by bound.', 'quota'],
  undelivered: ['fogbell_messages_undelivered_total', 'MQTT messages that were not delivered to a session, by reason.', 'reason'],
}

/** Counts are plain numbers, passed on at a scrape: thousands are counted a second and read every few seconds. */
const createCounting = (registry: Registry): Meter['count'] => {
  const make = ([name, help, label]: readonly [string, string, string]): Map<string, number> => {
    const counts = new Map<string, number>()
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset()
        for (const [value, count] of counts) this.inc({ [label]: value }, count)
      },
    })
    return counts
  }
  const all = new Map(Object.entries(counters).map(([name, entry]) => [name, make(entry)]))
  return (name, label, by = 1) => {
    const counts = all.get(name)
    if (counts === undefined || !(by > 0 && Number.isFinite(by))) return
    const existing = counts.get(label)
    const known = existing !== undefined || counts.size < maxLabels ? label : 'other'
    counts.set(known, (existing ?? counts.get(known) ?? 0) + by)
  }
}

const single = (registry: Registry, name: string, help: string, read: (() => number) | undefined): void => {
  if (read === undefined) return
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

const labelled = (
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: (() => Readonly<Record<string, number>>) | undefined,
): void => {
  if (read === undefined) return
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [value, figure] of Object.entries(read())) this.labels(value).set(figure)
    },
  })
}

const addCrowd = (registry: Registry, read: NonNullable<Readings['downloadCrowd']>): void => {
  single(registry, 'fogbell_download_connections', 'Connections to the firmware port open now.', () => read().connections)
  new Counter({
    name: 'fogbell_downloads_turned_away_total',
    help: 'Downloads and connections that were ended to make room for others, by reason.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [reason, count] of Object.entries(read().turnedAway)) this.inc({ reason }, count)
    },
  })
}

/** A total that something else counts. */
const total = (registry: Registry, name: string, help: string, read: (() => number) | undefined): void => {
  if (read === undefined) return
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}

const flag = (read: (() => boolean) | undefined): (() => number) | undefined => read && (() => (read() ? 1 : 0))

const addMachine = (registry: Registry, { storeFailed, storeLost, logDropped, descriptorsExhausted }: Readings): void => {
  single(registry, 'fogbell_store_failed', '1 while the store cannot be written.', flag(storeFailed))
  if (storeLost !== undefined) {
    single(
      registry,
      'fogbell_store_lost_bytes',
      'Bytes of the log of the store that the last start could not read.',
      () => storeLost().bytes,
    )
    single(registry, 'fogbell_store_lost_commits', 'Commits known to be missing at the last start.', () => storeLost().commits)
  }
  total(registry, 'fogbell_log_dropped_total', 'Lines of the log that were not written.', logDropped)
  const help = '1 while the process can open no more files or connections.'
  single(registry, 'fogbell_descriptors_exhausted', help, flag(descriptorsExhausted))
}

const addReadings = (registry: Registry, readings: Readings): void => {
  const { downloads, downloadCrowd, webhooks, mesUnanswered } = readings
  addMachine(registry, readings)
  total(registry, 'fogbell_mes_unanswered_total', 'Questions whether a unit may be tested that the MES did not answer.', mesUnanswered)
  const expiry = 'Seconds until the certificate of a listener expires; negative: it has expired.'
  labelled(registry, 'fogbell_certificate_expiry_seconds', expiry, 'listener', readings.certificates)
  if (webhooks !== undefined) addWebhookMetrics(registry, webhooks)
  if (downloadCrowd !== undefined) addCrowd(registry, downloadCrowd)
  single(registry, 'fogbell_connections', 'MQTT connections open now.', readings.connections)
  single(registry, 'fogbell_devices_online', 'Devices that can be reached now.', readings.devicesOnline)
  single(registry, 'fogbell_devices_known', 'Devices known.', readings.devicesKnown)
  labelled(registry, 'fogbell_tasks_open', 'Tasks that have not ended, by state.', 'state', readings.openTasks)
  labelled(registry, 'fogbell_campaigns', 'Campaigns, by status.', 'status', readings.campaigns)
  if (downloads === undefined) return
  single(registry, 'fogbell_downloads_active', 'Downloads being served now.', () => downloads().active)
  single(registry, 'fogbell_downloads_waiting', 'Downloads that wait for a slot now.', () => downloads().waiting)
  total(registry, 'fogbell_download_bytes_total', 'Bytes of images sent since the start.', () => downloads().bytes)
}

/** Metrics in a registry of their own, with those of the process (`process_…`, `nodejs_…`). */
export const createMetrics = (): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const commits = new Histogram({
    name: 'fogbell_store_commit_seconds',
    help: 'From a commit until it is on disk.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  return {
    count: createCounting(registry),
    read: (readings) => addReadings(registry, readings),
    commitSeconds: (seconds) => commits.observe(seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
