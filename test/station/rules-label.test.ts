// Labels read by patterns, and patterns refused that could read for ever.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLabel } from '../../src/station/rules/label.ts'
import { patternFault } from '../../src/station/rules/pattern.ts'

const read = (pattern: string | null, text: string, bind: 'name' | 'secret' | 'next' = 'name') =>
  readLabel({ product: 'lamp', bind, pattern }, text)

it('without a pattern the text is serial number and name', () => {
  expect(read(null, 'SN-1')).toEqual({ serial: 'SN-1', name: 'SN-1', secret: null })
})

it('groups are taken out of the text', () => {
  const pattern = 'https://x\\.example/(?<serial>[0-9]+)\\?n=(?<name>[^&]+)&s=(?<secret>.*)'
  expect(read(pattern, 'https://x.example/17?n=lamp-17&s=a&b')).toEqual({ serial: '17', name: 'lamp-17', secret: 'a&b' })
  expect(read(pattern, 'https://x.example/17?n=lamp-17&s=')).toMatchObject({ secret: null })
})

it('a group that is missing is as the other one', () => {
  expect(read('(?<serial>SN-\\d+)', 'SN-1')).toMatchObject({ serial: 'SN-1', name: 'SN-1' })
  expect(read('SN-(?<name>\\d+)', 'SN-1')).toMatchObject({ serial: '1', name: '1' })
  expect(read('(?<serial>a)|(?<name>b)', 'b')).toMatchObject({ serial: 'b', name: 'b' })
})

it('the whole text has to match', () => {
  expect(['SN-1', 'xSN-1', 'SN-1x', 'SN-1\n'].map((text) => read('(?<serial>SN-\\d)', text) !== null)).toEqual([true, false, false, false])
  expect(read('(?<serial>a)|(?<name>b)', 'ac')).toBeNull()
  expect(read('(?<serial>\\d*)', '')).toBeNull()
})

it('a text that cannot be the name of a device is refused where it would be one', () => {
  expect(['SN/1', '#', '$SYS'].map((text) => read(null, text))).toEqual([null, null, null])
  expect(read(null, 'SN/1', 'secret')).toBeNull()
  expect(read(null, 'SN/1', 'next')).toMatchObject({ serial: 'SN/1' })
})

it.each(['??', '-', '---', '. .', '..', '\uFFFD\uFFFD', 'SN\uFFFD1', '１２３', 'ＳＮ－１', 'SN：1', 'SN\u30001', 'SN+1', 'SN#1', 'a&b'])(
  'without a pattern %j is no label',
  (text) => {
    expect(read(null, text)).toBeNull()
  },
)

it.each(['7', 'SN-1', 'SN 1', 'SN.1', '板1', 'é', '(1)'])('without a pattern %j is one', (text) => {
  expect(read(null, text)).toMatchObject({ serial: text })
})

it('where the next board is waited for, a text may have what a name may not, but not be signs alone', () => {
  expect(['SN+1', '??', 'ＳＮ', 'SN\uFFFD'].map((text) => read(null, text, 'next') !== null)).toEqual([true, false, false, false])
})

it('a pattern decides of signs and wide characters, but no serial number is a part of an address with a meaning of its own', () => {
  const any = '(?<serial>.+)'
  expect(['??', '１２３', '..', '.', 'a\uFFFD'].map((text) => read(any, text, 'next') !== null)).toEqual([true, true, false, false, false])
  expect(read('序列号：(?<serial>[A-Z0-9-]+)', '序列号：SN-1')).toMatchObject({ serial: 'SN-1' })
  expect(['SN-１', 'ЅN-1', 'SN−1'].map((text) => read('(?<serial>SN-[0-9]+)', text))).toEqual([null, null, null])
})

// ---------------------------------------------------------------- patterns

/** The code of what is wrong. */
const fault = (pattern: string): string | undefined => patternFault(pattern)?.code
/** As part of a pattern that has the group which it needs. */
const within = (part: string): string => `(?<serial>${part})`

describe('patterns that can be used', () => {
  it.each([
    '(?<serial>.+)',
    '(?<serial>[A-Z]{2}[0-9]{6,10})',
    '(?<name>[^,]+),(?<secret>[^,]+),(?<serial>[^,]+),.*',
    '(?<name>.+);(?<secret>.+)',
    'SN:(?<serial>[A-Z0-9]+);MAC:(?<name>[0-9A-F]{12});(?:K|S):(?<secret>\\w+);.*',
    '(?<serial>(?:\\d+,)*\\d)',
    '(?<serial>(?:a|b)*)',
    '(?<serial>(?:[0-9A-F]{2}:){5}[0-9A-F]{2})',
    '^(?<serial>\\p{L}\\d+)$',
    '(?:LAMP|BULB)-(?<serial>\\d+)(?:-R\\d)?',
    '(?<serial>板\\d+)',
    '(?<serial>[\\]\\-)a]+)',
  ])('%s', (pattern) => {
    expect(patternFault(pattern)).toBeNull()
  })
})

describe('patterns that could take for ever', () => {
  it.each([
    '(a+)+$',
    '(a+)+',
    '(a|a)*b',
    '(.*)*x',
    '(a*)*',
    '(a|ab)*c',
    '(a|a?)+',
    '([a-z]+)*\\d',
    '(?:a?){30}a{30}',
    '(\\w+\\s?)*x',
    '(a{1,9}){1,9}',
    '(?:(?:a+)b?)+',
    '.*.*.*.*x',
    '\\d+\\d+\\d+\\d+x',
    'a?'.repeat(60) + 'a'.repeat(60),
    '(?:a|a)'.repeat(40),
    '(x|[xy])*?z',
    '(é+)+',
    '(\\u0041|A)*',
    '((a)|b|a)*',
    '(a?b?)*',
    '(a|)+',
    '(?:)*'.repeat(3),
  ])('%s', (part) => {
    expect(fault(within(part))).toBe('pattern_slow')
  })
})

it.each([
  ['(?<serial>', 'pattern_unreadable'],
  ['(?<serial>a)(?<serial>b)', 'pattern_unreadable'],
  ['[a-z]+', 'pattern_without_group'],
  ['(?<secret>.+)', 'pattern_without_group'],
  ['([a-z]+)', 'pattern_without_group'],
  ['(?<serial>(a)\\2)', 'pattern_part_unknown'],
  ['(?<serial>a)\\k<serial>', 'pattern_part_unknown'],
  ['(?=a)(?<serial>a)', 'pattern_part_unknown'],
  ['(?<!a)(?<serial>a)', 'pattern_part_unknown'],
  [`(?<serial>${'a'.repeat(500)})`, 'field_too_long'],
])('%s cannot be used', (pattern, code) => {
  expect(fault(pattern)).toBe(code)
})

it('no pattern makes the check fail or take long', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '\\d',
    '[^a]',
    '*',
    '+',
    '?',
    '{2,}',
    '(',
    ')',
    '|',
    '(?:',
    '\\',
    '[',
    ']',
    '^',
    '$',
    '(?=',
    '{',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      patternFault(within(pieces.join('')))
    }),
    { numRuns: 200 },
  )
})

it('what is accepted reads the worst texts at once', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '\\w',
    '.*',
    'a+',
    '[ab]*',
    'a?',
    '(?:a|b)',
    '(?:ab)*',
    '(?:a|ab)',
    '(?:a+b)*',
    '(a*)',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const pattern = within(`${pieces.join('')}x`)
      if (patternFault(pattern) !== null) return
      const from = performance.now()
      read(pattern, 'a'.repeat(256), 'next')
      read(pattern, 'ab'.repeat(128), 'next')
      expect(performance.now() - from).toBeLessThan(1000)
    }),
    { numRuns: 200 },
  )
})
