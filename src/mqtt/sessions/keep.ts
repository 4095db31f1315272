// Retained messages, the newest of each topic [MQTT-3.3.1-5], within a bound of bytes: one more that does not fit is told to who
// hears it and not kept. Knows no session.

import { createTopicTree, type TopicTree } from '../topics/topic-tree.ts'
import type { Retained } from './rows.ts'

export interface Keep {
  readonly tree: TopicTree<Retained>
  readonly bytes: number
  /** Whether it may be kept beside the others; one that may not is counted. */
  admits(topic: string, payload: Uint8Array): boolean
  /** An empty payload ends what is kept of the topic [MQTT-3.3.1-10, MQTT-3.3.1-11]. */
  set(message: Retained): void
}

const sizeOf = (topic: string, payload: Uint8Array): number => topic.length + payload.length

export const createKeep = (maxBytes: () => number, refused: () => void): Keep => {
  const tree = createTopicTree<Retained>()
  let bytes = 0
  const heldBy = (topic: string): number => {
    const old = tree.get(topic)
    return old === undefined ? 0 : sizeOf(topic, old.payload)
  }
  return {
    tree,
    get bytes() {
      return bytes
    },
    admits(topic, payload) {
      if (payload.length === 0 || bytes - heldBy(topic) + sizeOf(topic, payload) <= maxBytes()) return true
      refused()
      return false
    },
    set(message) {
      const { topic, payload } = message
      bytes -= heldBy(topic)
      if (payload.length === 0) tree.delete(topic)
      else {
        tree.set(topic, message)
        bytes += sizeOf(topic, payload)
      }
    },
  }
}
