// What an ended run changes in the figures of yield: docs/station.md, "Yield". Figures of a unit (units, first and final passes, retests,
// "no trouble found") go to the row of its first counted run; figures of a run (its outcome, code and time) to the run's own row. Pure.

import type { FigureKey, YieldFigures } from '../figure-model.ts'
import type { Run, RunCode } from '../run-model.ts'
import type { UnitProcess } from '../station-model.ts'
import { addFigures, bucketOf, noFigures } from './figures.ts'

/** `change` is added to the row of figures. */
export interface FigureChange {
  readonly key: FigureKey
  readonly change: YieldFigures
}

export interface CountedRun {
  readonly process: UnitProcess
  readonly changes: readonly FigureChange[]
}

type Ended = Pick<Run, 'reference' | 'code' | 'outcome' | 'connectedAt'>

/** The unit was not there, or not where it was scanned for. */
const neverCounted: readonly (RunCode | null)[] = ['NO_CONNECT', 'OTHER_BOARD', 'WRONG_SLOT']

/** Whether an ended run enters the figures. */
export const isCounted = ({ reference, code, outcome, connectedAt }: Ended): boolean => {
  if (reference !== null || neverCounted.includes(code)) return false
  return connectedAt !== null || (outcome !== 'aborted' && code !== 'FACTORY_NAME')
}

const noRuns: UnitProcess = {
  outcome: null,
  run: 0,
  attempts: 0,
  counted: 0,
  failures: 0,
  firstPassed: false,
  passedAt: null,
  figures: null,
  releasedSince: false,
  isNtf: false,
}

const secondsOf = ({ scannedAt, endedAt }: Run): number => Math.max(0, (endedAt ?? scannedAt) - scannedAt) / 1000

/** A run that did not pass has a code; where it has none, its outcome is counted. */
const codeOf = ({ code, outcome }: Run): string => code ?? outcome ?? 'error'

const uncountedFigures = (run: Run): YieldFigures =>
  run.reference === null ? { ...noFigures, uncounted: { [codeOf(run)]: 1 } } : { ...noFigures, references: 1 }

const outcomeFigures = { passed: 'passed', failed: 'failed', error: 'errors', aborted: 'aborted' } as const

const runFigures = (run: Run): YieldFigures => {
  const seconds = secondsOf(run)
  const bucket = bucketOf(seconds)
  return {
    ...noFigures,
    runs: 1,
    [outcomeFigures[run.outcome ?? 'error']]: 1,
    seconds,
    times: noFigures.times.map((_, index) => (index === bucket ? 1 : 0)),
    codes: run.outcome === 'passed' ? {} : { [codeOf(run)]: 1 },
    firstAt: run.scannedAt,
    lastAt: run.endedAt,
  }
}

/** After one more counted run. */
const withRun = (before: UnitProcess, run: Run, key: FigureKey): UnitProcess => {
  const isPassed = run.outcome === 'passed'
  const isFirst = before.counted === 0
  const { isReplaced: _isReplaced, ...rest } = before
  return {
    ...rest,
    outcome: run.outcome,
    counted: before.counted + 1,
    failures: before.failures + (run.outcome === 'failed' ? 1 : 0),
    firstPassed: isFirst ? isPassed : before.firstPassed,
    passedAt: isPassed ? run.endedAt : before.passedAt,
    figures: before.figures ?? key,
    isNtf: before.isNtf || (isPassed && !isFirst && !before.firstPassed && !before.releasedSince),
  }
}

const oneIf = (is: boolean): number => (is ? 1 : 0)

/** What the unit itself adds to its figures, now minus before. */
const unitFigures = (before: UnitProcess, after: UnitProcess): YieldFigures => ({
  ...noFigures,
  units: oneIf(before.counted === 0),
  firstPassed: oneIf(after.firstPassed) - oneIf(before.firstPassed),
  finalPassed: oneIf(after.outcome === 'passed') - oneIf(before.outcome === 'passed'),
  retested: oneIf(after.counted > 1) - oneIf(before.counted > 1),
  ntf: oneIf(after.isNtf) - oneIf(before.isNtf),
})

const fields = ['shift', 'station', 'process', 'product', 'version', 'workOrder'] as const

const isSame = (one: FigureKey, other: FigureKey): boolean => fields.every((field) => one[field] === other[field])

/** `before`: what its unit's earlier runs of the process add up to; `key`: of this run, the shift being that of its end. */
export const countRun = (before: UnitProcess | undefined, run: Run, key: FigureKey): CountedRun => {
  const earlier = before ?? noRuns
  const tried = { ...earlier, run: run.id, attempts: earlier.attempts + 1 }
  if (!isCounted(run)) return { process: tried, changes: [{ key, change: uncountedFigures(run) }] }
  const process = withRun(tried, run, key)
  const [own, unit] = [runFigures(run), unitFigures(earlier, process)]
  const home = process.figures ?? key
  const changes = isSame(home, key)
    ? [{ key, change: addFigures(own, unit) }]
    : [
        { key: home, change: unit },
        { key, change: own },
      ]
  return { process, changes }
}

/** After a release, or with another board: its failures are forgotten, and a pass is no fault that was not found. */
export const releasedProcess = (process: UnitProcess): UnitProcess => ({
  ...process,
  failures: 0,
  releasedSince: process.releasedSince || (process.counted > 0 && !process.firstPassed),
})
