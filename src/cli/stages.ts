// What a watch says when a campaign comes to another stage: a phase opens, soaks or waits, windows open and close, it is paused and why.
// Fed with the records one after another; knows neither the server nor the terminal.

import { phaseName, statusText } from './campaign-show.ts'
import { plural } from './format.ts'
import { endedCount, openCount } from './progress.ts'
import type { CampaignView } from './views.ts'

const isUnderWay = ({ status }: CampaignView): boolean => status === 'running' || status === 'paused'

const phaseLine = ({ phase, phases, id }: CampaignView): string | undefined => {
  const open = phase === null ? undefined : phases[phase - 1]
  if (open === undefined) return undefined
  const size = endedCount(open.counts) + openCount(open.counts) + open.waiting
  return `campaign ${id}: phase ${phase} of ${phases.length} is open (${phaseName(open)}): ${plural(size, 'device')}`
}

/** Soaks and waits for an operator are stages; samples that grow are progress. */
const gateLine = ({ gate, text, id, phase }: CampaignView): string | undefined => {
  if (gate?.step === 'soak') return `campaign ${id}: ${text ?? `phase ${phase} soaks`}`
  if (gate?.step === 'operator') return `campaign ${id}: phase ${phase} is done and waits for you: fogbell campaign next ${id}`
  if (isStuck(gate)) return `campaign ${id}: ${text ?? `phase ${phase} has failed`}: it goes on by fogbell campaign next|retry ${id} only`
  return undefined
}

/** All of the phase have ended, not enough well, and an operator has accepted that by resuming. */
const isStuck = (gate: CampaignView['gate']): boolean => gate?.step === 'success' && gate.size > 0 && gate.finished >= gate.size

const windowLine = ({ schedule, text, id }: CampaignView): string => {
  if (!schedule.open) return `campaign ${id}: ${text ?? 'its schedule is closed'}`
  return `campaign ${id}: its schedule is open${schedule.until === null ? '' : ` until ${schedule.until}`}`
}

const statusLine = (campaign: CampaignView): string | undefined => {
  const { id, status, reason } = campaign
  if (status === 'draft') return `campaign ${id}: it has not been started: fogbell campaign start ${id}`
  if (status !== 'paused') return `campaign ${id}: ${statusText(campaign)}`
  if (reason === 'operator') return `campaign ${id}: it is paused: fogbell campaign resume ${id} (operator)`
  const ways = reason === 'phase_failed' ? ['resume', 'next', 'cancel'] : ['resume', 'cancel']
  return `campaign ${id}: ${statusText(campaign)}; go on or end it: fogbell campaign ${ways.join('|')} ${id}`
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
