// The life of a connection, from the socket to the session and back: a stream for the engine, and from CONNACK on the session's line and
// what handles the client's packets. Wires the parts; each rule stands in its own file.

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Log } from '../log.ts'
import type { DeviceSide } from '../ota/ports/mqtt.ts'
import type { Meter } from '../ota/ports/observers.ts'
import type { Settings } from '../settings.ts'
import { refreshKeepalive } from './aedes-private.ts'
import { type Connection, type ConnectionDeps, createConnection } from './connection.ts'
import { createInbound, type Inbound } from './inbound.ts'
import { createLine } from './line.ts'
import type { Ends, Link, Peer } from './link.ts'
import { peerName, urlHost } from './listen/address.ts'
import { type Notices, nameOf } from './notices.ts'
import { createDefer, type OutboxDeps } from './outbox.ts'
import type { Presence } from './presence.ts'
import { isStuck, pump } from './sessions/delivery.ts'
import type { Feed } from './sessions/feed.ts'
import type { Router } from './sessions/router.ts'
import type { Session } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Wills } from './sessions/wills.ts'
import type { Traffic } from './traffic.ts'
import { endReason } from './wire/faults.ts'
import { type Connect, quoted, wireFault } from './wire/packets.ts'

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
  readonly traffic: Traffic
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
  /** The server stops: why connections end from now on. */
  stopping(): void
}

interface Arrival extends Ends {
  readonly connection: Connection
  session: Session | null
  inbound: Inbound | null
  /** The way out takes again what waited. */
  drained: () => void
  /** DISCONNECT has come. */
  orderly: boolean
}

/** A client for whom there is no room left may take so long to acknowledge anything. */
const stuckMs = 2000

/** The longest CONNECT [MQTT 3.1.1 §3.1]: two headers and five fields. Nothing larger is kept of somebody who is unknown. */
const maxConnectBytes = 4 + 10 + 5 * (2 + 65_535)

const nowhere: Ends = { host: '', remote: '?', write: () => undefined, waiting: () => 0, leftUnheard: () => false }

/** A will is a PUBLISH to come: its topic is one, not a filter [MQTT-3.3.2-2, MQTT-4.7.3-1]. */
const refuseWildWill = ({ will }: Connect): void => {
  if (will === null || (will.topic !== '' && !/[+#]/.test(will.topic))) return
  throw wireFault('bad_topic', 'MQTT-3.3.2-2', `left a will on ${quoted(will.topic)}, which is no topic to publish to`)
}

/** The session goes on with this connection: filters that the client lost the right to are taken out of it. */
const joinSession = ({ sessions, traffic }: ArrivalsDeps, link: Link, { connection }: Arrival, clean: boolean): Session => {
  const line = createLine(link, connection, traffic)
  const session = sessions.attach(link.peer.id, clean, line)
  link.session = session
  connection.stream.once('close', () => sessions.detach(session, line))
  const lost = [...session.filters.keys()].filter((filter) => !link.rights.subscribe(filter))
  if (lost.length > 0) sessions.unsubscribe(session, lost, () => undefined)
  for (const [filter, qos] of session.filters) link.filters.set(filter, qos)
  return session
}

const enter = (deps: ArrivalsDeps, link: Link, arrival: Arrival, clean: boolean): void => {
  const { sessions, feed, traffic } = deps
  const { connection } = arrival
  if (connection.stream.destroyed) return
  const session = joinSession(deps, link, arrival, clean)
  arrival.session = session
  arrival.drained = () => {
    pump(sessions.pool, session)
    feed.refill(session)
  }
  arrival.inbound = createInbound({ ...deps, link, session, connection, core: deps.core(), presence: deps.presence() })
  traffic.clients += 1
  traffic.clientsMaximum = Math.max(traffic.clientsMaximum, traffic.clients)
  deps.meter.count('connects', link.identity.kind)
  deps.log.debug({ client: nameOf(link.identity), remote: link.remote, session: link.peer.id }, 'connected')
  deps.presence().ready(link)
  feed.refill(session)
  connection.resume()
}

const countSent =
  (traffic: Traffic): OutboxDeps['sent'] =>
  (bytes, packets) => {
    traffic.bytesSent += bytes
    traffic.packetsSent += packets
  }

/** What a connection asks of its surroundings. */
const connectionDeps = (deps: ArrivalsDeps, arrival: () => Arrival, peer: () => Peer): Omit<ConnectionDeps, 'socket' | 'defer'> => ({
  now: deps.now,
  limits: { connectBytes: () => maxConnectBytes, packetBytes: () => deps.settings().maxPacketBytes },
  connect(packet) {
    deps.traffic.connections += 1
    refuseWildWill(packet)
  },
  disconnect(done) {
    arrival().orderly = true
    deps.wills.drop(peer(), done)
  },
  handle: (packet) => arrival().inbound?.handle(packet),
  rest: () => arrival().inbound?.rest(),
  received(bytes, packets) {
    deps.traffic.bytesReceived += bytes
    deps.traffic.packetsReceived += packets
    refreshKeepalive(peer())
  },
  sent: countSent(deps.traffic),
  drained: () => arrival().drained(),
  tooSlow(waiting) {
    deps.notices.tooSlow(deps.links.get(peer()), arrival().remote, waiting)
    arrival().connection.stream.destroy(Object.assign(new Error('the client does not read'), { name: 'TooSlow' }))
  },
})

export const createArrivals = (deps: ArrivalsDeps): Arrivals => {
  const { links, wills, notices, traffic } = deps
  const arrivals = new Map<Peer, Arrival>()
  const defer = createDefer()
  let stopping = false

  const leave = (peer: Peer, { connection, inbound, orderly }: Arrival): void => {
    arrivals.delete(peer)
    // After the engine, which has its own listener on the stream's end, has taken the will or has not.
    setImmediate(() => wills.drop(peer))
    const link = links.get(peer)
    if (inbound === null || link === undefined) return
    traffic.clients -= 1
    const why = link.why ?? (orderly ? 'disconnect' : endReason(connection.stream.errored, connection.ended()))
    notices.ended(link, stopping && why === 'taken_over' ? 'server_stop' : why)
  }

  return {
    accept(socket, { localAddress = '', remoteAddress, remotePort }) {
      const connection = createConnection({
        ...connectionDeps(
          deps,
          () => arrival,
          () => peer,
        ),
        socket,
        defer,
      })
      const arrival: Arrival = {
        connection,
        session: null,
        inbound: null,
        drained: () => undefined,
        orderly: false,
        host: urlHost(localAddress),
        remote: peerName(remoteAddress, remotePort),
        write: (bytes) => connection.outbox.write(bytes),
        waiting: () => connection.outbox.waiting,
        leftUnheard: connection.leftUnheard,
      }
      traffic.sockets += 1
      const peer = deps.handle(connection.stream)
      arrivals.set(peer, arrival)
      connection.stream.once('close', () => leave(peer, arrival))
    },
    entered(peer, clean) {
      const [arrival, link] = [arrivals.get(peer), links.get(peer)]
      if (arrival !== undefined && link !== undefined) enter(deps, link, arrival, clean)
    },
    ends: (peer) => arrivals.get(peer) ?? nowhere,
    check(at) {
      for (const { connection, session } of arrivals.values()) {
        connection.outbox.check(at)
        if (session !== null && isStuck(session, at, stuckMs)) connection.outbox.cut()
      }
      deps.feed.retry()
    },
    stopping() {
      stopping = true
    },
  }
}
