// The digests against the test vectors of the protocol page, and the fast sum against the simple one.

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addToChecksum, checksumText, createDigest } from '../../src/firmware/digest.ts'

const digestOf = (...chunks: readonly Uint8Array[]) => {
  const digest = createDigest()
  for (const chunk of chunks) digest.update(chunk)
  return digest.finish()
}
const plainSum = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum + byte) % 2 ** 32, 0)

describe('the additive checksum', () => {
  test.each([
    ['nothing', Buffer.alloc(0), '00000000'],
    ['abc', Buffer.from('abc'), '26010000'],
    ['123456789', Buffer.from('123456789'), 'dd010000'],
    ['every byte once', Uint8Array.from({ length: 256 }, (_, index) => index), '807f0000'],
    ['1 MiB of ff', Buffer.alloc(1_048_576, 0xff), '0000f00f'],
    ['16,843,010 times ff, which is more than 2^32', Buffer.alloc(16_843_010, 0xff), 'fe000000'],
  ])("of %s is the protocol page's", (_name, bytes, checksum) => {
    expect(digestOf(bytes).checksum).toBe(checksum)
  })

  test('equals the simple sum for any bytes, chunks and alignment', () => {
    const cases = fc.record({
      bytes: fc.uint8Array({ maxLength: 2_000 }),
      repeat: fc.integer({ min: 1, max: 4 }),
      shift: fc.integer({ min: 0, max: 7 }),
      cuts: fc.array(fc.nat({ max: 8_000 }), { maxLength: 6 }),
    })
    fc.assert(
      fc.property(cases, ({ bytes, repeat, shift, cuts }) => {
        const all = Buffer.concat([Buffer.alloc(shift, 0xff), ...Array.from({ length: repeat }, () => bytes)]).subarray(shift)
        const edges = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length]
        const sum = edges.slice(1).reduce((total, edge, index) => addToChecksum(total, all.subarray(edges[index], edge)), 0)
        expect(sum).toBe(plainSum(all))
      }),
      { numRuns: 300 },
    )
  })

  test('does not overflow when every lane is full', () => {
    const full = Buffer.alloc(4 * 128 * 3 + 3, 0xff)
    for (let from = 0; from < 8; from += 1) {
      expect(addToChecksum(0xffffffff, full.subarray(from))).toBe((0xffffffff + 255 * (full.length - from)) % 2 ** 32)
    }
  })

  test('is written little-endian', () => {
    expect(checksumText(0x01020304)).toBe('04030201')
  })
})

test('one pass gives size, MD5 and SHA-256 too, for any chunks', () => {
  const bytes = Buffer.from('The quick brown fox jumps over the lazy dog')
  const digests = {
    size: 43,
    md5: '9e107d9d372bb6826bd81d3542a419d6',
    sha256: 'd7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592',
    checksum: checksumText(plainSum(bytes)),
  }
  expect(digestOf(bytes)).toEqual(digests)
  expect(digestOf(bytes.subarray(0, 5), bytes.subarray(5, 5), bytes.subarray(5))).toEqual(digests)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(digests.sha256)
})
