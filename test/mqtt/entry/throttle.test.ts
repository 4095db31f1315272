// Guessing passwords: slow for one name from one address, and others are not affected.

import { afterEach, expect, test } from 'vitest'
import { createThrottle } from '../../../src/mqtt/entry/throttle.ts'
import { closeMqttFixtures, createMqttFixture } from '../../support/mqtt-fixture.ts'
import { connectAs } from '../../support/wire-client.ts'

afterEach(closeMqttFixtures)

test('ten wrong attempts are checked at once, then one in two seconds', () => {
  let now = 1_000_000
  const throttle = createThrottle(() => now)
  const tries = (): boolean => {
    if (!throttle.allows('192.0.2.7', 'pk/dn')) return false
    throttle.failed('192.0.2.7', 'pk/dn')
    return true
  }
  expect(Array.from({ length: 100 }, tries).filter(Boolean)).toHaveLength(11)
  expect(throttle.allows('192.0.2.8', 'pk/dn')).toBe(true)
  expect(throttle.allows('192.0.2.7', 'pk/dn2')).toBe(true)
  let looked = 0
  for (; now < 1_000_000 + 60_000; now += 100) if (tries()) looked += 1
  expect(looked).toBeGreaterThan(20)
  expect(looked).toBeLessThan(40)
})

test('all addresses of an IPv6 network have their attempts together', () => {
  const throttle = createThrottle(() => 1_000_000)
  for (let at = 1; at <= 11; at += 1) throttle.failed(`[2001:db8::${at}]`, 'pk/dn')
  expect(throttle.allows('[2001:db8::99]', 'pk/dn')).toBe(false)
  expect(throttle.allows('[2001:db8:0:1::1]', 'pk/dn')).toBe(true)
})

test('a device whose password is being guessed gets CONNACK 3, and others from that address are admitted', async () => {
  const { port, registry, counts } = await createMqttFixture({ enrolment: 'first-use' })
  registry.add('pk', 'dn', { kind: 'secret', secret: '0123456789abcdef0123456789abcdef', plain: true })
  const guess = async () => (await connectAs(port, 'dn&pk', { password: Buffer.from('guess') })).code
  const codes: number[] = []
  for (let at = 0; at < 14; at += 1) codes.push(await guess())
  expect(codes.slice(0, 11)).toEqual(Array(11).fill(4))
  expect(codes.slice(11)).toEqual([3, 3, 3])
  expect(counts.get('refused too_many_tries')).toBe(3)
  expect((await connectAs(port, 'other&pk', { password: Buffer.from('mine') })).code).toBe(0)
})

test('pauses are bounded: 10,000 are kept, and one more ends them all early', () => {
  const throttle = createThrottle(() => 1_000_000)
  const pause = (name: string): void => {
    for (let tries = 0; tries < 11; tries += 1) throttle.failed('192.0.2.7', name)
  }
  for (let at = 0; at < 10_000; at += 1) pause(`d${at}`)
  expect([throttle.allows('192.0.2.7', 'd0'), throttle.allows('192.0.2.7', 'd9999')]).toEqual([false, false])
  pause('one more')
  expect([throttle.allows('192.0.2.7', 'd0'), throttle.allows('192.0.2.7', 'd9999')]).toEqual([true, true])
  expect(throttle.allows('192.0.2.7', 'one more')).toBe(false)
})
