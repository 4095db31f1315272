// The newest events, for clients that reconnect. Progress of a task within one state counts once, and so does a campaign: the newest event
// says it all, so that a busy fleet does not push out what others have missed. No step takes longer the more there are. Pure.

import type { Event } from '../ota/ports/observers.ts'
import type { StationEvent } from '../station/ports.ts'

/** What happened: in the core, or at a test station. */
export type ShownEvent = Event | StationEvent

export interface EventEntry {
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly event: ShownEvent
}

export interface EventRing {
  add(entry: EventEntry): void
  /** Whether all events after that id are still here. */
  reaches(id: number): boolean
  /** Those after that id, the oldest first. Takes as long as they are many. */
  since(id: number): readonly EventEntry[]
}

interface Link {
  readonly entry: EventEntry
  older: Link | undefined
  newer: Link | undefined
}

/** A list of links, the oldest first, from any place of which a link can be removed. */
const createChain = () => {
  let oldest: Link | undefined
  let newest: Link | undefined
  let size = 0
  return {
    size: () => size,
    oldest: () => oldest,
    newest: () => newest,
    add(entry: EventEntry): Link {
      const link: Link = { entry, older: newest, newer: undefined }
      if (newest === undefined) oldest = link
      else newest.newer = link
      newest = link
      size++
      return link
    },
    remove({ older, newer }: Link): void {
      if (older === undefined) oldest = newer
      else older.newer = newer
      if (newer === undefined) newest = older
      else newer.older = older
      size--
    },
  }
}

/** Whether the later one of the same thing makes the earlier one superfluous. */
const replaces = (later: ShownEvent, earlier: ShownEvent): boolean =>
  later.type !== 'task' || (earlier.type === 'task' && earlier.task.state === later.task.state)

/** Of what it is the newest; null: of nothing but itself. */
const subjectOf = (event: ShownEvent): number | string | null => {
  if (event.type === 'task') return event.task.id
  if (event.type === 'campaign') return event.campaign
  if (event.type === 'run') return event.run.id
  return event.type === 'station' ? event.station : null
}

/** `first`: the id before the first. */
export const createRing = (capacity: number, first: number): EventRing => {
  const chain = createChain()
  /** The newest link of each, by the type of its events. */
  const newest = new Map<ShownEvent['type'], Map<number | string, Link>>()
  const linksOf = (type: ShownEvent['type']): Map<number | string, Link> => {
    const known = newest.get(type)
    if (known !== undefined) return known
    const links = new Map<number | string, Link>()
    newest.set(type, links)
    return links
  }
  let dropped = first

  const supersede = (entry: EventEntry): void => {
    const subject = subjectOf(entry.event)
    if (subject === null) {
      chain.add(entry)
      return
    }
    const links = linksOf(entry.event.type)
    const earlier = links.get(subject)
    // What is removed is released at once, so that the garbage collector finds it young.
    if (earlier !== undefined && replaces(entry.event, earlier.entry.event)) chain.remove(earlier)
    links.set(subject, chain.add(entry))
  }
  const dropOldest = (): void => {
    const link = chain.oldest()
    if (link === undefined) return
    chain.remove(link)
    const { id, event } = link.entry
    dropped = id
    const subject = subjectOf(event)
    if (subject !== null && linksOf(event.type).get(subject) === link) linksOf(event.type).delete(subject)
  }
  return {
    add(entry) {
      supersede(entry)
      if (chain.size() > capacity) dropOldest()
    },
    reaches: (id) => id >= dropped,
    since(id) {
      const found: EventEntry[] = []
      for (let link = chain.newest(); link !== undefined && link.entry.id > id; link = link.older) found.push(link.entry)
      return found.reverse()
    },
  }
}
