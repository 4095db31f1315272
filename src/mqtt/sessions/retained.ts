// RetainedMessage messages, the newest of each topic [MQTT-3.3.1-5], within a bound of bytes: one more that does not fit is told to who
// hears it and not kept. Knows no session.

import { createTopicTree, type TopicTree } from '../topics/topic-tree.ts'
import type { RetainedMessage } from './rows.ts'

export interface RetainedMessages {
  readonly tree: TopicTree<RetainedMessage>
  readonly bytes: number
  /** Whether it may be kept beside the others; one that may not is counted. */
  admits(topic: string, payload: Uint8Array): boolean
  /** An empty payload ends what is kept of the topic [MQTT-3.3.1-10, MQTT-3.3.1-11]. */
  set(message: RetainedMessage): void
  /** The same for one that is not on disk yet: who subscribes from now on gets this one, and no older one behind it. */
  begin(message: RetainedMessage): void
  /** It is on disk, or never will be: then what is kept is what the disk holds. */
  settle(message: RetainedMessage, isRecorded: boolean): void
  /** The disk did not take it: who was to get it must not. */
  isRefused(message: RetainedMessage): boolean
}

/** Messages of a topic on their way to the disk. */
interface Pending {
  count: number
  latest: RetainedMessage
  recorded: RetainedMessage | undefined
}

const sizeOf = (topic: string, payload: Uint8Array): number => topic.length + payload.length

export const createRetainedMessages = (maxBytes: () => number, full: () => void): RetainedMessages => {
  const tree = createTopicTree<RetainedMessage>()
  let bytes = 0
  const heldBy = (topic: string): number => {
    const old = tree.get(topic)
    return old === undefined ? 0 : sizeOf(topic, old.payload)
  }
  const pending = new Map<string, Pending>()
  const refused = new WeakSet<RetainedMessage>()
  const take = (topic: string, message: RetainedMessage | undefined): void => {
    bytes -= heldBy(topic)
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
      if (payload.length === 0 || bytes - heldBy(topic) + sizeOf(topic, payload) <= maxBytes()) return true
      full()
      return false
    },
    set: (message) => take(message.topic, message),
    begin(message) {
      const { topic } = message
      const standing = pending.get(topic)
      if (standing === undefined) pending.set(topic, { count: 1, latest: message, recorded: tree.get(topic) })
      else Object.assign(standing, { count: standing.count + 1, latest: message })
      take(topic, message)
    },
    settle(message, isRecorded) {
      const { topic } = message
      const standing = pending.get(topic)
      if (standing === undefined) return
      standing.count -= 1
      if (isRecorded) standing.recorded = message
      else {
        refused.add(message)
        if (standing.latest === message) take(topic, standing.recorded)
      }
      if (standing.count === 0) pending.delete(topic)
    },
    isRefused: (message) => refused.has(message),
  }
}
