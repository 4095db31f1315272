import { beforeEach, describe, expect, test } from 'vitest'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

describe('a push', () => {
  test('is sent when the device is connected and subscribed, with the fields of protocol.md §1', async () => {
    await fixture.known()
    await fixture.start()
    expect(fixture.sent).toEqual([
      expect.objectContaining({
        to: 'pk/dn',
        method: 'firmware.post',
        params: {
          size: 1000,
          sign: 'd5',
          version: '1.1.0',
          url: 'http://192.0.2.1/d/1',
          sign_method: 'MD5',
          checksum: '00000000',
          module: 'mcu',
          description: '',
          task_id: '1',
        },
      }),
    ])
    expect(await fixture.task()).toMatchObject({ state: 'notified', from: '1.0.0', to: '1.1.0' })
  })

  test('is recorded before it is sent, and not sent if that fails', async () => {
    let fails = false
    fixture = await createOtaFixture({
      memory: {
        gate: async () => {
          if (fails) throw new Error('disk full')
        },
      },
    })
    await fixture.known()
    const id = await fixture.start({ push: false })
    fails = true
    await expect(fixture.core.operators.tasks.push(1)).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    expect(fixture.sent).toEqual([])
    expect(fixture.store.reads.tally(id)).toMatchObject({ queued: 1, notified: 0 })
    fails = false
    await fixture.core.operators.tasks.push(1)
    expect(fixture.pushes()).toBe(1)
  })

  test('waits until the device connects and subscribes', async () => {
    const connection = await fixture.known()
    fixture.core.disconnected(connection)
    const id = await fixture.start()
    expect(fixture.core.operators.tasks.waitReason(await fixture.task())).toBe('offline')
    const again = fixture.connect('pk/dn')
    await fixture.settle()
    expect(fixture.core.operators.tasks.waitReason(await fixture.task())).toBe('not_subscribed')
    expect(fixture.pushes()).toBe(0)
    await fixture.subscribe(again)
    expect(fixture.pushes()).toBe(1)
    expect(fixture.store.reads.tally(id)).toMatchObject({ notified: 1 })
  })

  test('that could not be written puts the task back into the queue until the next connection', async () => {
    const connection = await fixture.known()
    fixture.wire.writable = false
    await fixture.start()
    expect((await fixture.task()).state).toBe('queued')
    fixture.wire.writable = true
    fixture.core.disconnected(connection)
    await fixture.subscribe(fixture.connect('pk/dn'))
    expect((await fixture.task()).state).toBe('notified')
    expect(fixture.pushes()).toBe(1)
  })

  test('is not repeated at SUBSCRIBE: a device that boots after flashing, subscribes, then reports, is not notified again', async () => {
    const connection = await fixture.known()
    await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
    fixture.core.disconnected(connection)
    const rebooted = fixture.connect('pk/dn')
    await fixture.subscribe(rebooted)
    await fixture.pass(30)
    await fixture.say(rebooted, 'version.post', { version: '1.1.0', module: 'mcu' })
    await fixture.pass(120)
    expect(fixture.pushes()).toBe(1)
    expect((await fixture.task()).state).toBe('succeeded')
  })

  test('is repeated once per connection after another version was reported, with the same task_id', async () => {
    const connection = await fixture.known()
    await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: 40, module: 'mcu', task_id: '1' })
    fixture.core.disconnected(connection)
    const rebooted = fixture.connect('pk/dn')
    await fixture.subscribe(rebooted)
    expect(fixture.pushes()).toBe(1)
    for (let i = 0; i < 3; i++) await fixture.say(rebooted, 'version.post', { version: '1.0.0', module: 'mcu' })
    await fixture.pass(90)
    expect(fixture.pushes()).toBe(2)
    expect(fixture.sent.at(-1)?.params['task_id']).toBe('1')
  })

  test('is repeated once 60 s after SUBACK if no version was reported', async () => {
    const connection = await fixture.known()
    await fixture.start()
    fixture.core.disconnected(connection)
    await fixture.subscribe(fixture.connect('pk/dn'))
    await fixture.pass(59)
    expect(fixture.pushes()).toBe(1)
    await fixture.pass(2)
    await fixture.pass(100)
    expect(fixture.pushes()).toBe(2)
  })

  test('is repeated 60 s after SUBACK, not after CONNECT', async () => {
    const connection = await fixture.join('pk/dn')
    await fixture.start()
    fixture.core.disconnected(connection)
    const again = fixture.connect('pk/dn')
    await fixture.pass(120)
    await fixture.subscribe(again)
    await fixture.pass(59)
    expect(fixture.pushes()).toBe(1)
    await fixture.pass(2)
    expect(fixture.pushes()).toBe(2)
  })

  test('is not sent during the grace period to a device that rolled back to its old version', async () => {
    const connection = await fixture.known()
    await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
    fixture.core.disconnected(connection)
    await fixture.pass(1)
    const back = fixture.connect('pk/dn')
    await fixture.subscribe(back)
    await fixture.say(back, 'version.post', { version: '1.0.0', module: 'mcu' })
    await fixture.say(back, 'firmware.get', { module: 'mcu' })
    await fixture.pass(100)
    expect(fixture.pushes()).toBe(1)
    await fixture.pass(250)
    expect(await fixture.task()).toMatchObject({ state: 'failed', reason: 'rolled_back' })
    await fixture.say(back, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await fixture.task()).toMatchObject({ state: 'succeeded', reason: 'late' })
  })

  test('never exceeds the slots, and a task that ends frees its slot for the next', async () => {
    const connections = [await fixture.known('a'), await fixture.known('b'), await fixture.known('c')]
    const id = await fixture.start({ rate: { maxInProgress: 2 } })
    expect(fixture.sent).toHaveLength(2)
    expect(fixture.core.operators.tasks.waitReason(await fixture.task(3))).toBe('slot')
    const [first] = connections
    if (first === undefined) throw new Error('no device')
    await fixture.say(first, 'upgrade.post', { step: -1, desc: 'no', module: 'mcu' })
    expect(fixture.sent).toHaveLength(3)
    expect(fixture.store.reads.tally(id)).toMatchObject({ queued: 0, notified: 2, failed: 1 })
  })

  test('is sent for one module of a device at a time', async () => {
    const connection = await fixture.known()
    await fixture.say(connection, 'version.post', { version: '1', module: 'wifi' })
    await fixture.start()
    fixture.firmware = await addFirmware(fixture, '2', { module: 'wifi' })
    await fixture.start()
    expect(fixture.pushes()).toBe(1)
    expect(fixture.core.operators.tasks.waitReason(await fixture.task(2))).toBe('busy')
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(fixture.pushes()).toBe(2)
  })
})
