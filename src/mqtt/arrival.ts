// The life of a connection, from the socket to the session and back: a stream for the engine, and from CONNACK on the session's line and
// what handles the client's packets. Wires the parts; each rule stands in its own file.

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Log } from '../log.ts'
import type { DeviceSide, Meter } from '../ota/ports.ts'
import type { Settings } from '../settings.ts'
import { peerName, urlHost } from './address.ts'
import { refreshKeepalive } from './aedes-private.ts'
import { type Connection, createConnection } from './connection.ts'
import { pump } from './delivery.ts'
import type { Feed } from './feed.ts'
import { createInbound, type Inbound } from './inbound.ts'
import { createLine } from './line.ts'
import type { Ends, Link, Peer } from './link.ts'
import { type Notices, nameOf } from './notices.ts'
import { createDefer } from './outbox.ts'
import { type Connect, quoted, wireFault } from './packets.ts'
import type { Presence } from './presence.ts'
import type { Router } from './router.ts'
import type { Sessions } from './sessions.ts'
import type { Wills } from './wills.ts'

export interface ArrivalsDeps {
  readonly links: WeakMap<Peer, Link>
  readonly sessions: Sessions
  readonly router: Router
  readonly feed: Feed
  readonly wills: Wills
  readonly notices: Notices
  readonly presence: () => Presence
  readonly core: () => DeviceSide
  readonly settings: () => Settings['mqtt']
  readonly log: Log
  readonly meter: Meter
  readonly now: () => number
  /** Gives the stream to the engine; gives its client. */
  readonly handle: (stream: Duplex) => Peer
}

export interface Arrivals {
  /** A client's bytes, and the TCP or TLS socket that they come from. */
  readonly accept: (stream: Duplex, socket: Socket) => void
  /** CONNACK 0 is out: the session goes on, and what the client sent meanwhile is handled. */
  entered(peer: Peer, clean: boolean): void
  ends(peer: Peer): Ends
  /** Called now and then: ends connections whose clients do not read, and goes on with what had no room. */
  check(now: number): void
}

interface Arrival extends Ends {
  readonly connection: Connection
  inbound: Inbound | null
  /** The way out takes again what waited. */
  drained: () => void
}

/** A CONNECT may hold a client id, a will and a password of 64 KiB each; nothing larger is kept of somebody who is unknown. */
const maxConnectBytes = 200_000

const nowhere: Ends = { host: '', remote: '?', write: () => undefined, waiting: () => 0 }

/** A will is a PUBLISH to come: its topic is one, not a filter [MQTT-3.3.2-2, MQTT-4.7.3-1]. */
const refuseWildWill = ({ will }: Connect): void => {
  if (will === null || (will.topic !== '' && !/[+#]/.test(will.topic))) return
  throw wireFault('bad_topic', 'MQTT-3.3.2-2', `left a will on ${quoted(will.topic)}, which is no topic to publish to`)
}

export const createArrivals = (deps: ArrivalsDeps): Arrivals => {
  const { links, sessions, router, feed, wills, notices, log, meter, now } = deps
  const arrivals = new Map<Peer, Arrival>()
  const defer = createDefer()

  const tooSlow = (peer: Peer, arrival: Arrival, waiting: number): void => {
    const client = nameOf(links.get(peer)?.identity ?? null)
    meter.count('refused', 'slow_consumer')
    log.warn({ client, remote: arrival.remote, bytes: waiting }, 'closed the connection of a client that does not read what it is sent')
    arrival.connection.stream.destroy(Object.assign(new Error('the client does not read'), { name: 'TooSlow' }))
  }

  const leave = (peer: Peer): void => {
    arrivals.delete(peer)
    // After the engine, which has its own listener on the stream's end, has taken the will or has not.
    setImmediate(() => wills.drop(peer))
  }

  const entered = (peer: Peer, arrival: Arrival, clean: boolean): void => {
    const link = links.get(peer)
    const { connection } = arrival
    if (link === undefined || connection.stream.destroyed) return
    const line = createLine(link, connection, () => undefined)
    const session = sessions.attach(peer.id, clean, line)
    connection.stream.once('close', () => sessions.detach(session, line))
    const lost = Array.from(session.filters.keys(), (filter) => filter).filter((filter) => !link.rights.subscribe(filter))
    if (lost.length > 0) sessions.unsubscribe(session, lost, () => undefined)
    for (const [filter, qos] of session.filters) link.filters.set(filter, qos)
    const core = deps.core()
    arrival.drained = () => {
      pump(sessions.pool, session)
      feed.refill(session)
    }
    arrival.inbound = createInbound({ link, session, connection, core, presence: deps.presence(), router, feed, sessions, notices, log })
    meter.count('connects', link.identity.kind)
    log.debug({ client: nameOf(link.identity), remote: link.remote, session: peer.id }, 'connected')
    deps.presence().ready(link)
    connection.resume()
  }

  return {
    accept(socket, { localAddress = '', remoteAddress, remotePort }) {
      const connection = createConnection({
        socket,
        now,
        defer,
        limits: { connectBytes: () => maxConnectBytes, packetBytes: () => deps.settings().maxPacketBytes },
        connect: refuseWildWill,
        disconnect: (done) => wills.drop(peer, done),
        handle: (packet) => arrival.inbound?.handle(packet),
        rest: () => arrival.inbound?.rest(),
        received: () => refreshKeepalive(peer),
        sent: () => undefined,
        drained: () => arrival.drained(),
        tooSlow: (waiting) => tooSlow(peer, arrival, waiting),
      })
      const arrival: Arrival = {
        connection,
        inbound: null,
        drained: () => undefined,
        host: urlHost(localAddress),
        remote: peerName(remoteAddress, remotePort),
        write: (bytes) => connection.outbox.write(bytes),
        waiting: () => connection.outbox.waiting,
      }
      const peer = deps.handle(connection.stream)
      arrivals.set(peer, arrival)
      connection.stream.once('close', () => leave(peer))
    },
    entered(peer, clean) {
      const arrival = arrivals.get(peer)
      if (arrival !== undefined) entered(peer, arrival, clean)
    },
    ends: (peer) => arrivals.get(peer) ?? nowhere,
    check(at) {
      for (const { connection } of arrivals.values()) connection.outbox.check(at)
      feed.retry()
    },
  }
}
