// A range of rows on disk, read in pieces by a cursor of the database. Knows no database.

type Row<V> = [key: string, value: V]

interface Cursor<V> {
  nextv(size: number): Promise<Row<V>[]>
  seek(target: string): void
  close(): Promise<void>
}

/** What is small enough to stay until the collector comes by (characters or bytes of values). */
const mayStay = 65_536

/**
 * A closed iterator keeps what it has read last, beside the heap, until it is collected, which can take as long as hundreds of them: a read of
 * nothing, at the end of its range, drops it.
 */
const closeCursor = async <V extends { readonly length: number }>(
  cursor: Cursor<V>,
  read: readonly Row<V>[],
  end: string,
): Promise<void> => {
  if (read.reduce((sum, [, value]) => sum + value.length, 0) > mayStay) {
    cursor.seek(end)
    await cursor.nextv(1).catch(() => undefined)
  }
  await cursor.close()
}

interface RowRange<V> {
  readonly open: () => Cursor<V>
  /** Around each read. */
  readonly reading: <T>(read: () => Promise<T>) => Promise<T>
  /** Behind all of its rows. */
  readonly end: string
}

/** Pieces of at most 1,000 rows, which parse faster than larger ones; the next is fetched while one is in use. */
export const piecesOf = async function* <V extends { readonly length: number }>(
  { open, reading, end }: RowRange<V>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Row<V>[]> {
  const cursor = await reading(async () => open())
  let left = limit
  let read: readonly Row<V>[] = []
  const fetch = (): Promise<Row<V>[]> => {
    const rows = left > 0 ? reading(() => cursor.nextv(Math.min(1000, left))) : Promise.resolve([])
    rows.catch(() => undefined)
    return rows
  }
  let next = fetch()
  try {
    for (let rows = await next; rows.length > 0; rows = await next) {
      left -= rows.length
      read = rows
      next = fetch()
      yield rows
    }
  } finally {
    const behind = await next.catch(() => [])
    await closeCursor(cursor, behind.length > 0 ? behind : read, end)
  }
}
