// From an accepted socket to a client with a session, and its end: a stream for the engine, and from CONNACK on the session's writer and
// the handlers of the client's packets. Wires the parts; each rule has its own file.

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Log } from '../log.ts'
import type { DeviceSide } from '../ota/ports/mqtt.ts'
import type { Meter } from '../ota/ports/observers.ts'
import type { Settings } from '../settings.ts'
import { refreshKeepalive } from './aedes-private.ts'
import type { Client, EngineClient, SocketAccess } from './client.ts'
import type { DeviceClients } from './device-clients.ts'
import { ownerName } from './entry/identity.ts'
import { createInbound, type Inbound } from './inbound.ts'
import { remoteName, urlHost } from './listen/address.ts'
import type { Peer } from './listen/peer.ts'
import { type Notices, nameOf } from './notices.ts'
import { createPortions } from './portions.ts'
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
  /** Gives the stream to the engine; returns the engine's client. */
  readonly handle: (stream: Duplex) => EngineClient
}

export interface Acceptor {
  /** `stream`: a client's bytes; `socket`: the TCP or TLS socket below it. */
  readonly accept: (stream: Duplex, socket: Socket, peer: Peer) => void
  /** CONNACK 0 was sent: attaches the session and handles what the client has sent since. */
  entered(engineClient: EngineClient, clean: boolean): void
  socketOf(engineClient: EngineClient): SocketAccess
  /** Called periodically: ends connections whose clients do not read, and retries retained messages that had no room. */
  check(now: number): void
  /** The server is stopping: the reason of connections that end from now on. */
  stopping(): void
}

interface Accepted extends SocketAccess {
  readonly socket: ClientSocket
  session: Session | null
  inbound: Inbound | null
  /** The write buffer has room again. */
  drained: () => void
  /** DISCONNECT was received. */
  orderly: boolean
}

/** How long a client whose queue is full may acknowledge nothing before it is disconnected. */
const stuckMs = 2000

/** Connections whose end is handled in one turn of the event loop: thousands may end at once, and other clients must not wait for them all. */
const endsPerTurn = 16

/** The longest CONNECT [MQTT 3.1.1 §3.1]: two headers and five fields. No more than that is buffered for an unknown client. */
const maxConnectBytes = 4 + 10 + 5 * (2 + 65_535)

const noSocket: SocketAccess = {
  host: '',
  tlsHost: null,
  certificate: null,
  remote: '?',
  write: () => undefined,
  waiting: () => 0,
  hasUnhandledDisconnect: () => false,
}

/** A will is published later, so it needs a topic without wildcards [MQTT-3.3.2-2, MQTT-4.7.3-1]. */
const refuseWildWill = ({ will }: Connect): void => {
  if (will === null || (will.topic !== '' && !/[+#]/.test(will.topic))) return
  throw wireFault('bad_topic', 'MQTT-3.3.2-2', `sent a will for ${quoted(will.topic)}, which is not a valid topic`)
}

/** Attaches the session to this connection; filters that the client may no longer subscribe are removed from it. */
const joinSession = ({ sessions, traffic }: AcceptorDeps, client: Client, { socket }: Accepted, clean: boolean): Session => {
  const writer = createSessionWriter(client, socket, traffic)
  const session = sessions.attach(client.engineClient.id, clean, writer, ownerName(client.identity))
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

/** What the client's socket needs. */
const socketDeps = (
  deps: AcceptorDeps,
  { raw, defer, portion }: Pick<ClientSocketDeps, 'raw' | 'defer' | 'portion'>,
  accepted: () => Accepted,
  engineClient: () => EngineClient,
): ClientSocketDeps => ({
  raw,
  defer,
  portion,
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
  const portion = createPortions(endsPerTurn, defer.run)
  let stopping = false

  const leave = (engineClient: EngineClient, { socket, inbound, orderly }: Accepted): void => {
    open.delete(engineClient)
    // After the engine's own listener on the end of the stream, which publishes the will or does not.
    setImmediate(() => wills.drop(engineClient))
    const client = clients.get(engineClient)
    if (inbound === null || client === undefined) return
    traffic.clients -= 1
    const why = client.why ?? (orderly ? 'disconnect' : endReason(socket.stream.errored, socket.ended()))
    notices.ended(client, stopping && why === 'taken_over' ? 'server_stop' : why)
  }

  return {
    accept(raw, { localAddress = '', remoteAddress, remotePort }, peer) {
      const socket = createClientSocket(
        socketDeps(
          deps,
          { raw, defer, portion },
          () => accepted,
          () => engineClient,
        ),
      )
      const accepted: Accepted = {
        socket,
        session: null,
        inbound: null,
        drained: () => undefined,
        orderly: false,
        ...peer,
        host: urlHost(localAddress),
        remote: remoteName(remoteAddress, remotePort),
        write: (bytes) => socket.writeBuffer.write(bytes),
        waiting: () => socket.writeBuffer.waiting,
        hasUnhandledDisconnect: socket.hasUnhandledDisconnect,
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
    socketOf: (engineClient) => open.get(engineClient) ?? noSocket,
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
