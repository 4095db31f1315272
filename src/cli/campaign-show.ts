// How one campaign is shown. Knows the record only.

import type { Call } from './command.ts'
import { ago, clean, span } from './format.ts'
import { countsText } from './progress.ts'
import { type Cell, pairs } from './table.ts'
import type { CampaignView } from './views.ts'

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
  retry.max === 0 ? 'off' : `${retry.max} times after ${span(retry.delaySeconds * 1000)}${retry.onTimeout ? ', after time-outs too' : ''}`

const modes = (campaign: CampaignView): string => {
  const words = [campaign.push ? 'pushed' : 'only to devices that ask']
  if (campaign.reflash) words.push('devices on the version too')
  return words.join(', ')
}

/** Shows a campaign: its record as JSON, or as pairs for people. */
export const describeCampaign = ({ output, io }: Call, campaign: CampaignView): void => {
  if (output.json) {
    output.value(campaign)
    return
  }
  const when = (iso: string | null): string => (iso === null ? '-' : `${ago(iso, io.now())} (${iso})`)
  const entries: [string, Cell][] = [
    ['campaign', campaign.id],
    ['name', clean(campaign.name)],
    ['status', campaign.reason === null ? campaign.status : `${campaign.status} (${clean(campaign.reason)})`],
    ['devices', countsText(campaign.counts, output.colors)],
    ['firmware', `${campaign.firmware}: ${clean(campaign.product)} ${clean(campaign.module)} ${clean(campaign.version)}`],
    ['target', targetText(campaign)],
    ['at once', String(campaign.rate.maxInProgress)],
    ['time-outs', timesText(campaign)],
    ['retry', retryText(campaign)],
    ['mode', modes(campaign)],
    ['created', when(campaign.createdAt)],
    ['started', when(campaign.startedAt)],
    ['ended', when(campaign.endedAt)],
  ]
  output.lines(pairs(entries))
}
