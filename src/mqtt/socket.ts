// One connection: a socket that the engine never sees. What comes is read strictly; CONNECT and DISCONNECT go on to the engine through a
// stream of its own, PINGREQ is answered here, all else goes to `handle`. What goes out leaves by the writeBuffer. Knows packets, no topics and no rights.

import { Duplex } from 'node:stream'
import { type Connect, isWireFault, type Packet } from './wire/packets.ts'
import { createReader, type ReaderLimits } from './wire/reader.ts'
import { connackFrame, pingresp } from './wire/writer.ts'
import { createWriteBuffer, type WriteBuffer, type WriteBufferDeps } from './write-buffer.ts'

export type DataPacket = Exclude<Packet, { readonly cmd: 'connect' | 'pingreq' | 'disconnect' }>

export interface ClientSocketDeps extends Pick<WriteBufferDeps, 'now' | 'defer' | 'sent'> {
  readonly raw: Duplex
  readonly limits: ReaderLimits
  /** CONNECT, as it was read; its bytes are the engine's next. */
  readonly connect: (connect: Connect) => void
  /** Packets between CONNACK and the end, in their order. */
  readonly handle: (packet: DataPacket) => void
  /** DISCONNECT; `done` lets the engine have it. */
  readonly disconnect: (done: () => void) => void
  /** All packets of what was read in one go are handled. */
  readonly rest: () => void
  readonly received: (bytes: number, packets: number) => void
  readonly drained: () => void
  readonly tooSlow: (waiting: number) => void
}

export interface ClientSocket {
  /** What the engine is given: its client reads and writes here. It closes with the socket, and the socket with it. */
  readonly stream: Duplex
  readonly writeBuffer: WriteBuffer
  /** Packets are held from now on until `resume`, and the socket is read no further. */
  hold(): void
  resume(): void
  /** Whether the other side closed it. */
  ended(): boolean
  /** Asked when it is over: whether a DISCONNECT lies in what came of it and could not be handled any more. */
  leftUnheard(): boolean
}

/** A client that waits for nothing, or reads nothing, must not fill the memory meanwhile. */
const maxHeldBytes = 65_536
const highBytes = 262_144
const stallMs = 20_000
const overrunMs = 2000
/** What is left to say may take so long once the connection is over. */
const farewellMs = 2000

/** A client that is cut is read for so many turns more: a few MB at most, of which nothing is kept. */
const lookTurns = 5

const afterTurns = (turns: number, then: () => void): void => {
  if (turns === 0) then()
  else setImmediate(afterTurns, turns - 1, then)
}

/** Sends what is left. What still comes is read and dropped, so that the other side's end is seen. */
const farewell = (raw: Duplex): void => {
  raw.removeAllListeners('data')
  raw.resume()
  raw.end()
  const last = setTimeout(() => raw.destroy(), farewellMs)
  raw.once('close', () => clearTimeout(last))
}

/** The engine's side: it reads what is pushed, what it writes goes out, and its end is the socket's. */
const createStream = (raw: Duplex, writeBuffer: WriteBuffer): Duplex =>
  new Duplex({
    // What is written here is taken at once; writeBuffer.ts has the bounds.
    writableHighWaterMark: Number.MAX_SAFE_INTEGER,
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      writeBuffer.write(chunk)
      done()
    },
    destroy(error, done) {
      writeBuffer.flush()
      // One that does not read would not read a farewell either.
      if (error?.name === 'TooSlow') raw.destroy()
      else farewell(raw)
      done(error)
    },
  })

/** SocketAccess the connection; a client that asks for what is not spoken here is told so first [MQTT-3.1.2-2]. */
const failOn = (stream: Duplex, writeBuffer: WriteBuffer, error: unknown): void => {
  if (isWireFault(error) && error.returnCode !== null) writeBuffer.write(connackFrame(error.returnCode, false))
  stream.destroy(error instanceof Error ? error : new Error(String(error)))
}

/** What came and is not handled yet, in its order. */
const createUnheard = (limits: ReaderLimits) => {
  const reader = createReader(limits)
  let ahead: Packet | null = null
  let hasDisconnect = false
  const take = (): Packet | null => {
    const packet = ahead ?? reader.next()
    ahead = null
    return packet
  }
  const unheard = {
    push(chunk: Buffer): void {
      reader.push(chunk)
      if (unheard.isOver) unheard.giveUp()
    },
    /** But for one packet that was looked at. */
    get bytes() {
      return reader.buffered
    },
    get isEmpty() {
      return ahead === null && reader.buffered === 0
    },
    /** It was given up: no packet is given any more. */
    isOver: false,
    /** The next packet that may be given. DISCONNECT is not answered: a client need not read for it to be heard [MQTT-3.14.4-3]. */
    next(mayAnswer: boolean): Packet | null {
      if (unheard.isOver) return null
      const packet = take()
      if (mayAnswer || packet?.cmd === 'disconnect') return packet
      ahead = packet
      return null
    },
    /** Drops it, and what comes of it later; whether a DISCONNECT was there. Behind a breach nothing counts. */
    giveUp(): boolean {
      unheard.isOver = true
      try {
        for (let packet = take(); packet !== null; packet = take()) hasDisconnect ||= packet.cmd === 'disconnect'
      } catch {
        // A breach: what comes behind it is dropped by the reader.
      }
      return hasDisconnect
    },
  }
  return unheard
}

/** The packets of what is read, each in its turn; a hold stops them. */
const createReading = (deps: ClientSocketDeps, stream: Duplex, writeBuffer: WriteBuffer) => {
  const { raw, handle, rest, received } = deps
  const unheard = createUnheard(deps.limits)
  let holds = 0
  let running = false
  /** What a client asks that does not read its answers waits too: they would fill the memory. */
  const waits = (): boolean => holds > 0 || writeBuffer.congested
  let over = false
  let leaving = false

  /** Nothing may come behind it [MQTT-3.14.4-1]. */
  const disconnect = (frame: Buffer): void => {
    holds += 1
    leaving = true
    rest()
    deps.disconnect(() => {
      stream.push(frame)
      if (over) stream.destroy()
    })
  }

  const give = (packet: Packet): void => {
    if (packet.cmd === 'connect') {
      // A client may send on behind CONNECT [MQTT-3.1.4-5]: that waits for CONNACK.
      holds += 1
      deps.connect(packet)
      stream.push(packet.frame)
    } else if ('frame' in packet) {
      if (packet.cmd === 'disconnect') disconnect(packet.frame)
      // At once: what comes behind it may end the connection [MQTT-3.12.4-1].
      else writeBuffer.write(pingresp)
    } else handle(packet)
  }

  /** Gives packets while nothing holds them; how many. */
  const giveAll = (): number => {
    let packets = 0
    for (; holds === 0 && !stream.destroyed; packets++) {
      const packet = unheard.next(!writeBuffer.congested)
      if (packet === null) break
      give(packet)
    }
    return packets
  }

  const run = (): void => {
    if (running) return
    running = true
    try {
      received(0, giveAll())
      rest()
    } catch (error) {
      rest()
      failOn(stream, writeBuffer, error)
    } finally {
      running = false
    }
    if (waits() && unheard.bytes > maxHeldBytes) raw.pause()
  }

  const goOn = (): void => {
    // What is handled at once lets go while packets are still being given: they go on by themselves.
    if (running || holds > 0 || stream.destroyed) return
    run()
    if (over) endWhenDone()
    else if (!waits()) raw.resume()
  }

  /** What came before the end of the socket is handled, also where it waits: there may be a DISCONNECT in it [MQTT-3.14.4-3]. */
  const endWhenDone = (): void => {
    over = true
    // Whoever said DISCONNECT sees the end once that is on disk, and whoever is cut when that is due.
    if (!leaving && !unheard.isOver && (!waits() || unheard.isEmpty)) stream.destroy()
  }

  return {
    waits,
    /** The socket gives no more. */
    end: endWhenDone,
    read(chunk: Buffer): void {
      received(chunk.length, 0)
      unheard.push(chunk)
      run()
    },
    leftUnheard: unheard.giveUp,
    hold(): void {
      holds += 1
    },
    resume(): void {
      holds -= 1
      goOn()
    },
    /** The way out takes again what can wait. */
    drained: goOn,
  }
}

export const createClientSocket = (deps: ClientSocketDeps): ClientSocket => {
  const { raw } = deps
  const drained = (): void => {
    deps.drained()
    reading.drained()
  }
  // Whoever reads is alive as long as it is not read itself; else only what it sends counts [MQTT-3.1.2-24].
  const progress = (): void => {
    if (reading.waits()) deps.received(0, 0)
  }
  /** It is cut, after a look at what the system still has of what it said. */
  const tooSlow = (waiting: number): void => {
    reading.leftUnheard()
    raw.resume()
    afterTurns(lookTurns, () => deps.tooSlow(waiting))
  }
  const writeBuffer = createWriteBuffer({ ...deps, drained, progress, tooSlow, limits: { highBytes, stallMs, overrunMs } })
  const stream = createStream(raw, writeBuffer)
  const reading = createReading(deps, stream, writeBuffer)
  const { read, end, hold, resume, leftUnheard } = reading
  let ended = false
  const endedByClient = (): void => {
    ended ||= !stream.destroyed
    end()
  }
  raw.on('data', read)
  raw.on('end', endedByClient)
  raw.on('close', endedByClient)
  raw.on('error', (error) => stream.destroy(error))
  return { stream, writeBuffer, hold, resume, leftUnheard, ended: () => ended }
}
