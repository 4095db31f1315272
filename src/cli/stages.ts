// What a watch prints when a campaign reaches another stage: a phase opens, soaks or waits, windows open and close, it is paused and why.
// Gets the records one after another; knows neither the server nor the terminal.

import type { CampaignView } from './api-records.ts'
import { phaseName, statusText } from './campaign-show.ts'
import { clean, plural } from './format.ts'
import { endedCount, openCount } from './progress.ts'

const isUnderWay = ({ status }: CampaignView): boolean => status === 'running' || status === 'paused'

const phaseLine = ({ phase, phases, id }: CampaignView): string | undefined => {
  const open = phase === null ? undefined : phases[phase - 1]
  if (open === undefined) return undefined
  const size = endedCount(open.counts) + openCount(open.counts) + open.waiting
  return `campaign ${id}: phase ${phase} of ${phases.length} is open (${phaseName(open)}): ${plural(size, 'device')}`
}

/** A soak and a wait for an operator are stages; a growing sample is progress. */
const gateLine = (campaign: CampaignView): string | undefined => {
  const { gate, text, id, phase } = campaign
  if (gate?.step === 'soak') return `campaign ${id}: ${text ?? `phase ${phase} is soaking`}`
  if (gate?.step === 'operator') return `campaign ${id}: phase ${phase} is done; to open the next one: fogbell campaign next ${id}`
  return stuckLine(campaign)
}

/** All devices of the phase have ended, too few with success, and an operator has resumed the campaign. */
export const isStuck = (gate: CampaignView['gate']): boolean => gate?.step === 'success' && gate.size > 0 && gate.finished >= gate.size

/** How many devices of the open phase a retry would include. */
const lostOf = ({ phase, phases }: CampaignView): number => {
  const counts = phase === null ? undefined : phases[phase - 1]?.counts
  return counts === undefined ? 0 : counts.failed + counts.timed_out + counts.rejected
}

/** How to continue after a failed phase; `after`: the command that a retry needs besides. */
const waysToContinue = (campaign: CampaignView, after: string): string => {
  const { id } = campaign
  const lost = lostOf(campaign)
  const again = lost === 0 ? '' : `, or retry ${lost === 1 ? 'the device' : `the ${lost} devices`}: fogbell campaign retry ${id}${after}`
  return `open the next phase anyway: fogbell campaign next ${id}${again}`
}

/** A failed phase stays open, also after `resume`: how to continue. Undefined if it can still pass by itself. */
export const stuckLine = (campaign: CampaignView): string | undefined => {
  const { gate, text, id, phase } = campaign
  if (campaign.status !== 'running' || !isStuck(gate)) return undefined
  return `campaign ${id}: ${text ?? `phase ${phase} has failed`}; it stays in phase ${phase}: ${waysToContinue(campaign, '')}`
}

const windowLine = ({ schedule, text, id }: CampaignView): string => {
  if (!schedule.open) return `campaign ${id}: ${text ?? 'its schedule is closed'}`
  return `campaign ${id}: its schedule is open${schedule.until === null ? '' : ` until ${schedule.until}`}`
}

const statusLine = (campaign: CampaignView): string | undefined => {
  const { id, status, reason, lastStep } = campaign
  if (status === 'draft') return `campaign ${id}: not started; to start it: fogbell campaign start ${id}`
  if (status !== 'paused') return `campaign ${id}: ${statusText(campaign)}`
  const by = lastStep?.step === 'pause' ? `: ${clean(lastStep.by)}` : ''
  if (reason === 'operator') return `campaign ${id}: paused (operator${by}); to continue: fogbell campaign resume ${id}`
  if (reason === 'phase_failed') {
    const ways = waysToContinue(campaign, ` and fogbell campaign resume ${id}`)
    return `campaign ${id}: ${statusText(campaign)}; ${ways}, or end it: fogbell campaign cancel ${id}`
  }
  return `campaign ${id}: ${statusText(campaign)}; to end it: fogbell campaign cancel ${id}`
}

/** Statuses that are printed even if they are the first ones seen. */
const printedAtFirst: readonly CampaignView['status'][] = ['draft', 'scheduled', 'paused']

/** Gives the new lines for each record. */
export const createStages = (): ((campaign: CampaignView) => string[]) => {
  let before: CampaignView | undefined
  const changed = (of: (campaign: CampaignView) => unknown, now: CampaignView): boolean => before === undefined || of(before) !== of(now)
  const isNewStatus = (now: CampaignView): boolean =>
    before === undefined ? printedAtFirst.includes(now.status) : now.status !== 'completed' && changed(statusKey, now)
  const isNewWindow = (now: CampaignView): boolean =>
    now.status === 'running' && (before?.status === 'running' ? changed(({ schedule }) => schedule.open, now) : !now.schedule.open)
  return (now) => {
    const lines = [
      isNewStatus(now) ? statusLine(now) : undefined,
      isUnderWay(now) && changed(({ phase }) => phase, now) ? phaseLine(now) : undefined,
      now.status === 'running' && changed(({ gate }) => `${gate?.step} ${isStuck(gate)}`, now) ? gateLine(now) : undefined,
      isNewWindow(now) ? windowLine(now) : undefined,
    ]
    before = now
    return lines.filter((line) => line !== undefined)
  }
}

const statusKey = ({ status, reason }: CampaignView): string => `${status} ${reason}`
