// What one message of a gateway causes is sent in as few messages as it fits into.

import { beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let gateway: Connection

const names = Array.from({ length: 20 }, (_, i) => `c${i}`)
const report = (version: string): Promise<void> =>
  fixture.say(
    gateway,
    'sub.version.post',
    names.map((name) => ({ identity: { product_key: 'pk', device_name: name }, version, module: 'mcu' })),
  )
/** Elements of each message that was sent since. */
const sizes = (): readonly number[] =>
  fixture.sent.splice(0).flatMap(({ method, elements }) => (method === 'sub.firmware.post' ? [elements.length] : []))

beforeEach(async () => {
  fixture = await createOtaFixture()
  gateway = await fixture.join('pk/gw')
  await fixture.say(gateway, 'version.post', { version: '1', module: 'gateway' })
})

test('20 sub-devices that report while a continuous campaign runs are offered in two messages', async () => {
  await fixture.start({ target: { continuous: true, from: ['1.0.0'] } })
  await report('1.0.0')
  expect(sizes()).toEqual([10, 10])
  expect(fixture.store.reads.tally(1)).toMatchObject({ notified: 20, queued: 0 })
})

test('with phases by count, each of them counts', async () => {
  await fixture.start({ target: { continuous: true, from: ['1.0.0'] }, phases: [{ count: 3 }, { percent: 100 }] })
  await report('1.0.0')
  expect(sizes()).toEqual([3])
  expect(fixture.store.reads.tally(1, 0)).toMatchObject({ notified: 3 })
  expect(fixture.store.reads.tally(1, 1)).toMatchObject({ queued: 17 })
})

test('those that are to be offered again, after a new connection, are so in two messages', async () => {
  await report('1.0.0')
  await fixture.start()
  expect(sizes()).toEqual([10, 10])
  gateway = await fixture.join('pk/gw')
  await report('0.9.0')
  expect(sizes()).toEqual([10, 10])
})

test('and those that report nothing for a minute', async () => {
  await report('1.0.0')
  await fixture.start()
  const steps = names.map((name, i) => ({
    identity: { product_key: 'pk', device_name: name },
    step: 5,
    module: 'mcu',
    task_id: String(i + 1),
  }))
  await fixture.say(gateway, 'sub.upgrade.post', steps)
  sizes()
  gateway = await fixture.join('pk/gw')
  await fixture.pass(61)
  expect(sizes()).toEqual([10, 10])
})

test('those that waited for another campaign are offered in two messages too', async () => {
  await report('1.0.0')
  await fixture.start({ target: { tags: [] } })
  await fixture.core.operators.firmware.add(
    { product: 'pk', module: 'mcu', version: '1.2.0', description: '', from: [], signMethod: 'MD5' },
    { size: 1, md5: 'd'.repeat(32), sha256: 'c'.repeat(64), checksum: '00000000' },
  )
  const second = await fixture.core.operators.campaigns.create({ firmware: 2 })
  await fixture.core.operators.campaigns.start(second.id)
  await fixture.settle()
  expect(sizes()).toEqual([10, 10])
  await report('1.1.0')
  expect(sizes()).toEqual([10, 10])
  expect(fixture.store.reads.tally(second.id)).toMatchObject({ notified: 20 })
})
