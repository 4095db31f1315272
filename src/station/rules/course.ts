// The course of a run: what each event makes of it, until it ends. Pure: the clock, the board's record and its tasks are arguments, and what
// is to be done is said, not done.

import type { Device, DeviceKey } from '../../ota/model.ts'
import { isOpen } from '../../ota/model.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { RunVerdict } from '../ports.ts'
import type { Given, Run } from '../run-model.ts'
import type { Procedure, WantedFirmware } from '../station-model.ts'
import { countedTest, forgetOld, hear } from './heard.ts'
import { unfetchedOf } from './installed.ts'
import { givenOf, isReported, nameIn, overdue } from './overdue.ts'
import { runDeadline } from './run-clock.ts'
import type { RunCourse, RunEvent, Surroundings } from './run-events.ts'
import { begin, drop, end, endOpen, measured, reopen, skip } from './run-steps.ts'
import { finishSelfTest, isAbout, judgeMessage, measureOnly } from './self-test.ts'
import { updateState } from './task-verdict.ts'
import { verdictOf } from './verdicts.ts'

type Rule<E extends RunEvent['type']> = (run: Run, event: Extract<RunEvent, { type: E }>, around: Surroundings) => RunCourse

const same = (run: Run): RunCourse => ({ run })

// ---------------------------------------------------------------- the end

const versionsOf = (device: Device | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((device?.modules ?? []).map(({ name, version }) => [name, version]))

const ended = (before: Run, { outcome, code, said }: RunVerdict, around: Surroundings): RunCourse => {
  const { heard: _, ...run } = before
  const { now, device } = around
  return {
    run: {
      ...endOpen(run, { outcome, code, said }, now),
      state: 'ended',
      outcome,
      code,
      said,
      endedAt: now,
      ...unfetchedOf(run, around),
      versionAfter: run.connectedAt === null ? {} : versionsOf(device),
    },
  }
}

/** The board reports another version than it was tested with: null, it does not. */
const otherVersion = ({ procedure, device }: Surroundings): string | null => {
  for (const { module, version } of procedure.firmware) {
    const found = device?.modules.find(({ name }) => name === module)
    if (found !== undefined && found.version !== version) return found.version
  }
  return null
}

/** A board that has rolled back meanwhile does not pass, whatever it has measured. */
const pass = (run: Run, around: Surroundings): RunCourse => {
  const version = otherVersion(around)
  return ended(run, version === null ? { outcome: 'passed', code: null, said: null } : verdictOf('ROLLED_BACK', { version }), around)
}

// ---------------------------------------------------------------- testing

const afterMessage = (run: Run, given: readonly Given[], around: Surroundings): RunCourse => {
  const { selfTest } = around.procedure
  const judged = selfTest === null ? null : judgeMessage(selfTest, given, around.procedure.steps.selfTestSeconds)
  if (judged === null) return same(run)
  const noted = measured(run, 'selftest', judged.measurements)
  return judged.verdict === null ? pass(noted, around) : ended(noted, judged.verdict, around)
}

/** The update is done, or none was needed. */
const test = (run: Run, around: Surroundings): RunCourse => {
  const { selfTest } = around.procedure
  if (selfTest === null) return pass(run, around)
  const testing: Run = { ...begin(run, 'selftest', around.now), state: 'testing' }
  const before = selfTest.source === 'device' ? countedTest(testing, around) : null
  const { heard: _, ...waiting } = testing
  return before === null ? same(waiting) : afterMessage(waiting, before, around)
}

// ---------------------------------------------------------------- identifying and updating

const wantedOf = ({ firmware, reflash }: Procedure, device: Device): readonly WantedFirmware[] =>
  firmware.filter(({ module, version }) => reflash === 'always' || device.modules.find(({ name }) => name === module)?.version !== version)

/** Once every module that matters has reported: what is there, and what has to be updated. */
const identify = (run: Run, around: Surroundings): RunCourse => {
  const { procedure, device, now } = around
  if (device === undefined || !procedure.firmware.every(({ module }) => isReported(run, device, module))) return same(run)
  const known: Run = { ...end(run, 'identify', 'passed', now), versionBefore: versionsOf(device) }
  const wanted = wantedOf(procedure, device)
  if (wanted.length === 0) return test(skip(known, 'update', now), around)
  // What it has sent so far is of the firmware that is replaced.
  const { heard: _, ...updating } = begin(known, 'update', now)
  return { run: { ...updating, state: 'updating' }, admit: wanted }
}

/** The whole image is on the board: it is to start it. */
const restart = (run: Run, { now }: Surroundings): RunCourse =>
  same({ ...begin(end(run, 'update', 'passed', now), 'restart', now), state: 'restarting' })

/** The download has begun again. */
const updateAgain = (run: Run): RunCourse => same({ ...reopen(drop(run, 'restart'), 'update'), state: 'updating' })

const afterTasks = (run: Run, around: Surroundings): RunCourse => {
  if ((run.state !== 'updating' && run.state !== 'restarting') || around.tasks.length < run.tasks.length || run.tasks.length === 0)
    return same(run)
  const state = updateState(around.tasks, around.host)
  if (typeof state === 'object') return ended(run, state, around)
  if (state === 'done') {
    const whole = run.state === 'updating' ? begin(end(run, 'update', 'passed', around.now), 'restart', around.now) : run
    return test(end(whole, 'restart', 'passed', around.now), around)
  }
  if (state === 'fetched') return run.state === 'updating' ? restart(run, around) : same(run)
  return run.state === 'restarting' ? updateAgain(run) : same(run)
}

/** The old version after the restart: a board may report it while it restarts, but not again on a newer connection (docs/station.md). */
const oldVersion = (run: Run, around: Surroundings): RunCourse => {
  const { tasks, device, since } = around
  const open = tasks.find((task) => isOpen(task.state) && task.completeAt !== null)
  const module = open && device?.modules.find(({ name }) => name === open.module)
  if (open?.completeAt == null || module === undefined || since === null || since <= open.completeAt) return same(run)
  if (module.version === open.to || module.reportedAt < since) return same(run)
  if (run.oldVersionOn === null) return same({ ...run, oldVersionOn: since })
  if (since <= run.oldVersionOn) return same(run)
  return ended(run, verdictOf('ROLLED_BACK', { version: module.version }), around)
}

// ---------------------------------------------------------------- events

const connected: Rule<'connected'> = (run, { device, since, address, slot }, around) => {
  if (run.state === 'restarting') return same(address === null || address === run.remote ? run : { ...run, remote: address })
  if (run.state !== 'waiting') return same(run)
  const { now } = around
  const wasConnected = since < run.scannedAt
  const here: Run = {
    ...begin(end(run, 'connect', 'passed', now), 'identify', now),
    device,
    state: 'identifying',
    said: null,
    connectedAt: now,
    remote: address,
    wasConnected,
    boardSince: since,
  }
  if (slot !== null && slot !== run.slot) {
    const verdict = verdictOf('WRONG_SLOT', { serial: run.serial, slot, wanted: run.slot })
    return ended(here, verdict, around)
  }
  return identify(here, around)
}

const disconnected: Rule<'disconnected'> = (run, _event, around) => {
  if (run.state !== 'testing') return same(run)
  if (run.drops > 0) return ended(run, verdictOf('LOST', {}), around)
  return same({ ...run, drops: run.drops + 1 })
}

/** A board does not lose its connection by itself where the server ends. */
const resumed: Rule<'resumed'> = (run) => (run.state === 'testing' && run.drops > 0 ? same({ ...run, drops: run.drops - 1 }) : same(run))

const mostOthers = 5

/** Said at once, while the board is still waited for. */
const withOthers = (run: Run, others: readonly DeviceKey[]): RunCourse => {
  const newest = others.at(-1)
  return same({ ...run, others, said: newest === undefined ? null : sentence('board_not_scanned', { other: nameIn(newest) }) })
}

const other: Rule<'other'> = (run, { device }) =>
  run.state !== 'waiting' || run.others.includes(device) ? same(run) : withOthers(run, [...run.others, device].slice(-mostOthers))

const claimed: Rule<'claimed'> = (run, { device }) =>
  run.state === 'waiting' && run.others.includes(device)
    ? withOthers(
        run,
        run.others.filter((each) => each !== device),
      )
    : same(run)

const refused: Rule<'refused'> = (run, { reason, isSecret }, around) => {
  if (run.state === 'waiting' && isSecret) return ended(run, verdictOf('WRONG_SECRET', { name: nameIn(run.device ?? '') }), around)
  return run.refused === reason ? same(run) : same({ ...run, refused: reason })
}

const fails: Rule<'fails'> = (run, { verdict }, around) => ended(run, verdict, around)

const reported: Rule<'reported'> = (run, _event, around) => {
  if (run.state === 'identifying') return identify(run, around)
  if (run.state === 'testing') return otherVersion(around) === null ? same(run) : pass(run, around)
  if (run.state === 'updating') return same(forgetOld(run, around))
  return run.state === 'restarting' ? oldVersion(forgetOld(run, around), around) : same(run)
}

const task: Rule<'task'> = (run, _event, around) => afterTasks(run, around)

const admitted: Rule<'admitted'> = (run, { tasks }, around) => {
  if (run.state !== 'updating' || run.tasks.length > 0) return same(run)
  if (tasks.length === 0) return test(end(run, 'update', 'passed', around.now), around)
  return afterTasks({ ...run, tasks }, around)
}

/** Once it is tested the first one counts, on whatever connection: all that came before were heard before. */
const selfTest: Rule<'selfTest'> = (run, { test: one }, around) => {
  const { selfTest: wanted } = around.procedure
  if (wanted?.source !== 'device' || run.state === 'waiting') return same(run)
  if (run.state === 'testing') return afterMessage(run, one.measurements, around)
  return same(isAbout(wanted, one.measurements) ? hear(run, one, around) : run)
}

const jig: Rule<'jig'> = (run, { measurements }, around) => {
  const { selfTest: wanted } = around.procedure
  if (wanted === null || run.state !== 'testing') return same(run)
  return same(measured(run, 'selftest', measureOnly(wanted, [...givenOf(run), ...measurements])))
}

const finish: Rule<'finish'> = (before, { finish: given, request }, around) => {
  const run = request === undefined ? before : { ...before, finishKey: request.key, finishDigest: request.digest }
  const { selfTest: wanted } = around.procedure
  if (wanted === null) return same(run)
  const { measurements, verdict } = finishSelfTest(wanted, givenOf(run), given, around.procedure.steps.selfTestSeconds)
  const noted = measured(run, 'selftest', measurements)
  return verdict === null ? pass(noted, around) : ended(noted, verdict, around)
}

const abort: Rule<'abort'> = (run, { by }, around) => ended(run, verdictOf('ABORTED', { by }), around)

const due: Rule<'due'> = (run, _event, around) => {
  const at = runDeadline(run, around.procedure, around.away)
  return at === null || around.now < at ? same(run) : ended(run, overdue(run, around), around)
}

const rules: { readonly [E in RunEvent['type']]: Rule<E> } = {
  connected,
  disconnected,
  resumed,
  other,
  claimed,
  refused,
  fails,
  reported,
  task,
  admitted,
  selfTest,
  jig,
  finish,
  due,
  abort,
}

/** The run after the event. Never throws; an ended run stays as it is. */
export const course = <E extends RunEvent['type']>(run: Run, event: Extract<RunEvent, { type: E }>, around: Surroundings): RunCourse => {
  if (run.state === 'ended') return same(run)
  const rule: Rule<E> = rules[event.type as E]
  return rule(run, event, around)
}
