// Acknowledgements are sent in the order of the packets they acknowledge, whatever is recorded first.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Acknowledgement, createAcks } from '../../src/mqtt/acks.ts'

const open = () => {
  const sent: number[][] = []
  return { sent, acks: createAcks({ acknowledge: ({ bytes }) => void sent.push([...bytes]) }) }
}

/** Acknowledgements of one byte each. */
const ack = (...ids: readonly number[]): Acknowledgement => ({ bytes: Buffer.from(ids), count: ids.length })

test('one that is ready waits for those before it, and then they are sent together', () => {
  const { acks, sent } = open()
  const [first, second, third] = [1, 2, 3].map((id) => acks.open(ack(id)))
  third?.()
  second?.()
  expect([sent, acks.pending]).toEqual([[], 3])
  first?.()
  expect([sent, acks.pending]).toEqual([[[1, 2, 3]], 0])
})

test('a slot without an acknowledgement keeps the order and sends nothing', () => {
  const { acks, sent } = open()
  const empty = acks.open(ack())
  const given = acks.open(ack(4))
  given()
  expect(sent).toEqual([])
  empty()
  expect(sent).toEqual([[4]])
})

test('several of one slot are sent together, and marking a slot ready twice sends nothing twice', () => {
  const { acks, sent } = open()
  const give = acks.open(ack(1, 2))
  acks.open(ack(3))
  give()
  give()
  expect([sent, acks.pending]).toEqual([[[1, 2]], 1])
})

test('in whatever order they become ready, each is sent once and in order', () => {
  const orders = fc.integer({ min: 1, max: 40 }).chain((count) =>
    fc.shuffledSubarray(
      Array.from({ length: count }, (_, at) => at),
      { minLength: count },
    ),
  )
  fc.assert(
    fc.property(orders, (order) => {
      const { acks, sent } = open()
      const slots = order.map((_, id) => acks.open(ack(id)))
      for (const at of order) {
        slots[at]?.()
        expect(sent.flat()).toEqual(Array.from({ length: sent.flat().length }, (_, id) => id))
      }
      expect(sent.flat()).toHaveLength(order.length)
    }),
  )
})
