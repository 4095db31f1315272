// What waits for one reader of events, in the order of their ids; progress that waits is replaced by later progress. Bounded. Pure.

import type { EventEntry } from './event-ring.ts'

/** A later event with the same key replaces an earlier one: progress within one state, and a campaign or a station, of which the newest says it all. */
const keyOf = ({ id, event }: EventEntry): string => {
  if (event.type === 'task') return `task ${event.task.id} ${event.task.state}`
  if (event.type === 'campaign') return `campaign ${event.campaign}`
  if (event.type === 'run') return `run ${event.run.id} ${event.run.state}`
  if (event.type === 'station') return `station ${event.station}`
  return `event ${id}`
}

/** In events: a large raw message counts as several. */
export const weightOf = ({ event }: EventEntry): number => (event.type === 'message' ? 1 + Math.floor(event.text.length / 1024) : 1)

export interface EventBacklog {
  /** False if too much waits. */
  add(entry: EventEntry): boolean
  /** Takes the oldest, at most `limit`. */
  take(limit: number): readonly EventEntry[]
  oldest(): EventEntry | undefined
  clear(): void
}

export const createBacklog = (capacity: number): EventBacklog => {
  const entries = new Map<string, EventEntry>()
  let weight = 0
  return {
    add(entry) {
      const key = keyOf(entry)
      // Removed first, so that the order remains that of the ids.
      if (entries.delete(key)) weight--
      entries.set(key, entry)
      weight += weightOf(entry)
      return weight <= capacity
    },
    take(limit) {
      const taken: EventEntry[] = []
      for (const [key, entry] of entries) {
        if (taken.length >= limit) break
        entries.delete(key)
        weight -= weightOf(entry)
        taken.push(entry)
      }
      return taken
    },
    oldest: () => entries.values().next().value,
    clear() {
      entries.clear()
      weight = 0
    },
  }
}
