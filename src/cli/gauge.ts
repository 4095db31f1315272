// How far a campaign is, as a fraction for its bar. Counts and tasks arrive separately and one is always a little older than the other, so
// the bar would move back when a device ends: it waits instead. Knows the records only.

import type { CampaignView, TaskView } from './api-records.ts'
import { endedCount, fraction, openCount } from './progress.ts'

/** Ended devices count as 1, those in progress by their progress. */
const fractionOf = ({ counts }: CampaignView, active: readonly TaskView[]): number => {
  const total = endedCount(counts) + openCount(counts)
  const partly = Math.min(
    counts.in_progress,
    active.reduce((all, task) => all + Math.min(1, fraction(task)), 0),
  )
  return total === 0 ? 0 : (endedCount(counts) + partly) / total
}

/** With work left it is never all: not even where the last devices report 100 % and have not restarted yet. */
const mostWithWorkLeft = 0.99

/** Gives the fraction, 0..1, for each state that it is given in turn. It falls only when there is more to do: new attempts, more devices. */
export const createGauge = (): ((campaign: CampaignView, active: readonly TaskView[]) => number) => {
  let before = { ended: 0, total: 0, fraction: 0 }
  return (campaign, active) => {
    const ended = endedCount(campaign.counts)
    const total = ended + openCount(campaign.counts)
    const isMoreToDo = ended < before.ended || total > before.total
    const now = fractionOf(campaign, active)
    before = { ended, total, fraction: isMoreToDo ? now : Math.max(before.fraction, now) }
    return ended < total || campaign.waiting > 0 ? Math.min(mostWithWorkLeft, before.fraction) : before.fraction
  }
}
