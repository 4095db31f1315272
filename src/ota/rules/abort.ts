// Rules that stop a campaign: by class of failure, as a share of those finished, with a minimum sample. Pure.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { AbortRule, Sample } from '../policy.ts'
import { finishedOf } from './counts.ts'

/** The default: pause when a fifth of at least five finished ones did not succeed. */
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

/** The sample of the rule, with its figures. */
export const abortSentence = ({ rule, finished, bad }: Omit<AbortFigures, 'fires'>): Sentence =>
  sentence('abort_figures', { bad, finished, on: rule.on, action: rule.action, percent: rule.percent, minFinished: rule.minFinished })
