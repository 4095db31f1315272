// A snapshot of an open LevelDB: all rows as they were at one moment, read in pieces so small that nothing else waits long for them. Text is read as
// strings: buffers live outside the heap, and many of them make the collector go through all of a large heap again and again. Knows no row,
// and the database only by what it needs of it.

import type { Snapshot, SnapshotRow } from '../ota/ports/snapshot.ts'
import { storeFailed } from './disk.ts'
import { sessionEnd, sessionPrefix } from './session-store.ts'

interface Closable {
  close(): Promise<void>
}

interface Cursor<V> extends Closable {
  nextv(size: number): Promise<[key: string, value: V][]>
}

export interface SnapshotRange<S> {
  readonly gte: string
  readonly lt: string
  readonly snapshot: S
  readonly highWaterMarkBytes: number
  readonly fillCache: boolean
}

interface Database<S> {
  snapshot(): S
  texts(range: SnapshotRange<S>): Cursor<string>
  binaries(range: SnapshotRange<S>): Cursor<Uint8Array>
}

/** A piece takes the event loop well below a millisecond. */
const pieceRows = 500
const highWaterMarkBytes = 65_536

/** Above all keys. */
const end = '\u{10ffff}'

const piecesOf = async function* <V>(cursor: Cursor<V>, directory: string): AsyncGenerator<readonly (readonly [key: string, value: V])[]> {
  const next = (): Promise<[string, V][]> =>
    cursor.nextv(pieceRows).catch((cause: unknown) => {
      throw storeFailed(directory, cause)
    })
  try {
    for (let rows = await next(); rows.length > 0; rows = await next()) yield rows
  } finally {
    await cursor.close()
  }
}

const snapshotOf = <S extends Closable>(db: Database<S>, snapshot: S, directory: string): Snapshot => {
  const range = (gte: string, lt: string): SnapshotRange<S> => ({ gte, lt, snapshot, highWaterMarkBytes, fillCache: false })
  return {
    async *rows(): AsyncGenerator<readonly SnapshotRow[]> {
      yield* piecesOf(db.texts(range('', sessionPrefix)), directory)
      yield* piecesOf(db.binaries(range(sessionPrefix, sessionEnd)), directory)
      yield* piecesOf(db.texts(range(sessionEnd, end)), directory)
    },
    texts: (prefix) => piecesOf(db.texts(range(prefix, prefix + end)), directory),
    close: () => snapshot.close(),
  }
}

/** OTA_STORE_FAILED where the database is not open. */
export const takeSnapshot = async <S extends Closable>(db: Database<S>, directory: string): Promise<Snapshot> => {
  try {
    return snapshotOf(db, db.snapshot(), directory)
  } catch (cause) {
    throw storeFailed(directory, cause)
  }
}
