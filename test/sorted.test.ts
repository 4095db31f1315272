import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortedInPieces } from '../src/sorted.ts'

test('a list sorted in pieces is in the order that sort gives, equals as they were', async () => {
  const item = fc.record({ key: fc.nat(50), at: fc.nat() })
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 2000, size: 'max' }), async (items) => {
      let turns = 0
      const pieces = {
        isDue: () => true,
        next: async () => {
          turns += 1
        },
      }
      const compare = (one: { key: number }, other: { key: number }): number => one.key - other.key
      expect(await sortedInPieces(items, compare, pieces)).toEqual(items.toSorted(compare))
      expect(turns).toBeGreaterThanOrEqual(Math.ceil(items.length / 256))
    }),
    { numRuns: 30 },
  )
})
