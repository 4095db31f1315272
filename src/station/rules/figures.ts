// Figures of yield: added, and what they say. Pure.

import type { YieldFigures } from '../figure-model.ts'

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

const notYet = (): never => {
  throw new Error('not yet')
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
  times: [],
  codes: {},
  uncounted: {},
  references: 0,
  firstAt: null,
  lastAt: null,
}

/** A change is figures too: with negative numbers where something is taken back. */
export const addFigures: (one: YieldFigures, other: YieldFigures) => YieldFigures = notYet

/** null: there are no units. */
export const fpy: (figures: YieldFigures) => Share | null = notYet
export const finalYield: (figures: YieldFigures) => Share | null = notYet
export const retestRate: (figures: YieldFigures) => Share | null = notYet
/** Of a route: one row of figures for each of its processes. */
export const rty: (route: readonly YieldFigures[]) => Share | null = notYet
/** null: no run has counted. */
export const cycleTimes: (figures: YieldFigures) => CycleTimes | null = notYet
/** Codes of counted runs, the most frequent first. */
export const pareto: (figures: YieldFigures) => readonly ParetoRow[] = notYet
/** Which bucket of `times` so many seconds fall into. */
export const bucketOf: (seconds: number) => number = notYet
