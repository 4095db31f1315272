// The engine's side of a client's socket: a stream on which it reads CONNECT and DISCONNECT, and writes CONNACK. Its end is the end of the
// socket. Knows these three packets alone.

import { Duplex } from 'node:stream'
import type { Connect } from './wire/packets.ts'
import { connackFrame, disconnectFrame, encodeConnect } from './wire/writer.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** After the end of a connection, the rest of its output may take this long. */
const closingMs = 2000

/** Sends the rest. What still arrives is read and dropped, so that the end of the client's side is noticed. */
const closeGracefully = (raw: Duplex): void => {
  raw.removeAllListeners('data')
  raw.resume()
  raw.end()
  const last = setTimeout(() => raw.destroy(), closingMs)
  raw.once('close', () => clearTimeout(last))
}

const connackBytes = 4

/** The engine writes CONNACK in pieces. MQTT 3.1 reserves the byte that has `session present` in MQTT 3.1.1. */
const createConnackWriter = (writeBuffer: WriteBuffer, level: () => number) => {
  let pieces: Buffer = Buffer.alloc(0)
  return (chunk: Buffer): void => {
    if (level() !== 3 || pieces.length >= connackBytes) {
      writeBuffer.write(chunk)
      return
    }
    pieces = Buffer.concat([pieces, chunk])
    if (pieces.length < connackBytes) return
    writeBuffer.write(connackFrame(pieces.readUInt8(connackBytes - 1), false))
    if (pieces.length > connackBytes) writeBuffer.write(pieces.subarray(connackBytes))
  }
}

export interface EngineStream {
  /** What the engine reads from and writes to. */
  readonly stream: Duplex
  /** The engine's parser is stricter than MQTT 3.1: it gets packets of ours. */
  readonly connect: (packet: Connect) => void
  readonly disconnect: () => void
}

export const createEngineStream = (raw: Duplex, writeBuffer: WriteBuffer): EngineStream => {
  let level = 0
  const write = createConnackWriter(writeBuffer, () => level)
  const stream = new Duplex({
    // What is written here is taken at once; write-buffer.ts has the bounds.
    writableHighWaterMark: Number.MAX_SAFE_INTEGER,
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      write(chunk)
      done()
    },
    destroy(error, done) {
      writeBuffer.flush()
      // One that does not read would not read the rest either.
      if (error?.name === 'TooSlow') raw.destroy()
      else closeGracefully(raw)
      done(error)
    },
  })
  return {
    stream,
    connect(packet) {
      level = packet.level
      stream.push(encodeConnect(packet))
    },
    disconnect: () => void stream.push(disconnectFrame),
  }
}
