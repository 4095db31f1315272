// The order of keys, which memory and LevelDB must share.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareKeys, listKey, listPrefix, listRange, rowKey, rowRange } from '../../src/store/keys.ts'

const sign = (difference: number): number => Math.sign(difference)
const name = fc.string({ unit: fc.constantFrom('a', 'b', '1', '0', '/', '!', 'é', '\uffff', '\ue000', '😀', '𐀀', '\ud7ff') })

it('strings compare like their UTF-8 bytes', () => {
  fc.assert(fc.property(name, name, (a, b) => sign(compareKeys(a, b)) === sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))))
})

it('rows and lists sort by number, and a list holds only its own ids', () => {
  expect(compareKeys(rowKey.ended(9), rowKey.ended(10))).toBeLessThan(0)
  const [gte, lt] = listRange(listPrefix.device('pk/dev1'), 9)
  const inside = (key: string): boolean => compareKeys(gte, key) <= 0 && compareKeys(key, lt) < 0
  expect(inside(listKey(listPrefix.device('pk/dev1'), 10))).toBe(true)
  expect(inside(listKey(listPrefix.device('pk/dev1'), 2_147_483_647))).toBe(true)
  expect(inside(listKey(listPrefix.device('pk/dev1'), 9))).toBe(false)
  for (const other of ['pk/dev10', 'pk/dev', 'pk/dev1\ud800', 'pk/dev1\u0001', 'pk/dev1/'])
    expect(inside(listKey(listPrefix.device(other), 10)), other).toBe(false)
  expect(compareKeys(rowRange('device')[0], rowKey.device('\u0001'))).toBeLessThan(0)
  expect(compareKeys(rowKey.device('\u{10ffff}'), rowRange('device')[1])).toBeLessThan(0)
})
