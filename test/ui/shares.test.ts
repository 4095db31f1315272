import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sharesOf } from '../../src/ui/parts/shares.ts'

test('parts of one whole sum to 100 %', () => {
  expect(sharesOf([8, 7])).toEqual([53, 47])
  expect(sharesOf([1, 1, 1])).toEqual([34, 33, 33])
  expect(sharesOf([3, 5])).toEqual([38, 62])
  expect(sharesOf([5, 0])).toEqual([100, 0])
  expect(sharesOf([0, 0])).toEqual([0, 0])
})

test('one of a hundred thousand that failed is not 0 %', () => {
  expect(sharesOf([99_999, 1])).toEqual([99, 1])
})

test('any parts: the sum is 100, each is within one of its share, or 1 for what is there', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 9 }), (parts) => {
      const whole = parts.reduce((sum, part) => sum + part, 0)
      fc.pre(whole > 0)
      const shares = sharesOf(parts)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(100)
      for (const [at, part] of parts.entries()) expect(shares[at] === 0).toBe(part === 0)
      for (const [at, part] of parts.entries()) expect(Math.abs((shares[at] ?? 0) - (part * 100) / whole)).toBeLessThan(parts.length)
    }),
  )
})
