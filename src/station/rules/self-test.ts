// What the measurements of a self-test make of a run. Pure.

import type { JigFinish, RunVerdict } from '../ports.ts'
import type { Given, Measurement } from '../run-model.ts'
import type { SelfTest } from '../station-model.ts'
import { judgeAll } from './limits.ts'
import { shownText } from './shown-text.ts'
import { verdictOf } from './verdicts.ts'

export interface Judgement {
  readonly measurements: readonly Measurement[]
  /** null: all that is required is there and within its limits. */
  readonly verdict: RunVerdict | null
}

/** `seconds`: how long the self-test may take. */
const byLimits = (selfTest: SelfTest, given: readonly Given[], seconds: number): Judgement => {
  const { measurements, failed, missing } = judgeAll(selfTest, given)
  if (failed !== null) return { measurements, verdict: verdictOf('SELFTEST_FAILED', { measurement: failed }) }
  return { measurements, verdict: missing.length === 0 ? null : verdictOf('SELFTEST_MISSING', { names: missing, seconds }) }
}

/** Judged one by one, without an end. */
export const measureOnly = (selfTest: SelfTest, given: readonly Given[]): readonly Measurement[] => judgeAll(selfTest, given).measurements

/** Whether the message has any of the names that are measured. */
export const isAbout = ({ limits }: Pick<SelfTest, 'limits'>, given: readonly Given[]): boolean => {
  const names = new Set(limits.map(({ name }) => name))
  return names.size === 0 || given.some(({ name }) => names.has(name))
}

/** A message of a board. null: it has none of the names that are measured, so it is about something else. */
export const judgeMessage = (selfTest: SelfTest, given: readonly Given[], seconds: number): Judgement | null =>
  isAbout(selfTest, given) ? byLimits(selfTest, given, seconds) : null

/** How bad an outcome is. */
const rank = { passed: 0, failed: 1, error: 2 } as const

const ofJig = ({ outcome, code, text }: JigFinish): RunVerdict | null => {
  if (outcome === undefined || outcome === 'passed') return null
  return verdictOf(outcome === 'failed' ? 'JIG_FAILED' : 'JIG_ERROR', {
    text:
      [code, text]
        .map((word) => shownText(word ?? ''))
        .filter((word) => word !== '')
        .join(': ') || null,
  })
}

/** What a jig has measured, and how it ends: it can make the outcome worse than the limits say, and not better. */
export const finishSelfTest = (selfTest: SelfTest, given: readonly Given[], finish: JigFinish, seconds: number): Judgement => {
  const { measurements, verdict } = byLimits(selfTest, given, seconds)
  const own = ofJig(finish)
  const isMissing = verdict?.code === 'SELFTEST_MISSING'
  // A jig that has found a fault stops early: what it did not measure is not missed.
  if (own !== null && (verdict === null || isMissing || rank[finish.outcome ?? 'passed'] > rank.failed))
    return { measurements, verdict: own }
  return { measurements, verdict }
}
