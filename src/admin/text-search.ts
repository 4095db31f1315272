// Devices by a part of their name, tags or address, found in the texts of the fleet rather than device by device. Knows no other filter.

import type { Device, DeviceKey } from '../ota/model.ts'
import type { FleetPart, FleetText, Operators } from '../ota/ports/operators.ts'

export type Texts = Pick<Operators, 'reads' | 'connections' | 'fleet'>

/** Case-insensitive, without a new text for each device. */
export const pattern = (text: string, flags: 'iu' | 'giu' = 'iu'): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), flags)

/** What can be part of an address: only then addresses are looked up. */
const addressPart = /^[\d.:a-f]+$/i

/** Connections that are looked at before the caller may pause. */
const perPiece = 256

/** The places of the devices whose lines have it. A search never goes over the end of a line: what is wanted has none. */
const placesIn = ({ text, starts }: FleetText, wanted: RegExp): readonly number[] => {
  const found: number[] = []
  let place = 0
  wanted.lastIndex = 0
  for (let hit = wanted.exec(text); hit !== null; hit = wanted.exec(text)) {
    while ((starts[place + 1] ?? text.length) <= hit.index) place += 1
    found.push(place)
    wanted.lastIndex = starts[place + 1] ?? text.length
  }
  return found
}

const keysAt = ({ keys }: FleetPart, places: readonly number[]): readonly DeviceKey[] => places.map((place) => keys[place] ?? '')

/** With a slash it is a key, or a part of one, as it is shown; names have none, but tags may. */
const named = (part: FleetPart, q: string, wanted: RegExp): readonly DeviceKey[] => {
  const found = keysAt(part, placesIn(part.names(), wanted))
  if (!q.includes('/')) return found
  const one = pattern(q)
  return [...new Set([...part.keys.filter((key) => one.test(key)), ...found])]
}

/** The stored address is that of its last connection: it may be connected from another one now. */
const addressed = ({ connections }: Texts, part: FleetPart, wanted: RegExp): readonly DeviceKey[] => {
  const found = keysAt(part, placesIn(part.addresses(), wanted))
  return found.filter((key) => {
    wanted.lastIndex = 0
    return wanted.test(connections.address(key) ?? '')
  })
}

/** The keys of all devices that have it in their name, a tag or their address, in pieces, some of them empty; each key once. */
export function* keysContaining(operators: Texts, q: string): Generator<readonly DeviceKey[]> {
  if (q.includes('\n')) return
  const { reads, connections, fleet } = operators
  const wanted = pattern(q, 'giu')
  const isAddress = addressPart.test(q)
  const here = new Set<DeviceKey>()
  if (isAddress) {
    const one = pattern(q)
    let seen = 0
    for (const [device, address] of connections.addresses()) {
      seen += 1
      if (one.test(address) && reads.device(device) !== undefined) here.add(device)
      if (seen % perPiece === 0) yield []
    }
    yield [...here]
  }
  for (const part of fleet.parts()) {
    const names = named(part, q, wanted)
    const addresses = isAddress ? addressed(operators, part, wanted) : []
    const both = addresses.length === 0 ? names : [...new Set([...names, ...addresses])]
    yield here.size === 0 ? both : both.filter((key) => !here.has(key))
  }
}

/** The same of one device: for where so many have it that to look up each takes longer than to look at all. */
export const containing = ({ connections }: Texts, q: string): ((device: Device) => boolean) => {
  const wanted = pattern(q)
  const isAddress = addressPart.test(q)
  const nameOf = q.includes('/') ? ({ key }: Device) => key : ({ name }: Device) => name
  const isWanted = (tag: string): boolean => wanted.test(tag)
  return (device) =>
    wanted.test(nameOf(device)) ||
    (device.tags.length > 0 && device.tags.some(isWanted)) ||
    (isAddress && wanted.test(connections.address(device) ?? ''))
}
