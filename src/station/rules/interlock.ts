// Whether a scanned unit may be tested now. Reference boards are tested as often as wanted, and need no earlier process. Pure.

import type { ScanRefusal } from '../ports.ts'
import type { RefusalCode, Run } from '../run-model.ts'
import type { Procedure, Unit, UnitProcess } from '../station-model.ts'
import { type CodeParams, codeSentence } from './codes.ts'
import { referenceOf } from './reference.ts'

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

const refusalOf = <C extends RefusalCode>(reason: C, params: CodeParams[C]): ScanRefusal => ({ reason, said: codeSentence(reason, params) })

/** An own process of a unit: processes have names that people give. */
const processOf = (unit: Unit | null, process: string): UnitProcess | undefined =>
  unit !== null && Object.hasOwn(unit.processes, process) ? unit.processes[process] : undefined

/** By the board that it has now. */
const hasPassed = (process: UnitProcess | undefined): boolean => process?.outcome === 'passed' && process.isReplaced !== true

const routeRefusal = ({ requires }: Procedure, unit: Unit | null): ScanRefusal | null => {
  const missing = requires.find((process) => !hasPassed(processOf(unit, process)))
  return missing === undefined ? null : refusalOf('ROUTE', { process: missing })
}

/** What the unit's earlier runs of this process say against another one. */
const retestRefusal = ({ retest }: Procedure, before: UnitProcess, { isRetest, reason }: AskedTest): ScanRefusal | null => {
  if (before.counted === 0) return null
  if (hasPassed(before) && !isRetest) return refusalOf('ALREADY_PASSED', { time: new Date(before.passedAt ?? 0).toISOString() })
  if (before.failures > retest.max) return refusalOf('RETEST_LIMIT', { count: before.failures })
  return retest.reasonNeeded && reason === null ? refusalOf('REASON_NEEDED', {}) : null
}

/** `unit`: null is one that never was here; `open`: its open run, at whatever station. */
export const interlock = (procedure: Procedure, unit: Unit | null, open: Run | null, asked: AskedTest): Interlocked => {
  const reference = referenceOf(procedure, asked.serial)
  const before = processOf(unit, procedure.process)
  const ofUnit = reference === null ? (routeRefusal(procedure, unit) ?? (before && retestRefusal(procedure, before, asked)) ?? null) : null
  const refusal = open === null ? ofUnit : refusalOf('ALREADY_RUNNING', { station: open.station, slot: open.slot })
  if (refusal !== null) return { ok: false, refusal }
  const isRetest = reference === null && (before?.counted ?? 0) > 0
  return { ok: true, attempt: (before?.attempts ?? 0) + 1, isRetest, reason: asked.reason, reference }
}
