// Packets of one client that were received and not handled yet, in order: some wait for the server, or for the client to read its answers.

import type { Packet } from './wire/packets.ts'
import { createReader, type Reader, type ReaderLimits } from './wire/reader.ts'

export interface Unhandled {
  push(chunk: Buffer): void
  /** The next packet that may be handled. DISCONNECT has no answer: it is handled even if the client reads nothing [MQTT-3.14.4-3]. */
  next(mayAnswer: boolean): Packet | null
  /** Drops all of it, and what still arrives; returns whether a DISCONNECT was among it. Nothing counts after a violation of the protocol. */
  giveUp(): boolean
  /** No packet is returned any more. */
  readonly isOver: boolean
  /** Without a packet that was read ahead. */
  readonly bytes: number
  readonly isEmpty: boolean
}

class UnhandledPackets implements Unhandled {
  private readonly reader: Reader
  private ahead: Packet | null = null
  private hasDisconnect = false
  isOver = false

  constructor(limits: ReaderLimits) {
    this.reader = createReader(limits)
  }

  private take(): Packet | null {
    const packet = this.ahead ?? this.reader.next()
    this.ahead = null
    return packet
  }

  push(chunk: Buffer): void {
    this.reader.push(chunk)
    if (this.isOver) this.giveUp()
  }

  get bytes(): number {
    return this.reader.buffered
  }

  get isEmpty(): boolean {
    return this.ahead === null && this.reader.buffered === 0
  }

  next(mayAnswer: boolean): Packet | null {
    if (this.isOver) return null
    const packet = this.take()
    if (mayAnswer || packet?.cmd === 'disconnect') return packet
    this.ahead = packet
    return null
  }

  giveUp(): boolean {
    this.isOver = true
    try {
      for (let packet = this.take(); packet !== null; packet = this.take()) this.hasDisconnect ||= packet.cmd === 'disconnect'
    } catch {
      // A violation of the protocol: the reader drops what follows.
    }
    return this.hasDisconnect
  }
}

export const createUnhandled = (limits: ReaderLimits): Unhandled => new UnhandledPackets(limits)
