// Which shift a time belongs to, in a time zone with daylight saving. Pure but for formats and shifts that it keeps.

import { type Sentence, sentence } from '../../sentences/sentence.ts'

/** [from, to). */
export interface Shift {
  readonly from: number
  readonly to: number
}

const minute = 60_000
const day = 24 * 60 * minute
const mostShifts = 24
const form = /^(?:[01]\d|2[0-3]):[0-5]\d$/

const formatOf = (timeZone: string | null): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    ...(timeZone === null ? {} : { timeZone }),
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

/** What a clock on the wall shows at that time, as if it were UTC. */
const wallTime = (format: Intl.DateTimeFormat, at: number): number => {
  const part = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const of = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
}

/**
 * The first time at which the wall shows this or more: of an hour that comes twice the first one, of a time that is left out the moment of
 * the change. Offsets change at most once within two days of a place, and by at most a few hours.
 */
const timeOf = (format: Intl.DateTimeFormat, wall: number): number => {
  const [before, after] = [wall - day, wall + day].map((at) => wallTime(format, at) - at) as [number, number]
  const [early, late] = [wall - Math.max(before, after), wall - Math.min(before, after)]
  if (wallTime(format, early) === wall) return early
  if (wallTime(format, late) === wall && before >= after) return late
  return firstAt(format, wall, early - minute, late + minute)
}

/** By halving: the wall shows less at `from`, and not less at `to`. */
const firstAt = (format: Intl.DateTimeFormat, wall: number, from: number, to: number): number => {
  let [low, high] = [Math.floor(from / 1000), Math.ceil(to / 1000)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (wallTime(format, middle * 1000) < wall) low = middle
    else high = middle
  }
  return high * 1000
}

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))

const computed = (format: Intl.DateTimeFormat, at: number, begins: readonly number[]): Shift => {
  const today = Math.floor(wallTime(format, at) / day) * day
  const walls = [today - day, today, today + day, today + 2 * day].flatMap((date) => begins.map((begin) => date + begin * minute))
  const times = walls.map((wall) => timeOf(format, wall))
  const from = times.findLast((time) => time <= at) ?? at
  return { from, to: times.find((time) => time > at) ?? at }
}

interface Zone {
  readonly format: Intl.DateTimeFormat
  readonly begins: readonly number[]
  /** The newest last. */
  readonly known: Shift[]
}

const zones = new Map<string, Zone>()
const mostZones = 50
const mostKnown = 100

const zoneOf = (shifts: readonly string[], timeZone: string | null): Zone => {
  const key = `${timeZone ?? ''} ${shifts.join()}`
  const kept = zones.get(key)
  if (kept !== undefined) return kept
  const zone = { format: formatOf(timeZone), begins: shifts.length === 0 ? [0] : shifts.map(minutesOf), known: [] }
  if (zones.size >= mostZones) zones.clear()
  zones.set(key, zone)
  return zone
}

/** `timeZone`: null is that of the machine. Without shifts a day is one, from 00:00. */
export const shiftOf = (at: number, shifts: readonly string[], timeZone: string | null): Shift => {
  const { format, begins, known } = zoneOf(shifts, timeZone)
  const kept = known.findLast(({ from, to }) => from <= at && at < to)
  if (kept !== undefined) return kept
  const shift = computed(format, at, begins)
  if (known.length >= mostKnown) known.shift()
  known.push(shift)
  return shift
}

/** What is wrong with a list of begins; null: it can be used. */
export const shiftsFault = (shifts: readonly string[]): Sentence | null => {
  if (shifts.length > mostShifts) return sentence('field_too_many_items', { most: mostShifts })
  const bad = shifts.find((text) => !form.test(text))
  if (bad !== undefined) return sentence('shift_form', { text: bad })
  const index = shifts.findIndex((text, place) => place > 0 && text <= (shifts[place - 1] ?? ''))
  return index < 0 ? null : sentence('shifts_not_ascending', { text: shifts[index] ?? '', before: shifts[index - 1] ?? '' })
}
