// Rules that stop a campaign: by class of failure, as a share of those finished, with a minimum sample. Pure.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Campaign, Tally } from '../model.ts'
import type { AbortRule, Sample } from '../policy.ts'
import { finishedOf, openCount } from './counts.ts'

/** The default: pause when a fifth of those finished did not succeed, with a sample that grows with those notified. */
export const defaultAbort: readonly AbortRule[] = [{ on: 'any', percent: 20, minFinished: 5, action: 'pause', growing: true }]

/** The largest sample of a growing rule. */
const fullSample = 20

/** How many devices a campaign has, as far as its rules need it. */
export interface Crowd {
  /** Notified since an operator last resumed it, those finished included. */
  readonly notified: number
  /** All that can finish; null: more may come, or there are none yet. */
  readonly all: number | null
}

export const crowdOf = (
  { target, planning }: Pick<Campaign, 'target' | 'planning'>,
  tally: Tally,
  waiting: number,
  sample: Sample,
): Crowd => {
  const finished = finishedOf(sample)
  // A device that is tried again is not done: its new attempt counts too.
  const possible = finished + openCount(tally) + waiting
  return { notified: tally.notified + tally.in_progress + finished, all: target.continuous || planning || possible === 0 ? null : possible }
}

/**
 * The rule with the sample that it has now. Bad boards end before good ones, so the first few say little: a growing sample is half of those
 * notified, at most 20, and at least `minFinished` or all there are.
 */
export const sizedRule = ({ growing, ...rule }: AbortRule, { notified, all }: Crowd): AbortRule => {
  if (growing === undefined) return rule
  const sample = Math.max(rule.minFinished, Math.min(fullSample, Math.ceil(notified / 2)))
  return { ...rule, minFinished: Math.min(sample, all ?? sample) }
}

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

/** The sample of the rule, with its figures. `since`: when the campaign was resumed, from which time on they count; null: it was not. */
export const abortSentence = ({ rule, finished, bad }: Omit<AbortFigures, 'fires'>, since: string | null): Sentence =>
  sentence('abort_figures', {
    bad,
    finished,
    since,
    on: rule.on,
    action: rule.action,
    percent: rule.percent,
    minFinished: rule.minFinished,
  })
