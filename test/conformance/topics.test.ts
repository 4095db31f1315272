// Topic names and filters (MQTT 3.1.1, chapter 4.7): what matches, what is not a valid filter, and topics that begin with `$`.

import { expect, it } from 'vitest'
import { type ConformanceClient, enter, fresh, survivors } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'
import { rawSubscribe } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()

/** The topics below `root` that a client with that filter below `root` gets. */
const matched = async (root: string, filter: string, topics: readonly string[]): Promise<readonly string[]> => {
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([`${root}${filter}`, 1], [`${root}end`, 1])
  await from.pipeline(`${root}end`, ['before'], 1)
  for (const topic of topics) await from.publish(`${root}${topic}`, topic, { qos: 1 })
  await from.publish(`${root}end`, '', { qos: 1 })
  const found = []
  for (;;) {
    const { text, topic } = await to.message()
    if (topic === `${root}end` && text === '') break
    if (topic === `${root}${text}`) found.push(text)
  }
  await Promise.all([from.leave(), to.leave()])
  return found
}

const tree = ['a', 'a/', 'a/b', 'a/b/', 'a/b/c', '/a', '/', '//', 'a//b', 'b/b', 'b/c', 'a/x/c', 'ab']

const cases: readonly (readonly [filter: string, matches: readonly string[]])[] = [
  ['a', ['a']],
  ['a/', ['a/']],
  ['a/b', ['a/b']],
  ['a/+', ['a/', 'a/b']],
  ['a/+/', ['a/b/']],
  ['+/b', ['a/b', 'b/b']],
  ['+', ['a', 'ab']],
  ['+/+', ['a/', 'a/b', '/a', '/', 'b/b', 'b/c']],
  ['/+', ['/a', '/']],
  ['a/+/c', ['a/b/c', 'a/x/c']],
  ['a/+/b', ['a//b']],
  ['a//b', ['a//b']],
  ['a/#', ['a', 'a/', 'a/b', 'a/b/', 'a/b/c', 'a//b', 'a/x/c']],
  ['a/b/#', ['a/b', 'a/b/', 'a/b/c']],
  ['+/b/#', ['a/b', 'a/b/', 'a/b/c', 'b/b']],
  ['/#', ['/a', '/', '//']],
  ['#', tree],
]

it('wildcards match whole levels, and # its parent too [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.5.0-1]', async () => {
  const found = await Promise.all(cases.map(async ([filter]) => [filter, await matched(`${fresh('m')}/`, filter, tree)] as const))
  expect(found).toEqual(cases)
})

it('# and + match at the first level too [MQTT-4.7.1-2] [MQTT-4.7.1-3]', async () => {
  const name = fresh('top')
  const client = await enter(fixture)
  await client.subscribe(['#', 0])
  await client.publish(`${name}/x`, 'x')
  await client.publish(`/${name}`, 'y')
  // Other tests may publish meanwhile, but not with this name.
  const mine = async (on: ConformanceClient): Promise<string> => {
    for (;;) {
      const { topic, text } = await on.message()
      if (topic.includes(name)) return text
    }
  }
  expect([await mine(client), await mine(client)]).toEqual(['x', 'y'])
  const other = await enter(fixture)
  await other.subscribe([`+/${name}`, 0])
  await other.publish(`/${name}`, '1')
  await other.publish(`a/${name}`, '2')
  await other.publish(name, '3')
  expect(await other.texts(2)).toEqual(['1', '2'])
  await other.expectNothing()
})

it('an invalid filter ends the connection [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.8.0-1]', async () => {
  const wrong = ['a#', 'a/#/b', '#/a', '##', '/#/', 'a/b#', '+a', 'a+', 'a/b+', '++', 'a/+b/c', '+#', '#+', 'a/++/b']
  expect(await survivors(fixture, true, Object.fromEntries(wrong.map((filter) => [filter, rawSubscribe(filter)])))).toEqual([])
})

it('an empty filter ends the connection [MQTT-4.7.3-1]', async () => {
  expect(await survivors(fixture, true, { empty: rawSubscribe('') })).toEqual([])
})

it('topics of one character, of spaces and of a separator are valid [MQTT-4.7.3-1]', async () => {
  const client = await enter(fixture)
  await client.subscribe(['Q', 0], [' ', 0], ['/', 0])
  for (const topic of ['Q', ' ', '/']) await client.publish(topic, topic)
  expect(await client.texts(3)).toEqual(['Q', ' ', '/'])
})

it('a topic may have the full 65,535 bytes [MQTT-4.7.3-3]', async () => {
  const topic = fresh('long').padEnd(65_535, 'x')
  const client = await enter(fixture)
  expect(await client.subscribe([topic, 1])).toEqual([1])
  await client.publish(topic, 'x', { qos: 1 })
  expect((await client.message({ text: 'x' })).topic).toBe(topic)
})

it('a wildcard at the first level matches no topic that begins with $ [MQTT-4.7.2-1]', async () => {
  const wild = await enter(fixture)
  await wild.subscribe(['#', 1], ['+/#', 1], ['+/broker/#', 1])
  const known = await enter(fixture)
  await known.subscribe(['$SYS/#', 0])
  // The server publishes on its own topics when clients connect and disconnect.
  await (await enter(fixture)).leave()
  const end = fresh('end')
  await wild.publish(end, 'end', { qos: 1 })
  for (;;) {
    const { topic, text } = await wild.message()
    expect(topic.startsWith('$')).toBe(false)
    if (topic === end && text === 'end') break
  }
})

it('a client with the right to read them finds the topics of the server below $SYS/broker [MQTT-4.7.2-1]', async () => {
  const client = await enter(fixture)
  await client.subscribe(['$SYS/broker/#', 0])
  expect((await client.message()).topic).toMatch(/^\$SYS\/broker\//)
})

ours('devices may not read topics below $SYS [MQTT-4.7.2-1]', async () => {
  const device = await enter(fixture, { username: `${fresh('d')}&pk` })
  expect(await device.subscribe(['$SYS/#', 0], ['$SYS/broker/version', 1], ['+/broker/#', 0])).toEqual([128, 128, 128])
  await device.expectNothing()
})

ours('no client may publish below $SYS: the message is acknowledged and dropped [MQTT-3.3.5-2]', async () => {
  const topic = `$SYS/${fresh('x')}`
  const client = await enter(fixture)
  const device = await enter(fixture, { username: `${fresh('d')}&pk` })
  await client.subscribe([topic, 1])
  await client.publish(topic, 'x', { qos: 1, retain: true })
  await device.publish(topic, 'x', { qos: 1, retain: true })
  await client.expectNothing()
  await client.subscribe([topic, 1])
  await client.expectNothing()
})

ours('a message below $SYS disconnects no client [MQTT-3.3.5-2]', async () => {
  const name = fresh()
  const client = await enter(fixture, { clientId: name })
  const bad = await enter(fixture)
  for (const clientId of [name, `anonymous/${name}`]) await bad.publish('$SYS/x/new/clients', clientId, { qos: 1 })
  await client.expectNothing()
})
