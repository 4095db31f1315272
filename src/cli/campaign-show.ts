// How one campaign is shown. Knows the record only.

import type { AbortView, CampaignView, PhaseView } from './api-records.ts'
import type { Call } from './command.ts'
import { ago, clean, plural, span } from './format.ts'
import { type Output, plain } from './output.ts'
import { countsText } from './progress.ts'
import { type Cell, createTable, pairs } from './table.ts'

const list = (words: readonly string[], none: string): string => (words.length === 0 ? none : words.map(clean).join(', '))

const targetText = ({ target, product }: CampaignView): string => {
  const parts = [target.devices.length === 0 ? `all of ${clean(product)}` : list(target.devices, '')]
  if (target.tags.length > 0) parts.push(`tagged ${list(target.tags, '')}`)
  if (target.from.length > 0) parts.push(`running ${list(target.from, '')}`)
  if (target.exclude.length > 0) parts.push(`but ${list(target.exclude, '')}`)
  if (target.continuous) parts.push('also those that appear later')
  return parts.join('; ')
}

const timesText = ({ timeouts }: CampaignView): string => {
  const { noResponseSeconds, upgradeSeconds, stallSeconds } = timeouts
  const upgrade = upgradeSeconds === null ? 'as set on the server' : span(upgradeSeconds * 1000)
  return `no response ${span(noResponseSeconds * 1000)}, upgrade ${upgrade}, stall ${span(stallSeconds * 1000)}`
}

const retryText = ({ retry }: CampaignView): string =>
  retry.max === 0
    ? 'off'
    : `${retry.max === 1 ? 'once' : `${retry.max} times`} after ${span(retry.delaySeconds * 1000)}${retry.onTimeout ? ', after time-outs too' : ''}`

const modes = (campaign: CampaignView): string => {
  const words = [campaign.push ? 'pushed' : 'only to devices that ask']
  if (campaign.reflash) words.push('devices on the version too')
  if (campaign.overwrite) words.push("in place of other campaigns' tasks")
  return words.join(', ')
}

const classes = { any: 'did not succeed', failed: 'failed', timed_out: 'timed out', rejected: 'declined' } as const

const abortText = ({ on, percent, minFinished, action, finished, bad }: AbortView): string =>
  `${action} at ${percent} % of at least ${minFinished} that ${classes[on]}; now ${bad} of ${finished}`

const windowText = ({ cron, minutes, timeZone }: CampaignView['schedule']['windows'][number]): string =>
  `${clean(cron)} for ${span(minutes * 60_000)} in ${clean(timeZone ?? "the server's time zone")}`

const scheduleText = ({ schedule }: CampaignView, now: number): string => {
  const { startAt, endAt, windows, open, until } = schedule
  if (startAt === null && endAt === null && windows.length === 0) return 'any time'
  const parts = [
    ...(startAt === null ? [] : [`from ${startAt}`]),
    ...(endAt === null ? [] : [`until ${endAt}`]),
    ...windows.map(windowText),
  ]
  const opens = until === null ? (open ? 'open' : 'over') : open ? `open; closes ${ago(until, now)}` : `closed; opens ${ago(until, now)}`
  return `${parts.join('; ')} (${opens})`
}

/** Who is in a phase: `tag canary`, `up to 25 %`, `up to 40`. */
export const phaseName = ({ percent, count, tag }: PhaseView): string =>
  tag === undefined ? `up to ${percent === undefined ? String(count) : `${percent} %`}` : `tag ${clean(tag)}`

const onwardText = ({ successPercent, minFinished, soakSeconds, then: onward }: PhaseView): string => {
  const parts = [`${successPercent} % of at least ${minFinished}`]
  if (soakSeconds > 0) parts.push(`soaked ${span(soakSeconds * 1000)}`)
  if (onward === 'wait') parts.push('and you say next')
  return parts.join(', ')
}

const phaseLines = ({ phases }: CampaignView, { colors }: Output): string[] => {
  if (phases.length === 0) return []
  const head = ['PHASE', 'WHO', 'IS', 'DEVICES', 'NEXT AFTER'].map((text) => ({ text, style: colors.dim }))
  const rows = phases.map((phase, index): Cell[] => [
    String(index + 1),
    phaseName(phase),
    phase.open ? { text: 'open', style: colors.green } : 'closed',
    `${countsText(phase.counts, plain)}${phase.waiting === 0 ? '' : `, ${phase.waiting} in line for other campaigns`}`,
    index === phases.length - 1 ? '' : onwardText(phase),
  ])
  return createTable(head)(rows)
}

/** `paused (aborted): 2 of 5 finished failed; …`. */
export const statusText = ({ status, reason, text }: CampaignView): string =>
  `${status}${reason === null ? '' : ` (${clean(reason)})`}${text === null ? '' : `: ${clean(text)}`}`

const againstText = ({ gate }: CampaignView): string =>
  gate === null || gate.against.length === 0 ? '' : `${list(gate.against, '')} (fell back or could not stay connected)`

/** Shows a campaign: its record as JSON, or as pairs and a table of its phases for people. */
export const describeCampaign = ({ output, io }: Call, campaign: CampaignView): void => {
  if (output.json) {
    output.value(campaign)
    return
  }
  const when = (iso: string | null): string => (iso === null ? '-' : `${ago(iso, io.now())} (${iso})`)
  const optional: [string, Cell][] = [
    [
      'waiting',
      campaign.waiting === 0
        ? ''
        : `${plural(campaign.waiting, 'device')} for ${campaign.waitingFor.length === 0 ? 'other campaigns' : `campaign ${campaign.waitingFor.join(', ')}`}`,
    ],
    ['against it', againstText(campaign)],
  ]
  const entries: [string, Cell][] = [
    ['campaign', campaign.id],
    ['name', clean(campaign.name)],
    ['status', statusText(campaign)],
    ['devices', countsText(campaign.counts, output.colors)],
    ...optional.filter(([, text]) => text !== ''),
    ['firmware', `${campaign.firmware}: ${clean(campaign.product)} ${clean(campaign.module)} ${clean(campaign.version)}`],
    ['target', targetText(campaign)],
    ['abort', campaign.abort.length === 0 ? 'never' : campaign.abort.map(abortText).join('; ')],
    ['pace', `${campaign.rate.maxInProgress} at once, ${campaign.rate.perMinute} a minute`],
    ['schedule', scheduleText(campaign, io.now())],
    ['time-outs', timesText(campaign)],
    ['retry', retryText(campaign)],
    ['mode', modes(campaign)],
    ['created', when(campaign.createdAt)],
    ['started', when(campaign.startedAt)],
    ['ended', when(campaign.endedAt)],
  ]
  output.lines([...pairs(entries), ...phaseLines(campaign, output)])
}
