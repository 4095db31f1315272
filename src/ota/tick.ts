// Time: what has come due. The clocks are in the stored tasks; the heap only knows when to look.

import { applyEvent, withLive } from './attempts.ts'
import { limitsOf } from './campaign.ts'
import { silence } from './connections.ts'
import type { Core } from './core.ts'
import { createDraft, type Draft, draftTask } from './draft.ts'
import { isOpen, type Task } from './model.ts'
import { record } from './record.ts'
import { deadlines, type Limits } from './task.ts'

/** A sub-device's stall counts from the last sign of any child of its gateway that was told or is in progress. */
const familySign = (core: Core, task: Task): number => {
  const gateway = core.store.device(task.device)?.gateway ?? null
  if (gateway === null) return 0
  let last = 0
  for (const child of core.index.children(gateway)) {
    for (const other of core.store.openTasksOf(child)) last = Math.max(last, withLive(core, other).signAt ?? 0)
  }
  return Math.max(last, core.gatewaySigns.get(gateway) ?? 0)
}

const limitsFor = (core: Core, task: Task): Limits | undefined => {
  const campaign = core.store.campaign(task.campaign)
  if (campaign === undefined) return undefined
  const isSub = (core.store.device(task.device)?.gateway ?? null) !== null
  return limitsOf(campaign, core.settings, isSub, isSub && task.state === 'in_progress' ? familySign(core, task) : 0)
}

/** Sets the task's next moment; called at every change of an open task, so it must cost nothing where nothing moved nearer. */
export const schedule = (core: Core, before: Task | undefined, after: Task | undefined): void => {
  if (after === undefined || !isOpen(after.state)) {
    if (before !== undefined) core.taskTimers.delete(before.id)
    return
  }
  if (
    before?.state === after.state &&
    before.graceSince === after.graceSince &&
    before.notBefore === after.notBefore &&
    before.slot === after.slot
  )
    return
  const limits = limitsFor(core, after)
  const next = limits && deadlines(after, limits)[0]
  if (next !== undefined) core.taskTimers.set(after.id, next.at)
}

const elapse = (core: Core, draft: Draft, id: number): void => {
  const task = core.store.openTask(id)
  const limits = task && limitsFor(core, task)
  if (task === undefined || limits === undefined) return
  const wakes = applyEvent(core, draft, task, { type: 'due', limits })
  if (wakes) core.poke(task.campaign)
  const now = draftTask(draft, id) ?? task
  const next = isOpen(now.state) ? deadlines(withLive(core, now), limits)[0] : undefined
  if (next !== undefined) core.taskTimers.set(id, next.at)
}

const perStep = 500

/** Does what is due by now. With nothing due it costs a glance at three heaps. */
export const tick = async (core: Core): Promise<void> => {
  const now = core.now()
  for (const device of core.sessionTimers.due(now)) silence(core, device)
  for (const campaign of core.campaignTimers.due(now)) core.poke(campaign)
  const due = core.taskTimers.due(now)
  for (let from = 0; from < due.length; from += perStep) {
    const ids = due.slice(from, from + perStep)
    const draft = createDraft(core.store)
    for (const id of ids) elapse(core, draft, id)
    try {
      await record(core, draft)
    } catch (error) {
      core.log.error({ err: error }, 'could not record what has come due; tried again in a moment')
      for (const id of ids) core.taskTimers.set(id, now + 5000)
    }
  }
}
