// Properties for any bytes, in any chunks, compared with mqtt-packet.

import fc from 'fast-check'
import { type Packet as Oracle, parser } from 'mqtt-packet'
import { expect, test } from 'vitest'
import type { Packet } from '../../../src/mqtt/wire/packets.ts'
import { createReader } from '../../../src/mqtt/wire/reader.ts'
import { drain } from '../../support/mqtt-reader-fixture.ts'
import { spoilt, streams } from '../../support/mqtt-reader-samples.ts'

/** The bytes in chunks of these sizes, repeated. */
const chunked = (bytes: Buffer, sizes: readonly number[]): readonly Buffer[] => {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    // A copy, so that chunks share no memory.
    chunks.push(Buffer.from(bytes.subarray(at, at + size)))
    at += size
  }
  return chunks
}

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 3000 })), { minLength: 1, maxLength: 20 })

/** Reads chunks; `eager` takes packets after each. */
const readChunks = (chunks: readonly Buffer[], eager: boolean) => {
  const reader = createReader({ connectBytes: () => 8192, packetBytes: () => 8192 })
  const given: Packet[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    if (!eager) continue
    const { packets, fault } = drain(reader)
    given.push(...packets)
    if (fault !== null) return { packets: given, fault }
  }
  const last = drain(reader)
  return { packets: [...given, ...last.packets], fault: last.fault }
}

test('what mqtt-packet writes is read correctly, in any chunks', () => {
  fc.assert(
    fc.property(streams, sizes, fc.boolean(), ({ bytes, wanted }, cuts, eager) => {
      const { packets, fault } = readChunks(chunked(bytes, cuts), eager)
      expect(fault).toBeNull()
      expect(packets).toEqual(wanted)
    }),
    { numRuns: 500 },
  )
})

test('any bytes give packets or a fault, the same in any chunks', () => {
  fc.assert(
    fc.property(spoilt, sizes, fc.boolean(), (bytes, cuts, eager) => {
      const whole = readChunks([bytes], false)
      const parts = readChunks(chunked(bytes, cuts), eager)
      expect(parts.packets).toEqual(whole.packets)
      expect(parts.fault?.message).toBe(whole.fault?.message)
    }),
    { numRuns: 2000 },
  )
})

/** What mqtt-packet reads up to its first error, as packets of this room. */
const oracle = (bytes: Buffer): readonly object[] => {
  const seen: Oracle[] = []
  const other = parser()
  other.on('packet', (packet) => seen.push(packet))
  other.on('error', () => {})
  other.parse(bytes)
  return seen.map((packet) => {
    switch (packet.cmd) {
      case 'publish':
        return { cmd: packet.cmd, topic: packet.topic, payload: packet.payload, qos: packet.qos, id: packet.messageId ?? 0 }
      case 'subscribe':
        return { cmd: packet.cmd, id: packet.messageId, filters: packet.subscriptions.map(({ topic, qos }) => ({ filter: topic, qos })) }
      case 'unsubscribe':
        return { cmd: packet.cmd, id: packet.messageId, filters: packet.unsubscriptions }
      case 'connect':
        return {
          cmd: packet.cmd,
          clientId: packet.clientId,
          clean: packet.clean,
          keepalive: packet.keepalive,
          username: packet.username ?? null,
        }
      default:
        return { cmd: packet.cmd, id: packet.messageId }
    }
  })
}

test('mqtt-packet reads the same in bytes that are accepted', () => {
  fc.assert(
    fc.property(spoilt, (bytes) => {
      const { packets } = readChunks([bytes], false)
      // MQTT 3.1 allows two things that mqtt-packet does not.
      fc.pre(packets.every((packet) => packet.cmd !== 'connect' || packet.level === 4))
      expect(oracle(bytes).slice(0, packets.length)).toMatchObject(
        packets.map((packet) => {
          if (packet.cmd === 'connect')
            return { cmd: 'connect', clientId: packet.clientId, keepalive: packet.keepalive, username: packet.username }
          if (packet.cmd === 'publish')
            return { cmd: 'publish', topic: packet.topic, payload: packet.payload, qos: packet.qos, id: packet.id }
          return packet.cmd === 'subscribe' || packet.cmd === 'unsubscribe'
            ? packet
            : { cmd: packet.cmd, id: 'id' in packet ? packet.id : undefined }
        }),
      )
    }),
    { numRuns: 1000 },
  )
})
