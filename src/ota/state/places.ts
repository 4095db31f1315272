// Which tasks hold one of the places that the downloads have: those that were notified just now, and those whose download is not finished.
// A board that flashes holds none. Kept beside the store by watching it, with what is known of bytes in memory.

import type { Task } from '../model.ts'
import type { Reads, Writes } from '../ports/store.ts'
import { createGrouped } from './grouped.ts'
import { type Signs, withSign } from './signs.ts'
import { createTimers } from './timers.ts'

/** So long a notified device is expected to begin. */
const beginMs = 60_000
/** An unfinished download without a sign of life is one that nobody waits for. */
const silentMs = 180_000

/** Until when the task holds a place if nothing else happens; null: it holds none. */
const placeUntil = (task: Task): number | null => {
  if (task.state === 'notified') return task.slot && task.slotAt !== null ? task.slotAt + beginMs : null
  if (task.state !== 'in_progress' || task.completeAt !== null || task.bytes >= task.size) return null
  return Math.max(task.startedAt ?? 0, task.signAt ?? 0) + silentMs
}

export interface Places {
  inAll(): number
  of(campaign: number): number
  /** Bytes of the task were counted in memory only. */
  counted(task: number): void
  /** Whether a place has become free since the last call. */
  takeFreed(): boolean
}

interface Store {
  readonly reads: Pick<Reads, 'openTasks' | 'openTask'>
  readonly writes: Pick<Writes, 'watch'>
}

export const createPlaces = ({ reads, writes }: Store, signs: Signs, now: () => number): Places => {
  const held = createGrouped<number, number>()
  const campaigns = new Map<number, number>()
  const ends = createTimers<number>()
  let freed = false

  const free = (task: number): void => {
    const campaign = campaigns.get(task)
    if (campaign === undefined) return
    campaigns.delete(task)
    held.delete(campaign, task)
    ends.delete(task)
    freed = true
  }
  const look = (stored: Task): void => {
    const { id, campaign } = stored
    const until = placeUntil(withSign(signs, stored))
    if (until === null || until <= now()) free(id)
    else {
      if (!campaigns.has(id)) {
        held.add(campaign, id)
        campaigns.set(id, campaign)
      }
      ends.set(id, until)
    }
  }
  const lookAt = (id: number): void => {
    const task = reads.openTask(id)
    if (task === undefined) free(id)
    else look(task)
  }
  const expire = (): void => {
    for (const id of ends.due(now())) lookAt(id)
  }

  for (const task of reads.openTasks()) look(task)
  writes.watch((table, before, after) => {
    if (table !== 'task') return
    if (after !== undefined) look(after as Task)
    else if (before !== undefined) free((before as Task).id)
  })
  return {
    inAll: () => {
      expire()
      return campaigns.size
    },
    of: (campaign) => {
      expire()
      return held.of(campaign).size
    },
    counted: lookAt,
    takeFreed: () => {
      expire()
      const was = freed
      freed = false
      return was
    },
  }
}
