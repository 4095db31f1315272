// Rows as the bytes of a part: the lengths of key and value (32 bits, little-endian each), the key, the value. Pure; knows no row but by the
// beginning of its key.

import type { RawRow } from '../ota/ports/snapshot.ts'
import type { BackupCounts } from './backup-parts.ts'

const headBytes = 8

export const encodeRows = (rows: readonly RawRow[]): Buffer => {
  const bytes = Buffer.allocUnsafe(rows.reduce((sum, [key, value]) => sum + headBytes + key.length + value.length, 0))
  let at = 0
  for (const [key, value] of rows) {
    bytes.writeUInt32LE(key.length, at)
    bytes.writeUInt32LE(value.length, at + 4)
    bytes.set(key, at + headBytes)
    bytes.set(value, at + headBytes + key.length)
    at += headBytes + key.length + value.length
  }
  return bytes
}

/** null: the lengths do not fit the bytes. */
export const decodeRows = (bytes: Buffer): readonly RawRow[] | null => {
  const rows: RawRow[] = []
  let at = 0
  while (at + headBytes <= bytes.length) {
    const value = at + headBytes + bytes.readUInt32LE(at)
    const end = value + bytes.readUInt32LE(at + 4)
    if (end > bytes.length) return null
    rows.push([bytes.subarray(at + headBytes, value), bytes.subarray(value, end)])
    at = end
  }
  return at === bytes.length ? rows : null
}

/** Beginnings of keys, as the store writes them. */
const counted: { readonly [beginning: string]: keyof BackupCounts } = {
  'device/': 'devices',
  'firmware/': 'packages',
  'campaign/': 'campaigns',
  'open/': 'tasks',
  'ended/': 'tasks',
  '!session!s:': 'sessions',
  '!session!r:': 'retained',
}

/** Packages, whose images belong to the backup. */
export const packagePrefix = 'firmware/'

const sessionBeginning = /^!session!.:/

/** The part of a key that says what kind of row it is. */
const beginningOf = (key: Buffer): string => {
  const text = key.toString('latin1', 0, 12)
  return sessionBeginning.exec(text)?.[0] ?? text.slice(0, text.indexOf('/') + 1)
}

export type Counting = { -readonly [name in keyof BackupCounts]: number }

export const noCounts = (): Counting => ({
  rows: 0,
  devices: 0,
  packages: 0,
  campaigns: 0,
  tasks: 0,
  sessions: 0,
  retained: 0,
  images: 0,
})

export const countRows = (counts: Counting, rows: readonly RawRow[]): void => {
  counts.rows += rows.length
  for (const [key] of rows) {
    const name = counted[beginningOf(key)]
    if (name !== undefined) counts[name] += 1
  }
}

/** A package, as far as its image goes. */
export interface PackageImage {
  readonly product: string
  readonly version: string
  readonly sha256: string
  readonly size: number
}

const isPackage = (value: unknown): value is PackageImage =>
  typeof value === 'object' &&
  value !== null &&
  'product' in value &&
  typeof value.product === 'string' &&
  'version' in value &&
  typeof value.version === 'string' &&
  'sha256' in value &&
  typeof value.sha256 === 'string' &&
  /^[0-9a-f]{64}$/.test(value.sha256) &&
  'size' in value &&
  typeof value.size === 'number'

/** null: the row is none of a package that can be read. */
export const packageOf = ([, value]: RawRow): PackageImage | null => {
  try {
    const read: unknown = JSON.parse(value.toString())
    return isPackage(read) ? read : null
  } catch {
    return null
  }
}
