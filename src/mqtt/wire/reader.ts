// Reads what one client sends: bytes in, packets out, or the one fault that ends it. As strict as the standard. Pure: knows no sockets,
// no sessions, no rights.

import { byteAt, idAt } from './fields.ts'
import type { Ack, Packet } from './packets.ts'
import { readConnect } from './reader-connect.ts'
import { createFrames, type FrameRules, type Frames } from './reader-frames.ts'
import { checkFirst, checkSize, types } from './reader-head.ts'
import { type KnownTopics, readPublish } from './reader-publish.ts'
import { readSubscribe, readUnsubscribe } from './reader-subscribe.ts'

/** How large a whole packet may be, bytes; called for each packet. */
export interface ReaderLimits {
  /** For the first packet. */
  readonly connectBytes: () => number
  /** For all later ones. */
  readonly packetBytes: () => number
}

export interface Reader {
  /** Takes bytes; they must not be changed afterwards. After a fault they are dropped. */
  push(chunk: Buffer): void
  /** The next packet; null: more bytes are needed. Throws a `WireFault` after the packets before it were returned, and at every later call. */
  next(): Packet | null
  /** Bytes that were pushed and not returned yet. */
  readonly buffered: number
}

const readAck = (cmd: Ack['cmd'], bytes: Buffer, body: number, end: number): Ack => ({ cmd, id: idAt(bytes, body, end) })

/** The reader of one connection from its first byte on: reads packets whose fixed headers were checked. */
class PacketReader implements Reader, FrameRules<Packet> {
  /** Null: none was published yet. */
  private known: KnownTopics | null = null
  private frames: Frames<Packet> | null = createFrames<Packet>(this)
  private level = 0
  private fault: { readonly error: unknown } | null = null
  private readonly limits: ReaderLimits

  constructor(limits: ReaderLimits) {
    this.limits = limits
  }

  first(first: number): void {
    checkFirst(first, this.level)
  }

  size(first: number, length: number, whole: number): void {
    const { level, limits } = this
    checkSize(first, length, whole, level === 0 ? limits.connectBytes() : limits.packetBytes())
  }

  read(bytes: Buffer, at: number, body: number, end: number): Packet {
    switch (byteAt(bytes, at) >> 4) {
      case types.publish:
        this.known ??= []
        return readPublish(this.known, bytes, at, body, end)
      case types.puback:
        return readAck('puback', bytes, body, end)
      case types.pubrec:
        return readAck('pubrec', bytes, body, end)
      case types.pubrel:
        return readAck('pubrel', bytes, body, end)
      case types.pubcomp:
        return readAck('pubcomp', bytes, body, end)
      case types.subscribe:
        return readSubscribe(bytes, body, end)
      case types.unsubscribe:
        return readUnsubscribe(bytes, body, end)
      case types.pingreq:
        return { cmd: 'pingreq' }
      case types.disconnect:
        return { cmd: 'disconnect' }
      default:
        return this.connect(bytes, at, body, end)
    }
  }

  private connect(bytes: Buffer, at: number, body: number, end: number): Packet {
    const packet = readConnect(bytes, at, body, end)
    this.level = packet.level
    return packet
  }

  push(chunk: Buffer): void {
    this.frames?.push(chunk)
  }

  next(): Packet | null {
    if (this.fault !== null) throw this.fault.error
    try {
      return this.frames?.next() ?? null
    } catch (error) {
      this.fault = { error }
      this.frames = null
      throw error
    }
  }

  get buffered(): number {
    return this.frames?.buffered ?? 0
  }
}

export const createReader = (limits: ReaderLimits): Reader => new PacketReader(limits)
