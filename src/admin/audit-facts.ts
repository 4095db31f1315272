// What the audit has of a record, before and after an act; and of what was given besides: without secrets, and short. Knows no route.

import { createHash } from 'node:crypto'
import type { Campaign, Device, Firmware, Task } from '../ota/model.ts'
import type { AuditAct, AuditValue } from '../ota/ports/access.ts'
import type { WebhookFacts } from '../ota/ports/webhooks.ts'

export type Facts = { readonly [field: string]: AuditValue }

/** What an act is about, and how it is now; null: it is not there. */
export interface AuditSubject {
  readonly name: string
  now(): Promise<Facts | null> | Facts | null
}

/** Longer texts and lists become a count and a digest. */
const longText = 1000
const longList = 20
const secretName = /secret|password|token|key|hash/i
const masked = '***'

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Credentials and the query of an address may be secrets. */
const shownAddress = (url: string): string => url.replace(/\/\/[^/?#]*@/, `//${masked}@`).replace(/\?.*$/s, `?${masked}`)

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** As JSON has it, short, and with secrets masked. */
export const shortened = (value: unknown): AuditValue => {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'string') return value.length <= longText ? value : { characters: value.length, sha256: digestOf(value) }
  if (isList(value))
    return value.length <= longList ? value.map(shortened) : { count: value.length, sha256: digestOf(JSON.stringify(value)) }
  if (typeof value !== 'object') return null
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fieldOf(name, one)]))
}

const fieldOf = (name: string, value: unknown): AuditValue => {
  if (secretName.test(name) && value !== null) return masked
  return shortened(name === 'url' && typeof value === 'string' ? shownAddress(value) : value)
}

export const factsOf = (fields: Readonly<Record<string, unknown>>): Facts =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shortened(value)]))

export const deviceFacts = ({ gateway, tags, credential }: Device): Facts => factsOf({ gateway, tags, credential: credential.kind })

export const firmwareFacts = ({ product, module, version, size, sha256, from }: Firmware): Facts =>
  // A digest of an image is no secret.
  ({ ...factsOf({ product, module, version, size, from }), sha256 })

export const campaignFacts = (campaign: Campaign): Facts => {
  const { name, status, reason, firmware, product, module, version, target, phases, abort, rate, schedule, timeouts, retry } = campaign
  const { overwrite, push, reflash, phase } = campaign
  const given = { name, status, reason, firmware, product, module, version, target, phases, abort, rate, schedule, timeouts, retry }
  return factsOf({ ...given, overwrite, push, reflash, phase: phase === null ? null : phase.index + 1 })
}

export const taskFacts = ({ device, module, to, state, reason }: Task): Facts => factsOf({ device, module, to, state, reason })

export const webhookFacts = ({ url, events, products, hasCa }: WebhookFacts): Facts => factsOf({ url, events, products, ca: hasCa })

const isEqual = (one: AuditValue, other: AuditValue): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The fields that differ; of what is new or gone, all. */
export const differences = (before: Facts | null, after: Facts | null): AuditAct['changes'] => {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  const changed = [...names].map((name) => [name, before?.[name] ?? null, after?.[name] ?? null] as const)
  return Object.fromEntries(changed.filter(([, one, other]) => !isEqual(one, other)).map(([name, one, other]) => [name, [one, other]]))
}

/** What was given and is not among the changes. */
export const givenBeside = (given: unknown, changes: AuditAct['changes']): Facts => {
  if (typeof given !== 'object' || given === null) return {}
  const short = shortened(given)
  if (typeof short !== 'object' || short === null || isList(short)) return {}
  return Object.fromEntries(Object.entries(short).filter(([name]) => !Object.hasOwn(changes, name)))
}

/** Of a bulk act: the bytes that were sent. */
export const bulkFacts = (bytes: Uint8Array): Facts => ({
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
})
