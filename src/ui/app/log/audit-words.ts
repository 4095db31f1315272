// The audit in words: what was done, on what, and how a value is written. Pure but for the language.

import type { AuditLine } from '../../api/records.d.ts'
import { campaignHref, deviceHref } from '../../router.ts'
import { type TextKey, text } from '../../text/text.ts'

/** What the audit has lines of: the operations that change something, and what the server does by itself. */
export const acts = [
  'acceptLoss',
  'addToken',
  'addUser',
  'addWebhook',
  'cancelCampaign',
  'cancelTask',
  'createCampaign',
  'deleteCampaign',
  'deleteCredential',
  'deleteDevice',
  'deleteFirmware',
  'editCampaign',
  'editWebhook',
  'endUserSessions',
  'getBackup',
  'importDevices',
  'newSignInCode',
  'nextPhase',
  'patchDevice',
  'pauseCampaign',
  'pushTask',
  'putDevice',
  'putFirmware',
  'removeToken',
  'removeUser',
  'removeWebhook',
  'restore',
  'resumeCampaign',
  'retryCampaign',
  'retryWebhook',
  'rotateToken',
  'setUserPassword',
  'setUserRole',
  'signIn',
  'signOut',
  'signOutEverywhere',
  'startCampaign',
  'testWebhook',
] as const
type Act = (typeof acts)[number]

const isAct = (act: string): act is Act => (acts as readonly string[]).includes(act)

/** An act of a newer server has no words here: its operationId says enough. */
export const actWords = (act: string): string => (isAct(act) ? text(`log.act.${act}`) : act)

export interface SubjectWords {
  readonly said: string
  readonly href: string | null
}

const subjects: Readonly<Record<string, (name: string) => readonly [key: TextKey, href: string | null]>> = {
  campaign: (name) => ['log.subject.campaign', campaignHref(name)],
  device: (name) => ['log.subject.device', deviceHref(name)],
  firmware: () => ['log.subject.firmware', '/firmware'],
  task: () => ['log.subject.task', null],
  user: () => ['log.subject.user', '/settings#people'],
  token: () => ['log.subject.token', '/settings#tokens'],
  webhook: () => ['log.subject.webhook', '/settings#webhooks'],
}

/** Of `campaign 7`, `device lamp/l7` and the like. */
export const subjectWords = (subject: string | null): SubjectWords | null => {
  if (subject === null) return null
  const [, kind = '', name = ''] = /^(\w+) (.*)$/s.exec(subject) ?? []
  const known = Object.hasOwn(subjects, kind) ? subjects[kind]?.(name) : undefined
  return known === undefined ? { said: subject, href: null } : { said: text(known[0], { name }), href: known[1] }
}

export const valueText = (value: unknown): string => {
  if (value === null || value === undefined) return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const most = 48
export const shortText = (value: unknown): string => {
  const whole = valueText(value)
  return whole.length > most ? `${whole.slice(0, most)}…` : whole
}

export interface Change {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

export const changesOf = ({ changes }: Pick<AuditLine, 'changes'>): readonly Change[] =>
  Object.entries(changes)
    .map(([field, [before, after]]) => ({ field, before, after }))
    .filter(({ before, after }) => (before ?? null) !== null || (after ?? null) !== null)

/** In the address are moments; the field of a browser has the time of its zone. */
export const localTime = (moment: string | null): string => {
  const at = moment === null ? Number.NaN : Date.parse(moment)
  if (Number.isNaN(at)) return ''
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

export const momentOf = (local: string): string => {
  const at = Date.parse(local)
  return local === '' || Number.isNaN(at) ? '' : new Date(at).toISOString()
}
