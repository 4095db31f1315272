// How fast tasks are handed out: so many in any minute, so many at once, by campaign and by server, and each campaign its fair part.
// Pure but for the memory of the last minute.

/** Told in the minute before `now`, by campaign and in all. */
export interface Pace {
  note(campaign: number, now: number): void
  told(campaign: number, now: number): number
  toldInAll(now: number): number
  /** When the oldest of the last minute's falls out of it: the campaign's, and of all. null: there is none. */
  freeAt(campaign: number): number | null
  freeInAllAt(): number | null
}

const minute = 60_000

interface Log {
  readonly moments: number[]
  head: number
}

const createLog = (): Log => ({ moments: [], head: 0 })

/** Forgets what is older than a minute. A moment that lies ahead, since the clock went back, counts from now. */
const trim = (log: Log, now: number): number => {
  const { moments } = log
  for (let i = moments.length - 1; i >= log.head && (moments[i] ?? 0) > now; i--) moments[i] = now
  while (log.head < moments.length && (moments[log.head] ?? 0) <= now - minute) log.head += 1
  if (log.head > 1000 && log.head * 2 > moments.length) log.head -= moments.splice(0, log.head).length
  return moments.length - log.head
}

const freeAt = (log: Log): number | null => {
  const oldest = log.moments[log.head]
  return oldest === undefined ? null : oldest + minute
}

export const createPace = (): Pace => {
  const logs = new Map<number, Log>()
  const all = createLog()
  const of = (campaign: number): Log => logs.get(campaign) ?? createLog()
  return {
    note(campaign, now) {
      const log = of(campaign)
      logs.set(campaign, log)
      log.moments.push(now)
      // Nobody may ask for it where the server has no bound: it must not grow for that.
      trim(all, now)
      all.moments.push(now)
    },
    told(campaign, now) {
      const log = of(campaign)
      const count = trim(log, now)
      if (count === 0) logs.delete(campaign)
      return count
    },
    toldInAll: (now) => trim(all, now),
    freeAt: (campaign) => freeAt(of(campaign)),
    freeInAllAt: () => freeAt(all),
  }
}

/** How many more tasks the campaign may be given now by the server's bounds; only asked where there is a bound. */
export interface Shares {
  slots(campaign: number): number
  rate(campaign: number): number
  /** What a campaign could not use it does not claim, until its next turn; and those that were left short. */
  readonly idle: Set<number>
  readonly short: Set<number>
}

/** What one campaign holds of a thing that all share, and how much more it could use now. */
export interface Claim {
  readonly campaign: number
  readonly holds: number
  readonly wants: number
}

/** The highest level to which all claims can be filled with `free` more; each ends at its level or at what it wants. */
const levelOf = (claims: readonly Claim[], free: number): number => {
  const cost = (level: number): number =>
    claims.reduce((sum, { holds, wants }) => sum + Math.max(0, Math.min(level, holds + wants) - holds), 0)
  let low = 0
  let high = Math.max(0, ...claims.map(({ holds, wants }) => holds + wants))
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (cost(middle) <= free) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * Divides `free` so that who holds least comes first (max-min fairness); what is left over below one each goes to the oldest campaigns.
 * Never more than `free` in all, never more than anyone wants.
 */
export const fairShares = (claims: readonly Claim[], free: number): ReadonlyMap<number, number> => {
  const level = levelOf(claims, Math.max(0, free))
  const shares = new Map(
    claims.map(({ campaign, holds, wants }) => [campaign, Math.max(0, Math.min(level, holds + wants) - holds)] as const),
  )
  let left = Math.max(0, free) - [...shares.values()].reduce((sum, share) => sum + share, 0)
  for (const { campaign, holds, wants } of [...claims].sort((a, b) => a.campaign - b.campaign)) {
    const share = shares.get(campaign) ?? 0
    if (left < 1) break
    if (share >= wants || holds + share > level) continue
    shares.set(campaign, share + 1)
    left -= 1
  }
  return shares
}
