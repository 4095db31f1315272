// Which devices continuous campaigns match again: one that a newer campaign has updated to a source version, and one that was removed
// and enrolled again.

import { expect, test } from 'vitest'
import { openTaskOf } from '../../src/ota/rules/open-task.ts'
import { addFirmware, createOtaFixture } from '../support/ota-fixture.ts'

test('a campaign that waits for a step continues when a newer campaign has made it', async () => {
  const fixture = await createOtaFixture()
  const last = await addFirmware(fixture, '3.0', { from: ['2.0'] })
  const step = await addFirmware(fixture, '2.0')
  const device = await fixture.known('a', '1.0')
  await fixture.start({ firmware: last, target: { continuous: true } })
  await fixture.start({ firmware: step })
  expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')?.to).toBe('2.0')
  await fixture.say(device, 'version.post', { version: '2.0', module: 'mcu' })
  expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')?.to).toBe('3.0')
})

test('a device that an operator returns to a source version of a campaign stays there', async () => {
  const fixture = await createOtaFixture()
  const old = await addFirmware(fixture, '1.0')
  const device = await fixture.known('a', '1.0')
  await fixture.start({ firmware: await addFirmware(fixture, '2.0', { from: ['1.0'] }), target: { continuous: true } })
  await fixture.say(device, 'version.post', { version: '2.0', module: 'mcu' })
  await fixture.start({ firmware: old })
  await fixture.say(device, 'version.post', { version: '1.0', module: 'mcu' })
  expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')).toBeUndefined()
})

test('a device that was removed and enrols again is a new device', async () => {
  const fixture = await createOtaFixture()
  await fixture.known('a')
  await fixture.start({ target: { continuous: true } })
  await fixture.core.operators.devices.remove('pk/a')
  await fixture.settle()
  await fixture.known('a')
  expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')).toMatchObject({ to: '1.1.0', state: 'notified' })
})
