// The broker's listeners: TCP, TLS, WebSocket; their bounds, and what a reload changes.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { generate } from 'mqtt-packet'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import WebSocket from 'ws'
import { createBroker } from '../../../src/mqtt/broker.ts'
import { fogcloud } from '../../../src/ota/dialects/fogcloud.ts'
import { hashPassword } from '../../../src/password.ts'
import { closeMqttFixtures, createFakeRegistry, createMqttFixture, mqttSettings, portOf } from '../../support/mqtt-fixture.ts'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { connectAs, connectPacket, enterAs, openWire, patient, publishPacket, subscribe, wireOver } from '../../support/wire-client.ts'

afterEach(closeMqttFixtures)

const pem = (name: string): string => readFileSync(join(import.meta.dirname, '../../fixtures/tls', `${name}.pem`), 'utf8')
const pair = (name: string) => ({ cert: pem(`${name}.cert`), key: pem(`${name}.key`) })
const [server, renewed] = [pair('server'), pair('renewed')]
const secure = { url: 'mqtts://127.0.0.1:0', ...server }

const through = async (url: string, options: IClientOptions = {}): Promise<MqttClient> => {
  const client = await connectAsync(url, { username: 'dn&pk', protocolVersion: 4, reconnectPeriod: 0, clientId: 'js', ...options })
  onTestFinished(() => client.endAsync(true))
  return client
}

/** The common name in the certificate of a TLS listener. */
const shown = async (port: number, options: ConnectionOptions = {}): Promise<string> => {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  const name = String(socket.getPeerCertificate().subject.CN)
  socket.destroy()
  return name
}

test.each([
  ['mqtt', 'mqtt://127.0.0.1:0', {}],
  ['mqtts', 'mqtts://127.0.0.1:0', server],
  ['ws', 'ws://127.0.0.1:0', {}],
  ['wss', 'wss://127.0.0.1:0/mqtt', server],
])('a device reports and gets a push over %s', async (scheme, url, certificate) => {
  const { broker, core } = await createMqttFixture({ settings: { listeners: [{ url, ...certificate }] } })
  expect(broker.urls).toEqual([
    expect.stringMatching(new RegExp(`^${scheme}://127\\.0\\.0\\.1:[1-9]\\d*${scheme.startsWith('ws') ? '/mqtt' : ''}$`)),
  ])
  const device = await through(broker.urls[0] ?? '', { ca: server.cert })
  const pushed = new Promise<string>((resolve) => device.once('message', (_topic, payload) => resolve(String(payload))))
  await device.subscribeAsync('fogcloud/pk/dn/thing/down/ota', { qos: 1 })
  await device.publishAsync('fogcloud/pk/dn/thing/up/ota', 'x'.repeat(100_000), { qos: 1 })
  expect(core.received[0]?.text).toHaveLength(100_000)
  expect(broker.transport.host('pk/dn')).toBe('127.0.0.1')
  expect(broker.transport.send('pk/dn', { channel: 'ota', text: 'push' })).toBe(true)
  expect(await pushed).toBe('push')
  expect(broker.connections()).toBe(1)
  await device.endAsync()
  await core.saw('disconnected pk/dn 1')
  await expect.poll(() => broker.connections(), patient).toBe(0)
})

test('several listeners at once, each on its own port', async () => {
  const listeners = [{ url: 'mqtt://127.0.0.1:0' }, { url: 'mqtt://localhost:0' }]
  const { broker, core } = await createMqttFixture({ settings: { listeners } })
  expect(new Set(broker.urls.map(portOf)).size).toBe(2)
  await through(broker.urls[1] ?? '')
  await core.saw('connected pk/dn 1')
})

test('[::] listens on every address, also on IPv4, whose addresses stay IPv4 addresses', async () => {
  const { broker, core, port } = await createMqttFixture({ settings: { listeners: [{ url: 'mqtt://[::]:0' }] } })
  expect(broker.urls[0]).toMatch(/^mqtt:\/\/\[::\]:\d+$/)
  await enterAs(port, 'dn&pk')
  await core.saw('connected pk/dn 1')
  expect(broker.transport.host('pk/dn')).toBe('127.0.0.1')
})

describe('a listener that cannot be opened', () => {
  const failing = async (settings: Parameters<typeof mqttSettings>[0]) => createMqttFixture({ settings: settings ?? {} })

  test('is reported with the cause and a remedy, and nothing stays open', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const url = `mqtt://127.0.0.1:${(taken.address() as AddressInfo).port}`
    await expect(failing({ listeners: [{ url: 'mqtt://127.0.0.1:0' }, { url }] })).rejects.toMatchObject({
      code: 'OTA_LISTEN_FAILED',
      message: `cannot listen on ${url} (EADDRINUSE): another program uses the port; stop it or choose another port`,
    })
  })

  test.each([
    [{ url: 'mqtt://192.0.2.1:0' }, 'OTA_LISTEN_FAILED', 'this machine has no such address'],
    [{ url: 'mqtts://127.0.0.1:0' }, 'OTA_BAD_SETTINGS', 'mqtt.listeners[0]: mqtts://127.0.0.1:0 needs "cert" and "key"'],
    [{ url: 'mqtts://127.0.0.1:0', cert: 'x', key: 'y' }, 'OTA_BAD_SETTINGS', 'cannot be used'],
    [{ url: 'mqtts://127.0.0.1:0', cert: server.cert, key: renewed.key }, 'OTA_BAD_SETTINGS', 'belong together'],
    [{ ...secure, requestCert: true }, 'OTA_BAD_SETTINGS', '"requestCert" needs "ca"'],
    [{ url: 'mqtt://' }, 'OTA_BAD_SETTINGS', 'mqtt.listeners[0].url'],
  ])('%j is refused', async (listener, code, said) => {
    await expect(failing({ listeners: [listener] })).rejects.toMatchObject({ code, message: expect.stringContaining(said) })
  })
})

test('a reload uses a new certificate for new connections; existing connections stay open', async () => {
  const { broker, core, port } = await createMqttFixture({ settings: { listeners: [secure] } })
  const device = await through(broker.urls[0] ?? '', { ca: server.cert })
  expect(await shown(port)).toBe('fogbell-test-first')
  broker.reload(mqttSettings({ listeners: [{ ...secure, ...renewed }] }))
  expect(await shown(port)).toBe('fogbell-test-second')
  await device.publishAsync('fogcloud/pk/dn/thing/up/ota', 'still here', { qos: 1 })
  expect(core.received).toHaveLength(1)
  expect(() => broker.reload(mqttSettings({ listeners: [{ ...secure, cert: 'torn' }] }))).toThrow('cannot be used')
  expect(await shown(port)).toBe('fogbell-test-second')
})

test('a reload changes users: new rights apply at once, and a user that was removed or has another password is disconnected', async () => {
  const [hash, other] = await Promise.all(['one', 'two'].map((word) => hashPassword(word, Buffer.from('salt'))))
  const user = (username: string, subscribe: string[], passwordHash = hash ?? '') => ({ username, passwordHash, publish: ['#'], subscribe })
  const login = { password: Buffer.from('one') }
  const before = ['kept', 'gone', 'changed'].map((name) => user(name, ['#']))
  const { broker, port } = await createMqttFixture({ settings: { users: before } })
  const [kept, gone, changed] = [
    await enterAs(port, 'kept', login),
    await enterAs(port, 'gone', login),
    await enterAs(port, 'changed', login),
  ]
  await subscribe(kept, ['#', 0])
  broker.reload(mqttSettings({ users: [user('kept', ['b/#']), user('changed', ['#'], other)] }))
  await Promise.all([gone.closed, changed.closed])
  kept.write(publishPacket('a', 'unseen'), publishPacket('b/c', 'seen', { messageId: 8 }))
  expect(String((await kept.next('publish')).payload)).toBe('seen')
  expect((await connectAs(port, 'gone', login)).code).toBe(4)
  expect((await connectAs(port, 'changed', { password: Buffer.from('two') })).code).toBe(0)
})

test('invalid settings of users are refused with every fault', async () => {
  const users = [
    { username: 'a', passwordHash: 'scrypt$x', publish: ['a#'], subscribe: [] },
    { username: 'a', passwordHash: await hashPassword('x'), publish: [], subscribe: [] },
  ]
  await expect(createMqttFixture({ settings: { users, anonymous: { publish: [], subscribe: ['#/a'] } } })).rejects.toMatchObject({
    code: 'OTA_BAD_SETTINGS',
    faults: [
      { path: 'mqtt.users[0].publish[0]' },
      { path: 'mqtt.users[0].passwordHash' },
      { path: 'mqtt.users[1].username' },
      { path: 'mqtt.anonymous.subscribe[0]' },
    ],
  })
})

test('connections beyond the bound are refused, and those before stay open', async () => {
  const { broker, port, counts, log } = await createMqttFixture({ settings: { maxConnections: 2 } })
  const [one] = [await enterAs(port, 'dev1&pk'), await enterAs(port, 'dev2&pk')]
  for (let at = 0; at < 3; at += 1) await (await openWire(port)).closed
  await one.ping()
  expect(counts.get('refused too_many_connections')).toBe(3)
  expect(log.filter(({ message }) => message.startsWith('refused a connection'))).toHaveLength(1)
  await one.end()
  await expect.poll(() => broker.connections(), patient).toBe(1)
  await enterAs(port, 'dev3&pk')
})

test.each(['mqtts', 'ws', 'wss'])('the bound applies on %s before any handshake', async (scheme) => {
  const { broker, core, port } = await createMqttFixture({
    settings: { maxConnections: 1, listeners: [{ url: `${scheme}://127.0.0.1:0`, ...server }] },
  })
  const first = await through(broker.urls[0] ?? '', { ca: server.cert })
  await (await openWire(port)).closed
  await first.publishAsync('fogcloud/pk/dn/thing/up/ota', 'x', { qos: 1 })
  expect(core.received).toHaveLength(1)
  expect(broker.connections()).toBe(1)
})

describe('a packet that is too large', () => {
  test('is refused by its announced length, before its bytes arrive', async () => {
    const { port, counts, log } = await createMqttFixture({ settings: { maxPacketBytes: 2048 } })
    const device = await enterAs(port, 'dn&pk')
    device.stream.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))
    await device.closed
    await vi.waitUntil(() => counts.get('refused packet_too_large') === 1, patient)
    expect(log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'closed the connection of pk/dn: announced a packet of 268435460 bytes; the limit is 2048',
    ])
  })

  test('is refused before CONNECT too', async () => {
    const { port, counts, log } = await createMqttFixture({ settings: { maxPacketBytes: 2048 } })
    const wire = await openWire(port)
    wire.stream.write(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x7f]))
    const isLogged = () => log.some(({ message }) => message.startsWith('closed a connection: announced a packet'))
    await vi.waitUntil(() => counts.get('refused packet_too_large') === 1 && isLogged(), patient)
  })

  test('is one byte more than the bound', async () => {
    const { port, core } = await createMqttFixture({ settings: { maxPacketBytes: 2048 } })
    const device = await enterAs(port, 'dn&pk')
    const topic = 'fogcloud/pk/dn/thing/up/ota'
    const room = 2048 - 1 - 2 - 2 - topic.length - 2
    device.write(publishPacket(topic, 'x'.repeat(room)))
    await device.next('puback')
    device.write(publishPacket(topic, 'x'.repeat(room + 1)))
    await device.closed
    expect(core.received).toHaveLength(1)
  })
})

describe('over WebSocket', () => {
  const anonymous = { publish: [], subscribe: [] }
  const createWsFixture = async () => createMqttFixture({ settings: { anonymous, listeners: [{ url: 'ws://127.0.0.1:0' }] } })

  test.each([
    ['/other', ['mqtt'], 404],
    ['/mqtt', ['chat'], 400],
    ['/mqtt', [], 400],
  ])('%s with subprotocols %j is refused with %i', async (path, protocols, status) => {
    const { port } = await createWsFixture()
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols)
    const [error] = await once(client, 'error')
    expect(String(error)).toContain(String(status))
  })

  test('a plain HTTP request gets 426 with an explanation', async () => {
    const { port } = await createWsFixture()
    expect((await fetch(`http://127.0.0.1:${port}/mqtt`)).status).toBe(426)
  })

  const openSocket = async (port: number): Promise<WebSocket> => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, ['mqtt'])
    await once(client, 'open')
    return client
  }

  test('packets may be split over frames', async () => {
    const { port, core } = await createWsFixture()
    const client = await openSocket(port)
    expect(client.protocol).toBe('mqtt')
    for (const byte of generate(connectPacket({ username: 'dn&pk' }))) client.send(Buffer.from([byte]))
    await core.saw('connected pk/dn 1')
    client.close()
    await core.saw('disconnected pk/dn 1')
  })

  test('text frames end the connection', async () => {
    const { port } = await createWsFixture()
    const client = await openSocket(port)
    const answers: unknown[] = []
    client.on('message', (data) => answers.push(data))
    // All bytes of it are UTF-8.
    client.send(generate(connectPacket()).toString())
    await once(client, 'close')
    expect(answers).toEqual([])
  })
})

test('a device that vanishes during the TLS handshake does not affect others', async () => {
  const { broker, port } = await createMqttFixture({ settings: { listeners: [secure] } })
  const raw = await openWire(port)
  raw.stream.write('not TLS at all')
  await raw.closed
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const wire = wireOver(socket)
  wire.write(connectPacket({ username: 'dn&pk' }))
  await wire.next('connack')
  await wire.end()
  await expect.poll(() => broker.connections(), patient).toBe(0)
})

test('before `listen` the broker has no listeners and sends nothing', async () => {
  const broker = await createBroker({
    settings: mqttSettings(),
    dialect: fogcloud,
    enrolment: 'open',
    version: '0.0.0',
    registry: createFakeRegistry(),
    rows: memoryRows(),
    meter: { count: () => undefined },
    events: { emit: () => undefined, watches: () => false },
    log: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    now: Date.now,
  })
  expect(broker.urls).toEqual([])
  expect(broker.transport.send('pk/dn', { channel: 'ota', text: 'x' })).toBe(false)
  await broker.close()
})
