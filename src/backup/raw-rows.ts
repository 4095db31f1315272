// Rows as the bytes of a part: the lengths of key and value (32 bits, little-endian each), the key, the value. Pure; knows no row but by the
// beginning of its key.

import type { RawRow, SnapshotRow } from '../ota/ports/snapshot.ts'
import type { BackupCounts } from './backup-parts.ts'

const headBytes = 8

const lengthOf = (value: string | Uint8Array): number => (typeof value === 'string' ? Buffer.byteLength(value) : value.length)

const writeAt = (bytes: Buffer, value: string | Uint8Array, at: number): void => {
  if (typeof value === 'string') bytes.write(value, at)
  else bytes.set(value, at)
}

export const encodeRows = (rows: readonly SnapshotRow[]): Buffer => {
  const bytes = Buffer.allocUnsafe(rows.reduce((sum, [key, value]) => sum + headBytes + Buffer.byteLength(key) + lengthOf(value), 0))
  let at = 0
  for (const [key, value] of rows) {
    const [keyBytes, valueBytes] = [Buffer.byteLength(key), lengthOf(value)]
    bytes.writeUInt32LE(keyBytes, at)
    bytes.writeUInt32LE(valueBytes, at + 4)
    bytes.write(key, at + headBytes)
    writeAt(bytes, value, at + headBytes + keyBytes)
    at += headBytes + keyBytes + valueBytes
  }
  return bytes
}

/** Writers end a part behind its first mebibyte, in which there is no room for so many; each takes far more memory than bytes of the part. */
const mostRows = 1 << 18

/** null: the lengths do not fit the bytes, or no writer makes so many of one part. */
export const decodeRows = (bytes: Buffer): readonly RawRow[] | null => {
  const rows: RawRow[] = []
  let at = 0
  while (at + headBytes <= bytes.length) {
    const value = at + headBytes + bytes.readUInt32LE(at)
    const end = value + bytes.readUInt32LE(at + 4)
    if (end > bytes.length || rows.length === mostRows) return null
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
const beginningOf = (key: string): string => sessionBeginning.exec(key)?.[0] ?? key.slice(0, key.indexOf('/') + 1)

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

export const countKeys = (counts: Counting, keys: Iterable<string>): void => {
  for (const key of keys) {
    counts.rows += 1
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
export const packageOf = (value: string): PackageImage | null => {
  try {
    const read: unknown = JSON.parse(value)
    return isPackage(read) ? read : null
  } catch {
    return null
  }
}
