// The audit in words: what was done, and on what. Knows no line.

import { campaignHref, deviceHref } from '../../router.ts'
import { type TextKey, text } from '../../text/text.ts'
import { isAct } from './acts.ts'

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
