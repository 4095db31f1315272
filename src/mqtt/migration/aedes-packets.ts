// Packets as Aedes stored them, checked: what one is, or that it is none. Pure; knows no database and no session of ours.

import { longestField } from '../wire/fields.ts'
import { validFilter } from '../wire/filter.ts'
import type { Qos } from '../wire/packets.ts'

export interface StoredMessage {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
}

/** An entry of a client's queue. `id`: the packet id it was sent under; 0: it was never sent. */
export interface StoredEntry extends StoredMessage {
  readonly id: number
  /** PUBREC has come: Aedes keeps the packet id and no message. */
  readonly released: boolean
  /** The run of the broker that took the message, and its number in that run. */
  readonly broker: string
  readonly counter: number
}

export interface StoredFilter {
  readonly filter: string
  readonly qos: Qos
}

type Fields = { readonly [name: string]: unknown }

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const payloadOf = (value: unknown): Buffer | null => {
  if (typeof value === 'string') return Buffer.from(value)
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length) : null
}

const qosOf = (value: unknown): Qos => (value === 1 || value === 2 ? value : 0)

const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0)

export const readMessage = (value: unknown): StoredMessage | null => {
  if (!isFields(value) || typeof value['topic'] !== 'string') return null
  const payload = payloadOf(value['payload'])
  return payload === null ? null : { topic: value['topic'], payload, qos: qosOf(value['qos']), retain: value['retain'] === true }
}

const nothing: StoredMessage = { topic: '', payload: Buffer.alloc(0), qos: 2, retain: false }

export const readEntry = (value: unknown): StoredEntry | null => {
  if (!isFields(value)) return null
  const id = numberOf(value['messageId'])
  const released = value['cmd'] === 'pubrel'
  const message = released ? nothing : readMessage(value)
  if (message === null || id > 0xffff || (released && id === 0)) return null
  return { ...message, id, released, broker: String(value['brokerId']), counter: numberOf(value['brokerCounter']) }
}

export const readFilter = (value: unknown): StoredFilter | null =>
  isFields(value) && typeof value['topic'] === 'string' ? { filter: value['topic'], qos: qosOf(value['qos']) } : null

const fitsField = (text: string): boolean => Buffer.byteLength(text) <= longestField

/** Aedes takes filters such as `a#`, which match nothing. */
export const isFilter = (filter: string): boolean => validFilter(filter) && fitsField(filter)

/** Whether it is a topic of updates, which are the core's and never wait in a queue. */
export type IsReserved = (topic: string) => boolean

/** Why a message is not taken over; null: it is. */
export const topicFault = (topic: string, isReserved: IsReserved): 'invalid_topic' | 'ota_topic' | null => {
  if (topic === '' || /[+#\0]/.test(topic) || !fitsField(topic)) return 'invalid_topic'
  return isReserved(topic) ? 'ota_topic' : null
}

/** The same for retained messages and wills: only the server publishes on `$` topics. */
export const publishFault = (topic: string, isReserved: IsReserved): ReturnType<typeof topicFault> | 'system_topic' =>
  topic.startsWith('$') ? 'system_topic' : topicFault(topic, isReserved)
