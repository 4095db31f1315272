// Reads what one client sends: bytes in, packets out, or the one fault that ends it. As strict as the standard. Pure: knows no sockets,
// no sessions, no rights.

import { byteAt, idAt } from './fields.ts'
import type { Ack, Packet } from './packets.ts'
import { readConnect } from './reader-connect.ts'
import { createFrames, type Frames } from './reader-frames.ts'
import { checkFirst, checkSize, types } from './reader-head.ts'
import { createPublishReader } from './reader-publish.ts'
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

/** A reader of packets whose fixed headers were checked. */
const createPacketReader = () => {
  const readPublish = createPublishReader()
  return (bytes: Buffer, at: number, body: number, end: number): Packet => {
    switch (byteAt(bytes, at) >> 4) {
      case types.publish:
        return readPublish(bytes, at, body, end)
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
        return readConnect(bytes, at, body, end)
    }
  }
}

/** The reader of one connection from its first byte on. */
export const createReader = (limits: ReaderLimits): Reader => {
  const read = createPacketReader()
  let level = 0
  let fault: { readonly error: unknown } | null = null

  let frames: Frames<Packet> | null = createFrames<Packet>({
    first: (first) => checkFirst(first, level),
    size: (first, length, whole) => checkSize(first, length, whole, level === 0 ? limits.connectBytes() : limits.packetBytes()),
    read(bytes, at, body, end) {
      const packet = read(bytes, at, body, end)
      if (packet.cmd === 'connect') level = packet.level
      return packet
    },
  })

  return {
    push(chunk) {
      frames?.push(chunk)
    },

    next() {
      if (fault !== null) throw fault.error
      try {
        return frames?.next() ?? null
      } catch (error) {
        fault = { error }
        frames = null
        throw error
      }
    },

    get buffered() {
      return frames?.buffered ?? 0
    },
  }
}
