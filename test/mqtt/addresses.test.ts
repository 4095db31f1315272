// What one address may take before its clients have proved who they are.

import { afterEach, describe, expect, test } from 'vitest'
import { createAddresses } from '../../src/mqtt/addresses.ts'
import { createAdmission } from '../../src/mqtt/entry/admission.ts'
import { closeMqttFixtures, createFakeRegistry, createMqttFixture } from '../support/mqtt-fixture.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { connectAs } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const createFixture = (maxConnections = 3, newPerMinute = 3) => {
  const clock = { at: 1_000_000 }
  const bounds = { newPerMinute }
  const reached: string[] = []
  const quotas = { reached: (quota: string, taker: string) => void reached.push(`${quota} ${taker}`) }
  const addresses = createAddresses({
    quotas,
    maxConnections: () => maxConnections,
    newPerMinute: () => bounds.newPerMinute,
    now: () => clock.at,
  })
  return { addresses, bounds, clock, reached }
}

describe('connections without a proven identity', () => {
  test('are bounded for one address, and for that one alone', () => {
    const { addresses, reached } = createFixture()
    for (let port = 1; port <= 3; port++) expect(addresses.open(`10.0.0.1:${port}`)).toBe(true)
    expect(addresses.open('10.0.0.1:4')).toBe(false)
    expect(addresses.open('10.0.0.2:4')).toBe(true)
    expect(reached).toEqual(['connections 10.0.0.1'])
    addresses.release('10.0.0.1:2')
    addresses.release('10.0.0.1:4')
    expect(addresses.open('10.0.0.1:4')).toBe(true)
    expect(addresses.open('10.0.0.1:5')).toBe(false)
  })

  test('of an IPv6 network are bounded together', () => {
    const { addresses, reached } = createFixture()
    for (let at = 1; at <= 3; at++) expect(addresses.open(`[2001:db8::${at}]:1`)).toBe(true)
    expect(addresses.open('[2001:db8::4]:1')).toBe(false)
    expect(addresses.open('[2001:db8:0:1::4]:1')).toBe(true)
    expect(reached).toEqual(['connections 2001:db8:0:0::/64'])
    addresses.release('[2001:db8::2]:1')
    expect(addresses.open('[2001:db8::4]:1')).toBe(true)
  })

  test('that have closed count no more, however often', () => {
    const { addresses, reached } = createFixture()
    for (let port = 1; port <= 1000; port++) {
      addresses.open(`10.0.0.1:${port}`)
      addresses.release(`10.0.0.1:${port}`)
      addresses.release(`10.0.0.1:${port}`)
    }
    expect(reached).toEqual([])
  })

  test.each(['127.0.0.1', '127.9.9.9', '[::1]'])('of loopback (%s) are not bounded', (address) => {
    const { addresses } = createFixture()
    for (let port = 1; port <= 100; port++) expect(addresses.open(`${address}:${port}`)).toBe(true)
    for (let turn = 0; turn < 100; turn++) expect(addresses.mayBeNew(address)).toBe(true)
  })
})

describe('new device names', () => {
  test('come back at their rate', () => {
    const { addresses, clock, reached } = createFixture()
    expect(Array.from({ length: 4 }, () => addresses.mayBeNew('10.0.0.1'))).toEqual([true, true, true, false])
    expect(addresses.mayBeNew('[2001:db8::1]')).toBe(true)
    expect(reached).toEqual(['new_names 10.0.0.1'])
    clock.at += 20_000
    expect([addresses.mayBeNew('10.0.0.1'), addresses.mayBeNew('10.0.0.1')]).toEqual([true, false])
  })

  test('of an IPv6 network come at one rate', () => {
    const { addresses } = createFixture()
    expect([1, 2, 3, 4].map((at) => addresses.mayBeNew(`[2001:db8::${at}]`))).toEqual([true, true, true, false])
  })

  test('are bounded by the setting as it is after a reload', () => {
    const { addresses, bounds } = createFixture()
    for (let turn = 0; turn < 3; turn++) addresses.mayBeNew('10.0.0.1')
    bounds.newPerMinute = 5
    expect(Array.from({ length: 6 }, () => addresses.mayBeNew('10.0.0.1'))).toEqual([true, true, true, true, true, false])
  })

  test.each(['open', 'first-use'] as const)(
    'beyond the bound are refused, with enrolment %s, and known devices are not',
    async (enrolment) => {
      const registry = createFakeRegistry()
      registry.add('pk', 'known', { kind: 'none' })
      const admit = createAdmission({
        enrolment,
        registry,
        log: createRecordingLog([]),
        passwordHash: () => undefined,
        anonymousAllowed: () => false,
        checkPassword: () => Promise.resolve(false),
        mayBeNew: (address) => address !== '10.0.0.1',
      })
      const nothing = { password: undefined, certificate: null }
      const device = (name: string) => ({ kind: 'device', key: `pk/${name}`, product: 'pk', name, clientId: '', signMethod: '' }) as const
      expect(await admit(device('new'), nothing, '10.0.0.1')).toMatchObject({ code: 3, reason: 'too_many_new_names' })
      expect(registry.enrolled).toEqual([])
      expect(await admit(device('known'), { ...nothing, password: Buffer.from('p') }, '10.0.0.1')).toBeNull()
      expect(await admit(device('new'), nothing, '10.0.0.2')).toBeNull()
    },
  )
})

test('on loopback a broker takes more than the bounds of an address', async () => {
  const { port, counts } = await createMqttFixture({ settings: { connectionsPerAddress: 1, newDevicesPerAddress: 1 } })
  for (let turn = 0; turn < 5; turn++) expect((await connectAs(port, `d${turn}&pk`)).code).toBe(0)
  expect([...counts.keys()].filter((key) => key.startsWith('quotas'))).toEqual([])
})
