// Fields of the audit, and those of their values that are words of the API, in the language of the page. Knows no line.

import { reasonWords } from '../../parts/reason-words.ts'
import { number, type TextKey, text } from '../../text/text.ts'
import { valueText } from './audit-values.ts'

/** Those that have words: of records, and of what else is given. */
export const fieldNames = [
  'abort',
  'action',
  'answer',
  'at',
  'attempts',
  'by',
  'bytes',
  'ca',
  'campaign',
  'characters',
  'code',
  'continuous',
  'count',
  'created',
  'credential',
  'cron',
  'current',
  'delaySeconds',
  'description',
  'device',
  'devices',
  'doneAt',
  'endAt',
  'events',
  'exclude',
  'firmware',
  'force',
  'from',
  'gateway',
  'images',
  'limit',
  'max',
  'maxInProgress',
  'minFinished',
  'minutes',
  'module',
  'name',
  'newest',
  'noResponseSeconds',
  'on',
  'onTimeout',
  'onward',
  'overwrite',
  'password',
  'percent',
  'perMinute',
  'phase',
  'phases',
  'product',
  'products',
  'push',
  'rate',
  'reason',
  'reflash',
  'repeated',
  'retry',
  'role',
  'schedule',
  'secret',
  'sessions',
  'sha256',
  'signMethod',
  'size',
  'soakSeconds',
  'stallSeconds',
  'start',
  'startAt',
  'state',
  'station',
  'status',
  'successPercent',
  'tag',
  'tags',
  'target',
  'then',
  'timeouts',
  'timeZone',
  'to',
  'token',
  'updated',
  'upgradeSeconds',
  'url',
  'version',
  'windows',
] as const

/** One of a newer server has no words here: its identifier says enough. */
export const fieldWords = (field: string): string => {
  const found = fieldNames.find((each) => each === field)
  return found === undefined ? field : text(`log.field.${found}`)
}

const statuses = ['draft', 'scheduled', 'running', 'paused', 'completed', 'canceled'] as const
const states = ['queued', 'notified', 'in_progress', 'succeeded', 'failed', 'timed_out', 'rejected', 'canceled'] as const
const roles = ['viewer', 'operator', 'admin', 'station'] as const
const reasons = ['phase_failed', 'image_missing', 'image_damaged', 'image_unreadable'] as const
const credentials = ['none', 'secret', 'first-use'] as const
const classes = ['any', 'failed', 'timed_out', 'rejected'] as const
const actions = ['pause', 'cancel'] as const
const onwards = ['next', 'wait'] as const
const proofs = ['code', 'token', 'password'] as const

const among =
  <T extends string>(known: readonly T[], key: (value: T) => TextKey) =>
  (value: string) => {
    const found = known.find((each) => each === value)
    return found === undefined ? value : text(key(found))
  }

const onward = among(onwards, (value) => `log.value.then.${value}`)
const reasonOfCampaign = among(reasons, (value) => `log.value.reason.${value}`)

const words: ReadonlyMap<string, (value: string) => string> = new Map(
  Object.entries({
    status: among(statuses, (value) => `campaign.status.${value}`),
    state: among(states, (value) => `task.state.${value}`),
    role: among(roles, (value) => `role.${value}`),
    reason: (value) => reasonWords(reasonOfCampaign(value)),
    credential: among(credentials, (value) => `log.value.credential.${value}`),
    on: among(classes, (value) => `log.value.on.${value}`),
    action: among(actions, (value) => `log.value.action.${value}`),
    by: among(proofs, (value) => `log.value.by.${value}`),
    onward,
  }),
)

/** The value of a field in words; names, numbers and what this page does not know as they are. */
export const valueWords = (field: string, value: unknown): string => {
  if (typeof value === 'boolean') return text(value ? 'log.value.yes' : 'log.value.no')
  if (typeof value === 'string') return words.get(field === 'then' ? 'onward' : field)?.(value) ?? value
  if (typeof value === 'number') return number(value)
  if (typeof value !== 'object' || value === null) return valueText(value)
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map((each: unknown) => valueWords(field, each)).join('; ')
  const members = Object.entries(value).filter(([, each]: readonly [string, unknown]) => each !== null)
  return members.map(([name, each]) => text('log.member', { name: fieldWords(name), value: valueWords(name, each) })).join(', ')
}
