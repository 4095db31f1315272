// What a station remembers beside its runs, when several things change it at once.

import { expect, it } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { createStationFixture } from '../support/station-fixture.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const slots = 16

it('what is scanned while a run begins at another slot is not lost, whenever it comes', async () => {
  const disk = createMemory()
  // As a disk does, reading takes a while.
  const range: typeof disk.range = async function* (...asked) {
    await turn()
    yield* disk.range(...asked)
  }
  const station = await createStationFixture({ disk, outside: { batches: { ...disk, range } }, station: { slots } })
  const { runs, stations } = station.stations
  for (let slot = 1; slot <= slots; slot++) {
    const begun = runs.scan('fct-1', { text: `SN-${slot}`, slot })
    for (let turns = 0; turns < slot; turns++) await turn()
    await Promise.all([begun, runs.scan('fct-1', { text: `FB:WO:WO-${slot}` })])
    const { workOrder, slotViews } = await stations.view('fct-1')
    expect([workOrder, slotViews[slot - 1]?.run?.serial]).toEqual([`WO-${slot}`, `SN-${slot}`])
  }
})
