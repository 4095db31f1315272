// One of LevelDB's tables, checked block by block, and one row of it. Functions of its bytes; opens no file.

import { createByteReader, uint32At, uint64At } from './byte-reader.ts'
import { type Crc32c, unmasked } from './crc32c.ts'
import { unpackSnappy } from './snappy.ts'

const footerBytes = 48
const trailerBytes = 5

interface Block {
  readonly offset: number
  readonly size: number
}

interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** What a row was last set to, by sequence; `value` null: it was deleted. */
export interface FoundRow {
  readonly sequence: number
  readonly value: string | null
}

/** Keys from the first to before the second. */
export type KeyRange = readonly [from: string, to: string]

const blockIn = (bytes: Uint8Array): Block => {
  const reader = createByteReader(bytes)
  return { offset: reader.varint(), size: reader.varint() }
}

/** The content of a block. RangeError if it is not as it was written. */
const contentOf = (bytes: Uint8Array, { offset, size }: Block, crc: Crc32c): Uint8Array => {
  const end = offset + size
  if (end + trailerBytes > bytes.length) throw new RangeError('a block leaves the file')
  if (unmasked(uint32At(bytes, end + 1)) !== crc(bytes, offset, end + 1)) throw new RangeError('checksum mismatch')
  const packed = bytes.subarray(offset, end)
  const kind = bytes[end]
  if (kind === 0) return packed
  if (kind === 1) return unpackSnappy(packed)
  throw new RangeError('an unknown compression')
}

function* entriesOf(content: Uint8Array): Generator<Entry> {
  const end = content.length - 4 - 4 * uint32At(content, content.length - 4)
  const reader = createByteReader(content, 0, end)
  let key = new Uint8Array()
  while (reader.left() > 0) {
    const [shared, own, length] = [reader.varint(), reader.varint(), reader.varint()]
    key = Buffer.concat([key.subarray(0, shared), reader.bytes(own)])
    yield { key, value: reader.bytes(length) }
  }
}

/** Without the keys, which take most of the time. */
function* valuesOf(content: Uint8Array): Generator<Uint8Array> {
  const end = content.length - 4 - 4 * uint32At(content, content.length - 4)
  const reader = createByteReader(content, 0, end)
  while (reader.left() > 0) {
    const [, own, length] = [reader.varint(), reader.varint(), reader.varint()]
    reader.bytes(own)
    yield reader.bytes(length)
  }
}

interface Footer {
  readonly metaIndex: Block
  readonly index: Block
}

const footerOf = (bytes: Uint8Array): Footer => {
  const footer = bytes.subarray(bytes.length - footerBytes)
  if (footer.length < footerBytes || Buffer.from(footer.subarray(footerBytes - 8)).toString('hex') !== '57fb808b247547db')
    throw new RangeError('no table')
  const reader = createByteReader(footer)
  const metaIndex = { offset: reader.varint(), size: reader.varint() }
  const index = { offset: reader.varint(), size: reader.varint() }
  if (footer.subarray(reader.at(), footerBytes - 8).some((byte) => byte !== 0)) throw new RangeError('no table')
  return { metaIndex, index }
}

/** Every block of the table is as it was written, and there is nothing between them; otherwise RangeError. */
export const checkTable = (bytes: Uint8Array, crc: Crc32c): void => {
  const { metaIndex, index } = footerOf(bytes)
  let checked = footerBytes
  const check = (block: Block): void => {
    const { offset, size } = block
    if (offset + size + trailerBytes > bytes.length) throw new RangeError('a block leaves the file')
    if (unmasked(uint32At(bytes, offset + size + 1)) !== crc(bytes, offset, offset + size + 1)) throw new RangeError('checksum mismatch')
    checked += size + trailerBytes
  }
  for (const list of [metaIndex, index]) {
    check(list)
    for (const value of valuesOf(contentOf(bytes, list, crc))) check(blockIn(value))
  }
  if (checked !== bytes.length) throw new RangeError('bytes that belong to no block')
}

const sequenceOf = (key: Uint8Array): number => Math.floor(uint64At(key, key.length - 8) / 256)

const rowOf = ({ key, value }: Entry): FoundRow => ({
  sequence: sequenceOf(key),
  value: (key.at(-8) ?? 0) === 1 ? Buffer.from(value).toString('utf8') : null,
})

/** What is newer of two rows of one key. */
export const newerRow = (known: FoundRow | undefined, row: FoundRow): FoundRow =>
  known === undefined || row.sequence > known.sequence ? row : known

/** The newest entries of all keys from `from` to before `to`, by key. */
export const rowsInTable = (bytes: Uint8Array, [from, to]: KeyRange, crc: Crc32c): ReadonlyMap<string, FoundRow> => {
  const [low, high] = [Buffer.from(from), Buffer.from(to)]
  const found = new Map<string, FoundRow>()
  for (const each of entriesOf(contentOf(bytes, footerOf(bytes).index, crc))) {
    // The index names for each block a key that is not below its last one.
    if (Buffer.compare(each.key.subarray(0, -8), low) < 0) continue
    for (const entry of entriesOf(contentOf(bytes, blockIn(each.value), crc))) {
      const own = entry.key.subarray(0, -8)
      if (Buffer.compare(own, high) >= 0) return found
      if (Buffer.compare(own, low) < 0) continue
      const key = Buffer.from(own).toString('utf8')
      found.set(key, newerRow(found.get(key), rowOf(entry)))
    }
  }
  return found
}
