// Which bytes of each task's image were sent, and what has not been reported yet. Knows no sockets; counts the bytes that
// the operating system accepted, each once.

import type { Grant, Served } from '../ota/ports/downloads.ts'
import { createIntervals, type Intervals } from './intervals.ts'

/** One download's part in its task's count. */
export interface TransferCount {
  /** `[start, end)` was sent. */
  add(start: number, end: number): void
  /** All sent bytes are known to be delivered; `sure`: from more than a quiet time. */
  delivered(sure: boolean): void
  end(): void
}

export interface ByteCount {
  /** A download that begins at `start`. If the image was complete, a download from its first byte restarts the count. */
  begin(grant: Grant, start: number): TransferCount
  /** What changed since the last call. */
  drain(): readonly Served[]
  /** All bytes of all tasks, including repeated ones. */
  readonly bytes: () => number
}

interface Entry {
  readonly task: number
  readonly size: number
  readonly sent: Intervals
  /** Known to be delivered: the system accepts bytes long before a slow device has them. */
  readonly delivered: Intervals
  /** Sent on connections that broke before delivery was known. */
  lost: readonly (readonly [start: number, end: number])[]
  /** When the first byte, the last one and its delivery were last reported at once. */
  readonly reportedAt: { first: number; full: number; complete: number }
  /** Some of it counts as delivered only because of a quiet time. */
  unsure: boolean
  /** When a byte was last sent, repeated ones included. */
  lastAt: number
  users: number
}

export interface ByteCountOptions {
  readonly now: () => number
  /** There is something to report: at once, or with the next report. */
  readonly changed: (atOnce: boolean) => void
  /** The count of a task was dropped to make room: its next grant brings the stored count. */
  readonly dropped: (task: number) => void
  /** Maximum number of tasks remembered without a running download. */
  readonly limit: number
  /** A task's first byte and completion are reported at once, but each at most once in this time. */
  readonly everyMs: number
}

/** What the counts of transfers add to. */
interface Sums {
  add(entry: Entry, start: number, end: number): void
  deliver(entry: Entry, start: number, end: number, sure: boolean): void
}

class Count implements TransferCount {
  private readonly sums: Sums
  private readonly entry: Entry
  private readonly start: number
  private position: number
  private isKnown = false

  constructor(sums: Sums, entry: Entry, start: number) {
    this.sums = sums
    this.entry = entry
    this.start = start
    this.position = start
  }

  add(from: number, to: number): void {
    this.position = to
    this.sums.add(this.entry, from, to)
  }

  delivered(sure: boolean): void {
    this.isKnown = true
    this.sums.deliver(this.entry, this.start, this.position, sure)
  }

  end(): void {
    const { entry, start, position, isKnown } = this
    entry.users -= 1
    if (!isKnown && position > start) entry.lost = [...entry.lost.slice(1 - maxLost), [start, position]]
  }
}

const NEVER = Number.NEGATIVE_INFINITY
/** Broken connections remembered per task: a device that resumes does so from one of the last. */
const maxLost = 16

const isComplete = ({ size, sent, delivered }: Entry): boolean => sent.size() === size && delivered.size() === size

const newEntry = (grant: Grant, now: number): Entry => {
  const sent = createIntervals()
  const stored = Math.min(grant.bytes, grant.size)
  sent.add(0, stored)
  return {
    task: grant.task,
    size: grant.size,
    sent,
    delivered: createIntervals(),
    lost: [[0, stored]],
    reportedAt: { first: NEVER, full: NEVER, complete: NEVER },
    unsure: false,
    lastAt: now,
    users: 0,
  }
}

const reportOf = (entry: Entry, now: number): Served => ({
  task: entry.task,
  bytes: entry.sent.size(),
  complete: isComplete(entry),
  sure: isComplete(entry) && !entry.unsure,
  quietMs: Math.max(0, Math.round(now - entry.lastAt)),
})

/** A device that resumes from `start` has received what was sent before it. */
const resume = (entry: Entry, start: number): void => {
  for (const [from, to] of entry.lost) if (from < start) entry.delivered.add(from, Math.min(to, start))
}

const restart = (entry: Entry): void => {
  entry.sent.clear()
  entry.delivered.clear()
  entry.unsure = false
  entry.lost = []
}

export const createByteCount = ({ now, changed, dropped, limit, everyMs }: ByteCountOptions): ByteCount => {
  const entries = new Map<number, Entry>()
  const unreported = new Set<Entry>()
  let bytes = 0

  const dropIdle = (): void => {
    for (const entry of entries.values()) {
      if (entries.size <= limit) return
      if (entry.users > 0 || unreported.has(entry)) continue
      entries.delete(entry.task)
      dropped(entry.task)
    }
  }
  const isDue = (reportedAt: Entry['reportedAt'], event: keyof Entry['reportedAt']): boolean => {
    if (now() - reportedAt[event] < everyMs) return false
    reportedAt[event] = now()
    return true
  }
  const add = (entry: Entry, start: number, end: number): void => {
    const before = entry.sent.size()
    entry.sent.add(start, end)
    const after = entry.sent.size()
    bytes += end - start
    entry.lastAt = now()
    if (after === before) return
    unreported.add(entry)
    changed((before === 0 && isDue(entry.reportedAt, 'first')) || (after === entry.size && isDue(entry.reportedAt, 'full')))
  }
  const deliver = (entry: Entry, start: number, end: number, sure: boolean): void => {
    entry.delivered.add(start, end)
    entry.unsure ||= !sure
    if (!isComplete(entry)) return
    unreported.add(entry)
    changed(isDue(entry.reportedAt, 'complete'))
  }
  const sums: Sums = { add, deliver }
  const use = (grant: Grant): Entry => {
    const known = entries.get(grant.task)
    // The order matters only where there is little room left.
    if (known !== undefined && entries.size * 2 <= limit) return known
    const entry = known ?? newEntry(grant, now())
    entries.delete(grant.task)
    entries.set(grant.task, entry)
    return entry
  }

  return {
    begin: (grant, start) => {
      const entry = use(grant)
      entry.users += 1
      if (start === 0 && entry.sent.size() === entry.size) restart(entry)
      resume(entry, start)
      dropIdle()
      return new Count(sums, entry, start)
    },
    drain: () => {
      const reports = [...unreported].map((entry) => reportOf(entry, now()))
      unreported.clear()
      return reports
    },
    bytes: () => bytes,
  }
}
