// Whether a scanned unit may be tested now. Pure.

import type { ScanRefusal } from '../ports.ts'
import type { Run } from '../run-model.ts'
import type { Procedure, Unit } from '../station-model.ts'

/** `ok`: what the run is. `attempt` counts all runs of the process; `isRetest`: a counted run was before it. */
export type Interlocked =
  | { readonly ok: false; readonly refusal: ScanRefusal }
  | {
      readonly ok: true
      readonly attempt: number
      readonly isRetest: boolean
      readonly reason: string | null
      readonly reference: 'golden' | 'bad' | null
    }

export interface AskedTest {
  readonly serial: string
  /** Whether `FB:RETEST` was scanned for it. */
  readonly isRetest: boolean
  readonly reason: string | null
}

const notYet = (): never => {
  throw new Error('not yet')
}

/** `unit`: null is one that never was here; `open`: its open run, at whatever station. */
export const interlock: (procedure: Procedure, unit: Unit | null, open: Run | null, asked: AskedTest) => Interlocked = notYet
