// What happens, kept in a bounded ring with ids and handed to whoever subscribed. A slow subscriber's progress is coalesced,
// and one that falls too far behind is told to start anew: memory stays bounded whatever clients do. Knows no HTTP.

import { randomInt } from 'node:crypto'
import type { DeviceKey, Task } from '../ota/model.ts'
import type { Event, Events } from '../ota/ports/observers.ts'

export interface EventEntry {
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly event: Event
}

/** undefined: whatever it is. Raw messages go only to those who name their device. */
export interface EventFilter {
  readonly campaign?: number | undefined
  readonly device?: DeviceKey | undefined
}

export interface Subscription {
  /** The next entries that wait, oldest first, at most `limit`; they wait no longer. */
  take(limit: number): readonly EventEntry[]
  /** Too much waited: what waited is gone, and nothing more comes. */
  readonly overrun: boolean
  /** Events between the asked-for id and now are not known any more, or the id is of another run. */
  readonly gap: boolean
  close(): void
}

export interface EventLog extends Events {
  /** Id of the last event, or of none before the first. */
  readonly latest: number
  /**
   * `after`: id of the last event the subscriber has seen; what came since stands ready at once. `wake` is called when
   * something waits or the subscription is overrun; it must not throw.
   */
  subscribe(filter: EventFilter, after: number | undefined, wake: () => void): Subscription
}

export interface EventLogOptions {
  /** Events kept for those who come back, and the most that may wait for one subscriber. */
  readonly capacity: number
  readonly now: () => number
  /** Id before the first. Random, so that an id of another run is not taken for one of this. */
  readonly first?: number
}

const passes = ({ campaign, device }: EventFilter, event: Event): boolean => {
  const isOpen = campaign === undefined && device === undefined
  if (event.type === 'task') {
    return (campaign === undefined || event.task.campaign === campaign) && (device === undefined || event.task.device === device)
  }
  if (event.type === 'campaign') return isOpen || event.campaign === campaign
  if (event.type === 'device') return isOpen || event.device === device
  return event.device === device
}

/** What a later event of the same key makes needless: progress within one state, and a campaign, which is told as it is now. */
const keyOf = ({ id, event }: EventEntry): string => {
  if (event.type === 'task') return `task ${event.task.id} ${event.task.state}`
  if (event.type === 'campaign') return `campaign ${event.campaign}`
  return `event ${id}`
}

/** In units of the capacity: raw messages may be large. */
const weightOf = ({ event }: EventEntry): number => (event.type === 'message' ? 1 + Math.floor(event.text.length / 1024) : 1)

const createBacklog = (capacity: number) => {
  const entries = new Map<string, EventEntry>()
  let weight = 0
  return {
    /** False when too much waits. */
    add(entry: EventEntry): boolean {
      const key = keyOf(entry)
      // Taken out first, so that the order stays that of the ids.
      if (entries.delete(key)) weight--
      entries.set(key, entry)
      weight += weightOf(entry)
      return weight <= capacity
    },
    take(limit: number): readonly EventEntry[] {
      const taken: EventEntry[] = []
      for (const [key, entry] of entries) {
        if (taken.length >= limit) break
        entries.delete(key)
        weight -= weightOf(entry)
        taken.push(entry)
      }
      return taken
    },
    clear(): void {
      entries.clear()
      weight = 0
    },
  }
}

/** Progress makes earlier progress within the same state needless, here too: what was superseded is let go at once, and the collector finds it young. */
const createRing = (capacity: number, first: number) => {
  const slots: (EventEntry | undefined)[] = []
  /** Where the newest entry of a task stands. */
  const places = new Map<number, number>()
  let head = 0
  let dropped = first

  const forget = (entry: EventEntry | undefined, at: number): void => {
    if (entry === undefined) return
    dropped = entry.id
    if (entry.event.type === 'task' && places.get(entry.event.task.id) === at) places.delete(entry.event.task.id)
  }
  const supersede = ({ id, state }: Task): void => {
    const at = places.get(id)
    const earlier = at === undefined ? undefined : slots[at]?.event
    if (at !== undefined && earlier?.type === 'task' && earlier.task.state === state) slots[at] = undefined
    places.set(id, head)
  }
  return {
    add(entry: EventEntry): void {
      forget(slots[head], head)
      if (entry.event.type === 'task') supersede(entry.event.task)
      slots[head] = entry
      head = (head + 1) % capacity
    },
    /** Whether all that came after the id is here. */
    reaches: (id: number): boolean => id >= dropped,
    *since(id: number): Generator<EventEntry> {
      for (let at = 0; at < slots.length; at++) {
        const entry = slots[(head + at) % slots.length]
        if (entry !== undefined && entry.id > id) yield entry
      }
    },
  }
}

interface Subscriber extends Subscription {
  readonly filter: EventFilter
  offer(entry: EventEntry): void
}

/** `closed` is called once. */
const createSubscriber = (
  filter: EventFilter,
  gap: boolean,
  capacity: number,
  wake: () => void,
  closed: (subscriber: Subscriber) => void,
): Subscriber => {
  const backlog = createBacklog(capacity)
  let overrun = false
  let isClosed = false
  const subscriber: Subscriber = {
    filter,
    gap,
    take: backlog.take,
    get overrun() {
      return overrun
    },
    offer(entry) {
      if (overrun || isClosed) return
      overrun = !backlog.add(entry)
      if (overrun) backlog.clear()
      wake()
    },
    close() {
      if (isClosed) return
      isClosed = true
      backlog.clear()
      closed(subscriber)
    },
  }
  return subscriber
}

export const createEventLog = ({ capacity, now, first = randomInt(1, 2 ** 47) }: EventLogOptions): EventLog => {
  const ring = createRing(capacity, first)
  const subscribers = new Set<Subscriber>()
  const watched = new Map<DeviceKey, number>()
  let latest = first

  const watch = (device: DeviceKey | undefined, by: 1 | -1): void => {
    if (device === undefined) return
    const watchers = (watched.get(device) ?? 0) + by
    if (watchers === 0) watched.delete(device)
    else watched.set(device, watchers)
  }
  const closed = (subscriber: Subscriber): void => {
    subscribers.delete(subscriber)
    watch(subscriber.filter.device, -1)
  }
  return {
    get latest() {
      return latest
    },
    emit(event) {
      latest++
      const entry = { id: latest, at: now(), event }
      // Raw messages are told only while somebody watches: who comes back has missed them, and they are large.
      if (event.type !== 'message') ring.add(entry)
      for (const subscriber of subscribers) if (passes(subscriber.filter, event)) subscriber.offer(entry)
    },
    watches: (device) => watched.has(device),
    subscribe(filter, after, wake) {
      const gap = after !== undefined && (after > latest || !ring.reaches(after))
      const subscriber = createSubscriber(filter, gap, capacity, wake, closed)
      subscribers.add(subscriber)
      watch(filter.device, 1)
      if (after === undefined || gap) return subscriber
      for (const entry of ring.since(after)) if (passes(filter, entry.event)) subscriber.offer(entry)
      return subscriber
    },
  }
}
