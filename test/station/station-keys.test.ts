// The keys of test stations: unambiguous whatever names are, and in the order in which lists are read.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  afterList,
  allRunsList,
  boardKey,
  deskKey,
  endedRunKey,
  endedRunRange,
  endOfStamp,
  figureKey,
  figureRange,
  idOfStamp,
  kindList,
  listPart,
  openRunKey,
  procedureKey,
  requestKey,
  serialList,
  serialUnitRange,
  stampOf,
  stationKey,
  unitKey,
} from '../../src/station/station-keys.ts'
import { compareKeys } from '../../src/store/keys.ts'

const letters = ['a', 'b', '0', '/', '!', ':', '\0', '\u0001', '\u007f', '\n', 'é', '\uffff', '\ue000', '😀', '\ud800', '\udc00', '\ud7ff']
const name = fc.string({ unit: fc.constantFrom(...letters), maxLength: 6 })
const outcome = fc.constantFrom('passed', 'failed', 'error', 'aborted')
const at = fc.integer({ min: -50_000_000, max: 8_640_000_000_000 })

const mark = fc.record({ station: name, process: name, product: name, outcome })
const figure = fc.record({
  shift: at,
  station: name,
  process: name,
  product: name,
  version: name,
  workOrder: fc.option(name),
})

/** As the disk has it: lone surrogates would all be one. */
const stored = (key: string): string => Buffer.from(key).toString()
const isWithin = (key: string, [gte, lt]: readonly [string, string]): boolean =>
  compareKeys(stored(gte), stored(key)) <= 0 && compareKeys(stored(key), stored(lt)) < 0

/** Equal keys exactly for equal names. */
const hold = <A>(names: fc.Arbitrary<A>, keyOf: (names: A) => string): void =>
  fc.assert(fc.property(names, names, (a, b) => (stored(keyOf(a)) === stored(keyOf(b))) === (JSON.stringify(a) === JSON.stringify(b))))

it('no two records have one key, whatever their names are', () => {
  hold(name, stationKey)
  hold(name, deskKey)
  hold(name, boardKey)
  hold(fc.tuple(name, fc.integer({ min: 1, max: 30 })), ([id, rev]) => procedureKey(id, rev))
  hold(fc.tuple(name, name), ([product, serial]) => unitKey(product, serial))
  hold(fc.tuple(name, name), ([station, key]) => requestKey(station, key))
  hold(figure, figureKey)
  hold(mark, kindList)
  hold(name, serialList)
})

it('a list holds its own runs only, whatever the names of others begin with', () => {
  const key = (list: string): string => list + stampOf(7, 1)
  fc.assert(
    fc.property(
      mark,
      mark,
      (one, other) => isWithin(key(kindList(other)), [kindList(one), afterList(kindList(one))]) === (kindList(one) === kindList(other)),
    ),
  )
  fc.assert(
    fc.property(
      name,
      name,
      (one, other) => isWithin(key(serialList(other)), [serialList(one), afterList(serialList(one))]) === (one === other),
    ),
  )
  fc.assert(
    fc.property(name, name, name, (one, other, product) => isWithin(unitKey(product, other), serialUnitRange(one)) === (one === other)),
  )
})

it('figures sort by their shift, and a range of time is one range of keys', () => {
  fc.assert(
    fc.property(
      figure,
      at,
      at,
      (key, from, to) => isWithin(figureKey(key), figureRange(from, to)) === (key.shift >= from && key.shift < to),
    ),
  )
})

it('lists sort the newest end first, and of equal ones the highest id', () => {
  const ended = fc.tuple(at, fc.integer({ min: 1, max: 9_999_999_999 }))
  fc.assert(
    fc.property(ended, ended, ([end, id], [otherEnd, otherId]) => {
      const isFirst = end > otherEnd || (end === otherEnd && id > otherId)
      expect(stampOf(end, id) < stampOf(otherEnd, otherId)).toBe(isFirst)
      expect([idOfStamp(stampOf(end, id)), endOfStamp(allRunsList + stampOf(end, id))]).toEqual([id, end])
    }),
  )
})

it('a part of a list has the ends within a time that come behind a run', () => {
  const small = fc.integer({ min: 0, max: 12 })
  fc.assert(
    fc.property(name, small, small, fc.option(small), fc.option(small), small, (serial, end, id, from, to, last) => {
      const list = serialList(serial)
      const stamp = stampOf(end, id)
      const after = stampOf(6, last)
      const range = listPart(list, from, to, after)
      const expected = (from === null || end >= from) && (to === null || end < to) && stamp > after
      expect(range[0] < range[1] && isWithin(list + stamp, range)).toBe(expected)
    }),
  )
})

it('open and ended runs sort by their ids', () => {
  expect(compareKeys(openRunKey(9), openRunKey(10))).toBeLessThan(0)
  expect([9, 10, 1_000_000].map((id) => isWithin(endedRunKey(id), endedRunRange(9)))).toEqual([false, true, true])
})

it('all keys are under one prefix', () => {
  const keys = [stationKey('a'), boardKey('a/b'), kindList({ station: 'a', process: 'b', product: 'c', outcome: 'failed' }), serialList('')]
  expect([...keys, allRunsList].every((key) => key.startsWith('station/'))).toBe(true)
})
