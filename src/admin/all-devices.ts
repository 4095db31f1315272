// All devices that match a search, in its order, in pieces: one pass that keeps their keys, a sort, and then each as it is by then.

import type { Device } from '../ota/model.ts'
import type { Turns } from '../ota/ports/store.ts'
import { sortedInPieces } from '../sorted.ts'
import { comparing, type DeviceFilter, type DevicePlace, type Looking } from './device-filter.ts'
import { eachPlace } from './device-pass.ts'

const devicesAtOnce = 256

/** Ends when `turns` rejects. */
export async function* allDevices(operators: Looking, search: DeviceFilter, turns: Turns): AsyncGenerator<readonly Device[]> {
  const { reads } = operators
  const compare = comparing(search.sort?.startsWith('-') === true ? -1 : 1)
  const places: DevicePlace[] = []
  await eachPlace(operators, search, turns, (value, key) => void places.push({ value, key }))
  const sorted = await sortedInPieces(places, ({ value, key }, other) => compare(value, key, other), turns)
  for (let at = 0; at < sorted.length; at += devicesAtOnce) {
    // Some may have been removed meanwhile.
    yield sorted.slice(at, at + devicesAtOnce).flatMap(({ key }) => reads.device(key) ?? [])
  }
}
