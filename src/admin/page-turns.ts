// The turns in which the streams of pages are written: four times a second, one page in each turn of the event loop, so that no report of a
// device waits for all of them. A text is made once for all pages of a turn. Knows no HTTP.

import type { Language } from '../sentences/sentence.ts'
import type { EventLog } from './event-log.ts'
import type { EventEntry } from './event-ring.ts'
import { eventFrame } from './event-stream.ts'
import type { EventTexts } from './event-texts.ts'
import { isoTime } from './iso-time.ts'
import type { PageWaiting, Taken } from './page-waiting.ts'

const turnMs = 250

export interface PageReader {
  /** Whether it takes more now. */
  takes(): boolean
  readonly language: Language
  /** Takes the text of some events. Must not throw. */
  send(text: string): void
}

export interface ServedPage {
  readonly reader: PageReader
  readonly waiting: PageWaiting
  /** The newest id that was sent. */
  seen: number
}

/** When turns come, and when the next page is written; a test decides itself. */
export interface PageClock {
  every(work: () => void): () => void
  soon(work: () => void): void
  now(): number
}

export const realClock: Omit<PageClock, 'now'> = {
  every(work) {
    const timer = setInterval(work, turnMs).unref()
    return () => clearInterval(timer)
  },
  soon: setImmediate,
}

/** Campaigns that have changed since the last turn: they are noted once for all pages. */
export interface ChangedCampaigns {
  add(campaign: number, entry: EventEntry): void
  /** The id of the oldest change; Infinity: there is none. */
  oldest(): number
  take(): readonly EventEntry[]
}

export const createChangedCampaigns = (): ChangedCampaigns => {
  const changed = new Map<number, EventEntry>()
  return {
    add(campaign, entry) {
      // Removed first, so that the order remains that of the ids.
      changed.delete(campaign)
      changed.set(campaign, entry)
    },
    oldest: () => changed.values().next().value?.id ?? Number.POSITIVE_INFINITY,
    take() {
      const all = [...changed.values()]
      changed.clear()
      return all
    },
  }
}

export interface ServedPages {
  readonly log: Pick<EventLog, 'latest'>
  readonly pages: ReadonlySet<ServedPage>
  readonly changed: ChangedCampaigns
  readonly clock: PageClock
}

/** The page has seen all changes up to that id, but for those that wait: a reconnect must bring them. Gives the id that it may name. */
export const advance = ({ changed }: ServedPages, page: ServedPage, id: number): number => {
  page.seen = Math.max(page.seen, Math.min(id, page.waiting.oldest() - 1, changed.oldest() - 1))
  return page.seen
}

const droppedFrame = (id: number, messages: number, at: number): string =>
  messages === 0 ? '' : eventFrame(id, 'dropped', JSON.stringify({ messages, at: isoTime(at) }))

const framesOf = (served: ServedPages, page: ServedPage, { isReset, dropped, entries }: Taken, textOf: EventTexts): string => {
  if (isReset) page.seen = served.log.latest
  const reset = isReset ? eventFrame(page.seen, 'reset', '{}') : ''
  const lost = droppedFrame(page.seen, dropped, served.clock.now())
  const events = entries.map((entry) => `id: ${advance(served, page, entry.id)}\n${textOf(entry, page.reader.language)}`)
  return [reset, lost, ...events].join('')
}

/** Gives the function that begins a turn: unless the pages of the last one are still being written, all are. `texts` makes the texts of a turn. */
export const createTurns = (served: ServedPages, texts: () => EventTexts): (() => void) => {
  const { pages, changed, clock } = served
  let turn = 0
  let isBusy = false
  /** Whether there was anything to write. */
  const write = (page: ServedPage, textOf: EventTexts): boolean => {
    if (!pages.has(page) || !page.reader.takes()) return false
    const frames = framesOf(served, page, page.waiting.take(turn), textOf)
    if (frames !== '') page.reader.send(frames)
    return frames !== ''
  }
  const writeNext = (left: ServedPage[], textOf: EventTexts): void => {
    isBusy = false
    while (!isBusy) {
      const page = left.pop()
      if (page === undefined) return
      isBusy = write(page, textOf)
    }
    clock.soon(() => writeNext(left, textOf))
  }
  return () => {
    turn++
    if (isBusy) return
    for (const entry of changed.take()) for (const { waiting } of pages) waiting.add(entry)
    writeNext([...pages], texts())
  }
}
