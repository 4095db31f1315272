// When a task times out or changes by time: computed from what is stored with it (protocol.md §5). Pure: no clock.

import type { Away, Task, TimeOutReason } from '../model.ts'
import { awaySince } from './uptime.ts'

/** The times of protocol.md §5 for this task, in milliseconds. */
export interface Limits {
  readonly slot: number
  readonly noResponse: number
  readonly upgrade: number
  readonly stall: number
  readonly grace: number
  /** Last sign of life of any sub-device of the same gateway, which counts against a stall; 0: none. */
  readonly familySignAt: number
  /** When the server was not running: these times do not count as silence of devices. */
  readonly away: readonly Away[]
}

export interface Deadline {
  readonly at: number
  readonly what: 'retry' | 'slot' | 'rolled_back' | TimeOutReason
}

const collect = (task: Task, limits: Limits): Deadline[] => {
  if (task.state === 'queued') return task.notBefore === null ? [] : [{ at: task.notBefore, what: 'retry' }]
  const after = (since: number, what: Deadline['what'], span: number): Deadline => ({
    at: since + span + (limits.away.length === 0 ? 0 : awaySince(limits.away, since)),
    what,
  })
  if (task.state === 'notified' && task.notifiedAt !== null) {
    const silent = after(task.notifiedAt, 'no_response', limits.noResponse)
    return task.slot ? [silent, after(task.slotAt ?? task.notifiedAt, 'slot', limits.slot)] : [silent]
  }
  if (task.state !== 'in_progress' || task.startedAt === null) return []
  const signAt = Math.max(task.signAt ?? task.startedAt, limits.familySignAt)
  const graces = task.graceSince === null ? [] : [after(task.graceSince, 'rolled_back', limits.grace)]
  return [...graces, after(task.startedAt, 'upgrade', limits.upgrade), after(signAt, 'stall', limits.stall)]
}

/**
 * The deadlines of the task if nothing else happens, the next first. Clocks run from stored times: after a restart they continue from
 * where they were when the server stopped.
 */
export const deadlines = (task: Task, limits: Limits): readonly Deadline[] => collect(task, limits).sort((a, b) => a.at - b.at)
