// The state machine of a task: one table of state × event. Pure: no clock, no store, no wire (protocol.md §4, §5).

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { type CancelReason, type EndReason, type FailReason, isOpen, type Task, type TaskState, type TimeOutReason } from '../model.ts'
import { type TaskProgress, withProgress } from '../task-progress.ts'
import { deadlines, type Limits } from './deadlines.ts'

export type TaskEvent =
  /** A push or an answer is about to be sent. */
  | { readonly type: 'offered' }
  /** It could not be written: the device did not receive it. */
  | { readonly type: 'unsent' }
  /** The device has disconnected before it showed that it received the offer. */
  | { readonly type: 'lost' }
  | { readonly type: 'progress'; readonly step: number }
  | { readonly type: 'failure'; readonly step: number; readonly desc: string }
  /**
   * Bytes of the image were sent by the task's link, the last at `at`. `bytes`: all so far, each counted once; `complete`: all are known to
   * have arrived; `sure`: known by more than silence.
   */
  | { readonly type: 'fetched'; readonly bytes: number; readonly complete: boolean; readonly sure: boolean; readonly at: number }
  /** The module's version, on a connection that began at `since`. */
  | { readonly type: 'version'; readonly version: string; readonly since: number }
  | { readonly type: 'due'; readonly limits: Limits }
  | { readonly type: 'cancel'; readonly reason: CancelReason; readonly force: boolean }

export type TaskEventType = TaskEvent['type']
type EventOf<E extends TaskEventType> = Extract<TaskEvent, { type: E }>

/**
 * What is to be done once the change is on disk. `offer`: the device runs another version and may be offered the task (again), by the rules
 * of protocol.md §3. `recheck`: look at it again within `recheckMs`. `retry_…`: a new attempt, if the campaign's policy has one for this
 * class. `drop_retry`: a waiting retry is no longer needed.
 */
export type Effect = 'offer' | 'recheck' | 'retry_failure' | 'retry_timeout' | 'drop_retry'

export interface Outcome {
  /** The same object if nothing changed. */
  readonly task: Task
  readonly effects: readonly Effect[]
}

type Rule<E extends TaskEventType> = (task: Task, event: EventOf<E>, now: number) => Outcome
type Row = { readonly [E in TaskEventType]: Rule<E> }

const maxHistory = 40
const longestNote = 120

const same = (task: Task, ...effects: Effect[]): Outcome => ({ task, effects })

const enter = (task: Task, state: TaskState, said: Sentence, now: number, fields: Partial<Task>): Task => {
  const history = [...task.history, { at: now, state, said }]
  // The first entry (how it began) and the latest ones are kept.
  const kept = history.length > maxHistory ? [...history.slice(0, 1), ...history.slice(1 - maxHistory)] : history
  return { ...task, ...fields, state, history: kept }
}

/** An event of the task that changed nothing else, such as an operator's action. */
export const withNote = (task: Task, said: Sentence, now: number): Task => enter(task, task.state, said, now, {})

const insteadOf = ({ to }: Task, version: string): Sentence => sentence('note_other_version', { version, to })

/** Why it ended, with the device's own words and how far the download had come. */
const endNote = (task: Task, reason: EndReason | null, { code, desc }: Partial<Task>): Sentence =>
  sentence('note_ended', {
    reason: reason ?? 'reported',
    step: code == null ? null : sentence('note_step_code', { code }),
    desc: desc
      ? reason === 'unexpected_version'
        ? insteadOf(task, desc)
        : sentence('note_words', { words: desc.slice(0, longestNote) })
      : null,
    bytes: task.bytes === 0 ? null : sentence('note_bytes', { bytes: task.bytes, size: task.size }),
  })

const end = (task: Task, state: TaskState, reason: EndReason | null, now: number, fields: Partial<Task> = {}): Task => {
  return enter(task, state, endNote(task, reason, fields), now, {
    ...fields,
    reason,
    slot: false,
    notBefore: null,
    graceSince: null,
    endedAt: now,
  })
}

// ---------------------------------------------------------------- rules

const ignore = (task: Task): Outcome => same(task)

const offer: Rule<'offered'> = (task, _event, now) =>
  same(enter(task, 'notified', sentence('note_offered'), now, { notifiedAt: now, slotAt: now, slot: true, notBefore: null }))

/** Offered again after it lost its slot: the time for an answer continues, that of the slot starts again. */
const offerAgain: Rule<'offered'> = (task, _event, now) =>
  same(task.slot ? task : enter(task, 'notified', sentence('note_offered_again'), now, { slotAt: now, slot: true }))

const lose: Rule<'lost'> = (task, _event, now) =>
  same(task.slot ? enter(task, 'notified', sentence('note_disconnected'), now, { slot: false }) : task)

const takeBack: Rule<'unsent'> = (task, _event, now) =>
  same(enter(task, 'queued', sentence('note_not_delivered'), now, { notifiedAt: null, slotAt: null, slot: false }))

/** What step and bytes show of the download: since when it is complete, and no grace period once it starts again. */
const advance = (task: Task, step: number | null, bytes: number, complete: boolean, at: number): TaskProgress => {
  const completeAt = complete ? (task.completeAt ?? at) : null
  const signAt = Math.max(task.signAt ?? at, at)
  return { rev: task.rev, step, bytes, signAt, completeAt, graceSince: completeAt === null ? null : task.graceSince }
}

/** A lower step means that the download has started again, unless all of it has arrived: then it is an old report that arrived late. */
const bySteps = (task: Task, step: number, now: number): TaskProgress =>
  advance(task, step, task.bytes, step === 100 || (task.completeAt !== null && task.bytes >= task.size), now)

/** Silence proves nothing of a device that reports its progress: it reports itself when it has all. */
const byBytes = (task: Task, { bytes, complete, sure, at }: EventOf<'fetched'>): TaskProgress =>
  advance(task, task.step, bytes, (complete && (sure || task.step === null)) || task.step === 100, at)

const begin = (task: Task, fields: Partial<Task>, said: Sentence, now: number): Outcome =>
  same(
    enter(task, 'in_progress', said, now, { ...fields, notifiedAt: task.notifiedAt ?? now, startedAt: now, slot: true, notBefore: null }),
  )

const start: Rule<'progress'> = (task, { step }, now) => begin(task, bySteps(task, step, now), sentence('note_step', { step }), now)
const startByBytes: Rule<'fetched'> = (task, event, now) => begin(task, byBytes(task, event), sentence('note_first_byte'), now)
const progress: Rule<'progress'> = (task, { step }, now) => same(withProgress(task, bySteps(task, step, now)))
const fetched: Rule<'fetched'> = (task, event) => same(withProgress(task, byBytes(task, event)))

const failures: { readonly [step: number]: FailReason } = { 1: 'upgrade_error', 2: 'download_error', 3: 'verify_error', 4: 'burn_error' }

const fail: Rule<'failure'> = (task, event, now) => {
  const words = { code: event.step, desc: event.desc, signAt: now }
  if (event.step === -5) return same(end(task, 'rejected', null, now, words))
  return same(end(task, 'failed', failures[-event.step] ?? 'device_error', now, words), 'retry_failure')
}

/** A report of the target counts; where the device already ran it before (`reflash`), only after the image was served. */
const provesSuccess = (task: Task, version: string): boolean => version === task.to && (!task.reflash || task.bytes >= task.size)

/** Whether the task's package can be applied to the version. */
export const isEligible = ({ sources }: Pick<Task, 'sources'>, version: string): boolean =>
  sources.length === 0 || sources.includes(version)

const versionBeforeStart: Rule<'version'> = (task, event, now) => {
  if (provesSuccess(task, event.version)) return same(end(task, 'succeeded', null, now))
  if (!isEligible(task, event.version)) return same(end({ ...task, from: event.version }, 'canceled', 'not_eligible', now))
  return same(task.from === event.version ? task : { ...task, from: event.version }, 'offer')
}

/** All bytes of the very image were downloaded. */
export const hasWholeImage = ({ bytes, size }: Pick<Task, 'bytes' | 'size'>): boolean => bytes >= size

const versionInProgress: Rule<'version'> = (task, event, now) => {
  if (provesSuccess(task, event.version)) return same(end(task, 'succeeded', null, now))
  if (task.from === null && event.version !== task.to) return oldVersionAgain({ ...task, from: event.version }, event, now)
  if (task.from === event.version || event.version === task.to) return oldVersionAgain(task, event, now)
  const ended = end(task, 'failed', 'unexpected_version', now, { desc: event.version })
  // The image calls itself so: it would do so again.
  return hasWholeImage(task) ? same(ended) : same(ended, 'retry_failure')
}

/** How long after the last byte it may become known that all have arrived (ms). */
export const recheckMs = 10_000

/** The last byte was sent less than `recheckMs` ago, and the device has reconnected since: it may or may not have all of the image. */
const isUncertain = (task: Task, since: number, now: number): boolean =>
  task.completeAt === null && task.bytes >= task.size && task.signAt !== null && since > task.signAt && now < task.signAt + recheckMs

/** The old version after all was fetched is a rollback, if the connection began later: a grace period, then `rolled_back`. */
const oldVersionAgain: Rule<'version'> = (task, event, now) => {
  if (isUncertain(task, event.since, now)) return same(task, 'recheck')
  if (task.completeAt === null || event.since <= task.completeAt) return same(task, 'offer')
  return same(task.graceSince === null ? enter(task, 'in_progress', sentence('note_old_version'), now, { graceSince: now }) : task)
}

const lateSuccess: Rule<'version'> = (task, event, now) =>
  provesSuccess(task, event.version) ? same(end(task, 'succeeded', 'late', now), 'drop_retry') : same(task)

const lateAfterRollback: Rule<'version'> = (task, event, now) =>
  task.reason === 'rolled_back' ? lateSuccess(task, event, now) : same(task)

const timeOut = (task: Task, reason: TimeOutReason, now: number): Outcome => same(end(task, 'timed_out', reason, now), 'retry_timeout')

const wake: Rule<'due'> = (task, _event, now) =>
  task.notBefore !== null && task.notBefore <= now ? same({ ...task, notBefore: null }, 'offer') : same(task)

const elapse: Rule<'due'> = (task, event, now) => {
  const first = deadlines(task, event.limits)[0]
  if (first === undefined || first.at > now) return same(task)
  if (first.what === 'slot') return elapse(enter(task, 'notified', sentence('note_silent'), now, { slot: false }), event, now)
  if (first.what === 'rolled_back') return same(end(task, 'failed', 'rolled_back', now), 'retry_failure')
  return first.what === 'retry' ? same(task) : timeOut(task, first.what, now)
}

const cancel: Rule<'cancel'> = (task, event, now) => same(end(task, 'canceled', event.reason, now))
const cancelByForce: Rule<'cancel'> = (task, event, now) => (event.force ? cancel(task, event, now) : same(task))

// ---------------------------------------------------------------- the table

const absorbing: Row = {
  offered: ignore,
  unsent: ignore,
  lost: ignore,
  progress: ignore,
  failure: ignore,
  fetched: ignore,
  version: ignore,
  due: ignore,
  cancel: ignore,
}

/** State × event. docs/protocol.md has this table, printed by a test. */
export const table: { readonly [S in TaskState]: Row } = {
  queued: {
    offered: offer,
    unsent: ignore,
    lost: ignore,
    progress: start,
    failure: fail,
    fetched: startByBytes,
    version: versionBeforeStart,
    due: wake,
    cancel,
  },
  notified: {
    offered: offerAgain,
    unsent: takeBack,
    lost: lose,
    progress: start,
    failure: fail,
    fetched: startByBytes,
    version: versionBeforeStart,
    due: elapse,
    cancel,
  },
  in_progress: {
    offered: ignore,
    unsent: ignore,
    lost: ignore,
    progress,
    failure: fail,
    fetched,
    version: versionInProgress,
    due: elapse,
    cancel: cancelByForce,
  },
  succeeded: absorbing,
  failed: { ...absorbing, version: lateAfterRollback },
  timed_out: { ...absorbing, version: lateSuccess },
  rejected: absorbing,
  canceled: absorbing,
}

/** The task after the event. Never throws; an event that a state does not handle changes nothing. */
export const transition = <E extends TaskEventType>(task: Task, event: EventOf<E>, now: number): Outcome => {
  const rule: Rule<E> = table[task.state][event.type as E]
  return rule(task, event, now)
}

// ---------------------------------------------------------------- questions

/** Whether a late report of the target could still turn this ended task into a success. */
export const mayStillSucceed = (task: Task): boolean =>
  task.state === 'timed_out' || (task.state === 'failed' && task.reason === 'rolled_back')

/** Whether it was canceled with all of its image on the device, which may still install it: the task stays canceled, but is its source. */
export const mayStillRun = (task: Task): boolean => task.state === 'canceled' && task.startedAt !== null && task.bytes >= task.size

/** Whether it may be offered to its device at all now: not during a grace period, nor before a retry's delay is over. */
export const mayBeOffered = (task: Task): boolean => isOpen(task.state) && task.graceSince === null && task.notBefore === null
