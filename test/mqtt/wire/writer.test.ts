// The writer: mqtt-packet reads everything that it writes, and no bytes are left over.

import fc from 'fast-check'
import { type Packet, parser } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import type { Connect, Publish, Qos } from '../../../src/mqtt/wire/packets.ts'
import { createReader } from '../../../src/mqtt/wire/reader.ts'
import {
  connackFrame,
  encodeAck,
  encodeAcknowledgements,
  encodeConnect,
  encodePublish,
  encodeSuback,
  encodeUnsuback,
  publishHead,
} from '../../../src/mqtt/wire/writer.ts'

/** The packets in these bytes; fails if any are left over. */
const parse = (bytes: Buffer): readonly Packet[] => {
  const packets: Packet[] = []
  const other = parser()
  other.on('packet', (packet) => packets.push(packet))
  other.on('error', (error) => {
    throw error
  })
  expect(other.parse(bytes)).toBe(0)
  return packets
}

const id = fc.integer({ min: 1, max: 65_535 })
const topic = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).map((text) => text.replaceAll(/[\0+#]/g, '·'))
const publishes = fc.record({
  topic,
  payload: fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
  retain: fc.boolean(),
  dup: fc.boolean(),
  id,
})

describe('a PUBLISH', () => {
  test('is read correctly, by mqtt-packet and by the reader', () => {
    const connect = Buffer.from('100d00044d5154540402003c000178', 'hex')
    fc.assert(
      fc.property(publishes, (packet) => {
        const bytes = encodePublish(packet)
        const dup = packet.dup && packet.qos > 0
        expect(parse(bytes)).toMatchObject([
          {
            cmd: 'publish',
            topic: packet.topic,
            payload: packet.payload,
            qos: packet.qos,
            retain: packet.retain,
            dup,
            ...(packet.qos > 0 ? { messageId: packet.id } : {}),
          },
        ])
        const reader = createReader({ connectBytes: () => 99, packetBytes: () => 9999 })
        reader.push(connect)
        reader.push(bytes)
        reader.next()
        expect(reader.next()).toEqual({ cmd: 'publish', ...packet, dup, id: packet.qos > 0 ? packet.id : 0 })
      }),
    )
  })

  test('is its head and its payload, whether the topic is a string or bytes', () => {
    fc.assert(
      fc.property(publishes, ({ topic, payload, qos, retain, dup, id }) => {
        const whole = encodePublish({ topic, payload, qos, retain, dup, id })
        const heads = [topic, Buffer.from(topic)].map((either) => publishHead(either, qos, retain, dup, id, payload.length))
        expect(heads.map((head) => Buffer.concat([head, payload]))).toEqual([whole, whole])
      }),
    )
  })

  test.each([
    [127, 1],
    [128, 2],
    [16_383, 2],
    [16_384, 3],
    [2_097_151, 3],
    [2_097_152, 4],
  ])('of a remaining length of %i has %i bytes for it', (length, size) => {
    const bytes = encodePublish({ topic: 'a', payload: Buffer.alloc(length - 3, 98), qos: 0, retain: false, dup: false, id: 0 })
    expect(bytes.length).toBe(1 + size + length)
    expect(parse(bytes)).toMatchObject([{ topic: 'a', length }])
  })

  test('has no DUP and no packet id at QoS 0', () => {
    expect(publishHead('a', 0, false, true, 7, 0)).toEqual(Buffer.from([0x30, 3, 0, 1, 97]))
  })

  test('that is too large for MQTT is not written', () => {
    expect(publishHead('x'.repeat(65_535), 0, false, false, 0, 0).length).toBe(65_541)
    expect(() => publishHead('x'.repeat(65_536), 0, false, false, 0, 0)).toThrow('MQTT cannot carry a topic of 65536 bytes')
    expect(() => publishHead('ü'.repeat(32_768), 0, false, false, 0, 0)).toThrow('MQTT cannot carry a topic of 65536 bytes')
    expect(publishHead('a', 0, false, false, 0, 268_435_452).subarray(1, 5)).toEqual(Buffer.from([255, 255, 255, 127]))
    expect(() => publishHead('a', 0, false, false, 0, 268_435_453)).toThrow('MQTT cannot carry a packet of 268435456 bytes')
  })
})

const cmds = ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const

test.each(cmds)('a %s carries its packet id', (cmd) => {
  for (const messageId of [1, 255, 256, 65_535]) expect(parse(encodeAck(cmd, messageId))).toMatchObject([{ cmd, messageId, length: 2 }])
})

test('the acknowledgements of many messages are written in order, and nothing for QoS 0', () => {
  const message = fc.record({ qos: fc.constantFrom(0, 1, 2) as fc.Arbitrary<Qos>, id })
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      const packets = messages.map(
        (each): Publish => ({ cmd: 'publish', topic: 't', payload: Buffer.alloc(0), retain: false, dup: false, ...each }),
      )
      const wanted = messages.filter(({ qos }) => qos > 0)
      const { bytes, count } = encodeAcknowledgements(packets)
      expect(count).toBe(wanted.length)
      expect(bytes).toEqual(Buffer.concat(wanted.map((each) => encodeAck(each.qos === 1 ? 'puback' : 'pubrec', each.id))))
    }),
  )
})

test('a SUBACK has a code for each filter', () => {
  const codes = fc.array(fc.constantFrom(0 as const, 1 as const, 2 as const, 128 as const), { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(id, codes, (messageId, granted) => {
      expect(parse(encodeSuback(messageId, granted))).toMatchObject([{ cmd: 'suback', messageId, granted, length: 2 + granted.length }])
    }),
  )
})

test('an UNSUBACK carries its packet id', () => {
  expect(parse(encodeUnsuback(513))).toMatchObject([{ cmd: 'unsuback', messageId: 513, length: 2 }])
})

test('a CONNACK has its code, and session present only if the client is admitted', () => {
  expect(connackFrame(0, false)).toEqual(Buffer.from([0x20, 2, 0, 0]))
  expect(connackFrame(0, true)).toEqual(Buffer.from([0x20, 2, 1, 0]))
  expect(connackFrame(5, true)).toEqual(Buffer.from([0x20, 2, 0, 5]))
})

test('a CONNECT has what was read of one, whatever its level', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !value.includes('\0'))
  const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value))
  const will = fc.record({ topic: text, payload: bytes, qos: fc.constantFrom(...([0, 1, 2] as const)), retain: fc.boolean() })
  const login = fc.oneof(fc.record({ username: text, password: fc.option(bytes) }), fc.constant({ username: null, password: null }))
  const connects = fc.record({
    level: fc.constantFrom(3, 4),
    clientId: text,
    clean: fc.boolean(),
    keepalive: fc.nat(65_535),
    will: fc.option(will),
    login,
  })
  fc.assert(
    fc.property(connects, ({ login: given, ...rest }) => {
      const packet: Connect = { cmd: 'connect', ...rest, ...given }
      const frame = encodeConnect(packet)
      const reader = createReader({ connectBytes: () => 100_000, packetBytes: () => 0 })
      reader.push(frame)
      expect(reader.next()).toEqual(packet)
      expect(parse(frame)).toMatchObject([{ cmd: 'connect', clientId: packet.clientId, clean: packet.clean, keepalive: packet.keepalive }])
    }),
  )
})
