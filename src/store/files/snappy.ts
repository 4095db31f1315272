// Unpacks a block that LevelDB has compressed with Snappy. Throws RangeError for bytes that are not Snappy's.

import { createByteReader } from './byte-reader.ts'

/** A block is at most some kilobytes, or one large value. */
const maxLength = 1 << 30

const littleEndian = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => value * 256 + byte, 0)

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
    const tag = reader.bytes(1)[0] ?? 0
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >>> 2
      const count = 1 + (short < 60 ? short : littleEndian(reader.bytes(short - 59)))
      if (at + count > length) throw new RangeError('a literal leaves the block')
      output.set(reader.bytes(count), at)
      at += count
      continue
    }
    const count = kind === 1 ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2)
    const offset = kind === 1 ? ((tag >>> 5) << 8) + (reader.bytes(1)[0] ?? 0) : littleEndian(reader.bytes(kind === 2 ? 2 : 4))
    copyWithin(output, at, offset, count)
    at += count
  }
  if (at !== length) throw new RangeError('the block is too short')
  return output
}
