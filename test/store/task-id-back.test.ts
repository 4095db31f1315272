// Which ids the newest tasks have, where a restore has passed over some.

import { expect, it } from 'vitest'
import { taskIdBack } from '../../src/store/memory-image.ts'

const back = (last: number, gaps: readonly (readonly [number, number])[], count: number): number =>
  taskIdBack({ last: new Map([['task', last]]), gaps: gaps.map(([from, to]) => ({ from, to })) }, count)

it('without a gap it is as many ids back', () => {
  expect([back(10, [], 3), back(10, [], 10), back(10, [], 11), back(0, [], 5)]).toEqual([7, 0, 0, 0])
})

it('ids that were never given out are not counted', () => {
  const gaps = [[5, 105]] as const
  expect([1, 2, 3, 4, 7, 8].map((count) => back(107, gaps, count))).toEqual([106, 105, 4, 3, 0, 0])
})

it('several restores, and one that nothing followed', () => {
  const gaps = [
    [2, 102],
    [102, 202],
    [203, 303],
  ] as const
  expect([1, 2, 3].map((count) => back(303, gaps, count))).toEqual([202, 1, 0])
})
