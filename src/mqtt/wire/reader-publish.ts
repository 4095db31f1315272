// Reads PUBLISH (MQTT 3.1.1 §3.3). For a client that keeps publishing on a few topics it reuses the strings, without checking their bytes
// again. The flags are already checked.

import { byteAt, fieldEnd, idAt, textAt } from './fields.ts'
import { type Publish, type Qos, quoted, wireFault } from './packets.ts'

const slots = 8
/** Longer topics are not cached, which bounds the memory for a client. */
const longestKept = 128

/** Whether the bytes are this text, which is ASCII. */
const isSame = (known: string, bytes: Buffer, from: number): boolean => {
  for (let at = 0; at < known.length; at++) {
    if (known.charCodeAt(at) !== byteAt(bytes, from + at)) return false
  }
  return true
}

const checkedTopic = (topic: string): string => {
  if (topic === '') throw wireFault('bad_topic', 'MQTT-4.7.3-1', 'published to the empty topic')
  if (topic.includes('+') || topic.includes('#'))
    throw wireFault('bad_topic', 'MQTT-3.3.2-2', `published to ${quoted(topic)}: a topic has no wildcards`)
  return topic
}

/** The last topics of one client. */
export type KnownTopics = string[]

const topicAt = (known: KnownTopics, bytes: Buffer, from: number, to: number): string => {
  const size = to - from
  // Never one of the last: an unused place holds the empty text.
  if (size === 0) return checkedTopic('')
  const slot = (size + byteAt(bytes, to - 1)) % slots
  const last = known[slot]
  if (last !== undefined && last.length === size && isSame(last, bytes, from)) return last
  const topic = checkedTopic(textAt(bytes, from, to, 'a topic'))
  // One that is as long as its bytes is ASCII.
  if (size > longestKept || topic.length !== size) return topic
  while (known.length < slot) known.push('')
  known[slot] = topic
  return topic
}

const qosOf = (first: number): Qos => ((first & 4) !== 0 ? 2 : (first & 2) !== 0 ? 1 : 0)

/** The packet begins at `at`; its body, after the fixed header, is from `body` to `end`. `known` is changed. */
export const readPublish = (known: KnownTopics, bytes: Buffer, at: number, body: number, end: number): Publish => {
  const first = byteAt(bytes, at)
  const qos = qosOf(first)
  const topicEnd = fieldEnd(bytes, body, end, 'its topic', 'MQTT-3.3.2-1')
  const topic = topicAt(known, bytes, body + 2, topicEnd)
  const id = qos === 0 ? 0 : idAt(bytes, topicEnd, end)
  const payload = bytes.subarray(qos === 0 ? topicEnd : topicEnd + 2, end)
  return { cmd: 'publish', topic, payload, qos, retain: (first & 1) !== 0, dup: (first & 8) !== 0, id }
}
