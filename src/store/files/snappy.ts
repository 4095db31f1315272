// Unpacks a block that LevelDB has compressed with Snappy. Throws RangeError for bytes that are not Snappy's.

import { type ByteReader, createByteReader } from './byte-reader.ts'

/** A block is at most some kilobytes, or one large value. */
const maxLength = 1 << 30

const littleEndian = (reader: ByteReader, bytes: number): number => {
  let value = 0
  for (let factor = 1, n = 0; n < bytes; n += 1, factor *= 256) value += reader.byte() * factor
  return value
}

const copyWithin = (output: Uint8Array, at: number, offset: number, length: number): void => {
  if (offset === 0 || offset > at || at + length > output.length) throw new RangeError('a copy leaves the block')
  // The source may overlap what is being written.
  for (let n = 0; n < length; n += 1) output[at + n] = output[at + n - offset] ?? 0
}

export const unpackSnappy = (packed: Uint8Array): Uint8Array => {
  const reader = createByteReader(packed)
  const length = reader.varint()
  if (length > maxLength) throw new RangeError('the block is too long')
  const output = new Uint8Array(length)
  let at = 0
  while (reader.left() > 0) {
    const tag = reader.byte()
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >>> 2
      const count = 1 + (short < 60 ? short : littleEndian(reader, short - 59))
      if (at + count > length) throw new RangeError('a literal leaves the block')
      output.set(reader.bytes(count), at)
      at += count
      continue
    }
    const count = kind === 1 ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2)
    const offset = kind === 1 ? ((tag >>> 5) << 8) + reader.byte() : littleEndian(reader, kind === 2 ? 2 : 4)
    copyWithin(output, at, offset, count)
    at += count
  }
  if (at !== length) throw new RangeError('the block is too short')
  return output
}
