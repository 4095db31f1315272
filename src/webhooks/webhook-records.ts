// Webhooks as they are kept: read at a start, checked when they are given. Knows no event.

import { randomBytes } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { AlertType } from '../alerts.ts'
import { type Fault, faultAt, OtaError } from '../errors.ts'
import type { Batches } from '../ota/ports/store.ts'
import type { WebhookInput } from '../ota/ports/webhooks.ts'
import { sentence } from '../sentences/sentence.ts'
import { rangeOf, webhookPrefix } from './webhook-keys.ts'

export interface WebhookRecord {
  /** Its own for good: that of its rows. */
  readonly id: string
  readonly name: string
  readonly url: string
  readonly secret: string
  readonly events: readonly AlertType[]
  readonly products: readonly string[]
  readonly ca: string | null
  readonly createdAt: number
  readonly createdBy: string
  /** `data`: results of test runs are sent alone: of the webhook of the setting `mes.webhook`, which nobody else may change. */
  readonly body?: 'data'
}

export const newId = (): string => randomBytes(8).toString('hex')
export const newSecret = (): string => randomBytes(32).toString('base64url')

const hidden = '***'

/** Without credentials and query, which may be secrets. */
export const shownUrl = (text: string): string => {
  const url = new URL(text)
  if (url.username !== '') url.username = hidden
  if (url.password !== '') url.password = hidden
  if (url.search !== '') url.search = hidden
  return url.href
}

const urlFaults = (url: string | undefined): readonly Fault[] => {
  if (url === undefined) return []
  const parsed = URL.canParse(url) ? new URL(url) : null
  const isRight = parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:') && parsed.hash === ''
  return isRight ? [] : [faultAt('url', sentence('webhook_url_wrong'))]
}

const isPem = (ca: string): boolean => {
  try {
    createSecureContext({ ca })
    return ca.includes('-----BEGIN CERTIFICATE-----')
  } catch {
    return false
  }
}

/** OTA_BAD_REQUEST for what the schema of a request cannot check. */
export const checkWebhook = ({ url, ca }: Partial<WebhookInput>): void => {
  const faults = [...urlFaults(url), ...(ca === undefined || ca === null || isPem(ca) ? [] : [faultAt('ca', sentence('webhook_ca_wrong'))])]
  if (faults.length > 0) throw new OtaError('OTA_BAD_REQUEST', sentence('webhook_wrong'), { faults })
}

const isRecord = (value: unknown): value is WebhookRecord =>
  typeof value === 'object' &&
  value !== null &&
  ['id', 'name', 'url', 'secret', 'events', 'products', 'ca', 'createdAt', 'createdBy'].every((name) => Object.hasOwn(value, name))

const parsed = (key: string, text: string): WebhookRecord => {
  const unreadable = (cause?: unknown): OtaError =>
    new OtaError('OTA_STORE_UNREADABLE', sentence('webhook_record_unreadable', { key: JSON.stringify(key) }), { cause })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable(cause)
  }
  if (!isRecord(value)) throw unreadable()
  return value
}

/** All of them; OTA_STORE_UNREADABLE where one cannot be read. */
export const readWebhooks = async (batches: Pick<Batches, 'range'>): Promise<readonly WebhookRecord[]> => {
  const records: WebhookRecord[] = []
  for await (const [key, text] of batches.range(...rangeOf(webhookPrefix))) records.push(parsed(key, text))
  return records
}
