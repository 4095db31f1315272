// Size, MD5, SHA-256 and additive checksum of an image, in one pass over its chunks.
// Knows no files.

import { createHash } from 'node:crypto'
import type { Digests } from '../ota/model.ts'

const EVEN_BYTES = 0x00ff00ff
/** Each word adds at most 2 × 255 to a 16-bit lane, so 128 words cannot overflow it. */
const WORDS_PER_FOLD = 128

const addBytes = (sum: number, bytes: Uint8Array, from: number, to: number): number => {
  let total = sum
  for (let at = from; at < to; at += 1) total = (total + (bytes[at] ?? 0)) | 0
  return total
}

/** Adds the four bytes of each word in two 16-bit lanes; the byte order within a word does not affect the sum. */
const addWords = (sum: number, words: Uint32Array): number => {
  let total = sum
  for (let at = 0; at < words.length; ) {
    const stop = Math.min(at + WORDS_PER_FOLD, words.length)
    let lanes = 0
    for (; at < stop; at += 1) {
      const word = words[at] ?? 0
      lanes = (lanes + (word & EVEN_BYTES) + ((word >>> 8) & EVEN_BYTES)) | 0
    }
    total = (total + (lanes & 0xffff) + (lanes >>> 16)) | 0
  }
  return total
}

/** `sum` plus all bytes, mod 2^32 (protocol.md §1). A view may begin at any offset of its memory. */
export const addToChecksum = (sum: number, bytes: Uint8Array): number => {
  const head = (4 - (bytes.byteOffset & 3)) & 3
  if (bytes.length < head + 4) return addBytes(sum, bytes, 0, bytes.length) >>> 0
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + head, (bytes.length - head) >>> 2)
  const withHead = addBytes(sum, bytes, 0, head)
  return addBytes(addWords(withHead, words), bytes, head + words.byteLength, bytes.length) >>> 0
}

/** The sum as on the wire: 4 bytes, little-endian, lower-case hex. */
export const checksumText = (sum: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(sum >>> 0)
  return bytes.toString('hex')
}

export interface Digest {
  update(chunk: Uint8Array): void
  /** Ends the pass; may be called once. */
  finish(): Digests
}

export const createDigest = (): Digest => {
  const md5 = createHash('md5')
  const sha256 = createHash('sha256')
  let size = 0
  let sum = 0
  return {
    update: (chunk) => {
      md5.update(chunk)
      sha256.update(chunk)
      sum = addToChecksum(sum, chunk)
      size += chunk.length
    },
    finish: () => ({ size, md5: md5.digest('hex'), sha256: sha256.digest('hex'), checksum: checksumText(sum) }),
  }
}
