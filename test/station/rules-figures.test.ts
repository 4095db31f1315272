// Figures of yield: how they add up and what they say, and that nothing is said of nothing.

import { expect, it } from 'vitest'
import { timeBuckets, type YieldFigures } from '../../src/station/figure-model.ts'
import { addFigures, bucketOf, cycleTimes, finalYield, fpy, noFigures, pareto, retestRate, rty } from '../../src/station/rules/figures.ts'

const figures = (changes: Partial<YieldFigures>): YieldFigures => ({ ...noFigures, ...changes })

/** The histogram of these times. */
const timed = (seconds: readonly number[]): YieldFigures =>
  figures({ times: noFigures.times.map((_, bucket) => seconds.filter((each) => bucketOf(each) === bucket).length) })

it('without units there is no share', () => {
  for (const share of [fpy, finalYield, retestRate]) expect(share(noFigures)).toBeNull()
  expect(cycleTimes(noFigures)).toBeNull()
  expect(rty([])).toBeNull()
  expect(rty([figures({ units: 4, firstPassed: 4 }), noFigures])).toBeNull()
})

it('a share of nothing passed is 0 of n', () => {
  expect(fpy(figures({ units: 3 }))).toEqual({ part: 0, of: 3 })
})

it('the yield of a route is the product of those of its processes, of the fewest units', () => {
  const share = rty([figures({ units: 10, firstPassed: 9 }), figures({ units: 8, firstPassed: 4 })])
  expect(share?.of).toBe(8)
  expect((share?.part ?? 0) / 8).toBeCloseTo(0.45)
})

it('figures add up, and nothing added changes nothing', () => {
  const one = figures({ units: 1, codes: { LOST: 1 }, firstAt: 5, lastAt: 9 })
  const other = figures({ units: 2, finalPassed: -1, codes: { LOST: 2, ABORTED: 1 }, firstAt: 3, lastAt: 4 })
  expect(addFigures(one, other)).toEqual(figures({ units: 3, finalPassed: -1, codes: { LOST: 3, ABORTED: 1 }, firstAt: 3, lastAt: 9 }))
  expect(addFigures(one, noFigures)).toEqual(one)
})

it('rows of an older histogram are as long as they were', () => {
  expect(addFigures(figures({ times: [1, 2] }), noFigures).times).toHaveLength(timeBuckets)
})

it('buckets reach from a second to an hour', () => {
  expect([0, 1, 1.01, 3600, 3601, 1e9].map(bucketOf)).toEqual([0, 0, 1, timeBuckets - 2, timeBuckets - 1, timeBuckets - 1])
})

it('half of the runs took at most p50, and 95 of 100 at most p95, within a bucket', () => {
  const seconds = Array.from({ length: 200 }, (_, index) => 10 + index)
  const times = cycleTimes(timed(seconds))
  expect(times?.p50).toBeGreaterThan(110 / 1.58)
  expect(times?.p50).toBeLessThan(110 * 1.58)
  expect(times?.p95).toBeGreaterThan(200 / 1.58)
  expect(times?.p95).toBeLessThan(200 * 1.58)
  expect(cycleTimes(timed([9000, 9000]))).toEqual({ p50: 3600, p95: 3600 })
})

it('the most frequent code comes first, with the share of all up to it', () => {
  expect(pareto(figures({ codes: { LOST: 2, ABORTED: 2, SELFTEST_FAILED: 6 } }))).toEqual([
    { code: 'SELFTEST_FAILED', count: 6, cumulative: { part: 6, of: 10 } },
    { code: 'ABORTED', count: 2, cumulative: { part: 8, of: 10 } },
    { code: 'LOST', count: 2, cumulative: { part: 10, of: 10 } },
  ])
})
