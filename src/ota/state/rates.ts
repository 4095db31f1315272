// How many offers were made in the last minute, by campaign and in total. This memory is its only state.

/** Times are milliseconds since the epoch. */
export interface Rates {
  note(campaign: number, now: number): void
  /** Takes back a note of that time, whose offer could not be recorded. */
  takeBack(campaign: number, at: number): void
  /** Offers in the minute before `now`: the campaign's, and of all. */
  used(campaign: number, now: number): number
  usedInAll(now: number): number
  /** When the oldest offer of the last minute will be a minute old: the campaign's, and of all. null: there is none. */
  freeAt(campaign: number): number | null
  freeInAllAt(): number | null
}

const minute = 60_000

interface Times {
  readonly moments: number[]
  head: number
}

const createTimes = (): Times => ({ moments: [], head: 0 })

/** Forgets what is older than a minute. A time after `now`, because the clock was set back, counts from now. */
const trim = (times: Times, now: number): number => {
  const { moments } = times
  for (let i = moments.length - 1; i >= times.head && (moments[i] ?? 0) > now; i--) moments[i] = now
  while (times.head < moments.length && (moments[times.head] ?? 0) <= now - minute) times.head += 1
  if (times.head > 1000 && times.head * 2 > moments.length) times.head -= moments.splice(0, times.head).length
  return moments.length - times.head
}

const freeAt = (times: Times): number | null => {
  const oldest = times.moments[times.head]
  return oldest === undefined ? null : oldest + minute
}

export const createRates = (): Rates => {
  const campaigns = new Map<number, Times>()
  const all = createTimes()
  const of = (campaign: number): Times => campaigns.get(campaign) ?? createTimes()
  return {
    note(campaign, now) {
      const times = of(campaign)
      campaigns.set(campaign, times)
      times.moments.push(now)
      // Never read if the server has no bound: it must not grow all the same.
      trim(all, now)
      all.moments.push(now)
    },
    takeBack(campaign, at) {
      for (const { moments, head } of [of(campaign), all]) {
        const index = moments.lastIndexOf(at)
        if (index >= head) moments.splice(index, 1)
      }
    },
    used(campaign, now) {
      const count = trim(of(campaign), now)
      if (count === 0) campaigns.delete(campaign)
      return count
    },
    usedInAll: (now) => trim(all, now),
    freeAt: (campaign) => freeAt(of(campaign)),
    freeInAllAt: () => freeAt(all),
  }
}
