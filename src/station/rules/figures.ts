// Figures of yield: added, and what they say. Pure. Buckets of `times`: the first holds up to 1 s, the last more than 1 h, and each of the
// eighteen between them times that are at most 1.576 (3600 to the power of 1/18) times as long as those of the one before.

import { timeBuckets, type YieldFigures } from '../figure-model.ts'

/** `part` of `of`; of a route `of` is that of its process with the fewest units, and `part` may have a fraction. */
export interface Share {
  readonly part: number
  readonly of: number
}

/** Seconds, estimated from buckets. */
export interface CycleTimes {
  readonly p50: number
  readonly p95: number
}

export interface ParetoRow {
  readonly code: string
  readonly count: number
  /** The share of this and all rows before it. */
  readonly cumulative: Share
}

/** Figures that only add up. */
const sums = [
  'units',
  'firstPassed',
  'finalPassed',
  'retested',
  'ntf',
  'runs',
  'passed',
  'failed',
  'errors',
  'aborted',
  'seconds',
  'references',
] as const
type Sums = { readonly [S in (typeof sums)[number]]: number }

const zeros = Object.fromEntries(sums.map((name) => [name, 0])) as Sums

export const noFigures: YieldFigures = {
  ...zeros,
  times: Array.from({ length: timeBuckets }, () => 0),
  codes: {},
  uncounted: {},
  firstAt: null,
  lastAt: null,
}

type Counts = YieldFigures['codes']

const addCounts = (one: Counts, other: Counts): Counts => {
  const all = new Map(Object.entries(one))
  for (const [code, count] of Object.entries(other)) all.set(code, (all.get(code) ?? 0) + count)
  return Object.fromEntries([...all].filter(([, count]) => count !== 0))
}

const ofBoth = (pick: (...times: readonly number[]) => number, one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : pick(one, other)

/** A change is figures too: with negative numbers where something is taken back. */
export const addFigures = (one: YieldFigures, other: YieldFigures): YieldFigures => ({
  ...(Object.fromEntries(sums.map((name) => [name, one[name] + other[name]])) as Sums),
  times: noFigures.times.map((_, bucket) => (one.times[bucket] ?? 0) + (other.times[bucket] ?? 0)),
  codes: addCounts(one.codes, other.codes),
  uncounted: addCounts(one.uncounted, other.uncounted),
  firstAt: ofBoth(Math.min, one.firstAt, other.firstAt),
  lastAt: ofBoth(Math.max, one.lastAt, other.lastAt),
})

const share = (part: number, of: number): Share | null => (of > 0 ? { part, of } : null)

/** null: there are no units. */
export const fpy = ({ firstPassed, units }: YieldFigures): Share | null => share(firstPassed, units)
export const finalYield = ({ finalPassed, units }: YieldFigures): Share | null => share(finalPassed, units)
export const retestRate = ({ retested, units }: YieldFigures): Share | null => share(retested, units)

/** Of a route: one row of figures for each of its processes. null: one of them has no units, or there are none. */
export const rty = (route: readonly YieldFigures[]): Share | null => {
  const of = route.length === 0 ? 0 : Math.min(...route.map(({ units }) => units))
  return share(
    route.reduce((part, { firstPassed, units }) => (part * firstPassed) / units, of),
    of,
  )
}

const longest = 3600
const inner = timeBuckets - 2

/** The longest time of a bucket; of the last one, the shortest. */
const boundOf = (bucket: number): number => longest ** (Math.min(bucket, inner) / inner)

/** Which bucket of `times` so many seconds fall into. */
export const bucketOf = (seconds: number): number => {
  const bucket = noFigures.times.findIndex((_, index) => seconds <= boundOf(index))
  return bucket < 0 ? timeBuckets - 1 : bucket
}

/** Within a bucket times are taken to be spread evenly, by their logarithm. */
const within = (bucket: number, fraction: number): number => {
  if (bucket === 0) return fraction
  return boundOf(bucket - 1) * (boundOf(bucket) / boundOf(bucket - 1)) ** fraction
}

const quantile = (times: readonly number[], rank: number): number => {
  let before = 0
  for (const [bucket, count] of times.entries()) {
    if (count > 0 && before + count >= rank) return within(bucket, (rank - before) / count)
    before += count
  }
  return longest
}

/** null: no run has counted. Times of more than an hour are an hour. */
export const cycleTimes = ({ times }: YieldFigures): CycleTimes | null => {
  const count = times.reduce((sum, each) => sum + each, 0)
  return count === 0 ? null : { p50: quantile(times, count * 0.5), p95: quantile(times, count * 0.95) }
}

/** Codes of counted runs, the most frequent first, equal ones by their name. */
export const pareto = ({ codes }: YieldFigures): readonly ParetoRow[] => {
  const rows = Object.entries(codes).toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
  const of = rows.reduce((sum, [, count]) => sum + count, 0)
  let part = 0
  return rows.map(([code, count]) => {
    part += count
    return { code, count, cumulative: { part, of } }
  })
}
