// Writes the packets that a server sends (MQTT 3.1.1 §3), each in one allocation of its exact size. Knows no sessions: the caller chooses
// packet ids, QoS and DUP.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import { longestField } from './fields.ts'
import type { Ack, Connect, Publish, Qos } from './packets.ts'

/** The largest remaining length (§2.2.3). */
const longestBody = 268_435_455

const ackFirst = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const

const lengthSize = (length: number): number => (length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4)

/** Writes a remaining length; returns where it ends. */
const putLength = (out: Buffer, at: number, length: number): number => {
  let end = at
  let rest = length
  for (; rest > 127; rest >>>= 7) out[end++] = (rest & 127) | 128
  out[end++] = rest
  return end
}

const putNumber = (out: Buffer, at: number, value: number): number => {
  out[at] = value >>> 8
  out[at + 1] = value & 255
  return at + 2
}

const putTopic = (out: Buffer, at: number, topic: string | Buffer, size: number): number => {
  const start = putNumber(out, at, size)
  if (typeof topic === 'string') out.write(topic, start, size, 'utf8')
  else out.set(topic, start)
  return start + size
}

const tooLarge = (what: 'topic' | 'packet', size: number): OtaError =>
  new OtaError('OTA_INTERNAL', sentence('mqtt_packet_impossible', { what, size }))

interface Head {
  readonly topic: string | Buffer
  readonly qos: Qos
  readonly retain: boolean
  readonly dup: boolean
  readonly id: number
}

/** Writes the head of a PUBLISH into a new buffer that has room for `extra` bytes behind it. */
const startPublish = ({ topic, qos, retain, dup, id }: Head, payloadLength: number, extra: number): Buffer => {
  const topicSize = typeof topic === 'string' ? Buffer.byteLength(topic, 'utf8') : topic.length
  if (topicSize > longestField) throw tooLarge('topic', topicSize)
  const headSize = 2 + topicSize + (qos === 0 ? 0 : 2)
  const length = headSize + payloadLength
  if (length > longestBody) throw tooLarge('packet', length)
  const out = Buffer.allocUnsafe(1 + lengthSize(length) + headSize + extra)
  // [MQTT-3.3.1-2]
  out[0] = 0x30 | (dup && qos > 0 ? 8 : 0) | (qos << 1) | (retain ? 1 : 0)
  const end = putTopic(out, putLength(out, 1, length), topic, topicSize)
  // [MQTT-2.3.1-5]
  if (qos > 0) putNumber(out, end, id)
  return out
}

/** A PUBLISH without its payload of `payloadLength` bytes. `id` is 1 to 65535, and omitted at QoS 0. Throws OTA_INTERNAL if it is too large for MQTT. */
export const publishHead = (topic: string | Buffer, qos: Qos, retain: boolean, dup: boolean, id: number, payloadLength: number): Buffer =>
  startPublish({ topic, qos, retain, dup, id }, payloadLength, 0)

/** A whole PUBLISH. `id` is 1 to 65535, and omitted at QoS 0. Throws OTA_INTERNAL if it is too large for MQTT. */
export const encodePublish = (packet: Omit<Publish, 'cmd' | 'topic'> & { readonly topic: string | Buffer }): Buffer => {
  const { payload } = packet
  const out = startPublish(packet, payload.length, payload.length)
  out.set(payload, out.length - payload.length)
  return out
}

const fieldOf = (value: string | Buffer): Buffer => {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  const out = Buffer.allocUnsafe(2 + bytes.length)
  putNumber(out, 0, bytes.length)
  out.set(bytes, 2)
  return out
}

const connectFlags = ({ clean, will, username, password }: Omit<Connect, 'cmd'>): number =>
  (clean ? 2 : 0) |
  (will === null ? 0 : 4 | (will.qos << 3) | (will.retain ? 32 : 0)) |
  (password === null ? 0 : 64) |
  (username === null ? 0 : 128)

/** A CONNECT with what was read of one: no field is announced and missing, no reserved bit is set. */
export const encodeConnect = (packet: Omit<Connect, 'cmd'>): Buffer => {
  const { level, clientId, keepalive, will, username, password } = packet
  const fields = [clientId, will?.topic, will?.payload, username, password].filter((value) => value !== undefined && value !== null)
  const head = Buffer.of(level, connectFlags(packet), keepalive >>> 8, keepalive & 255)
  const body = Buffer.concat([fieldOf(level === 3 ? 'MQIsdp' : 'MQTT'), head, ...fields.map(fieldOf)])
  const out = Buffer.allocUnsafe(1 + lengthSize(body.length) + body.length)
  out[0] = 0x10
  out.set(body, putLength(out, 1, body.length))
  return out
}

const putAck = (out: Buffer, at: number, first: number, id: number): void => {
  out[at] = first
  out[at + 1] = 2
  putNumber(out, at + 2, id)
}

/** PUBACK, PUBREC, PUBREL [MQTT-3.6.1-1] or PUBCOMP. */
export const encodeAck = (cmd: Ack['cmd'], id: number): Buffer => {
  const out = Buffer.allocUnsafe(4)
  putAck(out, 0, ackFirst[cmd], id)
  return out
}

/** The acknowledgements of these packets, in order: PUBACK at QoS 1, PUBREC at QoS 2, nothing at QoS 0. */
export const encodeAcknowledgements = (packets: readonly Publish[]): { readonly bytes: Buffer; readonly count: number } => {
  let count = 0
  for (const { qos } of packets) if (qos > 0) count += 1
  const bytes = Buffer.allocUnsafe(4 * count)
  let at = 0
  for (const { qos, id } of packets) {
    if (qos === 0) continue
    putAck(bytes, at, qos === 1 ? ackFirst.puback : ackFirst.pubrec, id)
    at += 4
  }
  return { bytes, count }
}

/** A SUBACK: a code for each filter, in the order of its SUBSCRIBE [MQTT-3.9.3-1]; 128: refused. */
export const encodeSuback = (id: number, codes: readonly (0 | 1 | 2 | 128)[]): Buffer => {
  const length = 2 + codes.length
  const out = Buffer.allocUnsafe(1 + lengthSize(length) + length)
  out[0] = 0x90
  out.set(codes, putNumber(out, putLength(out, 1, length), id))
  return out
}

export const encodeUnsuback = (id: number): Buffer => {
  const out = Buffer.allocUnsafe(4)
  putAck(out, 0, 0xb0, id)
  return out
}

export const disconnectFrame = Buffer.from([0xe0, 0])

export const pingresp = Buffer.from([0xd0, 0])

/** A CONNACK. One that refuses never has `session present` set [MQTT-3.2.2-4]. */
export const connackFrame = (returnCode: number, sessionPresent: boolean): Buffer => {
  const out = Buffer.allocUnsafe(4)
  putAck(out, 0, 0x20, (returnCode === 0 && sessionPresent ? 256 : 0) | returnCode)
  return out
}
