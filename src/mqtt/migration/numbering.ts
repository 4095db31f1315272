// Numbers for what is taken over: the place of each message in the one order of all messages, and packet ids in each queue. Pure.
//
// In each session what was in flight comes first, as it was sent before the rest; then runs of the old broker one after the other, and in
// each the order in which it took the messages. A message in several queues is one message, and has one number.

import { lastSessionId } from '../sessions/session.ts'

/** Numbers below are for messages that were in flight, which each session has to itself. */
const firstQueued = 2 ** 40

/** A broker with a fixed id begins to count again at each start, so that one number may name several messages. */
const namesakes = 1024

export interface Numbering {
  inflight(): number
  /** The number of a message that waits, and whether it is new; null: its broker's counter is none. */
  queued(broker: string, counter: number, digest: string): { readonly seq: number; readonly isNew: boolean } | null
}

const runStarts = (brokers: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
  const starts = new Map<string, number>()
  let next = firstQueued / namesakes
  for (const broker of [...brokers.keys()].sort()) {
    starts.set(broker, next)
    next += (brokers.get(broker) ?? 0) + 1
  }
  return starts
}

/** `brokers`: the highest counter of each run. */
export const createNumbering = (brokers: ReadonlyMap<string, number>): Numbering => {
  const starts = runStarts(brokers)
  const digests = new Map<number, string[]>()
  let lastInflight = 0
  return {
    inflight() {
      lastInflight += 1
      return lastInflight
    },
    queued(broker, counter, digest) {
      const first = ((starts.get(broker) ?? Number.NaN) + counter) * namesakes
      if (!Number.isSafeInteger(first + namesakes)) return null
      const known = digests.get(first) ?? []
      const at = known.indexOf(digest)
      if (at < 0 && known.length === namesakes) return null
      if (at < 0) digests.set(first, [...known, digest])
      return { seq: first + (at < 0 ? known.length : at), isNew: at < 0 }
    },
  }
}

/** The longest queue that is taken over, and the largest value of mqtt.sessions.maxMessages: each entry has a packet id of its own. */
export const maxQueued = 40_000

export interface PacketIds {
  /** The id it was sent under if it may keep that: at QoS 1 it is free to change, at QoS 2 the client may know it. */
  kept(id: number, qos: 1 | 2): number
  fresh(): number
}

/** `sent`: ids that belong to messages in flight, kept free for them while there are enough. */
export const createPacketIds = (sent: ReadonlySet<number>): PacketIds => {
  const isFree = sent.size <= lastSessionId - maxQueued ? (id: number) => !sent.has(id) : () => true
  const taken = new Set<number>()
  let last = 0
  const take = (id: number): number => {
    taken.add(id)
    return id
  }
  const fresh = (): number => {
    do last = last >= lastSessionId ? 1 : last + 1
    while (taken.has(last) || !isFree(last))
    return take(last)
  }
  return {
    fresh,
    kept: (id, qos) => (taken.has(id) || (qos === 1 && id > lastSessionId) ? fresh() : take(id)),
  }
}
