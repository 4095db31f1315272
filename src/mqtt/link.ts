// A connection from its accepted socket to its end: CONNECT, keep-alive, the session and its messages, the will [MQTT 3.1.1 §3.1, §3.14].
// Calls the parts in their order; each rule has its own file (docs/adr/0021-connections-are-our-own.md).

import { randomUUID } from 'node:crypto'
import type { Log } from '../log.ts'
import type { Meter } from '../ota/ports/observers.ts'
import type { ByteChannel } from '../tcp/channel.ts'
import type { Client, Link } from './client.ts'
import type { ClientList, Listed } from './client-list.ts'
import type { Connecting } from './connect.ts'
import { ownerName, type Refusal } from './entry/identity.ts'
import { createInbound, type Inbound, type InboundDeps } from './inbound.ts'
import { remoteName, urlHost } from './listen/address.ts'
import type { Peer } from './listen/peer.ts'
import { nameOf } from './notices.ts'
import { createSessionWriter } from './session-writer.ts'
import { isStuck, pump } from './sessions/delivery.ts'
import type { Session, SessionWriter } from './sessions/session.ts'
import type { Wills } from './sessions/wills.ts'
import { type ClientSocket, createClientSocket, type DataPacket, type SocketDeps, type SocketUser } from './socket.ts'
import { endReason } from './wire/end-reasons.ts'
import { type Connect, quoted, type Will, wireFault } from './wire/packets.ts'
import { connackFrame } from './wire/writer.ts'

/** What all connections share. */
export interface LinkDeps extends InboundDeps {
  readonly socket: SocketDeps
  readonly connecting: Connecting
  readonly clients: ClientList
  readonly wills: Wills
  readonly log: Log
  readonly meter: Meter
  /** How long a client may take until its CONNECT, ms. */
  readonly connectMs: number
  readonly isStopping: () => boolean
  /** Its end has begun to be handled; `error`: what ended it. */
  readonly ended: (link: ServedLink, error: Error | null) => void
}

/** A link as its acceptor knows it. */
export interface ServedLink extends Link {
  /** Null: it has sent no CONNECT that names one. */
  readonly client: Client | null
  /** Ends it if its client does not read, or acknowledges nothing. */
  check(now: number): void
}

/** How long a client whose queue is full may acknowledge nothing before it is disconnected. */
const stuckMs = 2000

/** A will is published later, so it needs a topic without wildcards [MQTT-3.3.2-2, MQTT-4.7.3-1]. */
const refuseWildWill = ({ will }: Connect): void => {
  if (will === null || (will.topic !== '' && !/[+#]/.test(will.topic))) return
  throw wireFault('bad_topic', 'MQTT-3.3.2-2', `sent a will for ${quoted(will.topic)}, which is not a valid topic`)
}

const errorOf = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

const endFor = (socket: ClientSocket, reason: string): void => socket.destroy(new Error(reason))

class ClientLink implements ServedLink, SocketUser, Listed {
  private readonly deps: LinkDeps
  private readonly channel: ByteChannel
  private readonly peer: Peer
  private readonly socket: ClientSocket
  readonly remote: string
  id = ''
  client: Client | null = null
  private session: Session | null = null
  private writer: SessionWriter | null = null
  private inbound: Inbound | null = null
  private will: Will | null = null
  /** Until CONNECT came, then of its keep-alive. */
  private timer: NodeJS.Timeout | null
  private isKeptAlive = false
  /** DISCONNECT was received. */
  private isOrderly = false
  private isListed = false
  private isGone = false
  private whenGone: (() => void)[] | null = null

  constructor(channel: ByteChannel, peer: Peer, deps: LinkDeps) {
    this.deps = deps
    this.channel = channel
    this.peer = peer
    this.remote = remoteName(channel.remoteAddress, channel.remotePort)
    this.socket = createClientSocket(channel, this, deps.socket)
    this.timer = setTimeout(endFor, deps.connectMs, this.socket, 'connect did not arrive in time')
  }

  get closed(): boolean {
    return this.socket.destroyed
  }

  get host(): string {
    return urlHost(this.channel.localAddress ?? '')
  }

  get tlsHost(): string | null {
    return this.peer.tlsHost
  }

  get certificate(): string | null {
    return this.peer.certificate
  }

  get waiting(): number {
    return this.socket.writeBuffer.waiting
  }

  write(bytes: Buffer): void {
    this.socket.writeBuffer.write(bytes)
  }

  close(done?: () => void): void {
    if (done !== undefined) {
      if (this.isGone) done()
      else if (this.whenGone === null) this.whenGone = [done]
      else this.whenGone.push(done)
    }
    if (this.closed) return
    this.socket.destroy()
    // Before what the client's next connection does.
    this.endWill()
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  /** [MQTT-3.1.2-24] */
  private startKeepalive(seconds: number): void {
    if (seconds === 0) return
    this.isKeptAlive = true
    this.timer = setTimeout(endFor, seconds * 1500 + 1, this.socket, 'keep alive timeout')
  }

  connect(packet: Connect): void {
    this.stopTimer()
    this.deps.traffic.connections += 1
    refuseWildWill(packet)
    this.admit(packet).catch((error: unknown) => this.socket.destroy(errorOf(error)))
  }

  private async admit(packet: Connect): Promise<void> {
    const { connecting, isStopping } = this.deps
    const { client, sessionId, will, refusal: early } = connecting.identify(this, packet)
    this.client = client
    this.id = sessionId === '' ? `generated_${randomUUID()}` : sessionId
    const refusal = client === null || early !== null ? early : await connecting.admit(client, packet.password)
    if (this.closed || isStopping()) return
    if (refusal === null && client !== null) await this.begin(client, packet, will)
    else if (refusal !== null) this.refuse(refusal, packet)
  }

  private refuse(refusal: Refusal, { clientId, username }: Connect): void {
    const { notices, log } = this.deps
    const identity = this.client?.identity ?? null
    notices.refused(identity, this.remote, refusal, { clientId, user: username })
    // Also where warnings are folded.
    log.debug({ client: nameOf(identity), remote: this.remote, reason: refusal.text }, 'a connection ended')
    this.write(connackFrame(refusal.code, false))
    // [MQTT-3.2.2-5]
    this.socket.destroy()
  }

  /** The client is admitted: the end of an older connection of the session, the session, the will, CONNACK. */
  private async begin(client: Client, { clean, keepalive, level }: Connect, will: Will | null): Promise<void> {
    const { sessions, wills, clients } = this.deps
    this.startKeepalive(keepalive)
    // First: an older one must not stay connected with a session that this one ends.
    clients.register(this)
    this.isListed = true
    let isPresent = false
    if (clean) await sessions.discard(this.id)
    else isPresent = await sessions.resume(this.id)
    if (this.closed) return
    if (will !== null) {
      this.will = will
      await wills.put(this, will).catch((error: unknown) => {
        // The CONNECT is not accepted [MQTT-3.1.2-8].
        this.will = null
        throw error
      })
      if (this.closed) return
    }
    // MQTT 3.1 reserves the bit of `session present`.
    this.write(connackFrame(0, level !== 3 && isPresent))
    this.enter(client, clean)
  }

  /** Attaches the session to this connection; filters that the client may no longer subscribe are removed from it. */
  private join(client: Client, clean: boolean): Session {
    const { sessions, traffic } = this.deps
    this.writer = createSessionWriter(client, this.socket, traffic)
    const session = sessions.attach(this.id, clean, this.writer, ownerName(client.identity))
    this.session = session
    client.session = session
    const lost = [...session.filters.keys()].filter((filter) => !client.rights.subscribe(filter))
    if (lost.length > 0) sessions.unsubscribe(session, lost, () => undefined)
    return session
  }

  /** CONNACK was sent: handles what the client has sent since. */
  private enter(client: Client, clean: boolean): void {
    const { deps, socket } = this
    const { traffic } = deps
    const session = this.join(client, clean)
    this.inbound = createInbound(deps, { client, session, socket })
    traffic.clients += 1
    traffic.clientsMaximum = Math.max(traffic.clientsMaximum, traffic.clients)
    deps.meter.count('connects', client.identity.kind)
    deps.log.debug({ client: nameOf(client.identity), remote: this.remote, session: this.id }, 'connected')
    deps.deviceClients().ready(client)
    deps.feed.refill(session)
    socket.resume()
  }

  handle(packet: DataPacket): void {
    this.inbound?.handle(packet)
  }

  rest(): void {
    this.inbound?.rest()
  }

  disconnect(): void {
    this.isOrderly = true
    const { will } = this
    this.will = null
    if (will === null) this.socket.destroy()
    else this.deps.wills.drop(this, () => this.socket.destroy())
  }

  received(bytes: number, packets: number): void {
    const { traffic } = this.deps
    traffic.bytesReceived += bytes
    traffic.packetsReceived += packets
    if (this.isKeptAlive) this.timer?.refresh()
  }

  drained(): void {
    const { session, deps } = this
    if (session === null) return
    pump(deps.sessions.pool, session)
    deps.feed.refill(session)
  }

  tooSlow(waiting: number): void {
    this.deps.notices.tooSlow(this.client ?? undefined, this.remote, waiting)
    this.socket.destroy(Object.assign(new Error('the client does not read'), { name: 'TooSlow' }))
  }

  check(now: number): void {
    const { session, socket } = this
    socket.writeBuffer.check(now)
    if (session !== null && isStuck(session, now, stuckMs)) socket.writeBuffer.cut()
  }

  /** Its client left without DISCONNECT: publishes the will, unless its rights have changed or a DISCONNECT is among the packets that had to wait. */
  private endWill(): void {
    const { will, client, session, deps } = this
    if (will === null) return
    this.will = null
    const may = client?.rights.publish(will.topic) === 'pass' && !this.socket.hasUnhandledDisconnect()
    if (may) deps.wills.publish(this, will, () => undefined, session?.owner)
    else deps.wills.drop(this)
  }

  ended(error: Error | null): void {
    const { deps, client, session, writer } = this
    this.stopTimer()
    if (this.isListed) deps.clients.unregister(this)
    this.endWill()
    deps.ended(this, error)
    this.leave(error)
    if (session !== null && writer !== null) deps.sessions.detach(session, writer)
    if (client !== null) deps.deviceClients().left(client)
    this.isGone = true
    for (const then of this.whenGone ?? []) then()
  }

  /** A client that was connected is not any more. */
  private leave(error: Error | null): void {
    const { deps, client, inbound } = this
    if (inbound === null || client === null) return
    deps.traffic.clients -= 1
    const why = client.why ?? (this.isOrderly ? 'disconnect' : endReason(error, this.socket.endedByClient))
    deps.notices.ended(client, deps.isStopping() && why === 'taken_over' ? 'server_stop' : why)
  }
}

export const createLink = (channel: ByteChannel, peer: Peer, deps: LinkDeps): ServedLink => new ClientLink(channel, peer, deps)
