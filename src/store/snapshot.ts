// A snapshot of an open LevelDB: all rows as they were at one moment, read in pieces so small that nothing else waits long for them. Knows no
// row, and the database only by what it needs of it.

import type { RawRow, Snapshot } from '../ota/ports/snapshot.ts'
import { storeFailed } from './disk.ts'

interface Closable {
  close(): Promise<void>
}

interface RawCursor extends Closable {
  nextv(size: number): Promise<[key: Buffer, value: Buffer][]>
}

interface Database<S> {
  snapshot(): S
  iterator(options: RawRange<S>): RawCursor
}

export interface RawRange<S> {
  readonly gte: Buffer
  readonly lt: Buffer
  readonly snapshot: S
  readonly keyEncoding: 'buffer'
  readonly valueEncoding: 'buffer'
  readonly highWaterMarkBytes: number
  readonly fillCache: boolean
}

/** A piece takes the event loop well below a millisecond. */
const pieceRows = 500
const pieceBytes = 65_536

/** No key of a store begins with this byte: keys are UTF-8. */
const aboveAll = Buffer.from([0xff])

const rangeOf = <S>(prefix: string, snapshot: S): RawRange<S> => ({
  gte: Buffer.from(prefix),
  lt: Buffer.concat([Buffer.from(prefix), aboveAll]),
  snapshot,
  keyEncoding: 'buffer',
  valueEncoding: 'buffer',
  highWaterMarkBytes: pieceBytes,
  fillCache: false,
})

const piecesOf = async function* (cursor: RawCursor, directory: string): AsyncGenerator<readonly RawRow[]> {
  const next = (): Promise<RawRow[]> =>
    cursor.nextv(pieceRows).catch((cause: unknown) => {
      throw storeFailed(directory, cause)
    })
  try {
    for (let rows = await next(); rows.length > 0; rows = await next()) yield rows
  } finally {
    await cursor.close()
  }
}

/** OTA_STORE_FAILED where the database is not open. */
export const takeSnapshot = async <S extends Closable>(db: Database<S>, directory: string): Promise<Snapshot> => {
  try {
    const snapshot = db.snapshot()
    return {
      pieces: (prefix) => piecesOf(db.iterator(rangeOf(prefix, snapshot)), directory),
      close: () => snapshot.close(),
    }
  } catch (cause) {
    throw storeFailed(directory, cause)
  }
}
