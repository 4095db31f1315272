// One connection of a client from its CONNECT on: who it is, what it may, what it has subscribed. Knows the engine's client
// only as a `Peer`; decides nothing.

import type { Duplex } from 'node:stream'
import type { DeviceKey } from '../ota/model.ts'
import type { Channel, Connection } from '../ota/ports/mqtt.ts'
import { downTopic, type Rights, topicPrefix } from './entry/access.ts'
import type { Identity } from './entry/identity.ts'
import { lastSessionId, type Session } from './sessions/session.ts'
import { matches } from './wire/filter.ts'
import type { Qos } from './wire/packets.ts'

const lastId = 0xffff

/** The engine's client as this room sees it. */
export interface Peer {
  readonly id: string
  readonly conn: Duplex
  readonly closed: boolean
  close(done?: () => void): void
}

/** Where a connection came from and came in. */
export interface Ends {
  /** Our address on it, as a URL's host. */
  readonly host: string
  /** The other side's, for the log. */
  readonly remote: string
  /** Sends a packet. */
  readonly write: (bytes: Buffer) => void
  /** Bytes that were sent and that the system has not taken. */
  readonly waiting: () => number
  /** Asked when it is over: whether a DISCONNECT came of it that could not be handled any more. */
  readonly leftUnheard: () => boolean
}

/** The best QoS at which a channel's down topic may be written to the client; null: no filter covers it. */
export type Hearing = 0 | 1 | null

export interface Link extends Ends {
  readonly identity: Identity
  readonly peer: Peer
  rights: Rights
  /** CONNACK is out. */
  ready: boolean
  /** Set once a device is let in. */
  connection: Connection | null
  /** What is subscribed, with the QoS granted. */
  readonly filters: Map<string, Qos>
  readonly hears: { [channel in Channel]: Hearing }
  /** Where the server speaks to a device; null: it is none. */
  readonly downTopics: { readonly [channel in Channel]: string } | null
  /** Set once CONNACK is out. */
  session: Session | null
  /** Why it ended, where that is known before it did: one word. */
  why: string | null
  /** Reasons that were already said aloud about it. */
  readonly warned: Set<string>
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>
  nextMessageId(): number
}

export const channels: readonly Channel[] = ['ota', 'topo']

const downTopicsOf = (identity: Identity): Link['downTopics'] => {
  if (identity.kind !== 'device') return null
  const prefix = topicPrefix(identity.product, identity.name)
  return { ota: downTopic(prefix, 'ota'), topo: downTopic(prefix, 'topo') }
}

export const createLink = (identity: Identity, peer: Peer, ends: Ends, rights: Rights): Link => {
  let messageId = lastSessionId
  return {
    ...ends,
    identity,
    peer,
    rights,
    ready: false,
    connection: null,
    filters: new Map(),
    hears: { ota: null, topo: null },
    downTopics: downTopicsOf(identity),
    session: null,
    why: null,
    warned: new Set(),
    gone: peer.conn.closed ? Promise.resolve() : new Promise((resolve) => peer.conn.once('close', () => resolve())),
    nextMessageId() {
      messageId = messageId >= lastId ? lastSessionId + 1 : messageId + 1
      return messageId
    },
  }
}

/** Ends the connection, for a reason that its record and the metrics tell; the first one counts. */
export const endLink = (link: Link, why: string): void => {
  link.why ??= why
  link.peer.close()
}

export const deviceOf = (link: Link): DeviceKey | null => (link.identity.kind === 'device' ? link.identity.key : null)

/** Whether it may be written to. */
export const isLive = (link: Link): boolean => link.ready && !link.peer.closed

/** The hearing of a down topic through these filters: QoS = min(1, the highest granted of those that match). */
export const hearing = (filters: ReadonlyMap<string, Qos>, topic: string): Hearing => {
  let best: Hearing = null
  for (const [filter, qos] of filters) {
    if (best !== 1 && matches(filter, topic)) best = qos > 0 ? 1 : 0
  }
  return best
}

/** Works out anew what the device hears; gives the channels that began and ended to be covered. */
export const listenAgain = (link: Link): { readonly begun: readonly Channel[]; readonly ended: readonly Channel[] } => {
  const changed = { begun: [] as Channel[], ended: [] as Channel[] }
  if (link.downTopics === null) return changed
  for (const channel of channels) {
    const before = link.hears[channel]
    const after = hearing(link.filters, link.downTopics[channel])
    link.hears[channel] = after
    if (before === null && after !== null) changed.begun.push(channel)
    if (before !== null && after === null) changed.ended.push(channel)
  }
  return changed
}
