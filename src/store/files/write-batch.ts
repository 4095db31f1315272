// The records of LevelDB's write-ahead log: batches of puts and deletions. Functions of bytes.

import { createByteReader, uint32At, uint64At } from './byte-reader.ts'
import type { FoundRow } from './table-blocks.ts'

const headerBytes = 12

export interface WriteBatch {
  /** Sequence of its first operation. */
  readonly sequence: number
  readonly count: number
}

/** null: the record is no batch. */
export const batchOf = (record: Uint8Array): WriteBatch | null =>
  record.length < headerBytes ? null : { sequence: uint64At(record, 0), count: uint32At(record, 8) }

/** What the batch last does to a key; undefined: nothing. Throws RangeError for a record that is no batch. */
export const rowInBatch = (record: Uint8Array, key: string): FoundRow | undefined => {
  const batch = batchOf(record)
  if (batch === null) throw new RangeError('no batch')
  const wanted = Buffer.from(key)
  const reader = createByteReader(record, headerBytes)
  let found: FoundRow | undefined
  for (let sequence = batch.sequence; reader.left() > 0; sequence += 1) {
    const isPut = reader.bytes(1)[0] === 1
    const isIt = wanted.equals(reader.slice())
    const value = isPut ? reader.slice() : null
    if (isIt) found = { sequence, value: value === null ? null : Buffer.from(value).toString('utf8') }
  }
  return found
}
