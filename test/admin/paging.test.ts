import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cursorOf, keyOfCursor, smallest } from '../../src/admin/paging.ts'

test('a page is what sorting everything would give', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer()),
      fc.option(fc.integer(), { nil: undefined }),
      fc.integer({ min: 1, max: 9 }),
      (keys, after, limit) => {
        const accepts = (key: number): boolean => key % 3 !== 0
        const all = keys.filter((key) => (after === undefined || key > after) && accepts(key)).sort((a, b) => a - b)
        expect(smallest(keys, (key) => key, after, limit, accepts)).toEqual({ items: all.slice(0, limit), more: all.length > limit })
      },
    ),
  )
})

test('a page of many items looks at most of them once', () => {
  const keys = Array.from({ length: 100_000 }, (_, at) => at)
  let asked = 0
  smallest(
    keys,
    (key) => key,
    50_000,
    100,
    () => ++asked > 0,
  )
  expect(asked).toBeLessThan(300)
})

test('any key can be a cursor, and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (key) => {
      const cursor = cursorOf(key)
      expect(cursor).toMatch(/^[\w-]*$/)
      expect(keyOfCursor(cursor)).toBe(key)
    }),
  )
  for (const bad of ['%', 'a=', 'a b', '_', '//8'])
    expect(() => keyOfCursor(bad)).toThrow(expect.objectContaining({ code: 'OTA_BAD_REQUEST' }))
})
