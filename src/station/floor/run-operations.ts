// Runs as operators, jigs and programs see them.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { JigFinish, RunQuery, Stations } from '../ports.ts'
import type { Given, Run, RunState } from '../run-model.ts'
import { changeDesk, withAcknowledged } from './desk.ts'
import { type Floor, mustFindStation, storedRun } from './floor.ts'
import { finishDigest, mustBeSameBody } from './request-bodies.ts'
import { deliver } from './running.ts'
import { scan } from './scanning.ts'

type Runs = Stations['runs']

const mustFindRun = async (floor: Floor, id: number): Promise<Run> => {
  const run = await storedRun(floor, id)
  if (run === undefined) throw new OtaError('OTA_RUN_UNKNOWN', sentence('floor_run_unknown', { run: String(id) }))
  return run
}

const mustBeOpen = async (floor: Floor, id: number): Promise<Run> => {
  const run = await mustFindRun(floor, id)
  if (run.state === 'ended') throw new OtaError('OTA_RUN_STATE', sentence('floor_run_ended', { run: String(id) }))
  return run
}

/** One that is aborted already stays so. */
const abort = async (floor: Floor, id: number, by: string): Promise<Run> => {
  const before = await mustFindRun(floor, id)
  if (before.outcome === 'aborted') return before
  await mustBeOpen(floor, id)
  await deliver(floor, id, { type: 'abort', by })
  return mustFindRun(floor, id)
}

/** An acknowledged one stays so, whoever acknowledges it again. */
const acknowledge = async (floor: Floor, id: number): Promise<Run> => {
  const run = await mustFindRun(floor, id)
  if (run.state !== 'ended') throw new OtaError('OTA_RUN_STATE', sentence('floor_run_not_ended', { run: String(id) }))
  await changeDesk(floor, mustFindStation(floor, run.station), (desk) => (desk.shown.includes(id) ? withAcknowledged(desk, id) : desk))
  return run
}

/** OTA_RUN_STATE unless the run gets its measurements from a jig. */
const mustBeOfJig = (floor: Floor, { id, state }: Run, isFinish: boolean): void => {
  const source = floor.open.get(id)?.procedure.selfTest?.source
  if (source !== 'jig') throw new OtaError('OTA_RUN_STATE', sentence('floor_run_of_device', { run: String(id) }))
  if (state !== 'testing' && !isFinish) throw new OtaError('OTA_RUN_STATE', sentence('floor_run_not_testing', { run: String(id), state }))
}

const measure = async (floor: Floor, id: number, measurements: readonly Given[]): Promise<Run> => {
  const run = await mustBeOpen(floor, id)
  mustBeOfJig(floor, run, false)
  await deliver(floor, id, { type: 'jig', measurements })
  return mustFindRun(floor, id)
}

/** A jig that has found a fault may end a run at any time; only a self-test can pass it. */
const finish = async (floor: Floor, id: number, input: JigFinish, key?: string): Promise<Run> => {
  const before = await mustFindRun(floor, id)
  const request = key === undefined ? undefined : { key, digest: finishDigest(input) }
  if (request !== undefined && before.finishKey === key) {
    mustBeSameBody(id, before.finishDigest, request.digest)
    if (before.state === 'ended') return before
  }
  const run = await mustBeOpen(floor, id)
  mustBeOfJig(floor, run, input.outcome === 'failed' || input.outcome === 'error')
  await deliver(floor, id, { type: 'finish', finish: input, request })
  return mustFindRun(floor, id)
}

/** Without what is on its way to the disk only. */
const asStored = ({ open }: Floor, runs: readonly Run[], { outcome }: Pick<RunQuery, 'outcome'>): readonly Run[] =>
  runs.flatMap((run) => {
    const stored = open.get(run.id)?.run ?? run
    return outcome === undefined || stored.outcome === outcome ? [stored] : []
  })

const list = async (floor: Floor, query: RunQuery): ReturnType<Runs['list']> => {
  const { items, next } = await floor.rows.queries.runs(query)
  return { items: asStored(floor, items, query), next }
}

const all = async function* (floor: Floor, query: Parameters<Runs['all']>[0]): AsyncGenerator<readonly Run[]> {
  for await (const runs of floor.rows.queries.allRuns(query)) yield asStored(floor, runs, query)
}

/** Answers as soon as the state is another one than `after`. */
const changed = async (floor: Floor, id: number, after: RunState | null, ms: number, signal?: AbortSignal): Promise<Run> => {
  const run = await mustFindRun(floor, id)
  if (run.state === 'ended' || ms <= 0 || signal?.aborted === true || (after !== null && run.state !== after)) return run
  const before = run.state
  await new Promise<void>((resolve) => {
    const waiters = floor.waiters.get(id) ?? new Set()
    floor.waiters.set(id, waiters)
    const end = (): void => {
      clearTimeout(timer)
      waiters.delete(wake)
      if (waiters.size === 0) floor.waiters.delete(id)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const wake = (): void => {
      if (floor.open.get(id)?.run.state !== before) end()
    }
    const timer = setTimeout(end, ms)
    waiters.add(wake)
    signal?.addEventListener('abort', end)
    // It may have changed since it was looked at.
    wake()
  })
  return mustFindRun(floor, id)
}

export const runOperations = (floor: Floor): Runs => ({
  scan: (station, input) => scan(floor, station, input),
  find: (id) => mustFindRun(floor, id),
  list: (query) => list(floor, query),
  all: (filter) => all(floor, filter),
  abort: (id, by) => abort(floor, id, by),
  acknowledge: (id) => acknowledge(floor, id),
  measure: (id, measurements) => measure(floor, id, measurements),
  finish: (id, input, key) => finish(floor, id, input, key),
  changed: (id, after, ms, signal) => changed(floor, id, after, ms, signal),
})
