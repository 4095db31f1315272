// The rows of tasks: what is written is read back unchanged, also what an earlier Fogbell wrote.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Task, taskStates } from '../../src/ota/model.ts'
import { type Sentence, sentence } from '../../src/sentences/sentence.ts'
import { taskOf, taskText } from '../../src/store/task-text.ts'
import { sampleTask } from '../support/store-samples.ts'

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.oneof(fc.constant(null), value)
const time = orNull(fc.nat({ max: 4_102_444_800_000 }))
const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\\', '\n', '\u007f', '\ud800', '升级失败', ''))

/** A text is what an earlier Fogbell recorded. */
const said: fc.Arbitrary<Sentence | string> = fc.oneof(
  text,
  fc.constant(sentence('note_offered')),
  fc.record({ reason: text, step: fc.nat() }).map((params) => sentence('note_ended', params)),
)

const tasks: fc.Arbitrary<Task> = fc.record<Task>({
  rev: fc.nat(),
  id: fc.nat(),
  campaign: fc.nat(),
  device: text,
  module: text,
  firmware: fc.nat(),
  from: orNull(text),
  to: text,
  size: fc.nat(),
  sources: fc.array(text, { maxLength: 3 }),
  reflash: fc.boolean(),
  phase: fc.nat({ max: 20 }),
  state: fc.constantFrom(...taskStates),
  reason: fc.constantFrom(null, 'superseded', 'rolled_back', 'stall'),
  code: orNull(fc.integer()),
  desc: orNull(text),
  step: orNull(fc.integer({ min: 0, max: 100 })),
  attempt: fc.integer({ min: 1, max: 9 }),
  newest: fc.boolean(),
  notBefore: time,
  slot: fc.boolean(),
  bytes: fc.maxSafeNat(),
  createdAt: fc.nat(),
  notifiedAt: time,
  slotAt: time,
  startedAt: time,
  signAt: time,
  completeAt: time,
  graceSince: time,
  endedAt: time,
  judged: orNull(fc.record({ state: fc.constantFrom('succeeded', 'failed', 'timed_out', 'rejected'), era: fc.nat() })),
  history: fc.array(fc.record({ at: fc.nat(), state: fc.constantFrom(...taskStates), said }), { maxLength: 3 }),
})

/** The row of format 1, which leaves nothing out. */
const fullRow = ({ slotAt, history, ...others }: Task): string => {
  const rows = history.map(({ at, state, said: one }) => ({ at, state, ...(typeof one === 'string' ? { note: one } : one) }))
  return JSON.stringify({ ...others, toldAt: slotAt, history: rows })
}

test('every task is read back as it was written, also from a row with every field', () => {
  fc.assert(
    fc.property(tasks, (task) => {
      expect(taskOf(JSON.parse(taskText(task)))).toEqual(task)
      expect(taskOf(JSON.parse(fullRow(task)))).toEqual(task)
    }),
    { numRuns: 1000 },
  )
})

test('the time of a slot is stored as toldAt, as earlier versions did', () => {
  expect(JSON.parse(taskText(sampleTask(1, { notifiedAt: 5, slotAt: 7 })))).toMatchObject({ notifiedAt: 5, toldAt: 7 })
})

test('the row of a new task holds only what differs from one task to the next', () => {
  const { rev, id, campaign, device, module, firmware, from, to, size, state, createdAt, history } = sampleTask(1)
  expect(JSON.parse(taskText(sampleTask(1)))).toEqual({
    rev,
    id,
    campaign,
    device,
    module,
    firmware,
    from,
    to,
    size,
    state,
    createdAt,
    history,
  })
})
