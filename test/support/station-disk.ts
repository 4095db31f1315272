// A memory disk for test stations that can be full, or stop to answer, as a process does that is killed.

import { OtaError } from '../../src/errors.ts'
import type { StationOutside } from '../../src/station/ports.ts'
import { createMemory } from '../../src/store/memory.ts'
import { createStationFixture, type StationFixture, type StationFixtureOptions } from './station-fixture.ts'

export interface StationDisk {
  /** `full`: writes fail; `gone`: they are never answered, and not made; `held`: they are made later, by `release`. */
  mode: 'well' | 'full' | 'gone' | 'held'
  release(): void
  readonly batches: StationOutside['batches']
  readonly disk: ReturnType<typeof createMemory>
}

export const createStationDisk = (): StationDisk => {
  const disk = createMemory()
  const held: (() => void)[] = []
  const station: StationDisk = {
    mode: 'well',
    disk,
    release() {
      station.mode = 'well'
      for (const go of held.splice(0)) go()
    },
    batches: {
      get: disk.get,
      range: disk.range,
      commit(ops) {
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

/** As after `kill -9`: what was on its way to the disk is not there. */
export const killed = (station: StationDisk, fixture: StationFixture, away = 0): Promise<StationFixture> => {
  station.mode = 'well'
  return fixture.restart(away)
}
