// The delivery of one webhook: its events in order, one at a time, each until it is taken, has been refused too often, or is too old. Knows
// neither records nor requests.

import type { WebhookFacts } from '../ota/ports/webhooks.ts'
import { sentence } from '../sentences/sentence.ts'
import { type AlertEvent, eventOf, isResult } from './alert-event.ts'
import type { WaitingEvent } from './backlog.ts'
import { type Course, createCourse } from './delivery-course.ts'
import {
  addFound,
  addHeld,
  createRows,
  type DeliveryDeps,
  type DeliveryRows,
  dropOld,
  forget,
  keepBound,
  park,
  removeAll,
  resultsOf,
  unparkAll,
  type WaitingResults,
} from './delivery-rows.ts'
import type { Attempt, Post } from './post.ts'
import { waitingKey } from './webhook-keys.ts'

export type HookFigures = Pick<
  WebhookFacts,
  'backlog' | 'oldestAt' | 'parked' | 'trouble' | 'delivered' | 'failedAttempts' | 'dropped' | 'deliveredAt'
>

export interface Delivery {
  /** An event of which nothing is on disk: it is delivered even if it never will be. */
  send(seq: number, event: AlertEvent): void
  /** An event whose row is part of a commit. Returns its key. */
  expect(seq: number, event: AlertEvent): string
  /** What became of that commit. */
  settled(seq: number, isStored: boolean): void
  /** At a start: an event that is on disk, in the order of their numbers, parked ones first. */
  found(seq: number, text: string, isParked: boolean): void
  /** Another address: the next attempt is made at once. */
  use(post: Post): void
  retry(): number
  tick(): void
  figures(): HookFigures
  /** Results of test runs that were not taken yet. */
  results(): WaitingResults
  close(): Promise<void>
  /** Forgets all, on disk too. */
  remove(): void
}

interface State {
  readonly rows: DeliveryRows
  readonly course: Course
  post: Post
  /** How often the oldest event was refused. */
  tries: { readonly seq: number; readonly refusals: number }
  running: Promise<void> | undefined
  isOver: boolean
  delivered: number
  failedAttempts: number
  deliveredAt: number | null
}

const mostRefusals = 10
const closeMs = 1000
const mostShown = 10
const noTries = { seq: -1, refusals: 0 }

const refused = (state: State, entry: WaitingEvent, event: AlertEvent, { status, said }: Attempt): void => {
  const { tries, course, rows } = state
  const refusals = (tries.seq === entry.seq ? tries.refusals : 0) + 1
  state.tries = { seq: entry.seq, refusals }
  course.failed(status, said)
  if (refusals < mostRefusals) return
  park(rows, entry, event, said)
  course.forget()
}

const conclude = (state: State, entry: WaitingEvent, event: AlertEvent, attempt: Attempt): void => {
  if (attempt.outcome === 'delivered') {
    state.delivered += 1
    state.deliveredAt = state.rows.deps.now()
    state.course.clear()
    forget(state.rows, entry)
    return
  }
  state.failedAttempts += 1
  if (attempt.outcome === 'refused') refused(state, entry, event, attempt)
  else state.course.failed(attempt.status, attempt.said)
}

/** null: its row is not there, or is none. */
const load = async ({ deps }: DeliveryRows, { event, seq }: WaitingEvent): Promise<AlertEvent | null> =>
  event ?? eventOf((await deps.read(waitingKey(deps.id, seq))) ?? '')

const attemptWith = async (state: State, entry: WaitingEvent): Promise<void> => {
  const { id, name, log } = state.rows.deps
  const event = await load(state.rows, entry)
  const { post } = state
  if (state.isOver) return
  if (event === null) {
    log.error({ webhook: name, id, seq: entry.seq }, `an event of the webhook ${name} cannot be read, and is dropped`)
    forget(state.rows, entry)
    return
  }
  const attempt = await post.send(event)
  // What an earlier address answers says nothing of the new one, but that it has taken the event.
  const isCurrent = post === state.post && !state.isOver
  if (isCurrent || attempt.outcome === 'delivered') conclude(state, entry, event, attempt)
}

/** The event to deliver now; undefined: none. */
const due = ({ rows, course, isOver }: State): WaitingEvent | undefined => {
  const entry = rows.backlog.oldest()
  return entry?.isReady === true && !isOver && course.mayTry() ? entry : undefined
}

const run = async (state: State): Promise<void> => {
  // The caller continues first.
  await Promise.resolve()
  for (let entry = due(state); entry !== undefined; entry = due(state)) {
    try {
      await attemptWith(state, entry)
    } catch (thrown) {
      state.course.failed(null, sentence('webhook_event_unreadable', { why: thrown instanceof Error ? thrown.message : String(thrown) }))
    }
  }
  state.running = undefined
}

const start = (state: State): void => {
  if (due(state) !== undefined) state.running ??= run(state)
}

const beginAnew = (state: State): void => {
  state.tries = noTries
  state.course.forget()
  start(state)
}

const figuresOf = ({ rows, course, delivered, failedAttempts, deliveredAt }: State): HookFigures => {
  const { backlog, parked, drops } = rows
  const newest = [...parked.values()].slice(-mostShown).reverse()
  return {
    backlog: backlog.size(),
    oldestAt: backlog.oldest()?.at ?? null,
    parked: { count: parked.size, newest: newest.map(({ text: _text, ...facts }) => facts) },
    trouble: backlog.size() === 0 ? null : course.trouble(),
    delivered,
    failedAttempts,
    dropped: drops.count(),
    deliveredAt,
  }
}

/** A running attempt gets a moment; its event is sent again by the next start if it was not taken by then. */
const close = async (state: State): Promise<void> => {
  state.isOver = true
  const cut = setTimeout(() => state.post.close(), closeMs)
  await state.running
  clearTimeout(cut)
  state.post.close()
}

export const createDelivery = (deps: DeliveryDeps, post: Post): Delivery => {
  const rows = createRows(deps)
  const counts = { delivered: 0, failedAttempts: 0, deliveredAt: null }
  const state: State = { rows, course: createCourse(deps), post, tries: noTries, running: undefined, isOver: false, ...counts }
  return {
    send(seq, event) {
      addHeld(rows, seq, event)
      start(state)
    },
    expect(seq, event) {
      rows.backlog.add({ seq, at: event.at, isResult: isResult(event), event: null, isReady: false })
      keepBound(rows)
      return waitingKey(deps.id, seq)
    },
    settled(seq, isStored) {
      if (isStored) rows.backlog.readySeq(seq)
      else rows.backlog.removeSeq(seq)
      start(state)
    },
    found: (seq, text, isParked) => addFound(rows, seq, text, isParked),
    use(next) {
      state.post.close()
      state.post = next
      beginAnew(state)
    },
    retry() {
      const count = unparkAll(rows)
      beginAnew(state)
      return count
    },
    tick() {
      dropOld(rows)
      start(state)
    },
    figures: () => figuresOf(state),
    results: () => resultsOf(rows),
    close: () => close(state),
    remove() {
      state.isOver = true
      state.post.close()
      removeAll(rows)
    },
  }
}
