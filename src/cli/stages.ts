// What a watch says when a campaign comes to another stage: a phase opens, soaks or waits, windows open and close, it is paused and why.
// Fed with the records one after another; knows neither the server nor the terminal.

import type { CampaignView } from './api-records.ts'
import { phaseName, statusText } from './campaign-show.ts'
import { plural } from './format.ts'
import { endedCount, openCount } from './progress.ts'

const isUnderWay = ({ status }: CampaignView): boolean => status === 'running' || status === 'paused'

const phaseLine = ({ phase, phases, id }: CampaignView): string | undefined => {
  const open = phase === null ? undefined : phases[phase - 1]
  if (open === undefined) return undefined
  const size = endedCount(open.counts) + openCount(open.counts) + open.waiting
  return `campaign ${id}: phase ${phase} of ${phases.length} is open (${phaseName(open)}): ${plural(size, 'device')}`
}

/** Soaks and waits for an operator are stages; samples that grow are progress. */
const gateLine = (campaign: CampaignView): string | undefined => {
  const { gate, text, id, phase } = campaign
  if (gate?.step === 'soak') return `campaign ${id}: ${text ?? `phase ${phase} soaks`}`
  if (gate?.step === 'operator') return `campaign ${id}: phase ${phase} is done and waits for you: fogbell campaign next ${id}`
  return stuckLine(campaign)
}

/** All of the phase have ended, not enough well, and an operator has accepted that by resuming. */
export const isStuck = (gate: CampaignView['gate']): boolean => gate?.step === 'success' && gate.size > 0 && gate.finished >= gate.size

/** Devices of the open phase that a retry would take again. */
const lostOf = ({ phase, phases }: CampaignView): number => {
  const counts = phase === null ? undefined : phases[phase - 1]?.counts
  return counts === undefined ? 0 : counts.failed + counts.timed_out + counts.rejected
}

/** What goes on after a phase that has failed; `after`: what a retry needs beside itself. */
const waysOn = (campaign: CampaignView, after: string): string => {
  const { id } = campaign
  const lost = lostOf(campaign)
  const again =
    lost === 0 ? '' : `, or try ${lost === 1 ? 'the device' : `the ${lost} devices`} again: fogbell campaign retry ${id}${after}`
  return `open the next phase all the same: fogbell campaign next ${id}${again}`
}

/** A phase that has failed stays where it is, also after `resume`: what takes it on. Undefined where it can still pass by itself. */
export const stuckLine = (campaign: CampaignView): string | undefined => {
  const { gate, text, id, phase } = campaign
  if (campaign.status !== 'running' || !isStuck(gate)) return undefined
  return `campaign ${id}: ${text ?? `phase ${phase} has failed`}; it stays in phase ${phase}: ${waysOn(campaign, '')}`
}

const windowLine = ({ schedule, text, id }: CampaignView): string => {
  if (!schedule.open) return `campaign ${id}: ${text ?? 'its schedule is closed'}`
  return `campaign ${id}: its schedule is open${schedule.until === null ? '' : ` until ${schedule.until}`}`
}

const statusLine = (campaign: CampaignView): string | undefined => {
  const { id, status, reason } = campaign
  if (status === 'draft') return `campaign ${id}: it has not been started: fogbell campaign start ${id}`
  if (status !== 'paused') return `campaign ${id}: ${statusText(campaign)}`
  if (reason === 'operator') return `campaign ${id}: it is paused: fogbell campaign resume ${id} (operator)`
  if (reason === 'phase_failed') {
    const ways = waysOn(campaign, ` and fogbell campaign resume ${id}`)
    return `campaign ${id}: ${statusText(campaign)}; ${ways}, or end it: fogbell campaign cancel ${id}`
  }
  return `campaign ${id}: ${statusText(campaign)}; go on or end it: fogbell campaign resume|cancel ${id}`
}

/** Statuses that are told also where they are the first that is seen. */
const worthSaying: readonly CampaignView['status'][] = ['draft', 'scheduled', 'paused']

/** Gives the lines that are new with each record. */
export const createStages = (): ((campaign: CampaignView) => string[]) => {
  let before: CampaignView | undefined
  const changed = (of: (campaign: CampaignView) => unknown, now: CampaignView): boolean => before === undefined || of(before) !== of(now)
  const isNewStatus = (now: CampaignView): boolean =>
    before === undefined ? worthSaying.includes(now.status) : now.status !== 'completed' && changed(statusKey, now)
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
