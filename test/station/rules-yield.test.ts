// The figures of yield: the vectors by which they are defined, and what holds whatever runs there are and in whatever order they end.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FigureKey, YieldFigures } from '../../src/station/figure-model.ts'
import { addFigures, finalYield, fpy, noFigures, retestRate } from '../../src/station/rules/figures.ts'
import { countRun, isCounted, releasedProcess } from '../../src/station/rules/yield.ts'
import type { Run } from '../../src/station/run-model.ts'
import type { UnitProcess } from '../../src/station/station-model.ts'
import { sampleRun } from '../support/station-samples.ts'

const key: FigureKey = { shift: 0, station: 'fct-1', process: 'FCT', product: 'lamp', version: '1.0', workOrder: null }

const ends = {
  P: { outcome: 'passed' },
  F: { outcome: 'failed', code: 'SELFTEST_FAILED' },
  E: { outcome: 'error', code: 'JIG_ERROR' },
  /** Aborted before the board connected, and after. */
  a: { outcome: 'aborted', code: 'ABORTED', connectedAt: null },
  A: { outcome: 'aborted', code: 'ABORTED' },
  N: { outcome: 'failed', code: 'NO_CONNECT', connectedAt: null },
  O: { outcome: 'failed', code: 'OTHER_BOARD', connectedAt: null },
  W: { outcome: 'failed', code: 'WRONG_SLOT' },
  Y: { outcome: 'failed', code: 'FACTORY_NAME' },
  y: { outcome: 'failed', code: 'FACTORY_NAME', connectedAt: null },
  g: { outcome: 'passed', reference: 'golden' },
  b: { outcome: 'failed', code: 'SELFTEST_FAILED', reference: 'bad' },
} as const satisfies Record<string, Partial<Run>>
type End = keyof typeof ends

/** One step of a unit: a run that ends so in that shift, or a release. */
interface Step {
  readonly unit: string
  readonly end: End | 'release'
  readonly shift: number
}

interface Book {
  readonly units: Map<string, UnitProcess>
  readonly rows: Map<number, YieldFigures>
}

/** Counts steps one by one, as a station does. */
const played = (steps: readonly Step[]): Book => {
  const book: Book = { units: new Map(), rows: new Map() }
  for (const [id, { unit, end, shift }] of steps.entries()) {
    const before = book.units.get(unit)
    if (end === 'release') {
      if (before !== undefined) book.units.set(unit, releasedProcess(before))
      continue
    }
    const run = sampleRun({ id, serial: unit, ...ends[end] })
    const { process, changes } = countRun(before, run, { ...key, shift })
    book.units.set(unit, process)
    for (const change of changes) book.rows.set(change.key.shift, addFigures(book.rows.get(change.key.shift) ?? noFigures, change.change))
  }
  return book
}

const total = ({ rows }: Book): YieldFigures => [...rows.values()].reduce(addFigures, noFigures)

const stepsOf = (units: { readonly [unit: string]: string }): readonly Step[] =>
  Object.entries(units).flatMap(([unit, letters]) =>
    letters.split('').map((letter): Step => ({ unit, end: letter === 'R' ? 'release' : (letter as End), shift: 0 })),
  )

const vector = { U1: 'P', U2: 'FP', U3: 'FF', U4: 'aP', U5: 'EP', golden: 'g', bad: 'b' }

describe('the vector', () => {
  const figures = total(played(stepsOf(vector)))

  it('has 5 units, 2 passed first, 4 in the end, 3 tested again, 2 without trouble', () => {
    expect(figures).toMatchObject({ units: 5, firstPassed: 2, finalPassed: 4, retested: 3, ntf: 2, references: 2 })
    expect(fpy(figures)).toEqual({ part: 2, of: 5 })
    expect(finalYield(figures)).toEqual({ part: 4, of: 5 })
    expect(retestRate(figures)).toEqual({ part: 3, of: 5 })
  })

  it('has 8 counted runs, and those that do not count beside them', () => {
    expect(figures).toMatchObject({ runs: 8, passed: 4, failed: 3, errors: 1, aborted: 0, uncounted: { ABORTED: 1 } })
    expect(figures.codes).toEqual({ SELFTEST_FAILED: 3, JIG_ERROR: 1 })
  })

  it('gets one more unit, passed first, by a board that did not connect at first', () => {
    const more = total(played(stepsOf({ ...vector, U6: 'NP' })))
    expect(more).toMatchObject({ units: 6, firstPassed: 3, finalPassed: 5, retested: 3, ntf: 2 })
    expect(more.uncounted).toEqual({ ABORTED: 1, NO_CONNECT: 1 })
  })
})

describe('one unit', () => {
  it.each([
    ['FRP', { ntf: 0, finalPassed: 1 }],
    ['FPR', { ntf: 1, finalPassed: 1 }],
    ['FPF', { ntf: 1, finalPassed: 0 }],
    ['RFP', { ntf: 1 }],
    ['PFP', { ntf: 0, firstPassed: 1, finalPassed: 1 }],
    ['PA', { firstPassed: 1, finalPassed: 0, aborted: 1 }],
    ['A', { units: 1, firstPassed: 0, aborted: 1 }],
    ['FFFP', { retested: 1, ntf: 1 }],
    ['NOWyagb', { units: 0, runs: 0, references: 2 }],
    ['Y', { units: 1, failed: 1, codes: { FACTORY_NAME: 1 } }],
    ['yP', { units: 1, firstPassed: 1, uncounted: { FACTORY_NAME: 1 } }],
  ])('with %s has %o', (letters, figures) => {
    expect(total(played(stepsOf({ U: letters })))).toMatchObject(figures)
  })

  it('has its figures where its first counted run was; runs are counted where they end', () => {
    const steps: readonly Step[] = [
      { unit: 'U', end: 'N', shift: 1 },
      { unit: 'U', end: 'F', shift: 2 },
      { unit: 'U', end: 'P', shift: 3 },
    ]
    const { rows, units } = played(steps)
    expect(rows.get(1)).toMatchObject({ units: 0, runs: 0, uncounted: { NO_CONNECT: 1 } })
    expect(rows.get(2)).toMatchObject({ units: 1, firstPassed: 0, finalPassed: 1, retested: 1, ntf: 1, runs: 1, failed: 1, passed: 0 })
    expect(rows.get(3)).toMatchObject({ units: 0, finalPassed: 0, runs: 1, passed: 1 })
    expect(units.get('U')).toMatchObject({ attempts: 3, counted: 2, run: 2, outcome: 'passed', figures: { shift: 2 } })
  })

  it('counts failures up to its release, and no errors, aborts or boards that were not there', () => {
    const failures = (letters: string) => played(stepsOf({ U: letters })).units.get('U')?.failures
    expect(['FF', 'FEAN', 'bbF', 'FFR', 'FRF', 'FP'].map(failures)).toEqual([2, 1, 1, 0, 1, 1])
  })

  it('takes its seconds from the scan to the end', () => {
    const { changes } = countRun(undefined, sampleRun({ scannedAt: 5000, endedAt: 35_500 }), key)
    const [change] = changes
    expect(change?.change).toMatchObject({ seconds: 30.5, firstAt: 5000, lastAt: 35_500 })
    expect(change?.change.times.reduce((sum, count) => sum + count, 0)).toBe(1)
  })
})

// ---------------------------------------------------------------- whatever happens

const step = fc.record({
  unit: fc.constantFrom('U1', 'U2', 'U3', 'U4'),
  end: fc.constantFrom<End | 'release'>('P', 'F', 'E', 'a', 'A', 'N', 'O', 'W', 'Y', 'y', 'g', 'b', 'release'),
  shift: fc.integer({ min: 0, max: 2 }),
})
const day = fc.array(step, { maxLength: 30 })

/** The definitions, read from the whole list at once. */
const fromScratch = (steps: readonly Step[]): Partial<YieldFigures> => {
  const units = ['U1', 'U2', 'U3', 'U4'].map((unit) => {
    const own = steps.filter((each) => each.unit === unit)
    const counted = own.filter(({ end }) => end !== 'release' && isCounted(sampleRun(ends[end])))
    const [first] = counted
    const after = first === undefined ? [] : own.slice(own.indexOf(first) + 1)
    const [passed, release] = ['P', 'release'].map((end) => after.findIndex((each) => each.end === end))
    const isNtf = first?.end !== 'P' && passed !== undefined && passed >= 0 && (release === -1 || (release ?? 0) > passed)
    return { counted, isNtf, first: first?.end, last: counted.at(-1)?.end }
  })
  const count = (is: (unit: (typeof units)[number]) => boolean): number => units.filter(is).length
  return {
    units: count(({ counted }) => counted.length > 0),
    firstPassed: count(({ first }) => first === 'P'),
    finalPassed: count(({ last }) => last === 'P'),
    retested: count(({ counted }) => counted.length > 1),
    ntf: count(({ isNtf }) => isNtf),
    runs: units.reduce((sum, { counted }) => sum + counted.length, 0),
  }
}

it('counted one by one, runs give the figures that their definitions give for all of them', () => {
  fc.assert(
    fc.property(day, (steps) => {
      expect(total(played(steps))).toMatchObject(fromScratch(steps))
    }),
  )
})

it('the order of units among each other changes nothing', () => {
  fc.assert(
    fc.property(day, (steps) => {
      const sorted = steps.toSorted((one, other) => one.unit.localeCompare(other.unit))
      expect(played(sorted).rows).toEqual(played(steps).rows)
    }),
  )
})

it('no count is ever negative, in any row, and runs are what they ended as', () => {
  fc.assert(
    fc.property(day, (steps) => {
      for (const row of played(steps).rows.values()) {
        const { times, codes, uncounted, firstAt: _first, lastAt: _last, ...sums } = row
        const counts = [...Object.values(sums), ...times, ...Object.values(codes), ...Object.values(uncounted)]
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(0)
        expect(row.passed + row.failed + row.errors + row.aborted).toBe(row.runs)
        expect(Math.max(row.firstPassed, row.finalPassed, row.retested)).toBeLessThanOrEqual(row.units)
      }
    }),
  )
})
