import { beforeEach, describe, expect, test } from 'vitest'
import { sentence } from '../../src/sentences/sentence.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

describe('firmware.get', () => {
  test('is answered with the request id, a queued task becomes notified, and in progress it stays', async () => {
    const connection = await scene.known()
    await scene.start({ push: false })
    await scene.house.say(connection, 'firmware.get', { module: 'mcu' }, 'abc')
    expect(scene.house.sent).toMatchObject([{ method: 'firmware.post', id: 'abc', params: { task_id: '1' } }])
    expect((await scene.house.task()).state).toBe('notified')
    await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '1' })
    await scene.house.say(connection, 'firmware.get', { module: 'mcu' }, 7)
    expect(scene.house.sent.at(-1)).toMatchObject({ id: 7, params: { task_id: '1' } })
    expect(await scene.house.task()).toMatchObject({ state: 'in_progress', step: 5 })
  })

  test('is answered again and again with one signed link, and with a new one where anything of it is new', async () => {
    const { house } = scene
    const connection = await scene.known()
    const ask = async (id: number): Promise<unknown> => {
      await house.pass(1)
      await house.say(connection, 'firmware.get', { module: 'mcu' }, id)
      return house.sent.at(-1)
    }
    const urls = (): unknown[] => house.sent.map(({ params }) => params['url'])
    const first = await scene.start({ push: false })
    expect([await ask(2), await ask(3)]).toMatchObject([
      { id: 2, params: { task_id: '1', version: '1.1.0', url: 'http://192.0.2.1/d/1' } },
      { id: 3, params: { task_id: '1', version: '1.1.0', url: 'http://192.0.2.1/d/1' } },
    ])
    expect(house.wire.signed).toHaveLength(1)
    house.wire.host = '192.0.2.2'
    await ask(4)
    await house.core.operators.campaigns.cancel(first, true)
    await scene.start({ push: false })
    await ask(5)
    await ask(6)
    expect(urls().slice(2)).toEqual(['http://192.0.2.2/d/1', 'http://192.0.2.2/d/2', 'http://192.0.2.2/d/2'])
    expect(house.wire.signed).toHaveLength(3)
  })

  test('before the device can hear the answer changes nothing, and it is told once it can', async () => {
    const { house } = scene
    const connection = await scene.known()
    await scene.start({ push: true, rate: { maxInProgress: 1 } })
    house.core.disconnected(connection)
    await house.core.operators.tasks.cancel(1)
    await house.core.operators.campaigns.retry(1).catch(() => 0)
    const second = await scene.start()
    const again = house.connect('pk/dn')
    house.wire.subscribed.clear()
    await house.say(again, 'firmware.get', { module: 'mcu' })
    expect((await house.task(2)).state).toBe('queued')
    await house.hear(again)
    expect(house.sent.at(-1)?.params['task_id']).toBe('2')
    expect(house.store.reads.campaign(second)?.status).toBe('running')
  })

  test('that was answered while a push was on its way to the disk counts as told, though the device has left since', async () => {
    const { house } = scene
    const connection = await scene.known()
    house.wire.subscribed.clear()
    house.core.unsubscribed(connection, 'ota')
    await scene.start()
    // Heard once; then the device is gone, as one is that asks, listens for one message, and sleeps.
    house.wire.onSend = () => house.wire.subscribed.clear()
    house.wire.subscribed.add('pk/dn ota')
    house.core.subscribed(connection, 'ota')
    for (let turn = 0; turn < 20 && (await house.task()).state === 'queued'; turn += 1) await Promise.resolve()
    await house.say(connection, 'firmware.get', { module: 'mcu' }, 'abc')
    house.core.disconnected(connection)
    await house.settle()
    expect(house.sent).toHaveLength(1)
    expect(await house.task()).toMatchObject({ state: 'notified', reason: null })
    expect((await house.task()).history.map(({ said }) => said)).not.toContainEqual(sentence('note_not_delivered'))
  })

  test('without an update gets nothing, or the empty answer where set so', async () => {
    const connection = await scene.known()
    await scene.house.say(connection, 'firmware.get', {})
    expect(scene.house.sent).toEqual([])
    await scene.open({ settings: { noUpdateReply: 'empty' } })
    await scene.house.say(await scene.known(), 'firmware.get', {}, 5)
    expect(scene.house.sent).toMatchObject([{ id: 5, method: 'firmware.post', params: {} }])
  })

  test('of a device that runs the target closes the task', async () => {
    const connection = await scene.house.join('pk/dn')
    await scene.house.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
    const id = await scene.start({ push: false })
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(scene.house.sent).toEqual([])
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'completed' })
  })

  test('gets nothing without a slot, from a paused campaign, or more than five times at once', async () => {
    const connection = await scene.known()
    await scene.known('other')
    const id = await scene.start({ push: false, rate: { maxInProgress: 1 } })
    await scene.house.core.operators.tasks.push(2)
    await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(scene.pushes()).toBe(0)
    await scene.house.core.operators.tasks.cancel(2)
    await scene.house.core.operators.campaigns.pause(id)
    await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(scene.pushes()).toBe(0)
    await scene.house.core.operators.campaigns.resume(id)
    for (let i = 0; i < 5; i++) await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(scene.pushes()).toBe(3)
    expect(scene.house.drops.get('get_rate')).toBe(2)
    await scene.house.pass(1)
    await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(scene.pushes()).toBe(4)
  })
})
