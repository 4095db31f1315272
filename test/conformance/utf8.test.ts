// Strings (MQTT 3.1.1, chapters 1.5.3 and 4.7.3): invalid UTF-8 and NUL are refused in every field; everything else is unchanged.

import { expect, it } from 'vitest'
import { enter, fresh, survivors } from '../support/conformance-client.ts'
import { createConformanceFixture } from '../support/conformance-fixture.ts'
import { field, frame, rawConnect, rawPublish, rawSubscribe, rawUnsubscribe } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()

const illFormed: { readonly [name: string]: readonly number[] } = {
  'a surrogate': [0x61, 0xed, 0xa0, 0x80],
  'the last surrogate': [0xed, 0xbf, 0xbf],
  'a long form': [0xc0, 0xaf],
  'a long form of NUL': [0xc0, 0x80],
  'a cut sequence': [0x61, 0xe2, 0x82],
  'a stray byte': [0x80],
  'no such byte': [0xff],
  'beyond the last code point': [0xf4, 0x90, 0x80, 0x80],
}

const each = (make: (bytes: Buffer) => Buffer): { readonly [name: string]: Buffer } =>
  Object.fromEntries(Object.entries(illFormed).map(([name, bytes]) => [name, make(Buffer.from(bytes))]))

const nul = Buffer.from('a\0b')
const withWill = (topic: Uint8Array): Buffer => rawConnect({ flags: 0b0000_0110 }, field(fresh()), field(topic), field('gone'))
const withUser = (name: Uint8Array): Buffer => rawConnect({ flags: 0b1000_0010 }, field(fresh()), field(name))

it('a client id must be UTF-8 [MQTT-1.5.3-1] [MQTT-3.1.3-4]', async () => {
  expect(
    await survivors(
      fixture,
      false,
      each((bytes) => rawConnect({}, field(bytes))),
    ),
  ).toEqual([])
})

it('a will topic must be UTF-8 [MQTT-1.5.3-1] [MQTT-3.1.3-10]', async () => {
  expect(await survivors(fixture, false, each(withWill))).toEqual([])
})

it('a user name must be UTF-8 [MQTT-1.5.3-1] [MQTT-3.1.3-11]', async () => {
  expect(await survivors(fixture, false, each(withUser))).toEqual([])
})

it('a topic name must be UTF-8 [MQTT-1.5.3-1] [MQTT-3.3.2-1]', async () => {
  expect(await survivors(fixture, true, each(rawPublish))).toEqual([])
})

it('a filter in SUBSCRIBE must be UTF-8 [MQTT-1.5.3-1] [MQTT-3.8.3-1]', async () => {
  expect(await survivors(fixture, true, each(rawSubscribe))).toEqual([])
})

it('a filter in UNSUBSCRIBE must be UTF-8 [MQTT-1.5.3-1] [MQTT-3.10.3-1]', async () => {
  expect(await survivors(fixture, true, each(rawUnsubscribe))).toEqual([])
})

it('NUL in a string of CONNECT ends the connection [MQTT-1.5.3-2]', async () => {
  const holding = { 'client id': rawConnect({}, field(nul)), 'will topic': withWill(nul), 'user name': withUser(nul) }
  expect(await survivors(fixture, false, holding)).toEqual([])
})

it('NUL in a topic or a filter ends the connection [MQTT-1.5.3-2] [MQTT-4.7.3-2]', async () => {
  const holding = { PUBLISH: rawPublish(nul), SUBSCRIBE: rawSubscribe(nul), UNSUBSCRIBE: rawUnsubscribe(nul) }
  expect(await survivors(fixture, true, holding)).toEqual([])
})

it('a byte order mark is a character of the topic like any other [MQTT-1.5.3-3]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([`\ufeff${topic}`, 0], [topic, 0])
  await client.publish(`\ufeff${topic}`, 'marked')
  await client.publish(topic, 'plain')
  client.send(frame(0x30, field(`\ufeff${topic}`), 'bytes'))
  await client.settle()
  await client.message({ topic: `\ufeff${topic}`, text: 'marked' })
  await client.message({ topic, text: 'plain' })
  await client.message({ topic: `\ufeff${topic}`, text: 'bytes' })
  await client.expectNothing()
})

it('nothing is normalised: case, composed letters and spaces make different topics [MQTT-4.7.3-4]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([`${topic}/é`, 0], [`${topic}/Accounts`, 0], [`${topic}/a b`, 0], [`${topic}//x`, 0])
  for (const other of ['e\u0301', 'ACCOUNTS', 'accounts', 'ab', 'a  b', 'x', '/x/', ' a b'])
    await client.publish(`${topic}/${other}`, 'other')
  for (const same of ['é', 'Accounts', 'a b', '/x']) await client.publish(`${topic}/${same}`, 'same')
  expect(await client.texts(4)).toEqual(['same', 'same', 'same', 'same'])
  await client.expectNothing()
})

it('characters beyond the basic plane are delivered unchanged [MQTT-1.5.3-1] [MQTT-4.7.3-4]', async () => {
  const topic = `${fresh('t/')}/😀/客户/𝒳`
  const client = await enter(fixture)
  await client.subscribe([topic, 0])
  await client.publish(topic, '😀')
  await client.message({ topic, text: '😀' })
})
