// Figures of yield: added, and what they say. Pure. Buckets of `times`: the first holds up to 1 s, the last more than 1 h, and each of the
// eighteen between them times that are at most 1.576 (3600 to the power of 1/18) times as long as those of the one before.

import { type FigureKey, timeBuckets, type YieldFigures } from '../figure-model.ts'
import type { FigureGroup, FigureRow } from '../ports.ts'

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

export const noFigures: YieldFigures = {
  units: 0,
  firstPassed: 0,
  finalPassed: 0,
  retested: 0,
  ntf: 0,
  runs: 0,
  passed: 0,
  failed: 0,
  errors: 0,
  aborted: 0,
  seconds: 0,
  times: Array.from({ length: timeBuckets }, () => 0),
  codes: {},
  uncounted: {},
  references: 0,
  firstAt: null,
  lastAt: null,
}

type Counts = YieldFigures['codes']

const addCounts = (one: Counts, other: Counts): Counts => {
  const entries = Object.entries(other)
  if (entries.length === 0) return one
  const all: Record<string, number> = { ...one }
  for (const [code, count] of entries) all[code] = (all[code] ?? 0) + count
  return entries.some(([code]) => all[code] === 0) ? Object.fromEntries(Object.entries(all).filter(([, count]) => count !== 0)) : all
}

const ofBoth = (pick: (one: number, other: number) => number, one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : pick(one, other)

/** A change is figures too: with negative numbers where something is taken back. Each field by its name: a report adds thousands of rows. */
export const addFigures = (one: YieldFigures, other: YieldFigures): YieldFigures => ({
  units: one.units + other.units,
  firstPassed: one.firstPassed + other.firstPassed,
  finalPassed: one.finalPassed + other.finalPassed,
  retested: one.retested + other.retested,
  ntf: one.ntf + other.ntf,
  runs: one.runs + other.runs,
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  errors: one.errors + other.errors,
  aborted: one.aborted + other.aborted,
  seconds: one.seconds + other.seconds,
  times: noFigures.times.map((_, bucket) => (one.times[bucket] ?? 0) + (other.times[bucket] ?? 0)),
  codes: addCounts(one.codes, other.codes),
  uncounted: addCounts(one.uncounted, other.uncounted),
  references: one.references + other.references,
  firstAt: ofBoth(Math.min, one.firstAt, other.firstAt),
  lastAt: ofBoth(Math.max, one.lastAt, other.lastAt),
})

const nothing: FigureRow['key'] = { shift: null, station: null, process: null, product: null, version: null, workOrder: null }

const keyFor = (key: FigureRow['key'], group: readonly FigureGroup[]): FigureRow['key'] => ({
  ...nothing,
  ...Object.fromEntries(group.map((name) => [name, key[name]])),
})

interface KeyedFigures {
  readonly key: FigureKey | FigureRow['key']
  readonly figures: YieldFigures
}

/** In the order in which the first row of each comes. Groups can be added up again to fewer. */
export const groupRows = (rows: readonly KeyedFigures[], group: readonly FigureGroup[]): readonly FigureRow[] => {
  const sums = new Map<string, { readonly key: FigureRow['key']; figures: YieldFigures }>()
  for (const { key, figures } of rows) {
    const name = JSON.stringify(group.map((field) => key[field]))
    const sum = sums.get(name)
    if (sum === undefined) sums.set(name, { key: keyFor(key, group), figures })
    else sum.figures = addFigures(sum.figures, figures)
  }
  return [...sums.values()]
}

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
