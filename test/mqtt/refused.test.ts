// Who was refused, as the broker names it to the core and in the log; and which connection took the place of which.

import { connect } from 'node:net'
import { generate } from 'mqtt-packet'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture, type MqttFixture } from '../support/mqtt-fixture.ts'
import { connectAs, connectPacket, enterAs, openWire, patient, wireOver } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const password = (text: string) => ({ password: Buffer.from(text) })
const refusals = async ({ registry: { refusals: found } }: MqttFixture, count = 1): Promise<MqttFixture['registry']['refusals']> => {
  await vi.waitUntil(() => found.length >= count, patient)
  return found
}

describe('a refused CONNECT is named with reason, client id, user and address', () => {
  test.each<[string, string | undefined, object, object]>([
    [
      'a wrong password',
      'dn&pk',
      { clientId: 'c7', ...password('wrong') },
      { reason: 'bad_password', device: 'pk/dn', clientId: 'c7', user: 'dn&pk' },
    ],
    ['no user name', undefined, { clientId: 'c7' }, { reason: 'anonymous', device: null, clientId: 'c7', user: null }],
    ['an unknown user', 'alice', { clientId: 'c7' }, { reason: 'unknown_user', device: null, clientId: 'c7', user: 'alice' }],
    ['a bad name', 'a&b&c', { clientId: 'c7' }, { reason: 'bad_name', device: null, clientId: 'c7', user: 'a&b&c' }],
    ['a long client id', 'dn&pk', { clientId: 'x'.repeat(2000) }, { reason: 'no_password', clientId: 'x'.repeat(256) }],
  ])('%s', async (_name, username, change, expected) => {
    const fixture = await createMqttFixture({ enrolment: 'first-use' })
    await enterAs(fixture.port, 'dn&pk', password('right'))
    const { code } = await connectAs(fixture.port, username, change)
    expect(code).not.toBe(0)
    expect(await refusals(fixture)).toEqual([expect.objectContaining({ address: '127.0.0.1', ...expected })])
  })
})

/** CONNECT of MQTT 5 with all that it may have. */
const five = (change: object = {}): Buffer =>
  generate(
    {
      ...connectPacket({ protocolVersion: 5, clientId: 'gear5', username: 'dn&pk', ...password('p') }),
      properties: { sessionExpiryInterval: 3600, userProperties: { key: 'x'.repeat(200) } },
      will: { topic: 't', payload: Buffer.from('gone'), qos: 1, retain: false, properties: { willDelayInterval: 5 } },
      ...change,
    },
    { protocolVersion: 5 },
  )

describe('a CONNECT of MQTT 5', () => {
  const knock = async ({ port }: MqttFixture, bytes: Buffer, from = '127.0.0.1'): Promise<number | undefined> => {
    const wire = await openWire(port, '127.0.0.1', from)
    wire.stream.write(bytes)
    const { returnCode } = await wire.next('connack')
    await wire.closed
    return returnCode
  }

  test('is refused by name', async () => {
    const fixture = await createMqttFixture()
    expect(await knock(fixture, five())).toBe(1)
    expect(await refusals(fixture)).toEqual([
      { reason: 'bad_protocol', device: 'pk/dn', clientId: 'gear5', user: 'dn&pk', address: '127.0.0.1' },
    ])
    expect(fixture.log.find(({ level }) => level === 'warn')).toMatchObject({
      fields: { clientId: 'gear5', user: 'dn&pk', client: 'pk/dn' },
      message: expect.stringContaining('MQTT 5'),
    })
    expect(fixture.registry.notes).toContain('refused pk/dn bad_protocol')
  })

  test('is a warning at most once a minute for one address', async () => {
    const fixture = await createMqttFixture()
    for (const from of ['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2', '127.0.0.1']) await knock(fixture, five(), from)
    await refusals(fixture, 5)
    expect(fixture.log.filter(({ level }) => level === 'warn')).toHaveLength(2)
    expect(fixture.counts.get('refused bad_protocol')).toBe(5)
  })

  test.each<[string, Buffer, object]>([
    ['without a user', generate({ ...connectPacket({ protocolVersion: 5 }) }), { clientId: 'c1', user: null, device: null }],
    [
      'that ends in its properties',
      Buffer.from([0x10, 11, 0, 4, ...Buffer.from('MQTT'), 5, 0x82, 0, 60, 0xff]),
      { clientId: null, user: null },
    ],
    [
      'with a wrong length',
      Buffer.from([0x10, 14, 0, 4, ...Buffer.from('MQTT'), 5, 0x82, 0, 60, 0, 9, 9, 65]),
      { clientId: null, user: null },
    ],
    [
      'that is cut after its client id',
      Buffer.from([0x10, 14, 0, 4, ...Buffer.from('MQTT'), 5, 0x82, 0, 60, 0, 0, 1, 65]),
      { clientId: 'A', user: null },
    ],
  ])('%s is answered all the same', async (_name, bytes, expected) => {
    const fixture = await createMqttFixture()
    expect(await knock(fixture, bytes)).toBe(1)
    expect(await refusals(fixture)).toEqual([expect.objectContaining(expected)])
  })

  test('of a bridge, which sets the highest bit of its level, too', async () => {
    const fixture = await createMqttFixture()
    const bytes = generate(connectPacket({ username: 'dn&pk', clientId: 'bridge' }))
    bytes[8] = 0x84
    expect(await knock(fixture, bytes)).toBe(1)
    expect(await refusals(fixture)).toEqual([expect.objectContaining({ clientId: 'bridge', user: 'dn&pk' })])
  })
})

test('the core learns which connection took the place of an older one, and both addresses', async () => {
  const { core, port } = await createMqttFixture()
  const older = await enterAs(port, 'dn&pk')
  const newer = wireOver(connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }))
  newer.write(connectPacket({ username: 'dn&pk', clientId: 'other' }))
  await older.closed
  await core.saw('connected pk/dn 2')
  await newer.end()
  await core.saw('disconnected pk/dn 2')
  expect(core.ends).toEqual([
    [
      { device: 'pk/dn', id: 1, address: '127.0.0.1' },
      { device: 'pk/dn', id: 2, address: '127.0.0.2' },
    ],
    [{ device: 'pk/dn', id: 2, address: '127.0.0.2' }, undefined],
  ])
})
