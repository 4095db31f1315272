// Which bytes of each task's image went out, and what of it has not been told yet. Knows no sockets; a count is of bytes that
// the operating system took, each once.

import type { Grant, Served } from '../ota/ports.ts'
import { createIntervals, type Intervals } from './intervals.ts'

/** One download's hand in its task's count. */
export interface Count {
  /** `[start, end)` went out. */
  add(start: number, end: number): void
  end(): void
}

export interface Tally {
  /** A download that begins at `start`. From the first byte of an image that was complete, the count starts anew. */
  begin(grant: Grant, start: number): Count
  /** What changed since the last time. */
  drain(): readonly Served[]
  /** All bytes of all tasks, repeated ones too. */
  readonly bytes: () => number
}

interface Entry {
  readonly task: number
  readonly size: number
  readonly sent: Intervals
  /** When the first byte and the last one were told at once. */
  readonly told: { first: number; complete: number }
  users: number
}

export interface TallyOptions {
  readonly now: () => number
  /** Something is to be told: at once, or with the next report. */
  readonly changed: (atOnce: boolean) => void
  /** A task whose count was given up for want of room: its next grant brings what is stored. */
  readonly dropped: (task: number) => void
  /** Tasks remembered that nobody downloads now. */
  readonly limit: number
  /** A task's first byte and completion are told at once, but each only once in this time. */
  readonly everyMs: number
}

const NEVER = Number.NEGATIVE_INFINITY

const newEntry = (grant: Grant): Entry => {
  const sent = createIntervals()
  sent.add(0, Math.min(grant.bytes, grant.size))
  return { task: grant.task, size: grant.size, sent, told: { first: NEVER, complete: NEVER }, users: 0 }
}

export const createTally = ({ now, changed, dropped, limit, everyMs }: TallyOptions): Tally => {
  const entries = new Map<number, Entry>()
  const untold = new Set<Entry>()
  let bytes = 0

  const dropIdle = (): void => {
    for (const entry of entries.values()) {
      if (entries.size <= limit) return
      if (entry.users > 0 || untold.has(entry)) continue
      entries.delete(entry.task)
      dropped(entry.task)
    }
  }
  const isDue = (told: Entry['told'], event: keyof Entry['told']): boolean => {
    if (now() - told[event] < everyMs) return false
    told[event] = now()
    return true
  }
  const add = (entry: Entry, start: number, end: number): void => {
    const before = entry.sent.size()
    entry.sent.add(start, end)
    const after = entry.sent.size()
    bytes += end - start
    if (after === before) return
    untold.add(entry)
    changed((before === 0 && isDue(entry.told, 'first')) || (after === entry.size && isDue(entry.told, 'complete')))
  }
  const use = (grant: Grant): Entry => {
    const entry = entries.get(grant.task) ?? newEntry(grant)
    entries.delete(grant.task)
    entries.set(grant.task, entry)
    return entry
  }

  return {
    begin: (grant, start) => {
      const entry = use(grant)
      entry.users += 1
      if (start === 0 && entry.sent.size() === entry.size) entry.sent.clear()
      dropIdle()
      return {
        add: (from, to) => add(entry, from, to),
        end: () => {
          entry.users -= 1
        },
      }
    },
    drain: () => {
      const reports = [...untold].map(({ task, size, sent }) => ({ task, bytes: sent.size(), complete: sent.size() === size }))
      untold.clear()
      return reports
    },
    bytes: () => bytes,
  }
}
