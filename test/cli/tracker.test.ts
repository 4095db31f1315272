import { expect, test } from 'vitest'
import { createTracker } from '../../src/cli/tracker.ts'
import { task } from '../support/cli-samples.ts'
import { done, failed } from '../support/cli-watch-fixture.ts'

test('records older than the known one are ignored', () => {
  const tracker = createTracker()
  expect(tracker.apply(failed())).toBe(true)
  expect(tracker.apply(task({ state: 'in_progress' }))).toBe(false)
  expect(tracker.active()).toEqual([])
  expect(tracker.lost()).toEqual([failed()])
})

test('a new attempt replaces the one before, whose late records are ignored', () => {
  const tracker = createTracker()
  const second = task({ id: '30', attempt: 2, state: 'notified' })
  tracker.apply(failed())
  tracker.apply(second)
  expect(tracker.apply(failed({ id: '21', reason: 'burn_error' }))).toBe(false)
  expect([tracker.active(), tracker.lost()]).toEqual([[second], []])
})

test('modules of one device do not replace each other', () => {
  const tracker = createTracker()
  tracker.apply(task({ state: 'in_progress', module: 'a' }))
  tracker.apply(task({ id: '5', state: 'in_progress', module: 'b' }))
  expect(tracker.active().map(({ id }) => id)).toEqual(['5', '21'])
})

test('a late success removes the failure, and an end is reported once', () => {
  const tracker = createTracker()
  expect(tracker.replace([failed()])).toHaveLength(1)
  expect(tracker.replace([failed()])).toEqual([])
  expect(tracker.apply(failed())).toBe(false)
  tracker.apply(done())
  expect(tracker.lost()).toEqual([])
})

test('older progress is ignored', () => {
  const tracker = createTracker()
  const later = task({ state: 'in_progress', bytes: 500, step: 50 })
  tracker.apply(later)
  tracker.apply(task({ state: 'in_progress', bytes: 400, step: 40 }))
  tracker.apply(task({ state: 'notified', bytes: 0 }))
  expect(tracker.active()).toEqual([later])
  const newer = task({ state: 'in_progress', bytes: 500, step: 2 })
  tracker.apply(newer)
  expect(tracker.active()).toEqual([newer])
})
