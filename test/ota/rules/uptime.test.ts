import { describe, expect, test } from 'vitest'
import type { Away } from '../../../src/ota/model.ts'
import { awaySince, spansAt } from '../../../src/ota/rules/uptime.ts'

const minute = 60_000

describe('how much later something is due because the server was away', () => {
  const away: readonly Away[] = [
    { from: 100_000, to: 130_000 },
    { from: 500_000, to: 1_500_000 },
  ]

  test.each([
    ['before both', 0, 30_000 + 1_000_000 + minute],
    ['between them', 200_000, 1_000_000 + minute],
    ['after both', 1_500_000, 0],
    ['within one, as after a crash that came later than the last note', 1_400_000, 100_000 + minute],
  ])('%s', (_when, since, later) => expect(awaySince(away, since)).toBe(later))
})

describe('the spans that matter at a start', () => {
  test('none if no clock runs', () => {
    expect(spansAt({ at: 7, away: [{ from: 1, to: 2 }] }, null, 10)).toEqual([])
  })

  test('the one that ends now, and those since the oldest clock started', () => {
    const away = [
      { from: 1, to: 2 },
      { from: 3, to: 5 },
    ]
    expect(spansAt({ at: 7, away }, 4, 10)).toEqual([
      { from: 3, to: 5 },
      { from: 7, to: 10 },
    ])
  })

  test('a clock that is earlier than the last note makes no span', () => expect(spansAt({ at: 10, away: [] }, 4, 10)).toEqual([]))

  test('of very many the oldest are merged into one, and no time away is lost', () => {
    let note: { at: number; away: readonly Away[] } = { at: 0, away: [] }
    for (let start = 1; start <= 200; start++) note = { at: start * 100 + 90, away: spansAt(note, -1, start * 100) }
    expect(note.away.length).toBe(50)
    expect(note.away[0]?.from).toBe(0)
    expect(note.away.at(-1)).toEqual({ from: 19_990, to: 20_000 })
    for (const [index, { to }] of note.away.entries()) expect(to).toBeLessThan(note.away[index + 1]?.from ?? Number.POSITIVE_INFINITY)
  })
})
