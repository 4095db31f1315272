// What Prometheus is told: counters that the context count by, and readings taken when somebody asks. Names and help texts
// live here and nowhere else. Knows no route and no room.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CampaignStatus, OpenState } from '../ota/model.ts'
import type { Meter } from '../ota/ports/observers.ts'

/** Read at each scrape. Cheap: counts that are kept anyway, or one pass. */
export interface Readings {
  /** MQTT connections, of devices and users. */
  readonly connections?: () => number
  readonly devicesOnline?: () => number
  readonly devicesKnown?: () => number
  readonly openTasks?: () => Readonly<Record<OpenState, number>>
  readonly campaigns?: () => Readonly<Record<CampaignStatus, number>>
  /** `bytes`: sent since the start. */
  readonly downloads?: () => { readonly active: number; readonly waiting: number; readonly bytes: number }
}

export interface Metrics extends Meter {
  /** Says where the figures of the moment come from. Call once. */
  read(readings: Readings): void
  /** How long a commit took until it was on disk. */
  commitSeconds(seconds: number): void
  /** The exposition, and the Content-Type that it is of. */
  text(): Promise<string>
  readonly contentType: string
}

type Name = Parameters<Meter['count']>[0]

/** Labels of one counter, at most: what lies beyond is counted as `other`. */
const maxLabels = 100

const counters: Readonly<Record<Name, readonly [name: string, help: string, label: string]>> = {
  uplinks: ['fogbell_uplinks_total', 'OTA messages that devices sent and that were read, by method.', 'method'],
  dropped: ['fogbell_uplinks_dropped_total', 'OTA messages, or elements of them, that were acknowledged and dropped, by reason.', 'reason'],
  pushes: ['fogbell_pushes_total', 'Update messages sent to devices and gateways, by kind.', 'kind'],
  gets: ['fogbell_firmware_gets_total', 'firmware.get requests, by what they were answered.', 'answer'],
  connects: ['fogbell_connects_total', 'MQTT connections taken, by kind of client.', 'kind'],
  refused: ['fogbell_connects_refused_total', 'MQTT connections refused, by reason.', 'reason'],
  publish_denied: [
    'fogbell_publishes_denied_total',
    'Publishes that were acknowledged and dropped for want of rights, by reason.',
    'reason',
  ],
  subscribe_denied: ['fogbell_subscribes_denied_total', 'Filters refused, by reason.', 'reason'],
  disconnects: ['fogbell_disconnects_total', 'MQTT connections that ended after they were taken, by reason.', 'reason'],
  undelivered: ['fogbell_messages_undelivered_total', 'MQTT messages that a session did not get, by reason.', 'reason'],
}

/** Counts are plain numbers, handed over when somebody asks: thousands are counted a second, read every some seconds. */
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
    const standing = counts.get(label)
    const known = standing !== undefined || counts.size < maxLabels ? label : 'other'
    counts.set(known, (standing ?? counts.get(known) ?? 0) + by)
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

const addReadings = (registry: Registry, readings: Readings): void => {
  const { downloads } = readings
  single(registry, 'fogbell_connections', 'MQTT connections open now.', readings.connections)
  single(registry, 'fogbell_devices_online', 'Devices that can be reached now.', readings.devicesOnline)
  single(registry, 'fogbell_devices_known', 'Devices known.', readings.devicesKnown)
  labelled(registry, 'fogbell_tasks_open', 'Tasks that have not ended, by state.', 'state', readings.openTasks)
  labelled(registry, 'fogbell_campaigns', 'Campaigns, by status.', 'status', readings.campaigns)
  if (downloads === undefined) return
  single(registry, 'fogbell_downloads_active', 'Downloads being served now.', () => downloads().active)
  single(registry, 'fogbell_downloads_waiting', 'Downloads that wait for a place now.', () => downloads().waiting)
  new Counter({
    name: 'fogbell_download_bytes_total',
    help: 'Bytes of images sent since the start.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(downloads().bytes)
    },
  })
}

/** Metrics of an own registry, with those of the process (`process_…`, `nodejs_…`). */
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
