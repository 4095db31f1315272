// MQTT packets of any shape for the fuzz, right and wrong ones. Knows no socket.

import { packet, text } from './wire.mjs'

const field = (value) =>
  Buffer.isBuffer(value) ? Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), value]) : text(value)
const twoBytes = (value) => Buffer.from([(value >> 8) & 255, value & 255])

/** `will`: `{ topic, payload, qos, retain }`. What is left out has its usual value; `flags` are set on top. */
export const connectOf = ({ protocol = 'MQTT', level = 4, clientId, username, password, clean = true, keepAlive = 0, will, flags = 0 }) => {
  const bits =
    flags |
    (clean ? 2 : 0) |
    (will === undefined ? 0 : 4 | (will.qos << 3) | (will.retain ? 0x20 : 0)) |
    (password === undefined ? 0 : 0x40) |
    (username === undefined ? 0 : 0x80)
  const properties = level === 5 ? [Buffer.from([0])] : []
  return packet(
    0x10,
    field(protocol),
    Buffer.from([level, bits & 255]),
    twoBytes(keepAlive),
    ...properties,
    field(clientId),
    ...(will === undefined ? [] : [field(will.topic), field(will.payload)]),
    ...(username === undefined ? [] : [field(username)]),
    ...(password === undefined ? [] : [field(password)]),
  )
}

export const publishOf = (topic, payload, { qos = 0, id = 1, retain = false, again = false } = {}) =>
  packet(
    0x30 | (again ? 8 : 0) | (qos << 1) | (retain ? 1 : 0),
    field(topic),
    ...(qos === 0 ? [] : [twoBytes(id)]),
    Buffer.isBuffer(payload) ? payload : Buffer.from(payload),
  )

/** `filters`: `[filter, qos]` each. */
export const subscribeOf = (id, filters) =>
  packet(0x82, twoBytes(id), ...filters.flatMap(([filter, qos]) => [field(filter), Buffer.from([qos])]))

export const unsubscribeOf = (id, filters) => packet(0xa2, twoBytes(id), ...filters.map(field))

/** Any packet whose body is a packet id: PUBACK 0x40, PUBREC 0x50, PUBREL 0x62, PUBCOMP 0x70. */
export const idOf = (head, id) => packet(head, twoBytes(id))

export const ping = Buffer.from([0xc0, 0])
export const disconnect = Buffer.from([0xe0, 0])

const lengths = [
  [0],
  [1],
  [0x7f],
  [0xff, 0x7f],
  [0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 1],
  [0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0],
]

/** A packet that says another length than it has, a giant one, none, or one of five bytes. */
export const wrongLength = (chance) =>
  Buffer.concat([Buffer.from([chance.below(256)]), Buffer.from(chance.one(lengths)), chance.bytes(chance.below(64))])

const topicParts = [
  'a',
  '',
  '+',
  '#',
  '$SYS',
  '$share',
  'fogcloud',
  'noise',
  'n1',
  'thing',
  'up',
  'ota',
  'topo',
  '\u0000',
  'é',
  '\u{1f600}',
  'x'.repeat(300),
]

/** Topics and filters that are wrong, long, deep, or not for this client. */
export const oddTopic = (chance) => {
  if (chance.happens(0.05)) return 'a/'.repeat(chance.between(1, 2000))
  if (chance.happens(0.05)) return chance.bytes(chance.below(40))
  return Array.from({ length: chance.between(1, 6) }, () => chance.one(topicParts)).join('/')
}
