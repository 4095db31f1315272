// What an ended run changes in the figures of yield: docs/station.md, "Yield". Pure.

import type { FigureKey, YieldFigures } from '../figure-model.ts'
import type { Run } from '../run-model.ts'
import type { UnitProcess } from '../station-model.ts'

/** `change` is added to the row of figures. */
export interface FigureChange {
  readonly key: FigureKey
  readonly change: YieldFigures
}

export interface CountedRun {
  readonly process: UnitProcess
  readonly changes: readonly FigureChange[]
}

const notYet = (): never => {
  throw new Error('not yet')
}

/** Whether an ended run enters the figures. */
export const isCounted: (run: Pick<Run, 'reference' | 'code' | 'outcome' | 'connectedAt'>) => boolean = notYet

/** `before`: what its unit's earlier runs of the process add up to; `key`: of this run, the shift being that of its end. */
export const countRun: (before: UnitProcess | undefined, run: Run, key: FigureKey) => CountedRun = notYet

/** After a release: its failures are forgotten. */
export const releasedProcess: (process: UnitProcess) => UnitProcess = notYet
