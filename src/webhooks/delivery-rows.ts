// What one webhook has: events that wait, events that were refused too often, and their rows. Knows no attempt.

import type { Log } from '../log.ts'
import type { ParkedEvent } from '../ota/ports/webhooks.ts'
import type { Sentence } from '../sentences/sentence.ts'
import { type AlertEvent, eventOf, isResult, type RefusedEvent, refusalOf, textOf } from './alert-event.ts'
import { type Backlog, createBacklog, type WaitingEvent } from './backlog.ts'
import { createDrops, type Drops } from './delivery-course.ts'
import type { RowJournal } from './row-journal.ts'
import { parkedKey, waitingKey } from './webhook-keys.ts'

export interface DeliveryDeps {
  /** Of the webhook. */
  readonly id: string
  readonly name: string
  /** The text of a row on disk. */
  readonly read: (key: string) => Promise<string | undefined>
  readonly journal: RowJournal
  readonly log: Log
  /** A clock that does not jump: milliseconds since the epoch. */
  readonly now: () => number
  /** More events than this are not kept: the oldest are dropped. */
  readonly most: number
}

interface Parked extends ParkedEvent {
  readonly text: string
}

export interface DeliveryRows {
  readonly deps: DeliveryDeps
  readonly backlog: Backlog
  /** By number, the oldest first. */
  readonly parked: Map<number, Parked>
  /** When each of those that are results of test runs happened, by number, the oldest first. */
  readonly parkedResults: Map<number, number>
  readonly drops: Drops
}

const keptMs = 30 * 86_400_000

export const createRows = (deps: DeliveryDeps): DeliveryRows => ({
  deps,
  backlog: createBacklog(),
  parked: new Map(),
  parkedResults: new Map(),
  drops: createDrops(deps),
})

export const forget = ({ deps, backlog }: DeliveryRows, entry: WaitingEvent): void => {
  backlog.remove(entry)
  deps.journal.remove(waitingKey(deps.id, entry.seq))
}

const setParked = ({ parked, parkedResults }: DeliveryRows, seq: number, entry: Parked): void => {
  parked.set(seq, entry)
  if (isResult(entry)) parkedResults.set(seq, entry.at)
}

const unpark = ({ deps, parked, parkedResults }: DeliveryRows, seq: number): void => {
  parked.delete(seq)
  parkedResults.delete(seq)
  deps.journal.remove(parkedKey(deps.id, seq))
}

const dropOldest = (rows: DeliveryRows): void => {
  const [oldestParked] = rows.parked.keys()
  const entry = rows.backlog.oldest()
  if (oldestParked !== undefined && (entry === undefined || oldestParked < entry.seq)) unpark(rows, oldestParked)
  else if (entry !== undefined) forget(rows, entry)
  rows.drops.add('full')
}

export const keepBound = (rows: DeliveryRows): void => {
  while (rows.backlog.size() + rows.parked.size > rows.deps.most) dropOldest(rows)
}

export const dropOld = (rows: DeliveryRows): void => {
  const { deps, backlog, parked, drops } = rows
  const before = deps.now() - keptMs
  for (let entry = backlog.oldest(); entry !== undefined && entry.at < before; entry = backlog.oldest()) {
    forget(rows, entry)
    drops.add('old')
  }
  for (const [seq, { at }] of parked) {
    if (at >= before) break
    unpark(rows, seq)
    drops.add('old')
  }
}

export const park = (rows: DeliveryRows, entry: WaitingEvent, event: AlertEvent, refusal: Sentence): void => {
  const { deps } = rows
  const refused: RefusedEvent = { ...event, refusal }
  const text = textOf(refused)
  setParked(rows, entry.seq, { id: event.id, type: event.type, at: event.at, said: refusal, text })
  forget(rows, entry)
  deps.journal.put(parkedKey(deps.id, entry.seq), text)
  const fields = { webhook: deps.name, event: event.id, type: event.type }
  deps.log.warn(fields, `the webhook ${deps.name} refuses an event again and again: it is parked`)
}

const putRow = ({ deps }: DeliveryRows, entry: WaitingEvent, text: string): void =>
  deps.journal.put(waitingKey(deps.id, entry.seq), text, () => {
    entry.event = null
  })

/** Adds one that is held in memory until its row is on disk. */
export const addHeld = (rows: DeliveryRows, seq: number, event: AlertEvent): void => {
  const entry: WaitingEvent = { seq, at: event.at, isResult: isResult(event), event, isReady: true }
  rows.backlog.add(entry)
  putRow(rows, entry, textOf(event))
  keepBound(rows)
}

/** All parked ones wait again; how many. */
export const unparkAll = (rows: DeliveryRows): number => {
  const entries = [...rows.parked].map(
    ([seq, { text, at, type }]): WaitingEvent => ({ seq, at, isResult: isResult({ type }), event: eventOf(text), isReady: true }),
  )
  for (const entry of entries) {
    const text = rows.parked.get(entry.seq)?.text ?? ''
    unpark(rows, entry.seq)
    putRow(rows, entry, text)
  }
  rows.backlog.putBack(entries)
  return entries.length
}

/** A row that a start has found. Parked ones come first. */
export const addFound = (rows: DeliveryRows, seq: number, text: string, isParked: boolean): void => {
  const { deps, backlog, parked } = rows
  const { id, name, journal, log } = deps
  const event = eventOf(text)
  if (event === null) {
    log.error({ webhook: name, seq }, `an event of the webhook ${name} cannot be read, and is dropped`)
    journal.remove(isParked ? parkedKey(id, seq) : waitingKey(id, seq))
  } else if (isParked) setParked(rows, seq, { id: event.id, type: event.type, at: event.at, said: refusalOf(event), text })
  // A move to the parked ones that was cut off.
  else if (parked.has(seq)) journal.remove(waitingKey(id, seq))
  else backlog.add({ seq, at: event.at, isResult: isResult(event), event: null, isReady: true })
}

export interface WaitingResults {
  readonly count: number
  /** When the oldest of them happened. */
  readonly oldestAt: number | null
}

/** Results of test runs that were not taken: those that wait, and those that were refused too often. */
export const resultsOf = ({ backlog, parkedResults }: DeliveryRows): WaitingResults => {
  const { count, oldestAt } = backlog.results()
  const [oldestParked = null] = parkedResults.values()
  const times = [oldestAt, oldestParked].filter((at) => at !== null)
  return { count: count + parkedResults.size, oldestAt: times.length === 0 ? null : Math.min(...times) }
}

export const removeAll = ({ deps: { id, journal }, backlog, parked }: DeliveryRows): void => {
  for (const { seq } of backlog.all()) journal.remove(waitingKey(id, seq))
  for (const seq of parked.keys()) journal.remove(parkedKey(id, seq))
}
