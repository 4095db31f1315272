import { beforeEach, describe, expect, test } from 'vitest'
import { addFirmware } from './house.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

describe('a push', () => {
  test('goes out when the device is connected and subscribed, with what protocol.md §1 says', async () => {
    await scene.known()
    await scene.start()
    expect(scene.house.sent).toEqual([
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
    expect(await scene.house.task()).toMatchObject({ state: 'notified', from: '1.0.0', to: '1.1.0' })
  })

  test('is recorded before it leaves, and not sent where that fails', async () => {
    let fails = false
    await scene.open({
      memory: {
        gate: async () => {
          if (fails) throw new Error('disk full')
        },
      },
    })
    await scene.known()
    const id = await scene.start({ push: false })
    fails = true
    await expect(scene.house.core.operators.tasks.push(1)).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    expect(scene.house.sent).toEqual([])
    expect(scene.house.store.reads.tally(id)).toMatchObject({ queued: 1, notified: 0 })
    fails = false
    await scene.house.core.operators.tasks.push(1)
    expect(scene.pushes()).toBe(1)
  })

  test('waits for an offline device, and for its subscription', async () => {
    const connection = await scene.known()
    scene.house.core.disconnected(connection)
    const id = await scene.start()
    expect(scene.house.core.operators.tasks.waitReason(await scene.house.task())).toBe('offline')
    const again = scene.house.connect('pk/dn')
    await scene.house.settle()
    expect(scene.house.core.operators.tasks.waitReason(await scene.house.task())).toBe('not_subscribed')
    expect(scene.pushes()).toBe(0)
    await scene.house.hear(again)
    expect(scene.pushes()).toBe(1)
    expect(scene.house.store.reads.tally(id)).toMatchObject({ notified: 1 })
  })

  test('that could not be written puts the task back in line, until the next connection', async () => {
    const connection = await scene.known()
    scene.house.wire.writable = false
    await scene.start()
    expect((await scene.house.task()).state).toBe('queued')
    scene.house.wire.writable = true
    scene.house.core.disconnected(connection)
    await scene.house.hear(scene.house.connect('pk/dn'))
    expect((await scene.house.task()).state).toBe('notified')
    expect(scene.pushes()).toBe(1)
  })

  test('is not repeated at SUBSCRIBE: a device that boots after flashing, subscribes, then reports, is never told again', async () => {
    const connection = await scene.known()
    await scene.start()
    await scene.house.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
    scene.house.core.disconnected(connection)
    const rebooted = scene.house.connect('pk/dn')
    await scene.house.hear(rebooted)
    await scene.house.pass(30)
    await scene.house.say(rebooted, 'version.post', { version: '1.1.0', module: 'mcu' })
    await scene.house.pass(120)
    expect(scene.pushes()).toBe(1)
    expect((await scene.house.task()).state).toBe('succeeded')
  })

  test('is repeated once a connection, after another version was reported, with the same task_id', async () => {
    const connection = await scene.known()
    await scene.start()
    await scene.house.say(connection, 'upgrade.post', { step: 40, module: 'mcu', task_id: '1' })
    scene.house.core.disconnected(connection)
    const rebooted = scene.house.connect('pk/dn')
    await scene.house.hear(rebooted)
    expect(scene.pushes()).toBe(1)
    for (let i = 0; i < 3; i++) await scene.house.say(rebooted, 'version.post', { version: '1.0.0', module: 'mcu' })
    await scene.house.pass(90)
    expect(scene.pushes()).toBe(2)
    expect(scene.house.sent.at(-1)?.params['task_id']).toBe('1')
  })

  test('is repeated once 60 s after SUBACK where no version was reported', async () => {
    const connection = await scene.known()
    await scene.start()
    scene.house.core.disconnected(connection)
    await scene.house.hear(scene.house.connect('pk/dn'))
    await scene.house.pass(59)
    expect(scene.pushes()).toBe(1)
    await scene.house.pass(2)
    await scene.house.pass(100)
    expect(scene.pushes()).toBe(2)
  })

  test('is repeated 60 s after SUBACK, not after CONNECT', async () => {
    const { house } = scene
    const connection = await house.join('pk/dn')
    await scene.start()
    house.core.disconnected(connection)
    const again = house.connect('pk/dn')
    await house.pass(120)
    await house.hear(again)
    await house.pass(59)
    expect(scene.pushes()).toBe(1)
    await house.pass(2)
    expect(scene.pushes()).toBe(2)
  })

  test('does not go to a device that fell back to its old version, during the grace', async () => {
    const connection = await scene.known()
    await scene.start()
    await scene.house.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
    scene.house.core.disconnected(connection)
    await scene.house.pass(1)
    const back = scene.house.connect('pk/dn')
    await scene.house.hear(back)
    await scene.house.say(back, 'version.post', { version: '1.0.0', module: 'mcu' })
    await scene.house.say(back, 'firmware.get', { module: 'mcu' })
    await scene.house.pass(100)
    expect(scene.pushes()).toBe(1)
    await scene.house.pass(250)
    expect(await scene.house.task()).toMatchObject({ state: 'failed', reason: 'rolled_back' })
    await scene.house.say(back, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await scene.house.task()).toMatchObject({ state: 'succeeded', reason: 'late' })
  })

  test('never exceeds the slots, and an end makes room for the next', async () => {
    const connections = [await scene.known('a'), await scene.known('b'), await scene.known('c')]
    const id = await scene.start({ rate: { maxInProgress: 2 } })
    expect(scene.house.sent).toHaveLength(2)
    expect(scene.house.core.operators.tasks.waitReason(await scene.house.task(3))).toBe('slot')
    const [first] = connections
    if (first === undefined) throw new Error('no device')
    await scene.house.say(first, 'upgrade.post', { step: -1, desc: 'no', module: 'mcu' })
    expect(scene.house.sent).toHaveLength(3)
    expect(scene.house.store.reads.tally(id)).toMatchObject({ queued: 0, notified: 2, failed: 1 })
  })

  test('tells one module of a device at a time', async () => {
    const connection = await scene.known()
    await scene.house.say(connection, 'version.post', { version: '1', module: 'wifi' })
    await scene.start()
    scene.firmware = await addFirmware(scene.house, '2', { module: 'wifi' })
    await scene.start()
    expect(scene.pushes()).toBe(1)
    expect(scene.house.core.operators.tasks.waitReason(await scene.house.task(2))).toBe('busy')
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(scene.pushes()).toBe(2)
  })
})
