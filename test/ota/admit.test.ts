// One task for one board, which a test station asks for.

import { beforeEach, expect, test } from 'vitest'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

const openOn = (firmware = fixture.firmware, rev = 1): Promise<number> =>
  fixture.core.operators.stations.openCampaign({ procedure: 'fct', rev, firmware, reflash: false, updateSeconds: 600, restartSeconds: 120 })
const admit = (campaign: number, device = 'pk/dn', reflash = false) => fixture.core.operators.stations.admit(campaign, device, reflash)

beforeEach(async () => {
  fixture = await createOtaFixture()
})

test('a device that is reachable is offered the package at once, and its report of the version ends the task', async () => {
  const connection = await fixture.known()
  const id = await openOn()
  const task = await admit(id)
  expect(task).toMatchObject({ id: 1, campaign: id, device: 'pk/dn', module: 'mcu', from: '1.0.0', to: '1.1.0', firmware: 1 })
  await fixture.settle()
  expect(fixture.sent.map(({ to, params }) => [to, params['version']])).toEqual([['pk/dn', '1.1.0']])
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(await fixture.task()).toMatchObject({ state: 'succeeded' })
  expect(await admit(id)).toBe('current')
})

test('one that is away is offered it when it comes', async () => {
  const connection = await fixture.known()
  fixture.core.disconnected(connection)
  await admit(await openOn())
  await fixture.settle()
  expect(fixture.pushes()).toBe(0)
  await fixture.join('pk/dn')
  expect(fixture.pushes()).toBe(1)
})

test('asked again while its task is open, it is the same task: twice at once, and after a restart', async () => {
  await fixture.known()
  const id = await openOn()
  const [one, same] = await Promise.all([admit(id), admit(id)])
  expect([one, same]).toMatchObject([{ id: 1 }, { id: 1 }])
  await fixture.settle()
  fixture = await fixture.restart()
  expect(await admit(id)).toMatchObject({ id: 1, state: 'notified' })
  expect((await fixture.store.queries.tasks({ limit: 9, allAttempts: true })).items.length).toBe(1)
})

test('each run has a task of its own', async () => {
  const connection = await fixture.known()
  const id = await openOn()
  await admit(id)
  await fixture.settle()
  await fixture.say(connection, 'upgrade.post', { step: -3, desc: 'md5', module: 'mcu', task_id: '1' })
  expect(await admit(id)).toMatchObject({ id: 2, state: 'queued' })
  await fixture.settle()
  expect(fixture.pushes()).toBe(2)
})

test('a device on the version needs nothing, unless it is flashed all the same', async () => {
  const connection = await fixture.known('dn', '1.1.0')
  const id = await openOn()
  expect(await admit(id)).toBe('current')
  expect(await admit(id, 'pk/dn', true)).toMatchObject({ id: 1, reflash: true })
  await fixture.settle()
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(await fixture.task()).toMatchObject({ state: 'notified' })
  fixture.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 0 })
  await fixture.settle()
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(await fixture.task()).toMatchObject({ state: 'succeeded' })
})

test('a queued task of another campaign is replaced in the same commit', async () => {
  const other = await addFirmware(fixture, '2.0.0')
  fixture.core.disconnected(await fixture.known())
  await fixture.start({ firmware: other })
  const task = await admit(await openOn())
  expect(task).toMatchObject({ id: 2 })
  expect(await fixture.task(1)).toMatchObject({ state: 'canceled', reason: 'superseded' })
  expect(fixture.store.reads.openTasksOf('pk/dn').map(({ id }) => id)).toEqual([2])
})

test('one of which the device knows is not replaced: the refusal names its campaign', async () => {
  const other = await addFirmware(fixture, '2.0.0')
  const connection = await fixture.known()
  await fixture.start({ firmware: other, name: 'Spring update' })
  const id = await openOn()
  const refusal = { code: 'OTA_TASK_BUSY', message: expect.stringContaining('campaign 1, Spring update (task 1 is notified)') }
  await expect(admit(id)).rejects.toMatchObject(refusal)
  await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
  await expect(admit(id)).rejects.toMatchObject({ ...refusal, message: expect.stringContaining('Spring update (task 1 is in progress)') })
  expect(await fixture.task(1)).toMatchObject({ state: 'in_progress' })
})

test('a campaign that overwrites does not replace the task of a station', async () => {
  const other = await addFirmware(fixture, '2.0.0')
  await fixture.known()
  const id = await openOn()
  await admit(id)
  await fixture.settle()
  await fixture.start({ firmware: other, overwrite: true })
  await fixture.start({ firmware: other, overwrite: true, target: { continuous: true } })
  await fixture.start({ firmware: other, overwrite: true, target: { continuous: true, tags: ['late'] } })
  await fixture.core.operators.devices.patch('pk/dn', { tags: ['late'] })
  await fixture.settle()
  expect(fixture.store.reads.openTasksOf('pk/dn')).toMatchObject([{ campaign: id, state: 'notified' }])
})

test('a package that cannot be applied to what the device runs is refused with the versions that it requires', async () => {
  const delta = await addFirmware(fixture, '3.0.0', { from: ['2.0.0'] })
  await fixture.known()
  const id = await openOn(delta)
  await expect(admit(id)).rejects.toMatchObject({
    code: 'OTA_CAMPAIGN_EMPTY',
    message: 'the package requires 2.0.0; the device runs 1.0.0',
  })
  await fixture.join('pk/new')
  await expect(admit(id, 'pk/new')).rejects.toMatchObject({ message: expect.stringContaining('an unknown version') })
  expect(fixture.store.reads.openTasksOf('pk/dn')).toEqual([])
})

test('the very package that the procedure names is offered, not another one of its version', async () => {
  const delta = await addFirmware(fixture, '1.1.0', { from: ['1.0.0'] })
  await fixture.known()
  expect(await admit(await openOn())).toMatchObject({ firmware: fixture.firmware })
  expect(delta).not.toBe(fixture.firmware)
})

test('a device that nobody has seen is known from then on, and is enrolled and updated when it comes', async () => {
  const id = await openOn()
  expect(await admit(id, 'pk/fresh')).toMatchObject({ device: 'pk/fresh', from: null, state: 'queued' })
  fixture = await fixture.restart()
  expect(fixture.store.reads.device('pk/fresh')).toMatchObject({ credential: { kind: 'none' }, modules: [] })
  await fixture.core.enrol('pk', 'fresh', 'hash-of-its-password')
  const connection = fixture.connect('pk/fresh')
  await fixture.subscribe(connection)
  await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
  expect(fixture.store.reads.device('pk/fresh')).toMatchObject({ credential: { kind: 'first-use' } })
  expect(fixture.pushes('pk/fresh')).toBe(1)
})

test('under closed enrolment, of another product or without a name it is refused, and nothing is made', async () => {
  fixture = await createOtaFixture({ enrolment: 'closed' })
  const id = await openOn()
  await expect(admit(id, 'pk/fresh')).rejects.toMatchObject({ code: 'OTA_DEVICE_UNKNOWN' })
  await expect(admit(id, 'qk/dn')).rejects.toMatchObject({ code: 'OTA_BAD_REQUEST' })
  await expect(admit(id, 'nothing')).rejects.toMatchObject({ code: 'OTA_BAD_REQUEST' })
  await expect(admit(99)).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_UNKNOWN' })
  expect([...fixture.store.reads.devices()]).toEqual([])
})

test('the campaign of an operator admits nobody', async () => {
  await fixture.known()
  const id = await fixture.start()
  await expect(admit(id)).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_STATE' })
})

test('a late success of an earlier run does not end the task of this one', async () => {
  const connection = await fixture.known()
  const id = await openOn()
  await admit(id)
  await fixture.settle()
  await fixture.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
  await fixture.pass(800)
  expect(await fixture.task(1)).toMatchObject({ state: 'timed_out' })
  await admit(id)
  await fixture.settle()
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect([await fixture.task(1), await fixture.task(2)]).toMatchObject([{ state: 'timed_out' }, { state: 'succeeded', reason: null }])
})

test('it does not wait for the bounds of the whole server', async () => {
  fixture = await createOtaFixture({ settings: { serverInProgress: 1, serverPerMinute: 1 } })
  const other = await addFirmware(fixture, '2.0.0')
  await fixture.known('one')
  await fixture.known('two')
  await fixture.start({ firmware: other, target: { devices: ['pk/one', 'pk/two'] } })
  expect(fixture.sent.length).toBe(1)
  await fixture.known()
  await admit(await openOn())
  await fixture.settle()
  expect(fixture.pushes()).toBe(1)
})

test('a task that a station cancels is ended, and the device has none', async () => {
  await fixture.known()
  const id = await openOn()
  await admit(id)
  await fixture.settle()
  await fixture.core.operators.stations.cancelTask(1)
  expect(await fixture.task()).toMatchObject({ state: 'canceled' })
  await expect(fixture.core.operators.stations.cancelTask(1)).rejects.toMatchObject({ code: 'OTA_TASK_CLOSED' })
})
