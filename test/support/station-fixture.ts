// Test stations over the core of the OTA fixture, on one memory disk: boards that come, report and test themselves; time moved by the test.

import { OtaError } from '../../src/errors.ts'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { type OpenStations, openStations } from '../../src/station/open-stations.ts'
import type { ProcedureInput, ScanAnswer, StationEvent, StationInput, StationOutside } from '../../src/station/ports.ts'
import type { Run } from '../../src/station/run-model.ts'
import { createOtaFixture, type OtaFixture, type OtaFixtureOptions } from './ota-fixture.ts'
import { silentLog } from './recording-log.ts'

export interface StationFixture {
  readonly ota: OtaFixture
  readonly stations: OpenStations
  readonly shown: StationEvent[]
  readonly printed: string[]
  readonly outside: StationOutside
  /** A board that connects, and reports its version. */
  board(name: string, version?: string, address?: string): Promise<Connection>
  report(connection: Connection, version: string): Promise<void>
  /** Fetches all of the image, as the download thread reports it. */
  fetch(run: number): Promise<void>
  selfTest(connection: Connection, values: object, topic?: 'event/selftest' | 'property'): Promise<void>
  scan(text: string, slot?: number): Promise<ScanAnswer>
  /** The run that a scan has begun. */
  begin(text: string, slot?: number): Promise<Run>
  run(id: number): Promise<Run>
  pass(seconds: number): Promise<void>
  settle(): Promise<void>
  /** `disk`: another one, with what this one held. */
  restart(away?: number, more?: Pick<StationFixtureOptions, 'disk' | 'outside'>): Promise<StationFixture>
}

export interface StationFixtureOptions extends OtaFixtureOptions {
  readonly procedure?: Partial<ProcedureInput>
  readonly station?: Partial<StationInput>
  readonly outside?: Partial<StationOutside>
}

const fixtureOf = async (
  options: StationFixtureOptions,
  ota: OtaFixture,
  feed: { observe?: OpenStations['observe'] },
): Promise<StationFixture> => {
  const shown: StationEvent[] = []
  const printed: string[] = []
  const { operators } = ota.core
  const outside: StationOutside = {
    batches: ota.disk,
    core: {
      reads: operators.reads,
      queries: operators.queries,
      connections: operators.connections,
      devices: operators.devices,
      ...operators.stations,
      linkHost: () => ota.wire.host,
      bytes: operators.tasks.bytes,
    },
    validate: async () => ({ ok: true }),
    results: { rowsOf: () => [], settled: () => undefined, backlog: () => null },
    print: async (printer, zpl) => void printed.push(`${printer} ${zpl}`),
    emit: (event) => void shown.push(event),
    settings: { shifts: [], timeZone: 'UTC', factoryNames: ['factory'] },
    log: silentLog,
    now: ota.now,
    wallClock: ota.now,
    ...options.outside,
  }
  const stations = await openStations(outside)
  feed.observe = stations.observe
  await stations.start()
  const settle = async (): Promise<void> => {
    await ota.settle()
    await ota.settle()
  }
  const fixture: StationFixture = {
    ota,
    stations,
    shown,
    printed,
    outside,
    settle,
    async board(name, version, address) {
      const connection = await ota.join(`pk/${name}`, address)
      if (version !== undefined) await fixture.report(connection, version)
      return connection
    },
    async report(connection, version) {
      await ota.say(connection, 'version.post', { version, module: 'mcu' })
      await settle()
    },
    async fetch(id) {
      const run = await fixture.run(id)
      for (const task of run.tasks) {
        const found = await ota.task(task)
        ota.core.served({ task, bytes: found.size, complete: true, sure: true, quietMs: 0 })
      }
      await settle()
    },
    async selfTest(connection, values, topic = 'event/selftest') {
      if (stations.tap.wants(connection.device)) await stations.tap.message(connection, topic, Buffer.from(JSON.stringify(values)))
      await settle()
    },
    async scan(text, slot) {
      const answer = await stations.runs.scan('fct-1', { text, ...(slot === undefined ? {} : { slot }) })
      await settle()
      return answer
    },
    async begin(text, slot) {
      const answer = await fixture.scan(text, slot)
      if (answer.kind !== 'run') throw new Error(`no run but ${answer.kind}`)
      return fixture.run(answer.run.id)
    },
    run: (id) => stations.runs.find(id),
    async pass(seconds) {
      await ota.pass(seconds)
      stations.tick()
      await settle()
    },
    async restart(away = 0, more = {}) {
      const next: { observe?: OpenStations['observe'] } = {}
      const { outside: changed, ...core } = more
      const again = await ota.restart(away, { ...core, watch: (event) => next.observe?.(event) })
      return fixtureOf({ ...options, outside: { ...options.outside, ...changed } }, again, next)
    },
  }
  return fixture
}

/** A station `fct-1` whose procedure `lamp-fct` updates the module `mcu` of product `pk` to 1.1.0. */
export const createStationFixture = async (options: StationFixtureOptions = {}): Promise<StationFixture> => {
  const feed: { observe?: OpenStations['observe'] } = {}
  const ota = await createOtaFixture({ ...options, watch: (event) => feed.observe?.(event) })
  const fixture = await fixtureOf(options, ota, feed)
  const { procedures, stations } = fixture.stations
  const firmware = [{ module: 'mcu', firmware: ota.firmware }]
  await procedures.put('lamp-fct', { product: 'pk', process: 'FCT', firmware, ...options.procedure }, 'admin')
  await procedures.release('lamp-fct', 'admin')
  await stations.put('fct-1', { procedure: 'lamp-fct', ...options.station })
  return fixture
}

/** Why a scan was refused. */
export const refusalOf = (scan: Promise<unknown>): Promise<string | null> =>
  scan.then(
    () => 'not refused',
    (error: unknown) => (error instanceof OtaError ? error.reason : String(error)),
  )

/** Self-tests with one limit: Vbat from 3.1 to 3.5 V. */
export const vbat = {
  selfTest: { source: 'device', limits: [{ name: 'Vbat', unit: 'V', low: 3.1, high: 3.5, equals: null }] },
} as const satisfies Partial<ProcedureInput>
