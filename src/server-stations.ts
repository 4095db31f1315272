// Test stations in a running server: over its store, its core and its broker, with an MES, printers and webhooks around them. A part of the
// composition root.

import type { LookupFunction } from 'node:net'
import type { Log } from './log.ts'
import type { Tap, Transport } from './ota/ports/mqtt.ts'
import type { Event, Events } from './ota/ports/observers.ts'
import type { Operators } from './ota/ports/operators.ts'
import type { Batches } from './ota/ports/store.ts'
import { createValidation, type ValidationSettings } from './station/mes.ts'
import { type OpenStations, openStations } from './station/open-stations.ts'
import type { StationCore, StationOutside, StationSettings, Stations } from './station/ports.ts'
import { createPrinters } from './station/printer.ts'
import type { MesWebhook } from './webhooks/mes-webhook.ts'
import { createLookup } from './webhooks/name-lookup.ts'
import type { OpenWebhooks } from './webhooks/open-webhooks.ts'

const tickMs = 250

export interface FloorSettings {
  readonly station: StationSettings
  readonly mes: {
    /** null: every run may begin. */
    readonly validate: ValidationSettings | null
    /** null: results are sent to other webhooks only. */
    readonly webhook: MesWebhook | null
  }
}

export interface FloorDeps {
  readonly batches: Pick<Batches, 'commit' | 'get' | 'range'>
  readonly operators: Pick<Operators, 'reads' | 'queries' | 'connections' | 'devices' | 'tasks' | 'stations'>
  readonly transport: Pick<Transport, 'host' | 'tlsHost'>
  readonly webhooks: Pick<OpenWebhooks, 'results' | 'useMes'>
  readonly settings: FloorSettings
  /** Shows a change to those who watch. */
  readonly emit: StationOutside['emit']
  readonly version: string
  readonly log: Log
  /** A clock that does not jump: milliseconds since the epoch. */
  readonly now: () => number
  readonly closers: { add(close: () => Promise<void>): void }
  /** Of names of an MES and of printers; one at a time by default. */
  readonly lookup?: LookupFunction
}

export interface OpenFloor {
  readonly stations: Stations
  /** For the broker. */
  readonly tap: Tap
  /** Questions that the MES did not answer, since the start. */
  mesUnanswered(): number
  /** What the core reports to observers. */
  observe(event: Event): void
  /** Continues open runs. Call once, when the core has started and before devices connect. */
  start(): Promise<void>
}

const coreOf = ({ operators, transport }: FloorDeps): StationCore => {
  const { reads, queries, connections, devices, tasks, stations } = operators
  return {
    ...stations,
    reads,
    queries,
    connections,
    devices,
    linkHost: (device) => transport.tlsHost(device) ?? transport.host(device) ?? '',
    bytes: (task) => tasks.bytes(task),
  }
}

const startTicking = (stations: OpenStations, { closers }: FloorDeps): void => {
  const timer = setInterval(stations.tick, tickMs)
  closers.add(async () => clearInterval(timer))
}

/** Opened when the core is there and before it starts, as the store has been opened with the webhooks. OTA_STORE_UNREADABLE where a row cannot be read. */
export const openFloor = async (deps: FloorDeps): Promise<OpenFloor> => {
  const { batches, webhooks, settings, emit, log, version, now, closers, lookup = createLookup() } = deps
  await webhooks.useMes(settings.mes.webhook)
  const validation = createValidation(settings.mes.validate, { log, version, lookup })
  const printers = createPrinters({ lookup })
  closers.add(async () => {
    validation.close()
    printers.close()
  })
  const stations = await openStations({
    batches,
    core: coreOf(deps),
    validate: validation.validate,
    results: webhooks.results,
    print: printers.print,
    emit,
    settings: settings.station,
    log,
    now,
    wallClock: Date.now,
  })
  return {
    stations,
    tap: stations.tap,
    observe: stations.observe,
    mesUnanswered: validation.unanswered,
    async start() {
      await stations.start()
      startTicking(stations, deps)
    },
  }
}

/** The events of the core, for watchers and for stations, which are opened after it. */
export const withStations = (events: Events, floor: () => Pick<OpenFloor, 'observe'> | undefined): Events => ({
  emit(event: Event) {
    events.emit(event)
    floor()?.observe(event)
  },
  watches: events.watches,
})
