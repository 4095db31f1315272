// Measurements against the limits of a procedure. Pure.

import type { JigMeasurement } from '../ports.ts'
import type { Measurement } from '../run-model.ts'
import type { Limit, SelfTest } from '../station-model.ts'

/** `missing`: names of limits without a measurement, empty unless all are required. */
export interface Judged {
  readonly measurements: readonly Measurement[]
  /** The first that failed. */
  readonly failed: Measurement | null
  readonly missing: readonly string[]
}

const notYet = (): never => {
  throw new Error('not yet')
}

export const judgeMeasurement: (limit: Limit | undefined, given: JigMeasurement) => Measurement = notYet

/** Those with limits first, in their order. Of two with one name the last one counts. */
export const judgeAll: (selfTest: Pick<SelfTest, 'limits' | 'requireAll'>, given: readonly JigMeasurement[]) => Judged = notYet
