// The rows of test stations on a disk: what is kept, and in what order it is read.

import { describe, expect, it } from 'vitest'
import type { RunFilter } from '../../src/station/row-types.ts'
import type { Run } from '../../src/station/run-model.ts'
import {
  endedRun,
  sampleDesk,
  sampleFigures,
  sampleKey,
  sampleProcedure,
  sampleRun,
  sampleStation,
  sampleUnit,
  sampleUnitProcess,
} from '../support/station-row-samples.ts'
import { allIds, allRows, createStationRowsFixture, diskKinds, idsOf, memoryOf, pagesOf, putRun } from '../support/station-rows-fixture.ts'

describe.each(diskKinds)('on %s', (_name, openPlace) => {
  const at = createStationRowsFixture(openPlace)

  it('a store without rows opens, and gives the first id', async () => {
    expect(memoryOf(at.rows)).toEqual({ procedures: [], stations: [], desks: [], openRuns: [] })
    expect(await at.rows.queries.runs({ limit: 10 })).toEqual({ items: [], next: null })
    expect([await allIds(at.rows), await at.rows.queries.newestEnd()]).toEqual([[], null])
    expect([at.rows.nextRunId(), at.rows.nextRunId()]).toEqual([1, 2])
  })

  it('procedures, stations, desks and open runs are in memory at once and after a start', async () => {
    const written = at.rows.commit([
      { put: 'procedure', value: sampleProcedure('a', 10) },
      { put: 'procedure', value: sampleProcedure('a', 9) },
      { put: 'station', value: sampleStation('one') },
      { put: 'station', value: sampleStation('two\0\ud800') },
      { put: 'desk', value: sampleDesk('one', { operator: 'mei' }) },
      putRun(sampleRun(5, { serial: '\ud800 a/b' })),
    ])
    const memory = memoryOf(at.rows)
    expect(memory.procedures).toEqual([['a', [sampleProcedure('a', 9), sampleProcedure('a', 10)]]])
    expect(memory.openRuns).toEqual([[5, sampleRun(5, { serial: '\ud800 a/b' })]])
    await written
    await at.rows.commit([
      { del: 'station', value: sampleStation('one') },
      { del: 'desk', value: sampleDesk('one') },
    ])
    expect([...at.rows.memory.stations.keys(), ...at.rows.memory.desks.keys()]).toEqual(['two\0\ud800'])
    const before = memoryOf(at.rows)
    await at.reopen()
    expect(memoryOf(at.rows)).toEqual(before)
    expect(at.rows.nextRunId()).toBe(6)
  })

  it('a run that ends moves from memory to the disk, and is found by its request', async () => {
    await at.rows.commit([putRun(sampleRun(1, { key: 'once' }))])
    expect((await at.rows.queries.runOfKey('fct-1', 'once'))?.state).toBe('waiting')
    const end = endedRun(1, { key: 'once' })
    const written = at.rows.commit([putRun(end)])
    expect([...at.rows.memory.openRuns.keys()]).toEqual([])
    expect([await at.rows.queries.run(1), (await at.rows.queries.runs({ limit: 9 })).items]).toEqual([end, [end]])
    await written
    await at.reopen()
    expect([await at.rows.queries.run(1), await at.rows.queries.runOfKey('fct-1', 'once')]).toEqual([end, end])
    expect([await at.rows.queries.runOfKey('fct', '-1once'), await at.rows.queries.run(2)]).toEqual([undefined, undefined])
    expect([at.rows.nextRunId(), await at.rows.queries.newestEnd()]).toEqual([2, 1500])
  })

  it('an ended run that changes leaves no list that it is not in any more', async () => {
    await at.rows.commit([putRun(endedRun(1, { outcome: 'passed' }))])
    await at.rows.commit([putRun(endedRun(1, { outcome: 'error', endedAt: 99 }), endedRun(1, { outcome: 'passed' }))])
    expect((await at.rows.queries.runs({ outcome: 'passed', limit: 9 })).items).toEqual([])
    expect((await at.rows.queries.runs({ outcome: 'error', limit: 9 })).items.map(({ endedAt }) => endedAt)).toEqual([99])
    await at.rows.commit([{ del: 'run', value: endedRun(1, { outcome: 'error', endedAt: 99 }) }])
    expect(Object.keys(await allRows(at.disk))).toEqual(['station/last'])
  })

  it('pages are the newest first, open ones before all, and filters find what they should', async () => {
    const runs = Array.from({ length: 30 }, (_, index): Run => {
      const id = index + 1
      const more = {
        station: `s${id % 3}`,
        product: `p${id % 2}`,
        serial: id % 5 === 0 ? 'same' : `SN-${id}`,
        outcome: id % 4 === 0 ? ('failed' as const) : ('passed' as const),
      }
      return id > 24 ? sampleRun(id, { ...more, outcome: null }) : endedRun(id, { ...more, endedAt: 1000 * (id % 7) })
    })
    await at.rows.commit(runs.map((run) => putRun(run)))
    await at.reopen()
    const timeOf = ({ endedAt, scannedAt }: Run): number => endedAt ?? scannedAt
    const newest = [...runs].sort(
      (a, b) => Number(a.endedAt !== null) - Number(b.endedAt !== null) || (a.endedAt === null ? 0 : timeOf(b) - timeOf(a)) || b.id - a.id,
    )
    const check = async (filter: RunFilter, passes: (run: Run) => boolean): Promise<void> => {
      const expected = idsOf(newest.filter(passes))
      const pages = await pagesOf(at.rows, filter, 4)
      expect(pages.flat(), JSON.stringify(filter)).toEqual(expected)
      expect(pages.every((page) => page.length === 4 || page === pages.at(-1))).toBe(true)
      expect(await allIds(at.rows, filter)).toEqual(expected.toSorted((a, b) => a - b))
    }
    await check({}, () => true)
    await check({ station: 's1' }, (run) => run.station === 's1')
    await check({ product: 'p0', outcome: 'failed' }, (run) => run.product === 'p0' && run.outcome === 'failed')
    await check({ serial: 'same' }, (run) => run.serial === 'same')
    await check({ serial: 'same', station: 's0' }, (run) => run.serial === 'same' && run.station === 's0')
    await check({ process: 'none' }, () => false)
    await check({ from: 2000, to: 5000 }, (run) => timeOf(run) >= 2000 && timeOf(run) < 5000)
    await check({ from: 2000.5, to: 26_000, process: 'FCT' }, (run) => timeOf(run) > 2000 && timeOf(run) < 26_000)
    expect(await at.rows.queries.runs({ after: { section: 'ended', endedAt: 0, id: 1 }, limit: 9 })).toEqual({ items: [], next: null })
  })

  it('a page takes from a list what it needs of it', async () => {
    const outcomes = ['error', 'failed', 'aborted'] as const
    await at.rows.commit(Array.from({ length: 60 }, (_, index) => putRun(endedRun(index + 1, { outcome: outcomes[index] ?? 'passed' }))))
    const pages = await pagesOf(at.rows, { station: 'fct-1' }, 25)
    expect(pages.flat()).toEqual(Array.from({ length: 60 }, (_, index) => 60 - index))
  })

  it('the runs of a unit are the oldest first, open ones too, and those of no other product', async () => {
    const unit = { serial: 'SN', product: 'lamp' }
    await at.rows.commit([
      putRun(endedRun(3, unit)),
      putRun(endedRun(1, unit)),
      putRun(sampleRun(4, unit)),
      putRun(endedRun(2, { serial: 'SN', product: 'x' })),
    ])
    expect(idsOf(await at.rows.queries.runsOfUnit('lamp', 'SN'))).toEqual([1, 3, 4])
  })

  it('all runs are read once each, also those that end, change or begin meanwhile', async () => {
    await at.rows.commit(Array.from({ length: 250 }, (_, index) => putRun(index % 10 === 0 ? sampleRun(index + 1) : endedRun(index + 1))))
    for (const filter of [{}, { from: 0 }]) {
      const open = [...at.rows.memory.openRuns.keys()]
      const ids: number[] = []
      for await (const runs of at.rows.queries.allRuns(filter)) {
        expect(runs.length).toBeLessThanOrEqual(100)
        ids.push(...idsOf(runs))
        const next = open.pop()
        if (next !== undefined) await at.rows.commit([putRun(endedRun(next)), putRun(sampleRun(at.rows.nextRunId()))])
      }
      const there = ids.at(-1) ?? 0
      expect(ids).toEqual(Array.from({ length: there }, (_, index) => index + 1))
      expect(there).toBeGreaterThanOrEqual(250)
      expect([...at.rows.memory.openRuns.keys()].some((id) => id > there)).toBe(true)
    }
  })

  it('units are found by serial number and device, and a device that moves is found at its new unit only', async () => {
    const first = sampleUnit('SN-1', { device: 'lamp/a', processes: { FCT: sampleUnitProcess(1) } })
    const other = sampleUnit('SN-1', { product: 'x' })
    await at.rows.commit([
      { put: 'unit', value: first },
      { put: 'unit', value: other },
    ])
    await at.reopen()
    expect(await at.rows.queries.unit('lamp', 'SN-1')).toEqual(first)
    expect(await at.rows.queries.unitOfDevice('lamp/a')).toEqual(first)
    expect(await at.rows.queries.unitsOfSerial('SN-1')).toEqual([first, other])
    expect(await at.rows.queries.unitsOfSerial('SN')).toEqual([])
    const second = sampleUnit('SN-2', { device: 'lamp/a' })
    const freed = { ...first, device: 'lamp/b' }
    await at.rows.commit([
      { put: 'unit', value: second },
      { put: 'unit', value: freed, before: first },
    ])
    for (const again of [async () => undefined, at.reopen]) {
      await again()
      expect(await at.rows.queries.unitOfDevice('lamp/a')).toEqual(second)
      expect(await at.rows.queries.unitOfDevice('lamp/b')).toEqual(freed)
    }
    await at.rows.commit([{ put: 'unit', value: { ...freed, device: null }, before: freed }])
    expect(await at.rows.queries.unitOfDevice('lamp/b')).toBeUndefined()
  })

  it('figures are read by key and by time', async () => {
    const keys = [
      sampleKey({ shift: 100, workOrder: '' }),
      sampleKey({ shift: 100 }),
      sampleKey({ shift: -5 }),
      sampleKey({ shift: 20_000 }),
    ]
    await at.rows.commit(keys.map((key, units) => ({ put: 'figures', value: { key, figures: sampleFigures(units) } })))
    await at.reopen()
    expect((await at.rows.queries.figuresOf(sampleKey({ shift: 100 })))?.units).toBe(1)
    const { shift, ...others } = sampleKey({ shift: 100 })
    const turned = { key: { ...others, shift }, figures: sampleFigures(1) }
    await at.rows.commit([{ put: 'figures', value: turned, before: turned }])
    expect(await at.rows.queries.figuresOf(sampleKey({ shift: 100, workOrder: 'W' }))).toBeUndefined()
    const within = async (from: number, to: number) => (await at.rows.queries.figures(from, to)).map(({ figures }) => figures.units)
    expect([await within(-10, 101), await within(100, 20_000), await within(5, -5)]).toEqual([[2, 1, 0], [1, 0], []])
  })
})
