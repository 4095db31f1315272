// Rules that stop a campaign: by class of failure, as a share of those finished, with a minimum sample. Pure.

import type { AbortRule, Sample } from '../policy.ts'
import { finishedOf } from './counts.ts'

/** What a campaign has whose operator says nothing of it: pause when a fifth of at least five did not succeed. */
export const defaultAbort: readonly AbortRule[] = [{ on: 'any', percent: 20, minFinished: 5, action: 'pause' }]

export const badOf = (sample: Sample, on: AbortRule['on']): number =>
  on === 'any' ? sample.failed + sample.timed_out + sample.rejected : sample[on]

/** The figures of one rule. */
export interface AbortFigures {
  readonly rule: AbortRule
  readonly finished: number
  readonly bad: number
  readonly fires: boolean
}

export const figuresOf = (rule: AbortRule, sample: Sample): AbortFigures => {
  const finished = finishedOf(sample)
  const bad = badOf(sample, rule.on)
  return { rule, finished, bad, fires: finished >= rule.minFinished && bad > 0 && bad * 100 >= rule.percent * finished }
}

/** The rule that fires, a canceling one before a pausing one; null: none does. */
export const firingRule = (rules: readonly AbortRule[], sample: Sample): AbortFigures | null => {
  const fires = rules.map((rule) => figuresOf(rule, sample)).filter((figures) => figures.fires)
  return fires.find(({ rule }) => rule.action === 'cancel') ?? fires[0] ?? null
}

const classText = (on: AbortRule['on']): string =>
  on === 'any' ? 'did not succeed' : on === 'timed_out' ? 'timed out' : on === 'failed' ? 'failed' : 'were rejected'

export const abortText = ({ rule, finished, bad }: AbortFigures): string =>
  `${bad} of ${finished} finished ${classText(rule.on)}; ${rule.action === 'pause' ? 'paused' : 'canceled'} at ${rule.percent} % of at least ${rule.minFinished}`
