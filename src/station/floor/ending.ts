// The end of a run: its record, its unit, the figures and the result that is sent, in one commit.

import type { FigureKey } from '../figure-model.ts'
import type { StationChange } from '../row-types.ts'
import { addFigures, noFigures } from '../rules/figures.ts'
import { drop } from '../rules/run-steps.ts'
import { verdictOf } from '../rules/verdicts.ts'
import { countRun } from '../rules/yield.ts'
import type { Run } from '../run-model.ts'
import type { Procedure, Station, StationDesk, Unit } from '../station-model.ts'
import { deskOf, type Floor, shiftNow } from './floor.ts'

export const newUnit = ({ product, serial }: Pick<Run, 'product' | 'serial'>): Unit => ({
  product,
  serial,
  device: null,
  boundAt: null,
  boundBy: null,
  processes: {},
  released: [],
  replaced: [],
})

const versionOf = ({ firmware }: Pick<Procedure, 'firmware'>): string => firmware.map(({ version }) => version).join('+')

const figureKeyOf = (floor: Floor, run: Run, procedure: Procedure): FigureKey => ({
  shift: shiftNow(floor, run.endedAt ?? floor.outside.now()).from,
  station: run.station,
  process: run.process,
  product: run.product,
  version: versionOf(procedure),
  workOrder: run.workOrder,
})

/** A known-bad board that passes shows that the station is wrong, not the board. */
export const judgedAsReference = (run: Run): Run => {
  if (run.reference !== 'bad' || run.outcome !== 'passed') return run
  const { outcome, code, said } = verdictOf('REFERENCE_WRONG', { kind: 'bad' })
  return { ...run, outcome, code, said }
}

/** What does not say how good a board is: it was not there, or not alone. */
const notTested: ReadonlySet<Run['code']> = new Set<Run['code']>([
  'WRONG_SLOT',
  'CONTENDED',
  'BOUND_ELSEWHERE',
  'WRONG_SECRET',
  'FACTORY_NAME',
])

const wasTested = ({ connectedAt, code }: Run): boolean => connectedAt !== null && !notTested.has(code)

/** What shows that a station sees a fault: what was measured, or what the jig has said. That a board did not send or update shows nothing. */
const faultSeen: ReadonlySet<Run['code']> = new Set<Run['code']>(['SELFTEST_FAILED', 'JIG_FAILED'])

/** What the station knows of its reference boards after the run. */
const deskAfter = (desk: StationDesk, run: Run): StationDesk => {
  const { reference, outcome, code, endedAt } = run
  if (code === 'REFERENCE_WRONG') return { ...desk, blocked: 'bad', badAt: null }
  if (!wasTested(run)) return desk
  // A golden board that fails is due again at once.
  if (reference === 'golden' && (outcome === 'passed' || outcome === 'failed'))
    return { ...desk, goldenAt: outcome === 'passed' ? endedAt : null }
  return reference === 'bad' && outcome === 'failed' && faultSeen.has(code) ? { ...desk, badAt: endedAt } : desk
}

/** The board that passed or failed is the unit's from now on, where it was not before: a run may end as its board comes. */
const withBoard = (unit: Unit, run: Run): Unit =>
  run.device === null || unit.device !== null || !wasTested(run)
    ? unit
    : { ...unit, device: run.device, boundAt: run.connectedAt, boundBy: run.id }

const unitAfter = async (floor: Floor, run: Run, procedure: Procedure): Promise<readonly StationChange[]> => {
  const { queries } = floor.rows
  const before = (await queries.unit(run.product, run.serial)) ?? null
  const unit = withBoard(before ?? newUnit(run), run)
  const earlier = Object.hasOwn(unit.processes, run.process) ? unit.processes[run.process] : undefined
  const { process, changes } = countRun(earlier, run, figureKeyOf(floor, run, procedure))
  const figures: StationChange[] = []
  for (const { key, change } of changes) {
    const stored = (await queries.figuresOf(key)) ?? null
    const value = { key, figures: addFigures(stored ?? noFigures, change) }
    figures.push({ put: 'figures', value, before: stored === null ? null : { key, figures: stored } })
  }
  return [{ put: 'unit', value: { ...unit, processes: { ...unit.processes, [run.process]: process } }, before }, ...figures]
}

const deskChange = (floor: Floor, run: Run): readonly StationChange[] => {
  const station: Station | undefined = floor.rows.memory.stations.get(run.station)
  if (station === undefined || run.reference === null) return []
  const desk = deskOf(floor, station)
  const after = deskAfter(desk, run)
  return after === desk ? [] : [{ put: 'desk', value: after }]
}

/** Resolves when all of it is on disk; OTA_STORE_FAILED: nothing is. */
export const storeEnd = (floor: Floor, run: Run, procedure: Procedure): Promise<void> =>
  floor.inTurn(async () => {
    const { rows, outside } = floor
    const unit = await unitAfter(floor, run, procedure)
    // The label is printed after it: who gets the result gets nothing that goes on.
    const extra = outside.results.rowsOf(drop(run, 'label'))
    const written = rows.commit([{ put: 'run', value: run }, ...unit, ...deskChange(floor, run)], extra)
    await written.then(
      () => outside.results.settled(extra, true),
      (error: unknown) => {
        outside.results.settled(extra, false)
        throw error
      },
    )
  })
