// Devices by what an operator looks for: one pass that counts what matches and keeps the first of a page, in pieces, so that nothing waits for
// it: over what a text search has found, or over all devices, of which 100,000 take some milliseconds. Knows no HTTP.

import type { Campaign, Device, DeviceKey } from '../ota/model.ts'
import type { Operators } from '../ota/ports/operators.ts'
import type { Turns } from '../ota/ports/store.ts'
import { byName, moduleOf, versionOf } from '../ota/rules/eligibility.ts'
import { badCursor, cursorOf, keyOfCursor } from './paging.ts'
import { containing, keysContaining } from './text-search.ts'
import { createTurns } from './turns.ts'

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

export type Looking = Pick<Operators, 'reads' | 'devices' | 'connections' | 'fleet'>
type Test = (device: Device) => boolean

// ---------------------------------------------------------------- what matches

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

/** All but `q`, the cheapest first. */
const testsOf = (operators: Looking, search: DeviceFilter): readonly Test[] => {
  const { product, tag, gateway, online, module, version, not, state, behind } = search
  return [
    product === undefined ? null : (device: Device) => device.product === product,
    tag === undefined ? null : ({ tags }: Device) => tags.includes(tag),
    gateway === undefined ? null : (device: Device) => device.gateway === gateway,
    module === undefined ? null : (device: Device) => moduleOf(device, module) !== undefined,
    version === undefined ? null : onVersion(module, version),
    not === undefined ? null : onOther(module, not),
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

const valuesOf = ({ devices }: Looking, { sort, module }: DeviceFilter): ValueOf => {
  if (sort === 'name' || sort === '-name') return ({ name }) => name
  if (sort === 'lastSeen' || sort === '-lastSeen') return (device) => devices.lastSeen(device) ?? 0
  return sort === undefined ? () => 0 : byVersion(module)
}

export interface DevicePlace {
  readonly value: Value
  readonly key: DeviceKey
}

/** Numbers and texts apart: where a comparison gets both, it takes ten times as long. */
const inOrder = (one: Value, other: Value): number => {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return one === other ? 0 : one < other ? -1 : 1
}

/** Below 0: the first comes first. Devices of one value are in the order of their keys, in either direction. */
export const comparing =
  (sign: 1 | -1) =>
  (value: Value, key: DeviceKey, other: DevicePlace): number => {
    const order = inOrder(value, other.value)
    if (order !== 0) return order < 0 ? -sign : sign
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
  let kept: DevicePlace[] = []
  let bound: DevicePlace | undefined
  const settle = (): void => {
    kept.sort((one, other) => compare(one.value, one.key, other))
    kept = kept.slice(0, wanted)
    if (kept.length === wanted) bound = kept.at(-1)
  }
  return {
    offer(value: Value, key: DeviceKey): void {
      if (bound !== undefined && compare(value, key, bound) >= 0) return
      if (after !== undefined && compare(value, key, after) <= 0) return
      kept.push({ value, key })
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

type Each = (value: Value, key: DeviceKey) => void

const nameIn = (key: DeviceKey): string => key.slice(key.indexOf('/') + 1)

/** What needs no more of a device than its key; undefined: there is more. */
const valueOfKey = (sort: DeviceSort | undefined): ((key: DeviceKey) => Value) | undefined =>
  sort === undefined ? () => 0 : sort === 'name' || sort === '-name' ? nameIn : undefined

const eachOf = async <T>(items: Iterable<T>, turns: Turns, offer: (item: T) => void): Promise<void> => {
  let seen = 0
  for (const item of items) {
    offer(item)
    seen += 1
    if (seen % perLook === 0 && turns.isDue()) await turns.next()
  }
}

const eachContaining = async (operators: Looking, q: string, turns: Turns, each: (key: DeviceKey) => void): Promise<void> => {
  for (const keys of keysContaining(operators, q)) {
    for (const key of keys) each(key)
    if (turns.isDue()) await turns.next()
  }
}

/** To look up so many of all devices, one divided by this, takes as long as to look at all. */
const fewPart = 8

/** undefined: they are not few. */
const fewContaining = async (operators: Looking, q: string, turns: Turns): Promise<readonly DeviceKey[] | undefined> => {
  const few: DeviceKey[] = []
  const most = operators.fleet.known() / fewPart
  for (const keys of keysContaining(operators, q)) {
    few.push(...keys)
    if (few.length > most) return undefined
    if (turns.isDue()) await turns.next()
  }
  return few
}

/** Those of which nothing but a text is asked, and that are in the order of what is in their keys, need no record. */
const eachByKey = async (operators: Looking, { q, sort }: DeviceFilter, turns: Turns, each: Each): Promise<boolean> => {
  const valueFor = valueOfKey(sort)
  if (q === undefined || valueFor === undefined) return false
  await eachContaining(operators, q, turns, (key) => each(valueFor(key), key))
  return true
}

/** Calls `each` with the place of every device that matches, in no order. Ends when `turns` rejects. */
export const eachPlace = async (operators: Looking, search: DeviceFilter, turns: Turns, each: Each): Promise<void> => {
  const { q } = search
  const tests = testsOf(operators, search)
  if (tests.length === 0 && (await eachByKey(operators, search, turns, each))) return
  const few = q === undefined ? undefined : await fewContaining(operators, q, turns)
  const all = few === undefined && q !== undefined ? [...tests, containing(operators, q)] : tests
  const valueFor = valuesOf(operators, search)
  await eachOf<Device | DeviceKey>(few ?? operators.reads.devices(), turns, (item) => {
    const device = typeof item === 'string' ? operators.reads.device(item) : item
    if (device === undefined) return
    for (const test of all) if (!test(device)) return
    each(valueFor(device), device.key)
  })
}

/** The first `wanted` of all devices whose keys are above `after`. */
const firstKeys = ({ fleet }: Looking, after: DevicePlace | undefined, wanted: number): readonly DevicePlace[] => {
  const found: DevicePlace[] = []
  for (const { keys } of fleet.parts(after?.key)) {
    for (const key of keys) if (after === undefined || key > after.key) found.push({ value: 0, key })
    if (found.length >= wanted) break
  }
  return found.slice(0, wanted)
}

const isOfAll = ({ sort, limit: _limit, after: _after, ...filter }: DeviceSearch): boolean =>
  sort === undefined && Object.values(filter).every((value) => value === undefined)

const placesOf = async (operators: Looking, search: DeviceSearch): Promise<{ places: readonly DevicePlace[]; count: number }> => {
  const { sort, limit } = search
  const after = placeOf(search.after, sort)
  if (isOfAll(search)) return { places: firstKeys(operators, after, limit + 1), count: operators.fleet.known() }
  const keeper = createKeeper(comparing(sort?.startsWith('-') === true ? -1 : 1), after, limit + 1)
  let count = 0
  await eachPlace(operators, search, createTurns(pieceMs), (value, key) => {
    count += 1
    keeper.offer(value, key)
  })
  return { places: keeper.all(), count }
}

/** One page of the devices that match. OTA_BAD_REQUEST if `after` is of another list. */
export const findDevices = async (operators: Looking, search: DeviceSearch): Promise<FoundDevices> => {
  const { sort, limit } = search
  const { places, count } = await placesOf(operators, search)
  const last = places[limit - 1]
  return {
    // As they are now: the pass takes several turns, and some may have been removed.
    items: places.slice(0, limit).flatMap(({ key }) => operators.reads.device(key) ?? []),
    next: places.length > limit && last !== undefined ? cursorAfter(last, sort) : null,
    count,
    total: operators.fleet.known(),
  }
}
