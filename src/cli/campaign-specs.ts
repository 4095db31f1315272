// Phases, abort rules, windows and times as they are typed, parsed into what the API takes. Pure functions of text; what cannot be parsed is
// an InvalidArgumentError, which commander shows with the option's name.

import { InvalidArgumentError } from 'commander'
import { seconds } from './format.ts'

/** For --help. */
export const abortHelp = `--abort [CLASS:]P%[,min=N][,pause|,cancel]
    When at least N devices have finished (5) and P % of them ended like CLASS: failed, timed_out, rejected, or any
    of these (the default). Without --abort it pauses at 20 % of half of those notified, at least 5 (or all there
    are) and at most 20 devices. No rule: --no-abort.
      --abort 10%,min=20 --abort failed:30%,min=10,cancel
`

/** For --help. */
export const specHelp = `
--phase SIZE[,success=P%][,min=N][,soak=TIME][,wait]
    SIZE is 5% or count:20 (of all targets, each phase larger than the one before) or, for the first, tag:NAME.
    The next phase opens when at least N devices have finished (1), P % of them succeeded (100), and that has been
    so for TIME (0); with "wait" only after "fogbell campaign next". Targets that no phase covers come last.
      --phase tag:canary,soak=1h,wait --phase 10%,success=95,min=20 --phase 50%
${abortHelp}--window [DAYS ]HH:MM-HH:MM[ in ZONE], or CRON for TIME[ in ZONE]
    DAYS as in cron: mon-fri or sat,sun. CRON: five fields, no nickname such as @daily. Without ZONE: the server's.
    Updates start in the window and may end after it. All day is 00:00-24:00.
      --window 22:00-06:00 --window "sat,sun 08:00-20:00 in Asia/Shanghai" --window "0 2 1 * * for 3h"
--start-at, --end-at TIME
    2026-12-01T02:00Z, 2026-12-01T10:00+08:00, "2026-12-01 02:00" in this machine's time zone, or +2h from now.
--file FILE
    JSON as POST /campaigns takes it ("-": standard input); options override its fields.`

const wrong = (words: string): InvalidArgumentError => new InvalidArgumentError(words)

const percentOf = (text: string): number | undefined => (/^\d+(\.\d+)?%?$/.test(text) ? Number(text.replace('%', '')) : undefined)

const countOf = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined)

/** The value; an error that says what is expected if there is none. */
const read = <T>(value: T | undefined, key: string, expected: string): T => {
  if (value === undefined) throw wrong(`${key} must be ${expected}.`)
  return value
}

/** `5%,min=3` as `5%` and its parts. */
const partsOf = (text: string): readonly [head: string, parts: readonly (readonly [key: string, value: string | undefined])[]] => {
  const [head = '', ...rest] = text.split(',').map((part) => part.trim())
  return [head, rest.map((part) => part.split('=', 2)).map(([key = '', value]) => [key, value] as const)]
}

// ---------------------------------------------------------------- phases

export type PhaseSpec = Readonly<Record<string, number | string>>

const phaseSize = (text: string): PhaseSpec => {
  const tag = /^tag:(\S+)$/.exec(text)?.[1]
  if (tag !== undefined) return { tag }
  const count = /^count:(\d{1,9})$/.exec(text)?.[1]
  if (count !== undefined) return { count: Number(count) }
  if (/^\d+(\.\d+)?%$/.test(text)) return { percent: Number(text.slice(0, -1)) }
  if (/^\d+$/.test(text)) throw wrong(`Write a share as ${text}%, or a number of devices as count:${text}.`)
  throw wrong('It must begin with a share such as 5%, with count:20, or with tag:NAME.')
}

/** The API's `then`: an object literal with it would look like a promise. */
const named = (name: string, value: string): PhaseSpec => ({ [name]: value })

const phasePart = (key: string, value = ''): PhaseSpec => {
  switch (key) {
    case 'success':
      return { successPercent: read(percentOf(value), key, 'a percentage, such as success=95') }
    case 'min':
      return { minFinished: read(countOf(value), key, 'a number, such as min=20') }
    case 'soak':
      return { soakSeconds: read(seconds(value), key, 'a time, such as soak=30m') }
    case 'wait':
    case 'next':
      return named('then', key)
    default:
      throw wrong(`"${key}" is not one of success=, min=, soak= and wait.`)
  }
}

export const phaseSpec = (text: string): PhaseSpec => {
  const [head, parts] = partsOf(text)
  let phase = phaseSize(head)
  for (const [key, value] of parts) phase = { ...phase, ...phasePart(key, value) }
  return phase
}

// ---------------------------------------------------------------- abort rules

export interface AbortSpec {
  readonly on?: string
  readonly percent?: number
  readonly minFinished?: number
  readonly action?: string
}

const abortClasses = ['any', 'failed', 'timed_out', 'rejected']

const abortPart = (key: string, value = ''): AbortSpec => {
  if (key === 'min') return { minFinished: read(countOf(value) || undefined, key, 'a number of at least 1, such as min=20') }
  if (key === 'pause' || key === 'cancel') return { action: key }
  throw wrong(`"${key}" is not one of min=, pause and cancel.`)
}

export const abortSpec = (text: string): AbortSpec => {
  const [head, parts] = partsOf(text)
  const [share = '', on] = head.split(':').toReversed()
  if (on !== undefined && !abortClasses.includes(on)) throw wrong(`"${on}" is not one of ${abortClasses.join(', ')}.`)
  const percent = read(percentOf(share), 'It', 'a percentage, such as 20%')
  if (percent <= 0 || percent > 100) throw wrong('The percentage must be more than 0 and at most 100.')
  let rule: AbortSpec = { ...(on === undefined ? {} : { on }), percent }
  for (const [key, value] of parts) rule = { ...rule, ...abortPart(key, value) }
  return rule
}

// ---------------------------------------------------------------- windows and times

export interface WindowSpec {
  readonly cron: string
  readonly minutes: number
  readonly timeZone?: string
}

const daily = /^(?:(\S+)\s+)?([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)$/
const byCron = /^(.+?)\s+for\s+(\S+)$/
const dayMinutes = 24 * 60

/** `mon-fri 22:00-06:00`: an end before the beginning is on the next day. */
const dailyWindow = ([, days = '*', hour, minute, endHour, endMinute]: RegExpExecArray): WindowSpec => {
  const begin = Number(hour) * 60 + Number(minute)
  const length = Number(endHour) * 60 + Number(endMinute) - begin
  if (length === 0) throw wrong('It ends when it begins. All day is 00:00-24:00; for any time, omit --window.')
  return { cron: `${Number(minute)} ${Number(hour)} * * ${days}`, minutes: length > 0 ? length : length + dayMinutes }
}

const cronWindow = ([, cron = '', length = '']: RegExpExecArray): WindowSpec => {
  const minutes = read(seconds(length), '"for"', 'a time, such as "for 2h"') / 60
  if (!Number.isInteger(minutes) || minutes < 1) throw wrong('The length of a window must be whole minutes.')
  return { cron, minutes }
}

const timesWindow = (text: string): WindowSpec => {
  const times = daily.exec(text)
  if (times !== null) return dailyWindow(times)
  const cron = byCron.exec(text)
  if (cron !== null) return cronWindow(cron)
  throw wrong('Write it as "22:00-06:00", "mon-fri 22:00-06:00" or "0 2 * * * for 2h".')
}

export const windowSpec = (text: string): WindowSpec => {
  const zone = /\s+in\s+(\S+)$/.exec(text)
  const rest = (zone === null ? text : text.slice(0, zone.index)).trim()
  const window = timesWindow(rest)
  return zone?.[1] === undefined ? window : { ...window, timeZone: zone[1] }
}

const timeForm = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)\s*(Z|[+-]\d\d:\d\d)?)?$/

/** Whether the calendar has that day. */
const isDay = (text: string): boolean => {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
}

/** A time in UTC, as ISO 8601. Without an offset it is this machine's local time; `+2h` counts from `now`. */
export const timeSpec = (text: string, now: number): string => {
  const later = text.startsWith('+') ? seconds(text.slice(1)) : undefined
  if (later !== undefined) return new Date(now + later * 1000).toISOString()
  const [, day, time = '00:00', offset = ''] = timeForm.exec(text.trim()) ?? []
  const at = day === undefined || !isDay(day) ? Number.NaN : Date.parse(`${day}T${time}${offset}`)
  if (Number.isNaN(at)) throw wrong('Write a time as 2026-12-01T02:00Z, "2026-12-01 02:00" or +2h.')
  return new Date(at).toISOString()
}
