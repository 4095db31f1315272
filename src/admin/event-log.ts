// Events with ids, kept in a bounded ring and passed on to whoever listens or subscribes. For a slow subscriber, progress events are merged; one
// that falls too far behind must start again: memory stays bounded whatever clients do. Knows no HTTP.

import { randomInt } from 'node:crypto'
import type { DeviceKey } from '../ota/model.ts'
import type { Events } from '../ota/ports/observers.ts'
import { createBacklog } from './event-backlog.ts'
import { type EventFilter, passes } from './event-filter.ts'
import { createRing, type EventEntry, type ShownEvent } from './event-ring.ts'

export interface Subscription {
  /** Takes the oldest waiting entries, at most `limit`. */
  take(limit: number): readonly EventEntry[]
  /** Too many entries waited: they are discarded, and no more will come. */
  readonly overrun: boolean
  /** Events after the given id are no longer known, or the id is of another run of the server. */
  readonly gap: boolean
  close(): void
}

export interface EventLog extends Events {
  emit(event: ShownEvent): void
  /** Id of the newest event; before the first, an id that no event has. */
  readonly latest: number
  /** Whether events after that id are no longer known, or it is of another run of the server. */
  isGap(after: number): boolean
  /** Those after that id that are known, the oldest first. Raw messages are not: a client that reconnects has missed them. */
  since(after: number): readonly EventEntry[]
  /** Calls the listener for each event, until the function that it returns is called. The listener must be quick, and must not throw. */
  listen(listener: (entry: EventEntry) => void): () => void
  /** Raw messages of that device are wanted, until the function that it returns is called, once. */
  watch(device: DeviceKey): () => void
  /**
   * `after`: id of the last event that the subscriber has seen; later ones are waiting at once. `wake` is called when entries
   * wait or the subscription is overrun; it must not throw.
   */
  subscribe(filter: EventFilter, after: number | undefined, wake: () => void): Subscription
}

export interface EventLogOptions {
  /** How many events are kept for clients that reconnect, and the most that may wait for one subscriber. */
  readonly capacity: number
  readonly now: () => number
  /** The id before the first. Random, so that an id of another run is not mistaken for one of this run. */
  readonly first?: number
}

type Source = Pick<EventLog, 'isGap' | 'since' | 'listen' | 'watch'>

const subscribeTo = (log: Source, capacity: number, filter: EventFilter, after: number | undefined, wake: () => void): Subscription => {
  const backlog = createBacklog(capacity)
  let overrun = false
  const offer = (entry: EventEntry): void => {
    if (overrun || !passes(filter, entry.event)) return
    overrun = !backlog.add(entry)
    if (overrun) backlog.clear()
    wake()
  }
  const gap = after !== undefined && log.isGap(after)
  const ends = [log.listen(offer)]
  if (filter.device !== undefined && filter.messages !== false) ends.push(log.watch(filter.device))
  if (after !== undefined && !gap) for (const entry of log.since(after)) offer(entry)
  return {
    gap,
    take: backlog.take,
    get overrun() {
      return overrun
    },
    close() {
      for (const end of ends.splice(0)) end()
      backlog.clear()
    },
  }
}

/** How many want the raw messages of each device. */
const createWatched = () => {
  const watched = new Map<DeviceKey, number>()
  return {
    has: (device: DeviceKey): boolean => watched.has(device),
    add(device: DeviceKey): () => void {
      watched.set(device, (watched.get(device) ?? 0) + 1)
      return () => {
        const left = (watched.get(device) ?? 0) - 1
        if (left > 0) watched.set(device, left)
        else watched.delete(device)
      }
    },
  }
}

export const createEventLog = ({ capacity, now, first = randomInt(1, 2 ** 47) }: EventLogOptions): EventLog => {
  const ring = createRing(capacity, first)
  const listeners = new Set<(entry: EventEntry) => void>()
  const watched = createWatched()
  let latest = first
  const source: Source = {
    isGap: (after) => after > latest || !ring.reaches(after),
    since: ring.since,
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    watch: watched.add,
  }
  return {
    ...source,
    get latest() {
      return latest
    },
    emit(event) {
      latest++
      const entry = { id: latest, at: now(), event }
      // Raw messages are large and are not kept.
      if (event.type !== 'message') ring.add(entry)
      for (const listener of listeners) listener(entry)
    },
    watches: watched.has,
    subscribe: (filter, after, wake) => subscribeTo(source, capacity, filter, after, wake),
  }
}
