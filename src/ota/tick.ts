// Time: what has come due. The clocks are in the stored tasks; the heap only knows when to look.

import { reconsider, silence } from './devices/connections.ts'
import { applyEvent, withLive } from './memory/attempts.ts'
import type { Core } from './memory/core.ts'
import { createDraft, type Draft, draftTask } from './memory/draft.ts'
import { record } from './memory/record.ts'
import { type DeviceKey, isOpen, type Task } from './model.ts'
import { limitsOf } from './rules/campaign.ts'
import { deadlines, type Limits } from './rules/task.ts'

/**
 * A gateway works on one after another: a stall of anything that it was sent, for itself or for a child, counts from the last sign of any
 * of them that was told or is in progress.
 */
const familySign = (core: Core, gateway: DeviceKey): number => {
  let last = core.gatewaySigns.get(gateway) ?? 0
  for (const member of [gateway, ...core.index.children(gateway)]) {
    for (const other of core.store.reads.openTasksOf(member)) last = Math.max(last, withLive(core, other).signAt ?? 0)
  }
  return last
}

const limitsFor = (core: Core, task: Task): Limits | undefined => {
  const campaign = core.store.reads.campaign(task.campaign)
  if (campaign === undefined) return undefined
  const gateway = core.index.gatewayOf(task.device)
  const sign = gateway !== null && task.state === 'in_progress' ? familySign(core, gateway) : 0
  return limitsOf(campaign, core.settings, gateway !== null && gateway !== task.device, sign, core.uptime.away)
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
  const task = core.store.reads.openTask(id)
  const limits = task && limitsFor(core, task)
  if (task === undefined || limits === undefined) return
  const wakes = applyEvent(core, draft, task, { type: 'due', limits })
  if (wakes) core.poke(task.campaign)
  const now = draftTask(draft, id) ?? task
  const next = isOpen(now.state) ? deadlines(withLive(core, now), limits)[0] : undefined
  if (next !== undefined) core.taskTimers.set(id, next.at)
}

/** A crash is taken to have come at the last note, or at what was recorded later: the nearer something is due, the more often it is made. */
const isNoteDue = ({ uptime, taskTimers, campaignTimers }: Core, now: number): boolean => {
  if (taskTimers.size + campaignTimers.size === 0) return false
  const tenth = (Math.min(taskTimers.next, campaignTimers.next) - uptime.notedAt) / 10
  return now - uptime.notedAt >= Math.min(60_000, Math.max(1000, tenth))
}

/** So much longer than else, after a failed write. */
const noteAgainMs = 30_000

/** Writes down that the server is there, while any clock depends on it; `always`: it is about to stop. */
export const noteTime = async (core: Core, always = false): Promise<void> => {
  const now = core.now()
  const { uptime } = core
  if (!always && !isNoteDue(core, now)) return
  uptime.notedAt = now
  try {
    await core.store.writes.commit([{ clock: { at: now, away: uptime.away } }])
  } catch (error) {
    // A full disk is not tried every second.
    uptime.notedAt = now + noteAgainMs
    throw error
  }
}

const perStep = 500

/** Does what is due by now. With nothing due it costs a glance at three heaps. */
export const tick = async (core: Core): Promise<void> => {
  const now = core.now()
  for (const device of core.sessionTimers.due(now)) silence(core, device)
  for (const campaign of core.campaignTimers.due(now)) core.poke(campaign)
  for (const id of core.doubts.due(now))
    reconsider(core, id).catch((error: unknown) => core.log.error({ err: error, task: id }, 'could not look again at what a device runs'))
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
  await noteTime(core)
}
