// When a campaign's schedule lets new tasks start: start, end, and windows by cron with time zone and daylight saving.
// The one file of the core that knows a package (croner, only to compute times: it schedules nothing). No clock: `now` is an argument.

import { Cron } from 'croner'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Schedule, Window } from '../policy.ts'

/** Whether new tasks may start now, and until when (ms) that holds; a closed one opens then. null: no change follows. */
export interface Opening {
  readonly open: boolean
  readonly until: number | null
  /** Open, and `until` is only as far as was examined: its windows run into each other, and no end was found. */
  readonly endless?: true
}

const minute = 60_000

const cronOf = ({ cron, timeZone }: Window): Cron =>
  new Cron(cron, { paused: true, mode: '5-part', ...(timeZone === null ? {} : { timezone: timeZone }) })

const crons = new WeakMap<Window, Cron>()

const known = (window: Window): Cron => {
  const cron = crons.get(window) ?? cronOf(window)
  crons.set(window, cron)
  return cron
}

/** The first time of the cron after `at`, to the second; null: there is none. */
const next = (window: Window, at: number): number | null => known(window).nextRun(new Date(at))?.getTime() ?? null

/** Windows that run into each other are followed this far; later ones are examined when their time comes. */
const longestRun = 8

/** One window: open from a time of its cron for its minutes; windows that overlap are one. */
const openingOf = (window: Window, now: number): Opening => {
  const length = window.minutes * minute
  let start = next(window, now - length)
  if (start === null || start > now) return { open: false, until: start }
  let end = start + length
  for (let i = 0; i < longestRun && start !== null && start <= end; i++) {
    end = start + length
    start = next(window, start)
  }
  const isEndless = start !== null && start <= end
  return { open: true, until: end, ...(isEndless ? { endless: true } : {}) }
}

const earliest = (times: readonly (number | null)[]): number | null => {
  const some = times.filter((time) => time !== null)
  return some.length === 0 ? null : Math.min(...some)
}

/** Of all windows: open while one is; the end of a window while another is open changes nothing, and is examined all the same. */
const windowsAt = (windows: readonly Window[], now: number): Opening => {
  if (windows.length === 0) return { open: true, until: null }
  const all = windows.map((window) => openingOf(window, now))
  const opened = all.filter(({ open }) => open)
  if (opened.length > 0) {
    const endless = opened.some((one) => one.endless === true)
    return { open: true, until: Math.max(...opened.map(({ until }) => until ?? now)), ...(endless ? { endless } : {}) }
  }
  return { open: false, until: earliest(all.map(({ until }) => until)) }
}

const compute = ({ startAt, endAt, windows }: Schedule, now: number): Opening => {
  if (endAt !== null && now >= endAt) return { open: false, until: null }
  if (startAt !== null && now < startAt) {
    const first = windowsAt(windows, startAt)
    const opens = first.open ? startAt : first.until
    return { open: false, until: opens === null || (endAt !== null && opens >= endAt) ? endAt : opens }
  }
  const { open, until, endless } = windowsAt(windows, now)
  const ends = earliest([until, endAt])
  return { open, until: ends, ...(endless === true && ends !== endAt ? { endless } : {}) }
}

const latest = new WeakMap<Schedule, { readonly from: number; readonly opening: Opening }>()

/** Whether the schedule is open at `now`. Called for each task: the answer is stored until it changes, also if the clock goes back. */
export const openingAt = (schedule: Schedule, now: number): Opening => {
  if (schedule.windows.length === 0 && schedule.startAt === null && schedule.endAt === null) return { open: true, until: null }
  const kept = latest.get(schedule)
  if (kept !== undefined && now >= kept.from && (kept.opening.until === null || now < kept.opening.until)) return kept.opening
  const opening = compute(schedule, now)
  latest.set(schedule, { from: now, opening })
  return opening
}

/** The first time from `now` on at which it is open; null: never. */
export const nextOpening = (schedule: Schedule, now: number): number | null => {
  const { startAt, endAt, windows } = schedule
  const from = Math.max(now, startAt ?? now)
  const { open, until } = windowsAt(windows, from)
  const at = open ? from : until
  return at === null || (endAt !== null && at >= endAt) ? null : at
}

/** `why`: the words of croner. */
const cronFault = (why: string): Sentence => sentence('cron_unreadable', { why: why.replace(/^CronPattern: /, '') })

/** croner also accepts nicknames such as `@daily`, which other cron parsers do not: one notation is enough. */
const countFault = (cron: string): Sentence | null => {
  const parts = cron.split(/\s+/).filter((part) => part !== '')
  if (parts.length === 5) return null
  return parts[0]?.startsWith('@') === true ? sentence('cron_nickname') : sentence('cron_fields', { count: parts.length })
}

/** Why a window cannot be used, and which field of it is at fault. */
export interface WindowFault {
  readonly field: 'cron' | 'timeZone' | 'minutes'
  readonly said: Sentence
}

/** null: the window can be used. */
export const windowFault = (window: Window): WindowFault | null => {
  if (!Number.isInteger(window.minutes) || window.minutes < 1) return { field: 'minutes', said: sentence('window_minutes') }
  try {
    if (window.timeZone !== null) new Intl.DateTimeFormat('en', { timeZone: window.timeZone })
  } catch {
    return { field: 'timeZone', said: sentence('time_zone_unknown', { timeZone: window.timeZone }) }
  }
  const fault = countFault(window.cron)
  if (fault !== null) return { field: 'cron', said: fault }
  try {
    cronOf(window)
    return null
  } catch (error) {
    return { field: 'cron', said: cronFault(error instanceof Error ? error.message : String(error)) }
  }
}
