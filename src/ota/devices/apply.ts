// Puts one report into a draft: finds its device and its task, and what is to follow once the draft is on disk (protocol.md §4).

import { withItem, withoutItem } from '../../sparse.ts'
import { countAgainst, hasRolledBack } from '../campaigns/soak.ts'
import type { DropReason, Report } from '../dialects/dialect.ts'
import { type Device, type DeviceKey, type Installed, isOpen, type Task } from '../model.ts'
import { moduleOf } from '../rules/eligibility.ts'
import { withVersion } from '../rules/new-device.ts'
import { mayStillRun } from '../rules/transition.ts'
import { applyEvent, installedBy } from '../state/attempts.ts'
import { type ConnectionState, moduleKey, sinceOf } from '../state/connections.ts'
import type { Part } from '../state/context.ts'
import {
  type Draft,
  draftDevice,
  draftOpenTaskOf,
  draftTask,
  type Moved,
  stageDevice,
  stageInstalled,
  stageMark,
  stageUndo,
} from '../state/draft.ts'
import { drop } from '../state/drop.ts'
import { type ClaimRefusal, childOf, dropClaim } from './claims.ts'

type VersionReport = Extract<Report, { kind: 'version' }>
type ProgressReport = Extract<Report, { kind: 'progress' }>
type Applying = Part<'ports' | 'connections' | 'clocks'>

/** Ended tasks that the reports refer to: only these must be read from disk, before anything is applied. */
export type Ended = ReadonlyMap<number, Task>

/** The reports of one message, and what follows once they are on disk. */
export interface ReportWork {
  readonly draft: Draft
  readonly state: ConnectionState
  readonly ended: Ended
  /** Tasks to offer (again). */
  readonly offers: Task[]
  /** Devices to match with continuous campaigns. */
  readonly asked: DeviceKey[]
  readonly moved: Moved[]
  readonly versions: { readonly device: DeviceKey; readonly detail: string }[]
}

const lateTask = ({ late }: Device, module: string, ended: Ended): Task | undefined => {
  const entry = late.find((one) => one.module === module)
  const task = entry && ended.get(entry.task)
  return task && !isOpen(task.state) ? task : undefined
}

/** Not installed by a task, unless one ends with this report. */
const installedByItself = (device: DeviceKey, { module, version }: VersionReport, at: number): Installed => ({
  device,
  module,
  version,
  at,
  task: null,
  campaign: null,
  sha256: null,
})

/** The record of a device is written with each of its reports, which must not make it grow without limit. */
const maxModules = 64

/** A version report with the state of the draft that it applies to. */
interface VersionCase {
  readonly report: VersionReport
  /** The device before the report. */
  readonly device: Device
  /** The module's ended task that may still succeed, or whose version may still be installed. */
  readonly late: Task | undefined
}

/** Puts the version into the device's record, and what follows about the installed version. */
const applyToDevice = ({ ports }: Part<'ports'>, draft: Draft, { report, device, late }: VersionCase): void => {
  const { module, version } = report
  const now = ports.now()
  stageDevice(draft, withVersion(device, module, version, now))
  if (moduleOf(device, module)?.version !== version) {
    const isOfLate = late !== undefined && mayStillRun(late) && late.to === version
    stageInstalled(draft, isOfLate ? installedBy(ports, late) : installedByItself(device.key, report, now))
  }
  // An update by another task is not a rollback, nor is one that a late task installed.
  const isLed = draftOpenTaskOf(draft, device.key, module)?.to === version || late?.to === version
  if (!isLed && hasRolledBack(device, module, version)) countAgainst(ports, draft, device, module)
}

/** Applies the version to the module's tasks. */
const applyToTasks = (context: Applying, work: ReportWork, { report, device, late }: VersionCase): void => {
  const { draft, state, asked, offers } = work
  const { module, version } = report
  const event = { type: 'version', version, since: sinceOf(state, device.key) } as const
  const begun = draftOpenTaskOf(draft, device.key, module)
  // One report is one success: that of the device's current attempt.
  const isTaken = begun?.state === 'in_progress' && begun.to === version
  if (late !== undefined && !isTaken) applyEvent(context, draft, late, event)
  const open = draftOpenTaskOf(draft, device.key, module)
  if (open === undefined) asked.push(device.key)
  else if (applyEvent(context, draft, open, event)) offers.push(open)
  // A step is done: another campaign may continue from here.
  else if (draftTask(draft, open.id)?.state === 'succeeded') asked.push(device.key)
}

/** Noted at once: a report on its way to disk is no silence. */
const noteReported = (draft: Draft, state: ConnectionState, module: string): void => {
  if (state.reported.has(module)) return
  state.reported = withItem(state.reported, module)
  stageUndo(draft, () => {
    state.reported = withoutItem(state.reported, module)
  })
}

const applyVersion = (context: Applying, work: ReportWork, known: Device, report: VersionReport): void => {
  const { ports } = context
  const { draft, state, ended, versions } = work
  const { key } = known
  const { module, version } = report
  if (report.notString) {
    ports.meter.count('uplinks', 'version_not_string')
    ports.log.warn(
      { device: key, version },
      'a device reports its version as a number, in which 1.10 and 1.1 are the same; it should send a string',
    )
  }
  const device = draftDevice(draft, key) ?? known
  if (device.modules.length >= maxModules && moduleOf(device, module) === undefined) {
    drop(ports, key, 'too_many_modules', `${maxModules} are kept of a device; ${module} is one more`)
    return
  }
  const found: VersionCase = { report, device, late: lateTask(known, module, ended) }
  applyToDevice(context, draft, found)
  noteReported(draft, state, moduleKey(key, module))
  versions.push({ device: key, detail: `${module} ${version}` })
  applyToTasks(context, work, found)
}

/** The attempt that a progress report refers to, or why there is none (protocol.md §4 `upgrade.post`). */
const attemptOf = (draft: Draft, device: Device, report: ProgressReport, ended: Ended): Task | DropReason => {
  if (report.task === null) return draftOpenTaskOf(draft, device.key, report.module) ?? 'no_task'
  const task = draftTask(draft, report.task) ?? ended.get(report.task)
  if (task === undefined) return 'unknown_task'
  if (task.device !== device.key) return 'foreign_task'
  if (!task.newest) return 'stale_attempt'
  return isOpen(task.state) ? task : 'task_ended'
}

const applyProgress = (context: Applying, { draft, ended }: ReportWork, device: Device, report: ProgressReport): void => {
  const { ports } = context
  const { module, step, desc } = report
  const task = attemptOf(draft, device, report, ended)
  if (typeof task !== 'object') {
    drop(ports, device.key, task, `task ${report.task ?? 'none'}, module ${module}, step ${step}`)
    return
  }
  if (task.module !== module)
    ports.log.info(
      { device: task.device, task: task.id, module },
      `a report names another module than its task (${task.module}); that of the task is used`,
    )
  applyEvent(context, draft, task, step < 0 ? { type: 'failure', step, desc } : { type: 'progress', step })
}

/** The device of a report: the sender, or a child of which the sender is the gateway. */
const subjectOf = (
  context: Part<'ports' | 'connections'>,
  draft: Draft,
  sender: DeviceKey,
  { identity }: Report,
): Device | ClaimRefusal | undefined =>
  identity === null || identity === sender ? draftDevice(draft, sender) : childOf(context, draft, sender, identity)

// Apart from `markSigns`, so that most reports, which need neither, make no closures.
const markSeen = (draft: Draft, { connections }: Part<'connections'>, device: DeviceKey, at: number): void =>
  stageMark(draft, () => connections.seen(device, at))

const markFamily = (draft: Draft, { connections }: Part<'connections'>, family: DeviceKey, at: number): void =>
  stageMark(draft, () => connections.signs.noteFamily(family, at))

/** The signs of life in the report, marked once it is on disk. */
const markSigns = (context: Part<'ports' | 'connections'>, { draft, state }: ReportWork, device: Device, report: Report): void => {
  const { ports, connections } = context
  const { key } = device
  // For a gateway itself only its reports of an update: it updates one of its family after another.
  const family = device.gateway ?? (report.kind === 'progress' ? connections.families.familyOf(key) : null)
  if (key !== state.connection.device) markSeen(draft, context, key, ports.now())
  if (family !== null) markFamily(draft, context, family, ports.now())
}

/** Puts the report into the draft, or drops it. */
export const applyReport = (context: Applying, work: ReportWork, report: VersionReport | ProgressReport): void => {
  const sender = work.state.connection.device
  const device = subjectOf(context, work.draft, sender, report)
  if (device === undefined) {
    drop(context.ports, sender, 'unknown_device', sender)
    return
  }
  if (typeof device === 'string') {
    dropClaim(context, sender, report.identity ?? sender, device)
    return
  }
  markSigns(context, work, device, report)
  if (report.kind === 'version') applyVersion(context, work, device, report)
  else applyProgress(context, work, device, report)
}
