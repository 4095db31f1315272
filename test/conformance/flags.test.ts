// Fixed headers and packet ids (MQTT 3.1.1, chapters 2.2 and 2.3): malformed packets end their connection, and no other.

import { expect, it } from 'vitest'
import { enter, fresh, survivors } from '../support/conformance-client.ts'
import { createConformanceFixture } from '../support/conformance-fixture.ts'
import { field, frame, id, rawConnect } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()

const fullPublish = (first: number, topic = fresh('t/')): Buffer => frame(first, field(topic), id(7), 'x')

it('reserved flags of acknowledgements must have the values of the standard [MQTT-2.2.2-1] [MQTT-2.2.2-2]', async () => {
  const wrong = {
    PUBACK: frame(0x41, id(1)),
    PUBREC: frame(0x52, id(1)),
    PUBCOMP: frame(0x78, id(1)),
  }
  expect(await survivors(fixture, true, wrong)).toEqual([])
})

it('reserved flags of PUBREL must be 0010 [MQTT-3.6.1-1]', async () => {
  const wrong = {
    'PUBREL 0': frame(0x60, id(1)),
    'PUBREL 3': frame(0x63, id(1)),
    'PUBREL 10': frame(0x6a, id(1)),
  }
  expect(await survivors(fixture, true, wrong)).toEqual([])
})

it('reserved flags of SUBSCRIBE must be 0010 [MQTT-3.8.1-1]', async () => {
  const wrong = Object.fromEntries([0x80, 0x81, 0x83, 0x86, 0x8a].map((first) => [first, frame(first, id(1), field('a'), 0)]))
  expect(await survivors(fixture, true, wrong)).toEqual([])
})

it('reserved flags of UNSUBSCRIBE must be 0010 [MQTT-3.10.1-1]', async () => {
  const wrong = Object.fromEntries([0xa0, 0xa1, 0xa3, 0xa6, 0xaa].map((first) => [first, frame(first, id(1), field('a'))]))
  expect(await survivors(fixture, true, wrong)).toEqual([])
})

it('reserved flags of PINGREQ must be zero [MQTT-2.2.2-2]', async () => {
  expect(await survivors(fixture, true, { 1: frame(0xc1), 8: frame(0xc8) })).toEqual([])
})

it('a DISCONNECT with reserved flags set ends the connection but does not count: the will is published [MQTT-3.14.1-1] [MQTT-3.1.2-8]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 0])
  const client = await enter(fixture, { will: { topic, payload: Buffer.from('gone'), qos: 0, retain: false } })
  client.send(frame(0xe1))
  await client.expectClosed()
  await watcher.message({ text: 'gone' })
})

it('reserved flags of CONNECT must be zero [MQTT-2.2.2-2]', async () => {
  expect(await survivors(fixture, false, { CONNECT: rawConnect({ first: 0x11 }, field(fresh())) })).toEqual([])
})

it('packet types 0 and 15 are refused [MQTT-4.8.0-1]', async () => {
  expect(await survivors(fixture, true, { 0: frame(0x00), 15: frame(0xf0), '15 with a body': frame(0xf0, 0, 0) })).toEqual([])
})

it('packets that only a server sends end the connection [MQTT-4.8.0-1]', async () => {
  const backwards = {
    CONNACK: frame(0x20, 0, 0),
    SUBACK: frame(0x90, id(1), 0),
    UNSUBACK: frame(0xb0, id(1)),
    PINGRESP: frame(0xd0),
  }
  expect(await survivors(fixture, true, backwards)).toEqual([])
})

it('a PUBLISH with both QoS bits set ends the connection [MQTT-3.3.1-4]', async () => {
  expect(await survivors(fixture, true, { 6: fullPublish(0x36), 14: fullPublish(0x3e) })).toEqual([])
})

it('DUP on QoS 0 is malformed [MQTT-3.3.1-2]', async () => {
  expect(await survivors(fixture, true, { dup: frame(0x38, field(fresh('t/')), 'x') })).toEqual([])
})

it('packet id 0 is refused [MQTT-2.3.1-1]', async () => {
  const none = {
    'PUBLISH of QoS 1': frame(0x32, field(fresh('t/')), id(0), 'x'),
    'PUBLISH of QoS 2': frame(0x34, field(fresh('t/')), id(0), 'x'),
    SUBSCRIBE: frame(0x82, id(0), field('a'), 0),
    UNSUBSCRIBE: frame(0xa2, id(0), field('a')),
  }
  expect(await survivors(fixture, true, none)).toEqual([])
})

it('packets that are too short for their required fields end the connection [MQTT-4.8.0-1]', async () => {
  const short = {
    PUBACK: frame(0x40, 1),
    PUBREC: frame(0x50, 1),
    PUBREL: frame(0x62, 1),
    PUBCOMP: frame(0x70, 1),
    'PUBREC without id': frame(0x50),
    'PUBLISH without a topic': frame(0x30),
    'PUBLISH with half a topic': frame(0x30, 0, 9, 'half'),
    'PUBLISH of QoS 1 without id': frame(0x32, field('a')),
    'SUBSCRIBE without id': frame(0x82),
    'SUBSCRIBE without QoS': frame(0x82, id(1), field('a')),
    'SUBSCRIBE with half a filter': frame(0x82, id(1), 0, 9, 'half'),
    'UNSUBSCRIBE with half a filter': frame(0xa2, id(1), 0, 9, 'half'),
  }
  expect(await survivors(fixture, true, short)).toEqual([])
})

it('packets with bytes after their last field end the connection [MQTT-4.8.0-1]', async () => {
  const long = { PUBACK: frame(0x40, id(1), 0), PUBREL: frame(0x62, id(1), 0), PINGREQ: frame(0xc0, 0), DISCONNECT: frame(0xe0, 0) }
  expect(await survivors(fixture, true, long)).toEqual([])
})

it('a length of five bytes ends the connection [MQTT-4.8.0-1]', async () => {
  const bytes = Buffer.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01)
  expect(await survivors(fixture, true, { PUBLISH: bytes })).toEqual([])
  expect(await survivors(fixture, false, { CONNECT: Buffer.of(0x10, 0x80, 0x80, 0x80, 0x80, 0x01) })).toEqual([])
})

it('the end of one connection does not affect others [MQTT-4.8.0-1]', async () => {
  const [healthy, bad] = [await enter(fixture), await enter(fixture)]
  bad.send(frame(0xf0))
  await bad.expectClosed()
  await healthy.expectNothing()
})

it('packets may be joined in one write and split over several [MQTT-7.1.1-1]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 0])
  client.send(Buffer.concat([frame(0x30, field(topic), 'one'), frame(0x30, field(topic), 'two'), frame(0xc0)]))
  expect(await client.texts(2)).toEqual(['one', 'two'])
  await client.expect({ cmd: 'pingresp' })
  await client.trickle(Buffer.concat([frame(0x30, field(topic), 'three'), frame(0xc0)]))
  expect(await client.texts(1)).toEqual(['three'])
  await client.expect({ cmd: 'pingresp' })
})
