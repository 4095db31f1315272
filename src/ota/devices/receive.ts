// The walk of a report: decoded, applied, recorded; then it may be acknowledged. Every report of a message goes to disk at once.

import { OtaError } from '../../errors.ts'
import { tellAgain } from '../campaigns/dispatch.ts'
import { countAgainst, hasFallenBack, withVersion } from '../campaigns/soak.ts'
import { applyEvent, ranBy } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import {
  createDraft,
  type Draft,
  draftDevice,
  draftOpenTaskOf,
  draftTask,
  type Moved,
  movedDevices,
  stageDevice,
  stageRan,
} from '../memory/draft.ts'
import { drop } from '../memory/drop.ts'
import { moduleKey, type Session, sinceOf } from '../memory/presence.ts'
import { record, repeated } from '../memory/record.ts'
import { type DropReason, decodeUplink, type Malformed, type Report, type Uplink } from '../messages/protocol.ts'
import { type Device, type DeviceKey, type Installed, isOpen, type Task } from '../model.ts'
import type { Connection } from '../ports/mqtt.ts'
import { moduleOf } from '../rules/campaign.ts'
import { mayStillRun } from '../rules/task.ts'
import { answerGet } from './firmware-get.ts'
import { childOf, followMoved, receiveTopo } from './gateway.ts'

type VersionReport = Extract<Report, { kind: 'version' }>
type ProgressReport = Extract<Report, { kind: 'progress' }>

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What waits until the message is on disk. */
interface Later {
  readonly offers: Task[]
  readonly asked: DeviceKey[]
  readonly moved: readonly Moved[]
  readonly versions: { readonly device: DeviceKey; readonly detail: string }[]
}

/** Ended tasks that the reports speak of: only they must be read from disk, before anything is applied. */
type Ended = ReadonlyMap<number, Task>
const noneEnded: Ended = new Map()

const endedIds = (core: Core, sender: DeviceKey, report: Report | Malformed): readonly number[] => {
  if (report.kind === 'progress') {
    const { task } = report
    return task === null || !Number.isSafeInteger(task) || core.store.reads.openTask(task) !== undefined ? [] : [task]
  }
  if (report.kind !== 'version') return []
  const late = core.store.reads.device(report.identity ?? sender)?.late ?? []
  return late.filter((entry) => entry.module === report.module).map((entry) => entry.task)
}

const readEnded = async (core: Core, ids: readonly number[]): Promise<Ended> => {
  const tasks = await Promise.all(ids.map((id) => core.store.queries.task(id)))
  return new Map(tasks.flatMap((task) => (task === undefined ? [] : [[task.id, task] as const])))
}

const lateTask = (device: Device, module: string, ended: Ended): Task | undefined => {
  const late = device.late.find((entry) => entry.module === module)
  const task = late && ended.get(late.task)
  return task && !isOpen(task.state) ? task : undefined
}

/** No task has brought it there, unless one that ends with this report says so. */
const ranByItself = (device: DeviceKey, { module, version }: VersionReport, at: number): Installed => ({
  device,
  module,
  version,
  at,
  task: null,
  campaign: null,
  sha256: null,
})

/** The record of a device is written with each of its reports, and must not grow by them without end. */
const maxModules = 64

const applyVersion = (
  core: Core,
  draft: Draft,
  session: Session,
  device: Device,
  report: VersionReport,
  late: Task | undefined,
  later: Later,
): void => {
  if (report.notString) {
    core.meter.count('uplinks', 'version_not_string')
    core.log.warn({ device: device.key, version: report.version }, 'reports its version as a number: 1.10 has become 1.1; send a string')
  }
  const event = { type: 'version', version: report.version, since: sinceOf(session, device.key) } as const
  const standing = draftDevice(draft, device.key) ?? device
  if (standing.modules.length >= maxModules && moduleOf(standing, report.module) === undefined) {
    drop(core, device.key, 'too_many_modules', `${maxModules} are kept of a device; ${report.module} is one more`)
    return
  }
  stageDevice(draft, withVersion(standing, report.module, report.version, core.now()))
  if (moduleOf(standing, report.module)?.version !== report.version) {
    const isOf = late !== undefined && mayStillRun(late) && late.to === report.version
    stageRan(draft, isOf ? ranBy(core, late) : ranByItself(device.key, report, core.now()))
  }
  const begun = draftOpenTaskOf(draft, device.key, report.module)
  // Another task that takes it on is no fall-back, nor is what a late one had brought.
  const isLed = begun?.to === report.version || (late !== undefined && late.to === report.version)
  if (!isLed && hasFallenBack(standing, report.module, report.version)) countAgainst(core, draft, standing, report.module)
  session.reported.add(moduleKey(device.key, report.module))
  later.versions.push({ device: device.key, detail: `${report.module} ${report.version}` })
  // One report is one success: that of the attempt which the device is at.
  const isTaken = begun?.state === 'in_progress' && begun.to === report.version
  if (late !== undefined && !isTaken) applyEvent(core, draft, late, event)
  const open = draftOpenTaskOf(draft, device.key, report.module)
  if (open === undefined) later.asked.push(device.key)
  else if (applyEvent(core, draft, open, event)) later.offers.push(open)
  // A step taken: another campaign may lead on from here.
  else if (draftTask(draft, open.id)?.state === 'succeeded') later.asked.push(device.key)
}

/** The attempt a progress report is about, or why there is none (protocol.md §4 `upgrade.post`). */
const attemptOf = (draft: Draft, device: Device, report: ProgressReport, ended: Ended): Task | DropReason => {
  if (report.task === null) return draftOpenTaskOf(draft, device.key, report.module) ?? 'no_task'
  const task = draftTask(draft, report.task) ?? ended.get(report.task)
  if (task === undefined) return 'unknown_task'
  if (task.device !== device.key) return 'foreign_task'
  if (!task.newest) return 'stale_attempt'
  return isOpen(task.state) ? task : 'task_ended'
}

const applyProgress = (core: Core, draft: Draft, task: Task, report: ProgressReport): void => {
  if (task.module !== report.module) {
    core.log.info(
      { device: task.device, task: task.id, module: report.module },
      `names another module than its task (${task.module}); the task counts`,
    )
  }
  const { step, desc } = report
  applyEvent(core, draft, task, step < 0 ? { type: 'failure', step, desc } : { type: 'progress', step })
}

/** The device a report is about: the sender, or a child of the sender that it is a gateway of. */
const subjectOf = (core: Core, draft: Draft, sender: DeviceKey, report: Report): Device | undefined =>
  report.identity === null || report.identity === sender ? draftDevice(draft, sender) : childOf(core, draft, sender, report.identity)

interface Work {
  readonly draft: Draft
  readonly session: Session
  readonly ended: Ended
  readonly later: Later
}

const applyReportOf = (
  core: Core,
  { draft, session, ended, later }: Work,
  device: Device,
  report: VersionReport | ProgressReport,
): void => {
  if (device.key !== session.connection.device) core.sessions.seen(device.key, core.now())
  // Of a gateway itself only what it says of an update: it works on one of its family after another.
  const gateway = device.gateway ?? (report.kind === 'progress' ? core.index.gatewayOf(device.key) : null)
  if (gateway !== null) core.gatewaySigns.set(gateway, core.now())
  if (report.kind === 'version') {
    applyVersion(core, draft, session, device, report, lateTask(device, report.module, ended), later)
    return
  }
  const task = attemptOf(draft, device, report, ended)
  if (typeof task === 'object') applyProgress(core, draft, task, report)
  else drop(core, device.key, task, `task ${report.task ?? 'none'}, module ${report.module}, step ${report.step}`)
}

const applyReport = (core: Core, work: Work, report: VersionReport | ProgressReport): void => {
  const sender = work.session.connection.device
  const device = subjectOf(core, work.draft, sender, report)
  if (device !== undefined) applyReportOf(core, work, device, report)
  else drop(core, sender, report.identity === null ? 'unknown_device' : 'not_child', report.identity ?? sender)
}

const follow = (core: Core, session: Session, later: Later): void => {
  for (const { device, detail } of later.versions) {
    core.events.emit({ type: 'device', device, what: 'reported', detail })
    // It may have come by itself to where it waited to be taken.
    if (core.store.reads.waitingOf(device).length > 0) core.freed(device)
  }
  followMoved(core, later.moved)
  for (const device of later.asked) core.consider(device)
  for (const task of later.offers) {
    const now = core.store.reads.openTask(task.id) ?? task
    if (now.firmware !== task.firmware) {
      // What it was told was of another package, and so is what its link leads to.
      session.told.delete(task.id)
      core.downloads.forget(task.id)
    }
    tellAgain(core, now).catch((error: unknown) => core.log.error({ err: error, task: task.id }, 'could not tell a device'))
  }
}

/** Applies all reports and records them at once. From the first read to the commit nothing else can come between. */
const applyAll = (core: Core, session: Session, reports: Uplink['reports'], ended: Ended): Promise<void> => {
  const later: Mutable<Later> = { offers: [], asked: [], versions: [], moved: [] }
  const work: Work = { draft: createDraft(core.store), session, ended, later }
  for (const report of reports) {
    if (report.kind === 'malformed') drop(core, session.connection.device, report.reason, report.detail)
    else if (report.kind !== 'get') applyReport(core, work, report)
  }
  later.moved = movedDevices(work.draft)
  const recorded = record(core, work.draft)
  return later.versions.length + later.moved.length === 0 ? recorded : recorded.then(() => follow(core, session, later))
}

/** While ended tasks are read from disk another hand may change them: then they are read anew. */
const applyWithEnded = (core: Core, session: Session, reports: Uplink['reports'], ids: readonly number[]): Promise<void> =>
  repeated(async () => applyAll(core, session, reports, await readEnded(core, ids)))

/** What the message says, unless it must be dropped. */
const readUplink = (core: Core, device: DeviceKey, payload: Uint8Array): Uplink | undefined => {
  const uplink = decodeUplink(payload, core.settings.maxUplinkBytes)
  if (uplink.kind === 'malformed') {
    drop(core, device, uplink.reason, uplink.detail)
    return undefined
  }
  core.meter.count('uplinks', uplink.method)
  return uplink
}

const isProgress = ({ kind }: Report | Malformed): boolean => kind === 'progress'

/** Messages in their order. Progress reports that need nothing from the disk are put into one draft, however many messages they are. */
const receiveOta = (core: Core, session: Session, payloads: readonly Uint8Array[]): readonly Promise<void>[] => {
  const { device } = session.connection
  const recorded: Promise<void>[] = []
  let gathered: (Report | Malformed)[] = []
  const flush = (): void => {
    if (gathered.length > 0) recorded.push(applyAll(core, session, gathered, noneEnded))
    gathered = []
  }
  for (const payload of payloads) {
    const uplink = readUplink(core, device, payload)
    if (uplink === undefined) continue
    const { reports } = uplink
    const [first] = reports
    if (first?.kind === 'get') {
      flush()
      recorded.push(answerGet(core, session, first))
      continue
    }
    const ids = reports.flatMap((report) => endedIds(core, device, report))
    if (ids.length === 0 && reports.every(isProgress)) {
      for (const report of reports) gathered.push(report)
      continue
    }
    flush()
    recorded.push(ids.length === 0 ? applyAll(core, session, reports, noneEnded) : applyWithEnded(core, session, reports, ids))
  }
  flush()
  return recorded
}

const watchedText = (payload: Uint8Array): string => new TextDecoder().decode(payload.subarray(0, 4096))

/** `DeviceSide.receive`: resolves when all is recorded on disk, or dropped and counted; rejects when something could not be recorded. */
export const receive = (core: Core, connection: Connection, channel: string, payloads: readonly Uint8Array[]): Promise<void> => {
  const { device, id } = connection
  const session = core.sessions.of(device, id)
  // No PUBACK either: the device says it again on its new connection.
  if (session === undefined)
    return Promise.reject(new OtaError('OTA_CONFLICT', `a newer connection of ${device} has taken this one's place`))
  core.sessions.seen(device, core.now())
  if (core.events.watches(device))
    for (const payload of payloads) core.events.emit({ type: 'message', device, direction: 'up', text: watchedText(payload) })
  const recorded = channel === 'topo' ? payloads.map((payload) => receiveTopo(core, session, payload)) : receiveOta(core, session, payloads)
  return recorded.length === 1 && recorded[0] !== undefined ? recorded[0] : Promise.all(recorded).then(() => undefined)
}
