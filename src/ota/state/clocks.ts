// When to check what again, and when the server was away. The times themselves are computed from what is stored with the tasks.

import type { Away, DeviceKey } from '../model.ts'
import type { Queries, Reads } from '../ports/store.ts'
import { spansAt } from '../rules/uptime.ts'
import { createTimers, type Timers } from './timers.ts'

export interface Uptime {
  /** When the server was away, since the oldest clock of an open task started, and in the last hour. */
  readonly away: readonly Away[]
  /** How long the server was down before this start, milliseconds. */
  readonly awayFor: number
  /** When it was last recorded that the server is running. */
  notedAt: number
}

export interface Clocks {
  readonly tasks: Timers<number>
  /** Tasks whose device may have rolled back: checked again when more is known of its download. */
  readonly rechecks: Timers<number>
  /** Connections on which something is due if the device reports nothing. */
  readonly silences: Timers<DeviceKey>
  /** Times at which a campaign's turn may change something: a window opens, a soak ends, a minute is over. */
  readonly campaigns: Timers<number>
  /** When what is said of a campaign changes by time alone: no record changes, but those who watch it must hear of it. */
  readonly said: Timers<number>
  /** Work that a failed write has stopped, to be asked for again. */
  readonly retries: Timers<() => void>
  readonly uptime: Uptime
  /** The server is about to stop: connections that end now count against no device, and nothing new begins. */
  stopping: boolean
}

interface Store {
  readonly reads: Pick<Reads, 'openTasks'>
  readonly queries: Pick<Queries, 'clock'>
}

/** Clocks of stations, which the core does not know, begin at most this long ago (ms). */
const keptMs = 3_600_000

/** The server was running when the last change of an open task was recorded, or at the last note, whichever is later. */
const uptimeAt = ({ reads, queries }: Store, now: number): Uptime => {
  let oldest: number | null = null
  let latest = 0
  for (const { createdAt, notifiedAt, signAt, history } of reads.openTasks()) {
    if (notifiedAt !== null) oldest = Math.min(notifiedAt, oldest ?? notifiedAt)
    latest = Math.max(latest, createdAt, notifiedAt ?? 0, signAt ?? 0, history.at(-1)?.at ?? 0)
  }
  const note = queries.clock()
  const seenAt = Math.max(note?.at ?? 0, latest)
  const lastAt = seenAt === 0 ? now : seenAt
  const away = spansAt({ at: lastAt, away: note?.away ?? [] }, Math.min(oldest ?? now, now - keptMs), now)
  return { away, awayFor: Math.max(0, now - lastAt), notedAt: 0 }
}

/** `now`: milliseconds since the epoch, at the server's start. */
export const createClocks = (store: Store, now: number): Clocks => ({
  tasks: createTimers(),
  rechecks: createTimers(),
  silences: createTimers(),
  campaigns: createTimers(),
  said: createTimers(),
  retries: createTimers(),
  uptime: uptimeAt(store, now),
  stopping: false,
})
