// The events that wait for one webhook, oldest first. Memory has their numbers only, but for those that are not on disk. Knows no disk.

import type { AlertEvent } from './alert-event.ts'

export interface WaitingEvent {
  readonly seq: number
  readonly at: number
  /** The end of a test run. */
  readonly isResult: boolean
  /** Held in memory until it is on disk; null: it is read from there. */
  event: AlertEvent | null
  /** False while the commit that it is part of is being written. */
  isReady: boolean
}

export interface Backlog {
  size(): number
  oldest(): WaitingEvent | undefined
  add(entry: WaitingEvent): void
  /** False: it is not there any more. */
  remove(entry: WaitingEvent): boolean
  removeSeq(seq: number): void
  readySeq(seq: number): void
  /** Puts older ones back, each in its place. */
  putBack(entries: readonly WaitingEvent[]): void
  all(): readonly WaitingEvent[]
  /** Those that are results of test runs. */
  results(): { readonly count: number; readonly oldestAt: number | null }
}

const compactFrom = 1000

export const createBacklog = (): Backlog => {
  let entries: WaitingEvent[] = []
  let start = 0
  let results = 0
  /** Found when it is asked for; the next one is behind it. */
  let oldestResult: WaitingEvent | undefined

  /** Where it is; -1: nowhere. They are sorted. */
  const find = (seq: number): number => {
    let [low, high] = [start, entries.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((entries[middle]?.seq ?? 0) < seq) low = middle + 1
      else high = middle
    }
    return entries[low]?.seq === seq ? low : -1
  }
  const firstResult = (): WaitingEvent | undefined => {
    for (let at = start; at < entries.length; at++) if (entries[at]?.isResult === true) return entries[at]
    return undefined
  }
  const uncount = (entry: WaitingEvent | undefined): void => {
    if (entry?.isResult !== true) return
    results -= 1
    if (entry === oldestResult) oldestResult = undefined
  }
  const removeAt = (at: number): void => {
    uncount(entries[at])
    if (at !== start) {
      entries.splice(at, 1)
      return
    }
    start += 1
    if (start < compactFrom || start * 2 < entries.length) return
    entries = entries.slice(start)
    start = 0
  }
  return {
    size: () => entries.length - start,
    oldest: () => entries[start],
    add(entry) {
      entries.push(entry)
      if (entry.isResult) results += 1
    },
    remove(entry) {
      const at = find(entry.seq)
      if (at >= 0) removeAt(at)
      return at >= 0
    },
    removeSeq(seq) {
      const at = find(seq)
      if (at >= 0) removeAt(at)
    },
    readySeq(seq) {
      const entry = entries[find(seq)]
      if (entry !== undefined) entry.isReady = true
    },
    putBack(more) {
      entries = [...entries.slice(start), ...more].sort((one, other) => one.seq - other.seq)
      start = 0
      results += more.filter(({ isResult }) => isResult).length
      oldestResult = undefined
    },
    all: () => entries.slice(start),
    results() {
      if (results > 0) oldestResult ??= firstResult()
      return { count: results, oldestAt: oldestResult?.at ?? null }
    },
  }
}
