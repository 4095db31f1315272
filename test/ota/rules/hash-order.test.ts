// The order of hashes: that of a plain sort, for any numbers, without blocking the event loop.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashOrder } from '../../../src/ota/rules/hash-order.ts'

const largest = Number.MAX_SAFE_INTEGER
const hashes = fc.oneof(
  fc.nat({ max: 3 }),
  fc.maxSafeNat(),
  fc.constantFrom(0, 0xffff, 0x10000, 0xffff_ffff, 0x1_0000_0000, 2 ** 43 - 1, 2 ** 43, largest),
)

test('it is the order of a stable sort', async () => {
  let turns = 0
  const breathe = async (): Promise<void> => void turns++
  await fc.assert(
    fc.asyncProperty(fc.array(hashes, { maxLength: 300 }), async (list) => {
      const wanted = [...list.keys()].sort((a, b) => (list[a] ?? 0) - (list[b] ?? 0))
      expect([...(await hashOrder(list, breathe))]).toEqual(wanted)
    }),
  )
  expect(turns).toBeGreaterThanOrEqual(400)
})
