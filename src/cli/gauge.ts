// How far a campaign is, as a fraction for its bar. Counts and tasks come by different ways and one is always a moment older than the
// other, so the bar would run back when a device ends: it waits instead. Knows the records only.

import type { CampaignView, TaskView } from './api-records.ts'
import { endedCount, fraction, openCount } from './progress.ts'

/** The ended count whole, those in progress as far as they are. */
const fractionOf = ({ counts }: CampaignView, active: readonly TaskView[]): number => {
  const total = endedCount(counts) + openCount(counts)
  const partly = Math.min(
    counts.in_progress,
    active.reduce((all, task) => all + Math.min(1, fraction(task)), 0),
  )
  return total === 0 ? 0 : (endedCount(counts) + partly) / total
}

/** Gives the fraction, 0..1, of what it is shown one after another. It falls only where more is to do: new attempts, more devices. */
export const createGauge = (): ((campaign: CampaignView, active: readonly TaskView[]) => number) => {
  let before = { ended: 0, total: 0, fraction: 0 }
  return (campaign, active) => {
    const ended = endedCount(campaign.counts)
    const total = ended + openCount(campaign.counts)
    const isMoreToDo = ended < before.ended || total > before.total
    const now = fractionOf(campaign, active)
    before = { ended, total, fraction: isMoreToDo ? now : Math.max(before.fraction, now) }
    return before.fraction
  }
}
