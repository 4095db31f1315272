import { expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware, type House } from './house.ts'
import { createScene, type Scene } from './scene.ts'

const idsOf = async (house: House): Promise<readonly number[]> =>
  (await house.store.queries.tasks({ limit: 1000, allAttempts: true })).items.map((task) => task.id)

/** Campaigns one after the other, each done by the one device; ids from 1. */
const finish = async (scene: Scene, connection: Connection, count: number, first = 0): Promise<void> => {
  for (let at = first; at < first + count; at++) {
    scene.firmware = await addFirmware(scene.house, `2.${at}`)
    await scene.start()
    await scene.house.say(connection, 'version.post', { version: `2.${at}`, module: 'mcu' })
  }
}

const day = 86_400

test('finished tasks go when they are too old, a slice at a time; those of campaigns that still run stay', async () => {
  const scene = await createScene({ settings: { keepTaskDays: 10, noResponseSeconds: 100 * day } })
  const connection = await scene.known()
  const other = await scene.known('other')
  await scene.start({ target: { continuous: true, devices: ['pk/other'] } })
  await scene.house.say(other, 'version.post', { version: '1.1.0', module: 'mcu' })
  for (let at = 0; at < 5; at++) {
    scene.firmware = await addFirmware(scene.house, `2.${at}`)
    await scene.start({ target: { devices: ['pk/dn'] } })
    await scene.house.say(connection, 'version.post', { version: `2.${at}`, module: 'mcu' })
  }
  await scene.house.pass(9 * day)
  expect(await idsOf(scene.house)).toEqual([1, 2, 3, 4, 5, 6])
  await scene.house.pass(day)
  expect(await idsOf(scene.house)).toEqual([1])
  expect(scene.house.store.reads.tally(2)).toMatchObject({ succeeded: 1 })
  scene.house = await scene.house.restart()
  expect(await idsOf(scene.house)).toEqual([1])
})

test('of more tasks than are kept the oldest finished ones go, and new ids go on', async () => {
  const scene = await createScene({ settings: { keepTasks: 3 } })
  const connection = await scene.known()
  await finish(scene, connection, 5)
  await scene.house.pass(3600)
  expect(await idsOf(scene.house)).toEqual([3, 4, 5])
  await finish(scene, connection, 1, 5)
  await scene.house.pass(3600)
  expect(await idsOf(scene.house)).toEqual([4, 5, 6])
  expect(await scene.house.store.queries.task(1)).toBeUndefined()
})

test('a tick removes no more than a slice, and goes on with the next', async () => {
  const scene = await createScene({ settings: { keepTasks: 1 } })
  for (let at = 0; at < 250; at++) await scene.house.core.enrol('pk', `d${at}`, null)
  const id = await scene.start({ push: false })
  await scene.house.core.operators.campaigns.cancel(id, true)
  await scene.house.pass(1)
  const left = [(await idsOf(scene.house)).length]
  for (let i = 0; i < 3; i++) {
    await scene.house.pass(1)
    left.push((await idsOf(scene.house)).length)
  }
  expect(left).toEqual([150, 50, 1, 1])
})

test('with 0 nothing is ever removed', async () => {
  const scene = await createScene({ settings: { keepTasks: 0, keepTaskDays: 0 } })
  await finish(scene, await scene.known(), 3)
  await scene.house.pass(4000 * day)
  expect(await idsOf(scene.house)).toHaveLength(3)
})

test('which versions a device ran, by which package and task, outlives its tasks and its record', async () => {
  const scene = await createScene({ settings: { keepTasks: 1 } })
  const connection = await scene.known()
  await scene.house.pass(1)
  await scene.start()
  await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  await scene.house.pass(1)
  await scene.house.say(connection, 'version.post', { version: '0.9.0', module: 'mcu' })
  await scene.house.pass(1)
  await finish(scene, connection, 1)
  await scene.house.pass(1)
  await finish(scene, connection, 1, 1)
  await scene.house.pass(3600)
  await scene.house.core.operators.devices.remove('pk/dn')
  scene.house = await scene.house.restart()
  expect(await scene.house.store.queries.installed('pk/dn')).toMatchObject([
    { module: 'mcu', version: '1.0.0', task: null, sha256: null },
    { version: '1.1.0', task: 1, campaign: 1, sha256: '1.1.0' },
    { version: '0.9.0', task: null },
    { version: '2.0', task: 2, campaign: 2 },
    { version: '2.1', task: 3, campaign: 3 },
  ])
})
