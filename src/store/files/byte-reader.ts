// Reads LevelDB's numbers and byte strings in order. Throws RangeError where the bytes end early: the caller says what is damaged.

export interface ByteReader {
  readonly at: () => number
  readonly left: () => number
  byte(): number
  /** Up to 2^53 exactly. */
  varint(): number
  bytes(length: number): Uint8Array
  /** With its length before it. */
  slice(): Uint8Array
}

export const createByteReader = (bytes: Uint8Array, start = 0, end = bytes.length): ByteReader => {
  let at = start
  const take = (length: number): Uint8Array => {
    if (at + length > end) throw new RangeError('the bytes end early')
    at += length
    return bytes.subarray(at - length, at)
  }
  const byte = (): number => {
    if (at >= end) throw new RangeError('the bytes end early')
    at += 1
    return bytes[at - 1] ?? 0
  }
  const varint = (): number => {
    let value = 0
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      const part = byte()
      value += (part & 0x7f) * factor
      if (part < 0x80) return value
    }
    throw new RangeError('a number has more than ten bytes')
  }
  return { at: () => at, left: () => end - at, byte, varint, bytes: take, slice: () => take(varint()) }
}

export const uint32At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0

/** Up to 2^53 exactly. */
export const uint64At = (bytes: Uint8Array, at: number): number => uint32At(bytes, at) + uint32At(bytes, at + 4) * 2 ** 32
