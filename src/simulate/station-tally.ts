// The figures of yield that a rehearsal must give, from what the station was to say to each board: counted here on their own, so that a
// wrong sum of the station is seen. Pure.

import type { StationFigures } from './station-port.ts'

/** The unit was not there, or not where it was scanned for; ABORTED: before it had connected. */
const uncounted: readonly string[] = ['NO_CONNECT', 'OTHER_BOARD', 'WRONG_SLOT', 'ABORTED']
const outcomes: readonly string[] = ['passed', 'failed', 'error', 'aborted']

interface EndedRun {
  readonly outcome: string
  readonly code: string
}

/** What was said about runs; refusals begin none. */
const runsIn = (says: readonly string[]): readonly EndedRun[] =>
  says
    .map((said) => said.split(' '))
    .filter(([outcome = '']) => outcomes.includes(outcome))
    .map(([outcome = '', code = '']) => ({ outcome, code }))

const isPassed = (run: EndedRun | undefined): boolean => run?.outcome === 'passed'

export const tally = (boards: readonly (readonly string[])[]): StationFigures => {
  const all = boards.map(runsIn)
  const counted = all.map((runs) => runs.filter(({ code }) => !uncounted.includes(code))).filter((runs) => runs.length > 0)
  const ended = (outcome: string): number => counted.flat().filter((run) => run.outcome === outcome).length
  const codes: Record<string, number> = {}
  for (const { code } of all.flat()) if (uncounted.includes(code)) codes[code] = (codes[code] ?? 0) + 1
  return {
    units: counted.length,
    firstPassed: counted.filter((runs) => isPassed(runs[0])).length,
    finalPassed: counted.filter((runs) => isPassed(runs.at(-1))).length,
    retested: counted.filter((runs) => runs.length > 1).length,
    ntf: counted.filter((runs) => !isPassed(runs[0]) && runs.some(isPassed)).length,
    runs: counted.flat().length,
    passed: ended('passed'),
    failed: ended('failed'),
    errors: ended('error'),
    aborted: ended('aborted'),
    uncounted: codes,
  }
}

const flat = ({ uncounted: codes, ...figures }: StationFigures): Readonly<Record<string, number>> => ({
  ...figures,
  ...Object.fromEntries(Object.entries(codes).map(([code, count]) => [`not counted ${code}`, count])),
})

export interface FigureLine {
  readonly name: string
  readonly expected: number
  readonly said: number
}

/** What was expected beside what the station has counted since. */
export const figureLines = (expected: StationFigures, before: StationFigures, after: StationFigures): readonly FigureLine[] => {
  const [wanted, first, last] = [flat(expected), flat(before), flat(after)]
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(last)])]
  return names
    .map((name) => ({ name, expected: wanted[name] ?? 0, said: (last[name] ?? 0) - (first[name] ?? 0) }))
    .filter(({ name, expected: count, said }) => !name.startsWith('not counted') || count !== 0 || said !== 0)
}
