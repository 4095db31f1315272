// How sessions, their queues, retained messages and wills are stored: keys and binary values, both ways. Pure; knows no files.
//
//   s:N         a session: JSON {id, createdAt, leftAt}       N and M are numbers with 11 digits in base 36, so that keys sort by them
//   f:N:FILTER  its subscription: one byte, the QoS           m:M        a message, once for however many sessions
//   q:N:M       the message M is queued in the session N      i:N:ID     a QoS 2 packet id that was received and not yet released
//   d:N         the last message that was sent from it        r:TOPIC    a retained message           w:N    the will of a connected client

import type { SessionOp } from '../../ota/ports/session-rows.ts'
import type { Qos } from '../wire/packets.ts'

export interface Message {
  /** Its position in the order of all messages of this broker; larger than those of earlier ones, also after a restart. */
  readonly seq: number
  readonly topic: string
  readonly payload: Buffer
  /** When it was published, ms since 1970. */
  readonly time: number
}

export interface SessionValue {
  readonly id: string
  readonly createdAt: number
  /** When its client disconnected; null while one is connected, or if the server ended while one was. */
  readonly leftAt: number | null
}

export interface EntryValue {
  readonly qos: 1 | 2
  readonly retain: boolean
  /** The packet id it is sent with, also after a restart [MQTT-4.4.0-1]. */
  readonly id: number
  /** PUBREC was received: only PUBREL is sent from now on [MQTT-4.3.3-1]. */
  readonly released: boolean
}

export interface StoredWill {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
}

export interface RetainedMessage extends Message {
  readonly qos: Qos
  /** The identity that published it; left out: not known, as in rows of Fogbell 0.1. */
  readonly owner?: string
}

const numbered = (value: number): string => value.toString(36).padStart(11, '0')
const qosOf = (bits: number): Qos => (bits >= 2 ? 2 : bits === 1 ? 1 : 0)

export const keys = {
  session: (number: number): string => `s:${numbered(number)}`,
  filter: (number: number, filter: string): string => `f:${numbered(number)}:${filter}`,
  message: (seq: number): string => `m:${numbered(seq)}`,
  entry: (number: number, seq: number): string => `q:${numbered(number)}:${numbered(seq)}`,
  incoming: (number: number, id: number): string => `i:${numbered(number)}:${id}`,
  sent: (number: number): string => `d:${numbered(number)}`,
  retained: (topic: string): string => `r:${topic}`,
  will: (number: number): string => `w:${numbered(number)}`,
}

/** Flags, the time as a double, the topic with its length, the payload. */
const encodeText = (flags: number, time: number, topic: string, payload: Uint8Array): Buffer => {
  const bytes = Buffer.byteLength(topic)
  const value = Buffer.allocUnsafe(13 + bytes + payload.length)
  value.writeUInt8(flags, 0)
  value.writeDoubleLE(time, 1)
  value.writeUInt32LE(bytes, 9)
  value.write(topic, 13)
  value.set(payload, 13 + bytes)
  return value
}

const decodeText = (value: Buffer): { flags: number; time: number; topic: string; payload: Buffer } => {
  const end = 13 + value.readUInt32LE(9)
  return { flags: value.readUInt8(0), time: value.readDoubleLE(1), topic: value.toString('utf8', 13, end), payload: value.subarray(end) }
}

/** The owner of a retained message comes before its payload, after its length. */
const ownedFlag = 16

const withOwner = (owner: string, payload: Uint8Array): Buffer => {
  const bytes = Buffer.byteLength(owner)
  const value = Buffer.allocUnsafe(4 + bytes + payload.length)
  value.writeUInt32LE(bytes, 0)
  value.write(owner, 4)
  value.set(payload, 4 + bytes)
  return value
}

const splitOwner = (value: Buffer): { readonly owner: string; readonly payload: Buffer } => {
  const end = 4 + value.readUInt32LE(0)
  return { owner: value.toString('utf8', 4, end), payload: value.subarray(end) }
}

const put = (key: string, value: Buffer): SessionOp => ({ type: 'put', key, value })
const remove = (key: string): SessionOp => ({ type: 'del', key })

const double = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeDoubleLE(value)
  return bytes
}

/** The operations for every change on disk. */
export const ops = {
  putSession: (number: number, value: SessionValue): SessionOp => put(keys.session(number), Buffer.from(JSON.stringify(value))),
  removeSession: (number: number): SessionOp => remove(keys.session(number)),
  putFilter: (number: number, filter: string, qos: Qos): SessionOp => put(keys.filter(number, filter), Buffer.from([qos])),
  removeFilter: (number: number, filter: string): SessionOp => remove(keys.filter(number, filter)),
  putMessage: ({ seq, time, topic, payload }: Message): SessionOp => put(keys.message(seq), encodeText(0, time, topic, payload)),
  removeMessage: (seq: number): SessionOp => remove(keys.message(seq)),
  putEntry: (number: number, seq: number, { qos, retain, id, released }: EntryValue): SessionOp =>
    put(keys.entry(number, seq), Buffer.from([qos | (retain ? 4 : 0) | (released ? 8 : 0), id >> 8, id & 255])),
  removeEntry: (number: number, seq: number): SessionOp => remove(keys.entry(number, seq)),
  putIncoming: (number: number, id: number): SessionOp => put(keys.incoming(number, id), Buffer.alloc(0)),
  removeIncoming: (number: number, id: number): SessionOp => remove(keys.incoming(number, id)),
  putSent: (number: number, seq: number): SessionOp => put(keys.sent(number), double(seq)),
  removeSent: (number: number): SessionOp => remove(keys.sent(number)),
  putRetained: ({ qos, time, topic, payload, owner }: RetainedMessage): SessionOp =>
    put(
      keys.retained(topic),
      owner === undefined ? encodeText(qos, time, topic, payload) : encodeText(qos | ownedFlag, time, topic, withOwner(owner, payload)),
    ),
  removeRetained: (topic: string): SessionOp => remove(keys.retained(topic)),
  putWill: (number: number, { qos, retain, topic, payload }: StoredWill): SessionOp =>
    put(keys.will(number), encodeText(qos | (retain ? 4 : 0), 0, topic, payload)),
  removeWill: (number: number): SessionOp => remove(keys.will(number)),
}

/** A row that was read. */
export type SessionRow =
  | { readonly kind: 'session'; readonly number: number; readonly value: SessionValue }
  | { readonly kind: 'filter'; readonly number: number; readonly filter: string; readonly qos: Qos }
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'entry'; readonly number: number; readonly seq: number; readonly value: EntryValue }
  | { readonly kind: 'incoming'; readonly number: number; readonly id: number }
  | { readonly kind: 'sent'; readonly number: number; readonly seq: number }
  | { readonly kind: 'retained'; readonly retained: RetainedMessage }
  | { readonly kind: 'will'; readonly number: number; readonly will: StoredWill }

const from36 = (text: string): number => Number.parseInt(text, 36)

const readers: { readonly [kind: string]: (rest: string, value: Buffer) => SessionRow } = {
  s: (rest, bytes) => ({ kind: 'session', number: from36(rest), value: JSON.parse(bytes.toString()) as SessionValue }),
  f: (rest, value) => ({ kind: 'filter', number: from36(rest.slice(0, 11)), filter: rest.slice(12), qos: qosOf(value[0] ?? 0) }),
  m: (rest, value) => {
    const { time, topic, payload } = decodeText(value)
    return { kind: 'message', message: { seq: from36(rest), time, topic, payload } }
  },
  q: (rest, bytes) => {
    const [flags = 1, high = 0, low = 0] = bytes
    const value: EntryValue = { qos: (flags & 3) === 2 ? 2 : 1, retain: (flags & 4) > 0, released: (flags & 8) > 0, id: high * 256 + low }
    return { kind: 'entry', number: from36(rest.slice(0, 11)), seq: from36(rest.slice(12)), value }
  },
  i: (rest) => ({ kind: 'incoming', number: from36(rest.slice(0, 11)), id: Number(rest.slice(12)) }),
  d: (rest, value) => ({ kind: 'sent', number: from36(rest), seq: value.readDoubleLE(0) }),
  r: (rest, value) => {
    const { flags, time, topic, payload } = decodeText(value)
    const owned = (flags & ownedFlag) === 0 ? { payload } : splitOwner(payload)
    return { kind: 'retained', retained: { seq: 0, topic: topic || rest, time, qos: qosOf(flags & 3), ...owned } }
  },
  w: (rest, value) => {
    const { flags, topic, payload } = decodeText(value)
    return { kind: 'will', number: from36(rest), will: { topic, payload, qos: qosOf(flags & 3), retain: (flags & 4) > 0 } }
  },
}

/** Reads a row; undefined for a kind that this version does not know. Throws for a value that is too short. */
export const readRow = (key: string, value: Uint8Array): SessionRow | undefined =>
  readers[key[0] ?? '']?.(key.slice(2), Buffer.from(value.buffer, value.byteOffset, value.length))
