// The checksum of LevelDB's blocks and log records: CRC-32C, and the mask under which it is stored.

/** Slicing by eight: one table for each byte of an eight-byte step. */
const makeTables = (): Int32Array => {
  const tables = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78
    tables[byte] = crc
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256] ?? 0
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0)
  }
  return tables
}

/** CRC-32C of bytes[from, to), which are in the array. */
export type Crc32c = (bytes: Uint8Array, from: number, to: number) => number

/**
 * The tables are made once for each reading of a store. A start reads each table of the store before V8 has compiled this, so nothing is called
 * for a byte, and nothing is asked of one: all indices are within their arrays.
 */
export const createCrc32c = (): Crc32c => {
  const table = makeTables()
  return (bytes, from, to) => {
    let crc = -1
    let at = from
    for (const last = to - 8; at <= last; at += 8) {
      crc =
        (table[1792 + ((crc ^ (bytes[at] as number)) & 0xff)] as number) ^
        (table[1536 + (((crc >>> 8) ^ (bytes[at + 1] as number)) & 0xff)] as number) ^
        (table[1280 + (((crc >>> 16) ^ (bytes[at + 2] as number)) & 0xff)] as number) ^
        (table[1024 + ((crc >>> 24) ^ (bytes[at + 3] as number))] as number) ^
        (table[768 + (bytes[at + 4] as number)] as number) ^
        (table[512 + (bytes[at + 5] as number)] as number) ^
        (table[256 + (bytes[at + 6] as number)] as number) ^
        (table[bytes[at + 7] as number] as number)
    }
    for (; at < to; at += 1) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number)
    return ~crc >>> 0
  }
}

/** A stored checksum without its mask. */
export const unmasked = (stored: number): number => {
  const rotated = (stored - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}
