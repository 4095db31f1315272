// All devices in the order of their keys, in parts, each with what is searched for in them as one text: to look through 100,000 names one by one
// takes ten times as long. Kept beside the store by watching it; the texts are made when they are first asked for.

import type { Device, DeviceKey } from '../model.ts'
import type { FleetPart, FleetText } from '../ports/operators.ts'
import type { Reads, Writes } from '../ports/store.ts'

export interface Roster {
  /** Those with keys above `after`, or all, and maybe some before. Devices may come and go while it is read. */
  parts(after?: DeviceKey): Iterable<FleetPart>
}

type Runs = Pick<Device, 'modules'>

interface Part {
  readonly keys: DeviceKey[]
  names: FleetText | undefined
  addresses: FleetText | undefined
  runs: Runs[] | undefined
}

/** A part that has become longer is divided. */
const devicesPerPart = 512

/** How many of the sorted items are at or below the key. */
const countTo = <T>(items: readonly T[], keyOf: (item: T) => DeviceKey, key: DeviceKey): number => {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keyOf(items[middle] as T) <= key) low = middle + 1
    else high = middle
  }
  return low
}

const itself = (key: DeviceKey): DeviceKey => key
const firstOf = ({ keys }: Part): DeviceKey => keys[0] ?? ''
const partOf = (keys: DeviceKey[]): Part => ({ keys, names: undefined, addresses: undefined, runs: undefined })

const textOf = (reads: Pick<Reads, 'device'>, keys: readonly DeviceKey[], lineOf: (device: Device) => string): FleetText => {
  const starts = new Uint32Array(keys.length + 1)
  let length = 0
  const lines = keys.map((key, at) => {
    const device = reads.device(key)
    const line = device === undefined ? '\n' : lineOf(device)
    length += line.length
    starts[at + 1] = length
    return line
  })
  // One piece of memory: what is added up piece by piece would take three times as much.
  return { text: lines.join(''), starts }
}

const nameLine = ({ name, tags }: Device): string => (tags.length === 0 ? `${name}\n` : `${name}\n${tags.join('\n')}\n`)
const addressLine = ({ address }: Device): string => `${address ?? ''}\n`

/** So many different ones are shared: most devices have one module, and few versions are in use. */
const mostShared = 1000

const runsNothing: Runs = { modules: [] }

/** What a device runs, without the rest of its record; the same of many devices once. */
const createSharing = () => {
  const shared = new Map<string, Runs>()
  return ({ modules }: Device): Runs => {
    const [one] = modules
    if (one === undefined) return runsNothing
    if (modules.length > 1) return { modules }
    const name = `${one.name}\n${one.version}`
    const known = shared.get(name) ?? { modules }
    if (shared.size < mostShared) shared.set(name, known)
    return known
  }
}

/** Call before anything changes. */
export const createRoster = (reads: Pick<Reads, 'device' | 'devices'>, writes: Pick<Writes, 'watch'>, longest = devicesPerPart): Roster => {
  const all = Array.from(reads.devices(), ({ key }) => key).sort()
  const parts: Part[] = []
  for (let from = 0; from < all.length; from += longest >>> 1) parts.push(partOf(all.slice(from, from + (longest >>> 1))))

  const runsOf = createSharing()
  const placeOf = (key: DeviceKey): number => Math.max(0, countTo(parts, firstOf, key) - 1)
  const add = (key: DeviceKey): void => {
    const at = placeOf(key)
    const keys = parts[at]?.keys ?? []
    keys.splice(countTo(keys, itself, key), 0, key)
    const rest = keys.length > longest ? [partOf(keys.splice(keys.length >>> 1))] : []
    parts.splice(at, 1, partOf(keys), ...rest)
  }
  const remove = (key: DeviceKey): void => {
    const at = placeOf(key)
    const keys = parts[at]?.keys ?? []
    const place = countTo(keys, itself, key) - 1
    if (keys[place] !== key) return
    keys.splice(place, 1)
    parts.splice(at, 1, ...(keys.length === 0 ? [] : [partOf(keys)]))
  }
  const change = (before: Device | undefined, after: Device | undefined): void => {
    if (before === undefined && after !== undefined) add(after.key)
    else if (before !== undefined && after === undefined) remove(before.key)
    else if (before !== undefined && after !== undefined) {
      if (before.tags === after.tags && before.address === after.address && before.modules === after.modules) return
      const part = parts[placeOf(after.key)]
      if (part === undefined) return
      if (part.runs !== undefined && before.modules !== after.modules) part.runs[countTo(part.keys, itself, after.key) - 1] = runsOf(after)
      if (before.tags !== after.tags) part.names = undefined
      if (before.address !== after.address) part.addresses = undefined
    }
  }
  writes.watch((table, before, after) => {
    if (table === 'device') change(before as Device | undefined, after as Device | undefined)
  })

  const shown = (part: Part): FleetPart => ({
    keys: part.keys,
    names() {
      part.names ??= textOf(reads, part.keys, nameLine)
      return part.names
    },
    addresses() {
      part.addresses ??= textOf(reads, part.keys, addressLine)
      return part.addresses
    },
    runs() {
      part.runs ??= part.keys.map((key) => {
        const device = reads.device(key)
        return device === undefined ? runsNothing : runsOf(device)
      })
      return part.runs
    },
  })
  return {
    *parts(after) {
      for (let at = after === undefined ? 0 : placeOf(after); ; ) {
        const part = parts[at]
        const last = part?.keys.at(-1)
        if (part === undefined || last === undefined) return
        yield shown(part)
        // Parts may have been divided or removed meanwhile.
        at = countTo(parts, firstOf, last)
      }
    },
  }
}
