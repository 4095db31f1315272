// What devices send beyond what is read: gateways with thousands of sub-devices say them once, at boot.

import { beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let gateway: Connection

beforeEach(async () => {
  fixture = await createOtaFixture()
  gateway = await fixture.join('pk/gw')
})

const named = (count: number, more: object = {}): readonly object[] =>
  Array.from({ length: count }, (_, i) => ({
    identity: { product_key: 'pk', device_name: `a-child-of-the-gateway-${i}` },
    version: '1.0.0',
    module: 'mcu',
    ...more,
  }))
const known = (): number => [...fixture.store.reads.devices()].filter((device) => device.gateway === 'pk/gw').length
const unread = async (): Promise<readonly string[]> =>
  (await fixture.why('pk/gw')).filter(({ rule }) => rule === 'unread').map(({ text, ok }) => `${ok} ${text}`)

test('2,000 sub-devices in one message are known, by their versions and by topo', async () => {
  await fixture.say(gateway, 'sub.version.post', named(2000))
  expect(known()).toBe(2000)
  await fixture.topo(
    gateway,
    'add',
    Array.from({ length: 2000 }, (_, i) => `t${i}`),
  )
  expect(known()).toBe(4000)
  expect(fixture.drops.size).toBe(0)
  expect(await unread()).toEqual([])
})

test('what is cut is counted and said by why, until the gateway sends it whole on a newer connection', async () => {
  await fixture.say(gateway, 'sub.version.post', named(2010))
  expect(known()).toBe(2000)
  expect(fixture.drops.get('too_many_elements')).toBe(1)
  expect(await unread()).toEqual([
    'false at 1970-01-01T00:16:40.000Z it sent a sub.version.post with 2010 elements, of which the first 2000 were read: it must send the others in another message',
  ])
  await fixture.say(gateway, 'sub.version.post', named(1))
  expect(await unread()).toHaveLength(1)
  gateway = await fixture.join('pk/gw')
  await fixture.say(gateway, 'sub.upgrade.post', [])
  expect(await unread()).toHaveLength(1)
  await fixture.say(gateway, 'sub.version.post', named(1000))
  expect(await unread()).toEqual([])
})

test('topo is cut alike', async () => {
  await fixture.topo(
    gateway,
    'login',
    Array.from({ length: 2001 }, (_, i) => `t${i}`),
  )
  expect(known()).toBe(2000)
  expect((await unread())[0]).toContain('it sent a login with 2001 elements')
})

test('a message of more than 512 KiB is dropped, and why says so', async () => {
  await fixture.say(gateway, 'sub.version.post', named(2000, { more: 'x'.repeat(300) }))
  expect(known()).toBe(0)
  expect(fixture.drops.get('too_large')).toBe(1)
  expect((await unread())[0]).toContain('which was dropped: at most 524288 are read')
})

test('a device without sub-devices has 64 KiB, one with them more for itself too', async () => {
  const large = { version: '1', module: 'gateway', more: 'x'.repeat(70_000) }
  await fixture.say(gateway, 'version.post', large)
  expect(fixture.drops.get('too_large')).toBe(1)
  await fixture.say(gateway, 'sub.version.post', named(1))
  await fixture.say(gateway, 'version.post', large)
  expect(fixture.store.reads.device('pk/gw')?.modules).toMatchObject([{ name: 'gateway', version: '1' }])
})

test('an operator who allows single devices more takes nothing from gateways', async () => {
  fixture = await createOtaFixture({ settings: { maxUplinkBytes: 600_000 } })
  gateway = await fixture.join('pk/gw')
  await fixture.say(gateway, 'sub.version.post', named(1, { more: 'x'.repeat(590_000) }))
  expect(known()).toBe(1)
})
