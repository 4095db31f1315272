// What may be retained, at the edges of the bounds.

import { expect, test } from 'vitest'
import { createRetainedMessages, type RetainedMessages } from '../../../src/mqtt/sessions/retained.ts'

const open = (maxBytes: number, share: number) => {
  const bounds = { maxBytes, share }
  const retained = createRetainedMessages(
    () => bounds.maxBytes,
    () => bounds.share,
  )
  return { bounds, retained }
}
const bytes = (count: number): Buffer => Buffer.alloc(count, 'x')
/** A message of that many bytes with its topic, of one letter. */
const retain = (retained: RetainedMessages, topic: string, size: number, owner: string): void =>
  retained.set({ topic, payload: bytes(size - 1), qos: 1, owner, seq: 1, time: 0 })
const full = (retained: RetainedMessages, topic: string, size: number, owner: string) => retained.fullBy(topic, bytes(size - 1), owner)

test('exactly the share of an owner is retained, one byte more is not', () => {
  const { retained } = open(1_600, 1 / 16)
  expect([full(retained, 'a', 100, 'one'), full(retained, 'a', 101, 'one')]).toEqual([null, 'share'])
  retain(retained, 'a', 60, 'one')
  expect([full(retained, 'b', 40, 'one'), full(retained, 'b', 41, 'one')]).toEqual([null, 'share'])
  expect([full(retained, 'a', 100, 'one'), full(retained, 'a', 101, 'one')]).toEqual([null, 'share'])
  expect([full(retained, 'b', 100, 'two'), full(retained, 'b', 101, 'two')]).toEqual([null, 'share'])
})

test('exactly the bound of all is retained, one byte more is not', () => {
  const { retained } = open(200, 1)
  retain(retained, 'a', 100, 'one')
  expect([full(retained, 'b', 100, 'two'), full(retained, 'b', 101, 'two')]).toEqual([null, 'total'])
  retain(retained, 'b', 100, 'two')
  expect([full(retained, 'a', 100, 'two'), full(retained, 'a', 101, 'one')]).toEqual([null, 'total'])
})

test("another owner's message at the same topic makes no room in one's share", () => {
  const { retained } = open(1_600, 1 / 16)
  retain(retained, 'a', 100, 'one')
  retain(retained, 'b', 100, 'two')
  expect(full(retained, 'a', 100, 'two')).toBe('share')
  // Empty: it is removed.
  retain(retained, 'b', 1, 'two')
  expect(full(retained, 'a', 100, 'two')).toBeNull()
})

test('what takes no more room than before, and an empty one, is taken under any bound', () => {
  const { retained, bounds } = open(1_600, 1 / 16)
  retain(retained, 'a', 100, 'one')
  bounds.maxBytes = 16
  expect([full(retained, 'a', 100, 'one'), full(retained, 'a', 101, 'one'), full(retained, 'b', 1, 'one')]).toEqual([null, 'share', null])
})
