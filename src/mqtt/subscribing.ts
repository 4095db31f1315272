// A client's subscriptions. While one is being stored, what the client sent behind it waits: so nothing of the client's own overtakes
// it. Decides rights by access.ts alone.

import type { Connection } from './connection.ts'
import type { Feed } from './feed.ts'
import type { Link } from './link.ts'
import type { Notices } from './notices.ts'
import type { Qos, Subscribe, Unsubscribe } from './packets.ts'
import type { Presence } from './presence.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'
import { encodeSuback, encodeUnsuback } from './writer.ts'

export interface SubscribingDeps {
  readonly link: Link
  readonly session: Session
  readonly connection: Connection
  readonly presence: Presence
  readonly feed: Feed
  readonly sessions: Sessions
  readonly notices: Notices
}

export interface Subscribing {
  subscribe(packet: Subscribe): void
  unsubscribe(packet: Unsubscribe): void
}

type Code = Qos | 128

export const createSubscribing = ({ link, session, connection, presence, feed, sessions, notices }: SubscribingDeps): Subscribing => {
  /** A code for each filter as it was asked [MQTT-3.8.4-5]; asked twice, the last one holds [MQTT-3.8.4-3]. */
  const judge = (filters: Subscribe['filters'], granted: Map<string, Qos>): readonly Code[] =>
    filters.map(({ filter, qos }) => {
      if (link.rights.subscribe(filter)) {
        granted.set(filter, qos)
        return qos
      }
      notices.subscribeDenied(link, filter)
      return 128
    })

  return {
    subscribe({ id, filters }) {
      const granted = new Map<string, Qos>()
      const codes = judge(filters, granted)
      const list = [...granted]
      connection.hold()
      sessions.subscribe(session, list, (stored) => {
        connection.outbox.write(encodeSuback(id, stored ? codes : codes.map(() => 128)))
        if (stored && !connection.stream.destroyed) {
          presence.subscribed(link, list)
          feed.feed(session, list)
        }
        connection.resume()
      })
    },
    unsubscribe({ id, filters }) {
      connection.hold()
      sessions.unsubscribe(session, filters, () => {
        connection.outbox.write(encodeUnsuback(id))
        if (!connection.stream.destroyed) presence.unsubscribed(link, filters)
        connection.resume()
      })
    },
  }
}
