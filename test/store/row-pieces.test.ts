// Ranges of rows read by a cursor: how many, and that nothing large is left behind in it.

import { expect, it } from 'vitest'
import { piecesOf } from '../../src/store/row-pieces.ts'

/** A cursor over `count` rows with values of that length, and what is done with it. */
const open = (count: number, length: number) => {
  const calls: string[] = []
  let at = 0
  const cursor = {
    async nextv(size: number): Promise<[string, string][]> {
      calls.push(`read ${size}`)
      const read = Math.max(0, Math.min(size, count - at))
      at += read
      return Array.from({ length: read }, (_, n): [string, string] => [`k${at - read + n}`, 'x'.repeat(length)])
    },
    seek(target: string) {
      calls.push(`seek ${target}`)
      at = count
    },
    async close() {
      calls.push('close')
    },
  }
  const range = { open: () => cursor, reading: <T>(read: () => Promise<T>) => read(), end: 'z' }
  const all = async (limit?: number): Promise<number> => {
    let rows = 0
    for await (const piece of piecesOf(range, limit)) rows += piece.length
    return rows
  }
  return { calls, range, all }
}

it('a range is read in pieces of a thousand rows, to its end or its limit, and not further', async () => {
  const [whole, some, none] = [open(2500, 1), open(2500, 1), open(2500, 1)]
  expect([await whole.all(), await some.all(1200), await none.all(0)]).toEqual([2500, 1200, 0])
  expect(whole.calls).toEqual(['read 1000', 'read 1000', 'read 1000', 'read 1000', 'close'])
  expect(some.calls).toEqual(['read 1000', 'read 200', 'close'])
  expect(none.calls).toEqual(['close'])
})

it('what a cursor has read last is dropped before it is closed, unless it is small', async () => {
  const [large, small] = [open(100, 2500), open(100, 10)]
  await large.all(100)
  await small.all(100)
  expect(large.calls).toEqual(['read 100', 'seek z', 'read 1', 'close'])
  expect(small.calls).toEqual(['read 100', 'close'])
})

it('what was fetched ahead is dropped too where nobody wants more', async () => {
  const { calls, range } = open(5000, 2500)
  for await (const piece of piecesOf(range)) if (piece.length > 0) break
  expect(calls).toEqual(['read 1000', 'read 1000', 'seek z', 'read 1', 'close'])
})
