// A page of the devices that an operator looks for: counts all that match and keeps the first of the page. Knows no HTTP.

import type { Device, DeviceKey } from '../ota/model.ts'
import { comparing, type DeviceFilter, type DevicePlace, type DeviceSort, type Looking, type SortValue } from './device-filter.ts'
import { eachPlace } from './device-pass.ts'
import { badCursor, cursorOf, keyOfCursor } from './paging.ts'
import { createTurns } from './turns.ts'

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

// ---------------------------------------------------------------- places

const isPlace = (place: unknown, sort: string): place is readonly [sort: string, value: SortValue, key: DeviceKey] =>
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
    offer(value: SortValue, key: DeviceKey): void {
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

// ---------------------------------------------------------------- the page

/** How long one piece of the pass takes, milliseconds. */
const pieceMs = 4

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
