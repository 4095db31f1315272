// What goes to the streams of pages: each event to the pages that show its device, at the cost of one look-up, and all campaigns. It waits for
// the next turn. Knows no HTTP.

import type { DeviceKey } from '../ota/model.ts'
import type { EventLog } from './event-log.ts'
import type { EventEntry } from './event-ring.ts'
import type { EventTexts } from './event-texts.ts'
import {
  advance,
  createChangedCampaigns,
  createTurns,
  type PageClock,
  type PageReader,
  realClock,
  type ServedPage,
  type ServedPages,
} from './page-turns.ts'
import { createPageWaiting } from './page-waiting.ts'

/** What a page shows beside all campaigns. */
export interface PageWishes {
  readonly among: readonly DeviceKey[]
  /** Devices whose raw messages it shows. */
  readonly messages: readonly DeviceKey[]
}

export interface OpenPage {
  /** The page has been sent all changes up to this id. Never goes back. */
  seen(): number
  close(): void
}

export interface PageFeed {
  /** `after`: the last id that the page has seen; undefined: it asks for nothing of the past. */
  open(reader: PageReader, wishes: PageWishes, after: number | undefined): OpenPage
  close(): void
}

type Log = Pick<EventLog, 'latest' | 'isGap' | 'since' | 'listen' | 'watch'>

/** The pages that show each device. */
const createIndex = () => {
  const pages = new Map<DeviceKey, Set<ServedPage>>()
  return {
    of: (device: DeviceKey | null): Iterable<ServedPage> => (device === null ? undefined : pages.get(device)) ?? [],
    /** Gives a function that takes the page out again. */
    add(page: ServedPage, devices: readonly DeviceKey[]): () => void {
      for (const device of devices) pages.set(device, (pages.get(device) ?? new Set()).add(page))
      return () => {
        for (const device of devices) {
          const all = pages.get(device)
          all?.delete(page)
          if (all?.size === 0) pages.delete(device)
        }
      }
    },
  }
}

/** What all pages are sent, whatever they show. */
const isForAll = ({ event }: EventEntry): boolean => ['campaign', 'run', 'scan', 'station'].includes(event.type)

const deviceOf = ({ event }: EventEntry): DeviceKey | null => {
  if (event.type === 'campaign' || event.type === 'run' || event.type === 'scan' || event.type === 'station') return null
  return event.type === 'task' ? event.task.device : event.device
}

/** What has happened since then, of what the page shows. */
const addMissed = (log: Log, { waiting }: ServedPage, among: ReadonlySet<DeviceKey>, after: number): void => {
  for (const entry of log.since(after)) {
    const device = deviceOf(entry)
    if (isForAll(entry) || (device !== null && among.has(device))) waiting.add(entry)
  }
}

const openOn = (log: Log, reader: PageReader, { among }: PageWishes, after: number | undefined): ServedPage => {
  const isNew = after === undefined || log.isGap(after)
  const page: ServedPage = { reader, waiting: createPageWaiting(), seen: isNew ? log.latest : after }
  if (!isNew) addMissed(log, page, new Set(among), after)
  return page
}

/** `texts` makes the texts of one turn. */
export const createPageFeed = (log: Log, texts: () => EventTexts, given: Pick<PageClock, 'now'> & Partial<PageClock>): PageFeed => {
  const pages = new Set<ServedPage>()
  const served: ServedPages = { log, pages, changed: createChangedCampaigns(), clock: { ...realClock, ...given } }
  const showing = createIndex()
  const listening = createIndex()
  const beginTurn = createTurns(served, texts)
  const ends: (() => void)[] = []

  const take = (entry: EventEntry): void => {
    const { event } = entry
    if (event.type === 'campaign') served.changed.add(event.campaign, entry)
    else if (isForAll(entry)) for (const page of pages) page.waiting.add(entry)
    else for (const page of (event.type === 'message' ? listening : showing).of(deviceOf(entry))) page.waiting.add(entry)
  }
  const stop = (): void => {
    for (const end of ends.splice(0)) end()
    served.changed.take()
  }
  return {
    open(reader, wishes, after) {
      if (ends.length === 0) ends.push(log.listen(take), served.clock.every(beginTurn))
      const page = openOn(log, reader, wishes, after)
      pages.add(page)
      const { among, messages } = wishes
      const leave = [showing.add(page, among), listening.add(page, messages), ...messages.map((device) => log.watch(device))]
      return {
        seen: () => advance(served, page, log.latest),
        close() {
          if (!pages.delete(page)) return
          for (const end of leave) end()
          if (pages.size === 0) stop()
        },
      }
    },
    close: stop,
  }
}
