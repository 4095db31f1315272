// fogbell simulate --station: a rehearsal with simulated boards over the admin API, and how it is printed. What boards do is in simulate/.

import { OtaError } from '../errors.ts'
import { fleetBench } from '../simulate/fleet.ts'
import { fleetDefaults } from '../simulate/plan.ts'
import { type BoardResult, type RehearsalResult, rehearse } from '../simulate/rehearsal.ts'
import { isLocalBroker } from '../simulate/station-address.ts'
import { freshPrefix } from '../simulate/station-plan.ts'
import type { PlayedRun, PlayedScan, StationFigures, StationPort, StationSetup } from '../simulate/station-port.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import { localClock } from './format.ts'
import type { Io } from './io.ts'
import { createOutput, type Output } from './output.ts'
import { problemOf, usageError } from './problem-text.ts'
import type { LocationOptions } from './server-location.ts'
import { stationPath } from './station-path.ts'
import type { FiguresRecord, ProcedureRecord, RunRecord, ScannedRecord, ScreenRecord, YieldRecord } from './station-records.ts'
import { createTable } from './table.ts'

export interface StationSimulation {
  readonly station: string
  readonly boards?: number
  readonly faults?: string
  readonly seed?: number
  readonly prefix?: string
  readonly perMinute?: number
  readonly label?: string
  readonly stationToken?: string
  readonly version?: string
  readonly broker: string
  readonly rate?: number
  readonly insecure?: boolean
  readonly ca: string | null
  readonly json?: boolean
}

const usualBoards = 20

const runOf = ({ id, state, outcome, code }: RunRecord): PlayedRun => ({ id, state, outcome, code })

const scanOf = (answer: RunRecord | ScannedRecord): PlayedScan =>
  'kind' in answer ? { kind: answer.kind } : { kind: 'run', run: runOf(answer) }

/** A scan that is refused is an answer; all else that fails ends the rehearsal. */
const refusalOf = (thrown: unknown): PlayedScan => {
  const { code, reason } = problemOf(thrown)
  if (code !== 'OTA_SCAN_REFUSED' || reason === undefined) throw thrown
  return { kind: 'refused', reason }
}

const summed = (items: readonly FiguresRecord[]): StationFigures => {
  const sum = (of: (figures: FiguresRecord) => number): number => items.reduce((all, figures) => all + of(figures), 0)
  const uncounted: Record<string, number> = {}
  for (const item of items) for (const [code, count] of Object.entries(item.uncounted)) uncounted[code] = (uncounted[code] ?? 0) + count
  return {
    units: sum(({ units }) => units),
    firstPassed: sum(({ firstPassed }) => firstPassed),
    finalPassed: sum(({ finalPassed }) => finalPassed),
    retested: sum(({ retested }) => retested),
    ntf: sum(({ ntf }) => ntf),
    runs: sum(({ runs }) => runs),
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    errors: sum(({ errors }) => errors),
    aborted: sum(({ aborted }) => aborted),
    uncounted,
  }
}

/** `reader` may see procedures and figures; `scanner` may be the station's own token. */
const portOf = (reader: ApiClient, scanner: ApiClient, { station, process }: StationSetup): StationPort => ({
  scan: (text, slot, reason) =>
    scanner
      .send<RunRecord | ScannedRecord>('POST', `${stationPath(station)}/scan`, { text, slot, ...(reason !== undefined && { reason }) })
      .then(scanOf, refusalOf),
  run: async (id, after) => runOf(await scanner.get<RunRecord>(`/runs/${id}`, { wait: '20', after })),
  async measure(id, samples) {
    await scanner.send('POST', `/runs/${id}/measurements`, samples)
    await scanner.send('POST', `/runs/${id}/finish`)
  },
  figures: async () => summed((await reader.get<YieldRecord>('/yield', { station, process })).items),
})

const mustBeFree = ({ id, slotViews, reference, rev, procedure }: ScreenRecord): void => {
  const refuse = (why: string): never => {
    throw new OtaError('OTA_RUN_STATE', `the station ${id} cannot be rehearsed: ${why}`)
  }
  if (rev === null) refuse(`its procedure ${procedure} has no released revision`)
  if (reference !== null && (reference.blocked !== null || reference.wanted.length > 0)) refuse('its reference boards must be tested first')
  for (const { slot, run, isAcknowledged } of slotViews) {
    if (run === null) continue
    if (run.state !== 'ended') refuse(`in slot ${slot} ${run.serial} is being tested`)
    if (run.outcome !== 'passed' && !isAcknowledged) refuse(`the result in slot ${slot} is not acknowledged`)
  }
}

const setupOf = async (client: ApiClient, id: string): Promise<StationSetup> => {
  const view = await client.get<ScreenRecord>(stationPath(id))
  mustBeFree(view)
  const procedure = await client.get<ProcedureRecord>(`/procedures/${encodeURIComponent(view.procedure)}`, { rev: String(view.rev) })
  if (procedure.requires.length > 0)
    throw usageError(`the procedure ${procedure.id} requires ${procedure.requires.join(', ')}, which simulated boards have not passed`)
  return {
    station: view.id,
    slots: view.slots,
    slotAddresses: view.slotAddresses,
    signsIn: view.operator === 'scan' && view.operatorName === null,
    product: procedure.product,
    process: procedure.process,
    bind: procedure.bind,
    pattern: procedure.serial.pattern,
    modules: procedure.firmware.map(({ module, version }) => ({ module, version })),
    selfTest: procedure.selfTest,
    mostRetests: procedure.retest.max,
  }
}

const boardLine = ({ board, slot, fault, expected, said, isRight }: BoardResult, { colors }: Output, now: number): string => {
  const head = `${localClock(new Date(now).toISOString())}  ${board.padEnd(18)} slot ${String(slot).padEnd(2)} ${(fault ?? 'good').padEnd(17)}`
  if (isRight) return `${head} ${said.join(', ')}`
  return `${head} ${colors.red('DIFFERS')}: expected ${expected.join(', ')}; the station said ${said.join(', ') || 'nothing'}`
}

const summaryLines = ({ boards, planned, figures, isRight }: RehearsalResult, { colors, columns }: Output): readonly string[] => {
  const wrong = boards.filter((board) => !board.isRight).length
  if (boards.length < planned)
    return [`stopped: ${boards.length} of ${planned} boards were judged, ${wrong} otherwise than expected; the figures were not compared`]
  const rows = figures.map(({ name, expected, said }) => [
    name,
    String(expected),
    expected === said ? String(said) : { text: `${said} DIFFERS`, style: colors.red },
  ])
  return [
    ...createTable(['FIGURE', 'EXPECTED', 'STATION'], columns)(rows),
    isRight
      ? `${boards.length} boards: the station said what was expected, and its figures are right`
      : `${boards.length} boards: ${wrong} were judged otherwise than expected, ${figures.filter(({ expected, said }) => expected !== said).length} figures differ`,
  ]
}

/** Resolves with the exit status: 1 where anything differs. */
export const simulateStation = async (
  location: LocationOptions,
  given: StationSimulation,
  io: Io,
  signal: AbortSignal,
): Promise<number> => {
  const output = createOutput(io, given.json === true)
  const reader = createApiClient(location, io)
  const scanner = given.stationToken === undefined ? reader : createApiClient({ ...location, token: given.stationToken }, io)
  const setup = await setupOf(reader, given.station)
  const { broker, ca, insecure = false, rate = 0 } = given
  const stage = {
    setup,
    port: portOf(reader, scanner, setup),
    bench: fleetBench({ ...fleetDefaults, broker, ca, insecure, rate, reconnectMs: 200 }, () => undefined),
    options: {
      boards: given.boards ?? usualBoards,
      faults: given.faults ?? '',
      seed: given.seed ?? fleetDefaults.seed,
      prefix: given.prefix ?? freshPrefix(io.now()),
      perMinute: given.perMinute ?? 0,
      label: given.label ?? null,
      version: given.version ?? fleetDefaults.version,
      isLocal: isLocalBroker(broker),
    },
    signal,
  }
  const result = await rehearse(stage, {
    board: (board) => (output.json ? output.value({ event: 'board', ...board }) : output.line(boardLine(board, output, io.now()))),
  })
  const { figures, isRight } = result
  output.result({ event: 'summary', boards: result.boards.length, figures, isRight }, () => summaryLines(result, output))
  return isRight ? 0 : 1
}
