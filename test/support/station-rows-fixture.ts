// Rows of test stations on disks of both kinds, and short queries of them.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { RunPlace } from '../../src/station/ports.ts'
import type { RunFilter, StationChange, StationRows } from '../../src/station/row-types.ts'
import type { Run } from '../../src/station/run-model.ts'
import { openStationRows } from '../../src/station/station-rows.ts'
import type { Disk } from '../../src/store/disk.ts'
import { openLevel } from '../../src/store/level.ts'
import { createMemory } from '../../src/store/memory.ts'
import { createValve, type DiskFixture, type Valve } from './store-fixture.ts'

const inMemory = async (valve: Valve): Promise<DiskFixture> => {
  const disk = createMemory(valve)
  return { disk: () => disk, reopen: async () => undefined, remove: () => disk.close() }
}

const onLevel = async (valve: Valve): Promise<DiskFixture> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-station-'))
  let level = await openLevel(directory, valve)
  return {
    disk: () => level.batches,
    reopen: async () => {
      await level.batches.close()
      level = await openLevel(directory, valve)
    },
    remove: async () => {
      await level.batches.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export const putRun = (value: Run, before: Run | null = null): StationChange => ({ put: 'run', value, before })
export const idsOf = (runs: readonly Run[]): readonly number[] => runs.map(({ id }) => id)

export const allRows = async (disk: Disk): Promise<Readonly<Record<string, string>>> => {
  const rows: Record<string, string> = {}
  for await (const [key, text] of disk.range('station/', 'station0')) rows[key] = text
  return rows
}

export const memoryOf = ({ memory }: StationRows) => ({
  procedures: [...memory.procedures],
  stations: [...memory.stations],
  desks: [...memory.desks],
  openRuns: [...memory.openRuns],
})

export const allIds = async (rows: StationRows, filter: RunFilter = {}): Promise<readonly number[]> => {
  const ids: number[] = []
  for await (const runs of rows.queries.allRuns(filter)) {
    ids.push(...idsOf(runs))
  }
  return ids
}

/** The ids of all pages. */
export const pagesOf = async (rows: StationRows, filter: RunFilter, limit: number): Promise<readonly (readonly number[])[]> => {
  const pages: (readonly number[])[] = []
  let after: RunPlace | undefined
  do {
    const { items, next } = await rows.queries.runs({ ...filter, limit, after })
    pages.push(idsOf(items))
    after = next ?? undefined
  } while (after !== undefined)
  return pages
}

/** A name for each kind of disk. */
export const diskKinds = [
  ['memory', inMemory],
  ['LevelDB', onLevel],
] as const

export interface StationRowsFixture {
  readonly rows: StationRows
  readonly valve: Valve
  readonly disk: Disk
  /** Opens the store again. */
  reopen(): Promise<void>
}

export const createStationRowsFixture = (openPlace: (valve: Valve) => Promise<DiskFixture>): StationRowsFixture => {
  let current: { readonly valve: Valve; readonly place: DiskFixture; rows: StationRows } | undefined
  const now = (): NonNullable<typeof current> => {
    if (current === undefined) throw new Error('the fixture of rows exists in tests only')
    return current
  }
  beforeEach(async () => {
    const valve = createValve()
    const place = await openPlace(valve)
    current = { valve, place, rows: await openStationRows(place.disk()) }
  })
  afterEach(() => now().place.remove())
  return {
    get rows() {
      return now().rows
    },
    get valve() {
      return now().valve
    },
    get disk() {
      return now().place.disk()
    },
    async reopen() {
      await now().place.reopen()
      now().rows = await openStationRows(now().place.disk())
    },
  }
}
