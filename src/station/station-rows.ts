// The rows of test stations: read at a start, changed together, read by queries. Knows the disk by its port, and no rule.

import type { Batches, NewRow } from '../ota/ports/store.ts'
import { createRowLedger, type RowLedger, type RowStep } from './row-ledger.ts'
import type { StationChange, StationRows, StationTable, StationTables } from './row-types.ts'
import { noteKind, type RunKinds, readRunKinds } from './run-lists.ts'
import type { Run } from './run-model.ts'
import { createRunQueries } from './run-rows.ts'
import { isEnded, markOfRun, rowSteps } from './station-changes.ts'
import { lastRunKey } from './station-keys.ts'
import { inMemory, readStationImage, type StationImage, setRecord } from './station-memory.ts'
import { createUnitQueries } from './unit-rows.ts'

interface ChangeOf<T extends StationTable> {
  readonly table: T
  readonly before: StationTables[T] | null
  readonly value: StationTables[T]
  readonly isKept: boolean
}

const changeOf = <T extends StationTable>(
  image: StationImage,
  table: T,
  value: StationTables[T],
  before: StationTables[T] | null,
  isKept: boolean,
): ChangeOf<T> => ({ table, value, isKept, before: inMemory(image, table, value) ?? before })

const changesOf = (image: StationImage, changes: readonly StationChange[]): readonly ChangeOf<StationTable>[] =>
  changes.map((change) =>
    'put' in change
      ? changeOf<StationTable>(image, change.put, change.value, change.before ?? null, true)
      : changeOf<StationTable>(image, change.del, change.value, change.value, false),
  )

const storedRuns = (changes: readonly StationChange[]): readonly Run[] =>
  changes.flatMap((change) => ('put' in change && change.put === 'run' ? [change.value] : []))

const lastRunSteps = ({ lastRun }: StationImage, changes: readonly StationChange[]): readonly RowStep[] => {
  const highest = Math.max(0, ...storedRuns(changes).map(({ id }) => id))
  return highest > lastRun ? [{ key: lastRunKey, before: lastRun === 0 ? null : String(lastRun), after: String(highest) }] : []
}

/** Rows that go come first: a device may be moved from one unit to another. */
const stepsOf = (all: readonly ChangeOf<StationTable>[], more: readonly RowStep[]): readonly RowStep[] => {
  const steps = all.flatMap(({ table, before, value, isKept }) => rowSteps(table, before, isKept ? value : null))
  return [...steps.filter(({ after }) => after === null), ...steps.filter(({ after }) => after !== null), ...more]
}

const apply = (image: StationImage, all: readonly ChangeOf<StationTable>[]): (() => void) => {
  const undos = all.map(({ table, value, isKept }) => setRecord(image, table, value, isKept))
  return () => {
    for (const undo of undos.toReversed()) undo()
  }
}

interface Writer {
  readonly rows: RowLedger
  readonly image: StationImage
  readonly kinds: RunKinds
}

const commit = ({ rows, image, kinds }: Writer, changes: readonly StationChange[], extra: readonly NewRow[]): Promise<void> => {
  const all = changesOf(image, changes)
  const added = extra.map(({ key, value }): RowStep => ({ key, before: null, after: value }))
  for (const run of storedRuns(changes)) if (isEnded(run)) noteKind(kinds, markOfRun(run))
  return rows.commit(stepsOf(all, [...lastRunSteps(image, changes), ...added]), () => apply(image, all))
}

/** OTA_STORE_UNREADABLE with the key where a record cannot be read. An earlier Fogbell has none. */
export const openStationRows = async (batches: Pick<Batches, 'commit' | 'get' | 'range'>): Promise<StationRows> => {
  const image = await readStationImage(batches)
  const kinds = await readRunKinds(batches)
  const rows = createRowLedger(batches)
  const source = { rows, image, kinds }
  let lastId = 0
  return {
    memory: image,
    queries: { ...createRunQueries(source), ...createUnitQueries(rows) },
    nextRunId: () => {
      lastId = Math.max(lastId, image.lastRun) + 1
      return lastId
    },
    commit: (changes, extra = []) => commit(source, changes, extra),
  }
}
