// Which lists hold the ended runs that can pass a filter, and those lists read as one, the newest end first. A list for each station, process,
// product and outcome there is makes every filter read only what passes it. Knows no record of a run.

import type { RowLedger } from './row-ledger.ts'
import type { RunFilter } from './row-types.ts'
import type { RunOutcome } from './run-model.ts'
import { afterList, allRunsList, kindList, kindRange, listPart, type RunMark, serialList, stampLength } from './station-keys.ts'
import { parsedRow, unreadableRecord } from './station-memory.ts'

/** The lists by kind of run, by their beginnings. They only grow. */
export type RunKinds = Map<string, RunMark>

type ListRows = Pick<RowLedger, 'range'>

const markOf = (key: string, text: string): RunMark => {
  const value = parsedRow(key, text)
  if (!Array.isArray(value) || value.length !== 4) throw unreadableRecord(key)
  const [station, process, product, outcome] = value as [string, string, string, RunOutcome]
  return { station, process, product, outcome }
}

/** The first row of each list by kind says which it is. */
export const readRunKinds = async (rows: ListRows): Promise<RunKinds> => {
  const kinds: RunKinds = new Map()
  let [from, isOver] = [kindRange[0], false]
  while (!isOver) {
    isOver = true
    for await (const [key, text] of rows.range(from, kindRange[1], 1)) {
      const mark = markOf(key, text)
      const list = kindList(mark)
      if (key.slice(0, -stampLength) !== list) throw unreadableRecord(key)
      kinds.set(list, mark)
      from = afterList(list)
      isOver = false
    }
  }
  return kinds
}

/** What a filter looks at, in a run or in its mark. */
type Marked = Omit<RunMark, 'outcome'> & { readonly outcome: RunOutcome | null }

export const markPassesFilter = (mark: Marked, filter: RunFilter): boolean =>
  (filter.station === undefined || filter.station === mark.station) &&
  (filter.process === undefined || filter.process === mark.process) &&
  (filter.product === undefined || filter.product === mark.product) &&
  (filter.outcome === undefined || filter.outcome === mark.outcome)

const hasMarkFilter = ({ station, process, product, outcome }: RunFilter): boolean =>
  station !== undefined || process !== undefined || product !== undefined || outcome !== undefined

/** More lists than this are not read beside each other: then a filter passes so much that the list of all runs is read. */
const mostLists = 256

const listsOf = (kinds: RunKinds, filter: RunFilter): readonly string[] => {
  if (filter.serial !== undefined) return [serialList(filter.serial)]
  if (!hasMarkFilter(filter)) return [allRunsList]
  const lists = [...kinds].flatMap(([list, mark]) => (markPassesFilter(mark, filter) ? [list] : []))
  return lists.length > mostLists ? [allRunsList] : lists
}

/** One list, read in pieces. */
interface ListCursor {
  readonly list: string
  stamps: readonly string[]
  at: number
  after: string | null
  isOver: boolean
}

/** All runs of such a list pass. */
const isOfKind = (list: string): boolean => list.startsWith(kindRange[0])

const keysAtOnce = (lists: number, wanted: number): number => Math.max(8, Math.ceil((2 * wanted) / lists))

/** Reads on until something passes, or the list is over. */
const refill = async (rows: ListRows, cursor: ListCursor, filter: RunFilter, count: number): Promise<void> => {
  const stamps: string[] = []
  const { list } = cursor
  cursor.at = 0
  while (stamps.length === 0 && !cursor.isOver) {
    let read = 0
    const [gte, lt] = listPart(list, filter.from ?? null, filter.to ?? null, cursor.after)
    if (gte < lt)
      for await (const [key, text] of rows.range(gte, lt, count)) {
        read += 1
        cursor.after = key.slice(-stampLength)
        if (isOfKind(list) || markPassesFilter(markOf(key, text), filter)) stamps.push(cursor.after)
      }
    cursor.isOver = read < count
  }
  cursor.stamps = stamps
}

const stampAt = ({ stamps, at }: ListCursor): string | undefined => stamps[at]

const firstOf = (cursors: readonly ListCursor[]): ListCursor | undefined => {
  let first: ListCursor | undefined
  for (const cursor of cursors) {
    const stamp = stampAt(cursor)
    if (stamp !== undefined && (first === undefined || stamp < (stampAt(first) ?? ''))) first = cursor
  }
  return first
}

/**
 * The stamps of ended runs that may pass, the newest end first, from behind `after`, a stamp. `wanted`: about as many are taken. Runs that end
 * meanwhile are not among them.
 */
export const endedStamps = async function* (
  rows: ListRows,
  kinds: RunKinds,
  filter: RunFilter,
  after: string | null,
  wanted: number,
): AsyncGenerator<string> {
  const lists = listsOf(kinds, filter)
  const count = keysAtOnce(lists.length, wanted)
  const cursors = lists.map((list): ListCursor => ({ list, stamps: [], at: 0, after, isOver: false }))
  await Promise.all(cursors.map((cursor) => refill(rows, cursor, filter, count)))
  for (let cursor = firstOf(cursors); cursor !== undefined; cursor = firstOf(cursors)) {
    yield stampAt(cursor) ?? ''
    cursor.at += 1
    if (cursor.at === cursor.stamps.length) await refill(rows, cursor, filter, count)
  }
}

/** A run that has just ended is in the list of its kind. */
export const noteKind = (kinds: RunKinds, mark: RunMark): void => void kinds.set(kindList(mark), mark)
