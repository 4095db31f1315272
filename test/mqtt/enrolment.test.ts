// Which clients are admitted with each setting of `devices.enrolment` (protocol.md §6).

import { createHash } from 'node:crypto'
import { generate } from 'mqtt-packet'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { signature } from '../../src/mqtt/entry/credential.ts'
import { hashPassword } from '../../src/password.ts'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { connectAs, connectPacket, enterAs, openWire, patient, publishPacket, subscribe } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const secret = '0123456789abcdef0123456789abcdef'
const password = (text: string) => ({ password: Buffer.from(text) })
const signed = (clientId: string, method = 'hmacsha1') => {
  const identity = { kind: 'device', key: 'pk/dn', product: 'pk', name: 'dn', clientId, signMethod: method } as const
  return { clientId: `${clientId}|signmethod=${method},authType=1|`, ...password(signature(identity, secret) ?? '') }
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('open', () => {
  test('any client may be any device, which is enrolled before CONNACK', async () => {
    const { registry, port } = await createMqttFixture({ enrolment: 'open' })
    let recorded = false
    registry.before = async () => {
      await Promise.resolve()
      recorded = true
    }
    await enterAs(port, 'dn&pk', password('one'))
    expect(recorded).toBe(true)
    await enterAs(port, 'dn&pk', password('two'))
    await enterAs(port, 'dn&pk')
    expect(registry.enrolled).toEqual(['pk/dn none'])
  })
})

describe('first-use', () => {
  const firstUse = () => createMqttFixture({ enrolment: 'first-use' })

  test('the first password is bound before CONNACK; another, or none, is refused later', async () => {
    const { registry, port, counts, log } = await firstUse()
    await enterAs(port, 'dn&pk', password('one'))
    expect(registry.enrolled).toEqual([`pk/dn ${sha256('one')}`])
    expect((await connectAs(port, 'dn&pk', password('two'))).code).toBe(4)
    expect((await connectAs(port, 'dn&pk')).code).toBe(4)
    expect((await connectAs(port, 'dn&pk', password('one'))).code).toBe(0)
    await vi.waitUntil(() => counts.get('connects device') === 2, patient)
    expect([counts.get('refused bad_password'), counts.get('refused no_password')]).toEqual([1, 1])
    expect(log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'refused a connection: sent another password than at its first use; `fogbell device forget-credential pk/dn` unbinds that one',
      'refused a connection: sent no password, though one was bound at its first use',
    ])
  })

  test('an HMAC as password may be in upper or lower case', async () => {
    const { port } = await firstUse()
    await enterAs(port, 'dn&pk', password('51a5413ec0633726fda22945279c06a16f9df2e9'))
    expect((await connectAs(port, 'dn&pk', password('51A5413EC0633726FDA22945279C06A16F9DF2E9'))).code).toBe(0)
  })

  test('a device without a password is admitted until it first sends one', async () => {
    const { registry, port } = await firstUse()
    await enterAs(port, 'dn&pk')
    await enterAs(port, 'dn&pk', password(''))
    expect(registry.enrolled).toEqual(['pk/dn none'])
    await enterAs(port, 'dn&pk', password('one'))
    expect((await connectAs(port, 'dn&pk')).code).toBe(4)
  })

  test('of two first CONNECTs with different passwords at once, one is refused', async () => {
    const { registry, port } = await firstUse()
    const held: (() => void)[] = []
    registry.before = () => new Promise((resolve) => held.push(resolve))
    const both = [connectAs(port, 'dn&pk', password('one')), connectAs(port, 'dn&pk', password('two'))]
    await vi.waitUntil(() => held.length === 2, patient)
    for (const go of held) go()
    expect((await Promise.all(both)).map(({ code }) => code)).toSatisfy((codes: number[]) => codes.includes(0) && codes.includes(4))
  })

  test('a device with a secret must prove it', async () => {
    const { registry, port, counts } = await firstUse()
    registry.add('pk', 'dn', { kind: 'secret', secret, plain: false })
    for (const method of ['hmacsha1', 'hmacmd5', 'hmacsha256']) expect((await connectAs(port, 'dn&pk', signed('abc', method))).code).toBe(0)
    expect((await connectAs(port, 'dn&pk', { ...signed('abc'), clientId: 'other|signmethod=hmacsha1,authType=1|' })).code).toBe(4)
    expect((await connectAs(port, 'dn&pk', { ...password('x'), clientId: 'abc|signmethod=rot13,authType=1|' })).code).toBe(4)
    expect((await connectAs(port, 'dn&pk', password(secret))).code).toBe(4)
    expect((await connectAs(port, 'dn&pk')).code).toBe(4)
    expect([counts.get('refused bad_signature'), counts.get('refused no_password')]).toEqual([3, 1])
    expect(registry.enrolled).toEqual([])
  })

  test('the plain secret is accepted as password if the record allows it', async () => {
    const { registry, port } = await firstUse()
    registry.add('pk', 'dn', { kind: 'secret', secret, plain: true })
    expect((await connectAs(port, 'dn&pk', password(secret))).code).toBe(0)
    expect((await connectAs(port, 'dn&pk', signed('abc'))).code).toBe(0)
    expect((await connectAs(port, 'dn&pk', password('x'))).code).toBe(4)
  })
})

describe('closed', () => {
  test('only devices with a secret are admitted', async () => {
    const { registry, port, counts } = await createMqttFixture({ enrolment: 'closed' })
    registry.add('pk', 'dn', { kind: 'secret', secret, plain: false })
    registry.add('pk', 'bare', { kind: 'none' })
    expect((await connectAs(port, 'dn&pk', signed('abc'))).code).toBe(0)
    expect((await connectAs(port, 'bare&pk', password('x'))).code).toBe(5)
    expect((await connectAs(port, 'new&pk', password('x'))).code).toBe(5)
    expect([counts.get('refused no_secret'), counts.get('refused unknown_device')]).toEqual([1, 1])
    expect(registry.enrolled).toEqual([])
  })
})

test('if the registry fails, the answer is CONNACK 3; the next attempt may succeed', async () => {
  const { registry, core, port } = await createMqttFixture()
  registry.before = () => Promise.reject(new Error('disk full'))
  expect((await connectAs(port, 'dn&pk')).code).toBe(3)
  expect(core.calls).toEqual([])
  registry.before = () => Promise.resolve()
  expect((await connectAs(port, 'dn&pk')).code).toBe(0)
})

test('a client that leaves during its CONNECT does not disconnect the connected one', async () => {
  const { broker, registry, core, port } = await createMqttFixture({ enrolment: 'first-use' })
  registry.add('pk', 'dn', { kind: 'none' })
  const first = await enterAs(port, 'dn&pk')
  const held: (() => void)[] = []
  registry.before = () => new Promise((resolve) => held.push(resolve))
  const hasty = await openWire(port)
  hasty.write(connectPacket({ username: 'dn&pk', password: Buffer.from('x') }))
  await vi.waitUntil(() => held.length === 1, patient)
  hasty.reset()
  await expect.poll(() => broker.connections(), patient).toBe(1)
  for (const go of held) go()
  await first.ping()
  expect(core.calls).toEqual(['connected pk/dn 1'])
})

test.each([
  ['a&b&c', 4],
  ['dn&', 4],
  ['d/n&pk', 4],
  ['alice', 4],
  [undefined, 5],
])('the username %j gets CONNACK %i', async (username, code) => {
  const { port, core } = await createMqttFixture()
  const { wire, code: got } = await connectAs(port, username)
  expect(got).toBe(code)
  await wire.closed
  expect(core.calls).toEqual([])
})

test.each(['a b&p k', 'dn|x&pk', '设备&产品'])('the device %j is admitted and reports on its own topic', async (username) => {
  const { port, core } = await createMqttFixture()
  const device = await enterAs(port, username, { clientId: `${'x'.repeat(200)}|signmethod=hmacsha1,authType=1|`, clean: false })
  const [name, product] = username.split('&')
  expect(await subscribe(device, [`fogcloud/${product}/${name}/thing/down/ota`, 1])).toEqual([1])
  device.write(publishPacket(`fogcloud/${product}/${name}/thing/up/ota`, 'x'))
  await device.next('puback')
  expect(core.received).toMatchObject([{ device: `${product}/${name}` }])
})

test('a persistent session needs a client id [MQTT-3.1.3-8]', async () => {
  const { port, counts } = await createMqttFixture()
  const nameless = generate(connectPacket({ username: 'dn&pk', clientId: '' }))
  // Sets the connect flags: mqtt-packet does not write such a CONNECT.
  nameless[9] = (nameless[9] ?? 0) & ~0x02
  const wire = await openWire(port)
  wire.stream.write(nameless)
  expect((await wire.next('connack')).returnCode).toBe(2)
  expect((await connectAs(port, 'dn&pk', { clientId: '', clean: true })).code).toBe(0)
  expect(counts.get('refused client_id')).toBe(1)
})

test.each([
  [0, 5],
  [61, 5],
  [60, 0],
])('with a limit of 60 s a keep-alive of %i s gets CONNACK %i', async (keepalive, code) => {
  const { port } = await createMqttFixture({ settings: { keepaliveLimit: 60 } })
  expect((await connectAs(port, 'dn&pk', { keepalive })).code).toBe(code)
})

test('MQTT 5 gets CONNACK 1 and is counted', async () => {
  const { port, counts } = await createMqttFixture()
  expect((await connectAs(port, 'dn&pk', { protocolVersion: 5 })).code).toBe(1)
  await vi.waitUntil(() => counts.get('refused bad_protocol') === 1, patient)
})

test('watchers of a device see its refusals', async () => {
  const { port, watched, events } = await createMqttFixture({ enrolment: 'closed' })
  watched.add('pk/dn')
  await connectAs(port, 'dn&pk')
  await connectAs(port, 'dn2&pk')
  expect(events).toEqual([
    {
      type: 'message',
      device: 'pk/dn',
      direction: 'refused',
      text: expect.stringMatching(/^CONNECT from 127\.0\.0\.1:\d+: enrolment is closed and the device is unknown$/),
      code: 'refused_connect',
      params: { remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/), why: { code: 'connection_refused_unknown_device', params: {} } },
    },
  ])
})

test('users are admitted only with their password, and have only their topics', async () => {
  const passwordHash = await hashPassword('right', Buffer.from('salt'))
  const { port, counts } = await createMqttFixture({
    settings: { users: [{ username: 'ops', passwordHash, publish: ['desk/#'], subscribe: ['desk/+'] }] },
  })
  expect((await connectAs(port, 'ops', password('wrong'))).code).toBe(4)
  expect((await connectAs(port, 'ops')).code).toBe(4)
  const user = await enterAs(port, 'ops', password('right'))
  expect(await subscribe(user, ['desk/1', 1], ['desk/#', 1], ['#', 0])).toEqual([1, 128, 128])
  user.write(publishPacket('desk/1', 'in'), publishPacket('other', 'out', { messageId: 8 }))
  expect((await user.next('publish')).payload.toString()).toBe('in')
  expect([counts.get('connects user'), counts.get('subscribe_denied user'), counts.get('publish_denied not_covered')]).toEqual([1, 2, 1])
})
