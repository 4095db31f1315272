// Messages from the server to a device (protocol.md §3): only to a subscriber, never queued, never retained.

import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { lastSessionId } from '../../src/mqtt/sessions/session.ts'
import type { Downlink } from '../../src/ota/ports/mqtt.ts'
import { hashPassword } from '../../src/password.ts'
import { closeMqttFixtures, createMqttFixture, type MqttFixture, type MqttFixtureOptions } from '../support/mqtt-fixture.ts'
import { type MqttStoreFixture, storeFixtures } from '../support/mqtt-store-fixture.ts'
import { connectAs, enterAs, patient, publishPacket, subscribe, unsubscribe, type WireClient } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const down = 'fogcloud/pk/dn/thing/down/ota'
const downTopo = 'fogcloud/pk/dn/thing/down/topo'
const ota = (text: string): Downlink => ({ channel: 'ota', text })
const stay = { clean: false } as const
const session = 'device/pk/dn/c1'
const anyone = { anonymous: { publish: ['#'], subscribe: ['#'] } }

const published = (wire: WireClient) =>
  wire.came.flatMap((packet) => (packet.cmd === 'publish' ? [`${packet.qos} ${packet.topic} ${String(packet.payload)}`] : []))

test('a push reaches a device that subscribed, at QoS 1, not retained', async () => {
  const { broker, core, port } = await createMqttFixture()
  const device = await enterAs(port, 'dn&pk')
  expect(broker.transport.send('pk/dn', ota('early'))).toBe(false)
  expect(await subscribe(device, [down, 1])).toEqual([1])
  await core.saw('subscribed pk/dn 1 ota')
  expect(broker.transport.send('pk/dn', ota('{"method":"firmware.post"}'))).toBe(true)
  const push = await device.next('publish')
  expect(push).toMatchObject({ topic: down, qos: 1, retain: false, dup: false })
  expect(String(push.payload)).toBe('{"method":"firmware.post"}')
  expect(push.messageId).toBeGreaterThan(lastSessionId)
  device.write({ cmd: 'puback', messageId: push.messageId ?? 0 })
  await device.ping()
  expect(published(device)).toHaveLength(1)
  expect(broker.transport.send('pk/dn', { channel: 'topo', text: 'x' })).toBe(false)
})

test('the core learns of a subscription only after the SUBACK was sent', async () => {
  const { broker, core, port } = await createMqttFixture()
  const device = await enterAs(port, 'dn&pk')
  core.subscribed = () => void broker.transport.send('pk/dn', ota('at once'))
  await subscribe(device, [down, 1])
  await device.next('publish')
  expect(device.came.map(({ cmd }) => cmd)).toEqual(['connack', 'suback', 'publish'])
})

test('nothing is pushed to a device that is not connected', async () => {
  const { broker } = await createMqttFixture()
  expect(broker.transport.send('pk/dn', ota('x'))).toBe(false)
  expect(broker.transport.host('pk/dn')).toBeNull()
})

describe.each([
  { filters: [['fogcloud/pk/dn/#', 1]], qos: 1 },
  { filters: [['fogcloud/pk/dn/thing/+/ota', 2]], qos: 1 },
  { filters: [['fogcloud/pk/dn/thing/down/#', 0]], qos: 0 },
  {
    filters: [
      [down, 0],
      ['fogcloud/pk/dn/#', 1],
    ],
    qos: 1,
  },
  {
    filters: [
      ['fogcloud/pk/dn/#', 0],
      [down, 2],
    ],
    qos: 1,
  },
  { filters: [['fogcloud/pk/dn/thing/down/+', 0]], qos: 0 },
] as { filters: [string, 0 | 1 | 2][]; qos: number }[])('with filters $filters', ({ filters, qos }) => {
  test(`a push is sent at QoS ${qos}, once`, async () => {
    const { broker, port } = await createMqttFixture()
    const device = await enterAs(port, 'dn&pk')
    await subscribe(device, ...filters)
    expect(broker.transport.send('pk/dn', ota('x'))).toBe(true)
    const push = await device.next('publish')
    expect(push.qos).toBe(qos)
    await device.ping()
    expect(published(device)).toEqual([`${qos} ${down} x`])
  })
})

test('overlapping filters: the topic stays covered until the last of them is gone', async () => {
  const { broker, core, port } = await createMqttFixture()
  const device = await enterAs(port, 'dn&pk')
  await subscribe(device, [down, 0])
  await subscribe(device, ['fogcloud/pk/dn/#', 1])
  await unsubscribe(device, 'fogcloud/pk/dn/#')
  expect(broker.transport.send('pk/dn', ota('zero'))).toBe(true)
  expect((await device.next('publish')).qos).toBe(0)
  await unsubscribe(device, down)
  expect(broker.transport.send('pk/dn', ota('none'))).toBe(false)
  expect(core.calls).toEqual([
    'connected pk/dn 1',
    'subscribed pk/dn 1 ota',
    'subscribed pk/dn 1 topo',
    'unsubscribed pk/dn 1 topo',
    'unsubscribed pk/dn 1 ota',
  ])
})

describe.each(storeFixtures)('with the session store $name', ({ open }) => {
  const createStoredFixture = async (options: MqttFixtureOptions = {}): Promise<MqttFixture & { store: MqttStoreFixture }> => {
    const store = await open()
    const fixture = await createMqttFixture({ ...options, rows: store.rows })
    onTestFinished(async () => {
      await closeMqttFixtures()
      await store.close()
    })
    return { ...fixture, store }
  }

  test('a restored subscription gets pushes after CONNACK, without SUBSCRIBE', async () => {
    const { broker, core, port } = await createStoredFixture()
    const first = await enterAs(port, 'dn&pk', stay)
    await subscribe(first, ['fogcloud/pk/dn/#', 1], [downTopo, 0])
    await first.end()
    await core.saw('disconnected pk/dn 1')
    core.subscribed = ({ device }, channel) => void broker.transport.send(device, { channel, text: channel })
    const { wire, present } = await connectAs(port, 'dn&pk', stay)
    expect(present).toBe(true)
    await wire.next('publish')
    await wire.next('publish')
    expect(wire.came.map(({ cmd }) => cmd)).toEqual(['connack', 'publish', 'publish'])
    expect(published(wire)).toEqual([`1 ${down} ota`, `1 ${downTopo} topo`])
  })

  test('a restored subscription at QoS 0 gets pushes at QoS 0', async () => {
    const { broker, core, port } = await createStoredFixture()
    const first = await enterAs(port, 'dn&pk', stay)
    await subscribe(first, [down, 0])
    await first.end()
    const again = await enterAs(port, 'dn&pk', stay)
    await core.saw('subscribed pk/dn 2 ota')
    expect(broker.transport.send('pk/dn', ota('x'))).toBe(true)
    expect((await again.next('publish')).qos).toBe(0)
  })

  test('a push to a client that disconnects before PUBACK leaves nothing behind and is not sent again', async () => {
    const { broker, core, port, store } = await createStoredFixture()
    const device = await enterAs(port, 'dn&pk', stay)
    await subscribe(device, [down, 1])
    expect(broker.transport.send('pk/dn', ota('x'))).toBe(true)
    await device.next('publish')
    expect(await store.queued(session)).toEqual([])
    await device.end()
    await core.saw('disconnected pk/dn 1')
    expect(broker.transport.send('pk/dn', ota('offline'))).toBe(false)
    expect(await store.queued(session)).toEqual([])
    const again = await enterAs(port, 'dn&pk', stay)
    await again.ping()
    expect(published(again)).toEqual([])
  })

  test('the PUBACK of a push does not affect a message of the session in flight', async () => {
    const { broker, port, store } = await createStoredFixture({ settings: anyone })
    const own = 'fogcloud/pk/dn/thing/down/property'
    const device = await enterAs(port, 'dn&pk', stay)
    await subscribe(device, ['fogcloud/pk/dn/#', 1])
    const operator = await enterAs(port, undefined)
    operator.write(publishPacket(own, 'theirs'))
    const theirs = await device.next('publish')
    broker.transport.send('pk/dn', ota('ours'))
    const ours = await device.next('publish')
    expect(String(ours.payload)).toBe('ours')
    device.write({ cmd: 'puback', messageId: ours.messageId ?? 0 })
    await device.ping()
    expect(await store.queued(session)).toEqual([own])
    device.write({ cmd: 'puback', messageId: theirs.messageId ?? 0 })
    await expect.poll(() => store.queued(session), patient).toEqual([])
  })

  test('operators whose rights cover the topics see reports and pushes, these at QoS 0 and never from a queue', async () => {
    const passwordHash = await hashPassword('secret', Buffer.from('salt'))
    const { broker, port, store } = await createStoredFixture({
      settings: { users: [{ username: 'ops', passwordHash, publish: [], subscribe: ['fogcloud/#'] }] },
    })
    const login = { password: Buffer.from('secret'), clientId: 'desk', clean: false }
    const operator = await enterAs(port, 'ops', login)
    expect(await subscribe(operator, ['fogcloud/+/+/thing/#', 1])).toEqual([1])
    const device = await enterAs(port, 'dn&pk')
    await subscribe(device, [down, 1])
    device.write(publishPacket('fogcloud/pk/dn/thing/up/ota', 'report'))
    await device.next('puback')
    const report = await operator.next('publish')
    operator.write({ cmd: 'puback', messageId: report.messageId ?? 0 })
    broker.transport.send('pk/dn', ota('push'))
    await operator.next('publish')
    expect(published(operator)).toEqual(['1 fogcloud/pk/dn/thing/up/ota report', `0 ${down} push`])
    await operator.end()
    await expect.poll(() => broker.connections(), patient).toBe(1)
    broker.transport.send('pk/dn', ota('unseen'))
    device.write(publishPacket('fogcloud/pk/dn/thing/up/ota', 'later'))
    await expect.poll(() => store.queued('user/ops/desk'), patient).toEqual(['fogcloud/pk/dn/thing/up/ota'])
  })
})

test('a session and a push never use the same packet id', async () => {
  const { broker, port } = await createMqttFixture({ settings: anyone })
  const operator = await enterAs(port, undefined)
  for (let at = 0; at < 25; at += 1) {
    const device = await enterAs(port, 'dn&pk')
    await subscribe(device, ['fogcloud/pk/dn/#', 1])
    operator.write(publishPacket('fogcloud/pk/dn/thing/down/property', 'theirs'))
    expect((await device.next('publish')).messageId).toBeLessThanOrEqual(lastSessionId)
    broker.transport.send('pk/dn', ota('ours'))
    expect((await device.next('publish')).messageId).toBeGreaterThan(lastSessionId)
  }
})

test('the buffer for a device that does not read is bounded', async () => {
  const { broker, port } = await createMqttFixture()
  const device = await enterAs(port, 'dn&pk')
  await subscribe(device, [down, 1])
  device.stream.pause()
  const message = ota('x'.repeat(64 * 1024))
  let sent = 0
  while (sent < 1000 && broker.transport.send('pk/dn', message)) sent += 1
  expect(sent).toBeGreaterThan(0)
  expect(sent).toBeLessThan(1000)
})

test('the host is the address that the device connected to', async () => {
  const { broker, core, port } = await createMqttFixture({ settings: { listeners: [{ url: 'mqtt://0.0.0.0:0' }] } })
  await enterAs(port, 'dn&pk')
  await core.saw('connected pk/dn 1')
  expect(broker.transport.host('pk/dn')).toBe('127.0.0.1')
})

test('a message of the device itself on another topic comes back to its wildcard, and a push arrives only once', async () => {
  const { broker, port } = await createMqttFixture()
  const device = await enterAs(port, 'dn&pk')
  await subscribe(device, ['fogcloud/pk/dn/#', 1])
  device.write(publishPacket('fogcloud/pk/dn/thing/up/property', 'mine'))
  await device.next('puback')
  await device.next('publish')
  broker.transport.send('pk/dn', ota('push'))
  await device.next('publish')
  await device.ping()
  expect(published(device)).toEqual(['1 fogcloud/pk/dn/thing/up/property mine', `1 ${down} push`])
})
