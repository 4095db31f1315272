import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { trimmed, trimmedName } from '../../../src/ota/dialects/trim.ts'

describe('what a buffer had around a text is none of it', () => {
  test.each([
    ['1.0.0', '1.0.0'],
    [' 1.0 beta\r\n', '1.0 beta'],
    ['\u001b[1;32m\t1.0.0 \u001b[0m\u001b[0m\n', '1.0.0'],
    ['\u009b1.0', '1.0'],
    ['1.0m', '1.0m'],
    ['\u001b[1.0', '[1.0'],
    ['1.0.0\0\0', '1.0.0'],
    ['1.0.0\0 old "text"', '1.0.0'],
    ['\0\u00011.0.0\n\0x', '1.0.0'],
    ['1.0\n.1', '1.0\n.1'],
    ['\u001b[0m', ''],
    ['', ''],
  ])('%j', (text, own) => {
    expect(trimmed(text)).toBe(own)
  })

  test('of a name space is part', () => {
    expect(trimmedName('\u0001 a b \0junk')).toBe(' a b ')
    expect(trimmedName('\u001b[0m')).toBe('[0m')
  })

  test('any text without a NUL: as a pattern of both ends takes it off', () => {
    const around = /^(?:\p{Cc}\[[\d;]*m|[\s\p{Cc}])+|(?:\p{Cc}\[[\d;]*m|[\s\p{Cc}])+$/gu
    const pieces = fc.constantFrom('\u001b', '[', '0', ';', 'm', '\u001b[0m', ' ', '\n', 'a', '\u00a0')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        expect(trimmed(parts.join(''))).toBe(parts.join('').replace(around, ''))
      }),
    )
  })
})

test('takes no longer for control characters inside a text than a few times what it takes for letters', () => {
  const took = (inside: string): number => {
    const text = `\n${inside.repeat(20_000)}a${inside.repeat(20_000)}b`
    const begun = performance.now()
    trimmed(`a${text}`)
    trimmedName(`a${text}`)
    return performance.now() - begun
  }
  const fastest = (inside: string): number => Math.min(...Array.from({ length: 3 }, () => took(inside)))
  const letters = fastest('x')
  for (const inside of ['\u0001', '\t']) expect(fastest(inside)).toBeLessThan(100 * letters + 20)
})
