// A memory disk for test stations that can be full, or stop to answer, as a process does that is killed.

import { OtaError } from '../../src/errors.ts'
import type { Op } from '../../src/ota/ports/store.ts'
import type { StationOutside } from '../../src/station/ports.ts'
import { createMemory } from '../../src/store/memory.ts'
import { createStationFixture, type StationFixture, type StationFixtureOptions } from './station-fixture.ts'

export interface StationDisk {
  /** `full`: writes fail; `gone`: they are never answered, and not made; `held`: they are made later, by `release`. */
  mode: 'well' | 'full' | 'gone' | 'held'
  release(): void
  /** After so many more writes none is answered or made. */
  goneAfter(writes: number): void
  /** Resolves when that has come. */
  whenGone(): Promise<void>
  readonly batches: StationOutside['batches']
  readonly disk: ReturnType<typeof createMemory>
}

export const createStationDisk = (): StationDisk => {
  const disk = createMemory()
  const held: (() => void)[] = []
  let left = Number.POSITIVE_INFINITY
  let tellGone = (): void => undefined
  let gone = Promise.resolve()
  const station: StationDisk = {
    mode: 'well',
    disk,
    release() {
      station.mode = 'well'
      for (const go of held.splice(0)) go()
    },
    goneAfter(writes) {
      left = writes
      gone = new Promise((go) => {
        tellGone = go
      })
    },
    whenGone: () => gone,
    batches: {
      get: disk.get,
      range: disk.range,
      commit(ops) {
        left -= 1
        if (left < 0) {
          station.mode = 'gone'
          left = Number.POSITIVE_INFINITY
          tellGone()
        }
        if (station.mode === 'full') return Promise.reject(new OtaError('OTA_STORE_FAILED'))
        if (station.mode === 'gone') return new Promise(() => undefined)
        if (station.mode === 'held') return new Promise<void>((go) => held.push(go)).then(() => disk.commit(ops))
        return disk.commit(ops)
      },
    },
  }
  return station
}

/** A station whose own rows are on that disk; the core's rows are always written. */
export const createFixtureOn = (station: StationDisk, options: StationFixtureOptions = {}): Promise<StationFixture> =>
  createStationFixture({ ...options, disk: station.disk, outside: { ...options.outside, batches: station.batches } })

export interface Killed {
  readonly disk: StationDisk
  readonly station: StationFixture
}

/** As after `kill -9`: what was on its way to the disk is not there, and what the killed one does still reaches nothing. */
export const killed = async (from: StationDisk, fixture: StationFixture, away = 0): Promise<Killed> => {
  from.mode = 'gone'
  const disk = createStationDisk()
  const rows: Op[] = []
  for await (const [key, value] of from.disk.range('', '\uffff')) rows.push({ type: 'put', key, value })
  await disk.disk.commit(rows)
  return { disk, station: await fixture.restart(away, { disk: disk.disk, outside: { batches: disk.batches } }) }
}
