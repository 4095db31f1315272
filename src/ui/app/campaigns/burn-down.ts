// How many devices of a campaign were still to be updated, over time: from its tasks where they are few enough to be read, else from what this
// page has seen. Pure.

import type { Campaign, Task } from '../../api/records.d.ts'

export interface Moment {
  /** Milliseconds. */
  readonly at: number
  readonly remaining: number
}

export const remainingOf = ({ counts, waiting }: Pick<Campaign, 'counts' | 'waiting'>): number =>
  counts.queued + counts.notified + counts.in_progress + waiting

/**
 * Of each device's newest attempt: it remains from the start on until it ended, also one that is tried again, and so does a target that has no
 * task yet: `more`. `joins`: devices may join later, and remain from then on.
 */
export const momentsOf = (tasks: readonly Task[], startedAt: number, more: number, joins: boolean): readonly Moment[] => {
  const steps: { readonly at: number; readonly by: number }[] = [{ at: startedAt, by: more }]
  for (const { createdAt, endedAt, attempt } of tasks) {
    const from = joins && attempt === 1 ? Math.max(startedAt, Date.parse(createdAt)) : startedAt
    steps.push({ at: from, by: 1 })
    if (endedAt !== null) steps.push({ at: Math.max(from, Date.parse(endedAt)), by: -1 })
  }
  steps.sort((one, other) => one.at - other.at || other.by - one.by)
  const moments: Moment[] = []
  let remaining = 0
  for (const { at, by } of steps) {
    remaining += by
    if (moments.at(-1)?.at === at) moments.pop()
    moments.push({ at, remaining })
  }
  return moments
}

/** With what is known now: one moment for each change, the last one is now. */
export const extended = (moments: readonly Moment[], now: Moment): readonly Moment[] => {
  const before = moments.filter(({ at }) => at < now.at)
  const last = before.at(-1)
  return last?.remaining === now.remaining ? before : [...before, now]
}

const width = 300

/** At most one moment for each of so many pixels: the latest there. */
const thinned = (moments: readonly Moment[], xOf: (at: number) => number): readonly Moment[] =>
  moments.filter((moment, at) => {
    const next = moments[at + 1]
    return next === undefined || Math.floor(xOf(next.at)) !== Math.floor(xOf(moment.at))
  })

/** The steps as an SVG path in a box of 300 x `height`, from the first moment to `until`. */
export const stepPath = (moments: readonly Moment[], until: number, height: number): string => {
  const [first] = moments
  if (first === undefined) return ''
  const span = Math.max(1, until - first.at)
  const most = mostOf(moments)
  const xOf = (at: number): number => Math.min(width, Math.max(0, ((at - first.at) / span) * width))
  const yOf = (remaining: number): number => height - (remaining / Math.max(1, most)) * height
  const points = thinned(moments, xOf).map(({ at, remaining }) => `H${xOf(at).toFixed(1)}V${yOf(remaining).toFixed(1)}`)
  return `M0 ${yOf(first.remaining).toFixed(1)}${points.join('')}H${width}`
}

export const mostOf = (moments: readonly Moment[]): number => moments.reduce((most, { remaining }) => Math.max(most, remaining), 0)
