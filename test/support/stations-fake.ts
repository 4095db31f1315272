// Test stations in memory that do what a test of the API says, without rules: what was asked of them is noted.

import { OtaError } from '../../src/errors.ts'
import { sentence } from '../../src/sentences/sentence.ts'
import type { FigureRow, ScanAnswer, StationEvent, Stations } from '../../src/station/ports.ts'
import { addFigures, noFigures } from '../../src/station/rules/figures.ts'
import { imagesOfRun } from '../../src/station/rules/installed.ts'
import { spanAt } from '../../src/station/rules/spans.ts'
import type { Run, RunState } from '../../src/station/run-model.ts'
import type { Procedure, Station, Unit } from '../../src/station/station-model.ts'
import { sampleProcedure, sampleRun } from './station-samples.ts'

export interface StationsFake {
  readonly stations: Stations
  /** What was asked, with what was given, as JSON. */
  readonly asked: readonly string[]
  readonly runs: Map<number, Run>
  readonly units: Map<string, Unit>
  /** Of what is asked for, whatever the query. */
  figures: readonly FigureRow[]
  /** Requests that wait for a run to go on. */
  waiting(): number
  /** The run goes on. */
  move(id: number, changes: Partial<Run>): void
}

const unknown = (code: 'OTA_RUN_UNKNOWN' | 'OTA_STATION_UNKNOWN' | 'OTA_PROCEDURE_UNKNOWN' | 'OTA_UNIT_UNKNOWN'): OtaError =>
  new OtaError(code)

const found = <T>(value: T | undefined, code: Parameters<typeof unknown>[0]): T => {
  if (value === undefined) throw unknown(code)
  return value
}

export const createStationsFake = (now: () => number, emit: (event: StationEvent) => void): StationsFake => {
  const asked: string[] = []
  const note = (...what: unknown[]): void => void asked.push(JSON.stringify(what))
  const procedures = new Map<string, readonly Procedure[]>()
  const places = new Map<string, Station>()
  const runs = new Map<number, Run>()
  const units = new Map<string, Unit>()
  const waiters = new Set<() => void>()
  const runOf = (id: number): Run => found(runs.get(id), 'OTA_RUN_UNKNOWN')
  const placeOf = (id: string): Station => found(places.get(id), 'OTA_STATION_UNKNOWN')
  const unitOf = (product: string, serial: string): Unit => found(units.get(`${product}/${serial}`), 'OTA_UNIT_UNKNOWN')
  const change = (id: number, changes: Partial<Run>): Run => {
    const run = { ...runOf(id), ...changes }
    runs.set(id, run)
    emit({ type: 'run', station: run.station, run })
    for (const wake of waiters) wake()
    return run
  }
  const scan = (id: string, text: string, slot: number): ScanAnswer => {
    if (text.startsWith('FB:')) return { kind: 'command', said: sentence('station_operator', { name: text.slice(6) }), run: null }
    const again = [...runs.values()].find((run) => run.serial === text)
    if (again !== undefined) return { kind: 'ignored', run: again }
    if (text.startsWith('!')) {
      const said = sentence('scan_bad_code', { text })
      emit({ type: 'scan', station: id, slot, text, reason: 'BAD_CODE', said })
      throw new OtaError('OTA_SCAN_REFUSED', said, { reason: 'BAD_CODE' })
    }
    const run = sampleRun({
      id: runs.size + 1,
      station: id,
      slot,
      serial: text,
      label: text,
      state: 'waiting',
      outcome: null,
      endedAt: null,
    })
    runs.set(run.id, run)
    return { kind: 'run', run: change(run.id, {}) }
  }
  const changed = (id: number, after: RunState | null, ms: number, signal?: AbortSignal): Promise<Run> =>
    new Promise((resolve) => {
      note('changed', id, after, ms)
      const end = (): void => {
        waiters.delete(look)
        resolve(runOf(id))
      }
      const look = (): void => {
        if (runOf(id).state !== after) end()
      }
      waiters.add(look)
      signal?.addEventListener('abort', end)
      look()
    })
  const fake: StationsFake = {
    asked,
    runs,
    units,
    figures: [],
    waiting: () => waiters.size,
    move: change,
    stations: {
      procedures: {
        list: () => [...procedures.values()].flatMap((all) => all.slice(-1)),
        async find(id, rev) {
          const all = found(procedures.get(id), 'OTA_PROCEDURE_UNKNOWN')
          return found(rev === undefined ? all.at(-1) : all[rev - 1], 'OTA_PROCEDURE_UNKNOWN')
        },
        revisions: async (id) => found(procedures.get(id), 'OTA_PROCEDURE_UNKNOWN'),
        async put(id, input, by) {
          note('putProcedure', id, input, by)
          const before = procedures.get(id) ?? []
          const { product, process } = input
          const firmware = (input.firmware ?? []).map((one) => ({ ...one, version: '1.1.0', sha256: 'ab'.repeat(32) }))
          const made = sampleProcedure({ id, rev: before.length + 1, product, process, firmware, createdAt: now(), createdBy: by })
          procedures.set(id, [...before, made])
          return made
        },
        async release(id, by, rev) {
          note('releaseProcedure', id, by, rev)
          const all = found(procedures.get(id), 'OTA_PROCEDURE_UNKNOWN')
          const released = { ...found(all[(rev ?? all.length) - 1], 'OTA_PROCEDURE_UNKNOWN'), releasedAt: now(), releasedBy: by }
          procedures.set(
            id,
            all.map((one) => (one.rev === released.rev ? released : one)),
          )
          return released
        },
      },
      stations: {
        list: () => [...places.values()],
        find: placeOf,
        async view(id) {
          const station = placeOf(id)
          const slotViews = Array.from({ length: station.slots }, (_, index) => ({
            slot: index + 1,
            run: [...runs.values()].find((run) => run.station === id && run.slot === index + 1) ?? null,
            isSaving: false,
            isAcknowledged: false,
            progress: { bytes: 1, size: 2, step: null },
            until: now() + 1000,
          }))
          const shift = { from: now(), to: now() + 1000, figures: noFigures }
          const reference = { dueAt: null, wanted: ['golden' as const], blocked: null }
          const desk = { rev: 1, process: 'FCT', product: 'lamp', operatorName: 'mei', workOrder: null, chosen: null }
          return { ...station, ...desk, slotViews, shift, reference, backlog: { count: 2, oldestAt: now() } }
        },
        async put(id, input) {
          note('putStation', id, input)
          const created = !places.has(id)
          const rest = { slotAddresses: [], operator: 'none', language: 'en', passSeconds: 0, sound: true } as const
          const station: Station = { id, name: id, slots: 1, ...rest, ...input, createdAt: now() }
          places.set(id, station)
          emit({ type: 'station', station: id })
          return { station, created }
        },
        async remove(id) {
          places.delete(placeOf(id).id)
        },
        async unblock(id) {
          note('unblock', placeOf(id).id)
        },
      },
      runs: {
        async scan(id, input) {
          note('scan', placeOf(id).id, input)
          return scan(id, input.text, input.slot ?? 1)
        },
        find: async (id) => runOf(id),
        async list(query) {
          note('list', query)
          const all = [...runs.values()].filter(({ id }) => id < (query.after?.id ?? Number.POSITIVE_INFINITY)).reverse()
          const items = all.slice(0, query.limit)
          const last = items.at(-1)
          return { items, next: all.length > items.length && last !== undefined ? { section: 'open', id: last.id } : null }
        },
        async *all(query) {
          note('all', query)
          for (const run of runs.values()) yield [run]
        },
        async abort(id, by) {
          note('abort', id, by)
          return change(id, { state: 'ended', outcome: 'aborted', code: 'ABORTED', said: sentence('run_aborted', { by }), endedAt: now() })
        },
        async acknowledge(id) {
          note('acknowledge', id)
          return runOf(id)
        },
        async measure(id, measurements) {
          note('measure', id, measurements)
          return runOf(id)
        },
        async finish(id, input) {
          note('finish', id, input)
          return change(id, { state: 'ended', outcome: input.outcome ?? 'passed', endedAt: now() })
        },
        changed,
      },
      units: {
        async certificate(product, serial) {
          const all = [...runs.values()].filter((run) => run.product === product && run.serial === serial)
          return {
            unit: unitOf(product, serial),
            runs: all,
            images: all.flatMap((run) => imagesOfRun(run, procedures.get(run.procedure)?.at(-1) ?? sampleProcedure())),
          }
        },
        async release(product, serial, input, by) {
          note('releaseUnit', product, serial, input, by)
          const unit = unitOf(product, serial)
          const released = [...unit.released, { at: now(), by, ...input }]
          units.set(`${product}/${serial}`, { ...unit, released })
          return unitOf(product, serial)
        },
        async rebind(product, serial, input, by) {
          note('rebind', product, serial, input, by)
          const unit = { ...unitOf(product, serial), device: input.device }
          units.set(`${product}/${serial}`, unit)
          return unit
        },
        async reprint(product, serial) {
          note('reprint', unitOf(product, serial).serial)
        },
      },
      async figures(query) {
        note('figures', query)
        return fake.figures
      },
      spanAt: (name, at) => spanAt(name, at, ['00:00', '08:00', '16:00'], 'UTC'),
    },
  }
  return fake
}

/** A unit with one passed run, with hostile texts where people and devices write. */
export const hostileRun = (id: number): Run =>
  sampleRun({
    id,
    serial: 'SN-1',
    label: '=cmd|calc',
    operator: '<script>alert(1)</script>',
    workOrder: '@SUM(A1)',
    outcome: 'failed',
    code: 'SELFTEST_FAILED',
    said: sentence('run_selftest_failed', {
      name: '"><img src=x onerror=1>',
      value: '3.02',
      unit: 'V',
      low: '3.1',
      high: '3.5',
      equals: null,
    }),
    steps: [
      {
        name: 'selftest',
        outcome: 'failed',
        startedAt: 3000,
        endedAt: 4000,
        code: 'SELFTEST_FAILED',
        said: sentence('run_selftest_missing', { names: null, seconds: 120 }),
        measurements: [
          {
            name: '__proto__',
            value: 3.0200000000000005,
            unit: 'V',
            low: 3.1,
            high: 3.5,
            equals: null,
            outcome: 'failed',
            marginal: false,
          },
          { name: 'serial<b>', value: 'a&b', unit: null, low: null, high: null, equals: 'a&b', outcome: 'passed', marginal: false },
          { name: 'temp', value: 20, unit: '°C', low: null, high: null, equals: null, outcome: null, marginal: false },
        ],
      },
    ],
    versionAfter: { default: '1.1.0' },
  })

export const someFigures = (key: Partial<FigureRow['key']>): FigureRow => ({
  key: { shift: null, station: null, process: null, product: null, version: null, workOrder: null, ...key },
  figures: addFigures(noFigures, {
    ...noFigures,
    units: 5,
    firstPassed: 2,
    finalPassed: 4,
    retested: 3,
    ntf: 2,
    runs: 8,
    passed: 4,
    failed: 4,
    codes: { SELFTEST_FAILED: 3, LOST: 1 },
    times: noFigures.times.map((_, index) => (index === 5 ? 8 : 0)),
    firstAt: 0,
    lastAt: 3_600_000,
  }),
})
