// Session rows written in portions: one write for many rows, and no more of them in memory than one portion holds.

import type { SessionOp, SessionRows } from '../../ota/ports/session-rows.ts'

const maxOps = 1000
const maxBytes = 4 << 20

export interface Batch {
  add(op: SessionOp): Promise<void>
  /** Writes the rest; all of it is on disk when this resolves. */
  end(): Promise<void>
}

const sizeOf = (op: SessionOp): number => op.key.length + (op.type === 'put' ? op.value.length : 0)

export const createBatch = (rows: Pick<SessionRows, 'commit'>): Batch => {
  let ops: SessionOp[] = []
  let bytes = 0
  const write = (durable: boolean): Promise<void> => {
    const portion = ops
    ops = []
    bytes = 0
    return rows.commit(portion, durable)
  }
  return {
    async add(op) {
      ops.push(op)
      bytes += sizeOf(op)
      if (ops.length >= maxOps || bytes >= maxBytes) await write(false)
    },
    end: () => write(true),
  }
}
