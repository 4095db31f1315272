// The keys of OTA data and how they sort. Every key begins with a letter; ids are padded so that they sort by number.
// A key of `by…` ends with the id of an ended task; its value holds what a list filters by, so that the record need not be read.

import type { DeviceKey, TaskState } from '../ota/model.ts'

export const formatKey = 'format'
/** When the server was last running. */
export const clockKey = 'clock'
/** How many groups of operations were written; each writes its own number. Like the keys of sessions, it is none of OTA data. */
export const commitsKey = '!commits'
/** What was lost, and accepted as lost, at that time. */
export const lossKey = (at: number): string => `loss/${String(at).padStart(14, '0')}`
export const lossRange = ['loss/', 'loss0'] as const
export const secretKey = (name: string): string => `secret/${name}`
/** The highest id that a table has used, removed records included. */
export const lastKey = (table: string): string => `last/${table}`

/** Ids of tasks that a restore has passed over: those above `from`. The value is the last of them. */
export const gapKey = (from: number): string => `gap/task/${padded(from)}`
export const gapRange = ['gap/task/', 'gap/task0'] as const

/** By how many are missing. */
const zeros = Array.from({ length: 10 }, (_, missing) => '0'.repeat(missing))

/** Assigned ids have at most ten digits; requests may name longer ones. Every row has one: V8 keeps the digits of small numbers. */
const padded = (id: number): string => {
  const digits = String(id)
  return digits.length < 10 ? (zeros[10 - digits.length] ?? '') + digits : digits
}

/** Keys are UTF-8, where all lone surrogates would become the same character: they are written as NUL and hex. No device name has a NUL. */
const written = (text: string): string =>
  text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, (letter) => `\0${letter.charCodeAt(0).toString(16)}`)

export const rowKey = {
  device: (key: DeviceKey): string => `device/${written(key)}`,
  firmware: (id: number): string => `firmware/${padded(id)}`,
  campaign: (id: number): string => `campaign/${padded(id)}`,
  /** The targets of a campaign that names many: written once, not with every change of the campaign. */
  target: (campaign: number): string => `target/${padded(campaign)}`,
  /** Of the whole campaign (null), or of one of its phases. */
  tally: (campaign: number, phase: number | null = null): string =>
    phase === null ? `tally/${padded(campaign)}` : `tally/${padded(campaign)}/${phase}`,
  waiting: (campaign: number, device: DeviceKey): string => `waiting/${padded(campaign)}/${written(device)}`,
  open: (id: number): string => `open/${padded(id)}`,
  ended: (id: number): string => `ended/${padded(id)}`,
} as const

/** All keys of `rowKey[table]`: [gte, lt). */
export const rowRange = (table: keyof typeof rowKey): readonly [gte: string, lt: string] => [`${table}/`, `${table}0`]

/** Installed versions are stored under `ran/`. */
const installedPrefix = (device: DeviceKey): string => `ran/${written(device)}\0`
/** Sorts by time within a device; times of this millennium and the next have up to 14 digits. */
export const installedKey = (device: DeviceKey, at: number, module: string, version: string): string =>
  `${installedPrefix(device)}${String(at).padStart(14, '0')}/${JSON.stringify([module, version])}`
export const installedRange = (device: DeviceKey): readonly [gte: string, lt: string] => [
  installedPrefix(device),
  `${installedPrefix(device)}:`,
]

const timelinePrefix = (device: DeviceKey): string => `timeline/${written(device)}\0`
/** Sorts by time within a device, and by `seq` within a time. */
export const timelineKey = (device: DeviceKey, at: number, seq: number): string =>
  `${timelinePrefix(device)}${String(at).padStart(14, '0')}/${padded(seq)}`
export const timelineRange = (device: DeviceKey): readonly [gte: string, lt: string] => [
  timelinePrefix(device),
  `${timelinePrefix(device)}:`,
]

/** Prefixes of the lists of ended tasks. NUL ends the device's key: `dev1` is no prefix of `dev10`. */
export const listPrefix = {
  campaign: (campaign: number, state: TaskState): string => `byCampaign/${padded(campaign)}/${state}/`,
  device: (key: DeviceKey): string => `byDevice/${written(key)}\0`,
  state: (state: TaskState): string => `byState/${state}/`,
} as const

export const listKey = (prefix: string, id: number): string => prefix + padded(id)

/** The keys of a list whose ids are above `after`: [gte, lt). `:` is the character after `9`. */
export const listRange = (prefix: string, after: number): readonly [gte: string, lt: string] => [prefix + padded(after + 1), `${prefix}:`]

/** The list, stored under `told/`, of tasks that ended shortly after they were notified, by time of notification. */
export const notifiedKey = (at: number, id: number): string => `told/${String(at).padStart(14, '0')}/${padded(id)}`
/** [gte, lt) of those notified at `since` or later. */
export const notifiedRange = (since: number): readonly [gte: string, lt: string] => [`told/${String(since).padStart(14, '0')}`, 'told0']

export const idOfListKey = (key: string): number => Number(key.slice(-10))

/** A code unit's position in the order of UTF-8: surrogates sort above all other units. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

/** The order of keys on disk, by UTF-8 bytes; JavaScript compares strings by UTF-16 code units. */
export const compareKeys = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}
