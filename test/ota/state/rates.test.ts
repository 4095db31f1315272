import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairShares } from '../../../src/ota/rules/fair-shares.ts'
import { createRates } from '../../../src/ota/state/rates.ts'

test('counts the offers of the last minute, by campaign and in all', () => {
  const rates = createRates()
  rates.note(1, 0)
  rates.note(1, 30_000)
  rates.note(2, 30_000)
  expect([rates.used(1, 59_999), rates.used(2, 59_999), rates.usedInAll(59_999)]).toEqual([2, 1, 3])
  expect(rates.freeAt(1)).toBe(60_000)
  expect([rates.used(1, 60_000), rates.usedInAll(60_000)]).toEqual([1, 2])
  expect(rates.freeAt(1)).toBe(90_000)
  expect([rates.used(1, 90_000), rates.used(2, 90_000), rates.freeInAllAt()]).toEqual([0, 0, 90_000])
})

test('a clock that was set back delays no offer longer than a minute', () => {
  const rates = createRates()
  rates.note(1, 10_000_000)
  expect(rates.used(1, 0)).toBe(1)
  expect(rates.used(1, 60_000)).toBe(0)
})

test('never more than the bound in any minute, whatever the times', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000), { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (steps, bound) => {
      const rates = createRates()
      const offers: number[] = []
      let now = 0
      for (const step of steps) {
        now += step
        if (rates.used(1, now) >= bound) continue
        rates.note(1, now)
        offers.push(now)
      }
      for (const at of offers) expect(offers.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThanOrEqual(bound)
    }),
  )
})

const claims = fc
  .array(fc.record({ holds: fc.nat(30), wants: fc.nat(30) }), { minLength: 1, maxLength: 6 })
  .map((list) => list.map((claim, at) => ({ campaign: at + 1, ...claim })))

test('shares are fair: all that is free goes to campaigns that can use it, and none gets more while another holds less', () => {
  fc.assert(
    fc.property(claims, fc.nat(60), (list, free) => {
      const shares = fairShares(list, free)
      const given = [...shares.values()].reduce((sum, share) => sum + share, 0)
      const wanted = list.reduce((sum, { wants }) => sum + wants, 0)
      expect(given).toBe(Math.min(free, wanted))
      for (const one of list) {
        const share = shares.get(one.campaign) ?? 0
        expect(share).toBeLessThanOrEqual(one.wants)
        if (share === 0) continue
        for (const other of list) {
          const others = shares.get(other.campaign) ?? 0
          if (others < other.wants) expect(one.holds + share).toBeLessThanOrEqual(other.holds + others + 1)
        }
      }
    }),
  )
})

test.each([
  [
    [
      { campaign: 1, holds: 10, wants: 100 },
      { campaign: 2, holds: 0, wants: 100 },
    ],
    10,
    [0, 10],
  ],
  [
    [
      { campaign: 1, holds: 0, wants: 100 },
      { campaign: 2, holds: 0, wants: 2 },
    ],
    10,
    [8, 2],
  ],
  [
    [
      { campaign: 1, holds: 0, wants: 100 },
      { campaign: 2, holds: 0, wants: 100 },
    ],
    1,
    [1, 0],
  ],
])('of %j, %i free are divided as %j', (list, free, expected) => {
  const shares = fairShares(list, free)
  expect(list.map(({ campaign }) => shares.get(campaign))).toEqual(expected)
})
