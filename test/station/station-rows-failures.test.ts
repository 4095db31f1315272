// The rows of test stations where writing fails, and where what was read is not what it should be.

import { describe, expect, it } from 'vitest'
import type { Op } from '../../src/ota/ports/store.ts'
import type { StationChange } from '../../src/station/row-types.ts'
import { openStationRows } from '../../src/station/station-rows.ts'
import { createMemory } from '../../src/store/memory.ts'
import {
  endedRun,
  sampleDesk,
  sampleFigures,
  sampleKey,
  sampleProcedure,
  sampleRun,
  sampleStation,
  sampleUnit,
} from '../support/station-row-samples.ts'
import { allIds, allRows, createStationRowsFixture, diskKinds, memoryOf, pagesOf, putRun } from '../support/station-rows-fixture.ts'
import { codeOf, createValve } from '../support/store-fixture.ts'

describe.each(diskKinds)('on %s', (_name, openPlace) => {
  const at = createStationRowsFixture(openPlace)

  it('who has read an older record is refused, and changes nothing', async () => {
    const value = sampleUnit('SN-1')
    await at.rows.commit([{ put: 'unit', value }])
    const late: StationChange[] = [{ put: 'unit', value: { ...value, boundAt: 7 } }, putRun(sampleRun(1))]
    expect(await codeOf(at.rows.commit(late))).toBe('OTA_CONFLICT')
    expect([at.rows.memory.openRuns.size, await at.rows.queries.unit('lamp', 'SN-1')]).toEqual([0, value])
    await at.reopen()
    const read = await at.rows.queries.unit('lamp', 'SN-1')
    await at.rows.commit([{ put: 'unit', value: { ...value, boundAt: 8 }, before: read ?? null }])
    expect(await codeOf(at.rows.commit([{ put: 'unit', value, before: read ?? null }]))).toBe('OTA_CONFLICT')
  })

  it('a failed commit leaves memory and disk as they were, and fails those that were made after it', async () => {
    const unit = sampleUnit('SN-1', { device: 'lamp/a' })
    const figures = { key: sampleKey(), figures: sampleFigures(1) }
    await at.rows.commit([
      { put: 'procedure', value: sampleProcedure('a', 1) },
      { put: 'station', value: sampleStation('one') },
      { put: 'desk', value: sampleDesk('one') },
      { put: 'unit', value: unit },
      { put: 'figures', value: figures },
      putRun(sampleRun(1)),
      putRun(sampleRun(2)),
    ])
    const [before, stored] = [memoryOf(at.rows), await allRows(at.disk)]
    const open = at.valve.hold()
    const failed = at.rows.commit(
      [
        { put: 'procedure', value: sampleProcedure('a', 2) },
        { del: 'station', value: sampleStation('one') },
        { put: 'desk', value: sampleDesk('one', { chosen: 2 }) },
        { put: 'unit', value: { ...unit, device: null }, before: unit },
        { put: 'figures', value: { ...figures, figures: sampleFigures(2) }, before: figures },
        putRun(endedRun(2)),
        putRun(sampleRun(3, { key: 'k' })),
      ],
      [{ key: 'webhookWaiting/x', value: '1' }],
    )
    await new Promise(setImmediate)
    const later = at.rows.commit([putRun(endedRun(3, { key: 'k' })), { put: 'station', value: sampleStation('two') }])
    expect((await at.rows.queries.run(3))?.state).toBe('ended')
    at.valve.failing = true
    open()
    expect([await codeOf(failed), await codeOf(later)]).toEqual(['OTA_STORE_FAILED', 'OTA_STORE_FAILED'])
    at.valve.failing = false
    expect(memoryOf(at.rows)).toEqual(before)
    expect([await at.rows.queries.unitOfDevice('lamp/a'), (await at.rows.queries.figuresOf(sampleKey()))?.units]).toEqual([unit, 1])
    expect([await at.rows.queries.run(3), await at.rows.queries.runOfKey('fct-1', 'k')]).toEqual([undefined, undefined])
    expect((await pagesOf(at.rows, {}, 10)).flat()).toEqual([2, 1])
    expect(await allRows(at.disk)).toEqual(stored)
    await at.rows.commit([{ put: 'unit', value: { ...unit, boundAt: 5 }, before: unit }])
    expect((await at.rows.queries.unitOfDevice('lamp/a'))?.boundAt).toBe(5)
    expect(await at.disk.get('webhookWaiting/x')).toBeUndefined()
  })

  it('a record that cannot be read is an error with its key', async () => {
    for (const [key, value] of [
      ['station/station/a\0', '{"id":"b"}'],
      ['station/open/0000000001', 'null'],
      ['station/last', '"x"'],
      ['station/kind/a', '1'],
    ] as const) {
      await at.disk.commit([{ type: 'put', key, value }])
      const thrown = await openStationRows(at.disk).catch((error: unknown) => String(error))
      expect(thrown).toContain(JSON.stringify(key))
      await at.disk.commit([{ type: 'del', key }])
    }
    await at.disk.commit([{ type: 'put', key: 'station/ended/0000000009', value: '{"id":8}' }])
    expect(await codeOf(at.rows.queries.run(9))).toBe('OTA_STORE_UNREADABLE')
  })
})

it('what a disk kept of a failed write is written over by the next commit, and not read until then', async () => {
  let isFailing = false
  const synced = async (): Promise<void> => {
    if (isFailing) throw new Error('the sync failed')
  }
  const disk = createMemory({ synced })
  const rows = await openStationRows(disk)
  const unit = sampleUnit('SN-1', { device: 'lamp/a' })
  await rows.commit([{ put: 'unit', value: unit }, putRun(sampleRun(1))])
  const stored = await allRows(disk)
  isFailing = true
  const change: readonly StationChange[] = [{ put: 'unit', value: { ...unit, device: null }, before: unit }, putRun(endedRun(1))]
  expect(await codeOf(rows.commit(change, [{ key: 'station/extra', value: 'x' }]))).toBe('OTA_STORE_FAILED')
  expect(await codeOf(rows.commit(change))).toBe('OTA_STORE_FAILED')
  expect(await allRows(disk)).not.toEqual(stored)
  expect([(await rows.queries.run(1))?.state, await rows.queries.unitOfDevice('lamp/a')]).toEqual(['waiting', unit])
  expect(await rows.queries.unitsOfSerial('SN-1')).toEqual([unit])
  expect([(await rows.queries.runs({ serial: 'SN-1', limit: 2 })).items.length, await rows.queries.newestEnd()]).toEqual([1, null])
  isFailing = false
  await rows.commit([{ put: 'station', value: sampleStation('one') }])
  await rows.commit([{ del: 'station', value: sampleStation('one') }])
  expect(await allRows(disk)).toEqual(stored)
})

it('the id of a run that was stored at the second try is not given out again', async () => {
  const valve = createValve()
  const disk = createMemory(valve)
  const rows = await openStationRows(disk)
  valve.failing = true
  expect(await codeOf(rows.commit([putRun(endedRun(3))]))).toBe('OTA_STORE_FAILED')
  valve.failing = false
  await rows.commit([putRun(endedRun(3))])
  expect((await openStationRows(disk)).nextRunId()).toBe(4)
})

it('runs that end and begin while a disk is read are read once, or not', async () => {
  const disk = createMemory()
  let meanwhile: readonly StationChange[] = []
  const rows = await openStationRows({
    ...disk,
    async *range(...range) {
      const changes = meanwhile
      meanwhile = []
      if (changes.length > 0) await rows.commit(changes)
      yield* disk.range(...range)
    },
  })
  for (const filter of [{}, { from: 0 }]) {
    const [open, last] = [rows.nextRunId(), rows.nextRunId()]
    await rows.commit([putRun(sampleRun(open)), putRun(sampleRun(last))])
    meanwhile = [putRun(endedRun(open)), putRun(endedRun(rows.nextRunId()))]
    expect((await allIds(rows, filter)).filter((id) => id >= open)).toEqual([open, last])
  }
})

it('a run that ends writes run, unit, figures and rows of others in one write', async () => {
  const writes: (readonly Pick<Op, 'type' | 'key'>[])[] = []
  const disk = createMemory({ gate: async (ops) => void writes.push(ops) })
  const rows = await openStationRows(disk)
  await rows.commit([putRun(sampleRun(1))])
  await rows.commit(
    [
      putRun(endedRun(1)),
      { put: 'unit', value: sampleUnit('SN-1', { device: 'lamp/a' }) },
      { put: 'figures', value: { key: sampleKey(), figures: sampleFigures(1) } },
    ],
    [{ key: 'webhookWaiting/x', value: '1' }],
  )
  expect(writes.length).toBe(2)
  expect(writes[1]?.map(({ type, key }) => `${type} ${key.split('/').slice(0, 2).join('/')}`)).toEqual([
    'del station/open',
    'put station/ended',
    'put station/end',
    'put station/kind',
    'put station/serial',
    'put station/unit',
    'put station/board',
    'put station/figures',
    'put webhookWaiting/x',
  ])
})
