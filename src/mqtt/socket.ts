// A client's socket, which the engine never sees. Packets are read strictly; CONNECT and DISCONNECT are passed to the engine through a stream of
// its own, PINGREQ is answered here, the rest goes to `handle`. Everything is sent through the write buffer. Knows packets, no topics and no rights.

import type { Duplex } from 'node:stream'
import { createEngineStream, type EngineStream } from './engine-stream.ts'
import type { Portions } from './portions.ts'
import { type Connect, isWireFault, type Packet } from './wire/packets.ts'
import { createReader, type Reader, type ReaderLimits } from './wire/reader.ts'
import { connackFrame, pingresp } from './wire/writer.ts'
import { createWriteBuffer, type WriteBuffer, type WriteBufferDeps } from './write-buffer.ts'

export type DataPacket = Exclude<Packet, { readonly cmd: 'connect' | 'pingreq' | 'disconnect' }>

export interface ClientSocketDeps extends Pick<WriteBufferDeps, 'now' | 'defer' | 'sent'> {
  /** The client's bytes: a TCP, TLS or WebSocket stream. */
  readonly raw: Duplex
  readonly limits: ReaderLimits
  /** CONNECT, before the engine gets its bytes. */
  readonly connect: (connect: Connect) => void
  /** Packets between CONNACK and the end, in order. */
  readonly handle: (packet: DataPacket) => void
  /** DISCONNECT; `done` passes it to the engine. */
  readonly disconnect: (done: () => void) => void
  /** All packets of one read are handled. */
  readonly rest: () => void
  readonly received: (bytes: number, packets: number) => void
  readonly drained: () => void
  readonly tooSlow: (waiting: number) => void
  /** Handles the end of the client's side, at once or soon. */
  readonly portion: Portions
}

export interface ClientSocket {
  /** The engine's side: its client reads and writes here. It closes with the socket, and the socket with it. */
  readonly stream: Duplex
  readonly writeBuffer: WriteBuffer
  /** Packets are held until `resume`, and the socket is not read further. */
  hold(): void
  resume(): void
  /** Whether the client closed it. */
  ended(): boolean
  /** Called at the end, and drops what is not handled yet: whether a DISCONNECT was among it. */
  hasUnhandledDisconnect(): boolean
}

/** Bounds of what is held for a client that sends without waiting for answers, or does not read them. */
const maxHeldBytes = 65_536
const writeLimits = { highBytes: 262_144, stallMs: 20_000, overrunMs: 2000 }

/** A client that is too slow is read for this many turns more, a few MB at most, which are only searched for a DISCONNECT. */
const lastReadTurns = 5

const afterTurns = (turns: number, then: () => void): void => {
  if (turns === 0) then()
  else setImmediate(afterTurns, turns - 1, then)
}

/** Ends the connection; a client that asks for an unsupported protocol level gets CONNACK 1 first [MQTT-3.1.2-2]. */
const failOn = (stream: Duplex, writeBuffer: WriteBuffer, error: unknown): void => {
  if (isWireFault(error) && error.returnCode !== null) writeBuffer.write(connackFrame(error.returnCode, false))
  stream.destroy(error instanceof Error ? error : new Error(String(error)))
}

/** Packets that were received and not handled yet, in order. */
class Unhandled {
  private readonly reader: Reader
  private ahead: Packet | null = null
  private hasDisconnect = false
  /** No packet is returned any more. */
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

  /** Without a packet that was read ahead. */
  get bytes(): number {
    return this.reader.buffered
  }

  get isEmpty(): boolean {
    return this.ahead === null && this.reader.buffered === 0
  }

  /** The next packet that may be handled. DISCONNECT has no answer: it is handled even if the client reads nothing [MQTT-3.14.4-3]. */
  next(mayAnswer: boolean): Packet | null {
    if (this.isOver) return null
    const packet = this.take()
    if (mayAnswer || packet?.cmd === 'disconnect') return packet
    this.ahead = packet
    return null
  }

  /** Drops all of it, and what still arrives; returns whether a DISCONNECT was among it. Nothing counts after a violation of the protocol. */
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

/** Handles the packets that are read, one after the other; a hold stops it. */
const createReading = (deps: ClientSocketDeps, { stream, ...engine }: EngineStream, writeBuffer: WriteBuffer) => {
  const { raw, handle, rest, received } = deps
  const unhandled = new Unhandled(deps.limits)
  let holds = 0
  let running = false
  /** Requests of a client that does not read its answers wait too: the answers would fill the memory. */
  const waits = (): boolean => holds > 0 || writeBuffer.congested
  let over = false
  let leaving = false

  /** Nothing may follow it [MQTT-3.14.4-1]. */
  const disconnect = (): void => {
    holds += 1
    leaving = true
    rest()
    deps.disconnect(() => {
      engine.disconnect()
      if (over) stream.destroy()
    })
  }

  const handlePacket = (packet: Packet): void => {
    if (packet.cmd === 'connect') {
      // A client may send more after CONNECT [MQTT-3.1.4-5]: that waits for CONNACK.
      holds += 1
      deps.connect(packet)
      engine.connect(packet)
    } else if (packet.cmd === 'disconnect') disconnect()
    // At once, since the next packet may end the connection [MQTT-3.12.4-1].
    else if (packet.cmd === 'pingreq') writeBuffer.write(pingresp)
    else handle(packet)
  }

  /** Handles packets while nothing holds them; returns how many. */
  const handleAll = (): number => {
    let packets = 0
    for (; holds === 0 && !stream.destroyed; packets++) {
      const packet = unhandled.next(!writeBuffer.congested)
      if (packet === null) break
      handlePacket(packet)
    }
    return packets
  }

  const run = (): void => {
    if (running) return
    running = true
    try {
      received(0, handleAll())
      rest()
    } catch (error) {
      rest()
      failOn(stream, writeBuffer, error)
    } finally {
      running = false
    }
    if (waits() && unhandled.bytes > maxHeldBytes) raw.pause()
  }

  const continueReading = (): void => {
    // Called while packets are being handled: that loop continues by itself.
    if (running || holds > 0 || stream.destroyed) return
    run()
    if (over) endWhenDone()
    else if (!waits()) raw.resume()
  }

  /** What came before the end of the socket is still handled, even if it has to wait: a DISCONNECT may be in it [MQTT-3.14.4-3]. */
  const endWhenDone = (): void => {
    over = true
    // After DISCONNECT the connection ends once that is on disk; one that is too slow, when its last turns are over.
    if (!leaving && !unhandled.isOver && (!waits() || unhandled.isEmpty)) stream.destroy()
  }

  return {
    waits,
    /** The socket has ended. */
    end: endWhenDone,
    read(chunk: Buffer): void {
      received(chunk.length, 0)
      unhandled.push(chunk)
      run()
    },
    giveUp: () => unhandled.giveUp(),
    hold(): void {
      holds += 1
    },
    resume(): void {
      holds -= 1
      continueReading()
    },
    /** The write buffer has room again. */
    drained: continueReading,
  }
}

export const createClientSocket = (deps: ClientSocketDeps): ClientSocket => {
  const { raw } = deps
  const drained = (): void => {
    deps.drained()
    reading.drained()
  }
  // While the server does not read the client, its reading shows that it is alive; otherwise only what it sends counts [MQTT-3.1.2-24].
  const progress = (): void => {
    if (reading.waits()) deps.received(0, 0)
  }
  /** Ends it, after reading what the system still holds of its packets. */
  const tooSlow = (waiting: number): void => {
    reading.giveUp()
    raw.resume()
    afterTurns(lastReadTurns, () => deps.tooSlow(waiting))
  }
  const { now, sent, defer } = deps
  const writeBuffer = createWriteBuffer({ raw, limits: writeLimits, now, drained, progress, tooSlow, sent, defer })
  const engine = createEngineStream(raw, writeBuffer)
  const { stream } = engine
  const reading = createReading(deps, engine, writeBuffer)
  const { read, end, hold, resume, giveUp } = reading
  let ended = false
  let failed = false
  const endedByClient = (): void => {
    if (failed || stream.destroyed) return
    ended = true
    deps.portion(end)
  }
  raw.on('data', read)
  raw.on('end', endedByClient)
  raw.on('close', endedByClient)
  raw.on('error', (error) => {
    failed = true
    deps.portion(() => stream.destroy(error))
  })
  return { stream, writeBuffer, hold, resume, hasUnhandledDisconnect: giveUp, ended: () => ended }
}
