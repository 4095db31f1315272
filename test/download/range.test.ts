// The choice of bytes as a function: cases that the requests over sockets do not cover.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseBytes } from '../../src/download/range.ts'

const ETAG = '"abc"'
const choose = (range: string, size = 100) => chooseBytes('GET', { range }, size, ETAG)

test('every range of an image is exactly the bytes that it names', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.nat(), fc.nat(), (size, first, length) => {
      const expected = first >= size ? { status: 416 } : { status: 206, start: first, end: Math.min(first + length + 1, size) }
      expect(choose(`bytes=${first}-${first + length}`, size)).toEqual(expected)
    }),
  )
})

test('no Range header selects bytes outside the image', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[bB]ytes ?= ?[-0-9, ]{0,30}$/))
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 1_000 }), (range, size) => {
      const choice = choose(range, size)
      const { start, end } = 'start' in choice ? choice : { start: 0, end: 1 }
      expect([200, 206, 416]).toContain(choice.status)
      expect(start).toBeGreaterThanOrEqual(0)
      expect(end).toBeGreaterThan(start)
      expect(end).toBeLessThanOrEqual(size)
    }),
    { numRuns: 1_000 },
  )
})

test('an empty element beside one range is not a second range', () => {
  expect(choose('bytes=0-9,')).toEqual({ status: 206, start: 0, end: 10 })
  expect(choose('bytes= ,0-9 , ')).toEqual({ status: 206, start: 0, end: 10 })
})

test('without a Range, If-Range is ignored', () => {
  expect(chooseBytes('GET', { 'if-range': '"x"' }, 100, ETAG)).toEqual({ status: 200, start: 0, end: 100 })
})

test('a tag that is part of another one does not match', () => {
  expect(chooseBytes('GET', { 'if-none-match': '"xabc", "abcx", abc' }, 100, ETAG).status).toBe(200)
  expect(chooseBytes('HEAD', { 'if-none-match': '"x", "abc"' }, 100, ETAG).status).toBe(304)
})
