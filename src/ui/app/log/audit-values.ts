// The values of the audit as texts, and the moments of its filters. Pure.

import type { AuditLine } from '../../api/records.d.ts'

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
