// A connected client from its CONNECT on: who it is, its rights, what it has subscribed, and how it ends. Knows the engine's client
// only as an `EngineClient`; decides nothing.

import type { Duplex } from 'node:stream'
import type { DeviceTopics } from '../ota/dialects/dialect.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { Channel, Connection } from '../ota/ports/mqtt.ts'
import type { Rights } from './entry/access.ts'
import type { Identity } from './entry/identity.ts'
import { lastSessionId, type Session } from './sessions/session.ts'
import { matches } from './wire/filter.ts'
import type { Qos } from './wire/packets.ts'

const lastId = 0xffff

/** The engine's client as this room sees it. */
export interface EngineClient {
  readonly id: string
  readonly conn: Duplex
  readonly closed: boolean
  close(done?: () => void): void
}

/** What other parts may know and do about a client's socket. */
export interface SocketAccess {
  /** The server's address on it, as a URL's host. */
  readonly host: string
  /** The server's name or address on it, as a URL's host; null: not over TLS. */
  readonly tlsHost: string | null
  /** The common name of its certificate, which was verified; null: it was asked for none. */
  readonly certificate: string | null
  /** The client's address and port, for the log. */
  readonly remote: string
  /** Sends a packet. */
  readonly write: (bytes: Buffer) => void
  /** Bytes that were written and that the system has not taken yet. */
  readonly waiting: () => number
  /** Called at the end, and drops what is not handled yet: whether a DISCONNECT was among it. */
  readonly hasUnhandledDisconnect: () => boolean
}

/** The highest QoS for messages on a channel's down topic; null: no filter of the client covers it. */
export type DownQos = 0 | 1 | null

export interface Client extends SocketAccess {
  readonly identity: Identity
  readonly engineClient: EngineClient
  rights: Rights
  /** CONNACK was sent. */
  ready: boolean
  /** The connection as the core knows it; set once a device is admitted. */
  connection: Connection | null
  /** The subscribed filters with the granted QoS. */
  readonly filters: Map<string, Qos>
  readonly downQos: { [channel in Channel]: DownQos }
  /** Null: it is not a device. */
  readonly topics: DeviceTopics | null
  /** Set once CONNACK was sent. */
  session: Session | null
  /** Why the server ends it, in one word; null: it does not. */
  why: string | null
  /** Reasons that were already logged as warnings for it. */
  warned: Set<string> | undefined
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>
  nextMessageId(): number
}

export const channels: readonly Channel[] = ['ota', 'topo']

export const createClient = (
  identity: Identity,
  engineClient: EngineClient,
  access: SocketAccess,
  topics: DeviceTopics | null,
  rights: Rights,
): Client => {
  let messageId = lastSessionId
  return {
    ...access,
    identity,
    engineClient,
    rights,
    ready: false,
    connection: null,
    filters: new Map(),
    downQos: { ota: null, topo: null },
    topics,
    session: null,
    why: null,
    warned: undefined,
    gone: engineClient.conn.closed ? Promise.resolve() : new Promise((resolve) => engineClient.conn.once('close', () => resolve())),
    nextMessageId() {
      messageId = messageId >= lastId ? lastSessionId + 1 : messageId + 1
      return messageId
    },
  }
}

/** Ends the connection. The reason is shown in the device's record and in the metrics; the first one counts. */
export const endClient = (client: Client, why: string): void => {
  client.why ??= why
  client.engineClient.close()
}

export const deviceOf = (client: Client): DeviceKey | null => (client.identity.kind === 'device' ? client.identity.key : null)

/** Whether messages may be written to it. */
export const isLive = (client: Client): boolean => client.ready && !client.engineClient.closed

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
  if (client.topics === null) return changed
  for (const channel of channels) {
    const before = client.downQos[channel]
    const after = coveringQos(client.filters, client.topics.down[channel])
    client.downQos[channel] = after
    if (before === null && after !== null) changed.begun.push(channel)
    if (before !== null && after === null) changed.ended.push(channel)
  }
  return changed
}
