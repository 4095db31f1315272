// From an input to a station: defaults, and each fault with its path. Pure.

import { type Fault, faultAt, OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { StationInput } from '../ports.ts'
import type { Station } from '../station-model.ts'
import { blocksOverlap, isBlock } from './blocks.ts'
import { choiceFaults, idFaults, textFaults, wholeFaults } from './input-faults.ts'

const mostSlots = 16
const longestPass = 86_400

const withDefaults = (input: StationInput, { id, createdAt }: Pick<Station, 'id' | 'createdAt'>): Station => ({
  id,
  name: input.name ?? id,
  slots: input.slots ?? 1,
  slotAddresses: input.slotAddresses ?? [],
  procedure: input.procedure,
  operator: input.operator ?? 'none',
  language: input.language ?? 'en',
  passSeconds: input.passSeconds ?? 0,
  sound: input.sound ?? true,
  createdAt,
})

const addressFaults = ({ slots, slotAddresses }: Station): readonly Fault[] => {
  if (slotAddresses.length === 0) return []
  if (slotAddresses.length !== slots) return [faultAt('slotAddresses', sentence('station_addresses_count', { slots }))]
  return slotAddresses.flatMap((block, index) => {
    const path = `slotAddresses[${index}]`
    if (!isBlock(block)) return [faultAt(path, sentence('station_block_form'))]
    const before = slotAddresses.slice(0, index).findIndex((other) => blocksOverlap(other, block))
    return before < 0 ? [] : [faultAt(path, sentence('station_addresses_overlap', { slot: before + 1 }))]
  })
}

const faultsOf = (station: Station): readonly Fault[] => [
  ...idFaults('id', station.id),
  ...textFaults('name', station.name, 1, 64),
  ...wholeFaults('slots', station.slots, 1, mostSlots),
  ...addressFaults(station),
  ...idFaults('procedure', station.procedure),
  ...choiceFaults('operator', station.operator, ['none', 'scan']),
  ...choiceFaults('language', station.language, ['en', 'zh']),
  ...wholeFaults('passSeconds', station.passSeconds, 0, longestPass),
]

export const stationFaults = (id: string, input: StationInput): readonly Fault[] => faultsOf(withDefaults(input, { id, createdAt: 0 }))

/** Throws OTA_BAD_REQUEST with all faults. Whether its procedure exists is not asked here. */
export const newStation = (input: StationInput, made: Pick<Station, 'id' | 'createdAt'>): Station => {
  const station = withDefaults(input, made)
  const faults = faultsOf(station)
  if (faults.length > 0) throw new OtaError('OTA_BAD_REQUEST', sentence('station_invalid'), { faults })
  return station
}
