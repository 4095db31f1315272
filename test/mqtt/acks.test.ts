// Acknowledgements leave in the order of what they answer, whatever is recorded first.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAcks } from '../../src/mqtt/acks.ts'

const open = () => {
  const sent: number[][] = []
  return { sent, acks: createAcks((due) => void sent.push(due.map(({ id }) => id))) }
}

test('one that may be given waits for those before it, and then they go together', () => {
  const { acks, sent } = open()
  const [first, second, third] = [1, 2, 3].map((id) => acks.open([{ cmd: 'puback', id }]))
  third?.()
  second?.()
  expect([sent, acks.waiting]).toEqual([[], 3])
  first?.()
  expect([sent, acks.waiting]).toEqual([[[1, 2, 3]], 0])
})

test('a place without an acknowledgement keeps the order and sends nothing', () => {
  const { acks, sent } = open()
  const silent = acks.open([])
  const given = acks.open([{ cmd: 'pubrec', id: 4 }])
  given()
  expect(sent).toEqual([])
  silent()
  expect(sent).toEqual([[4]])
})

test('several of one place go together, and giving a place twice sends nothing twice', () => {
  const { acks, sent } = open()
  const give = acks.open([
    { cmd: 'puback', id: 1 },
    { cmd: 'pubrec', id: 2 },
  ])
  acks.open([{ cmd: 'puback', id: 3 }])
  give()
  give()
  expect([sent, acks.waiting]).toEqual([[[1, 2]], 1])
})

test('in whatever order they are given, each is sent once and in order', () => {
  const orders = fc.integer({ min: 1, max: 40 }).chain((count) =>
    fc.shuffledSubarray(
      Array.from({ length: count }, (_, at) => at),
      { minLength: count },
    ),
  )
  fc.assert(
    fc.property(orders, (order) => {
      const { acks, sent } = open()
      const places = order.map((_, id) => acks.open([{ cmd: 'puback', id }]))
      for (const at of order) {
        places[at]?.()
        expect(sent.flat()).toEqual(Array.from({ length: sent.flat().length }, (_, id) => id))
      }
      expect(sent.flat()).toHaveLength(order.length)
    }),
  )
})
