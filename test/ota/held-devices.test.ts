// Boards at test stations: only the station's campaigns offer to them, until they are freed.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

const stations = () => fixture.core.operators.stations
const openOn = (firmware: number): Promise<number> =>
  stations().openCampaign({ procedure: 'fct', rev: 1, firmware, reflash: false, updateSeconds: 600, restartSeconds: 120 })

describe('while a device is held', () => {
  test('a queued task waits, with its reason, and is offered when it is freed', async () => {
    stations().hold('pk/dn')
    await fixture.known()
    await fixture.start()
    const task = await fixture.task()
    expect([task.state, fixture.core.operators.tasks.waitReason(task), fixture.pushes()]).toEqual(['queued', 'station', 0])
    const verdicts = await fixture.why('pk/dn')
    expect(verdicts.filter(({ ok }) => !ok)).toMatchObject([
      { rule: 'campaign 1 station', reason: 'station', text: expect.stringContaining('at a test station') },
    ])
    stations().free('pk/dn')
    await fixture.settle()
    expect(fixture.pushes()).toBe(1)
    expect((await fixture.why('pk/dn')).some(({ rule }) => rule.includes('station'))).toBe(false)
  })

  test('firmware.get is not answered with it', async () => {
    const connection = await fixture.known()
    stations().hold('pk/dn')
    await fixture.start({ push: false })
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.sent).toEqual([])
    stations().free('pk/dn')
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.pushes()).toBe(1)
  })

  test('firmware.get is not answered with a task that was offered before either', async () => {
    const connection = await fixture.known()
    await fixture.start()
    stations().hold('pk/dn')
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.pushes()).toBe(1)
  })

  test('firmware.get is answered with the task of the station', async () => {
    const connection = await fixture.known()
    stations().hold('pk/dn')
    await stations().admit(await openOn(fixture.firmware), 'pk/dn', false)
    await fixture.settle()
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.pushes()).toBe(2)
  })

  test('no operator can push it', async () => {
    await fixture.known()
    stations().hold('pk/dn')
    await fixture.start()
    await expect(fixture.core.operators.tasks.push(1)).rejects.toMatchObject({
      code: 'OTA_TASK_BUSY',
      message: expect.stringContaining('at a test station'),
    })
    expect(fixture.pushes()).toBe(0)
  })

  test.each([
    ['notified', async () => undefined],
    ['in progress', (connection: Connection) => fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })],
  ])('a task that is %s is not offered again on the next connection, but once it is freed', async (_state, begin) => {
    const connection = await fixture.known()
    await fixture.start()
    await begin(connection)
    stations().hold('pk/dn')
    fixture.core.disconnected(connection)
    const again = await fixture.join('pk/dn')
    await fixture.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
    await fixture.pass(61)
    expect(fixture.pushes()).toBe(1)
    stations().free('pk/dn')
    await fixture.pass(1)
    expect(fixture.pushes()).toBe(2)
  })

  test('one that has reported nothing is offered its task again after its minute, counted from the connection', async () => {
    const connection = await fixture.known()
    await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
    stations().hold('pk/dn')
    fixture.core.disconnected(connection)
    await fixture.join('pk/dn')
    await fixture.pass(120)
    stations().free('pk/dn')
    await fixture.pass(1)
    expect(fixture.pushes()).toBe(2)
  })

  test('continuous campaigns do not match it, and say why; when it is freed they do', async () => {
    await fixture.start({ target: { continuous: true } })
    stations().hold('pk/dn')
    const connection = await fixture.known()
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    await fixture.pass(120)
    expect(fixture.store.reads.openTasksOf('pk/dn')).toEqual([])
    expect((await fixture.why('pk/dn')).at(-1)).toMatchObject({ rule: 'campaign 1 task', reason: 'station' })
    stations().free('pk/dn')
    await fixture.settle()
    expect(fixture.pushes()).toBe(1)
  })

  test('a campaign that waits for the task of the station has its turn when that has ended and the device is freed', async () => {
    const other = await addFirmware(fixture, '2.0.0')
    const connection = await fixture.known()
    stations().hold('pk/dn')
    await stations().admit(await openOn(fixture.firmware), 'pk/dn', false)
    await fixture.settle()
    await fixture.start({ firmware: other })
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(fixture.sent.map(({ params }) => params['version'])).toEqual(['1.1.0'])
    stations().free('pk/dn')
    await fixture.settle()
    expect(fixture.sent.map(({ params }) => params['version'])).toEqual(['1.1.0', '2.0.0'])
  })
})

test('an older continuous campaign matches the device after a station has installed a version', async () => {
  const other = await addFirmware(fixture, '2.0.0')
  await fixture.start({ firmware: other, target: { continuous: true } })
  stations().hold('pk/dn')
  const connection = await fixture.known()
  await stations().admit(await openOn(fixture.firmware), 'pk/dn', false)
  await fixture.settle()
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  stations().free('pk/dn')
  await fixture.settle()
  expect(fixture.sent.map(({ params }) => params['version'])).toEqual(['1.1.0', '2.0.0'])
})

test('and when it is freed however often a station has replaced its task meanwhile', async () => {
  const other = await addFirmware(fixture, '2.0.0')
  fixture.core.disconnected(await fixture.known())
  const continuous = await fixture.start({ firmware: other, target: { continuous: true } })
  const id = await openOn(fixture.firmware)
  for (let run = 0; run < 4; run++) {
    stations().hold('pk/dn')
    const task = await stations().admit(id, 'pk/dn', false)
    if (task === 'current') throw new Error('it runs the version already')
    await stations().cancelTask(task.id)
    await fixture.settle()
    expect(fixture.store.reads.openTasksOf('pk/dn')).toEqual([])
    stations().free('pk/dn')
    await fixture.settle()
    expect(fixture.store.reads.openTasksOf('pk/dn')).toMatchObject([{ campaign: continuous, state: 'queued' }])
  }
  expect(fixture.store.reads.tally(continuous)).toMatchObject({ queued: 1, canceled: 0 })
})

test('one that is not known yet is enrolled as ever when it connects', async () => {
  stations().hold('pk/fresh')
  await fixture.start({ target: { continuous: true } })
  await fixture.core.enrol('pk', 'fresh', 'hash')
  const connection = fixture.connect('pk/fresh')
  await fixture.subscribe(connection)
  await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
  expect(fixture.store.reads.device('pk/fresh')).toMatchObject({ credential: { kind: 'first-use' }, modules: [{ version: '1.0.0' }] })
  expect(fixture.sent).toEqual([])
})

test('devices that are not known are held and freed without a trace', async () => {
  stations().hold('pk/ghost')
  stations().free('pk/ghost')
  stations().free('pk/ghost')
  await fixture.settle()
  expect(fixture.store.reads.device('pk/ghost')).toBeUndefined()
})

test('after a restart nothing is held', async () => {
  stations().hold('pk/dn')
  await fixture.known()
  await fixture.start()
  fixture = await fixture.restart()
  await fixture.join('pk/dn')
  expect(fixture.pushes()).toBe(1)
})

test('the time in which the server did not run is known after it was killed, though no task is open', async () => {
  const noted = async (): Promise<void> => {
    stations().hold('pk/dn')
    for (let second = 0; second < 20; second++) await fixture.pass(1)
  }
  await noted()
  const at = fixture.now()
  fixture = await fixture.restart(40)
  await noted()
  fixture = await fixture.restart(30)
  const [first, second, ...more] = stations().away()
  expect(more).toEqual([])
  expect([at - (first?.from ?? 0) <= 5000, first?.to]).toEqual([true, at + 40_000])
  expect(second?.to).toBe(fixture.now())
})
