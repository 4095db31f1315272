// Which devices are connected, and with which client (protocol.md §6).

import { afterEach, expect, test, vi } from 'vitest'
import { createClient } from '../../src/mqtt/client.ts'
import { createDeviceClients } from '../../src/mqtt/device-clients.ts'
import { deviceRights } from '../../src/mqtt/entry/access.ts'
import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import { closeMqttFixtures, createFakeCore, createMqttFixture } from '../support/mqtt-fixture.ts'
import { memoryRows } from '../support/mqtt-memory-rows.ts'
import { quietLink } from '../support/quiet-link.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { connectAs, connectPacket, enterAs, openWire, patient, publishPacket, subscribe } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

test.each([
  ['the same client id', 'c1'],
  ['another client id', 'c2'],
])('a newer CONNECT with %s closes the older connection and the device stays connected', async (_, clientId) => {
  const { broker, core, port } = await createMqttFixture()
  const older = await enterAs(port, 'dn&pk', { clientId: 'c1' })
  await subscribe(older, ['fogcloud/pk/dn/#', 1])
  const newer = await enterAs(port, 'dn&pk', { clientId })
  await older.closed
  await subscribe(newer, ['fogcloud/pk/dn/#', 1])
  expect(core.calls).toEqual([
    'connected pk/dn 1',
    'subscribed pk/dn 1 ota',
    'subscribed pk/dn 1 topo',
    'disconnected pk/dn 1',
    'connected pk/dn 2',
    'subscribed pk/dn 2 ota',
    'subscribed pk/dn 2 topo',
  ])
  expect(broker.transport.send('pk/dn', { channel: 'ota', text: 'x' })).toBe(true)
  await newer.next('publish')
})

test('of ten CONNECTs of a device at once, only the newest stays connected', async () => {
  const { broker, core, port } = await createMqttFixture()
  const wires = await Promise.all(Array.from({ length: 10 }, () => openWire(port)))
  for (const [at, wire] of wires.entries())
    wire.write(connectPacket({ username: 'dn&pk', clientId: at % 2 === 0 ? 'even' : `c${at}`, clean: at % 3 === 0 }))
  await expect.poll(() => broker.connections(), patient).toBe(1)
  await core.saw('connected pk/dn 10')
  const living = () => wires.filter(({ stream }) => !stream.destroyed)
  await vi.waitUntil(() => living().length === 1, patient)
  const alive = living()
  await alive[0]?.ping()
  await alive[0]?.end()
  await core.saw('disconnected pk/dn 10')
  const [connected, disconnected] = ['connected', 'disconnected'].map(
    (what) => core.calls.filter((line) => line.startsWith(`${what} `)).length,
  )
  expect(disconnected).toBe(connected)
})

test('a connection that ended while its session was being read does not disconnect the next', async () => {
  const rows = memoryRows()
  const held: (() => void)[] = []
  const { broker, core, port } = await createMqttFixture({ rows })
  rows.gate = () => new Promise<void>((resolve) => held.push(resolve))
  const hasty = await openWire(port)
  hasty.write(connectPacket({ username: 'dn&pk', clean: false }))
  await vi.waitUntil(() => held.length === 1, patient)
  rows.gate = () => Promise.resolve()
  const next = await openWire(port)
  next.write(connectPacket({ username: 'dn&pk', clean: true }))
  await hasty.closed
  held[0]?.()
  await next.next('connack')
  await core.saw('connected pk/dn 2')
  await next.ping()
  await next.ping()
  expect(core.calls).toEqual(['connected pk/dn 2'])
  expect(broker.connections()).toBe(1)
})

test('a connection that ends right at its CONNACK is never reported to the core', async () => {
  const core = createFakeCore()
  const deviceClients = createDeviceClients(core, createRecordingLog([]))
  const identity = { kind: 'device', key: 'pk/dn', product: 'pk', name: 'dn', clientId: 'c', signMethod: 'hmacsha1' } as const
  const topics = fogcloud.topicsOf('pk', 'dn')
  const link = quietLink()
  const client = createClient(identity, link, topics, deviceRights(topics))
  await deviceClients.take(client)
  link.closed = true
  deviceClients.ready(client)
  deviceClients.left(client)
  expect(core.calls).toEqual([])
  expect(deviceClients.of('pk/dn')).toBeUndefined()
})

test('two devices with the same client id do not affect each other', async () => {
  const { broker, core, port } = await createMqttFixture()
  const [one, two] = [await enterAs(port, 'dev1&pk', { clean: false }), await enterAs(port, 'dev10&pk', { clean: false })]
  await subscribe(one, ['fogcloud/pk/dev1/#', 1])
  await subscribe(two, ['fogcloud/pk/dev10/#', 1])
  expect(broker.transport.send('pk/dev1', { channel: 'ota', text: 'for dev1' })).toBe(true)
  expect(String((await one.next('publish')).payload)).toBe('for dev1')
  await two.ping()
  expect(two.came.map(({ cmd }) => cmd)).toEqual(['connack', 'suback', 'pingresp'])
  await one.end()
  await core.saw('disconnected pk/dev1 1')
  expect((await connectAs(port, 'dev1&pk', { clean: false })).present).toBe(true)
  await two.ping()
})

test('a session belongs to its identity: another identity with the same client id finds none', async () => {
  const { port } = await createMqttFixture({ settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
  const device = await enterAs(port, 'dn&pk', { clean: false })
  await subscribe(device, ['fogcloud/pk/dn/#', 1])
  await device.end()
  expect((await connectAs(port, undefined, { clean: false })).present).toBe(false)
  expect((await connectAs(port, 'dn&pk', { clean: false })).present).toBe(true)
})

test('the transport closes the connection of that device only', async () => {
  const { broker, core, port } = await createMqttFixture()
  const [one, two] = [await enterAs(port, 'dev1&pk'), await enterAs(port, 'dev2&pk')]
  broker.transport.close('pk/dev1', 'removed')
  await one.closed
  await core.saw('disconnected pk/dev1 1')
  await two.ping()
  expect(broker.transport.host('pk/dev1')).toBeNull()
})

test('an exception of the core does not end the broker', async () => {
  const { core, port, log } = await createMqttFixture()
  core.connected = () => {
    throw new Error('core bug')
  }
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket('fogcloud/pk/dn/thing/up/ota', 'x'))
  await device.next('puback')
  expect(log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    'the core failed to handle an event of a connection',
  ])
})

test('closing the broker ends every connection and reports that to the core', async () => {
  const { broker, core, port } = await createMqttFixture()
  const device = await enterAs(port, 'dn&pk')
  const silent = await openWire(port)
  await broker.close()
  await device.closed
  await silent.closed
  await core.saw('disconnected pk/dn 1')
  expect(broker.connections()).toBe(0)
  await expect(openWire(port)).rejects.toThrow('ECONNREFUSED')
})
