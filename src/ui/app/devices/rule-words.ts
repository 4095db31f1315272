// The rules that decide about a device, in the language of the page. Pure but for the language.

import type { Verdict } from '../../api/records.d.ts'
import { text } from '../../text/text.ts'

const known = [
  'presence',
  'refused',
  'contended',
  'disputed',
  'takeover',
  'unread',
  'children',
  'campaigns',
  'target',
  'task',
  'offline',
  'not_subscribed',
  'phase',
  'slot',
  'rate',
  'schedule',
  'paused',
  'busy',
  'retry',
] as const

/** Without its campaign, which is beside it. */
export const ruleName = ({ rule, campaign }: Pick<Verdict, 'rule' | 'campaign'>): string =>
  campaign === null ? rule : rule.replace(/^campaign \d+ ?/, '')

/** What it looks at, beside a yes and a no alike. One of a newer server has no words here: its identifier says enough. */
export const ruleWords = (name: string): string => {
  const found = known.find((each) => each === name)
  if (found !== undefined) return text(`devices.rule.${found}`)
  const [, id] = /^task (\d+)$/.exec(name) ?? []
  return id === undefined ? name : text('devices.rule.ofTask', { id })
}
