// What waits for the stream of one page: news of its devices, with progress of a task merged; campaigns, each at most once in some turns; raw
// messages, of which the oldest are dropped first. Bounded: with too much waiting, the page must read everything again. Knows no stream.

import { createBacklog, weightOf } from './event-backlog.ts'
import type { EventEntry } from './event-ring.ts'

/** Turns from one news of a campaign to the next. */
const campaignTurns = 4
/** So many changes of devices cost more than reading the page's lists again. */
const mostChanges = 1000
/** In messages of up to 1 KiB: larger ones count as several. */
const mostMessages = 256

export interface Taken {
  /** Some changes were lost: the page must read everything again. */
  readonly isReset: boolean
  /** Raw messages that were dropped. */
  readonly dropped: number
  /** In the order of their ids. */
  readonly entries: readonly EventEntry[]
}

export interface PageWaiting {
  add(entry: EventEntry): void
  /** What may be sent in this turn; the number of the turn counts up. */
  take(turn: number): Taken
  /** The id of the oldest change that waits or was lost; Infinity: there is none. */
  oldest(): number
}

/** The newest messages within the bound, and how many were dropped for them. */
const createMessages = () => {
  let entries: EventEntry[] = []
  let weight = 0
  let dropped = 0
  return {
    add(entry: EventEntry): void {
      entries.push(entry)
      weight += weightOf(entry)
      while (weight > mostMessages && entries[0] !== undefined) {
        weight -= weightOf(entries[0])
        entries.shift()
        dropped++
      }
    },
    take(): Pick<Taken, 'dropped' | 'entries'> {
      const taken = { dropped, entries }
      entries = []
      weight = 0
      dropped = 0
      return taken
    },
  }
}

const createCampaigns = () => {
  const waiting = new Map<number, EventEntry>()
  /** The turn of the last news of each that had news lately. */
  const sent = new Map<number, number>()
  const forget = (turn: number): void => {
    for (const [campaign, last] of sent) if (turn - last >= campaignTurns) sent.delete(campaign)
  }
  return {
    add(campaign: number, entry: EventEntry): void {
      // Removed first, so that the order remains that of the ids.
      waiting.delete(campaign)
      waiting.set(campaign, entry)
    },
    take(turn: number): readonly EventEntry[] {
      forget(turn)
      const due = [...waiting].filter(([campaign]) => !sent.has(campaign))
      for (const [campaign] of due) {
        waiting.delete(campaign)
        sent.set(campaign, turn)
      }
      return due.map(([, entry]) => entry)
    },
    oldest: (): number => waiting.values().next().value?.id ?? Number.POSITIVE_INFINITY,
    clear: () => waiting.clear(),
  }
}

export const createPageWaiting = (): PageWaiting => {
  const changes = createBacklog(mostChanges)
  const campaigns = createCampaigns()
  const messages = createMessages()
  /** The id of the oldest change that was lost; Infinity: none was. */
  let lost = Number.POSITIVE_INFINITY
  const oldest = (): number => Math.min(lost, changes.oldest()?.id ?? Number.POSITIVE_INFINITY, campaigns.oldest())
  const addChange = (entry: EventEntry): void => {
    if (changes.add(entry)) return
    lost = oldest()
    changes.clear()
    campaigns.clear()
  }
  return {
    add(entry) {
      const { event } = entry
      if (event.type === 'message') messages.add(entry)
      else if (event.type === 'campaign') campaigns.add(event.campaign, entry)
      else addChange(entry)
    },
    take(turn) {
      const { dropped, entries } = messages.take()
      const all = [...changes.take(mostChanges), ...campaigns.take(turn), ...entries]
      const isReset = lost !== Number.POSITIVE_INFINITY
      const taken = { isReset, dropped, entries: all.sort((one, other) => one.id - other.id) }
      lost = Number.POSITIVE_INFINITY
      return taken
    },
    oldest,
  }
}
