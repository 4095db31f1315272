// Session rows in memory, with the order and grouping of the real ones; the next broker can be opened with them.

import type { SessionOp, SessionRows } from '../../../src/ota/ports/session-rows.ts'
import { createGroups } from '../../../src/store/group.ts'

export interface MemoryRows extends SessionRows {
  readonly values: ReadonlyMap<string, Uint8Array>
  /** Awaited before a group is written: may delay it, or reject. */
  gate: () => Promise<void>
}

export const memoryRows = (): MemoryRows => {
  const values = new Map<string, Uint8Array>()
  const apply = (op: SessionOp): void => {
    if (op.type === 'put') values.set(op.key, Uint8Array.from(op.value))
    else values.delete(op.key)
  }
  const groups = createGroups<SessionOp>(
    async (ops) => {
      await rows.gate()
      for (const op of ops) apply(op)
    },
    (cause) => (cause instanceof Error ? cause : new Error(String(cause))),
  )
  const rows: MemoryRows = {
    values,
    gate: () => Promise.resolve(),
    commit: (ops, durable) => groups.commit(ops, durable),
    async *pieces() {
      yield [...values].sort(([a], [b]) => (a < b ? -1 : 1))
    },
  }
  return rows
}
