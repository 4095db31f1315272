// The figures of test stations: what happened in one shift, and where it is kept. Times are milliseconds since the epoch.

/** Which row of figures a unit's result belongs to: that of its first counted run. */
export interface FigureKey {
  /** The begin of the shift. */
  readonly shift: number
  readonly station: string
  readonly process: string
  readonly product: string
  /** The versions of the procedure's firmware, in its order, joined by `+`; empty: it has none. */
  readonly version: string
  readonly workOrder: string | null
}

/** How many buckets a histogram of cycle times has. */
export const timeBuckets = 20

/** What happened in one shift for one `FigureKey`. `seconds` and `times`: of counted runs, from the scan to the end. */
export interface YieldFigures {
  readonly units: number
  readonly firstPassed: number
  /** Units whose last counted run passed. */
  readonly finalPassed: number
  /** Units with more than one counted run. */
  readonly retested: number
  readonly ntf: number
  readonly runs: number
  readonly passed: number
  readonly failed: number
  readonly errors: number
  readonly aborted: number
  readonly seconds: number
  readonly times: readonly number[]
  /** Counted runs that did not pass, by code. */
  readonly codes: { readonly [code: string]: number }
  /** Runs that do not count, by code. */
  readonly uncounted: { readonly [code: string]: number }
  readonly references: number
  readonly firstAt: number | null
  readonly lastAt: number | null
}
