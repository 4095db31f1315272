// Who continuous campaigns take again: one that a newer campaign has brought where theirs begins, and one that was removed and is back.

import { expect, test } from 'vitest'
import { openTaskOf } from '../../src/ota/rules/open-task.ts'
import { addFirmware } from './house.ts'
import { createScene } from './scene.ts'

test('a campaign that waits for a step goes on when a newer campaign has made it', async () => {
  const scene = await createScene()
  const { house } = scene
  const last = await addFirmware(house, '3.0', { from: ['2.0'] })
  const step = await addFirmware(house, '2.0')
  const device = await scene.known('a', '1.0')
  await scene.start({ firmware: last, target: { continuous: true } })
  await scene.start({ firmware: step })
  expect(openTaskOf(house.store.reads, 'pk/a', 'mcu')?.to).toBe('2.0')
  await house.say(device, 'version.post', { version: '2.0', module: 'mcu' })
  expect(openTaskOf(house.store.reads, 'pk/a', 'mcu')?.to).toBe('3.0')
})

test('a device that an operator takes back to where a campaign begins stays there', async () => {
  const scene = await createScene()
  const { house } = scene
  const old = await addFirmware(house, '1.0')
  const device = await scene.known('a', '1.0')
  await scene.start({ firmware: await addFirmware(house, '2.0', { from: ['1.0'] }), target: { continuous: true } })
  await house.say(device, 'version.post', { version: '2.0', module: 'mcu' })
  await scene.start({ firmware: old })
  await house.say(device, 'version.post', { version: '1.0', module: 'mcu' })
  expect(openTaskOf(house.store.reads, 'pk/a', 'mcu')).toBeUndefined()
})

test('a device that was removed and enrols anew is a new one', async () => {
  const scene = await createScene()
  const { house } = scene
  await scene.known('a')
  await scene.start({ target: { continuous: true } })
  await house.core.operators.devices.remove('pk/a')
  await house.settle()
  await scene.known('a')
  expect(openTaskOf(house.store.reads, 'pk/a', 'mcu')).toMatchObject({ to: '1.1.0', state: 'notified' })
})
