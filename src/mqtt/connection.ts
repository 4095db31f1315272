// What stands between a socket and the engine. Now: packets that are too large are refused by their fixed header, before
// a byte of them is kept, and what comes behind CONNECT waits for CONNACK. Knows frames [MQTT-2.2.3], no packets.
// It interposes itself in `read`, which is how the engine takes bytes: nothing is copied and no second buffer grows.

import type { Duplex } from 'node:stream'

export interface Connection {
  /** The CONNACK is out: what the client sent behind its CONNECT may be read now. */
  release(): void
}

/** A client broke the rules of the wire; the message says how. */
export const isWireFault = (error: unknown): boolean => error instanceof Error && error.name === 'WireFault'

const wireFault = (text: string): Error => Object.assign(new Error(text), { name: 'WireFault' })

const maxLengthBytes = 4

/** Follows the frames in a stream of bytes. `walk` gives where the first packet that ends in `bytes` ends, or -1; it stops there if `stop` is set. */
const createFrames = (maxPacketBytes: () => number) => {
  let body = 0
  let lengthBytes = -1
  let length = 0

  const header = (byte: number): boolean => {
    if (lengthBytes < 0) {
      lengthBytes = 0
      length = 0
      return false
    }
    length += (byte & 127) * 128 ** lengthBytes
    lengthBytes += 1
    if (byte >= 128 && lengthBytes === maxLengthBytes) throw wireFault('sent a packet length of more than four bytes')
    if (byte >= 128) return false
    const whole = 1 + lengthBytes + length
    if (whole > maxPacketBytes()) throw wireFault(`announced a packet of ${whole} bytes; mqtt.maxPacketBytes allows ${maxPacketBytes()}`)
    lengthBytes = -1
    body = length
    return true
  }

  return {
    walk(bytes: Uint8Array, stop: boolean): number {
      let at = 0
      while (at < bytes.length) {
        if (body > 0) {
          const taken = Math.min(body, bytes.length - at)
          body -= taken
          at += taken
        } else if (!header(bytes[at++] ?? 0)) continue
        if (body === 0 && stop) return at
      }
      return -1
    },
  }
}

/** Puts the layer on a socket that nobody has read from yet. A breach destroys the socket with an error that says it. */
export const guardConnection = (socket: Duplex, maxPacketBytes: () => number): Connection => {
  const read: (size?: number) => unknown = socket.read.bind(socket)
  const frames = createFrames(maxPacketBytes)
  let state: 'first' | 'held' | 'open' = 'first'

  const take = (bytes: Buffer): Buffer => {
    const end = frames.walk(bytes, state === 'first')
    if (end < 0) return bytes
    // A client may send on behind CONNECT [MQTT-3.1.4-5]; handled before CONNACK its packets would overtake each other.
    state = 'held'
    if (end < bytes.length) socket.unshift(bytes.subarray(end))
    return bytes.subarray(0, end)
  }

  socket.read = (size?: number): Buffer | null => {
    // The stream's own way of asking for more: it takes nothing out, and what it was given here would be lost.
    if (size === 0) {
      read(0)
      return null
    }
    const bytes = state === 'held' ? null : read()
    if (!Buffer.isBuffer(bytes)) return null
    try {
      return take(bytes)
    } catch (error) {
      socket.destroy(error instanceof Error ? error : wireFault(String(error)))
      return null
    }
  }
  return {
    release() {
      if (state === 'held') state = 'open'
    },
  }
}
