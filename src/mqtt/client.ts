// One connection of a client from its CONNECT on: who it is, what it may, what it has subscribed. Knows the engine's client
// only as a `EngineClient`; decides nothing.

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

/** Where a connection came from and came in. */
export interface SocketAccess {
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
export type DownQos = 0 | 1 | null

export interface Client extends SocketAccess {
  readonly identity: Identity
  readonly engineClient: EngineClient
  rights: Rights
  /** CONNACK is out. */
  ready: boolean
  /** Set once a device is let in. */
  connection: Connection | null
  /** What is subscribed, with the QoS granted. */
  readonly filters: Map<string, Qos>
  readonly downQos: { [channel in Channel]: DownQos }
  /** Null: it is not a device. */
  readonly topics: DeviceTopics | null
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
    warned: new Set(),
    gone: engineClient.conn.closed ? Promise.resolve() : new Promise((resolve) => engineClient.conn.once('close', () => resolve())),
    nextMessageId() {
      messageId = messageId >= lastId ? lastSessionId + 1 : messageId + 1
      return messageId
    },
  }
}

/** SocketAccess the connection, for a reason that its record and the metrics tell; the first one counts. */
export const endClient = (client: Client, why: string): void => {
  client.why ??= why
  client.engineClient.close()
}

export const deviceOf = (client: Client): DeviceKey | null => (client.identity.kind === 'device' ? client.identity.key : null)

/** Whether it may be written to. */
export const isLive = (client: Client): boolean => client.ready && !client.engineClient.closed

/** The hearing of a down topic through these filters: QoS = min(1, the highest granted of those that match). */
export const coveringQos = (filters: ReadonlyMap<string, Qos>, topic: string): DownQos => {
  let best: DownQos = null
  for (const [filter, qos] of filters) {
    if (best !== 1 && matches(filter, topic)) best = qos > 0 ? 1 : 0
  }
  return best
}

/** Works out anew what the device hears; gives the channels that began and ended to be covered. */
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
