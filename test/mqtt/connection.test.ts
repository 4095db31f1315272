// The layer between socket and engine, on streams without sockets.

import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { generate, type Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { guardConnection, isWireFault } from '../../src/mqtt/connection.ts'
import { connectPacket, publishPacket } from './wire.ts'

const guarded = (limit = 65_536) => {
  const stream = new PassThrough()
  const errors: Error[] = []
  stream.on('error', (error) => errors.push(error))
  return { stream, errors, connection: guardConnection(stream, () => limit) }
}

const readAll = (stream: PassThrough): Buffer => {
  const parts: Buffer[] = []
  for (let bytes: Buffer | null = stream.read(); bytes !== null; bytes = stream.read()) parts.push(bytes)
  return Buffer.concat(parts)
}

const connect = generate(connectPacket({ username: 'dn&pk' }))
const packets: Packet[] = [publishPacket('a', 'x'.repeat(300)), { cmd: 'pingreq' }, publishPacket('b', '')]

test('what comes behind CONNECT waits for CONNACK', () => {
  const { stream, connection } = guarded()
  const rest = Buffer.concat(packets.map((packet) => generate(packet)))
  stream.write(Buffer.concat([connect, rest]))
  expect(readAll(stream)).toEqual(connect)
  stream.write(generate({ cmd: 'pingreq' }))
  expect(readAll(stream)).toHaveLength(0)
  connection.release()
  expect(readAll(stream)).toEqual(Buffer.concat([rest, generate({ cmd: 'pingreq' })]))
})

test('read(0), by which a stream asks for more, takes nothing out', () => {
  const { stream, connection } = guarded()
  stream.write(connect)
  expect(stream.read(0)).toBeNull()
  expect(readAll(stream)).toEqual(connect)
  connection.release()
  const rest = Buffer.concat(packets.map((packet) => generate(packet)))
  stream.write(rest)
  expect(stream.read(0)).toBeNull()
  expect(readAll(stream)).toEqual(rest)
})

test('however the bytes are cut, the engine is given the same bytes', () => {
  const all = Buffer.concat([connect, ...packets.map((packet) => generate(packet))])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (cuts) => {
      const { stream, connection, errors } = guarded()
      const read: Buffer[] = []
      let at = 0
      for (const cut of [...cuts, all.length]) {
        stream.write(all.subarray(at, at + cut))
        at += cut
        read.push(readAll(stream))
        if (Buffer.concat(read).length === connect.length) connection.release()
      }
      read.push(readAll(stream))
      return errors.length === 0 && Buffer.concat(read).equals(all)
    }),
  )
})

describe('a length', () => {
  const lengths = (...bytes: number[]) => Buffer.from([0x30, ...bytes])

  test.each([
    ['at the bound', [126], false],
    ['above the bound', [127], true],
    ['of two bytes above the bound', [0x80, 0x01], true],
    ['of the most that four bytes hold', [0xff, 0xff, 0xff, 0x7f], true],
    ['of five bytes', [0x80, 0x80, 0x80, 0x80, 0x01], true],
  ])('%s', async (_, bytes, refused) => {
    const { stream, errors } = guarded(128)
    stream.write(connect.subarray(0, 0))
    stream.write(lengths(...bytes))
    readAll(stream)
    await new Promise(setImmediate)
    expect(errors.map(isWireFault)).toEqual(refused ? [true] : [])
    expect(stream.destroyed).toBe(refused)
  })
})
