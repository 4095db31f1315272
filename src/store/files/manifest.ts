// What LevelDB's MANIFEST says: which tables and logs the store consists of. Functions of the records in it; reads no file.

import { createByteReader } from './byte-reader.ts'

export interface TableEntry {
  readonly number: number
  readonly size: number
  /** The first and the last key in it, as text. */
  readonly smallest: string
  readonly largest: string
}

export interface Version {
  readonly tables: ReadonlyMap<number, TableEntry>
  /** Logs from this one on are read; null: no record says it. */
  readonly logNumber: number | null
  /** The logs continue at this sequence at the latest. */
  readonly lastSequence: number
  /** Whether all that LevelDB needs is there. */
  readonly isComplete: boolean
}

/** A key in a table ends with eight bytes of sequence and type. */
const userKey = (internal: Uint8Array): string => Buffer.from(internal.subarray(0, Math.max(0, internal.length - 8))).toString('utf8')

interface Growing {
  readonly tables: Map<number, TableEntry>
  logNumber: number | null
  hasNextFile: boolean
  lastSequence: number | null
}

const applyEdit = (version: Growing, record: Uint8Array): void => {
  const reader = createByteReader(record)
  const readers: Readonly<Record<number, () => void>> = {
    1: () => void reader.slice(),
    2: () => {
      version.logNumber = reader.varint()
    },
    3: () => {
      reader.varint()
      version.hasNextFile = true
    },
    4: () => {
      version.lastSequence = reader.varint()
    },
    5: () => {
      reader.varint()
      reader.slice()
    },
    6: () => {
      reader.varint()
      version.tables.delete(reader.varint())
    },
    7: () => {
      reader.varint()
      const [number, size] = [reader.varint(), reader.varint()]
      version.tables.set(number, { number, size, smallest: userKey(reader.slice()), largest: userKey(reader.slice()) })
    },
    9: () => void reader.varint(),
  }
  while (reader.left() > 0) {
    const read = readers[reader.varint()]
    if (read === undefined) throw new RangeError('an unknown field')
    read()
  }
}

/**
 * The store after all of the MANIFEST's records. A table that one edit deletes at one level and adds at the next stays, since an edit names
 * its deletions first. Throws RangeError for a record that is no edit.
 */
export const versionOf = (records: readonly Uint8Array[]): Version => {
  const version: Growing = { tables: new Map(), logNumber: null, hasNextFile: false, lastSequence: null }
  for (const record of records) applyEdit(version, record)
  const { tables, logNumber, hasNextFile, lastSequence } = version
  return { tables, logNumber, lastSequence: lastSequence ?? 0, isComplete: logNumber !== null && hasNextFile && lastSequence !== null }
}
