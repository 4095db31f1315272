// The records of LevelDB's write-ahead log: batches of puts and deletions. Functions of bytes.

import { createByteReader, uint32At, uint64At } from './byte-reader.ts'
import type { FoundRow, KeyRange } from './table-blocks.ts'

const headerBytes = 12

export interface WriteBatch {
  /** Sequence of its first operation. */
  readonly sequence: number
  readonly count: number
}

/** How many operations the record holds; null: it holds anything else. */
const operationsIn = (record: Uint8Array): number | null => {
  const reader = createByteReader(record, headerBytes)
  let count = 0
  try {
    for (; reader.left() > 0; count += 1) {
      const kind = reader.bytes(1)[0] ?? 0
      if (kind > 1) return null
      reader.slice()
      if (kind === 1) reader.slice()
    }
  } catch {
    return null
  }
  return count
}

/** null: the record is no batch. Fragments of two records that were joined have right checksums, and are none. */
export const batchOf = (record: Uint8Array): WriteBatch | null => {
  if (record.length < headerBytes) return null
  const count = uint32At(record, 8)
  return operationsIn(record) === count ? { sequence: uint64At(record, 0), count } : null
}

/** What the batch last does to each key from `from` to before `to`. Throws RangeError for a record that is no batch. */
export const rowsInBatch = (record: Uint8Array, [from, to]: KeyRange): ReadonlyMap<string, FoundRow> => {
  const batch = batchOf(record)
  if (batch === null) throw new RangeError('no batch')
  const [low, high] = [Buffer.from(from), Buffer.from(to)]
  const reader = createByteReader(record, headerBytes)
  const found = new Map<string, FoundRow>()
  for (let sequence = batch.sequence; reader.left() > 0; sequence += 1) {
    const isPut = reader.bytes(1)[0] === 1
    const own = reader.slice()
    const value = isPut ? reader.slice() : null
    if (Buffer.compare(own, low) < 0 || Buffer.compare(own, high) >= 0) continue
    found.set(Buffer.from(own).toString('utf8'), { sequence, value: value === null ? null : Buffer.from(value).toString('utf8') })
  }
  return found
}
