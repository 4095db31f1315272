// Reads the store at start: the format, and everything that memory holds. Ended tasks are not read.
// Knows the disk and the memory image; a record that cannot be read is an error with its key, never guessed.

import { OtaError } from '../errors.ts'
import type { Campaign, ClockNote, Device, Firmware, Installed, Tally, Target, Task, TimelineRow, Waiting } from '../ota/model.ts'
import { emptyTally } from '../ota/model.ts'
import type { ListedTask } from '../ota/ports/store.ts'
import { judgedPhase } from '../ota/rules/counts.ts'
import { sentence } from '../sentences/sentence.ts'
import type { Disk, DiskRow, RowOp } from './disk.ts'
import { unreadable } from './disk.ts'
import { clockKey, formatKey, gapRange, idOfListKey, lastKey, rowKey, rowRange } from './keys.ts'
import type { Numbered } from './layout.ts'
import { addOps, stepOf } from './layout.ts'
import { withoutHistory } from './listed-text.ts'
import type { MemoryImage } from './memory-image.ts'
import { applyStep, createMemoryImage, tallyName } from './memory-image.ts'
import { listedOf, type TaskRow, taskOf } from './task-text.ts'
import { upgradedCampaign } from './upgrade.ts'

/**
 * The layout of keys and records that this Fogbell writes. 2: campaigns have phases, and waiting targets have rows of their own.
 * 3: entries of a task's history have codes. An earlier Fogbell cannot read them.
 */
export const storeFormat = 3

const invalidRecord = (directory: string, key: string, cause?: unknown): OtaError =>
  unreadable(sentence('store_record_unreadable', { directory, key: JSON.stringify(key) }), cause)

const parse = (where: string, [key, text]: DiskRow): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalidRecord(where, key, cause)
  }
}

/** Parses a piece at once, which is faster; if that fails, row by row, to find the invalid one. */
const parsePiece = (where: string, rows: readonly DiskRow[]): readonly unknown[] => {
  try {
    const values: unknown = JSON.parse(`[${rows.map((row) => row[1]).join(',')}]`)
    if (Array.isArray(values) && values.length === rows.length) return values
  } catch {
    // One of them is invalid: it is found below.
  }
  return rows.map((row) => parse(where, row))
}

/** A stored value is a record if it has a revision and the key it is stored under. */
const isRecord = <R>(value: unknown, key: string, keyOf: (record: R) => string): value is R => {
  try {
    return typeof value === 'object' && value !== null && 'rev' in value && Number.isSafeInteger(value.rev) && keyOf(value as R) === key
  } catch {
    return false
  }
}

const each = async <R>(disk: Disk, table: keyof typeof rowKey, keyOf: (record: R) => string, use: (record: R) => void): Promise<void> => {
  for await (const rows of disk.pieces(...rowRange(table))) {
    const values = parsePiece(disk.where, rows)
    for (const [at, [key]] of rows.entries()) {
      const value = values[at]
      if (!isRecord<R>(value, key, keyOf)) throw invalidRecord(disk.where, key)
      use(value)
    }
  }
}

const isTarget = (value: unknown): value is Target =>
  typeof value === 'object' && value !== null && 'devices' in value && Array.isArray(value.devices)

/** Long lists of names have a row of their own. */
const withTarget = async (disk: Disk, campaign: Campaign): Promise<Campaign> => {
  // Earlier campaigns of this format lack these two.
  const { era = 0, fired = null } = campaign as Partial<Campaign>
  if (isTarget(campaign.target)) return { ...campaign, era, fired }
  const key = rowKey.target(campaign.id)
  const target = parse(disk.where, [key, (await disk.get(key)) ?? ''])
  if (!isTarget(target)) throw invalidRecord(disk.where, key)
  return { ...campaign, era, fired, target }
}

/** Campaigns; those with an earlier shape are upgraded, on disk too. */
const loadCampaigns = async (disk: Disk, image: MemoryImage): Promise<void> => {
  const stored: Campaign[] = []
  await each<Campaign>(
    disk,
    'campaign',
    (campaign) => rowKey.campaign(campaign.id),
    (campaign) => void stored.push(campaign),
  )
  const ops: RowOp[] = []
  for (const one of stored) {
    const upgraded = upgradedCampaign(one)
    const campaign = upgraded?.campaign ?? (await withTarget(disk, one))
    image.campaign.set(campaign.id, campaign)
    if (upgraded === undefined) continue
    addOps({ kind: 'campaign', before: undefined, after: campaign }, ops)
    for (const device of upgraded.waiting) {
      const after: Waiting = { rev: 1, campaign: campaign.id, device, phase: 0, since: campaign.startedAt ?? campaign.createdAt }
      addOps({ kind: 'waiting', before: undefined, after }, ops)
    }
  }
  if (ops.length > 0) await disk.commit(ops)
}

const loadWaiting = async (disk: Disk, image: MemoryImage): Promise<void> => {
  await each<Waiting>(
    disk,
    'waiting',
    (waiting) => rowKey.waiting(waiting.campaign, waiting.device),
    (waiting) => applyStep(image, stepOf('waiting', undefined, waiting)),
  )
}

const isCounts = (value: unknown): value is Partial<Tally> =>
  typeof value === 'object' && value !== null && Object.values(value).every((count) => Number.isSafeInteger(count))

const loadTallies = async (disk: Disk, image: MemoryImage): Promise<void> => {
  for (const { id, phases } of image.campaign.values()) {
    for (const phase of [null, judgedPhase, ...phases.keys()]) {
      const key = rowKey.tally(id, phase)
      const text = await disk.get(key)
      if (text === undefined) continue
      const counts = parse(disk.where, [key, text])
      if (!isCounts(counts)) throw invalidRecord(disk.where, key)
      image.tally.set(tallyName(id, phase), { ...emptyTally, ...counts })
    }
  }
}

const loadLast = async (disk: Disk, image: MemoryImage, table: Numbered): Promise<void> => {
  const key = lastKey(table)
  const text = await disk.get(key)
  if (text === undefined) return
  const id = parse(disk.where, [key, text])
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw invalidRecord(disk.where, key)
  image.last.set(table, id)
}

const loadGaps = async (disk: Disk, image: MemoryImage): Promise<void> => {
  for await (const row of disk.range(...gapRange)) {
    const [from, to] = [idOfListKey(row[0]), parse(disk.where, row)]
    if (!Number.isSafeInteger(from) || typeof to !== 'number' || !(to >= from)) throw invalidRecord(disk.where, row[0])
    image.gaps.push({ from, to })
  }
}

const isClock = (value: unknown): value is ClockNote =>
  typeof value === 'object' &&
  value !== null &&
  'at' in value &&
  typeof value.at === 'number' &&
  'away' in value &&
  Array.isArray(value.away)

const loadClock = async (disk: Disk): Promise<ClockNote | null> => {
  const text = await disk.get(clockKey)
  if (text === undefined) return null
  const note = parse(disk.where, [clockKey, text])
  if (!isClock(note)) throw invalidRecord(disk.where, clockKey)
  return note
}

const numbered: readonly Numbered[] = ['firmware', 'campaign', 'task']

/** Devices, firmware, campaigns, tallies, open tasks and the last ids, as stored. */
export const loadMemoryImage = async (disk: Disk): Promise<MemoryImage> => {
  const image = createMemoryImage()
  await each<Device>(
    disk,
    'device',
    (device) => rowKey.device(device.key),
    (device) => image.device.set(device.key, device),
  )
  await each<Firmware>(
    disk,
    'firmware',
    (firmware) => rowKey.firmware(firmware.id),
    (firmware) => image.firmware.set(firmware.id, firmware),
  )
  await loadCampaigns(disk, image)
  await loadWaiting(disk, image)
  await each<TaskRow>(
    disk,
    'open',
    (task) => rowKey.open(task.id),
    (task) => applyStep(image, stepOf('task', undefined, taskOf(task))),
  )
  await loadTallies(disk, image)
  for (const table of numbered) await loadLast(disk, image, table)
  await loadGaps(disk, image)
  image.clock = await loadClock(disk)
  return image
}

/** An ended task's record. */
export const parseEnded = (where: string, id: number, text: string): Task => {
  const key = rowKey.ended(id)
  const value = parse(where, [key, text])
  if (!isRecord<TaskRow>(value, key, (task) => rowKey.ended(task.id))) throw invalidRecord(where, key)
  return taskOf(value)
}

const parsedOrNothing = (text: string | undefined): unknown => {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** As `parseEnded`, in half of the time: for what shows no history. */
export const parseListed = (where: string, id: number, text: string): ListedTask => {
  const value = parsedOrNothing(withoutHistory(text))
  return isRecord<TaskRow>(value, rowKey.ended(id), (task) => rowKey.ended(task.id)) ? listedOf(value) : parseEnded(where, id, text)
}

/** A version that was installed on a device. */
export const parseInstalled = (where: string, row: DiskRow): Installed => {
  const value = parse(where, row)
  if (typeof value !== 'object' || value === null || !('version' in value)) throw invalidRecord(where, row[0])
  return value as Installed
}

/** One row of a device's timeline, as it was given to the store. */
export const parseTimelineRow = (where: string, row: DiskRow): TimelineRow => {
  const value = parse(where, row)
  if (typeof value !== 'object' || value === null || !('what' in value)) throw invalidRecord(where, row[0])
  const { seq: _seq, ...given } = value as TimelineRow & { readonly seq: number }
  return given
}

/** Any key of OTA data: those of MQTT sessions begin with `!`. */
const anyKey = async (disk: Disk): Promise<string | undefined> => {
  for (const [gte, lt] of [
    ['', '!'],
    ['"', '\u{10ffff}'],
  ] as const)
    for await (const [key] of disk.range(gte, lt, 1)) return key
  return undefined
}

/**
 * Checks that the disk has a format that this Fogbell reads, and writes the current format if there is none or an earlier one.
 * Throws OTA_STORE_NEWER, or OTA_STORE_UNREADABLE if the directory holds something else.
 */
export const checkFormat = async (disk: Disk): Promise<void> => {
  const text = await disk.get(formatKey)
  if (text === undefined) {
    const key = await anyKey(disk)
    if (key !== undefined) throw unreadable(sentence('store_not_ours', { directory: disk.where, key: JSON.stringify(key) }))
    return disk.commit([{ type: 'put', key: formatKey, value: String(storeFormat) }])
  }
  const found = parse(disk.where, [formatKey, text])
  if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 1) throw invalidRecord(disk.where, formatKey)
  if (found > storeFormat)
    throw new OtaError('OTA_STORE_NEWER', sentence('store_newer', { directory: disk.where, found, format: storeFormat }))
  // Earlier records are completed when they are read (upgrade.ts); from now on they are written in the current format.
  if (found < storeFormat) await disk.commit([{ type: 'put', key: formatKey, value: String(storeFormat) }])
}
