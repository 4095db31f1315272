// One pass over the devices that match, in pieces, so that nothing waits for it: over keys and texts where these say enough, else over records.
// Knows no page.

import type { Device, DeviceKey } from '../ota/model.ts'
import type { Turns } from '../ota/ports/store.ts'
import {
  type DeviceFilter,
  type Looking,
  type Runs,
  recordTests,
  runsTests,
  type SortValue,
  valueOfRecord,
  valueOfRuns,
} from './device-filter.ts'
import { containing, keysContaining } from './text-search.ts'

/** After how many devices the time is looked at. */
const perLook = 256

const runsNothing: Runs = { modules: [] }

type Each = (value: SortValue, key: DeviceKey) => void

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

/** The keys of those that have the text, by themselves. */
const eachByKey = async (operators: Looking, { q, sort }: DeviceFilter, turns: Turns, each: Each): Promise<boolean> => {
  const valueFor = valueOfRuns({ sort })
  if (q === undefined || valueFor === undefined || sort === 'version' || sort === '-version') return false
  await eachContaining(operators, q, turns, (key) => each(valueFor(key, runsNothing), key))
  return true
}

/** Of most searches one test is asked. */
const allOf = <T>(tests: readonly ((item: T) => boolean)[]): ((item: T) => boolean) => {
  const [one] = tests
  if (one === undefined) return () => true
  return tests.length === 1 ? one : (item) => tests.every((test) => test(item))
}

/** All whose versions match: the records of 100,000 devices are all over the memory, what they run is not. */
const eachByRuns = async ({ fleet }: Looking, search: DeviceFilter, turns: Turns, each: Each): Promise<boolean> => {
  const valueFor = valueOfRuns(search)
  // Names are read from the records: cut out of the keys they take longer to compare.
  if (search.q !== undefined || valueFor === undefined || search.sort?.endsWith('name') === true) return false
  const matches = allOf(runsTests(search))
  for (const part of fleet.parts()) {
    const runs = part.runs()
    let at = 0
    for (const key of part.keys) {
      const one = runs[at] ?? runsNothing
      at += 1
      if (matches(one)) each(valueFor(key, one), key)
    }
    if (turns.isDue()) await turns.next()
  }
  return true
}

const eachByRecord = async (operators: Looking, search: DeviceFilter, turns: Turns, each: Each): Promise<void> => {
  const { q } = search
  const few = q === undefined ? undefined : await fewContaining(operators, q, turns)
  const text = few === undefined && q !== undefined ? [containing(operators, q)] : []
  const tests = [...recordTests(operators, search), ...runsTests(search), ...text]
  const valueFor = valueOfRecord(operators, search)
  await eachOf<Device | DeviceKey>(few ?? operators.reads.devices(), turns, (item) => {
    const device = typeof item === 'string' ? operators.reads.device(item) : item
    if (device === undefined) return
    for (const test of tests) if (!test(device)) return
    each(valueFor(device), device.key)
  })
}

/** Calls `each` with the place of every device that matches, in no order. Ends when `turns` rejects. */
export const eachPlace = async (operators: Looking, search: DeviceFilter, turns: Turns, each: Each): Promise<void> => {
  if (recordTests(operators, search).length === 0) {
    if (runsTests(search).length === 0 && (await eachByKey(operators, search, turns, each))) return
    if (await eachByRuns(operators, search, turns, each)) return
  }
  await eachByRecord(operators, search, turns, each)
}
