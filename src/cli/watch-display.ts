// What a watch shows of a campaign: a live display for people, JSON lines for scripts. Knows the records, neither the server nor when a
// watch ends.

import type { CampaignView, TaskView } from './api-records.ts'
import type { Call } from './command.ts'
import { clean, plural, withLocalTimes } from './format.ts'
import { createGauge } from './gauge.ts'
import type { WatchVerdict } from './judge.ts'
import { createLive } from './live.ts'
import { campaignCounts, campaignLines, lostCount, openCount, outcome } from './progress.ts'
import { createStages } from './stages.ts'

/** How a watch shows what it gets. */
export interface WatchDisplay {
  campaign(campaign: CampaignView, active: readonly TaskView[]): void
  /** An event as it was received, for scripts. */
  event(event: string, data: unknown): void
  lost(task: TaskView): void
  hint(text: string): void
  end(campaign: CampaignView, verdict: WatchVerdict, lost: readonly TaskView[]): void
}

/** Whether anything ended without success. */
export const isFailed = (campaign: CampaignView): boolean => campaign.status === 'canceled' || lostCount(campaign.counts) > 0

const jsonDisplay = ({ output }: Call): WatchDisplay => ({
  campaign: () => undefined,
  event: (event, data) => output.value({ event, data }),
  lost: () => undefined,
  hint: () => undefined,
  end(campaign, verdict, failed) {
    const unreachable = verdict.kind === 'unreachable' ? verdict.tasks : []
    const result = verdict.kind === 'unreachable' || verdict.kind === 'stopped' ? verdict.kind : isFailed(campaign) ? 'failed' : 'succeeded'
    output.value({ event: 'end', data: { outcome: result, campaign, failed, unreachable } })
  },
})

/** How many devices are named at the end; for more, a command that lists them is. */
const named = 100

const unreachableLines = (campaign: CampaignView, tasks: readonly TaskView[]): string[] => {
  const rest = tasks.length - named
  const later = openCount(campaign.counts) - tasks.length
  return [
    `${plural(tasks.length, 'device')} cannot be reached now; campaign ${campaign.id} continues and updates them when they reconnect:`,
    ...tasks
      .slice(0, named)
      .map((task) => `  ${clean(task.device)}  ${task.state === 'queued' ? (task.reason ?? 'queued') : 'notified, then offline'}`),
    ...(rest > 0 ? [`  and ${rest} more: fogbell task list --campaign ${campaign.id} --state queued`] : []),
    ...(later > 0 ? [`${plural(later, 'device')} of later phases ${later === 1 ? 'waits' : 'wait'} for them`] : []),
  ]
}

const endedByCampaign: ReadonlySet<string> = new Set(['operator', 'aborted', 'expired'])

/** `canceled (expired)`. */
const endText = ({ status, reason }: CampaignView): string =>
  status === 'canceled' && reason !== null ? `${status} (${clean(reason)})` : status

const stoppedText = ({ id, counts }: CampaignView): string =>
  `nothing is in progress any more; ${plural(openCount(counts), 'device')} wait${openCount(counts) === 1 ? 's' : ''} for an operator; to continue: fogbell campaign resume ${id}`

/** Outside a terminal, the shortest time between two lines of counts, milliseconds. */
const countsInterval = 1_000

const humanDisplay = ({ io, output }: Call): WatchDisplay => {
  const live = createLive(io, output)
  const { colors } = output
  const gauge = createGauge()
  const stages = createStages()
  let said = { text: '', at: Number.NEGATIVE_INFINITY }
  const sayCounts = (text: string): void => {
    if (live.moving || text === said.text || io.now() - said.at < countsInterval) return
    said = { text, at: io.now() }
    live.say(text)
  }
  return {
    event: () => undefined,
    campaign(campaign, active) {
      for (const line of stages(campaign)) live.say(clean(withLocalTimes(line)))
      live.draw(campaignLines(campaign, gauge(campaign, active), active, colors, output.columns))
      sayCounts(`campaign ${campaign.id}: ${campaignCounts(campaign, colors)}`)
    },
    lost(task) {
      // What ended because its campaign did is only counted.
      if (task.state === 'canceled' && endedByCampaign.has(task.reason ?? '')) return
      live.say(`  ${colors.red('x')} ${clean(task.device)} ${clean(task.module)}  ${outcome(task)}`)
    },
    hint: (text) => live.say(colors.dim(text)),
    end(campaign, verdict) {
      live.draw([])
      live.end()
      output.line(`campaign ${campaign.id} ${endText(campaign)}: ${campaignCounts(campaign, colors)}`)
      if (campaign.status === 'canceled' && campaign.text !== null) output.line(`why: ${clean(withLocalTimes(campaign.text))}`)
      if (verdict.kind === 'unreachable') output.lines(unreachableLines(campaign, verdict.tasks))
      else if (verdict.kind === 'stopped') output.line(stoppedText(campaign))
      else if (campaign.status === 'running') output.line(`campaign ${campaign.id} continues for devices that appear later`)
    },
  }
}

/** The display that the output asks for. */
export const createWatchDisplay = (call: Call): WatchDisplay => (call.output.json ? jsonDisplay(call) : humanDisplay(call))
