// Time: what is due. The times follow from the stored tasks; the heap only knows when to look.

import { followPlaces } from './campaigns/dispatch.ts'
import { recheck, silence } from './devices/presence.ts'
import { type DeviceKey, isOpen, type Task } from './model.ts'
import { deadlines, type Limits } from './rules/deadlines.ts'
import { limitsOf } from './rules/eligibility.ts'
import { applyEvent } from './state/attempts.ts'
import { commit } from './state/commit.ts'
import type { Context, Part } from './state/context.ts'
import { createDraft, type Draft, draftTask } from './state/draft.ts'
import { withSign } from './state/signs.ts'
import type { Timers } from './state/timers.ts'

/**
 * A gateway updates one device after another: a stall, of its own update or of a child's, counts from the last sign of life of any of
 * them that is notified or in progress.
 */
const familySign = ({ ports, connections }: Part<'ports' | 'connections'>, gateway: DeviceKey): number => {
  const { signs, families } = connections
  let last = signs.ofFamily(gateway)
  for (const member of [gateway, ...families.children(gateway)]) {
    for (const other of ports.reads.openTasksOf(member)) last = Math.max(last, withSign(signs, other).signAt ?? 0)
  }
  return last
}

type Timing = Part<'ports' | 'connections' | 'clocks'>

const limitsFor = (context: Timing, task: Task): Limits | undefined => {
  const { ports, connections, clocks } = context
  const campaign = ports.reads.campaign(task.campaign)
  if (campaign === undefined) return undefined
  const family = connections.families.familyOf(task.device)
  const sign = family !== null && task.state === 'in_progress' ? familySign(context, family) : 0
  return limitsOf(campaign, ports.settings, family !== null && family !== task.device, sign, clocks.uptime.away)
}

/**
 * When an open task times out if its device gives no other answer: what was notified and is silent, or what has been in progress for too long.
 * A stall is not in it, since each sign of life moves that. null: nothing ends it by time.
 */
export const timesOutAt = ({ ports, connections, clocks }: Timing, task: Task): number | null => {
  const campaign = ports.reads.campaign(task.campaign)
  if (campaign === undefined) return null
  const gateway = connections.families.familyOf(task.device)
  const limits = limitsOf(campaign, ports.settings, gateway !== null && gateway !== task.device, 0, clocks.uptime.away)
  return deadlines(task, limits).find(({ what }) => what === 'no_response' || what === 'upgrade')?.at ?? null
}

/** Sets the task's next time; called at every change of an open task, so it must cost nothing if nothing is due earlier. */
export const schedule = (context: Timing, before: Task | undefined, after: Task | undefined): void => {
  if (after === undefined || !isOpen(after.state)) {
    if (before !== undefined) context.clocks.tasks.delete(before.id)
    return
  }
  if (
    before?.state === after.state &&
    before.graceSince === after.graceSince &&
    before.notBefore === after.notBefore &&
    before.slot === after.slot
  )
    return
  const limits = limitsFor(context, after)
  const next = limits && deadlines(after, limits)[0]
  if (next !== undefined) context.clocks.tasks.set(after.id, next.at)
}

const elapse = (context: Timing & Part<'wake'>, draft: Draft, id: number): void => {
  const task = context.ports.reads.openTask(id)
  const limits = task && limitsFor(context, task)
  if (task === undefined || limits === undefined) return
  const wakes = applyEvent(context, draft, task, { type: 'due', limits })
  if (wakes) context.wake.turn(task.campaign)
  const now = draftTask(draft, id) ?? task
  const next = isOpen(now.state) ? deadlines(withSign(context.connections.signs, now), limits)[0] : undefined
  if (next !== undefined) context.clocks.tasks.set(id, next.at)
}

/** The times of stations are short: where devices are held, notes are made this often (ms). */
const heldNoteMs = 5_000

/** After a crash, time counts from the last note or a later record: the sooner something is due, the more often notes are made. */
const isNoteDue = ({ clocks, queue }: Part<'clocks' | 'queue'>, now: number): boolean => {
  const { uptime, tasks, campaigns } = clocks
  if (queue.held.size > 0 && now - uptime.notedAt >= heldNoteMs) return true
  if (tasks.size + campaigns.size === 0) return false
  const tenth = (Math.min(tasks.next, campaigns.next) - uptime.notedAt) / 10
  return now - uptime.notedAt >= Math.min(60_000, Math.max(1000, tenth))
}

/** How much later than usual it is tried after a failed write (ms). */
const noteAgainMs = 30_000

/** Records that the server is running, while any clock depends on that; `always`: it is about to stop. */
export const noteTime = async (context: Part<'ports' | 'clocks' | 'queue'>, always = false): Promise<void> => {
  const { ports, clocks } = context
  const now = ports.now()
  const { uptime } = clocks
  if (!always && !isNoteDue(context, now)) return
  uptime.notedAt = now
  try {
    await ports.writes.commit([{ clock: { at: now, away: uptime.away } }])
  } catch (error) {
    // A full disk is not tried every second.
    uptime.notedAt = now + noteAgainMs
    throw error
  }
}

const perStep = 500
const perBreath = 128

/** Does something for each that is due, some at a time: thousands of devices that connect together are due together too. */
const forDue = async <K>({ ports }: Part<'ports'>, timers: Timers<K>, now: number, work: (key: K) => void): Promise<void> => {
  for (let left = timers.size; left > 0; left -= perBreath) {
    const due = timers.due(now, perBreath)
    for (const key of due) work(key)
    if (due.length < perBreath) return
    await ports.breathe()
  }
}

/** Does what is due now. If nothing is, it looks at six heaps and returns. */
export const tick = async (context: Context): Promise<void> => {
  const { ports, clocks, wake } = context
  const { log } = ports
  const now = ports.now()
  await forDue(context, clocks.silences, now, (device) => silence(context, device))
  for (const campaign of clocks.campaigns.due(now)) wake.turn(campaign)
  for (const campaign of clocks.said.due(now))
    if (ports.reads.campaign(campaign) !== undefined) ports.events.emit({ type: 'campaign', campaign })
  followPlaces(context)
  await forDue(context, clocks.retries, now, (retry) => retry())
  await forDue(context, clocks.rechecks, now, (id) => {
    recheck(context, id).catch((error: unknown) => log.error({ err: error, task: id }, 'could not recheck which version a device runs'))
  })
  const due = clocks.tasks.due(now)
  for (let from = 0; from < due.length; from += perStep) {
    const ids = due.slice(from, from + perStep)
    const draft = createDraft(ports.reads)
    for (const id of ids) elapse(context, draft, id)
    try {
      await commit(context, draft)
    } catch (error) {
      log.error({ err: error }, 'could not record what is due; retrying in 5 s')
      for (const id of ids) clocks.tasks.set(id, now + 5000)
    }
  }
  await noteTime(context)
}
