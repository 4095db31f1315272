// Figures of yield as the API shows them.

import type { YieldFigures } from '../station/figure-model.ts'
import type { FigureRow } from '../station/ports.ts'
import { cycleTimes, finalYield, fpy, pareto, retestRate } from '../station/rules/figures.ts'
import type { YieldRowJson } from './figure-schemas.ts'
import { isoOrNull } from './iso-time.ts'

const hourMs = 3_600_000

/** Of fewer units a number per hour has no meaning. */
const leastUnits = 10

const unitsPerHour = ({ units, firstAt, lastAt }: YieldFigures): number | null =>
  units < leastUnits || firstAt === null || lastAt === null || lastAt <= firstAt ? null : (units * hourMs) / (lastAt - firstAt)

export const figuresView = (figures: YieldFigures) => ({
  units: figures.units,
  firstPassed: figures.firstPassed,
  finalPassed: figures.finalPassed,
  retested: figures.retested,
  ntf: figures.ntf,
  runs: figures.runs,
  passed: figures.passed,
  failed: figures.failed,
  errors: figures.errors,
  aborted: figures.aborted,
  seconds: figures.seconds,
  uncounted: { ...figures.uncounted },
  references: figures.references,
  firstAt: isoOrNull(figures.firstAt),
  lastAt: isoOrNull(figures.lastAt),
  fpy: fpy(figures),
  finalYield: finalYield(figures),
  retestRate: retestRate(figures),
  cycleTimes: cycleTimes(figures),
  unitsPerHour: unitsPerHour(figures),
  pareto: pareto(figures).map((each) => ({ ...each })),
})

export const yieldRowView = ({ key, figures }: FigureRow): YieldRowJson => ({
  key: { ...key, shift: isoOrNull(key.shift) },
  ...figuresView(figures),
})
