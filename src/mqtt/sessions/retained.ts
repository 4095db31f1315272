// Retained messages, the newest of each topic [MQTT-3.3.1-5], within a bound of bytes: one that does not fit is delivered to subscribers
// but not retained. Knows no sessions.

import { createTopicTree, type TopicTree } from '../topics/topic-tree.ts'
import type { RetainedMessage } from './rows.ts'

export interface RetainedMessages {
  readonly tree: TopicTree<RetainedMessage>
  readonly bytes: number
  /** Whether there is room to retain it; if not, that is counted. */
  admits(topic: string, payload: Uint8Array): boolean
  /** Retains it; an empty payload removes the topic's message instead [MQTT-3.3.1-10, MQTT-3.3.1-11]. */
  set(message: RetainedMessage): void
  /** The same for one that is being written: new subscribers get this one, and no older one after it. */
  begin(message: RetainedMessage): void
  /** It is on disk, or the write failed: then the topic has what is on disk. */
  settle(message: RetainedMessage, isRecorded: boolean): void
  /** Its write failed: it must not be delivered. */
  isRefused(message: RetainedMessage): boolean
}

/** Messages of a topic that are being written. */
interface Pending {
  count: number
  latest: RetainedMessage
  recorded: RetainedMessage | undefined
}

const sizeOf = (topic: string, payload: Uint8Array): number => topic.length + payload.length

export const createRetainedMessages = (maxBytes: () => number, full: () => void): RetainedMessages => {
  const tree = createTopicTree<RetainedMessage>()
  let bytes = 0
  const sizeAt = (topic: string): number => {
    const old = tree.get(topic)
    return old === undefined ? 0 : sizeOf(topic, old.payload)
  }
  const pending = new Map<string, Pending>()
  const refused = new WeakSet<RetainedMessage>()
  const apply = (topic: string, message: RetainedMessage | undefined): void => {
    bytes -= sizeAt(topic)
    if (message === undefined || message.payload.length === 0) tree.delete(topic)
    else {
      tree.set(topic, message)
      bytes += sizeOf(topic, message.payload)
    }
  }
  return {
    tree,
    get bytes() {
      return bytes
    },
    admits(topic, payload) {
      if (payload.length === 0 || bytes - sizeAt(topic) + sizeOf(topic, payload) <= maxBytes()) return true
      full()
      return false
    },
    set: (message) => apply(message.topic, message),
    begin(message) {
      const { topic } = message
      const current = pending.get(topic)
      if (current === undefined) pending.set(topic, { count: 1, latest: message, recorded: tree.get(topic) })
      else Object.assign(current, { count: current.count + 1, latest: message })
      apply(topic, message)
    },
    settle(message, isRecorded) {
      const { topic } = message
      const current = pending.get(topic)
      if (current === undefined) return
      current.count -= 1
      if (isRecorded) current.recorded = message
      else {
        refused.add(message)
        if (current.latest === message) apply(topic, current.recorded)
      }
      if (current.count === 0) pending.delete(topic)
    },
    isRefused: (message) => refused.has(message),
  }
}
