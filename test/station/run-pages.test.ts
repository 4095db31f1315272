// Pages of runs while runs end: none is left out.

import { describe, expect, it } from 'vitest'
import type { RunPlace } from '../../src/station/ports.ts'
import { endedRun, sampleRun } from '../support/station-row-samples.ts'
import { createStationRowsFixture, diskKinds, idsOf, putRun } from '../support/station-rows-fixture.ts'

describe.each(diskKinds)('on %s', (_name, openPlace) => {
  const at = createStationRowsFixture(openPlace)

  /** All pages of two runs; between two pages a run ends. */
  const pagesWhile = async (end: (last: RunPlace) => number | undefined): Promise<readonly number[]> => {
    const ids: number[] = []
    let [clock, after]: [number, RunPlace | null | undefined] = [10_000, undefined]
    while (after !== null) {
      const page: Awaited<ReturnType<typeof at.rows.queries.runs>> = await at.rows.queries.runs({
        station: 'fct-1',
        limit: 2,
        ...(after && { after }),
      })
      ids.push(...idsOf(page.items))
      after = page.next
      const ending = after === null ? undefined : end(after)
      clock += 1
      if (ending !== undefined && at.rows.memory.openRuns.has(ending)) await at.rows.commit([putRun(endedRun(ending, { endedAt: clock }))])
    }
    return ids
  }

  it('the page after a run that has ended meanwhile begins with the next open one', async () => {
    await at.rows.commit([1, 2, 3].map((id) => putRun(endedRun(id, { endedAt: id }))))
    await at.rows.commit([4, 5, 6, 7, 8, 9, 10, 11].map((id) => putRun(sampleRun(id))))
    const ids = await pagesWhile(({ id }) => id)
    expect([...new Set(ids)].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(ids.slice(0, 8)).toEqual([11, 10, 9, 8, 7, 6, 5, 4])
  })

  it('a run that ends while others are still to come is on a later page, and the list ends', async () => {
    await at.rows.commit([1, 2, 3, 4, 5, 6, 7, 8].map((id) => putRun(sampleRun(id))))
    const coming = [3, 8, 1, 5]
    const ids = await pagesWhile(() => coming.shift())
    expect([...new Set(ids)].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(ids.length).toBeLessThan(16)
  })

  it('behind a place among the ended runs those that have ended since are not there again', async () => {
    await at.rows.commit([1, 2, 3, 4].map((id) => putRun(endedRun(id, { endedAt: id }))))
    const first = await at.rows.queries.runs({ limit: 2 })
    expect([idsOf(first.items), first.next]).toEqual([[4, 3], { section: 'ended', endedAt: 3, id: 3 }])
    await at.rows.commit([putRun(endedRun(5, { endedAt: 5 })), putRun(sampleRun(6))])
    const second = await at.rows.queries.runs({ limit: 2, ...(first.next && { after: first.next }) })
    expect([idsOf(second.items), second.next]).toEqual([[2, 1], null])
  })
})
