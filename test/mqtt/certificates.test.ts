// Devices that prove themselves by a certificate, on a listener with `requestCert` (protocol.md §6).

import { connect, connectAsync, type IClientOptions } from 'mqtt'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { hashPassword } from '../../src/password.ts'
import type { Enrolment } from '../../src/settings.ts'
import { createAuthority } from '../support/authority.ts'
import { closeMqttFixtures, createMqttFixture, type MqttFixture, type MqttSettings } from '../support/mqtt-fixture.ts'
import { patient } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const [authority, foreign] = [createAuthority(), createAuthority('Another authority', true)]

const fixtureWith = (enrolment: Enrolment, scheme = 'mqtts', change: Partial<MqttSettings> = {}): Promise<MqttFixture> => {
  const listener = {
    url: `${scheme}://127.0.0.1:0`,
    ...authority.sign('localhost', { names: ['127.0.0.1'] }),
    ca: authority.cert,
    requestCert: true,
  }
  return createMqttFixture({ enrolment, settings: { listeners: [listener], ...change } })
}

const device = { username: 'dn&pk', clientId: 'c', protocolVersion: 4, reconnectPeriod: 0 } as const

const through = async ({ broker }: MqttFixture, options: IClientOptions): Promise<void> => {
  const client = await connectAsync(broker.urls[0] ?? '', { ...device, ca: authority.cert, ...options })
  onTestFinished(() => client.endAsync(true))
}

/** The first refusal, and the end of the connection. */
const refusal = async (fixture: MqttFixture, options: IClientOptions): Promise<object | undefined> => {
  const client = connect(fixture.broker.urls[0] ?? '', { ...device, ca: authority.cert, ...options })
  client.on('error', () => undefined)
  await new Promise<void>((resolve) => client.once('close', () => resolve()))
  await client.endAsync(true)
  const { refusals } = fixture.registry
  await vi.waitUntil(() => refusals.length > 0, patient)
  return refusals[0]
}

describe('a certificate for the identity of the user name takes the place of the password', () => {
  test.each(['mqtts', 'wss'])('over %s, whatever the device sends as password', async (scheme) => {
    const fixture = await fixtureWith('first-use', scheme)
    fixture.registry.add('pk', 'dn', { kind: 'secret', secret: 'secret', plain: false })
    await through(fixture, { ...authority.sign('pk/dn'), password: Buffer.from('wrong') })
    await fixture.core.saw('connected pk/dn 1')
    expect(fixture.broker.transport.tlsHost('pk/dn')).toBe('127.0.0.1')
  })

  test('of names with any characters', async () => {
    const fixture = await fixtureWith('first-use')
    await through(fixture, { ...authority.sign('灯 泡/设备.é'), username: '设备.é&灯 泡' })
    await fixture.core.saw('connected 灯 泡/设备.é 1')
    expect(fixture.registry.enrolled).toEqual(['灯 泡/设备.é none'])
  })

  test('and ends the claim of a gateway, as a proof does', async () => {
    const fixture = await fixtureWith('first-use')
    const admitted = vi.spyOn(fixture.registry, 'admitted')
    await through(fixture, authority.sign('pk/dn'))
    expect(admitted).toHaveBeenCalledWith('pk/dn', true)
  })

  test('where enrolment is closed the device must be known; it needs no secret', async () => {
    const fixture = await fixtureWith('closed')
    expect(await refusal(fixture, authority.sign('pk/dn'))).toMatchObject({ reason: 'unknown_device', device: 'pk/dn' })
    fixture.registry.add('pk', 'dn', { kind: 'none' })
    await through(fixture, authority.sign('pk/dn'))
  })
})

describe('a certificate that does not count is refused with its reason', () => {
  test.each<[string, () => IClientOptions, object]>([
    ['of another device', () => authority.sign('pk/other'), { reason: 'certificate_other_name', device: 'pk/dn', user: 'dn&pk' }],
    ['of no device', () => authority.sign(''), { reason: 'certificate_other_name', device: 'pk/dn' }],
    ['that has expired', () => authority.sign('pk/dn', { days: -0.5 }), { reason: 'certificate_expired', device: 'pk/dn', user: null }],
    [
      'that begins tomorrow',
      () => authority.sign('pk/dn', { from: new Date(Date.now() + 86_400_000) }),
      { reason: 'certificate_not_valid_yet', device: 'pk/dn' },
    ],
    ['of another authority', () => foreign.sign('pk/dn'), { reason: 'certificate_untrusted', device: 'pk/dn' }],
    ['of a server', () => authority.sign('pk/dn', { names: ['localhost'] }), { reason: 'certificate_untrusted', device: 'pk/dn' }],
    ['or none', () => ({}), { reason: 'certificate_missing', device: null, address: '127.0.0.1' }],
  ])('%s', async (_what, options, expected) => {
    const fixture = await fixtureWith('open')
    expect(await refusal(fixture, options())).toMatchObject(expected)
    expect(fixture.core.calls).toEqual([])
  })
})

test('a user of the settings needs a certificate, of whatever name, and its password', async () => {
  const passwordHash = await hashPassword('right', Buffer.from('salt'))
  const users = [{ username: 'ops', passwordHash, publish: ['#'], subscribe: ['#'] }]
  const fixture = await fixtureWith('first-use', 'mqtts', { users })
  const certificate = authority.sign('pk/dn')
  expect(await refusal(fixture, { ...certificate, username: 'ops', password: Buffer.from('wrong') })).toMatchObject({
    reason: 'bad_password',
  })
  await through(fixture, { ...certificate, username: 'ops', password: Buffer.from('right') })
})

test('a client that names the server by SNI gets links with that name', async () => {
  const fixture = await fixtureWith('first-use')
  await through(fixture, { ...authority.sign('pk/dn'), servername: 'Fogbell.local', rejectUnauthorized: false })
  await fixture.core.saw('connected pk/dn 1')
  expect([fixture.broker.transport.host('pk/dn'), fixture.broker.transport.tlsHost('pk/dn')]).toEqual(['127.0.0.1', 'fogbell.local'])
})
