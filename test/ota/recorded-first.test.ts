// What is not on disk leaves no mark: a report or an offer whose commit failed has no effect.

import { beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let isFull = false
let connection: Connection

beforeEach(async () => {
  isFull = false
  const gate = async (): Promise<void> => {
    if (isFull) throw new Error('no space left')
  }
  fixture = await createOtaFixture({ memory: { gate } })
  connection = await fixture.known('dn')
})

/** While the disk is full, what the core could not record is logged as an error, which the fixture reports by throwing. */
const whileFull = async (work: () => Promise<unknown>): Promise<void> => {
  isFull = true
  await expect(work()).rejects.toBeDefined()
  isFull = false
}

const reports = (version: string): Promise<void> => fixture.say(connection, 'version.post', { version, module: 'mcu' })

test('an offer that could not be recorded is neither sent nor counted as made on the connection, and is made soon after', async () => {
  fixture.core.disconnected(connection)
  await fixture.settle()
  await fixture.start({ rate: { perMinute: 1, maxInProgress: 1 } })
  connection = fixture.connect('pk/dn')
  await whileFull(() => fixture.subscribe(connection))
  expect(fixture.pushes()).toBe(0)
  expect(fixture.store.reads.openTask(1)).toMatchObject({ state: 'queued', slot: false })
  await fixture.pass(6)
  expect(fixture.pushes()).toBe(1)
  expect(fixture.store.reads.openTask(1)).toMatchObject({ state: 'notified', slot: true })
})

test('an answer that could not be recorded is not sent, and the next request is answered', async () => {
  await fixture.start({ push: false })
  await whileFull(() => fixture.say(connection, 'firmware.get', { module: 'mcu' }))
  expect(fixture.pushes()).toBe(0)
  await fixture.pass(1)
  await fixture.say(connection, 'firmware.get', { module: 'mcu' })
  expect(fixture.pushes()).toBe(1)
})

test('a device whose report of its version was not recorded counts as silent, and is offered its task again', async () => {
  await fixture.start()
  fixture.core.disconnected(connection)
  await fixture.settle()
  connection = await fixture.join('pk/dn')
  await whileFull(() => reports('1.0.0'))
  const pushes = fixture.pushes()
  await fixture.pass(61)
  expect(fixture.pushes()).toBe(pushes + 1)
})

test('a login of a sub-device that was not recorded does not begin its connection', async () => {
  await fixture.start()
  const gateway = await fixture.join('pk/gw')
  await fixture.topo(gateway, 'add', ['child'])
  await fixture.say(gateway, 'sub.version.post', [
    { identity: { product_key: 'pk', device_name: 'child' }, version: '1.0.0', module: 'mcu' },
  ])
  await whileFull(() => fixture.topo(gateway, 'add', ['other']))
  expect(fixture.store.reads.device('pk/other')).toBeUndefined()
  await fixture.topo(gateway, 'add', ['other'])
  expect(fixture.store.reads.device('pk/other')).toMatchObject({ gateway: 'pk/gw' })
})
