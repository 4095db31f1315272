// The rows of each record of test stations, and what changes them from one record to the next. Functions of data: knows neither memory nor disk.

import type { RowStep } from './row-ledger.ts'
import type { ShiftFigures, StationTable, StationTables } from './row-types.ts'
import type { Run } from './run-model.ts'
import {
  allRunsList,
  boardKey,
  deskKey,
  endedRunKey,
  figureKey,
  kindList,
  openRunKey,
  procedureKey,
  type RunMark,
  requestKey,
  serialList,
  stampOf,
  stationKey,
  unitKey,
} from './station-keys.ts'

/** By key. */
type Rows = readonly (readonly [key: string, text: string])[]

export const isEnded = ({ state }: Pick<Run, 'state'>): boolean => state === 'ended'

export const stampOfRun = ({ endedAt, scannedAt, id }: Run): string => stampOf(endedAt ?? scannedAt, id)

export const markOfRun = ({ station, process, product, outcome }: Run): RunMark => ({
  station,
  process,
  product,
  outcome: outcome ?? 'aborted',
})

export const markText = ({ station, process, product, outcome }: RunMark): string => JSON.stringify([station, process, product, outcome])

const endedRows = (run: Run): Rows => {
  const [stamp, mark] = [stampOfRun(run), markOfRun(run)]
  const text = markText(mark)
  return [
    [endedRunKey(run.id), JSON.stringify(run)],
    [allRunsList + stamp, text],
    [kindList(mark) + stamp, text],
    [serialList(run.serial) + stamp, text],
  ]
}

const runRows = (run: Run): Rows => [
  ...(isEnded(run) ? endedRows(run) : [[openRunKey(run.id), JSON.stringify(run)] as const]),
  ...(run.key === null ? [] : [[requestKey(run.station, run.key), String(run.id)] as const]),
]

/** Keys come from many places: their fields are always in one order, so that equal ones have equal rows. */
const figuresText = ({ key: { shift, station, process, product, version, workOrder }, figures }: ShiftFigures): string =>
  JSON.stringify({ key: { shift, station, process, product, version, workOrder }, figures })

const rowsOf: { readonly [T in StationTable]: (record: StationTables[T]) => Rows } = {
  procedure: (procedure) => [[procedureKey(procedure.id, procedure.rev), JSON.stringify(procedure)]],
  station: (station) => [[stationKey(station.id), JSON.stringify(station)]],
  desk: (desk) => [[deskKey(desk.station), JSON.stringify(desk)]],
  run: runRows,
  unit: (unit) => [
    [unitKey(unit.product, unit.serial), JSON.stringify(unit)],
    ...(unit.device === null ? [] : [[boardKey(unit.device), JSON.stringify([unit.product, unit.serial])] as const]),
  ],
  figures: (figures) => [[figureKey(figures.key), figuresText(figures)]],
}

/** The record's own row is always one of them: who has read an older one is refused also where nothing changes. */
export const rowSteps = <T extends StationTable>(
  table: T,
  before: StationTables[T] | null,
  after: StationTables[T] | null,
): readonly RowStep[] => {
  const old = new Map(before === null ? [] : rowsOf[table](before))
  const now = new Map(after === null ? [] : rowsOf[table](after))
  const gone = [...old].flatMap(([key, text]): RowStep[] => (now.has(key) ? [] : [{ key, before: text, after: null }]))
  const kept = [...now].flatMap(([key, text], at): RowStep[] => {
    const earlier = old.get(key) ?? null
    return earlier === text && at > 0 ? [] : [{ key, before: earlier, after: text }]
  })
  return [...gone, ...kept]
}
