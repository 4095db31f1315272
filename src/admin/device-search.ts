// Devices by what an operator looks for: one pass over all of them that counts what matches and keeps the first of a page, in pieces, so that
// nothing waits for it. No index: 100,000 devices take some milliseconds. Knows no HTTP.

import { setImmediate } from 'node:timers/promises'
import type { Campaign, Device, DeviceKey } from '../ota/model.ts'
import type { Operators } from '../ota/ports/operators.ts'
import { byName, moduleOf, versionOf } from '../ota/rules/eligibility.ts'
import { badCursor, cursorOf, keyOfCursor } from './paging.ts'

export const deviceSorts = ['name', '-name', 'lastSeen', '-lastSeen', 'version', '-version'] as const
export type DeviceSort = (typeof deviceSorts)[number]
export const deviceTaskStates = ['queued', 'notified', 'in_progress', 'none'] as const

export interface DeviceFilter {
  readonly product?: string | undefined
  readonly tag?: string | undefined
  /** pk/dn: its sub-devices. */
  readonly gateway?: string | undefined
  readonly online?: boolean | undefined
  readonly q?: string | undefined
  readonly module?: string | undefined
  readonly version?: string | undefined
  readonly not?: string | undefined
  readonly state?: (typeof deviceTaskStates)[number] | undefined
  readonly failed?: boolean | undefined
  /** Campaigns; a device that is behind any of them matches. */
  readonly behind?: readonly Campaign[] | undefined
  readonly sort?: DeviceSort | undefined
}

export interface DeviceSearch extends DeviceFilter {
  readonly limit: number
  readonly after?: string | undefined
}

export interface FoundDevices {
  readonly items: readonly Device[]
  readonly next: string | null
  /** Of all that match. */
  readonly count: number
  readonly total: number
}

export type Looking = Pick<Operators, 'reads' | 'devices' | 'connections'>
type Test = (device: Device) => boolean

// ---------------------------------------------------------------- what matches

/** Case-insensitive, without a new text for each device. */
export const pattern = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'iu')

/** What can be part of an address: only then addresses are looked up. */
const addressPart = /^[\d.:a-f]+$/i

/** Addresses of connections are looked through first: asking for each device whether it is connected takes longer than all else. */
const byAddress = async ({ connections }: Looking, wanted: RegExp): Promise<Test> => {
  const found = new Set<DeviceKey>()
  await inPieces(connections.addresses(), ([device, address]) => {
    if (wanted.test(address)) found.add(device)
  })
  // The stored address is that of its last connection: it may be connected from another one now.
  return (device) => found.has(device.key) || (wanted.test(device.address ?? '') && wanted.test(connections.address(device) ?? ''))
}

const containing = async (operators: Looking, q: string): Promise<Test> => {
  const wanted = pattern(q)
  const isAt = addressPart.test(q) ? await byAddress(operators, wanted) : () => false
  // With a slash it is a key, or a part of one, as it is shown.
  const nameOf = q.includes('/') ? ({ key }: Device) => key : ({ name }: Device) => name
  return (device) => wanted.test(nameOf(device)) || device.tags.some((tag) => wanted.test(tag)) || isAt(device)
}

const onVersion = (module: string | undefined, version: string): Test =>
  module === undefined ? ({ modules }) => modules.some((one) => one.version === version) : (device) => versionOf(device, module) === version

/** It has reported the module, or any, and with another version. */
const onOther = (module: string | undefined, version: string): Test => {
  const isOn = onVersion(module, version)
  return (device) => (module === undefined ? device.modules.length > 0 : moduleOf(device, module) !== undefined) && !isOn(device)
}

/** The campaign is for it, and its module runs another version than the campaign's. */
export const isBehind = (campaign: Campaign, device: Device): boolean => {
  const { product, module, version, target } = campaign
  if (device.product !== product || byName(campaign, device) !== null) return false
  const running = versionOf(device, module)
  return running !== null && running !== version && (target.from.length === 0 || target.from.includes(running))
}

const inState = ({ reads }: Looking, state: NonNullable<DeviceFilter['state']>): Test =>
  state === 'none'
    ? ({ key }) => reads.openTasksOf(key).length === 0
    : ({ key }) => reads.openTasksOf(key).some((task) => task.state === state)

/** The newest update of the module, or of any, ended without success; not while another attempt is open, nor once it runs that version. */
const hasFailed =
  ({ reads }: Looking, module: string | undefined): Test =>
  (device) =>
    (device.failed ?? []).some(
      (one) =>
        (module === undefined || one.module === module) &&
        versionOf(device, one.module) !== one.to &&
        !reads.openTasksOf(device.key).some((task) => task.module === one.module),
    )

const failing = (operators: Looking, failed: boolean, module: string | undefined): Test => {
  const has = hasFailed(operators, module)
  return (device) => has(device) === failed
}

/** The cheapest first. */
export const testsOf = async (operators: Looking, search: DeviceFilter): Promise<readonly Test[]> => {
  const { product, tag, gateway, online, q, module, version, not, state, failed, behind } = search
  return [
    product === undefined ? null : (device: Device) => device.product === product,
    tag === undefined ? null : ({ tags }: Device) => tags.includes(tag),
    gateway === undefined ? null : (device: Device) => device.gateway === gateway,
    module === undefined ? null : (device: Device) => moduleOf(device, module) !== undefined,
    version === undefined ? null : onVersion(module, version),
    not === undefined ? null : onOther(module, not),
    failed === undefined ? null : failing(operators, failed, module),
    q === undefined ? null : await containing(operators, q),
    state === undefined ? null : inState(operators, state),
    online === undefined ? null : (device: Device) => (operators.devices.presence(device) !== 'offline') === online,
    behind === undefined ? null : (device: Device) => behind.some((campaign) => isBehind(campaign, device)),
  ].filter((test) => test !== null)
}

// ---------------------------------------------------------------- the order

/** A text that sorts as people count: 1.9 comes before 1.10. */
export const natural = (text: string): string =>
  text.replace(/\d+/g, (digits) => {
    const bare = digits.replace(/^0+(?=\d)/, '')
    return String.fromCharCode(0x30 + Math.min(bare.length, 0x4000)) + bare
  })

type Value = string | number
type ValueOf = (device: Device) => Value

/** Its version of that module, or of `default`, or of the first one. */
export const versionShown = (device: Device, module = 'default'): string | undefined =>
  (moduleOf(device, module) ?? device.modules[0])?.version

const byVersion = (module: string | undefined): ValueOf => {
  const known = new Map<string, string>()
  return (device) => {
    const shown = versionShown(device, module)
    if (shown === undefined) return ''
    const text = known.get(shown) ?? natural(shown)
    known.set(shown, text)
    return text
  }
}

export const valuesOf = ({ devices }: Looking, { sort, module }: DeviceFilter): ValueOf => {
  if (sort === 'name' || sort === '-name') return ({ name }) => name
  if (sort === 'lastSeen' || sort === '-lastSeen') return (device) => devices.lastSeen(device) ?? 0
  return sort === undefined ? () => 0 : byVersion(module)
}

export interface DevicePlace {
  readonly value: Value
  readonly key: DeviceKey
}

/** Below 0: the first comes first. Devices of one value are in the order of their keys, in either direction. */
export const comparing =
  (sign: 1 | -1) =>
  (value: Value, key: DeviceKey, other: DevicePlace): number => {
    if (value !== other.value) return value < other.value ? -sign : sign
    return key < other.key ? -1 : key > other.key ? 1 : 0
  }

const isPlace = (place: unknown, sort: string): place is readonly [sort: string, value: Value, key: DeviceKey] =>
  Array.isArray(place) && place.length === 3 && place[0] === sort && /string|number/.test(typeof place[1]) && typeof place[2] === 'string'

/** The place after which a page begins. Without a sort the cursor is a key, as in earlier versions. */
const placeOf = (cursor: string | undefined, sort: DeviceSort | undefined): DevicePlace | undefined => {
  const text = keyOfCursor(cursor)
  if (text === undefined) return undefined
  if (sort === undefined) return { value: 0, key: text }
  const place = parsed(text)
  if (!isPlace(place, sort)) throw badCursor()
  return { value: place[1], key: place[2] }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw badCursor()
  }
}

const cursorAfter = ({ value, key }: DevicePlace, sort: DeviceSort | undefined): string =>
  cursorOf(sort === undefined ? key : JSON.stringify([sort, value, key]))

/** Keeps the first `wanted` of those that come after `after`, as `smallest` of paging.ts does. */
const createKeeper = (compare: ReturnType<typeof comparing>, after: DevicePlace | undefined, wanted: number) => {
  let kept: (DevicePlace & { readonly device: Device })[] = []
  let bound: DevicePlace | undefined
  const settle = (): void => {
    kept.sort((one, other) => compare(one.value, one.key, other))
    kept = kept.slice(0, wanted)
    if (kept.length === wanted) bound = kept.at(-1)
  }
  return {
    offer(value: Value, device: Device): void {
      const { key } = device
      if (after !== undefined && compare(value, key, after) <= 0) return
      if (bound !== undefined && compare(value, key, bound) >= 0) return
      kept.push({ value, key, device })
      if (kept.length >= 2 * wanted) settle()
    },
    all() {
      settle()
      return kept
    },
  }
}

// ---------------------------------------------------------------- the pass

/** How long one piece takes, and after how many devices the time is looked at. */
const pieceMs = 4
const perLook = 256

/** Calls `each` with all items, in pieces; how many there are. */
const inPieces = async <T>(items: Iterable<T>, each: (item: T) => void): Promise<number> => {
  let seen = 0
  let until = performance.now() + pieceMs
  for (const item of items) {
    each(item)
    seen += 1
    if (seen % perLook !== 0 || performance.now() < until) continue
    await setImmediate()
    until = performance.now() + pieceMs
  }
  return seen
}

/** One page of the devices that match. OTA_BAD_REQUEST if `after` is of another list. */
export const findDevices = async (operators: Looking, search: DeviceSearch): Promise<FoundDevices> => {
  const { sort, limit } = search
  const tests = await testsOf(operators, search)
  const valueFor = valuesOf(operators, search)
  const keeper = createKeeper(comparing(sort?.startsWith('-') === true ? -1 : 1), placeOf(search.after, sort), limit + 1)
  let count = 0
  const total = await inPieces(operators.reads.devices(), (device) => {
    for (const test of tests) if (!test(device)) return
    count += 1
    keeper.offer(valueFor(device), device)
  })
  const found = keeper.all()
  const last = found[limit - 1]
  return {
    // As they are now: the pass takes several turns.
    items: found.slice(0, limit).map(({ device }) => operators.reads.device(device.key) ?? device),
    next: found.length > limit && last !== undefined ? cursorAfter(last, sort) : null,
    count,
    total,
  }
}
