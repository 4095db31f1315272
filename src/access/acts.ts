// Lines of the audit about people, tokens and sessions. Knows no secret.

import type { Actor, AuditAct, AuditValue } from '../ota/ports/access.ts'

type More = Partial<Pick<AuditAct, 'changes' | 'detail'>>

export const actOf = ({ caller, address }: Actor, act: string, subject: string | null, more: More = {}): AuditAct => ({
  kind: caller.kind,
  name: caller.name,
  role: caller.role,
  address,
  act,
  subject,
  changes: {},
  detail: {},
  ...more,
})

/** All fields of what is new, or of what is no more. */
export const asNew = (fields: { readonly [name: string]: AuditValue }): AuditAct['changes'] =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [null, value] as const]))
export const asGone = (fields: { readonly [name: string]: AuditValue }): AuditAct['changes'] =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value, null] as const]))

/** Replaces a secret. */
export const masked = '***'
