import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyTally } from '../../../src/ota/model.ts'
import { type AbortRule, emptySample, type Sample } from '../../../src/ota/policy.ts'
import { abortSentence, badOf, crowdOf, defaultAbort, figuresOf, firingRule, sizedRule } from '../../../src/ota/rules/abort.ts'
import { finishedOf } from '../../../src/ota/rules/counts.ts'
import { say } from '../../../src/sentences/sentence.ts'

const of = (over: Partial<Sample>): Sample => ({ ...emptySample, ...over })
const rule = (over: Partial<AbortRule>): AbortRule => ({ on: 'any', percent: 20, minFinished: 5, action: 'pause', ...over })

test.each([
  [false, {}, {}],
  [false, {}, { failed: 4 }],
  [true, {}, { failed: 5 }],
  [true, {}, { succeeded: 4, failed: 1 }],
  [false, {}, { succeeded: 5, failed: 1 }],
  [true, {}, { succeeded: 8, timed_out: 1, rejected: 1 }],
  [false, { on: 'failed' }, { succeeded: 3, timed_out: 2 }],
  [true, { on: 'timed_out' }, { succeeded: 3, timed_out: 2 }],
  [true, { on: 'rejected', percent: 50, minFinished: 2 }, { succeeded: 1, rejected: 1 }],
  [false, { percent: 100 }, { succeeded: 1, failed: 99 }],
  [true, { percent: 1, minFinished: 1 }, { succeeded: 99, failed: 1 }],
  [false, { percent: 1, minFinished: 1 }, { succeeded: 99 }],
] as const)('fires: %s, a rule with %j and %j finished', (fires, over, sample) => {
  expect(figuresOf(rule(over), of(sample)).fires).toBe(fires)
})

test('a rule that cancels goes before one that pauses', () => {
  const rules = [rule({}), rule({ on: 'failed', percent: 50, action: 'cancel' })]
  expect(firingRule(rules, of({ failed: 5 }))?.rule.action).toBe('cancel')
  expect(firingRule(rules, of({ succeeded: 3, failed: 2 }))?.rule.action).toBe('pause')
  expect(firingRule([], of({ failed: 500 }))).toBeNull()
  expect(say(abortSentence(firingRule(defaultAbort, of({ succeeded: 3, failed: 2 }))!, null))).toBe(
    '2 of 5 finished did not succeed; paused by the rule: 20 % of at least 5 devices',
  )
  expect(say(abortSentence(firingRule(defaultAbort, of({ succeeded: 3, failed: 2 }))!, '2026-01-02T03:04:05.000Z'))).toMatch(
    /^2 of 5 finished since it was resumed at 2026-01-02T03:04:05\.000Z did not succeed; paused/,
  )
})

const sample = fc.record({ succeeded: fc.nat(50), failed: fc.nat(50), timed_out: fc.nat(50), rejected: fc.nat(50) })

test('never fires below its sample or without a failure of its class, and always fires from its share on', () => {
  fc.assert(
    fc.property(sample, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 60 }), (counts, percent, minFinished) => {
      for (const on of ['any', 'failed', 'timed_out', 'rejected'] as const) {
        const { fires } = figuresOf(rule({ on, percent, minFinished }), counts)
        const share = (100 * badOf(counts, on)) / Math.max(1, finishedOf(counts))
        expect(fires).toBe(finishedOf(counts) >= minFinished && badOf(counts, on) > 0 && share >= percent)
      }
    }),
  )
})

test.each([
  // notified, all, the sample that the default rule needs
  [1, null, 5],
  [5, null, 5],
  [10, null, 5],
  [11, null, 6],
  [20, null, 10],
  [39, 500, 20],
  [500, 500, 20],
  [3, 3, 3],
  [8, 8, 5],
  [0, null, 5],
])('the default rule with %s notified of %s is judged from %s finished on', (notified, all, minFinished) => {
  for (const rule of defaultAbort)
    expect(sizedRule(rule, { notified, all })).toEqual({ on: 'any', percent: 20, action: 'pause', minFinished })
})

test('a rule that an operator gave keeps its sample', () => {
  expect(sizedRule(rule({ minFinished: 7 }), { notified: 500, all: 2 })).toEqual(rule({ minFinished: 7 }))
})

test('who is notified, and who can finish: later attempts of the same devices and waiting targets too; of a continuous campaign nobody knows', () => {
  const target = { devices: [], tags: [], from: [], exclude: [], continuous: false }
  const tally = { ...emptyTally, queued: 5, notified: 2, in_progress: 3, succeeded: 4, failed: 1, skipped: 9, canceled: 8 }
  const sampled = of({ succeeded: 4, failed: 1 })
  expect(crowdOf({ target, planning: false }, tally, 6, sampled)).toEqual({ notified: 10, all: 21 })
  expect(crowdOf({ target: { ...target, continuous: true }, planning: false }, tally, 6, sampled).all).toBeNull()
  expect(crowdOf({ target, planning: true }, tally, 6, sampled).all).toBeNull()
  expect(crowdOf({ target, planning: false }, emptyTally, 0, of({})).all).toBeNull()
})

test('of two rules that fire alike, the first one counts: the order is as given', () => {
  const narrow = rule({ on: 'failed', percent: 10 })
  const wide = rule({ percent: 30 })
  const sampled = of({ failed: 5 })
  expect(firingRule([narrow, wide], sampled)?.rule).toBe(narrow)
  expect(firingRule([wide, narrow], sampled)?.rule).toBe(wide)
  const [first, second] = [rule({ percent: 10, action: 'cancel' }), rule({ percent: 30, action: 'cancel' })]
  expect(firingRule([rule({}), first, second], sampled)?.rule).toBe(first)
  expect(firingRule([rule({}), second, first], sampled)?.rule).toBe(second)
})
