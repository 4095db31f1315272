// Events applied to tasks within a draft: the transition, the retry that it may ask for, what the device's record keeps of it, and the
// rules that stop its campaign with the very commit that ends it.

import { type Device, type Installed, isOpen, type Task } from '../model.ts'
import { firingRule } from '../rules/abort.ts'
import { moduleOf, retryAt } from '../rules/campaign.ts'
import { judgedPhase, sampleOf } from '../rules/counts.ts'
import { nextAttempt } from '../rules/new-task.ts'
import { doubtMs, isEligible, mayStillRun, mayStillSucceed, type TaskEvent, transition, withNote } from '../rules/task.ts'
import type { Core } from './core.ts'
import {
  type Draft,
  draftCampaign,
  draftDevice,
  draftOpenTaskOf,
  draftTally,
  stageCampaign,
  stageDevice,
  stageRan,
  stageTally,
  stageTask,
} from './draft.ts'
import { withPackageFor } from './scope.ts'

/** The task with what is newer in memory than on disk. */
export const withLive = (core: Core, task: Task): Task => {
  const live = core.live.get(task.id)
  if (live === undefined || !isOpen(task.state) || (live.bytes === task.bytes && live.signAt <= (task.signAt ?? 0))) return task
  return { ...task, bytes: live.bytes, signAt: Math.max(live.signAt, task.signAt ?? 0) }
}

const withoutLate = (device: Device, module: string): Device =>
  device.late.some((late) => late.module === module) ? { ...device, late: device.late.filter((late) => late.module !== module) } : device

/** The device's record points to the one ended task of a module whose success, or whose version at least, may still come late. */
const rememberLate = (draft: Draft, task: Task): void => {
  const device = draftDevice(draft, task.device)
  // One that was canceled before it began says nothing of what the module may come to run.
  if (device === undefined || isOpen(task.state) || (task.state === 'canceled' && task.startedAt === null)) return
  const cleared = withoutLate(device, task.module)
  if (mayStillSucceed(task) || mayStillRun(task))
    stageDevice(draft, { ...cleared, late: [...cleared.late, { module: task.module, task: task.id }] })
  else if (cleared !== device) stageDevice(draft, cleared)
}

/** That the device now runs what the task brought. */
export const ranBy = (core: Core, { device, module, to, id, campaign, firmware }: Task): Installed => ({
  device,
  module,
  version: to,
  at: core.now(),
  task: id,
  campaign,
  sha256: core.store.reads.firmware(firmware)?.sha256 ?? null,
})

/** The device's record tells which task brought the module to what it runs. */
const rememberSuccess = (core: Core, draft: Draft, task: Task): void => {
  const device = draftDevice(draft, task.device)
  const module = device && moduleOf(device, task.module)
  if (device === undefined || module?.version !== task.to) return
  stageRan(draft, ranBy(core, task))
  const by = { ...module, task: { id: task.id, campaign: task.campaign, phase: task.phase } }
  stageDevice(draft, { ...device, modules: device.modules.map((one) => (one === module ? by : one)) })
}

/** In what abort rules look at the end of this attempt takes the place of that of the device's attempt before. */
const judgedAs = (draft: Draft, task: Task): Task => {
  if (isOpen(task.state) || task.state === 'canceled') return task
  const judged = { state: task.state, era: draftCampaign(draft, task.campaign)?.era ?? 0 }
  stageTally(draft, task.campaign, judged.state, 1, judgedPhase)
  if (task.judged?.era === judged.era) stageTally(draft, task.campaign, task.judged.state, -1, judgedPhase)
  return { ...task, judged }
}

/** Checked at every finished task, before anything else of the campaign can be handed out. */
const judge = (core: Core, draft: Draft, id: number): void => {
  const campaign = draftCampaign(draft, id)
  if (campaign === undefined || (campaign.status !== 'running' && campaign.status !== 'paused')) return
  const fires = firingRule(campaign.abort, sampleOf(draftTally(draft, id, judgedPhase)))
  if (fires === null || (fires.rule.action === 'pause' && campaign.status === 'paused')) return
  const { rule, finished, bad } = fires
  const stopped = { ...campaign, reason: 'aborted', fired: { rule, finished, bad } }
  if (rule.action === 'pause') stageCampaign(draft, { ...stopped, status: 'paused' })
  else stageCampaign(draft, { ...stopped, status: 'canceled', planning: false, endedAt: core.now() })
}

/** The success that was held against the device's phase stands no more: how it has ended now counts by itself. */
export const forgetAgainst = (draft: Draft, { campaign: id, device, state }: Task): void => {
  const campaign = isOpen(state) || state === 'succeeded' ? undefined : draftCampaign(draft, id)
  if (campaign?.phase == null || !campaign.phase.against.includes(device)) return
  const against = campaign.phase.against.filter((one) => one !== device)
  stageCampaign(draft, { ...campaign, phase: { ...campaign.phase, against } })
}

const moduleVersion = (draft: Draft, task: Task): string | null =>
  draftDevice(draft, task.device)?.modules.find((module) => module.name === task.module)?.version ?? null

const retry = (core: Core, draft: Draft, ended: Task, cause: 'retry_failure' | 'retry_timeout'): void => {
  const campaign = draftCampaign(draft, ended.campaign)
  const at = campaign === undefined ? null : retryAt(campaign, ended, cause, core.now())
  if (at !== null) attemptAgain(core, draft, ended, at)
}

/**
 * Makes the next attempt of an ended task, which from now on stands for the device. False where there is none: no package of the campaign
 * can be applied to what the device runs now.
 */
export const attemptAgain = (core: Core, draft: Draft, ended: Task, notBefore: number | null): boolean => {
  const version = moduleVersion(draft, ended)
  const fitting = withPackageFor(core, ended, version)
  if (version !== null && !isEligible(fitting, version)) return false
  stageTask(draft, ended, { ...ended, newest: false })
  stageTask(draft, undefined, nextAttempt(fitting, core.store.writes.nextId('task'), version, notBefore, core.now()))
  return true
}

/** A late success makes a retry that has not begun needless: the ended attempt stands for the device again. */
const dropRetry = (core: Core, draft: Draft, succeeded: Task): void => {
  const waiting = draftOpenTaskOf(draft, succeeded.device, succeeded.module)
  if (waiting === undefined || waiting.state === 'in_progress' || waiting.campaign !== succeeded.campaign) return
  const { task } = transition(waiting, { type: 'cancel', reason: 'superseded', force: false }, core.now())
  stageTask(draft, waiting, { ...task, newest: false })
  stageTask(draft, succeeded, { ...succeeded, newest: true })
}

/**
 * A task that has not begun, and whose device now runs another version, may need another package of the same target; one that was told of
 * the wrong one is in line again.
 */
const fitted = (core: Core, task: Task, event: TaskEvent): Task => {
  if (event.type !== 'version' || task.from === event.version || event.version === task.to) return task
  if (task.state === 'queued') return withPackageFor(core, task, event.version)
  if (task.state !== 'notified' || isEligible(task, event.version)) return task
  const other = withPackageFor(core, task, event.version)
  if (other.firmware === task.firmware) return task
  return withNote(
    { ...other, state: 'queued', slot: false, notifiedAt: null, slotAt: null },
    `runs ${event.version}: another package fits`,
    core.now(),
  )
}

/**
 * Puts the event's outcome into the draft. True where the device may be told of the task (again) by the rules of protocol.md §3.
 */
export const applyEvent = (core: Core, draft: Draft, stored: Task, event: TaskEvent): boolean => {
  const live = fitted(core, withLive(core, stored), event)
  const { task: moved, effects } = transition(live, event, core.now())
  const task = moved.state === stored.state ? moved : judgedAs(draft, moved)
  // Bytes alone are no reason to write: they go to disk with the next change.
  if (task !== live) stageTask(draft, stored, task)
  if (task.state !== stored.state) {
    rememberLate(draft, task)
    forgetAgainst(draft, task)
  }
  if (task.state === 'succeeded' && stored.state !== 'succeeded') rememberSuccess(core, draft, task)
  if (effects.includes('doubt')) core.doubts.set(task.id, (task.signAt ?? core.now()) + doubtMs)
  for (const effect of effects) {
    if (effect === 'retry_failure' || effect === 'retry_timeout') retry(core, draft, task, effect)
    if (effect === 'drop_retry') dropRetry(core, draft, task)
  }
  if (task.state !== stored.state && task.state !== 'canceled' && !isOpen(task.state)) judge(core, draft, task.campaign)
  return effects.includes('offer')
}
