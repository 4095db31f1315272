// What the form of a campaign calls the paths of the API. Knows no view.

import { type TextKey, text } from '../../text/text.ts'

/** Longer paths come before what they begin with. */
const sections: readonly (readonly [string, TextKey])[] = [
  ['firmware', 'campaigns.package'],
  ['name', 'campaigns.name'],
  ['target.from', 'campaigns.narrow'],
  ['target.exclude', 'campaigns.narrow'],
  ['target.continuous', 'campaigns.narrow'],
  ['target', 'campaigns.target'],
  ['phases', 'campaigns.phases'],
  ['abort', 'campaigns.abort'],
  ['schedule', 'campaigns.schedule'],
  ['rate', 'campaigns.rate'],
  ['timeouts', 'campaigns.patience'],
  ['retry', 'campaigns.patience'],
  ['overwrite', 'campaigns.special'],
  ['push', 'campaigns.special'],
  ['reflash', 'campaigns.special'],
]

/** Without the indexes of rows. */
const fields: Readonly<Partial<Record<string, TextKey>>> = {
  'target.tags': 'campaigns.tags',
  'target.devices': 'campaigns.devices',
  'target.from': 'campaigns.from',
  'target.exclude': 'campaigns.exclude',
  'target.continuous': 'campaigns.continuous',
  'phases.percent': 'campaigns.size.percent',
  'phases.count': 'campaigns.size.count',
  'phases.tag': 'campaigns.size.tag',
  'phases.successPercent': 'campaigns.successPercent',
  'phases.minFinished': 'campaigns.minFinished',
  'phases.soakSeconds': 'campaigns.soak',
  'phases.then': 'campaigns.then',
  'abort.on': 'campaigns.abortOn',
  'abort.percent': 'campaigns.abortPercent',
  'abort.minFinished': 'campaigns.abortSample',
  'abort.action': 'campaigns.abortAction',
  'schedule.startAt': 'campaigns.startAt',
  'schedule.endAt': 'campaigns.endAt',
  'schedule.windows.cron': 'campaigns.cron',
  'schedule.windows.minutes': 'campaigns.windowMinutes',
  'schedule.windows.timeZone': 'campaigns.timeZone',
  'rate.perMinute': 'campaigns.perMinute',
  'rate.maxInProgress': 'campaigns.maxInProgress',
  'timeouts.noResponseSeconds': 'campaigns.noResponse',
  'timeouts.upgradeSeconds': 'campaigns.upgradeTime',
  'timeouts.stallSeconds': 'campaigns.stall',
  'retry.max': 'campaigns.retryMax',
  'retry.delaySeconds': 'campaigns.retryDelay',
  'retry.onTimeout': 'campaigns.retryOnTimeout',
  overwrite: 'campaigns.overwrite',
  push: 'campaigns.push',
  reflash: 'campaigns.reflash',
}

const isWithin = (path: string, section: string): boolean =>
  path === section || path.startsWith(`${section}.`) || path.startsWith(`${section}[`)

/** The part of the form that has the field. */
export const sectionOf = (path: string): string => {
  const key = sections.find(([section]) => isWithin(path, section))?.[1]
  return key === undefined ? path : text(key)
}

const rowOf = (path: string): string | null => {
  const [, list, index] = /^(phases|abort|schedule\.windows)\[(\d+)\]/.exec(path) ?? []
  if (list === undefined) return null
  const row = Number(index) + 1
  if (list === 'phases') return text('campaigns.phaseNamed', { phase: row })
  return list === 'abort' ? text('campaigns.ruleNamed', { rule: row }) : text('campaigns.windowNamed', { window: row })
}

/** The label of the field, with that of its row. */
export const nameOf = (path: string): string => {
  const row = rowOf(path)
  const bare = path.replaceAll(/\[\d+\]/g, '')
  const key = fields[bare]
  const field = key === undefined ? (row === null ? sectionOf(path) : null) : text(key)
  return [row, field].filter((part) => part !== null).join(' · ')
}
