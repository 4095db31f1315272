// Events applied to tasks within a draft: the transition, the retry that it may need, what the device's record keeps of it, and the
// rules that stop its campaign with the same commit that ends it.

import { sentence } from '../../sentences/sentence.ts'
import { type Device, type Installed, isOpen, type Task } from '../model.ts'
import { crowdOf, firingRule, sizedRule } from '../rules/abort.ts'
import { noted, stepByServer } from '../rules/campaign-steps.ts'
import { judgedPhase, sampleOf } from '../rules/counts.ts'
import { moduleOf, retryAt } from '../rules/eligibility.ts'
import { nextAttempt } from '../rules/new-task.ts'
import {
  hasWholeImage,
  isEligible,
  mayStillRun,
  mayStillSucceed,
  recheckMs,
  type TaskEvent,
  transition,
  withNote,
} from '../rules/transition.ts'
import type { Part, Ports } from './context.ts'
import {
  type Draft,
  draftCampaign,
  draftDevice,
  draftOpenTaskOf,
  draftTally,
  stageCampaign,
  stageDevice,
  stageInstalled,
  stageMark,
  stageTally,
  stageTask,
} from './draft.ts'
import { withPackageFor } from './scope.ts'
import { withSign } from './signs.ts'

/** What the functions here need. */
export type Making = Pick<Ports, 'reads' | 'writes' | 'now'>

/** Nothing of an ended task of the module can come late any more. */
export const withoutLate = (device: Device, module: string): Device =>
  device.late.some((late) => late.module === module) ? { ...device, late: device.late.filter((late) => late.module !== module) } : device

/** The device's record names the one ended task of a module whose success, or whose version, may still come late. */
const rememberLate = (draft: Draft, task: Task): void => {
  const device = draftDevice(draft, task.device)
  // A task that was canceled before it began cannot be installed.
  if (device === undefined || isOpen(task.state) || (task.state === 'canceled' && task.startedAt === null)) return
  const cleared = withoutLate(device, task.module)
  if (mayStillSucceed(task) || mayStillRun(task))
    stageDevice(draft, { ...cleared, late: [...cleared.late, { module: task.module, task: task.id }] })
  else if (cleared !== device) stageDevice(draft, cleared)
}

/** Records that the device now runs what the task installed. */
export const installedBy = ({ reads, now }: Pick<Ports, 'reads' | 'now'>, task: Task): Installed => ({
  device: task.device,
  module: task.module,
  version: task.to,
  at: now(),
  task: task.id,
  campaign: task.campaign,
  sha256: reads.firmware(task.firmware)?.sha256 ?? null,
})

/** The device's record names the task that installed what the module runs. */
const rememberSuccess = (ports: Pick<Ports, 'reads' | 'now'>, draft: Draft, task: Task): void => {
  const device = draftDevice(draft, task.device)
  const module = device && moduleOf(device, task.module)
  if (device === undefined || module?.version !== task.to) return
  stageInstalled(draft, installedBy(ports, task))
  const by = { ...module, task: { id: task.id, campaign: task.campaign, phase: task.phase } }
  stageDevice(draft, { ...device, modules: device.modules.map((one) => (one === module ? by : one)) })
}

/** In the sample of abort rules the end of this attempt replaces that of the device's attempt before. */
const judgedAs = (draft: Draft, task: Task): Task => {
  if (isOpen(task.state) || task.state === 'canceled') return task
  const judged = { state: task.state, era: draftCampaign(draft, task.campaign)?.era ?? 0 }
  stageTally(draft, task.campaign, judged.state, 1, judgedPhase)
  if (task.judged?.era === judged.era) stageTally(draft, task.campaign, task.judged.state, -1, judgedPhase)
  return { ...task, judged }
}

/** So much of a device's own words is kept with its record, which is in memory. */
const mostWords = 120

/** The device's record has the modules whose last update went wrong, so that nobody has to look through all ended tasks. */
const rememberOutcome = (draft: Draft, task: Task): void => {
  const { device: key, module, state, to } = task
  const device = draftDevice(draft, key)
  if (device === undefined || isOpen(state) || state === 'canceled') return
  const known = device.failed ?? []
  const others = known.filter((one) => one.module !== module)
  if (state !== 'succeeded') {
    const { id, campaign, reason, desc, endedAt, createdAt } = task
    const end = { task: id, campaign, state, reason, desc: desc?.slice(0, mostWords) ?? null, at: endedAt ?? createdAt }
    stageDevice(draft, { ...device, failed: [...others, { module, to, end }] })
  } else if (others.length < known.length) stageDevice(draft, { ...device, failed: others })
}

const mostNamed = 3

/** The campaign names what its image calls itself: it was built with another version than that of its package. */
const noteImageVersion = (draft: Draft, task: Task): void => {
  const { campaign: id, reason, desc } = task
  const campaign = reason === 'unexpected_version' && hasWholeImage(task) ? draftCampaign(draft, id) : undefined
  const known = campaign?.imageVersions ?? []
  if (campaign === undefined || desc === null || known.length >= mostNamed || known.includes(desc)) return
  stageCampaign(draft, { ...campaign, imageVersions: [...known, desc] })
}

/** Checked with every finished task, before anything else of the campaign can be offered. */
const judge = (now: number, draft: Draft, id: number): void => {
  const campaign = draftCampaign(draft, id)
  if (campaign === undefined || (campaign.status !== 'running' && campaign.status !== 'paused')) return
  const sample = sampleOf(draftTally(draft, id, judgedPhase))
  const crowd = crowdOf(campaign, draftTally(draft, id, null), draft.reads.waiting(id).size, sample)
  const rules = campaign.abort.map((rule) => sizedRule(rule, crowd))
  const fires = firingRule(rules, sample)
  if (fires === null) return
  // A pause is of no use twice, nor when nothing is left that it could stop.
  if (fires.rule.action === 'pause' && (campaign.status === 'paused' || fires.finished === crowd.all)) return
  const { rule, finished, bad } = fires
  const steps = noted(campaign, stepByServer(rule.action, 'aborted', now))
  const stopped = { ...campaign, ...steps, reason: 'aborted', fired: { rule, finished, bad } }
  if (rule.action === 'pause') stageCampaign(draft, { ...stopped, status: 'paused' })
  else stageCampaign(draft, { ...stopped, status: 'canceled', planning: false, endedAt: now })
}

/** A success that counted against the device's phase no longer does: the new end of the device counts instead. */
export const forgetAgainst = (draft: Draft, { campaign: id, device, state }: Task): void => {
  const campaign = isOpen(state) || state === 'succeeded' ? undefined : draftCampaign(draft, id)
  if (campaign?.phase == null || !campaign.phase.against.includes(device)) return
  const against = campaign.phase.against.filter((one) => one !== device)
  stageCampaign(draft, { ...campaign, phase: { ...campaign.phase, against } })
}

const moduleVersion = (draft: Draft, task: Task): string | null =>
  draftDevice(draft, task.device)?.modules.find((module) => module.name === task.module)?.version ?? null

const retry = (ports: Making, draft: Draft, ended: Task, cause: 'retry_failure' | 'retry_timeout'): void => {
  const campaign = draftCampaign(draft, ended.campaign)
  const at = campaign === undefined ? null : retryAt(campaign, ended, cause, ports.now())
  if (at !== null) attemptAgain(ports, draft, ended, at)
}

/**
 * Makes the next attempt of an ended task, which from now on counts for the device. False if there is none: no package of the campaign
 * can be applied to what the device runs now.
 */
export const attemptAgain = ({ reads, writes, now }: Making, draft: Draft, ended: Task, notBefore: number | null): boolean => {
  const version = moduleVersion(draft, ended)
  const fitting = withPackageFor(reads, ended, version)
  if (version !== null && !isEligible(fitting, version)) return false
  stageTask(draft, ended, { ...ended, newest: false })
  stageTask(draft, undefined, nextAttempt(fitting, writes.nextId('task'), version, notBefore, now()))
  return true
}

/** A late success cancels a retry that has not begun: the ended attempt counts for the device again. */
const dropRetry = (now: number, draft: Draft, succeeded: Task): void => {
  const waiting = draftOpenTaskOf(draft, succeeded.device, succeeded.module)
  if (waiting === undefined || waiting.state === 'in_progress' || waiting.campaign !== succeeded.campaign) return
  const { task } = transition(waiting, { type: 'cancel', reason: 'superseded', force: false }, now)
  stageTask(draft, waiting, { ...task, newest: false })
  stageTask(draft, succeeded, { ...succeeded, newest: true })
}

/**
 * A task that has not begun, and whose device now runs another version, may need another package of the same target; one whose offer was
 * of the wrong package is queued again.
 */
const fitted = ({ reads, now }: Pick<Ports, 'reads' | 'now'>, task: Task, event: TaskEvent): Task => {
  if (event.type !== 'version' || task.from === event.version || event.version === task.to) return task
  if (task.state === 'queued') return withPackageFor(reads, task, event.version)
  if (task.state !== 'notified' || isEligible(task, event.version)) return task
  const other = withPackageFor(reads, task, event.version)
  if (other.firmware === task.firmware) return task
  const queued = { ...other, state: 'queued', slot: false, notifiedAt: null, slotAt: null } as const
  return withNote(queued, sentence('note_other_package', { version: event.version }), now())
}

/**
 * Puts the event's outcome into the draft. True where the device may be offered the task (again) by the rules of protocol.md §3.
 */
export const applyEvent = (
  { ports, connections, clocks }: Part<'ports' | 'connections' | 'clocks'>,
  draft: Draft,
  stored: Task,
  event: TaskEvent,
): boolean => {
  const now = ports.now()
  const live = fitted(ports, withSign(connections.signs, stored), event)
  const { task: moved, effects } = transition(live, event, now)
  const task = moved.state === stored.state ? moved : judgedAs(draft, moved)
  // Bytes are not written by themselves: they go to disk with the next change.
  if (task !== live) stageTask(draft, stored, task)
  if (task.state !== stored.state) {
    rememberLate(draft, task)
    rememberOutcome(draft, task)
    forgetAgainst(draft, task)
    noteImageVersion(draft, task)
  }
  if (task.state === 'succeeded' && stored.state !== 'succeeded') rememberSuccess(ports, draft, task)
  for (const effect of effects) {
    if (effect === 'recheck') stageMark(draft, () => clocks.rechecks.set(task.id, (task.signAt ?? now) + recheckMs))
    if (effect === 'retry_failure' || effect === 'retry_timeout') retry(ports, draft, task, effect)
    if (effect === 'drop_retry') dropRetry(now, draft, task)
  }
  if (task.state !== stored.state && task.state !== 'canceled' && !isOpen(task.state)) judge(now, draft, task.campaign)
  return effects.includes('offer')
}
