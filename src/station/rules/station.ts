// From an input to a station: defaults, and each fault with its path. Pure.

import type { Fault } from '../../errors.ts'
import type { StationInput } from '../ports.ts'
import type { Station } from '../station-model.ts'

const notYet = (): never => {
  throw new Error('not yet')
}

export const stationFaults: (id: string, input: StationInput) => readonly Fault[] = notYet

/** Throws OTA_BAD_REQUEST with all faults. Whether its procedure exists is not asked here. */
export const newStation: (input: StationInput, made: Pick<Station, 'id' | 'createdAt'>) => Station = notYet
