// Intel HEX: lines of `:`, the count of data bytes, the address, the type, the data and a checksum, all in hexadecimal. What the first bytes of
// data are says what the firmware is.

import { type ImageFacts, noFacts } from './facts.ts'
import { headerBytes, headerFacts, holding } from './firmware-headers.ts'

interface HexRecord {
  readonly type: number
  readonly address: number
  readonly data: Uint8Array
}

const types = { data: 0, end: 1 }
const line = /^:(?:[0-9a-f]{2}){5,260}$/i

/** null: the line is no record, or its checksum is wrong. */
const recordOf = (text: string): HexRecord | null => {
  if (!line.test(text)) return null
  const bytes = Uint8Array.from(text.slice(1).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const [count = 0, high = 0, low = 0, type = 0] = bytes
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  if (bytes.length !== count + 5 || sum % 256 !== 0) return null
  return { type, address: high * 256 + low, data: bytes.subarray(4, 4 + count) }
}

/** The data of the first records as far as they follow one another; null: a line is no record. */
const beginning = (lines: readonly string[]): Uint8Array | null => {
  const bytes: number[] = []
  let next = -1
  for (const text of lines) {
    const record = recordOf(text)
    if (record === null) return null
    if (record.type === types.end || bytes.length >= headerBytes) break
    if (record.type !== types.data) continue
    if (next >= 0 && record.address !== next) break
    bytes.push(...record.data)
    next = record.address + record.data.length
  }
  return Uint8Array.from(bytes)
}

/** The facts of the first bytes of a file; null: it is no Intel HEX. */
export const intelHexFacts = (bytes: Uint8Array, isWhole: boolean): ImageFacts | null => {
  if (bytes[0] !== 0x3a) return null
  const lines = new TextDecoder('latin1').decode(bytes).split(/\r?\n/)
  // The last line may be cut where the bytes end.
  if (!isWhole) lines.pop()
  const data = beginning(lines.filter((text) => text !== ''))
  return data === null || data.length === 0 ? null : holding({ formats: ['intel-hex'], ...noFacts }, headerFacts(data))
}
