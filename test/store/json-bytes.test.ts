// JSON that is written as bytes is what JSON.stringify writes, whatever its size and what was written before.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonBytes } from '../../src/store/json-bytes.ts'
import { full } from '../support/full.ts'

const json = new JsonBytes()

const written = (value: unknown): string => {
  json.clear()
  json.value(value)
  return json.written().toString()
}

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
)
const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), fc.nat({ max: 4_102_444_800_000 }))

test('any value', () => {
  fc.assert(
    fc.property(fc.oneof(text, number, fc.jsonValue(), fc.constantFrom(null, true, '\ud800', '\u007f')), (value) => {
      expect(written(value)).toBe(JSON.stringify(value))
    }),
    { numRuns: full(100_000, 5000) },
  )
})

test('numbers where their digits become one more', () => {
  for (let power = 1; power <= Number.MAX_SAFE_INTEGER; power *= 10)
    for (const value of [power - 1, power, power + 1, power * 7]) expect(written(value)).toBe(JSON.stringify(value))
  for (const value of [
    0,
    -0,
    -1,
    9_999_999,
    10_000_000,
    10_000_001,
    2 ** 31,
    2 ** 53 - 1,
    2 ** 53,
    1e21,
    0.1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])
    expect(written(value)).toBe(JSON.stringify(value))
})

test.each(['a', 'ü', '\u0001', '\ud83d\ude00'])('texts of %j that are longer than what was there', (letter) => {
  for (const length of [10, 16_380, 16_381, 16_382, 16_383, 16_384, 20_000, 70_000, 300_000, 10]) {
    const long = letter.repeat(length)
    expect(written(long)).toBe(JSON.stringify(long))
  }
})

test('pieces follow each other, also where each of them needs more room', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ said: text, value: number, spaces: fc.nat({ max: 9000 }) }), { minLength: 1, maxLength: 12 }),
      (pieces) => {
        json.clear()
        json.raw('[')
        for (const [at, { said, value, spaces }] of pieces.entries()) {
          json.textOf(`${at === 0 ? '' : ','}${' '.repeat(spaces)}`, said)
          json.numberOf(',', value)
        }
        json.raw(']')
        expect(JSON.parse(json.written().toString())).toEqual(
          JSON.parse(JSON.stringify(pieces.flatMap(({ said, value }) => [said, value]))),
        )
      },
    ),
    { numRuns: full(3000, 300) },
  )
})

test('a number at the end of the room', () => {
  for (let left = 0; left < 20; left++) {
    const fresh = new JsonBytes()
    fresh.raw(' '.repeat(16_384 - left))
    fresh.number(1_764_530_000_123)
    fresh.raw(' ')
    expect(fresh.written().toString().trim()).toBe('1764530000123')
  }
})
