// A connected client from its CONNECT on: who it is, its rights, its session, and how it ends. Knows its connection only as a `Link`;
// decides nothing.

import type { DeviceTopics } from '../ota/dialects/dialect.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { Channel, Connection } from '../ota/ports/mqtt.ts'
import type { Rights } from './entry/access.ts'
import type { Identity } from './entry/identity.ts'
import { lastSessionId, type Session } from './sessions/session.ts'
import type { ClientSocket } from './socket.ts'
import { matches } from './wire/filter.ts'
import type { Qos } from './wire/packets.ts'

const lastId = 0xffff

/** A client's connection as other parts know it. */
export interface Link {
  /** The name of its session; empty before its CONNECT was read. */
  readonly id: string
  /** It has ended, or is ending: nothing is sent any more. */
  readonly closed: boolean
  /** The server's address on it, as a URL's host. */
  readonly host: string
  /** The server's name or address on it, as a URL's host; null: not over TLS. */
  readonly tlsHost: string | null
  /** The common name of its certificate, which was verified; null: it was asked for none. */
  readonly certificate: string | null
  /** The client's address and port, for the log. */
  readonly remote: string
  /** Bytes that were written and that the system has not taken yet. */
  readonly waiting: number
  /** Sends a packet. */
  write(bytes: Buffer): void
  /** Ends it; `done` is called once that has been handled, soon after. */
  close(done?: () => void): void
}

/** The highest QoS for messages on a channel's down topic; null: no filter of the client covers it. */
export type DownQos = 0 | 1 | null

export interface Client {
  readonly identity: Identity
  readonly link: Link
  rights: Rights
  /** CONNACK was sent. */
  ready: boolean
  /** The connection as the core knows it; set once a device is admitted. */
  connection: Connection | null
  readonly downQos: { [channel in Channel]: DownQos }
  /** Null: it is not a device. */
  readonly topics: DeviceTopics | null
  /** Set once CONNACK was sent. */
  session: Session | null
  /** Why the server ends it, in one word; null: it does not. */
  why: string | null
  /** Reasons that were already logged as warnings for it. */
  warned: Set<string> | undefined
  /** The packet id of the last message that was sent outside its session. */
  messageId: number
}

/** A client from its CONNACK on. */
export interface Entered {
  readonly client: Client
  readonly session: Session
  readonly socket: ClientSocket
}

export const channels: readonly Channel[] = ['ota', 'topo']

export const createClient = (identity: Identity, link: Link, topics: DeviceTopics | null, rights: Rights): Client => ({
  identity,
  link,
  rights,
  ready: false,
  connection: null,
  downQos: { ota: null, topo: null },
  topics,
  session: null,
  why: null,
  warned: undefined,
  messageId: lastSessionId,
})

/** The packet id of the next message outside its session. */
export const nextMessageId = (client: Client): number => {
  client.messageId = client.messageId >= lastId ? lastSessionId + 1 : client.messageId + 1
  return client.messageId
}

/** Ends the connection. The reason is shown in the device's record and in the metrics; the first one counts. */
export const endClient = (client: Client, why: string, done?: () => void): void => {
  client.why ??= why
  client.link.close(done)
}

export const deviceOf = (client: Client): DeviceKey | null => (client.identity.kind === 'device' ? client.identity.key : null)

/** Whether messages may be written to it. */
export const isLive = (client: Client): boolean => client.ready && !client.link.closed

/** The QoS of a down topic with these filters: min(1, the highest granted of those that match); null: none matches. */
export const coveringQos = (filters: ReadonlyMap<string, Qos>, topic: string): DownQos => {
  let best: DownQos = null
  for (const [filter, qos] of filters) {
    if (best !== 1 && matches(filter, topic)) best = qos > 0 ? 1 : 0
  }
  return best
}

/** Updates `downQos` after a change of filters; returns the channels that are covered from now on, and those that are not any more. */
export const updateDownQos = (client: Client): { readonly begun: readonly Channel[]; readonly ended: readonly Channel[] } => {
  const changed = { begun: [] as Channel[], ended: [] as Channel[] }
  const { topics, session } = client
  if (topics === null || session === null) return changed
  for (const channel of channels) {
    const before = client.downQos[channel]
    const after = coveringQos(session.filters, topics.down(channel))
    client.downQos[channel] = after
    if (before === null && after !== null) changed.begun.push(channel)
    if (before !== null && after === null) changed.ended.push(channel)
  }
  return changed
}
