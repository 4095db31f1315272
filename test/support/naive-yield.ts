// The figures of yield by their definition in docs/station.md, counted from the list of runs alone, as somebody with a spreadsheet would.

/** A run as the API lists it, as far as its figures are concerned. */
export interface ListedRun {
  readonly id: string
  readonly serial: string
  readonly attempt: number
  readonly reference: string | null
  readonly outcome: string | null
  readonly code: string | null
  readonly connectedAt: string | null
  readonly scannedAt: string
  readonly endedAt: string | null
}

const never: readonly (string | null)[] = ['NO_CONNECT', 'OTHER_BOARD', 'WRONG_SLOT']

const isCounted = ({ reference, code, outcome, connectedAt }: ListedRun): boolean =>
  reference === null &&
  !never.includes(code) &&
  !(connectedAt === null && outcome === 'aborted') &&
  !(connectedAt === null && code === 'FACTORY_NAME')

const byCode = (runs: readonly ListedRun[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { code } of runs) if (code !== null) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

/** `runs`: all that have ended, of one process and without a release, in the order of their ends. */
export const naiveYield = (runs: readonly ListedRun[]) => {
  const counted = runs.filter(isCounted)
  const units = [...new Set(counted.map(({ serial }) => serial))].map((serial) => counted.filter((run) => run.serial === serial))
  const passed = (run: ListedRun | undefined): boolean => run?.outcome === 'passed'
  const ended = (outcome: string): number => counted.filter((run) => run.outcome === outcome).length
  const seconds = counted.map(({ scannedAt, endedAt }) => (Date.parse(endedAt ?? '') - Date.parse(scannedAt)) / 1000)
  return {
    units: units.length,
    firstPassed: units.filter(([first]) => passed(first)).length,
    finalPassed: units.filter((own) => passed(own.at(-1))).length,
    retested: units.filter((own) => own.length > 1).length,
    ntf: units.filter(([first, ...later]) => !passed(first) && later.some(passed)).length,
    runs: counted.length,
    passed: ended('passed'),
    failed: ended('failed'),
    errors: ended('error'),
    aborted: ended('aborted'),
    seconds: Math.round(seconds.reduce((sum, each) => sum + each, 0) * 1000) / 1000,
    uncounted: byCode(runs.filter((run) => run.reference === null && !isCounted(run))),
    codes: byCode(counted),
    references: runs.filter(({ reference }) => reference !== null).length,
  }
}
