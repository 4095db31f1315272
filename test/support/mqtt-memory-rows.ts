// Session rows on a disk in memory, with the order and grouping of the real ones: what one broker wrote the next can be given, also
// after the power failed and what was not synced is lost.

import type { SessionOp, SessionRows } from '../../src/ota/ports/session-rows.ts'
import { createGroups } from '../../src/store/group.ts'

type Values = ReadonlyMap<string, Uint8Array>

export interface MemoryRows extends SessionRows {
  readonly values: Values
  /** Awaited before a group is written: slow it down, or reject. */
  gate: () => Promise<void>
  /** The rows as the next run finds them: `kill` keeps what was written, `power` what was synced. What this run still writes is lost. */
  after(end: 'kill' | 'power'): MemoryRows
}

export const memoryRows = (found: Values = new Map()): MemoryRows => {
  const values = new Map(found)
  /** What each row was at the last sync, of those that were changed since. */
  const unsynced = new Map<string, Uint8Array | undefined>()
  const apply = (op: SessionOp): void => {
    if (!unsynced.has(op.key)) unsynced.set(op.key, values.get(op.key))
    if (op.type === 'put') values.set(op.key, Uint8Array.from(op.value))
    else values.delete(op.key)
  }
  const groups = createGroups<SessionOp>(
    async (ops, durable) => {
      await rows.gate()
      for (const op of ops) apply(op)
      // A sync also covers everything that was written before it.
      if (durable) unsynced.clear()
    },
    (cause) => (cause instanceof Error ? cause : new Error(String(cause))),
  )
  const synced = (): Values => {
    const rest = new Map(values)
    for (const [key, value] of unsynced) {
      if (value === undefined) rest.delete(key)
      else rest.set(key, value)
    }
    return rest
  }
  const rows: MemoryRows = {
    values,
    gate: () => Promise.resolve(),
    commit: (ops, durable) => groups.commit(ops, durable),
    async *pieces() {
      yield [...values].sort(([a], [b]) => (a < b ? -1 : 1))
    },
    after: (end) => memoryRows(end === 'kill' ? values : synced()),
  }
  return rows
}
