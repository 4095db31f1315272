// The life of a connection, from the socket to the session and back: a stream for the engine, and from CONNACK on the session's line and
// what handles the client's packets. Wires the parts; each rule stands in its own file.

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Log } from '../log.ts'
import type { DeviceSide } from '../ota/ports/mqtt.ts'
import type { Meter } from '../ota/ports/observers.ts'
import type { Settings } from '../settings.ts'
import { refreshKeepalive } from './aedes-private.ts'
import type { Client, EngineClient, SocketAccess } from './client.ts'
import type { DeviceClients } from './device-clients.ts'
import { createInbound, type Inbound } from './inbound.ts'
import { peerName, urlHost } from './listen/address.ts'
import { type Notices, nameOf } from './notices.ts'
import { createSessionWriter } from './session-writer.ts'
import { isStuck, pump } from './sessions/delivery.ts'
import type { Feed } from './sessions/feed.ts'
import type { Router } from './sessions/router.ts'
import type { Session } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Wills } from './sessions/wills.ts'
import { type ClientSocket, type ClientSocketDeps, createClientSocket } from './socket.ts'
import type { Traffic } from './traffic.ts'
import { endReason } from './wire/end-reasons.ts'
import { type Connect, quoted, wireFault } from './wire/packets.ts'
import { createDefer, type WriteBufferDeps } from './write-buffer.ts'

export interface AcceptorDeps {
  readonly clients: WeakMap<EngineClient, Client>
  readonly sessions: Sessions
  readonly router: Router
  readonly feed: Feed
  readonly wills: Wills
  readonly notices: Notices
  readonly deviceClients: () => DeviceClients
  readonly core: () => DeviceSide
  readonly settings: () => Settings['mqtt']
  readonly log: Log
  readonly meter: Meter
  readonly traffic: Traffic
  readonly now: () => number
  /** Gives the stream to the engine; gives its client. */
  readonly handle: (stream: Duplex) => EngineClient
}

export interface Acceptor {
  /** A client's bytes, and the TCP or TLS socket that they come from. */
  readonly accept: (stream: Duplex, socket: Socket) => void
  /** CONNACK 0 is out: the session goes on, and what the client sent meanwhile is handled. */
  entered(engineClient: EngineClient, clean: boolean): void
  socketOf(engineClient: EngineClient): SocketAccess
  /** Called now and then: ends connections whose clients do not read, and goes on with what had no room. */
  check(now: number): void
  /** The server stops: why connections end from now on. */
  stopping(): void
}

interface Accepted extends SocketAccess {
  readonly socket: ClientSocket
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

const nowhere: SocketAccess = { host: '', remote: '?', write: () => undefined, waiting: () => 0, leftUnheard: () => false }

/** A will is a PUBLISH to come: its topic is one, not a filter [MQTT-3.3.2-2, MQTT-4.7.3-1]. */
const refuseWildWill = ({ will }: Connect): void => {
  if (will === null || (will.topic !== '' && !/[+#]/.test(will.topic))) return
  throw wireFault('bad_topic', 'MQTT-3.3.2-2', `left a will on ${quoted(will.topic)}, which is no topic to publish to`)
}

/** The session goes on with this connection: filters that the client lost the right to are taken out of it. */
const joinSession = ({ sessions, traffic }: AcceptorDeps, client: Client, { socket }: Accepted, clean: boolean): Session => {
  const writer = createSessionWriter(client, socket, traffic)
  const session = sessions.attach(client.engineClient.id, clean, writer)
  client.session = session
  socket.stream.once('close', () => sessions.detach(session, writer))
  const lost = [...session.filters.keys()].filter((filter) => !client.rights.subscribe(filter))
  if (lost.length > 0) sessions.unsubscribe(session, lost, () => undefined)
  for (const [filter, qos] of session.filters) client.filters.set(filter, qos)
  return session
}

const enter = (deps: AcceptorDeps, client: Client, accepted: Accepted, clean: boolean): void => {
  const { sessions, feed, traffic } = deps
  const { socket } = accepted
  if (socket.stream.destroyed) return
  const session = joinSession(deps, client, accepted, clean)
  accepted.session = session
  accepted.drained = () => {
    pump(sessions.pool, session)
    feed.refill(session)
  }
  accepted.inbound = createInbound({ ...deps, client, session, socket, core: deps.core(), deviceClients: deps.deviceClients() })
  traffic.clients += 1
  traffic.clientsMaximum = Math.max(traffic.clientsMaximum, traffic.clients)
  deps.meter.count('connects', client.identity.kind)
  deps.log.debug({ client: nameOf(client.identity), remote: client.remote, session: client.engineClient.id }, 'connected')
  deps.deviceClients().ready(client)
  feed.refill(session)
  socket.resume()
}

const countSent =
  (traffic: Traffic): WriteBufferDeps['sent'] =>
  (bytes, packets) => {
    traffic.bytesSent += bytes
    traffic.packetsSent += packets
  }

/** What a connection asks of its surroundings. */
const socketDeps = (
  deps: AcceptorDeps,
  accepted: () => Accepted,
  engineClient: () => EngineClient,
): Omit<ClientSocketDeps, 'raw' | 'defer'> => ({
  now: deps.now,
  limits: { connectBytes: () => maxConnectBytes, packetBytes: () => deps.settings().maxPacketBytes },
  connect(packet) {
    deps.traffic.connections += 1
    refuseWildWill(packet)
  },
  disconnect(done) {
    accepted().orderly = true
    deps.wills.drop(engineClient(), done)
  },
  handle: (packet) => accepted().inbound?.handle(packet),
  rest: () => accepted().inbound?.rest(),
  received(bytes, packets) {
    deps.traffic.bytesReceived += bytes
    deps.traffic.packetsReceived += packets
    refreshKeepalive(engineClient())
  },
  sent: countSent(deps.traffic),
  drained: () => accepted().drained(),
  tooSlow(waiting) {
    deps.notices.tooSlow(deps.clients.get(engineClient()), accepted().remote, waiting)
    accepted().socket.stream.destroy(Object.assign(new Error('the client does not read'), { name: 'TooSlow' }))
  },
})

export const createAcceptor = (deps: AcceptorDeps): Acceptor => {
  const { clients, wills, notices, traffic } = deps
  const open = new Map<EngineClient, Accepted>()
  const defer = createDefer()
  let stopping = false

  const leave = (engineClient: EngineClient, { socket, inbound, orderly }: Accepted): void => {
    open.delete(engineClient)
    // After the engine, which has its own listener on the stream's end, has taken the will or has not.
    setImmediate(() => wills.drop(engineClient))
    const client = clients.get(engineClient)
    if (inbound === null || client === undefined) return
    traffic.clients -= 1
    const why = client.why ?? (orderly ? 'disconnect' : endReason(socket.stream.errored, socket.ended()))
    notices.ended(client, stopping && why === 'taken_over' ? 'server_stop' : why)
  }

  return {
    accept(raw, { localAddress = '', remoteAddress, remotePort }) {
      const socket = createClientSocket({
        ...socketDeps(
          deps,
          () => accepted,
          () => engineClient,
        ),
        raw,
        defer,
      })
      const accepted: Accepted = {
        socket,
        session: null,
        inbound: null,
        drained: () => undefined,
        orderly: false,
        host: urlHost(localAddress),
        remote: peerName(remoteAddress, remotePort),
        write: (bytes) => socket.writeBuffer.write(bytes),
        waiting: () => socket.writeBuffer.waiting,
        leftUnheard: socket.leftUnheard,
      }
      traffic.sockets += 1
      const engineClient = deps.handle(socket.stream)
      open.set(engineClient, accepted)
      socket.stream.once('close', () => leave(engineClient, accepted))
    },
    entered(engineClient, clean) {
      const [accepted, client] = [open.get(engineClient), clients.get(engineClient)]
      if (accepted !== undefined && client !== undefined) enter(deps, client, accepted, clean)
    },
    socketOf: (engineClient) => open.get(engineClient) ?? nowhere,
    check(at) {
      for (const { socket, session } of open.values()) {
        socket.writeBuffer.check(at)
        if (session !== null && isStuck(session, at, stuckMs)) socket.writeBuffer.cut()
      }
      deps.feed.retry()
    },
    stopping() {
      stopping = true
    },
  }
}
