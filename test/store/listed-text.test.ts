// Ended tasks as lists read them: everything but the history, and what is damaged is refused as when a whole record is read.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HistoryEntry } from '../../src/ota/model.ts'
import { sentence } from '../../src/sentences/sentence.ts'
import { withoutHistory } from '../../src/store/listed-text.ts'
import { parseEnded, parseListed } from '../../src/store/load.ts'
import { taskText } from '../../src/store/task-text.ts'
import { sampleTask } from '../support/store-samples.ts'

const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom(',"history":[', '"}', '\\', '升级失败', ''))
const params = fc.record(
  { reason: text, step: fc.integer(), size: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { requiredKeys: [] },
)
const entries = fc.array(
  fc.record<HistoryEntry>({
    at: fc.nat(),
    state: fc.constantFrom('queued', 'succeeded', 'failed'),
    said: fc.oneof(
      text,
      params.map((each) => sentence('note_ended', { reason: '', step: 0, ...each })),
      fc.constant(sentence('note_offered')),
    ),
  }),
  { maxLength: 4 },
)
const tasks = fc
  .record({ device: text, desc: fc.option(text), history: entries })
  .map((fields) => sampleTask(7, { ...fields, state: 'failed', endedAt: 5 }))

const outcome = (read: typeof parseEnded | typeof parseListed, row: string): unknown => {
  try {
    const { history: _history, ...listed } = { history: [], ...read('there', 7, row) }
    return listed
  } catch (thrown) {
    return String(thrown)
  }
}

test('a listed task is the whole one but for its history', () => {
  fc.assert(
    fc.property(tasks, (task) => {
      expect(outcome(parseListed, taskText(task))).toEqual(outcome(parseEnded, taskText(task)))
    }),
    { numRuns: 500 },
  )
})

test('a row that is damaged anywhere is read, or refused with its key, as when it is read as a whole', () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.integer({ min: 0, max: 3 }),
    put: fc.oneof(
      fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '0', '-', '\\', ',"history":[', '{"at":1}', '\n'),
      fc.string({ maxLength: 2 }),
    ),
  })
  fc.assert(
    fc.property(tasks, damage, (task, { at, drop, put }) => {
      const row = taskText(task)
      const from = Math.floor(at * row.length)
      const damaged = row.slice(0, from) + put + row.slice(from + drop)
      expect(outcome(parseListed, damaged)).toEqual(outcome(parseEnded, damaged))
    }),
    { numRuns: 5000 },
  )
})

test('the history that a server writes is not parsed', () => {
  const said = [sentence('note_offered'), sentence('note_ended', { reason: 'stall', step: -3 }), 'as an earlier Fogbell wrote it']
  const history = said.map((each, at): HistoryEntry => ({ at, state: 'failed', said: each }))
  const row = taskText(sampleTask(7, { state: 'failed', endedAt: 5, history }))
  expect(withoutHistory(row)).toBe(row.replace(/,"history":.*$/, '}'))
  expect('history' in parseListed('there', 7, row)).toBe(false)
})
