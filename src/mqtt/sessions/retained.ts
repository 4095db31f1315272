// Retained messages, the newest of each topic [MQTT-3.3.1-5], within a bound of bytes, of which one owner may take a share. Knows no
// sessions.

import { createTopicTree, type TopicTree } from '../topics/topic-tree.ts'
import { createTally, type OwnerTally } from './owner.ts'
import type { RetainedMessage } from './rows.ts'

export interface RetainedMessages {
  readonly tree: TopicTree<RetainedMessage>
  readonly bytes: number
  /** What leaves no room to retain it: the share of its owner, or all together; null: there is room. */
  fullBy(topic: string, payload: Uint8Array, owner: string | undefined): 'share' | 'total' | null
  /** How many bytes each owner has taken. */
  readonly owners: OwnerTally
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

export const createRetainedMessages = (maxBytes: () => number, share: () => number): RetainedMessages => {
  const tree = createTopicTree<RetainedMessage>()
  const owners = createTally()
  let bytes = 0
  const ownerAt = (topic: string): string | undefined => tree.get(topic)?.owner
  const addTo = (owner: string | undefined, by: number): void => {
    bytes += by
    if (owner !== undefined) owners.add(owner, by)
  }
  const sizeAt = (topic: string): number => {
    const old = tree.get(topic)
    return old === undefined ? 0 : sizeOf(topic, old.payload)
  }
  const pending = new Map<string, Pending>()
  const refused = new WeakSet<RetainedMessage>()
  const apply = (topic: string, message: RetainedMessage | undefined): void => {
    addTo(ownerAt(topic), -sizeAt(topic))
    if (message === undefined || message.payload.length === 0) tree.delete(topic)
    else {
      tree.set(topic, message)
      addTo(message.owner, sizeOf(topic, message.payload))
    }
  }
  return {
    tree,
    get bytes() {
      return bytes
    },
    owners,
    fullBy(topic, payload, owner) {
      const [size, before] = [sizeOf(topic, payload), sizeAt(topic)]
      const own = owner === ownerAt(topic) ? before : 0
      // What takes no more room than before is always retained: a bound may have been lowered.
      if (payload.length === 0 || (own > 0 && size <= own)) return null
      if (owner !== undefined && owners.of(owner) - own + size > maxBytes() * share()) return 'share'
      return bytes - before + size > maxBytes() ? 'total' : null
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
