// Every rule by which a packet after CONNECT is refused, each with its clause; and the strings that are accepted.

import { describe, expect, test } from 'vitest'
import { createReader } from '../../../src/mqtt/wire/reader.ts'
import { field, frame } from '../../support/mqtt-frames.ts'
import { behind, connect, drain, faultOf, limits, nul, oldConnect, type Row, read, surrogate } from '../../support/mqtt-reader-fixture.ts'

const packetRows: readonly Row[] = [
  ['a QoS of 3', frame(0x36, field('a'), [0, 1]), 'bad_flags', 'MQTT-3.3.1-4'],
  ['DUP at QoS 0', frame(0x38, field('a')), 'bad_flags', 'MQTT-3.3.1-2'],
  ['the packet id 0 in PUBLISH', frame(0x32, field('a'), [0, 0]), 'bad_packet_id', 'MQTT-2.3.1-1'],
  ['the packet id 0 in PUBACK', frame(0x40, [0, 0]), 'bad_packet_id', 'MQTT-2.3.1-1'],
  ['the packet id 0 in PUBREC', frame(0x50, [0, 0]), 'bad_packet_id', 'MQTT-2.3.1-1'],
  ['the packet id 0 in PUBREL', frame(0x62, [0, 0]), 'bad_packet_id', 'MQTT-2.3.1-1'],
  ['the packet id 0 in PUBCOMP', frame(0x70, [0, 0]), 'bad_packet_id', 'MQTT-2.3.1-1'],
  ['the packet id 0 in SUBSCRIBE', frame(0x82, [0, 0], field('a'), [0]), 'bad_packet_id', 'MQTT-2.3.1-1'],
  ['the packet id 0 in UNSUBSCRIBE', frame(0xa2, [0, 0], field('a')), 'bad_packet_id', 'MQTT-2.3.1-1'],
  ['a PUBLISH with half a packet id', frame(0x32, field('a'), [1]), 'bad_length', 'MQTT-4.8.0-1'],
  ['a PUBLISH of QoS 1 without a packet id', frame(0x32, field('a')), 'bad_length', 'MQTT-4.8.0-1'],
  ['a PUBLISH without a body', frame(0x30), 'bad_length', 'MQTT-3.3.2-1'],
  ['a topic that runs past its packet', frame(0x30, [0, 9], 'a'), 'bad_length', 'MQTT-3.3.2-1'],
  ['the empty topic', frame(0x30, field('')), 'bad_topic', 'MQTT-4.7.3-1'],
  ['a topic with +', frame(0x30, field('a/+')), 'bad_topic', 'MQTT-3.3.2-2'],
  ['a topic with #', frame(0x30, field('a#b')), 'bad_topic', 'MQTT-3.3.2-2'],
  ['a topic with a surrogate', frame(0x30, field(surrogate)), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['a topic that is latin-1', frame(0x30, field([0x66, 0xfc, 0x72])), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['a topic of an overlong form', frame(0x30, field([0xc0, 0xaf])), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['a topic cut within a character', frame(0x30, field([0xe4, 0xb8])), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['a topic beyond U+10FFFF', frame(0x30, field([0xf4, 0x90, 0x80, 0x80])), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['a topic with U+0000', frame(0x30, field(nul)), 'nul_in_string', 'MQTT-1.5.3-2'],
  ['a topic with U+0000 behind other letters', frame(0x30, field('ü\0')), 'nul_in_string', 'MQTT-1.5.3-2'],
  ['a filter with a surrogate', frame(0x82, [0, 1], field(surrogate), [0]), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['a filter with U+0000', frame(0x82, [0, 1], field(nul), [0]), 'nul_in_string', 'MQTT-1.5.3-2'],
  ['an empty filter', frame(0x82, [0, 1], field(''), [0]), 'bad_filter', 'MQTT-4.7.3-1'],
  ['the filter a#', frame(0x82, [0, 1], field('a#'), [0]), 'bad_filter', 'MQTT-4.7.1-2'],
  ['the filter #/a', frame(0x82, [0, 1], field('#/a'), [0]), 'bad_filter', 'MQTT-4.7.1-2'],
  ['the filter a+', frame(0x82, [0, 1], field('a+'), [0]), 'bad_filter', 'MQTT-4.7.1-3'],
  ['an ill-formed filter behind a good one', frame(0x82, [0, 1], field('a'), [0], field('++'), [0]), 'bad_filter', 'MQTT-4.7.1-3'],
  ['a SUBSCRIBE without a filter', frame(0x82, [0, 1]), 'empty_subscribe', 'MQTT-3.8.3-3'],
  ['a SUBSCRIBE without a packet id', frame(0x82), 'bad_length', 'MQTT-4.8.0-1'],
  ['a SUBSCRIBE that lacks its last QoS', frame(0x82, [0, 1], field('a')), 'bad_length', 'MQTT-4.8.0-1'],
  ['a SUBSCRIBE with half a length at its end', frame(0x82, [0, 1], field('a'), [0, 0]), 'bad_length', 'MQTT-4.8.0-1'],
  ['a filter that runs past its packet', frame(0x82, [0, 1], [0, 9], 'a', [0]), 'bad_length', 'MQTT-4.8.0-1'],
  ['the requested QoS 3', frame(0x82, [0, 1], field('a'), [3]), 'bad_flags', 'MQTT-3-8.3-4'],
  ['a requested QoS with a reserved bit', frame(0x82, [0, 1], field('a'), [5]), 'bad_flags', 'MQTT-3-8.3-4'],
  ['the failure code as a requested QoS', frame(0x82, [0, 1], field('a'), [128]), 'bad_flags', 'MQTT-3-8.3-4'],
  ['an UNSUBSCRIBE without a filter', frame(0xa2, [0, 1]), 'empty_subscribe', 'MQTT-3.10.3-2'],
  ['an UNSUBSCRIBE of an ill-formed filter', frame(0xa2, [0, 1], field('a/#/b')), 'bad_filter', 'MQTT-4.7.1-2'],
  ['an UNSUBSCRIBE of a filter with a surrogate', frame(0xa2, [0, 1], field(surrogate)), 'bad_utf8', 'MQTT-1.5.3-1'],
  ['an UNSUBSCRIBE that runs past its packet', frame(0xa2, [0, 1], [0, 9], 'a'), 'bad_length', 'MQTT-4.8.0-1'],
  ['a PUBACK of one byte', frame(0x40, [1]), 'bad_length', 'MQTT-4.8.0-1'],
  ['a PUBREC of one byte', frame(0x50, [1]), 'bad_length', 'MQTT-4.8.0-1'],
  ['a PUBREL of three bytes', frame(0x62, [0, 1, 0]), 'bad_length', 'MQTT-4.8.0-1'],
  ['a PUBCOMP without a body', frame(0x70), 'bad_length', 'MQTT-4.8.0-1'],
  ['a PINGREQ with a body', frame(0xc0, [0]), 'bad_length', 'MQTT-4.8.0-1'],
  ['a DISCONNECT with a body', frame(0xe0, [0]), 'bad_length', 'MQTT-4.8.0-1'],
  ['a second CONNECT', connect, 'second_connect', 'MQTT-3.1.0-2'],
  ['a CONNACK', frame(0x20, [0, 0]), 'server_packet', 'MQTT-4.8.0-1'],
  ['a SUBACK', frame(0x90, [0, 1, 0]), 'server_packet', 'MQTT-4.8.0-1'],
  ['an UNSUBACK', frame(0xb0, [0, 1]), 'server_packet', 'MQTT-4.8.0-1'],
  ['a PINGRESP', frame(0xd0), 'server_packet', 'MQTT-4.8.0-1'],
  ['a packet of type 0', frame(0x00), 'bad_type', 'MQTT-4.8.0-1'],
  ['a packet of type 15', frame(0xf0), 'bad_type', 'MQTT-4.8.0-1'],
  ['a length of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]), 'bad_length', 'MQTT-2.2.3'],
]

test.each(packetRows)('%s is refused', (_name, bytes, reason, clause) => {
  const { packets, fault } = behind(connect, frame(0xc0), bytes)
  expect(packets).toHaveLength(1)
  expect(faultOf(fault)).toEqual({ reason, clause, returnCode: null })
})

test('the empty topic is refused behind other topics too', () => {
  // Of each length, so that each place for a known topic is used first once.
  for (let size = 1; size <= 8; size++) {
    const { packets, fault } = behind(connect, frame(0x30, field('a'.repeat(size))), frame(0x30, field('')))
    expect([packets.length, faultOf(fault)?.clause]).toEqual([1, 'MQTT-4.7.3-1'])
  }
})

describe('the flags of a fixed header', () => {
  const good = [
    ['PUBACK', 0x40, [[0, 1]]],
    ['PUBREC', 0x50, [[0, 1]]],
    ['PUBREL', 0x62, [[0, 1]]],
    ['PUBCOMP', 0x70, [[0, 1]]],
    ['SUBSCRIBE', 0x82, [[0, 1], field('a'), [0]]],
    ['UNSUBSCRIBE', 0xa2, [[0, 1], field('a')]],
    ['PINGREQ', 0xc0, []],
    ['DISCONNECT', 0xe0, []],
  ] as const

  test.each(good)('%s have one valid value', (_name, first, body) => {
    const taken = Array.from({ length: 16 }, (_, flags) => (first & 0xf0) | flags).filter(
      (byte) => behind(connect, frame(byte, ...body)).fault === null,
    )
    expect(taken).toEqual([first])
    expect(faultOf(behind(connect, frame(first ^ 1, ...body)).fault)).toEqual({
      reason: 'bad_flags',
      clause: 'MQTT-2.2.2-2',
      returnCode: null,
    })
  })

  test('of a CONNECT are 0', () => {
    const taken = Array.from({ length: 16 }, (_, flags) => flags).filter(
      (flags) => read([Buffer.concat([Buffer.from([0x10 | flags]), connect.subarray(1)])]).fault === null,
    )
    expect(taken).toEqual([0])
  })

  test.each([
    ['PUBREL', frame(0x6a, [0, 1])],
    ['SUBSCRIBE', frame(0x8a, [0, 1], field('a'), [0])],
    ['UNSUBSCRIBE', frame(0xaa, [0, 1], field('a'))],
  ])('of a %s that is sent again include DUP in MQTT 3.1 only', (_name, bytes) => {
    expect(behind(oldConnect, bytes).fault).toBeNull()
    expect(faultOf(behind(connect, bytes).fault)?.clause).toBe('MQTT-2.2.2-2')
  })

  test('of a PUBLISH are QoS, retain and DUP', () => {
    const flags = (first: number) => {
      const [packet] = behind(connect, frame(first, field('a'), (first & 6) === 0 ? [] : [0, 7])).packets
      return packet?.cmd === 'publish' && [packet.qos, packet.retain, packet.dup, packet.id]
    }
    expect([0x30, 0x31, 0x32, 0x35, 0x3a, 0x3d].map(flags)).toEqual([
      [0, false, false, 0],
      [0, true, false, 0],
      [1, false, false, 7],
      [2, true, false, 7],
      [1, false, true, 7],
      [2, true, true, 7],
    ])
  })
})

describe('strings', () => {
  const topicsOf = (...topics: readonly string[]): readonly string[] =>
    behind(connect, ...topics.map((topic) => frame(0x30, field(topic)))).packets.map((packet) =>
      packet.cmd === 'publish' ? packet.topic : packet.cmd,
    )

  test('U+FEFF is kept', () => {
    const topics = ['\ufeff', '\ufeffa', 'a\ufeffb', 'a\ufeff']
    expect(topicsOf(...topics)).toEqual(topics)
  })

  test('all of Unicode is accepted, including noncharacters and control characters', () => {
    const topics = ['温度', '😀/a', '\u{10ffff}', '\uffff', '\u0001\u007f\u0080', '$SYS/x', '/', ' ']
    expect(topicsOf(...topics)).toEqual(topics)
  })

  test('topics that share a slot in the cache are distinguished', () => {
    const topics = ['ab/x', 'cd/x', 'ab/x', 'ab/x', 'h/x', 'p/x', 'h/x', `${'x'.repeat(300)}a`, `${'y'.repeat(300)}a`]
    expect(topicsOf(...topics, ...topics)).toEqual([...topics, ...topics])
  })

  test('topics of the same length and last character are distinguished, however many of them alternate', () => {
    const topics = Array.from({ length: 30 }, (_, at) => `line/${10 + at}/x`)
    expect(topicsOf(...topics, ...topics.toReversed(), ...topics)).toEqual([...topics, ...topics.toReversed(), ...topics])
  })

  test('a topic that is not ASCII is distinguished from one of as many bytes or characters', () => {
    // 'ü' is c3 bc: with one more byte than characters, and the same last byte as `…/x`.
    const topics = ['abc/x', 'aü/x', 'abc/x', 'üb/x', 'abcd/x', 'üü/x', 'aü/x', '\u00c3\u00bc/x', 'ü/xx', '\u0043\u003c/x']
    expect(topicsOf(...topics, ...topics)).toEqual([...topics, ...topics])
  })

  test('bytes that are not UTF-8 are refused, also if they are the code points of a topic that was sent before', () => {
    // 18 bytes as UTF-8 and 10 as Latin-1: both lengths have the same slot.
    const good = 'üüüüüüüü/x'
    expect(Buffer.byteLength(good) % 8).toBe(good.length % 8)
    const { packets, fault } = behind(connect, frame(0x30, field(good)), frame(0x30, field([...Buffer.from(good, 'latin1')])))
    expect([packets.length, fault?.reason]).toEqual([1, 'bad_utf8'])
  })

  test('a topic of each length up to the longest that is kept, and beyond it, is the same each time', () => {
    const topics = Array.from({ length: 140 }, (_, at) => 'x'.repeat(at + 1))
    expect(topicsOf(...topics, ...topics.toReversed())).toEqual([...topics, ...topics.toReversed()])
  })

  test('a topic that begins with a cached one is distinguished from it', () => {
    const topics = ['a', 'a'.repeat(9), 'a', 'a'.repeat(17)]
    expect(topicsOf(...topics)).toEqual(topics)
  })

  test('the cache of topics does not refer to the pushed bytes', () => {
    const reader = createReader(limits)
    const chunk = Buffer.concat([connect, frame(0x30, field('ab/x'))])
    reader.push(chunk)
    expect(drain(reader).packets).toMatchObject([{}, { topic: 'ab/x' }])
    chunk.write('cd/x', chunk.length - 4)
    reader.push(chunk.subarray(connect.length))
    expect(drain(reader).packets).toMatchObject([{ topic: 'cd/x' }])
  })

  test('an invalid topic is refused each time, however similar to a valid one it is', () => {
    const good = frame(0x30, field('a/b'))
    expect(behind(connect, good, frame(0x30, field([97, 0, 98]))).fault?.reason).toBe('nul_in_string')
    expect(behind(connect, good, good, frame(0x30, field('+/b'))).fault?.reason).toBe('bad_topic')
  })
})
