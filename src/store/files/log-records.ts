// LevelDB's log format, in which both its write-ahead logs and its MANIFEST are: blocks of 32 KiB of checked fragments. Says which
// records are whole, where bytes are damaged, and which whole records lie behind the damage. Reads bytes only.

import { uint32At } from './byte-reader.ts'
import { type Crc32c, unmasked } from './crc32c.ts'

const blockBytes = 32_768
const headerBytes = 7
const [full, first, middle, last] = [1, 2, 3, 4]

export interface LogRecord {
  readonly at: number
  readonly bytes: Uint8Array
  /** Something before it in the file is damaged. */
  readonly isBehind: boolean
}

export interface LogContents {
  readonly records: readonly LogRecord[]
  /** The first byte that is not as LevelDB wrote it; null: all are. */
  readonly damagedAt: number | null
  /** How many bytes, from there on, belong to no whole record. */
  readonly damagedBytes: number
  /** All damage is that the file ends early: LevelDB takes that for its end, and refuses a MANIFEST with any other. */
  readonly isCut: boolean
}

interface Fragment {
  readonly at: number
  readonly type: number
  readonly from: number
  readonly to: number
}

/** The fragment at `at`, if it is whole and within its block. */
const fragmentAt = (bytes: Uint8Array, at: number, crc: Crc32c): Fragment | null => {
  const end = Math.min(bytes.length, (Math.floor(at / blockBytes) + 1) * blockBytes)
  if (at + headerBytes > end) return null
  const type = bytes[at + 6] ?? 0
  if (type < full || type > last) return null
  const to = at + headerBytes + (bytes[at + 4] ?? 0) + (bytes[at + 5] ?? 0) * 256
  if (to > end || unmasked(uint32At(bytes, at)) !== crc(bytes, at + 6, to)) return null
  return { at, type, from: at + headerBytes, to }
}

const isZero = (bytes: Uint8Array, from: number, to: number): boolean => {
  for (let at = from; at < to; at += 1) if (bytes[at] !== 0) return false
  return true
}

/** Whether the file ends within the fragment that begins at `at`, or holds only zeros from there on. */
const endsEarly = (bytes: Uint8Array, at: number): boolean =>
  at + headerBytes > bytes.length ||
  at + headerBytes + (bytes[at + 4] ?? 0) + (bytes[at + 5] ?? 0) * 256 > bytes.length ||
  isZero(bytes, at, bytes.length)

/** Fragments in order; after damage the next whole one is looked for byte by byte. */
function* fragments(bytes: Uint8Array, crc: Crc32c): Generator<Fragment | { readonly damagedAt: number }> {
  let isDamaged = false
  for (let at = 0; at < bytes.length; ) {
    const left = Math.min(bytes.length, (Math.floor(at / blockBytes) + 1) * blockBytes) - at
    // What is too short for a header is filled with zeros.
    if (left < headerBytes && isZero(bytes, at, at + left)) {
      at += left
      continue
    }
    const found = fragmentAt(bytes, at, crc)
    if (found !== null) {
      isDamaged = false
      yield found
      at = found.to
      continue
    }
    if (!isDamaged) yield { damagedAt: at }
    isDamaged = true
    at += 1
  }
}

const joined = (bytes: Uint8Array, parts: readonly Fragment[]): Uint8Array =>
  parts.length === 1 && parts[0] !== undefined
    ? bytes.subarray(parts[0].from, parts[0].to)
    : Buffer.concat(parts.map(({ from, to }) => bytes.subarray(from, to)))

/** The records of a file, and what is damaged in it. A record that the file's end cuts is damage too. */
export const readLog = (bytes: Uint8Array, crc: Crc32c): LogContents => {
  const records: LogRecord[] = []
  let damagedAt: number | null = null
  let parts: Fragment[] = []
  let wholeBehind = 0
  let isCut = true
  const damage = (at: number): void => {
    damagedAt ??= parts[0]?.at ?? at
    parts = []
  }
  for (const each of fragments(bytes, crc)) {
    if ('damagedAt' in each) {
      isCut &&= endsEarly(bytes, each.damagedAt)
      damage(each.damagedAt)
      continue
    }
    const begins = each.type === full || each.type === first
    // A fragment that does not continue the one before it.
    if (begins === parts.length > 0) {
      isCut = false
      damage(each.at)
    }
    if (begins || parts.length > 0) parts.push(each)
    if (each.type === first || each.type === middle || parts.length === 0) continue
    records.push({ at: parts[0]?.at ?? each.at, bytes: joined(bytes, parts), isBehind: damagedAt !== null })
    if (damagedAt !== null) wholeBehind += parts.reduce((sum, { at, to }) => sum + to - at, 0)
    parts = []
  }
  if (parts.length > 0) damage(bytes.length)
  return { records, damagedAt, damagedBytes: damagedAt === null ? 0 : bytes.length - damagedAt - wholeBehind, isCut }
}
