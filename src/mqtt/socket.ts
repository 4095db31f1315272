// A client's socket: packets are read strictly and passed on one after the other, PINGREQ is answered here, and everything is sent through
// the write buffer. Knows packets, no topics, no sessions and no rights.

import type { ByteChannel, ChannelUser } from '../tcp/channel.ts'
import type { Portions } from './portions.ts'
import { createUnhandled, type Unhandled } from './unhandled.ts'
import { type Connect, isWireFault, type Packet } from './wire/packets.ts'
import type { ReaderLimits } from './wire/reader.ts'
import { connackFrame, pingresp } from './wire/writer.ts'
import { createWriteBuffer, type WriteBuffer, type WriteBufferDeps, type WriteBufferOwner } from './write-buffer.ts'

export type DataPacket = Exclude<Packet, { readonly cmd: 'connect' | 'pingreq' | 'disconnect' }>

/** What all sockets of a broker share. */
export interface SocketDeps {
  readonly output: WriteBufferDeps
  readonly limits: ReaderLimits
  /** Handles the end of the client's side, at once or soon. */
  readonly portion: Portions
  /** Handles the ends of this turn together, when what is running has returned. */
  readonly afterwards: (job: () => void) => void
}

/** What becomes of a client's packets. What it throws ends the connection. */
export interface SocketUser {
  /** Later packets wait for `resume`. */
  connect(packet: Connect): void
  /** Packets between CONNACK and the end, in order. */
  handle(packet: DataPacket): void
  /** DISCONNECT: nothing after it is handled, and the user destroys the socket. */
  disconnect(): void
  /** All packets of one read are handled. */
  rest(): void
  received(bytes: number, packets: number): void
  /** The write buffer has room again. */
  drained(): void
  /** The client does not read: the user destroys the socket. */
  tooSlow(waiting: number): void
  /** It was destroyed, with this error. Called once, not before what destroyed it has returned. */
  ended(error: Error | null): void
}

export interface ClientSocket {
  readonly writeBuffer: WriteBuffer
  /** Nothing is handled any more. */
  readonly destroyed: boolean
  /** Whether the client closed it. */
  readonly endedByClient: boolean
  /** Packets are held until `resume`, and the socket is not read further. */
  hold(): void
  resume(): void
  /** Ends the connection, after sending what was written. */
  destroy(error?: Error | null): void
  /** Called at the end, and drops what is not handled yet: whether a DISCONNECT was among it. */
  hasUnhandledDisconnect(): boolean
}

/** Bound of what is held for a client that sends without waiting for answers, or does not read them. */
const maxHeldBytes = 65_536

/** A client that is too slow is read for this many turns more, a few MB at most, which are only searched for a DISCONNECT. */
const lastReadTurns = 5

/** After the end of a connection, the rest of its output may take this long. */
const closingMs = 2000

const afterTurns = (turns: number, then: () => void): void => {
  if (turns === 0) then()
  else setImmediate(afterTurns, turns - 1, then)
}

class PacketSocket implements ClientSocket, ChannelUser, WriteBufferOwner {
  private readonly raw: ByteChannel
  private readonly user: SocketUser
  private readonly deps: SocketDeps
  private readonly unhandled: Unhandled
  readonly writeBuffer: WriteBuffer
  private holds = 0
  private isRunning = false
  /** The client's side has ended. */
  private isOver = false
  private isLeaving = false
  private hasFailed = false
  endedByClient = false
  destroyed = false

  constructor(raw: ByteChannel, user: SocketUser, deps: SocketDeps) {
    this.raw = raw
    this.user = user
    this.deps = deps
    this.unhandled = createUnhandled(deps.limits)
    this.writeBuffer = createWriteBuffer(raw, this, deps.output)
    raw.open(this)
  }

  /** Requests of a client that does not read its answers wait too: the answers would fill the memory. */
  private get waits(): boolean {
    return this.holds > 0 || this.writeBuffer.congested
  }

  read(chunk: Buffer): void {
    this.user.received(chunk.length, 0)
    this.unhandled.push(chunk)
    this.run()
  }

  ended(): void {
    if (this.hasFailed || this.destroyed || this.endedByClient) return
    this.endedByClient = true
    this.deps.portion(() => this.endWhenDone())
  }

  failed(error: Error): void {
    this.hasFailed = true
    this.deps.portion(() => this.destroy(error))
  }

  private handlePacket(packet: Packet): void {
    const { user } = this
    if (packet.cmd === 'connect') {
      // A client may send more after CONNECT [MQTT-3.1.4-5]: that waits for CONNACK.
      this.holds += 1
      user.connect(packet)
    } else if (packet.cmd === 'disconnect') {
      // Nothing may follow it [MQTT-3.14.4-1].
      this.holds += 1
      this.isLeaving = true
      user.rest()
      user.disconnect()
    } else if (packet.cmd === 'pingreq') {
      // At once, since the next packet may end the connection [MQTT-3.12.4-1].
      this.writeBuffer.write(pingresp)
    } else user.handle(packet)
  }

  /** Handles packets while nothing holds them; returns how many. */
  private handleAll(): number {
    let packets = 0
    for (; this.holds === 0 && !this.destroyed; packets++) {
      const packet = this.unhandled.next(!this.writeBuffer.congested)
      if (packet === null) break
      this.handlePacket(packet)
    }
    return packets
  }

  /** Handles the packets that are read, one after the other; a hold stops it. */
  private run(): void {
    if (this.isRunning) return
    this.isRunning = true
    const { user } = this
    try {
      user.received(0, this.handleAll())
      user.rest()
    } catch (error) {
      user.rest()
      // A client that asks for an unsupported protocol level gets CONNACK 1 first [MQTT-3.1.2-2].
      if (isWireFault(error) && error.returnCode !== null) this.writeBuffer.write(connackFrame(error.returnCode, false))
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.isRunning = false
    }
    if (this.waits && this.unhandled.bytes > maxHeldBytes) this.raw.pause()
  }

  private continueReading(): void {
    // Called while packets are being handled: that loop continues by itself.
    if (this.isRunning || this.holds > 0 || this.destroyed) return
    this.run()
    if (this.isOver) this.endWhenDone()
    else if (!this.waits) this.raw.resume()
  }

  /** What came before the end of the socket is still handled, even if it has to wait: a DISCONNECT may be in it [MQTT-3.14.4-3]. */
  private endWhenDone(): void {
    this.isOver = true
    // After DISCONNECT the connection ends once that is on disk; one that is too slow, when its last turns are over.
    if (!this.isLeaving && !this.unhandled.isOver && (!this.waits || this.unhandled.isEmpty)) this.destroy()
  }

  hold(): void {
    this.holds += 1
  }

  resume(): void {
    this.holds -= 1
    this.continueReading()
  }

  destroy(error: Error | null = null): void {
    if (this.destroyed) return
    this.destroyed = true
    this.writeBuffer.flush()
    // One that does not read would not read the rest either.
    if (error?.name === 'TooSlow') this.raw.destroy()
    else this.raw.end(closingMs)
    this.deps.afterwards(() => this.user.ended(error))
  }

  hasUnhandledDisconnect(): boolean {
    return this.unhandled.giveUp()
  }

  taken(bytes: number): void {
    this.writeBuffer.took(bytes)
  }

  drained(): void {
    this.user.drained()
    this.continueReading()
  }

  /** While the server does not read the client, its reading shows that it is alive; otherwise only what it sends counts [MQTT-3.1.2-24]. */
  progress(): void {
    if (this.waits) this.user.received(0, 0)
  }

  /** Ends it, after reading what the system still holds of its packets. */
  tooSlow(waiting: number): void {
    this.unhandled.giveUp()
    this.raw.resume()
    afterTurns(lastReadTurns, () => this.user.tooSlow(waiting))
  }
}

/** `raw`: the client's bytes, over TCP, TLS or WebSocket. */
export const createClientSocket = (raw: ByteChannel, user: SocketUser, deps: SocketDeps): ClientSocket => new PacketSocket(raw, user, deps)
