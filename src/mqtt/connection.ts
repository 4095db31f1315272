// One connection: a socket that the engine never sees. What comes is read strictly; CONNECT and DISCONNECT go on to the engine through a
// stream of its own, PINGREQ is answered here, all else goes to `handle`. What goes out leaves by the outbox. Knows packets, no topics and no rights.

import { Duplex } from 'node:stream'
import { createOutbox, type Outbox, type OutboxDeps } from './outbox.ts'
import { type Connect, isWireFault, type Packet } from './wire/packets.ts'
import { createReader, type Limits } from './wire/reader.ts'
import { connackFrame, pingresp } from './wire/writer.ts'

export type DataPacket = Exclude<Packet, { readonly cmd: 'connect' | 'pingreq' | 'disconnect' }>

export interface ConnectionDeps extends Pick<OutboxDeps, 'now' | 'defer' | 'sent'> {
  readonly socket: Duplex
  readonly limits: Limits
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

export interface Connection {
  /** What the engine is given: its client reads and writes here. It closes with the socket, and the socket with it. */
  readonly stream: Duplex
  readonly outbox: Outbox
  /** Packets are held from now on until `resume`, and the socket is read no further. */
  hold(): void
  resume(): void
  /** Whether the other side closed it. */
  ended(): boolean
}

/** A client that waits for nothing must not fill the memory meanwhile. */
const maxHeldBytes = 65_536
const highBytes = 262_144
const stallMs = 20_000
const overrunMs = 2000
/** What is left to say may take so long once the connection is over. */
const farewellMs = 2000

/** Sends what is left. What still comes is read and dropped, so that the other side's end is seen. */
const farewell = (socket: Duplex): void => {
  socket.removeAllListeners('data')
  socket.resume()
  socket.end()
  const last = setTimeout(() => socket.destroy(), farewellMs)
  socket.once('close', () => clearTimeout(last))
}

/** The engine's side: it reads what is pushed, what it writes goes out, and its end is the socket's. */
const createStream = (socket: Duplex, outbox: Outbox): Duplex =>
  new Duplex({
    // What is written here is taken at once; outbox.ts has the bounds.
    writableHighWaterMark: Number.MAX_SAFE_INTEGER,
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      outbox.write(chunk)
      done()
    },
    destroy(error, done) {
      outbox.flush()
      // One that does not read would not read a farewell either.
      if (error?.name === 'TooSlow') socket.destroy()
      else farewell(socket)
      done(error)
    },
  })

/** Ends the connection; a client that asks for what is not spoken here is told so first [MQTT-3.1.2-2]. */
const failOn = (stream: Duplex, outbox: Outbox, error: unknown): void => {
  if (isWireFault(error) && error.returnCode !== null) outbox.write(connackFrame(error.returnCode, false))
  stream.destroy(error instanceof Error ? error : new Error(String(error)))
}

/** The packets of what is read, each in its turn; a hold stops them. */
const createReading = (deps: ConnectionDeps, stream: Duplex, outbox: Outbox) => {
  const { socket, handle, rest, received } = deps
  const reader = createReader(deps.limits)
  let holds = 0
  let running = false
  /** A client that does not read its answers is not read either: what it asks would fill the memory. */
  const waits = (): boolean => holds > 0 || outbox.congested
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
      else outbox.write(pingresp)
    } else handle(packet)
  }

  /** Gives packets while nothing holds them; how many. */
  const giveAll = (): number => {
    let packets = 0
    while (!waits() && !stream.destroyed) {
      const packet = reader.next()
      if (packet === null) break
      packets += 1
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
      failOn(stream, outbox, error)
    } finally {
      running = false
    }
    if (waits() && (outbox.congested || reader.buffered > maxHeldBytes)) socket.pause()
  }

  const goOn = (): void => {
    // What is handled at once lets go while packets are still being given: they go on by themselves.
    if (running || waits() || stream.destroyed) return
    run()
    if (over) endWhenDone()
    else if (!waits()) socket.resume()
  }

  /** What came before the end of the socket is handled, also where it waits: there may be a DISCONNECT in it [MQTT-3.14.4-3]. */
  const endWhenDone = (): void => {
    over = true
    // Whoever said DISCONNECT sees the end once that is on disk.
    if (!leaving && (!waits() || reader.buffered === 0)) stream.destroy()
  }

  return {
    waits,
    /** The socket gives no more. */
    end: endWhenDone,
    read(chunk: Buffer): void {
      received(chunk.length, 0)
      reader.push(chunk)
      run()
    },
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

export const createConnection = (deps: ConnectionDeps): Connection => {
  const { socket } = deps
  const drained = (): void => {
    deps.drained()
    reading.drained()
  }
  // Whoever reads is alive as long as it is not read itself; else only what it sends counts [MQTT-3.1.2-24].
  const progress = (): void => {
    if (reading.waits()) deps.received(0, 0)
  }
  const outbox = createOutbox({ ...deps, drained, progress, limits: { highBytes, stallMs, overrunMs } })
  const stream = createStream(socket, outbox)
  const reading = createReading(deps, stream, outbox)
  const { read, end, hold, resume } = reading
  let ended = false
  const endedByClient = (): void => {
    ended ||= !stream.destroyed
    end()
  }
  socket.on('data', read)
  socket.on('end', endedByClient)
  socket.on('close', endedByClient)
  socket.on('error', (error) => stream.destroy(error))
  return { stream, outbox, hold, resume, ended: () => ended }
}
