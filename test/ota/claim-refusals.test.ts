// Devices that no gateway may claim, though they have shown no credential and are away.

import { expect, test } from 'vitest'
import type { DeviceKey } from '../../src/ota/model.ts'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { createOtaFixture, type OtaFixture, type OtaFixtureOptions } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let gateway: Connection

const open = async (options: OtaFixtureOptions = {}): Promise<void> => {
  fixture = await createOtaFixture(options)
  gateway = await fixture.join('pk/gw')
  await fixture.subscribe(gateway, 'topo')
}
const child = (name: string, version = '1.0.0'): object => ({ identity: { product_key: 'pk', device_name: name }, version, module: 'mcu' })
const report = (by: Connection, ...names: readonly string[]): Promise<void> =>
  fixture.say(
    by,
    'sub.version.post',
    names.map((name) => child(name)),
  )
const gatewayOf = (key: DeviceKey): DeviceKey | null | undefined => fixture.store.reads.device(key)?.gateway
const leave = async (connection: Connection): Promise<void> => {
  fixture.core.disconnected(connection)
  await fixture.settle()
}
/** Neither by a report nor by topo. */
const triesInVain = async (name: string): Promise<void> => {
  await report(gateway, name)
  await fixture.topo(gateway, 'add', [name])
  await fixture.topo(gateway, 'login', [name])
  expect(fixture.drops.get('not_child')).toBe(3)
}

test('one that is disputed, until an operator decides', async () => {
  await open()
  await report(gateway, 'c')
  await fixture.core.enrol('pk', 'c', null)
  await fixture.core.admitted('pk/c')
  await leave(fixture.connect('pk/c'))
  await triesInVain('c')
  fixture = await fixture.restart()
  await fixture.core.admitted('pk/c')
  gateway = await fixture.join('pk/gw')
  await report(gateway, 'c')
  expect([gatewayOf('pk/c'), fixture.store.reads.device('pk/c')?.disputed?.gateway]).toEqual([null, 'pk/gw'])
})

test('a gateway that has sub-devices', async () => {
  await open()
  const other = await fixture.join('pk/other')
  await report(other, 'its')
  await leave(other)
  await triesInVain('other')
  expect(gatewayOf('pk/other')).toBeNull()
})

test('where enrolment is closed, one that a report alone names', async () => {
  await open({ enrolment: 'closed' })
  await fixture.core.operators.devices.put('pk', 'c', {})
  await report(gateway, 'c', 'unknown')
  expect([gatewayOf('pk/c'), gatewayOf('pk/unknown'), fixture.drops.get('not_child')]).toEqual([null, undefined, 2])
  await fixture.topo(gateway, 'add', ['c'])
  expect(gatewayOf('pk/c')).toBe('pk/gw')
})

test('a full gateway: those that it has do not count twice beside a new one', async () => {
  await open({ settings: { childrenPerGateway: 5 } })
  await report(gateway, 'a', 'b', 'c', 'd')
  await report(gateway, 'a', 'b', 'c', 'd', 'e')
  expect(gatewayOf('pk/e')).toBe('pk/gw')
  await report(gateway, 'a', 'f')
  expect(gatewayOf('pk/f')).toBeUndefined()
})

test('any, by a sub-device that has a connection of its own', async () => {
  await open()
  await fixture.core.operators.devices.put('pk', 'c', { gateway: 'pk/gw' })
  gateway = await fixture.join('pk/c')
  await fixture.subscribe(gateway, 'topo')
  await triesInVain('x')
  expect(gatewayOf('pk/x')).toBeUndefined()
})
