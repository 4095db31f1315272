// How packets are cut out of a stream: their sizes and limits, partial packets, and what is left after a fault.

import { describe, expect, test } from 'vitest'
import type { Packet } from '../../../src/mqtt/wire/packets.ts'
import { createReader } from '../../../src/mqtt/wire/reader.ts'
import { field, frame, remaining } from '../../support/mqtt-frames.ts'
import { behind, connect, connectOf, drain, faultOf, limits, read } from '../../support/mqtt-reader-fixture.ts'

describe('sizes', () => {
  /** The fixed header of a PUBLISH whose whole packet has this size. */
  const announced = (whole: number): Buffer => {
    const head = [5, 4, 3, 2].find((size) => remaining(whole - size).length === size - 1) ?? 0
    return Buffer.from([0x30, ...remaining(whole - head)])
  }

  test('a packet that is too large is refused by its fixed header, and nothing of it is buffered', () => {
    const reader = createReader(limits)
    reader.push(Buffer.concat([connect, announced(256 * 1024 + 1)]))
    const { packets, fault } = drain(reader)
    expect(packets).toHaveLength(1)
    expect(fault).toMatchObject({ reason: 'packet_too_large', text: 'announced a packet of 262145 bytes; the limit is 262144' })
    reader.push(Buffer.alloc(1000))
    expect(reader.buffered).toBe(0)
  })

  test('a packet of exactly the allowed size is read', () => {
    const head = announced(256 * 1024)
    const body = Buffer.concat([field('a'), Buffer.alloc(256 * 1024 - head.length - 3)])
    expect(behind(connect, head, body)).toMatchObject({ packets: [{ topic: 'a' }], fault: null })
  })

  test('the first packet has its own limit', () => {
    const large = (size: number): Buffer => connectOf(2, [field('x'.repeat(size - connectOf(2, [field('x'.repeat(200))]).length + 200))])
    expect([large(1024).length, large(1025).length]).toEqual([1024, 1025])
    expect(read([large(1024)])).toMatchObject({ packets: [{ cmd: 'connect' }], fault: null })
    expect(read([large(1025).subarray(0, 3)]).fault?.reason).toBe('packet_too_large')
    expect(behind(connect, frame(0x30, field('a'), Buffer.alloc(2000))).fault).toBeNull()
  })

  test('limits are read again for each packet', () => {
    let most = 100
    const reader = createReader({ connectBytes: () => 100, packetBytes: () => most })
    reader.push(connect)
    reader.push(frame(0x30, field('a'), Buffer.alloc(50)))
    expect(drain(reader)).toMatchObject({ packets: [{}, {}], fault: null })
    most = 50
    reader.push(frame(0x30, field('a'), Buffer.alloc(50)))
    expect(drain(reader).fault?.reason).toBe('packet_too_large')
  })

  test('a length may be written with more bytes than it needs', () => {
    expect(behind(connect, Buffer.from([0xc0, 0x80, 0x80, 0x80, 0x00]), Buffer.from([0x40, 0x82, 0x00, 0, 9]))).toMatchObject({
      packets: [{ cmd: 'pingreq' }, { cmd: 'puback', id: 9 }],
      fault: null,
    })
  })

  test('an invalid first byte is refused before its length arrives', () => {
    expect(behind(connect, Buffer.from([0xd0])).fault?.reason).toBe('server_packet')
    expect(behind(connect, Buffer.from([0xc0, 0xff, 0xff, 0x7f])).fault?.reason).toBe('bad_length')
  })

  test('`buffered` is what was pushed and not returned', () => {
    const reader = createReader(limits)
    const publish = frame(0x30, field('a'), Buffer.alloc(20))
    reader.push(connect)
    reader.push(publish.subarray(0, 10))
    expect(reader.buffered).toBe(connect.length + 10)
    expect(drain(reader).packets).toHaveLength(1)
    expect(reader.buffered).toBe(10)
    reader.push(Buffer.concat([publish.subarray(10), Buffer.from([0xc0])]))
    expect(reader.buffered).toBe(publish.length + 1)
    expect(drain(reader).packets).toHaveLength(1)
    expect(reader.buffered).toBe(1)
  })

  test.each([
    ['asked for packets after each', true],
    ['asked at the end', false],
  ])('a large packet that arrives byte by byte takes time linear in its size, %s', (_name, eager) => {
    const body = Buffer.alloc(512 * 1024, 97)
    const bytes = frame(0x30, field('a'), body)
    const reader = createReader({ connectBytes: () => 1024, packetBytes: () => 1024 * 1024 })
    reader.push(connect)
    expect(reader.next()?.cmd).toBe('connect')
    for (let at = 0; at < bytes.length; at++) {
      if (eager && reader.next() !== null) expect.unreachable()
      reader.push(bytes.subarray(at, at + 1))
    }
    const packet = reader.next()
    expect(packet?.cmd === 'publish' && packet.payload.equals(body)).toBe(true)
  })

  test('an empty chunk changes nothing', () => {
    const nothing = Buffer.alloc(0)
    const publish = frame(0x30, field('a'), 'b')
    const chunks = [nothing, connect, nothing, publish.subarray(0, 4), nothing, nothing, publish.subarray(4), nothing]
    expect(read(chunks).packets.map((packet) => packet.cmd)).toEqual(['connect', 'publish'])
  })

  test('a packet that was returned is not changed by later bytes', () => {
    const reader = createReader(limits)
    const packets: Packet[] = []
    const bytes = Buffer.concat([connect, ...Array.from({ length: 50 }, (_, index) => frame(0x30, field('a'), `payload ${index}`))])
    for (let at = 0; at < bytes.length; at += 7) {
      reader.push(bytes.subarray(at, at + 7))
      packets.push(...drain(reader).packets)
    }
    expect(packets.slice(1).map((packet) => packet.cmd === 'publish' && packet.payload.toString())).toEqual(
      Array.from({ length: 50 }, (_, index) => `payload ${index}`),
    )
  })
})

describe('after a fault', () => {
  test('it is thrown again, and later bytes are dropped', () => {
    const reader = createReader(limits)
    reader.push(Buffer.concat([connect, connect, frame(0xc0)]))
    const { fault } = drain(reader)
    reader.push(frame(0xc0))
    expect(drain(reader)).toEqual({ packets: [], fault })
    expect(reader.buffered).toBe(0)
  })

  test('nothing of a partial packet is kept', () => {
    const reader = createReader(limits)
    reader.push(Buffer.concat([connect, Buffer.from([0x32, 5, 0])]))
    expect(drain(reader).fault).toBeNull()
    reader.push(Buffer.from([1, 97, 0, 0, 0xc0, 0]))
    expect(faultOf(drain(reader).fault)?.reason).toBe('bad_packet_id')
    expect(reader.buffered).toBe(0)
  })
})
