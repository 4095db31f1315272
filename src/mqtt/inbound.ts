// Passes each packet between CONNACK and the end to the part that handles it, and stops reading while too many acknowledgements are
// pending. Decides nothing else.

import { type Acknowledgement, type AckSink, type Acks, createAcks } from './acks.ts'
import type { Client, Entered } from './client.ts'
import { createPublishing, type Publishing, type PublishingDeps } from './publishing.ts'
import { acknowledge } from './sessions/delivery.ts'
import type { Session } from './sessions/session.ts'
import type { ClientSocket, DataPacket } from './socket.ts'
import { type SubscribingDeps, subscribe, unsubscribe } from './subscribing.ts'

/** What all connections share. */
export interface InboundDeps extends PublishingDeps, SubscribingDeps {}

export interface Inbound {
  handle(packet: DataPacket): void
  /** Everything of one read is handled: its reports go to the core together. */
  rest(): void
}

/** With more pending acknowledgements than this the connection is not read further. */
const maxPending = 500

class ClientPackets implements Inbound, AckSink, Entered {
  private readonly deps: InboundDeps
  readonly client: Client
  readonly session: Session
  readonly socket: ClientSocket
  private readonly acks: Acks
  private readonly publishing: Publishing
  private isHeld = false

  constructor(deps: InboundDeps, { client, session, socket }: Entered) {
    this.deps = deps
    this.client = client
    this.session = session
    this.socket = socket
    this.acks = createAcks(this)
    this.publishing = createPublishing(deps, this, this.acks)
  }

  acknowledge({ bytes, count }: Acknowledgement): void {
    const { socket } = this
    socket.writeBuffer.write(bytes, count)
    if (!this.isHeld || this.acks.pending > maxPending / 2) return
    this.isHeld = false
    socket.resume()
  }

  rest(): void {
    this.publishing.flush()
  }

  handle(packet: DataPacket): void {
    const { deps, publishing } = this
    if (packet.cmd === 'publish') {
      publishing.publish(packet)
      if (this.isHeld || this.acks.pending <= maxPending) return
      this.isHeld = true
      this.socket.hold()
      return
    }
    publishing.flush()
    if (packet.cmd === 'subscribe') subscribe(deps, this, packet)
    else if (packet.cmd === 'unsubscribe') unsubscribe(deps, this, packet)
    else if (packet.cmd === 'pubrel') publishing.released(packet.id)
    else {
      acknowledge(deps.sessions.pool, this.session, packet.cmd, packet.id)
      deps.feed.refill(this.session)
    }
  }
}

export const createInbound = (deps: InboundDeps, entered: Entered): Inbound => new ClientPackets(deps, entered)
