// Acknowledgements leave in the order of what they answer, whatever is recorded first.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Acknowledgement, createAcks } from '../../src/mqtt/acks.ts'

const open = () => {
  const sent: number[][] = []
  return { sent, acks: createAcks(({ bytes }) => void sent.push([...bytes])) }
}

/** Acknowledgements stand for themselves: a byte each. */
const ack = (...ids: readonly number[]): Acknowledgement => ({ bytes: Buffer.from(ids), count: ids.length })

test('one that may be given waits for those before it, and then they go together', () => {
  const { acks, sent } = open()
  const [first, second, third] = [1, 2, 3].map((id) => acks.open(ack(id)))
  third?.()
  second?.()
  expect([sent, acks.pending]).toEqual([[], 3])
  first?.()
  expect([sent, acks.pending]).toEqual([[[1, 2, 3]], 0])
})

test('a place without an acknowledgement keeps the order and sends nothing', () => {
  const { acks, sent } = open()
  const silent = acks.open(ack())
  const given = acks.open(ack(4))
  given()
  expect(sent).toEqual([])
  silent()
  expect(sent).toEqual([[4]])
})

test('several of one place go together, and giving a place twice sends nothing twice', () => {
  const { acks, sent } = open()
  const give = acks.open(ack(1, 2))
  acks.open(ack(3))
  give()
  give()
  expect([sent, acks.pending]).toEqual([[[1, 2]], 1])
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
      const places = order.map((_, id) => acks.open(ack(id)))
      for (const at of order) {
        places[at]?.()
        expect(sent.flat()).toEqual(Array.from({ length: sent.flat().length }, (_, id) => id))
      }
      expect(sent.flat()).toHaveLength(order.length)
    }),
  )
})
