// Rows on their way to disk: what was committed counts at once, and no longer if writing it fails; then the next commit writes what was before,
// since a disk may have kept a write that failed. Knows keys and texts, no record.

import { OtaError } from '../errors.ts'
import type { Batches, Op } from '../ota/ports/store.ts'
import { sentence } from '../sentences/sentence.ts'

/** A change of one row; null: there is none. */
export interface RowStep {
  readonly key: string
  readonly before: string | null
  readonly after: string | null
}

interface PendingRows {
  readonly steps: readonly RowStep[]
  readonly undo: () => void
}

/** A row that may differ from that on disk. */
interface Unsettled {
  readonly text: string | null
}

export interface RowLedger {
  /**
   * OTA_CONFLICT, which changes nothing, where a row is known to be another than `before`. `apply` changes memory, and returns what undoes
   * that. Rejects as `Batches.commit` does.
   */
  commit(steps: readonly RowStep[], apply: () => () => void): Promise<void>
  get(key: string): Promise<string | null>
  /** The row if it is known without the disk. */
  known(key: string): string | null | undefined
  /** As `Batches.range`, with what is not on disk yet. */
  range(gte: string, lt: string, limit?: number): AsyncIterable<readonly [key: string, text: string]>
}

/** Rows that were read or written last: a change by who has read an older one is refused. */
const mostKnown = 1000

/** The order of keys on disk. */
const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const opOf = (key: string, text: string | null): Op => (text === null ? { type: 'del', key } : { type: 'put', key, value: text })

interface LedgerState {
  readonly batches: Pick<Batches, 'commit' | 'get' | 'range'>
  readonly unsettled: Map<string, Unsettled>
  readonly recent: Map<string, string | null>
  /** In the order of their commits. */
  readonly pending: PendingRows[]
  /** What the next commit writes first. */
  rewrite: Map<string, string | null>
}

const remember = ({ recent }: LedgerState, key: string, text: string | null): void => {
  recent.delete(key)
  recent.set(key, text)
  if (recent.size <= mostKnown) return
  const [oldest] = recent.keys()
  if (oldest !== undefined) recent.delete(oldest)
}

const knownText = ({ unsettled, recent }: LedgerState, key: string): string | null | undefined => {
  const row = unsettled.get(key)
  return row === undefined ? recent.get(key) : row.text
}

const mustBeCurrent = (state: LedgerState, steps: readonly RowStep[]): void => {
  const changed = new Map<string, string | null>()
  for (const { key, before, after } of steps) {
    const text = changed.has(key) ? changed.get(key) : knownText(state, key)
    if (text !== undefined && text !== before)
      throw new OtaError('OTA_CONFLICT', sentence('station_record_changed', { key: JSON.stringify(key) }))
    changed.set(key, after)
  }
}

const forgetPending = ({ unsettled, pending }: LedgerState, from: number): readonly RowStep[] => {
  const back: RowStep[] = []
  for (const { steps, undo } of pending.splice(from).toReversed()) {
    undo()
    back.push(...steps.toReversed())
  }
  for (const { key, before } of back) unsettled.set(key, { text: before })
  return back
}

const undoFrom = (state: LedgerState, group: PendingRows): void => {
  const place = state.pending.indexOf(group)
  if (place < 0) return
  for (const { key, before } of forgetPending(state, place)) {
    state.rewrite.set(key, before)
    state.recent.delete(key)
  }
}

const settle = ({ pending, unsettled }: LedgerState, group: PendingRows, rows: ReadonlyMap<string, Unsettled>): void => {
  const place = pending.indexOf(group)
  if (place < 0) throw new OtaError('OTA_STORE_FAILED')
  pending.splice(place, 1)
  for (const [key, row] of rows) if (unsettled.get(key) === row) unsettled.delete(key)
}

const write = (state: LedgerState, changes: readonly RowStep[], apply: () => () => void): Promise<void> => {
  const repairs = [...state.rewrite].map(([key, text]): RowStep => ({ key, before: text, after: text }))
  const steps = [...repairs, ...changes]
  const group: PendingRows = { steps, undo: apply() }
  const rows = new Map(steps.map(({ key, after }) => [key, { text: after }]))
  for (const [key, row] of rows) state.unsettled.set(key, row)
  for (const { key, after } of changes) remember(state, key, after)
  state.rewrite = new Map()
  state.pending.push(group)
  return state.batches.commit(steps.map(({ key, after }) => opOf(key, after))).then(
    () => settle(state, group, rows),
    (cause: unknown) => {
      undoFrom(state, group)
      throw cause
    },
  )
}

const get = async (state: LedgerState, key: string): Promise<string | null> => {
  const known = knownText(state, key)
  if (known !== undefined) return known
  const text = (await state.batches.get(key)) ?? null
  // It may have changed meanwhile.
  const now = knownText(state, key)
  if (now !== undefined) return now
  remember(state, key, text)
  return text
}

const unsettledWithin = ({ unsettled }: LedgerState, gte: string, lt: string): (readonly [string, string | null])[] => {
  const rows: (readonly [string, string | null])[] = []
  for (const [key, { text }] of unsettled) if (compareBytes(gte, key) <= 0 && compareBytes(key, lt) < 0) rows.push([key, text])
  return rows.sort(([a], [b]) => compareBytes(a, b))
}

/** Of equal keys those of `over`. */
const merged = async function* (
  over: readonly (readonly [string, string | null])[],
  disk: AsyncIterable<readonly [string, string]>,
): AsyncGenerator<readonly [string, string | null]> {
  let at = 0
  for await (const row of disk) {
    for (let next = over[at]; next !== undefined && compareBytes(next[0], row[0]) < 0; next = over[at]) {
      yield next
      at += 1
    }
    // Its turn comes with the next row of the disk.
    if (over[at]?.[0] !== row[0]) yield row
  }
  yield* over.slice(at)
}

const range = async function* (state: LedgerState, gte: string, lt: string, limit?: number): AsyncGenerator<readonly [string, string]> {
  const over = unsettledWithin(state, gte, lt)
  if (over.length === 0) return yield* state.batches.range(gte, lt, limit)
  let left = limit ?? Number.POSITIVE_INFINITY
  const disk = state.batches.range(gte, lt, limit === undefined ? undefined : limit + over.length)
  for await (const [key, text] of merged(over, disk)) {
    if (text === null) continue
    yield [key, text]
    left -= 1
    if (left === 0) return
  }
}

export const createRowLedger = (batches: Pick<Batches, 'commit' | 'get' | 'range'>): RowLedger => {
  const state: LedgerState = { batches, unsettled: new Map(), recent: new Map(), pending: [], rewrite: new Map() }
  return {
    async commit(steps, apply) {
      mustBeCurrent(state, steps)
      if (steps.length === 0) return
      await write(state, steps, apply)
    },
    get: (key) => get(state, key),
    known: (key) => knownText(state, key),
    range: (gte, lt, limit) => range(state, gte, lt, limit),
  }
}
