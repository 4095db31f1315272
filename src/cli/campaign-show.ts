// How one campaign is shown. Knows the record only.

import type { AbortView, CampaignView, PhaseView } from './api-records.ts'
import type { Call } from './command.ts'
import { ago, clean, localTime, plural, span, when, withLocalTimes } from './format.ts'
import { type Output, plain } from './output.ts'
import { beingMade, countsText, isBeingMade } from './progress.ts'
import { type Cell, createTable } from './table.ts'
import { pairs } from './wrap.ts'

const list = (words: readonly string[], none: string): string => (words.length === 0 ? none : words.map(clean).join(', '))

const targetText = ({ target, product }: CampaignView): string => {
  const parts = [target.devices.length === 0 ? `all of ${clean(product)}` : list(target.devices, '')]
  if (target.tags.length > 0) parts.push(`tagged ${list(target.tags, '')}`)
  if (target.from.length > 0) parts.push(`on version ${list(target.from, '')}`)
  if (target.exclude.length > 0) parts.push(`except ${list(target.exclude, '')}`)
  if (target.continuous) parts.push('including devices that appear later')
  return parts.join('; ')
}

const timesText = ({ timeouts }: CampaignView): string => {
  const { noResponseSeconds, upgradeSeconds, stallSeconds } = timeouts
  const upgrade = upgradeSeconds === null ? 'server default' : span(upgradeSeconds * 1000)
  return `no response ${span(noResponseSeconds * 1000)}; upgrade: ${upgrade}; stall ${span(stallSeconds * 1000)}`
}

const retryText = ({ retry }: CampaignView): string =>
  retry.max === 0
    ? 'off'
    : `${retry.max === 1 ? 'once' : `${retry.max} times`} after ${span(retry.delaySeconds * 1000)}${retry.onTimeout ? ', after time-outs too' : ''}`

const modes = (campaign: CampaignView): string => {
  const words = [campaign.push ? 'push' : 'only devices that ask']
  if (campaign.reflash) words.push('also devices that have the version already')
  if (campaign.overwrite) words.push("replaces other campaigns' tasks")
  return words.join(', ')
}

const classes = { any: 'did not succeed', failed: 'failed', timed_out: 'timed out', rejected: 'were rejected' } as const

const abortText = ({ on, percent, minFinished, action, finished, bad, since }: AbortView): string =>
  `${action} when ${percent} % of at least ${minFinished} finished devices ${classes[on]}; now ${bad} of ${finished}${
    since == null ? '' : ` since it was resumed at ${localTime(since)}`
  }`

const windowText = ({ cron, minutes, timeZone }: CampaignView['schedule']['windows'][number]): string =>
  `${clean(cron)} for ${span(minutes * 60_000)} in ${clean(timeZone ?? "the server's time zone")}`

const scheduleText = ({ schedule }: CampaignView, now: number): string => {
  const { startAt, endAt, windows, open, until } = schedule
  if (startAt === null && endAt === null && windows.length === 0) return 'any time'
  const parts = [
    ...(startAt === null ? [] : [`from ${localTime(startAt)}`]),
    ...(endAt === null ? [] : [`until ${localTime(endAt)}`]),
    ...windows.map(windowText),
  ]
  const opens = until === null ? (open ? 'open' : 'over') : open ? `open; closes ${ago(until, now)}` : `closed; opens ${ago(until, now)}`
  return `${parts.join('; ')} (${opens})`
}

/** Which devices are in a phase: `tag canary`, `up to 25 %`, `up to 40`. */
export const phaseName = ({ percent, count, tag }: PhaseView): string =>
  tag === undefined ? `up to ${percent === undefined ? String(count) : `${percent} %`}` : `tag ${clean(tag)}`

const onwardText = ({ successPercent, minFinished, soakSeconds, then: onward }: PhaseView): string => {
  const parts = [`${successPercent} % of at least ${minFinished}`]
  if (soakSeconds > 0) parts.push(`soak ${span(soakSeconds * 1000)}`)
  if (onward === 'wait') parts.push('then `campaign next`')
  return parts.join(', ')
}

const phaseLines = ({ phases }: CampaignView, { colors, columns }: Output): string[] => {
  if (phases.length === 0) return []
  const head = ['PHASE', 'WHICH', 'STATE', 'DEVICES', 'NEXT PHASE AFTER'].map((text) => ({ text, style: colors.dim }))
  const rows = phases.map((phase, index): Cell[] => [
    String(index + 1),
    phaseName(phase),
    phase.open ? { text: 'open', style: colors.green } : 'closed',
    `${countsText(phase.counts, plain)}${phase.waiting === 0 ? '' : `, ${phase.waiting} waiting for other campaigns`}`,
    index === phases.length - 1 ? '' : onwardText(phase),
  ])
  return createTable(head, columns)(rows)
}

/** `paused (aborted): 2 of 5 finished failed; …`. */
export const statusText = ({ status, reason, text }: CampaignView): string =>
  `${status}${reason === null ? '' : ` (${clean(reason)})`}${text === null ? '' : `: ${clean(withLocalTimes(text))}`}`

const againstText = ({ gate }: CampaignView): string =>
  gate === null || gate.against.length === 0 ? '' : `${list(gate.against, '')} (rolled back or could not stay connected)`

const waitingText = ({ waiting, waitingFor }: CampaignView): string => {
  const others = waitingFor.length === 0 ? 'other campaigns' : `campaign ${waitingFor.join(', ')}`
  return waiting === 0 ? '' : `${plural(waiting, 'device')} for ${others}`
}

const doneSteps = { start: 'started', pause: 'paused', resume: 'resumed', next: 'next phase opened', cancel: 'canceled' } as const

/** `paused by mei, …`; empty: nobody is known. A server before 0.2 has no such field. */
const lastStepText = ({ lastStep }: CampaignView, now: number): string =>
  lastStep == null ? '' : `${doneSteps[lastStep.step]} by ${clean(lastStep.by)}, ${when(lastStep.at, now)}`

const linesOf = ({ output, io }: Call, campaign: CampaignView): string[] => {
  const lastStep = lastStepText(campaign, io.now())
  const optional: [string, Cell][] = [
    ['warning', { text: (campaign.warnings ?? []).map(clean).join('; '), style: output.colors.yellow }],
    ['waiting', waitingText(campaign)],
    ['lost again', againstText(campaign)],
  ]
  const entries: [string, Cell][] = [
    ['campaign', campaign.id],
    ['name', clean(campaign.name)],
    ['status', statusText(campaign)],
    ['devices', isBeingMade(campaign) ? beingMade : countsText(campaign.counts, output.colors)],
    ...optional.filter(([, cell]) => (typeof cell === 'string' ? cell : cell.text) !== ''),
    ['firmware', `${campaign.firmware}: ${clean(campaign.product)} ${clean(campaign.module)} ${clean(campaign.version)}`],
    ['target', targetText(campaign)],
    ['abort', campaign.abort.length === 0 ? 'never' : campaign.abort.map(abortText).join('; ')],
    ['rate', `${campaign.rate.maxInProgress} at once, ${campaign.rate.perMinute} a minute`],
    ['schedule', scheduleText(campaign, io.now())],
    ['time-outs', timesText(campaign)],
    ['retry', retryText(campaign)],
    ['mode', modes(campaign)],
    ['created', when(campaign.createdAt, io.now())],
    ['started', when(campaign.startedAt, io.now())],
    ...(lastStep === '' ? [] : [['last step', lastStep] as [string, Cell]]),
    ['ended', when(campaign.endedAt, io.now())],
  ]
  return [...pairs(entries, output.columns), ...phaseLines(campaign, output)]
}

/** Shows a campaign: its record as JSON, or as pairs and a table of its phases. */
export const describeCampaign = (call: Call, campaign: CampaignView): void => call.output.result(campaign, () => linesOf(call, campaign))
