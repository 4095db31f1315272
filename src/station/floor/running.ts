// Open runs: each gets its events one after another, and what an event makes of it is on disk before anybody sees it.

import { asOtaError, OtaError } from '../../errors.ts'
import type { DeviceKey, Task } from '../../ota/model.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { StationChange } from '../row-types.ts'
import { course } from '../rules/course.ts'
import { runDeadline } from '../rules/run-clock.ts'
import type { RunCourse, RunEvent, Surroundings } from '../rules/run-events.ts'
import { verdictOf } from '../rules/verdicts.ts'
import type { Run } from '../run-model.ts'
import type { Procedure, Unit, WantedFirmware } from '../station-model.ts'
import { admitAll, cancelTasks, notAdmitted, wantedOf } from './admitting.ts'
import { judgedAsReference, newUnit, storeEnd } from './ending.ts'
import { type Floor, keepShown, type OpenRun, show, showRun } from './floor.ts'
import { withLabelDue } from './labels.ts'

/** A write that failed is tried again after this time (ms). */
const againMs = 1000

/** Reasons of a refused CONNECT that are about what the board shows of itself. */
export const ofSecret: ReadonlySet<string> = new Set(['bad_signature', 'bad_password', 'no_password', 'bad_certificate'])

// ---------------------------------------------------------------- what is around

export const tasksOf = ({ outside }: Pick<Floor, 'outside'>, { endedTasks }: OpenRun, run: Run): readonly Task[] =>
  run.tasks.flatMap((id) => endedTasks.get(id) ?? outside.core.reads.openTask(id) ?? [])

const surroundings = (floor: Floor, open: OpenRun, run: Run): Surroundings => {
  const { core, now } = floor.outside
  const { device } = run
  const blocks = floor.rows.memory.stations.get(run.station)?.slotAddresses ?? []
  return {
    procedure: open.procedure,
    now: now(),
    device: device === null ? undefined : core.reads.device(device),
    tasks: tasksOf(floor, open, run),
    since: device === null ? null : core.connections.since(device),
    away: core.away(),
    host: device === null ? '' : core.linkHost(device),
    from: blocks[run.slot - 1] ?? null,
  }
}

// ---------------------------------------------------------------- the board

/** The board belongs to another unit, or the unit to another board. */
const boundElsewhere = async (floor: Floor, run: Run, device: DeviceKey): Promise<string | null> => {
  const { queries } = floor.rows
  const [unit, other] = [await queries.unit(run.product, run.serial), await queries.unitOfDevice(device)]
  if (other !== undefined && other.serial !== run.serial) return other.serial
  return unit !== undefined && unit.device !== null && unit.device !== device ? run.serial : null
}

/** One device has one serial for good, and the reverse. */
const bindingOf = async (floor: Floor, run: Run): Promise<readonly StationChange[]> => {
  const before: Unit | null = (await floor.rows.queries.unit(run.product, run.serial)) ?? null
  if (run.device === null || before?.device === run.device) return []
  const value: Unit = { ...(before ?? newUnit(run)), device: run.device, boundAt: run.connectedAt, boundBy: run.id }
  return [{ put: 'unit', value, before }]
}

/** A board that came for a run is noted before anything else, so that no second run takes it. */
const takeDevice = (floor: Floor, id: number, device: DeviceKey): void => {
  floor.byDevice.set(device, id)
  floor.outside.core.hold(device)
  // It may have come before it was scanned, while other runs waited.
  for (const run of floor.rows.memory.openRuns.values())
    if (run.id !== id && run.others.includes(device)) keep(floor, run.id, { type: 'claimed', device })
}

// ---------------------------------------------------------------- its end

const mostTested = 1000

/** A board that was tested while others were waited for connects again: it is in nobody's place. */
const noteTested = ({ tested, outside }: Floor, device: DeviceKey): void => {
  tested.delete(device)
  tested.set(device, outside.now())
  const [oldest] = tested.keys()
  if (tested.size > mostTested && oldest !== undefined) tested.delete(oldest)
}

/** The open run is no longer there. Its board is free for others, and downloads of its tasks end. */
const close = (floor: Floor, open: OpenRun, run: Run): void => {
  const { core } = floor.outside
  floor.open.delete(open.id)
  if (run.device !== null && floor.byDevice.get(run.device) === run.id) {
    floor.byDevice.delete(run.device)
    if (run.connectedAt !== null) noteTested(floor, run.device)
    core.free(run.device)
  }
  // Those too that were made and are not in its record yet.
  if (run.device !== null) cancelTasks(floor, run.device, () => true)
  for (const { done } of open.pending.splice(0)) done()
}

const finish = async (floor: Floor, open: OpenRun, next: Run): Promise<void> => {
  const run = withLabelDue(judgedAsReference(next), open.procedure)
  open.isSaving = true
  await storeEnd(floor, run, open.procedure)
  open.isSaving = false
  floor.newestEnd = Math.max(floor.newestEnd, run.endedAt ?? 0)
  close(floor, open, run)
  keepShown(floor, run)
  showRun(floor, run)
  floor.ended(run, open.procedure)
}

// ---------------------------------------------------------------- its update

const admit = (floor: Floor, open: OpenRun, device: DeviceKey, wanted: readonly WantedFirmware[]): void => {
  open.mustAdmit = false
  const { run, procedure, endedTasks: ended } = open
  admitAll(floor, { run, procedure, device, ended }, wanted).then(
    (event) => {
      // It has ended meanwhile.
      if (!floor.open.has(open.id)) return cancelTasks(floor, device, () => !floor.byDevice.has(device))
      keep(floor, open.id, event)
    },
    (thrown: unknown) => {
      if (asOtaError(thrown).code !== 'OTA_STORE_FAILED') return keep(floor, open.id, notAdmitted(thrown))
      open.mustAdmit = true
    },
  )
}

// ---------------------------------------------------------------- events

const nothing = (): void => undefined

const apply = async (floor: Floor, open: OpenRun, event: RunEvent): Promise<void> => {
  const run = floor.rows.memory.openRuns.get(open.id)
  if (run === undefined) return
  const isArrival = event.type === 'connected' && run.state === 'waiting'
  const other = isArrival ? await boundElsewhere(floor, run, event.device) : null
  const around = surroundings(floor, open, isArrival ? { ...run, device: event.device } : run)
  const happens: RunEvent = other === null ? event : { type: 'fails', verdict: verdictOf('BOUND_ELSEWHERE', { other }) }
  const { run: next, admit: wanted }: RunCourse = course(run, happens, around)
  if (next === run) {
    open.isSaving = false
    return
  }
  if (next.device !== null && next.device !== run.device) takeDevice(floor, next.id, next.device)
  if (next.state === 'ended') return finish(floor, open, next)
  open.isSaving = false
  const write = async (): Promise<void> =>
    floor.rows.commit([{ put: 'run', value: next }, ...(isArrival ? await bindingOf(floor, next) : [])])
  // Its unit may be released or bound anew at the same time.
  await (isArrival ? floor.inTurn(write) : write())
  open.run = next
  showRun(floor, next)
  if (wanted !== undefined && next.device !== null) admit(floor, open, next.device, wanted)
  // Its tasks may have gone on while their ids were written.
  if (event.type === 'admitted') await apply(floor, open, { type: 'task' })
}

/** What ends a run is kept, whoever waits for it: the run ends when it can be written. */
const settle = (floor: Floor, open: OpenRun, error: unknown): void => {
  const { log, now } = floor.outside
  if (open.failedAt === null && open.isSaving) show(floor, { type: 'station', station: open.run.station })
  open.failedAt = now()
  if (asOtaError(error).code !== 'OTA_STORE_FAILED') log.error({ err: error, run: open.id }, 'an event of a run failed')
  const [first] = open.pending
  if (first === undefined) return
  const isEnd = open.isSaving && !first.isKept
  // Nobody waits longer than the disk takes to fail: what is behind an event that is kept comes again.
  const waiting = open.pending.filter(({ isKept }) => !isKept)
  const kept = open.pending.filter(({ isKept }) => isKept)
  const stay = isEnd ? [{ ...first, isKept: true, done: nothing, failed: nothing }, ...kept] : kept
  open.pending.splice(0, open.pending.length, ...stay)
  for (const { failed } of waiting) failed(error)
}

const drain = async (floor: Floor, open: OpenRun): Promise<void> => {
  if (open.isBusy) return
  open.isBusy = true
  for (let first = open.pending[0]; first !== undefined; first = open.pending[0]) {
    try {
      await apply(floor, open, first.event)
    } catch (error) {
      settle(floor, open, error)
      break
    }
    open.failedAt = null
    // The end of a run has taken them all.
    if (open.pending[0] === first) open.pending.shift()
    first.done()
  }
  open.isBusy = false
}

const closed = (id: number): OtaError => new OtaError('OTA_RUN_STATE', sentence('floor_run_ended', { run: String(id) }))

/** An event that comes from the core, and does not come again. */
export const keep = (floor: Floor, id: number, event: RunEvent): void => {
  const open = floor.open.get(id)
  if (open === undefined) return
  open.pending.push({ event, isKept: true, done: nothing, failed: nothing })
  if (open.failedAt === null) void drain(floor, open)
}

/** An event that somebody waits for: resolves when it is on disk. OTA_RUN_STATE: the run has ended. */
export const deliver = (floor: Floor, id: number, event: RunEvent): Promise<void> => {
  const open = floor.open.get(id)
  if (open === undefined) return Promise.reject(closed(id))
  return new Promise((done, failed) => {
    open.pending.push({ event, isKept: false, done, failed })
    void drain(floor, open)
  })
}

// ---------------------------------------------------------------- begin, time, start

export const openRun = (floor: Floor, run: Run, procedure: Procedure): OpenRun => {
  const open: OpenRun = {
    id: run.id,
    procedure,
    run,
    endedTasks: new Map(),
    pending: [],
    isBusy: false,
    failedAt: null,
    isSaving: false,
    mustAdmit: false,
  }
  floor.open.set(run.id, open)
  if (run.device !== null) takeDevice(floor, run.id, run.device)
  return open
}

/** The board may be there already. */
export const lookForBoard = (floor: Floor, run: Run, slotOf: (address: string | null) => number | null): void => {
  const { connections } = floor.outside.core
  const since = run.device === null ? null : connections.since(run.device)
  if (run.device === null || since === null) return
  const address = connections.address(run.device)
  keep(floor, run.id, { type: 'connected', device: run.device, since, address, slot: slotOf(address) })
}

/** Of many refusals that come at once not each is shown: the last one under the board's name is known all the same. */
const noteRefusal = (floor: Floor, open: OpenRun, run: Run): void => {
  if (run.state !== 'waiting' || run.device === null || open.pending.length > 0 || open.isBusy) return
  const note = floor.outside.core.devices.connectionNote(run.device)
  if (note?.what !== 'refused' || note.at < run.scannedAt || note.reason === run.refused) return
  keep(floor, open.id, { type: 'refused', reason: note.reason, isSecret: ofSecret.has(note.reason) })
}

/** What is due by time, and what could not be written. Call several times a second. */
export const tickRuns = (floor: Floor): void => {
  const { core, now } = floor.outside
  const away = core.away()
  for (const open of floor.open.values()) {
    const run = floor.rows.memory.openRuns.get(open.id)
    if (run === undefined) continue
    if (open.failedAt !== null && now() < open.failedAt + againMs) continue
    open.failedAt = null
    noteRefusal(floor, open, run)
    if (open.mustAdmit && run.device !== null) admit(floor, open, run.device, wantedOf(open.procedure, run))
    const at = runDeadline(run, open.procedure, away)
    if (at !== null && now() >= at && !open.isBusy && open.pending.length === 0) keep(floor, open.id, { type: 'due' })
    else void drain(floor, open)
  }
}

/** Tasks that were made for the run and are over, though the run does not have them: the server ended before it was written. */
const findEnded = async ({ outside }: Floor, { procedure, endedTasks }: OpenRun, { device }: Run): Promise<void> => {
  for (const campaign of device === null ? [] : procedure.campaigns) {
    const { items } = await outside.core.queries.tasks({ ...(device !== null && { device }), campaign, limit: 1000 })
    for (const task of items) if (task.endedAt !== null) endedTasks.set(task.id, task)
  }
}

/** Continues what a stop or a crash left open. */
export const resumeRun = async (floor: Floor, run: Run, procedure: Procedure): Promise<void> => {
  const open = openRun(floor, run, procedure)
  const { reads, queries } = floor.outside.core
  for (const id of run.tasks) {
    const task = reads.openTask(id) === undefined ? await queries.task(id) : undefined
    if (task !== undefined) open.endedTasks.set(id, task)
  }
  open.mustAdmit = run.state === 'updating' && run.tasks.length === 0
  if (open.mustAdmit) await findEnded(floor, open, run)
  keep(floor, run.id, { type: 'resumed' })
  keep(floor, run.id, { type: 'task' })
  keep(floor, run.id, { type: 'reported' })
}
