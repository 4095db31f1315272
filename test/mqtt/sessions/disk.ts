// A disk in memory that can be full, and lose what was not synced when the power fails; for tests of what survives.

import type { SessionOp, SessionRows } from '../../../src/ota/ports/session-rows.ts'
import { createGroups } from '../../../src/store/group.ts'

type Values = ReadonlyMap<string, Uint8Array>

export interface Disk {
  readonly rows: SessionRows
  readonly values: Values
  /** It accepts no writes. */
  full: boolean
  /** The disk as the next run finds it: `kill` keeps what was written, `power` what was synced. What this run still writes is lost. */
  after(end: 'kill' | 'power'): Disk
}

export const createDisk = (found: Values = new Map()): Disk => {
  const values = new Map(found)
  let synced = new Map(found)
  const apply = (op: SessionOp): void => {
    if (op.type === 'put') values.set(op.key, Uint8Array.from(op.value))
    else values.delete(op.key)
  }
  const groups = createGroups<SessionOp>(
    // A sync also covers everything that was written before it.
    async (ops, durable) => {
      await Promise.resolve()
      if (disk.full) throw new Error('disk full')
      for (const op of ops) apply(op)
      if (durable) synced = new Map(values)
    },
    (cause) => (cause instanceof Error ? cause : new Error(String(cause))),
  )
  const disk: Disk = {
    values,
    full: false,
    rows: {
      commit: (ops, durable) => groups.commit(ops, durable),
      async *pieces() {
        yield [...values].sort(([a], [b]) => (a < b ? -1 : 1))
      },
    },
    after: (end) => createDisk(end === 'kill' ? values : synced),
  }
  return disk
}
