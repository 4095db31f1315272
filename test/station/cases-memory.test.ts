import { expect, it } from 'vitest'
import type { Op } from '../../src/ota/ports/store.ts'
import type { StationOutside } from '../../src/station/ports.ts'
import { createMemory } from '../../src/store/memory.ts'
import { full } from '../support/full.ts'
import { heapInUse } from '../support/kept-memory.ts'
import { createStationFixture } from '../support/station-fixture.ts'

/** Keeps no run that has ended, and none of the lists of them: on a real disk they are no memory. */
const forgetful = (disk: ReturnType<typeof createMemory>): StationOutside['batches'] => ({
  get: disk.get,
  range: disk.range,
  commit: (ops: readonly Op[]) => disk.commit(ops.filter(({ key }) => !/^station\/(ended|end|kind|serial|key)\//.test(key))),
})

/** `RUNS=100000 FULL=1`: a week of a factory. */
const many = full(Number(process.env['RUNS'] ?? 5_000), 300)

it('memory stays as it is, however many runs there were', async () => {
  const disk = createMemory()
  const station = await createStationFixture({
    disk,
    station: { slots: 4 },
    outside: { batches: forgetful(disk), emit: () => undefined },
  })
  const { runs } = station.stations
  const names = Array.from({ length: 20 }, (_, at) => `SN-${at}`)
  for (const name of names) await station.board(name, '1.1.0')
  let count = 0
  /** Scanned, and tested again by command; the boards are on their version, and pass at once. */
  const pass = async (more: number): Promise<void> => {
    for (const end = count + more; count < end; count += 1) {
      const text = names[count % names.length] ?? ''
      const begun = await runs
        .scan('fct-1', { text, key: `k${count}` })
        .catch(() => runs.scan('fct-1', { text: 'FB:RETEST', key: `r${count}` }))
      if (begun.run !== null) await runs.changed(begun.run.id, 'waiting', 60_000)
      station.ota.elapse(4)
    }
  }
  await pass(150)
  const before = heapInUse()
  await pass(many)
  const grown = heapInUse() - before
  expect(count).toBe(150 + many)
  expect((await station.stations.figures({ group: [] }))[0]?.figures.runs).toBe(count)
  expect(grown).toBeLessThan(full(1_000_000, 500_000))
}, 900_000)
