// About how long a campaign takes with all of its devices connected: its offers simulated, by slots, rate, windows and soaks.
// Pure functions of data.

import type { Campaign } from '../model.ts'
import type { Rate, Schedule } from '../policy.ts'
import { nextOpening, openingAt } from './window.ts'

/** The time that one device is assumed to need from its offer to its report: seconds, without what the image's size adds. */
export const perDevice = 180

const minute = 60_000
/** The most windows that are examined: a campaign that needs more has no useful estimate. */
const mostWindows = 1000

/** Gives the first time from `at` on at which offers may go out; null: never. `at` never decreases from call to call. */
const createOpenings = (schedule: Schedule): ((at: number) => number | null) => {
  let until: number | null = Number.NEGATIVE_INFINITY
  let left = mostWindows
  return (at) => {
    if (until === null || at < until) return at
    const opens = left === 0 ? null : nextOpening(schedule, at)
    if (opens === null) return null
    left -= 1
    until = openingAt({ ...schedule }, opens).until
    return opens
  }
}

interface Offers {
  readonly at: number
  readonly count: number
}

/** Offers within a span, and when the first of them leaves it. */
const createSpan = (most: number, length: number) => {
  const offers: Offers[] = []
  let first = 0
  let count = 0
  return {
    /** How many more may go out at that time. */
    room(at: number): number {
      for (let oldest = offers[first]; oldest !== undefined && oldest.at + length <= at; oldest = offers[first]) {
        count -= oldest.count
        first += 1
      }
      return most - count
    },
    freeAt: (): number => (offers[first]?.at ?? 0) + length,
    add(one: Offers): void {
      offers.push(one)
      count += one.count
    },
  }
}

/**
 * Milliseconds since the epoch at which `size` devices, the first offered no sooner than `start`, have all reported; null: never.
 * Only offers need an open window: what was offered continues, and frees its slot, after the window's end.
 */
const phaseEnd = (rate: Rate, opensAt: (at: number) => number | null, size: number, start: number): number | null => {
  const slots = createSpan(rate.maxInProgress, perDevice * 1000)
  const rates = createSpan(rate.perMinute, minute)
  let left = size
  let at = opensAt(start)
  while (at !== null) {
    const [free, may] = [slots.room(at), rates.room(at)]
    const count = Math.min(left, free, may)
    if (count > 0) {
      slots.add({ at, count })
      rates.add({ at, count })
      left -= count
      if (left === 0) return at + perDevice * 1000
      continue
    }
    at = opensAt(Math.max(free > 0 ? at : slots.freeAt(), may > 0 ? at : rates.freeAt()))
  }
  return null
}

/** Seconds from `now` until the last device of the last phase has reported; null: never. `sizes`: devices of each phase. */
export const secondsOf = (
  { rate, phases, schedule }: Pick<Campaign, 'rate' | 'phases' | 'schedule'>,
  sizes: readonly number[],
  now: number,
): number | null => {
  const opensAt = createOpenings(schedule)
  let [at, soaked] = [now, now]
  for (const [index, size] of sizes.entries()) {
    if (size === 0) continue
    const end = phaseEnd(rate, opensAt, size, soaked)
    if (end === null) return null
    at = end
    soaked = end + (phases[index]?.soakSeconds ?? 0) * 1000
  }
  return Math.ceil((at - now) / 1000)
}
