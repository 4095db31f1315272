// A line of the audit as it is on disk: read back with care, since whoever can write the store can write anything there. Knows no chain.

import { createHash } from 'node:crypto'
import type { AuditLine } from '../ota/ports/access.ts'
import { auditPrefix } from './access-keys.ts'

/** The exact text that the hash is of. */
export interface StoredLine {
  readonly hash: string
  readonly text: string
}

export const lineHash = (text: string): string => createHash('sha256').update(text).digest('hex')

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string'
/** What a Date can be. */
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 8.64e15
const isPair = (value: unknown): boolean => Array.isArray(value) && value.length === 2
const kinds: readonly unknown[] = ['file', 'token', 'person', 'server']

const checks: Readonly<Record<keyof Omit<AuditLine, 'hash'>, (value: unknown) => boolean>> = {
  seq: Number.isSafeInteger,
  at: isTime,
  kind: (value) => kinds.includes(value),
  name: (value) => typeof value === 'string',
  role: isTextOrNull,
  address: isTextOrNull,
  act: (value) => typeof value === 'string',
  subject: isTextOrNull,
  changes: (value) => isObject(value) && Object.values(value).every(isPair),
  detail: isObject,
  prev: (value) => typeof value === 'string',
}

const isStored = (value: unknown): value is StoredLine =>
  isObject(value) && typeof value['hash'] === 'string' && typeof value['text'] === 'string'

/** Fields that it has besides could not be shown. */
const isBody = (value: unknown): value is Omit<AuditLine, 'hash'> =>
  isObject(value) &&
  Object.keys(value).length === Object.keys(checks).length &&
  Object.entries(checks).every(([name, check]) => check(value[name]))

/** A line, whether or not its hash fits; null: it is none. */
export const lineOf = (text: string): { readonly line: AuditLine; readonly isWhole: boolean } | null => {
  try {
    const stored: unknown = JSON.parse(text)
    if (!isStored(stored)) return null
    const body: unknown = JSON.parse(stored.text)
    return isBody(body) ? { line: { ...body, hash: stored.hash }, isWhole: lineHash(stored.text) === stored.hash } : null
  } catch {
    return null
  }
}

/** The number of the line with this key; null: no line has it. */
export const seqOf = (key: string): number | null => {
  const digits = key.slice(auditPrefix.length)
  return /^\d{12}$/.test(digits) && Number(digits) > 0 ? Number(digits) : null
}
