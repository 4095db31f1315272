// Queries of runs: open ones from memory, ended ones from their lists on disk. A run may end or change while the disk is read, so each one is
// looked up again at the end. Knows no rule.

import { setImmediate } from 'node:timers/promises'
import type { RunPlace, RunQuery } from './ports.ts'
import type { RowLedger } from './row-ledger.ts'
import type { RunFilter, StationQueries } from './row-types.ts'
import { endedStamps, markPassesFilter, type RunKinds } from './run-lists.ts'
import type { Run } from './run-model.ts'
import { isEnded } from './station-changes.ts'
import { afterList, allRunsList, endedRunKey, endedRunRange, endOfStamp, idOfStamp, requestKey, stampOf } from './station-keys.ts'
import { parsedRow, recordOf, type StationImage, unreadableRecord } from './station-memory.ts'

export interface RunSource {
  readonly rows: RowLedger
  readonly image: StationImage
  readonly kinds: RunKinds
}

const piece = 100

const runPasses = (run: Run, filter: RunFilter): boolean => {
  const at = isEnded(run) ? (run.endedAt ?? run.scannedAt) : run.scannedAt
  return (
    (filter.serial === undefined || filter.serial === run.serial) &&
    (filter.from === undefined || at >= filter.from) &&
    (filter.to === undefined || at < filter.to) &&
    markPassesFilter(run, filter)
  )
}

const endedOf = (key: string, text: string): Run => recordOf<Run>(key, text, (run) => endedRunKey(run.id))

const findRun = async ({ rows, image }: RunSource, id: number): Promise<Run | undefined> => {
  const open = image.openRuns.get(id)
  if (open !== undefined) return open
  const key = endedRunKey(id)
  const text = await rows.get(key)
  if (text !== null) return endedOf(key, text)
  // A commit by which it had ended may have failed meanwhile.
  return image.openRuns.get(id)
}

const found = async (source: RunSource, ids: readonly number[], filter: RunFilter): Promise<readonly Run[]> => {
  const runs = await Promise.all(ids.map((id) => findRun(source, id)))
  return runs.flatMap((run) => (run !== undefined && runPasses(run, filter) ? [run] : []))
}

/** The newest first. */
const openIds = ({ image }: RunSource, filter: RunFilter, before: number): readonly number[] => {
  const ids: number[] = []
  for (const run of image.openRuns.values()) if (run.id < before && runPasses(run, filter)) ids.push(run.id)
  return ids.sort((a, b) => b - a)
}

const placeOfStamp = (stamp: string): RunPlace => ({ section: 'ended', endedAt: endOfStamp(stamp), id: idOfStamp(stamp) })

/** The open runs behind the place: they come before all ended ones. */
const openPlaces = (source: RunSource, query: RunQuery): readonly RunPlace[] => {
  if (query.after?.section === 'ended') return []
  return openIds(source, query, query.after?.id ?? Number.POSITIVE_INFINITY).map((id): RunPlace => ({ section: 'open', id }))
}

/** From the newest end on, or from behind a place among the ended ones. */
const endedAfter = ({ after }: RunQuery): string | null => (after?.section === 'ended' ? stampOf(after.endedAt, after.id) : null)

const findRuns = async (source: RunSource, query: RunQuery): ReturnType<StationQueries['runs']> => {
  const places = [...openPlaces(source, query)]
  const ids = new Set(places.map(({ id }) => id))
  if (places.length <= query.limit)
    for await (const stamp of endedStamps(source.rows, source.kinds, query, endedAfter(query), query.limit + 1)) {
      const place = placeOfStamp(stamp)
      if (!ids.has(place.id)) places.push(place)
      if (places.length > query.limit) break
    }
  const page = places.slice(0, query.limit)
  const items = await found(
    source,
    page.map(({ id }) => id),
    query,
  )
  return { items, next: places.length > page.length ? (page.at(-1) ?? null) : null }
}

/** The runs in memory first: a run that ends while the disk is read is in one of both. */
const memoryIds = ({ image }: RunSource): readonly number[] => [...image.openRuns.keys()]

const byId = (a: Run, b: Run): number => a.id - b.id

/** All runs that there are, in pieces of about a hundred. */
const everyRun = async function* (source: RunSource, last: number): AsyncGenerator<readonly Run[]> {
  for (let after = 0; after < last; ) {
    const open = memoryIds(source)
    const ended: Run[] = []
    for await (const [key, text] of source.rows.range(...endedRunRange(after), piece)) ended.push(endedOf(key, text))
    const bound = ended.length < piece ? last : Math.min(last, ended.at(-1)?.id ?? last)
    const known = new Set(ended.map(({ id }) => id))
    const others = open.filter((id) => id > after && id <= bound && !known.has(id))
    const runs = [...ended.filter(({ id }) => id <= bound), ...(await found(source, others, {}))].sort(byId)
    for (let at = 0; at < runs.length; at += piece) yield runs.slice(at, at + piece)
    after = bound
  }
}

/** Those that pass. Their ids are collected first: a number for each that is on disk. */
const filteredRuns = async function* (source: RunSource, filter: RunFilter, last: number): AsyncGenerator<readonly Run[]> {
  const some = new Set(memoryIds(source))
  for await (const stamp of endedStamps(source.rows, source.kinds, filter, null, 10 * piece)) some.add(idOfStamp(stamp))
  const ids = Array.from(Float64Array.from(some).sort()).filter((id) => id <= last)
  for (let at = 0; at < ids.length; at += piece) yield await found(source, ids.slice(at, at + piece), filter)
}

const isFiltered = (filter: RunFilter): boolean => Object.values(filter).some((value) => value !== undefined)

const findAllRuns = async function* (source: RunSource, filter: RunFilter): AsyncGenerator<readonly Run[]> {
  const last = source.image.lastRun
  for await (const runs of isFiltered(filter) ? filteredRuns(source, filter, last) : everyRun(source, last)) {
    if (runs.length > 0) yield runs
    await setImmediate()
  }
}

const findRunOfKey = async (source: RunSource, station: string, key: string): Promise<Run | undefined> => {
  const row = requestKey(station, key)
  const text = await source.rows.get(row)
  if (text === null) return undefined
  const id = parsedRow(row, text)
  if (typeof id !== 'number') throw unreadableRecord(row)
  return await findRun(source, id)
}

const findRunsOfUnit = async (source: RunSource, product: string, serial: string): Promise<readonly Run[]> => {
  const all: Run[] = []
  for await (const runs of findAllRuns(source, { product, serial })) all.push(...runs)
  return all
}

const findNewestEnd = async ({ rows }: RunSource): Promise<number | null> => {
  for await (const [key] of rows.range(allRunsList, afterList(allRunsList), 1)) return endOfStamp(key)
  return null
}

export const createRunQueries = (
  source: RunSource,
): Pick<StationQueries, 'run' | 'runOfKey' | 'runs' | 'allRuns' | 'runsOfUnit' | 'newestEnd'> => ({
  run: (id) => findRun(source, id),
  runOfKey: (station, key) => findRunOfKey(source, station, key),
  runs: (query) => findRuns(source, query),
  allRuns: (filter) => findAllRuns(source, filter),
  runsOfUnit: (product, serial) => findRunsOfUnit(source, product, serial),
  newestEnd: () => findNewestEnd(source),
})
