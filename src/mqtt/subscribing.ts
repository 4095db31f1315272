// A client's SUBSCRIBE and UNSUBSCRIBE packets. While one is being stored, the client's later packets wait, so that they take effect in
// order. Decides rights by access.ts alone.

import type { Client } from './client.ts'
import type { DeviceClients } from './device-clients.ts'
import type { Notices } from './notices.ts'
import type { Feed } from './sessions/feed.ts'
import type { Session } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { ClientSocket } from './socket.ts'
import type { Qos, Subscribe, Unsubscribe } from './wire/packets.ts'
import { encodeSuback, encodeUnsuback } from './wire/writer.ts'

export interface SubscribingDeps {
  readonly client: Client
  readonly session: Session
  readonly socket: ClientSocket
  readonly deviceClients: DeviceClients
  readonly feed: Feed
  readonly sessions: Sessions
  readonly notices: Notices
}

export interface Subscribing {
  subscribe(packet: Subscribe): void
  unsubscribe(packet: Unsubscribe): void
}

type Code = Qos | 128

/** A SUBSCRIBE may have thousands of filters: after this many, other clients get a turn. */
const portion = 100

/** Bound of all filters of one session, in characters: each message is matched against them. */
const maxFilterBytes = 1_048_576

const bytesOf = ({ filters }: Session): number => {
  let bytes = 0
  for (const filter of filters.keys()) bytes += filter.length
  return bytes
}

export const createSubscribing = ({ client, session, socket, deviceClients, feed, sessions, notices }: SubscribingDeps): Subscribing => {
  /** A code for each filter in the packet [MQTT-3.8.4-5]; if one appears twice, the last one holds [MQTT-3.8.4-3]. */
  const judge = (filters: Subscribe['filters'], granted: Map<string, Qos>, held: { bytes: number }): Code[] =>
    filters.map(({ filter, qos }) => {
      const more = session.filters.has(filter) || granted.has(filter) ? 0 : filter.length
      if (client.rights.subscribe(filter) && held.bytes + more <= maxFilterBytes) {
        held.bytes += more
        granted.set(filter, qos)
        return qos
      }
      notices.subscribeDenied(client, filter)
      return 128
    })

  const finish = ({ id, filters }: Subscribe, codes: readonly Code[]): void => {
    socket.writeBuffer.write(encodeSuback(id, codes))
    if (!socket.stream.destroyed) {
      // A filter that appears twice counts twice, as if in two packets [MQTT-3.8.4-4].
      const granted = filters.flatMap(({ filter }, at) => {
        const code = codes[at] ?? 128
        return code === 128 ? [] : [[filter, code] as const]
      })
      deviceClients.subscribed(client, granted)
      feed.feed(session, granted)
    }
    socket.resume()
  }

  const ended = (id: number, filters: readonly string[]): void => {
    socket.writeBuffer.write(encodeUnsuback(id))
    if (!socket.stream.destroyed) deviceClients.unsubscribed(client, filters)
    socket.resume()
  }

  return {
    subscribe(packet) {
      const { filters } = packet
      const codes: Code[] = []
      const held = { bytes: bytesOf(session) }
      const next = (): void => {
        const granted = new Map<string, Qos>()
        const judged = judge(filters.slice(codes.length, codes.length + portion), granted, held)
        sessions.subscribe(session, [...granted], (stored) => {
          for (const code of judged) codes.push(stored ? code : 128)
          if (codes.length < filters.length) setImmediate(next)
          else finish(packet, codes)
        })
      }
      socket.hold()
      next()
    },
    unsubscribe({ id, filters }) {
      const next = (from: number): void =>
        sessions.unsubscribe(session, filters.slice(from, from + portion), () => {
          if (from + portion < filters.length) setImmediate(next, from + portion)
          else ended(id, filters)
        })
      socket.hold()
      next(0)
    },
  }
}
