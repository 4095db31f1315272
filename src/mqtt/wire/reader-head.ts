// Fixed headers (MQTT 3.1.1 §2.2), and what is refused by them alone, before any of the body is buffered: type, flags, length.
// Knows no bodies.

import { byteAt } from './fields.ts'
import { wireFault } from './packets.ts'

/** Control packet types (MQTT 3.1.1 §2.2.1). */
export const types = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const

const maxLengthBytes = 4

/** How many bytes the fixed header at `from` has; 0: it is not complete yet. A length may have more bytes than it needs, up to four (§2.2.3). */
export const headSize = (bytes: Buffer, from: number, to: number): number => {
  for (let size = 2; size < 2 + maxLengthBytes; size++) {
    if (from + size > to) return 0
    if (byteAt(bytes, from + size - 1) < 128) return size
  }
  throw wireFault('bad_length', 'MQTT-2.2.3', 'sent a packet length of more than four bytes')
}

/** The remaining length in a fixed header of `head` bytes. */
export const lengthAt = (bytes: Buffer, from: number, head: number): number => {
  let length = 0
  for (let index = head - 1; index > 0; index--) length = (length << 7) | (byteAt(bytes, from + index) & 127)
  return length
}

interface Rule {
  readonly name: string
  /** The required flags; null: they depend on the level, which follows. */
  readonly flags: number | null
  /** The required remaining length; null: any. */
  readonly length: number | null
}

/** By type. A string is the name of a packet that only servers send, null a reserved type. PUBLISH has its own rules. */
const rules: readonly (Rule | string | null)[] = [
  null,
  { name: 'CONNECT', flags: null, length: null },
  'CONNACK',
  null,
  { name: 'PUBACK', flags: 0, length: 2 },
  { name: 'PUBREC', flags: 0, length: 2 },
  { name: 'PUBREL', flags: 2, length: 2 },
  { name: 'PUBCOMP', flags: 0, length: 2 },
  { name: 'SUBSCRIBE', flags: 2, length: null },
  'SUBACK',
  { name: 'UNSUBSCRIBE', flags: 2, length: null },
  'UNSUBACK',
  { name: 'PINGREQ', flags: 0, length: 0 },
  'PINGRESP',
  { name: 'DISCONNECT', flags: 0, length: 0 },
  null,
]

const publishFlags = (first: number): void => {
  const qos = (first >> 1) & 3
  if (qos === 3) throw wireFault('bad_flags', 'MQTT-3.3.1-4', 'sent a PUBLISH of QoS 3')
  if (qos === 0 && (first & 8) !== 0) throw wireFault('bad_flags', 'MQTT-3.3.1-2', 'sent a PUBLISH of QoS 0 with DUP set')
}

/** CONNECT comes first, and once. */
const checkOrder = (type: number, level: number): void => {
  if (level === 0 && type !== types.connect)
    throw wireFault('not_connect', 'MQTT-3.1.0-1', `began with a packet of type ${type} instead of CONNECT`)
  if (level > 0 && type === types.connect) throw wireFault('second_connect', 'MQTT-3.1.0-2', 'sent a second CONNECT')
}

/** Throws unless the first byte has these flags. */
export const checkHeadFlags = (first: number, name: string, flags: number): void => {
  if ((first & 15) !== flags)
    throw wireFault('bad_flags', 'MQTT-2.2.2-2', `sent a ${name} with the flags ${first & 15} instead of ${flags}`)
}

/** Checks the first byte of a packet. `level` is that of CONNECT, 0 before it. */
export const checkFirst = (first: number, level: number): void => {
  const type = first >> 4
  checkOrder(type, level)
  if (type === types.publish) {
    publishFlags(first)
    return
  }
  const rule = rules[type] ?? null
  if (rule === null) throw wireFault('bad_type', 'MQTT-4.8.0-1', `sent a packet of the reserved type ${type}`)
  if (typeof rule === 'string') throw wireFault('server_packet', 'MQTT-4.8.0-1', `sent a ${rule}, which only servers send`)
  // MQTT 3.1 leaves the flags of these packets unused, and sets DUP in a repeated PUBREL, SUBSCRIBE and UNSUBSCRIBE.
  if (level !== 3 && rule.flags !== null) checkHeadFlags(first, rule.name, rule.flags)
}

/** Checks the remaining length, bytes, and the size of the whole packet. */
export const checkSize = (first: number, length: number, whole: number, most: number): void => {
  const rule = rules[first >> 4] ?? null
  if (rule !== null && typeof rule !== 'string' && rule.length !== null && rule.length !== length)
    throw wireFault('bad_length', 'MQTT-4.8.0-1', `sent a ${rule.name} of length ${length} instead of ${rule.length}`)
  if (whole > most) throw wireFault('packet_too_large', 'MQTT-4.8.0-2', `announced a packet of ${whole} bytes; the limit is ${most}`)
}
