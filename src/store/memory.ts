// A disk in memory, with the order, grouping and failures of the real one, for tests.
// Nothing survives the process; the same value can be passed to `openStore` again, as a directory can be opened again.

import type { Disk, DiskRow, RowOp, WriteGate } from './disk.ts'
import { storeFailed, textOf } from './disk.ts'
import { createGroups } from './group.ts'
import { compareKeys } from './keys.ts'

export interface MemoryOptions {
  /** Awaited before a group is applied: it can delay the write, or reject, and then nothing of the group is kept. */
  readonly gate?: WriteGate
  /** Awaited after a group was applied: a rejection is a failed write that the disk kept, such as a failed sync. */
  readonly synced?: WriteGate
}

interface Shelf {
  readonly values: Map<string, string>
  /** The keys in order, or undefined until a range is read. */
  order: string[] | undefined
}

const apply = (shelf: Shelf, ops: readonly RowOp[]): void => {
  for (const op of ops) {
    if (op.type === 'put' ? !shelf.values.has(op.key) : shelf.values.has(op.key)) shelf.order = undefined
    if (op.type === 'put') shelf.values.set(op.key, 'value' in op ? op.value : textOf(op))
    else shelf.values.delete(op.key)
  }
}

/** The first position whose key is not below `key`. */
const positionOf = (order: readonly string[], key: string): number => {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(order[middle] ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The rows at the time of the call, as an iterator of LevelDB reads from a snapshot. */
const rows = (shelf: Shelf, gte: string, lt: string, limit = Number.POSITIVE_INFINITY): DiskRow[] => {
  shelf.order ??= [...shelf.values.keys()].sort(compareKeys)
  const from = positionOf(shelf.order, gte)
  const keys = shelf.order.slice(from, Math.min(positionOf(shelf.order, lt), from + limit))
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
    many: async (keys) => keys.map((key) => shelf.values.get(key)),
    peek: (key) => shelf.values.get(key),
    async *range(gte, lt, limit) {
      yield* rows(shelf, gte, lt, limit)
    },
    async *pieces(gte, lt, limit) {
      yield rows(shelf, gte, lt, limit)
    },
    keys: async (gte, lt) => rows(shelf, gte, lt).map(([key]) => key),
    close: () => groups.close(),
  }
}
