// Which time is meant by "today" and the like: the one place that says so, for the API, the command and the page. Pure.

import type { NamedSpan } from '../station-model.ts'
import { type Shift, shiftOf } from './shifts.ts'

/** First and last day, counted back from today. */
const days: Readonly<Record<Exclude<NamedSpan, 'current'>, readonly [number, number]>> = {
  today: [0, 0],
  yesterday: [1, 1],
  week: [6, 0],
  month: [29, 0],
}

/** A day of the factory is from the begin of its first shift to that of the next day; without shifts from midnight to midnight. */
const dayBefore = (at: number, back: number, shifts: readonly string[], timeZone: string | null): Shift => {
  let day = shiftOf(at, shifts.slice(0, 1), timeZone)
  for (let left = back; left > 0; left--) day = shiftOf(day.from - 1, shifts.slice(0, 1), timeZone)
  return day
}

export const spanAt = (name: NamedSpan, at: number, shifts: readonly string[], timeZone: string | null): Shift => {
  if (name === 'current') return shiftOf(at, shifts, timeZone)
  const [first, last] = days[name]
  return { from: dayBefore(at, first, shifts, timeZone).from, to: dayBefore(at, last, shifts, timeZone).to }
}
