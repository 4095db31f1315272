// The store's place in memory, with the order, grouping and failures of the one on disk: for tests and trials.
// Nothing survives the process; the same value can be given to `openStore` again, as a directory can be opened again.

import type { Disk, DiskRow, RowOp, WriteGate } from './disk.ts'
import { storeFailed, textOf } from './disk.ts'
import { createGroups } from './group.ts'
import { compareKeys } from './keys.ts'

export interface MemoryOptions {
  /** Awaited before a group is applied: slow it down, or reject and nothing of the group is kept. */
  readonly gate?: WriteGate
  /** Awaited after it was applied: a rejection is a write that failed though the disk kept it, as a failed sync is. */
  readonly synced?: WriteGate
}

interface Shelf {
  readonly values: Map<string, string>
  /** The keys in order, or undefined until somebody reads a range. */
  order: string[] | undefined
}

const apply = (shelf: Shelf, ops: readonly RowOp[]): void => {
  for (const op of ops) {
    if (op.type === 'put' ? !shelf.values.has(op.key) : shelf.values.has(op.key)) shelf.order = undefined
    if (op.type === 'put') shelf.values.set(op.key, 'value' in op ? op.value : textOf(op))
    else shelf.values.delete(op.key)
  }
}

/** The first place whose key is not below `key`. */
const placeOf = (order: readonly string[], key: string): number => {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(order[middle] ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The rows of the moment, as an iterator of LevelDB reads from a snapshot. */
const rows = (shelf: Shelf, gte: string, lt: string, limit = Number.POSITIVE_INFINITY): DiskRow[] => {
  shelf.order ??= [...shelf.values.keys()].sort(compareKeys)
  const from = placeOf(shelf.order, gte)
  const keys = shelf.order.slice(from, Math.min(placeOf(shelf.order, lt), from + limit))
  return keys.map((key) => [key, shelf.values.get(key) ?? ''])
}

/** `Batches` in memory. Commits that arrive together share one group, which is written whole or not at all. */
export const createMemory = (options: MemoryOptions = {}): Disk => {
  const shelf: Shelf = { values: new Map(), order: undefined }
  const groups = createGroups<RowOp>(
    async (ops) => {
      await options.gate?.(ops)
      apply(shelf, ops)
      await options.synced?.(ops)
    },
    (cause) => storeFailed('memory', cause),
  )
  return {
    where: 'memory',
    commit: (ops) => groups.commit(ops, true),
    get: async (key) => shelf.values.get(key),
    peek: (key) => shelf.values.get(key),
    async *range(gte, lt, limit) {
      yield* rows(shelf, gte, lt, limit)
    },
    async *pieces(gte, lt) {
      yield rows(shelf, gte, lt)
    },
    close: () => groups.close(),
  }
}
