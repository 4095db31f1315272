// What clients may not do: it is acknowledged, dropped and counted, and not delivered (protocol.md §6). Wills.

import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture, type MqttFixtureOptions } from '../support/mqtt-fixture.ts'
import { createLevelStoreFixture } from '../support/mqtt-store-fixture.ts'
import { connectPacket, enterAs, openWire, patient, publishPacket, subscribe, type WireClient } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const everything = { anonymous: { publish: ['#', '$SYS/#'], subscribe: ['#', '$SYS/#'] } }
const fixture = (options: MqttFixtureOptions = {}) => createMqttFixture({ settings: everything, ...options })

/** A client that is subscribed to all topics, and the texts that it received up to `last`. */
const watcher = async (port: number): Promise<{ wire: WireClient; until: (last: string) => Promise<readonly string[]> }> => {
  const wire = await enterAs(port, undefined, { clientId: 'watcher' })
  await subscribe(wire, ['#', 0])
  const until = async (last: string): Promise<readonly string[]> => {
    const texts: string[] = []
    while (texts.at(-1) !== last) texts.push(String((await wire.next('publish')).payload))
    return texts
  }
  return { wire, until }
}

describe.each([
  ['a topic of another device', 'fogcloud/pk/dev10/thing/up/ota', 'foreign_topic'],
  ['its own down topic', 'fogcloud/pk/dev1/thing/down/ota', 'down_topic'],
  ['another down topic', 'fogcloud/pk/dev1/thing/down/property', 'down_topic'],
  ['no topic of devices', 'weather', 'foreign_topic'],
  ['a topic of the server', '$SYS/x/new/clients', 'system_topic'],
])('a device publishing to %s', (_, topic, reason) => {
  test.each([1, 2] as const)('at QoS %i is acknowledged and not delivered', async (qos) => {
    const { port, counts, core } = await fixture()
    const { until } = await watcher(port)
    const device = await enterAs(port, 'dev1&pk')
    device.write(publishPacket(topic, 'forbidden', { qos, retain: true }))
    await device.next(qos === 1 ? 'puback' : 'pubrec')
    device.write(publishPacket('fogcloud/pk/dev1/thing/up/property', 'allowed'))
    expect(await until('allowed')).toEqual(['allowed'])
    expect(counts.get(`publish_denied ${reason}`)).toBe(1)
    expect(core.received).toEqual([])
    const later = await enterAs(port, undefined, { clientId: 'later' })
    await subscribe(later, ['#', 1], [topic, 1])
    await later.ping()
    expect(later.came.filter(({ cmd }) => cmd === 'publish')).toEqual([])
  })
})

test('no other client may publish on an OTA topic of the server or of a device', async () => {
  const { port, counts, core } = await fixture()
  const device = await enterAs(port, 'dn&pk')
  await subscribe(device, ['fogcloud/pk/dn/#', 1])
  const { wire, until } = await watcher(port)
  for (const [at, end] of ['down/ota', 'down/topo', 'up/ota', 'up/topo'].entries()) {
    wire.write(publishPacket(`fogcloud/pk/dn/thing/${end}`, 'forged', { messageId: at + 1 }))
    await wire.next('puback')
  }
  wire.write(publishPacket('fogcloud/pk/dn/thing/down/property', 'allowed'))
  expect(await until('allowed')).toEqual(['allowed'])
  expect(String((await device.next('publish')).payload)).toBe('allowed')
  expect(counts.get('publish_denied ota_topic')).toBe(4)
  expect(core.received).toEqual([])
})

test('a forged $SYS message disconnects no client', async () => {
  const { port } = await fixture()
  const victim = await enterAs(port, 'dn&pk')
  const { wire } = await watcher(port)
  wire.write(publishPacket('$SYS/other/new/clients', 'device/pk/dn/c1'))
  await wire.next('puback')
  await victim.ping()
})

test('reports lose the retain flag, messages on other topics of the device keep it', async () => {
  const { port } = await fixture()
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket('fogcloud/pk/dn/thing/up/ota', 'report', { retain: true, messageId: 1 }))
  device.write(publishPacket('fogcloud/pk/dn/thing/up/state', 'kept', { retain: true, messageId: 2 }))
  await device.next('puback')
  await device.next('puback')
  const later = await enterAs(port, undefined, { clientId: 'later' })
  await subscribe(later, ['fogcloud/#', 1])
  expect(await later.next('publish')).toMatchObject({ topic: 'fogcloud/pk/dn/thing/up/state', retain: true })
  await later.ping()
  expect(later.came.filter(({ cmd }) => cmd === 'publish')).toHaveLength(1)
})

test('a refused filter gets 128, and the others of the SUBSCRIBE are granted', async () => {
  const { port, core, counts } = await fixture()
  const device = await enterAs(port, 'dev1&pk')
  expect(await subscribe(device, ['#', 1], ['fogcloud/pk/dev1/#', 1], ['fogcloud/pk/dev10/#', 1], ['$SYS/#', 0])).toEqual([
    128, 1, 128, 128,
  ])
  await core.saw('subscribed pk/dev1 1 ota')
  expect(counts.get('subscribe_denied device')).toBe(3)
})

test('the filters of a session have a common bound of 1 MiB: those beyond it are refused, and a known one is not counted twice', async () => {
  const { port } = await fixture()
  const device = await enterAs(port, 'dn&pk')
  const long = (at: number): string => `fogcloud/pk/dn/${at}/${'x'.repeat(60_000)}`
  const codes: unknown[] = []
  for (let at = 0; at < 20; at += 1) codes.push(...(await subscribe(device, [long(at), 1])))
  expect(codes.filter((code) => code === 1)).toHaveLength(17)
  expect(codes.filter((code) => code === 128)).toHaveLength(3)
  expect(await subscribe(device, [long(0), 0], ['fogcloud/pk/dn/a', 1])).toEqual([0, 1])
})

test('a filter that a persistent session had and that is refused now delivers nothing later', async () => {
  const store = await createLevelStoreFixture()
  onTestFinished(async () => {
    await closeMqttFixtures()
    await store.close()
  })
  const { port, core } = await fixture({ rows: store.rows })
  const device = await enterAs(port, 'dev1&pk', { clean: false })
  await subscribe(device, ['fogcloud/pk/dev1/#', 1], ['fogcloud/pk/dev10/#', 1])
  await device.end()
  await core.saw('disconnected pk/dev1 1')
  const other = await enterAs(port, 'dev10&pk')
  other.write(publishPacket('fogcloud/pk/dev10/thing/up/property', 'private'))
  await other.next('puback')
  other.write(publishPacket('fogcloud/pk/dev10/thing/up/property', 'private'))
  await other.next('puback')
  const again = await enterAs(port, 'dev1&pk', { clean: false })
  await again.ping()
  expect(again.came.filter(({ cmd }) => cmd === 'publish')).toEqual([])
})

describe('a will', () => {
  const withWill = (topic: string) => ({
    clientId: 'willing',
    will: { topic, payload: Buffer.from('last words'), qos: 1 as const, retain: true },
  })

  test('on a topic of the device is published when its connection breaks, and retained', async () => {
    const { port } = await fixture()
    const { until } = await watcher(port)
    const device = await enterAs(port, 'dn&pk', withWill('fogcloud/pk/dn/thing/up/state'))
    await device.end()
    expect(await until('last words')).toEqual(['last words'])
    const later = await enterAs(port, undefined, { clientId: 'later' })
    await subscribe(later, ['fogcloud/#', 1])
    expect(await later.next('publish')).toMatchObject({ retain: true })
  })

  test.each(['fogcloud/pk/dn/thing/up/ota', 'fogcloud/pk/dn/thing/down/ota', 'fogcloud/pk/other/thing/up/state', '$SYS/x'])(
    'on %s is dropped and the CONNECT accepted',
    async (topic) => {
      const { port, core, counts } = await fixture()
      const { wire, until } = await watcher(port)
      const device = await enterAs(port, 'dn&pk', withWill(topic))
      expect(counts.get('publish_denied will')).toBe(1)
      await device.end()
      await core.saw('disconnected pk/dn 1')
      wire.write(publishPacket('after', 'after'))
      expect(await until('after')).toEqual(['after'])
      expect(core.received).toEqual([])
    },
  )

  test.each(['fogcloud/pk/dn/#', 'fogcloud/+/dn/x', ''])(
    'on %j, which is not a valid topic, ends the connection [MQTT-3.3.2-2]',
    async (topic) => {
      const { port, counts } = await fixture()
      const device = await openWire(port)
      const text = (words: string): Buffer => Buffer.concat([Buffer.from([0, words.length]), Buffer.from(words)])
      // Level 4; a username, a will at QoS 0 and a clean session; no keep-alive.
      const head = Buffer.from([4, 0x86, 0, 0])
      const body = Buffer.concat([text('MQTT'), head, text('willing'), text(topic), text('last words'), text('dn&pk')])
      device.stream.write(Buffer.concat([Buffer.from([0x10, body.length]), body]))
      await device.closed
      await vi.waitUntil(() => counts.get('refused bad_topic') === 1, patient)
      expect(device.came).toEqual([])
    },
  )

  test('that a user may not publish is removed too', async () => {
    const { port, counts } = await createMqttFixture({ settings: { anonymous: { publish: ['desk/#'], subscribe: [] } } })
    await enterAs(port, undefined, withWill('other'))
    expect(counts.get('publish_denied will')).toBe(1)
  })
})

test('watchers of a device see its messages and what it was denied', async () => {
  const { port, watched, events } = await fixture()
  watched.add('pk/dn')
  const device = await enterAs(port, 'dn&pk')
  await subscribe(device, ['#', 1])
  device.write(publishPacket('elsewhere', 'x'), publishPacket('fogcloud/pk/dn/thing/up/property', 'hello', { messageId: 8 }))
  await device.next('puback')
  await device.next('puback')
  const refused = { type: 'message', device: 'pk/dn', direction: 'refused' }
  expect(events).toEqual([
    {
      ...refused,
      text: 'SUBSCRIBE #: the client may not subscribe there, or has too many filters',
      code: 'refused_subscribe',
      params: { filter: '#' },
    },
    {
      ...refused,
      text: 'PUBLISH elsewhere: not a topic of this device',
      code: 'refused_publish',
      params: { topic: 'elsewhere', reason: 'foreign_topic' },
    },
    { ...refused, direction: 'up', text: 'fogcloud/pk/dn/thing/up/property hello' },
  ])
})

test.each([
  ['fogcloud/pk/dn/thing/down/ota', 'only the server publishes there'],
  ['$SYS/x', 'only the server publishes on topics that begin with $'],
])('a message on %s is refused with its reason in words', async (topic, why) => {
  const { port, watched, events } = await fixture()
  watched.add('pk/dn')
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket(topic, 'x'))
  await device.next('puback')
  expect(events).toMatchObject([{ direction: 'refused', text: `PUBLISH ${topic}: ${why}` }])
})

test('watchers of a device see why its connection was closed', async () => {
  const { port, watched, events } = await fixture()
  watched.add('pk/dn')
  const device = await enterAs(port, 'dn&pk')
  device.stream.write(Buffer.from([0x10, 0]))
  await vi.waitUntil(() => events.length > 0, patient)
  const why = { code: 'connection_ended_protocol_error', params: { reason: expect.any(String) } }
  expect(events).toMatchObject([
    { direction: 'refused', text: expect.stringMatching(/^disconnected: the client violated/), code: 'connection_ended', params: { why } },
  ])
})

test('repeated denials of a client are logged as a warning once', async () => {
  const { port, log } = await fixture()
  const device = await enterAs(port, 'dn&pk')
  for (const messageId of [1, 2, 3]) device.write(publishPacket('elsewhere', 'x', { messageId }))
  for (let at = 0; at < 3; at += 1) await device.next('puback')
  expect(log.filter(({ message }) => message.startsWith('acknowledged and dropped')).map(({ level }) => level)).toEqual([
    'warn',
    'debug',
    'debug',
  ])
})

test('bytes that are not MQTT end the connection and are counted', async () => {
  const { port, counts } = await fixture()
  const wire = await openWire(port)
  wire.stream.write('GET / HTTP/1.1\r\n\r\n')
  await wire.closed
  const late = await openWire(port)
  late.write(connectPacket({ username: 'dn&pk' }))
  await late.next('connack')
  late.write(connectPacket({ username: 'dn&pk' }))
  await late.closed
  await vi.waitUntil(() => counts.get('refused not_connect') === 1 && counts.get('refused second_connect') === 1, patient)
})
