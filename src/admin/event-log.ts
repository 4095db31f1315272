// Events with ids, kept in a bounded ring and passed on to subscribers. For a slow subscriber, progress events are merged; one that falls
// too far behind must start again: memory stays bounded whatever clients do. Knows no HTTP.

import { randomInt } from 'node:crypto'
import type { DeviceKey, Task } from '../ota/model.ts'
import type { Event, Events } from '../ota/ports/observers.ts'

export interface EventEntry {
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly event: Event
}

/** undefined: any. Raw messages go only to subscribers that name their device. */
export interface EventFilter {
  readonly campaign?: number | undefined
  readonly device?: DeviceKey | undefined
  readonly only?: 'devices' | 'tasks' | 'campaigns' | undefined
  readonly product?: string | undefined
  /** What a device's name must match. */
  readonly name?: RegExp | undefined
  readonly among?: ReadonlySet<DeviceKey> | undefined
  /** Whether raw messages are among them; false: never. */
  readonly messages?: boolean | undefined
}

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
  /** Id of the newest event; before the first, an id that no event has. */
  readonly latest: number
  /** Whether events after that id are no longer known, or it is of another run of the server. */
  isGap(after: number): boolean
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

const kinds = { device: 'devices', message: 'devices', task: 'tasks', campaign: 'campaigns' } as const

/** Whether an event of that device is wanted; null: it names none. */
const wants = ({ product, name, among }: EventFilter, device: DeviceKey | null): boolean => {
  if (product === undefined && name === undefined && among === undefined) return true
  if (device === null) return false
  const slash = device.indexOf('/')
  return (
    (product === undefined || device.slice(0, slash) === product) &&
    (name === undefined || name.test(device.slice(slash + 1))) &&
    (among === undefined || among.has(device))
  )
}

/** What a list is limited to. Campaigns have no device, so they pass what names devices. */
const isOfList = (filter: EventFilter, event: Event): boolean => {
  if (filter.only !== undefined && filter.only !== kinds[event.type]) return false
  return event.type === 'campaign' || wants(filter, event.type === 'task' ? event.task.device : event.device)
}

const passes = (filter: EventFilter, event: Event): boolean => {
  const { campaign, device } = filter
  if (!isOfList(filter, event)) return false
  const isOpen = campaign === undefined && device === undefined
  if (event.type === 'task') {
    return (campaign === undefined || event.task.campaign === campaign) && (device === undefined || event.task.device === device)
  }
  if (event.type === 'campaign') return isOpen || event.campaign === campaign
  if (event.type === 'device') return isOpen || event.device === device
  return event.device === device && filter.messages !== false
}

/** A later event with the same key replaces an earlier one: progress within one state, and a campaign, which is always sent as it is now. */
const keyOf = ({ id, event }: EventEntry): string => {
  if (event.type === 'task') return `task ${event.task.id} ${event.task.state}`
  if (event.type === 'campaign') return `campaign ${event.campaign}`
  return `event ${id}`
}

/** In events: a large raw message counts as several. */
const weightOf = ({ event }: EventEntry): number => (event.type === 'message' ? 1 + Math.floor(event.text.length / 1024) : 1)

const createBacklog = (capacity: number) => {
  const entries = new Map<string, EventEntry>()
  let weight = 0
  return {
    /** False if too much waits. */
    add(entry: EventEntry): boolean {
      const key = keyOf(entry)
      // Removed first, so that the order remains that of the ids.
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

/** Progress replaces earlier progress within the same state here too. It is released at once, so that the garbage collector finds it young. */
const createRing = (capacity: number, first: number) => {
  const slots: (EventEntry | undefined)[] = []
  /** Index of the newest entry of each task. */
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
    /** Whether all events after that id are still here. */
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

  const watch = ({ device, messages }: EventFilter, by: 1 | -1): void => {
    if (device === undefined || messages === false) return
    const watchers = (watched.get(device) ?? 0) + by
    if (watchers === 0) watched.delete(device)
    else watched.set(device, watchers)
  }
  const closed = (subscriber: Subscriber): void => {
    subscribers.delete(subscriber)
    watch(subscriber.filter, -1)
  }
  return {
    get latest() {
      return latest
    },
    emit(event) {
      latest++
      const entry = { id: latest, at: now(), event }
      // Raw messages are large and are not kept: a client that reconnects has missed them.
      if (event.type !== 'message') ring.add(entry)
      for (const subscriber of subscribers) if (passes(subscriber.filter, event)) subscriber.offer(entry)
    },
    isGap: (after) => after > latest || !ring.reaches(after),
    watches: (device) => watched.has(device),
    subscribe(filter, after, wake) {
      const gap = after !== undefined && (after > latest || !ring.reaches(after))
      const subscriber = createSubscriber(filter, gap, capacity, wake, closed)
      subscribers.add(subscriber)
      watch(filter, 1)
      if (after === undefined || gap) return subscriber
      for (const entry of ring.since(after)) if (passes(filter, entry.event)) subscriber.offer(entry)
      return subscriber
    },
  }
}
