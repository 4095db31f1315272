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
    for (const { value } of entriesOf(contentOf(bytes, list, crc))) check(blockIn(value))
  }
  if (checked !== bytes.length) throw new RangeError('bytes that belong to no block')
}

/** The newest entry of a key; undefined: the table has none. */
export const rowInTable = (bytes: Uint8Array, key: string, crc: Crc32c): FoundRow | undefined => {
  const wanted = Buffer.from(key)
  let found: FoundRow | undefined
  for (const each of entriesOf(contentOf(bytes, footerOf(bytes).index, crc))) {
    // The index names for each block a key that is not below its last one.
    if (Buffer.compare(each.key.subarray(0, -8), wanted) < 0) continue
    for (const entry of entriesOf(contentOf(bytes, blockIn(each.value), crc))) {
      const order = Buffer.compare(entry.key.subarray(0, -8), wanted)
      if (order > 0) return found
      if (order < 0) continue
      const packed = uint64At(entry.key, entry.key.length - 8)
      const sequence = Math.floor(packed / 256)
      if (found === undefined || sequence > found.sequence)
        found = { sequence, value: (entry.key.at(-8) ?? 0) === 1 ? Buffer.from(entry.value).toString('utf8') : null }
    }
  }
  return found
}
