// Rows of sessions: what is written is read correctly, in memory and on disk, and keys sort by their numbers.

import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { keys, ops, readRow, type SessionRow } from '../../../src/mqtt/sessions/rows.ts'
import type { Qos } from '../../../src/mqtt/wire/packets.ts'
import type { SessionOp } from '../../../src/ota/ports/session-rows.ts'
import { createLevelStoreFixture } from '../../support/mqtt-store-fixture.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('a:b', ':', '::', '/', 'a/b:c/', 's:0:x', 'größe/鐘/🔔', '\u{10ffff}', ' ', '+/#', '\ufeffbom'),
)
const long = fc.constantFrom('x'.repeat(65_535), 'ß/'.repeat(21_845), '鐘'.repeat(21_845))
const topic = fc.oneof({ weight: 20, arbitrary: text }, { weight: 1, arbitrary: long }).filter((each) => each.length > 0)
const number = fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))
const qos = fc.constantFrom<Qos>(0, 1, 2)
const payload = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
const time = fc.integer({ min: 0, max: 4e12 })
const id = fc.integer({ min: 1, max: 65_535 })

/** An operation, and the row that must be read from it. */
interface Case {
  readonly op: SessionOp
  readonly row: SessionRow
}

const cases: readonly fc.Arbitrary<Case>[] = [
  fc
    .record({ number, value: fc.record({ id: text, createdAt: time, leftAt: fc.option(time) }) })
    .map((each) => ({ op: ops.putSession(each.number, each.value), row: { kind: 'session', ...each } })),
  fc
    .record({ number, filter: topic, qos })
    .map((each) => ({ op: ops.putFilter(each.number, each.filter, each.qos), row: { kind: 'filter', ...each } })),
  fc.record({ seq: number, time, topic, payload }).map((message) => ({ op: ops.putMessage(message), row: { kind: 'message', message } })),
  fc
    .record({
      number,
      seq: number,
      value: fc.record({ qos: fc.constantFrom<1 | 2>(1, 2), retain: fc.boolean(), id, released: fc.boolean() }),
    })
    .map((each) => ({ op: ops.putEntry(each.number, each.seq, each.value), row: { kind: 'entry', ...each } })),
  fc.record({ number, id }).map((each) => ({ op: ops.putIncoming(each.number, each.id), row: { kind: 'incoming', ...each } })),
  fc.record({ number, seq: number }).map((each) => ({ op: ops.putSent(each.number, each.seq), row: { kind: 'sent', ...each } })),
  fc
    .record({ seq: fc.constant(0), qos, time, topic, payload })
    .map((retained) => ({ op: ops.putRetained(retained), row: { kind: 'retained', retained } })),
  fc
    .record({ number, will: fc.record({ topic, payload, qos, retain: fc.boolean() }) })
    .map((each) => ({ op: ops.putWill(each.number, each.will), row: { kind: 'will', ...each } })),
]
const anyCase = fc.oneof(...cases)

const bytesOf = (op: SessionOp): Uint8Array => (op.type === 'put' ? op.value : new Uint8Array())

describe('a row', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(anyCase, ({ op, row }) => {
        expect(readRow(op.key, bytesOf(op))).toEqual(row)
      }),
    )
  })

  test('is read as it was written from a part of a larger buffer, as it comes from disk', () => {
    fc.assert(
      fc.property(anyCase, ({ op, row }) => {
        const value = bytesOf(op)
        const larger = new Uint8Array(value.length + 12).fill(7)
        larger.set(value, 5)
        expect(readRow(op.key, larger.subarray(5, 5 + value.length))).toEqual(row)
      }),
    )
  })

  test('of a kind that this version does not know is skipped', () => {
    expect([readRow('z:1', Buffer.from('x')), readRow('', Buffer.from('x'))]).toEqual([undefined, undefined])
  })

  test('that is too short is not read as another', () => {
    const { key, ...op } = ops.putMessage({ seq: 1, time: 0, topic: 'a/b', payload: Buffer.from('x') })
    expect(() => readRow(key, bytesOf({ key, ...op } as SessionOp).subarray(0, 9))).toThrow()
  })
})

test('each row is removed by the key that it was written with', () => {
  const one = { seq: 5, time: 0, topic: 'a:b', payload: Buffer.alloc(0) }
  const pairs: readonly (readonly [SessionOp, SessionOp])[] = [
    [ops.putSession(1, { id: 'x', createdAt: 0, leftAt: null }), ops.removeSession(1)],
    [ops.putFilter(1, 'a:b', 1), ops.removeFilter(1, 'a:b')],
    [ops.putMessage(one), ops.removeMessage(5)],
    [ops.putEntry(1, 5, { qos: 1, retain: false, id: 1, released: false }), ops.removeEntry(1, 5)],
    [ops.putIncoming(1, 7), ops.removeIncoming(1, 7)],
    [ops.putSent(1, 5), ops.removeSent(1)],
    [ops.putRetained({ ...one, qos: 1 }), ops.removeRetained('a:b')],
    [ops.putWill(1, { topic: 'a', payload: Buffer.alloc(0), qos: 0, retain: false }), ops.removeWill(1)],
  ]
  for (const [put, remove] of pairs) expect(remove).toEqual({ type: 'del', key: put.key })
  expect(new Set(pairs.map(([put]) => put.key)).size).toBe(pairs.length)
})

test('entries of a session sort by their messages, and sessions by their numbers', () => {
  fc.assert(
    fc.property(number, number, (a, b) => {
      const order = Math.sign(a - b)
      const compare = (x: string, y: string): number => Math.sign(Buffer.compare(Buffer.from(x), Buffer.from(y)))
      expect(compare(keys.message(a), keys.message(b))).toBe(order)
      expect(compare(keys.entry(7, a), keys.entry(7, b))).toBe(order)
      expect(compare(keys.session(a), keys.session(b))).toBe(order)
    }),
  )
})

test('rows are read from disk as they were written, in the order of their keys', async () => {
  const store = await createLevelStoreFixture()
  onTestFinished(() => store.close())
  const samples = fc.sample(anyCase, { numRuns: 400, seed: 7 })
  const expected = new Map(samples.map(({ op, row }) => [op.key, row]))
  await store.rows.commit(
    samples.map(({ op }) => op),
    true,
  )
  const read: (readonly [string, SessionRow | undefined])[] = []
  for await (const piece of store.rows.pieces()) for (const [key, value] of piece) read.push([key, readRow(key, value)])
  expect(new Map(read)).toEqual(expected)
  const inOrder = Array.from(expected.keys()).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect(read.map(([key]) => key)).toEqual(inOrder)
})
