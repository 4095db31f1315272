// The checksum of LevelDB's blocks and log records: CRC-32C, and the mask under which it is stored.

/** Slicing by eight: one table for each byte of an eight-byte step. */
const makeTables = (): Uint32Array => {
  const tables = new Uint32Array(8 * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78
    tables[byte] = crc >>> 0
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256] ?? 0
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0)
  }
  return tables
}

/** CRC-32C of bytes[from, to). */
export type Crc32c = (bytes: Uint8Array, from: number, to: number) => number

/** The tables are made once for each reading of a store. */
export const createCrc32c = (): Crc32c => {
  const table = makeTables()
  const of = (slice: number, byte: number): number => table[slice * 256 + (byte & 0xff)] ?? 0
  return (bytes, from, to) => {
    let crc = 0xffffffff
    let at = from
    for (; at + 8 <= to; at += 8) {
      const low = crc ^ ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24))
      crc =
        of(7, low) ^
        of(6, low >>> 8) ^
        of(5, low >>> 16) ^
        of(4, low >>> 24) ^
        of(3, bytes[at + 4] ?? 0) ^
        of(2, bytes[at + 5] ?? 0) ^
        of(1, bytes[at + 6] ?? 0) ^
        of(0, bytes[at + 7] ?? 0)
    }
    for (; at < to; at += 1) crc = (crc >>> 8) ^ of(0, crc ^ (bytes[at] ?? 0))
    return (crc ^ 0xffffffff) >>> 0
  }
}

/** A stored checksum without its mask. */
export const unmasked = (stored: number): number => {
  const rotated = (stored - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}
