import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLongMap } from '../src/long-map.ts'

test('it behaves as a Map does, whatever is set and deleted', () => {
  const key = fc.integer({ min: 0, max: 12 })
  const act = fc.record({ do: fc.constantFrom('set', 'set', 'delete', 'get'), key, value: fc.nat() })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const [map, long] = [new Map<number, number>(), createLongMap<number, number>(3)]
      for (const one of acts) {
        if (one.do === 'delete') expect(long.delete(one.key)).toBe(map.delete(one.key))
        else if (one.do === 'get') expect([long.get(one.key), long.has(one.key)]).toEqual([map.get(one.key), map.has(one.key)])
        else {
          long.set(one.key, one.value)
          map.set(one.key, one.value)
        }
        expect(long.size).toBe(map.size)
      }
      expect([...long]).toEqual([...map])
      expect([[...long.keys()], [...long.values()]]).toEqual([[...map.keys()], [...map.values()]])
    }),
  )
})

test('what is set while it is read is seen, as in a Map', () => {
  const long = createLongMap<number, string>(2)
  long.set(0, '')
  const seen: number[] = []
  for (const key of long.keys()) {
    seen.push(key)
    if (key < 6) long.set(key + 1, '')
  }
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('what is deleted while it is read is not seen again, as in a Map', () => {
  const long = createLongMap<number, string>(2)
  for (let n = 0; n < 7; n++) long.set(n, `${n}`)
  const seen: number[] = []
  for (const key of long.keys()) {
    seen.push(key)
    long.delete(key)
  }
  expect([seen, long.size]).toEqual([[0, 1, 2, 3, 4, 5, 6], 0])
})
