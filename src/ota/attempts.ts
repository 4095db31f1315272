// Events applied to tasks within a draft: the transition, the retry that it may ask for, and what the device's record keeps of it.

import { retryAt } from './campaign.ts'
import type { Core } from './core.ts'
import { type Draft, draftCampaign, draftDevice, draftOpenTaskOf, stageDevice, stageTask } from './draft.ts'
import { type Device, isOpen, type Task } from './model.ts'
import { mayStillSucceed, nextAttempt, type TaskEvent, transition } from './task.ts'

/** The task with what is newer in memory than on disk. */
export const withLive = (core: Core, task: Task): Task => {
  const live = core.live.get(task.id)
  if (live === undefined || !isOpen(task.state) || (live.bytes === task.bytes && live.signAt <= (task.signAt ?? 0))) return task
  return { ...task, bytes: live.bytes, signAt: Math.max(live.signAt, task.signAt ?? 0) }
}

const withoutLate = (device: Device, module: string): Device =>
  device.late.some((late) => late.module === module) ? { ...device, late: device.late.filter((late) => late.module !== module) } : device

/** The device's record points to the one ended task of a module whose success may still come late. */
const rememberLate = (draft: Draft, task: Task): void => {
  const device = draftDevice(draft, task.device)
  if (device === undefined || isOpen(task.state)) return
  const cleared = withoutLate(device, task.module)
  if (mayStillSucceed(task)) stageDevice(draft, { ...cleared, late: [...cleared.late, { module: task.module, task: task.id }] })
  else if (cleared !== device) stageDevice(draft, cleared)
}

const moduleVersion = (draft: Draft, task: Task): string | null =>
  draftDevice(draft, task.device)?.modules.find((module) => module.name === task.module)?.version ?? null

const retry = (core: Core, draft: Draft, ended: Task, cause: 'retry_failure' | 'retry_timeout'): void => {
  const campaign = draftCampaign(draft, ended.campaign)
  const at = campaign === undefined ? null : retryAt(campaign, ended, cause, core.now())
  if (at !== null) attemptAgain(core, draft, ended, at)
}

/** Makes the next attempt of an ended task, which from now on stands for the device. */
export const attemptAgain = (core: Core, draft: Draft, ended: Task, notBefore: number | null): Task => {
  const next = nextAttempt(ended, core.store.nextId('task'), moduleVersion(draft, ended), notBefore, core.now())
  stageTask(draft, ended, { ...ended, newest: false })
  stageTask(draft, undefined, next)
  return next
}

/** A late success makes the waiting retry needless: the ended attempt stands for the device again. */
const dropRetry = (core: Core, draft: Draft, succeeded: Task): void => {
  const waiting = draftOpenTaskOf(draft, succeeded.device, succeeded.module)
  if (waiting === undefined || waiting.state !== 'queued' || waiting.campaign !== succeeded.campaign) return
  const { task } = transition(waiting, { type: 'cancel', reason: 'superseded', force: false }, core.now())
  stageTask(draft, waiting, { ...task, newest: false })
  stageTask(draft, succeeded, { ...succeeded, newest: true })
}

/**
 * Puts the event's outcome into the draft. True where the device may be told of the task (again) by the rules of protocol.md §3.
 */
export const applyEvent = (core: Core, draft: Draft, stored: Task, event: TaskEvent): boolean => {
  const live = withLive(core, stored)
  const { task, effects } = transition(live, event, core.now())
  // Bytes alone are no reason to write: they go to disk with the next change.
  if (task !== live) stageTask(draft, stored, task)
  if (task.state !== stored.state) rememberLate(draft, task)
  for (const effect of effects) {
    if (effect === 'retry_failure' || effect === 'retry_timeout') retry(core, draft, task, effect)
    if (effect === 'drop_retry') dropRetry(core, draft, task)
  }
  return effects.includes('offer')
}
