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

/** RangeError if the block is not as it was written. */
const checkBlock = (bytes: Uint8Array, { offset, size }: Block, crc: Crc32c): void => {
  const end = offset + size
  if (end + trailerBytes > bytes.length) throw new RangeError('a block leaves the file')
  if (unmasked(uint32At(bytes, end + 1)) !== crc(bytes, offset, end + 1)) throw new RangeError('checksum mismatch')
}

/** The content of a block that was checked. */
const unpacked = (bytes: Uint8Array, { offset, size }: Block): Uint8Array => {
  const end = offset + size
  const packed = bytes.subarray(offset, end)
  const kind = bytes[end]
  if (kind === 0) return packed
  if (kind === 1) return unpackSnappy(packed)
  throw new RangeError('an unknown compression')
}

/** The content of a block. RangeError if it is not as it was written. */
const contentOf = (bytes: Uint8Array, block: Block, crc: Crc32c): Uint8Array => {
  checkBlock(bytes, block, crc)
  return unpacked(bytes, block)
}

/** Each is good until the next one is asked for: keys are put together in one place. */
function* entriesOf(content: Uint8Array): Generator<Entry> {
  const end = content.length - 4 - 4 * uint32At(content, content.length - 4)
  const reader = createByteReader(content, 0, end)
  let key = Buffer.alloc(256)
  let before = 0
  while (reader.left() > 0) {
    const [shared, own, length] = [reader.varint(), reader.varint(), reader.varint()]
    const from = Math.min(shared, before)
    const bytes = reader.bytes(own)
    before = from + own
    if (before > key.length) key = Buffer.concat([key, Buffer.alloc(before)])
    key.set(bytes, from)
    yield { key: key.subarray(0, before), value: reader.bytes(length) }
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

/** Every block of the table is as it was written, and there is nothing between them; otherwise RangeError. Gives its list of blocks. */
export const checkTable = (bytes: Uint8Array, crc: Crc32c): Uint8Array => {
  const { metaIndex, index } = footerOf(bytes)
  let checked = footerBytes
  const check = (block: Block): void => {
    checkBlock(bytes, block, crc)
    checked += block.size + trailerBytes
  }
  const checkAll = (list: Block): Uint8Array => {
    check(list)
    const content = unpacked(bytes, list)
    for (const value of valuesOf(content)) check(blockIn(value))
    return content
  }
  checkAll(metaIndex)
  const blocks = checkAll(index)
  if (checked !== bytes.length) throw new RangeError('bytes that belong to no block')
  return blocks
}

const sequenceOf = (key: Uint8Array): number => Math.floor(uint64At(key, key.length - 8) / 256)

const rowOf = ({ key, value }: Entry): FoundRow => ({
  sequence: sequenceOf(key),
  value: (key.at(-8) ?? 0) === 1 ? Buffer.from(value).toString('utf8') : null,
})

/** What is newer of two rows of one key. */
export const newerRow = (known: FoundRow | undefined, row: FoundRow): FoundRow =>
  known === undefined || row.sequence > known.sequence ? row : known

/** The list of blocks of a table. */
export const blocksOf = (bytes: Uint8Array, crc: Crc32c): Uint8Array => contentOf(bytes, footerOf(bytes).index, crc)

/** The newest entries of all keys from `from` to before `to`, by key. `blocks`: the table's list of blocks. */
export const rowsInTable = (bytes: Uint8Array, blocks: Uint8Array, [from, to]: KeyRange, crc: Crc32c): ReadonlyMap<string, FoundRow> => {
  const [low, high] = [Buffer.from(from), Buffer.from(to)]
  const found = new Map<string, FoundRow>()
  for (const each of entriesOf(blocks)) {
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
