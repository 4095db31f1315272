import { expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { gapKey, lastKey } from '../../src/store/keys.ts'
import { createMemory } from '../../src/store/memory.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

const idsOf = async (fixture: OtaFixture): Promise<readonly number[]> =>
  (await fixture.store.queries.tasks({ limit: 1000, allAttempts: true })).items.map((task) => task.id)

/** Campaigns one after the other, each completed by the same device; ids from 1. */
const finish = async (fixture: OtaFixture, connection: Connection, count: number, first = 0): Promise<void> => {
  for (let at = first; at < first + count; at++) {
    fixture.firmware = await addFirmware(fixture, `2.${at}`)
    await fixture.start()
    await fixture.say(connection, 'version.post', { version: `2.${at}`, module: 'mcu' })
  }
}

const day = 86_400

test('finished tasks are removed when they are too old, a slice at a time; those of running campaigns stay', async () => {
  let fixture = await createOtaFixture({ settings: { keepTaskDays: 10, noResponseSeconds: 100 * day } })
  const connection = await fixture.known()
  const other = await fixture.known('other')
  await fixture.start({ target: { continuous: true, devices: ['pk/other'] } })
  await fixture.say(other, 'version.post', { version: '1.1.0', module: 'mcu' })
  for (let at = 0; at < 5; at++) {
    fixture.firmware = await addFirmware(fixture, `2.${at}`)
    await fixture.start({ target: { devices: ['pk/dn'] } })
    await fixture.say(connection, 'version.post', { version: `2.${at}`, module: 'mcu' })
  }
  await fixture.pass(9 * day)
  expect(await idsOf(fixture)).toEqual([1, 2, 3, 4, 5, 6])
  await fixture.pass(day)
  expect(await idsOf(fixture)).toEqual([1])
  expect(fixture.store.reads.tally(2)).toMatchObject({ succeeded: 1 })
  fixture = await fixture.restart()
  expect(await idsOf(fixture)).toEqual([1])
})

test('above the number of tasks to keep the oldest finished ones are removed, and ids are not reused', async () => {
  const fixture = await createOtaFixture({ settings: { keepTasks: 3 } })
  const connection = await fixture.known()
  await finish(fixture, connection, 5)
  await fixture.pass(3600)
  expect(await idsOf(fixture)).toEqual([3, 4, 5])
  await finish(fixture, connection, 1, 5)
  await fixture.pass(3600)
  expect(await idsOf(fixture)).toEqual([4, 5, 6])
  expect(await fixture.store.queries.task(1)).toBeUndefined()
})

test('ids that a restore has passed over do not count: the tasks of before stay', async () => {
  const disk = createMemory()
  let fixture = await createOtaFixture({ settings: { keepTasks: 3 }, disk })
  const connection = await fixture.known()
  await finish(fixture, connection, 2)
  await disk.commit([
    { type: 'put', key: gapKey(2), value: '1000002' },
    { type: 'put', key: lastKey('task'), value: '1000002' },
  ])
  fixture = await fixture.restart()
  await fixture.pass(3600)
  expect(await idsOf(fixture)).toEqual([1, 2])
  await finish(fixture, await fixture.known(), 2, 2)
  await fixture.pass(3600)
  expect(await idsOf(fixture)).toEqual([2, 1_000_003, 1_000_004])
})

test('a tick removes at most one slice, and the next tick continues', async () => {
  const fixture = await createOtaFixture({ settings: { keepTasks: 1 } })
  for (let at = 0; at < 250; at++) await fixture.core.enrol('pk', `d${at}`, null)
  const id = await fixture.start({ push: false })
  await fixture.core.operators.campaigns.cancel(id, true)
  await fixture.pass(1)
  const left = [(await idsOf(fixture)).length]
  for (let i = 0; i < 3; i++) {
    await fixture.pass(1)
    left.push((await idsOf(fixture)).length)
  }
  expect(left).toEqual([150, 50, 1, 1])
})

test('with 0 nothing is ever removed', async () => {
  const fixture = await createOtaFixture({ settings: { keepTasks: 0, keepTaskDays: 0 } })
  await finish(fixture, await fixture.known(), 3)
  await fixture.pass(4000 * day)
  expect(await idsOf(fixture)).toHaveLength(3)
})

test('the installed versions of a device, with package and task, outlive its tasks and its record', async () => {
  let fixture = await createOtaFixture({ settings: { keepTasks: 1 } })
  const connection = await fixture.known()
  await fixture.pass(1)
  await fixture.start()
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  await fixture.pass(1)
  await fixture.say(connection, 'version.post', { version: '0.9.0', module: 'mcu' })
  await fixture.pass(1)
  await finish(fixture, connection, 1)
  await fixture.pass(1)
  await finish(fixture, connection, 1, 1)
  await fixture.pass(3600)
  await fixture.core.operators.devices.remove('pk/dn')
  fixture = await fixture.restart()
  expect(await fixture.store.queries.installed('pk/dn')).toMatchObject([
    { module: 'mcu', version: '1.0.0', task: null, sha256: null },
    { version: '1.1.0', task: 1, campaign: 1, sha256: '1.1.0' },
    { version: '0.9.0', task: null },
    { version: '2.0', task: 2, campaign: 2 },
    { version: '2.1', task: 3, campaign: 3 },
  ])
})
