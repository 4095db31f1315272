import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

describe('gateways', () => {
  const identity = (name: string): object => ({ product_key: 'pk', device_name: name })

  test('children are learnt from their first report, told in messages of ten, and updated through the gateway', async () => {
    const gateway = await scene.house.join('pk/gw')
    await scene.house.say(gateway, 'version.post', { version: '3', module: 'gateway' })
    const names = Array.from({ length: 25 }, (_, i) => `c${i}`)
    await scene.house.say(
      gateway,
      'sub.version.post',
      names.map((name) => ({ identity: identity(name), version: '1.0.0', module: 'mcu' })),
    )
    const id = await scene.start()
    expect(scene.house.sent.map((message) => [message.to, message.method, message.elements.length])).toEqual([
      ['pk/gw', 'sub.firmware.post', 10],
      ['pk/gw', 'sub.firmware.post', 10],
    ])
    expect(scene.house.sent[0]?.elements[0]).toMatchObject({
      identity: { product_key: 'pk' },
      desc: '',
      checksum: '00000000',
      url: 'http://192.0.2.1/d/1',
    })
    await scene.house.say(gateway, 'sub.upgrade.post', [{ identity: identity('c0'), step: 50, module: 'mcu', task_id: '1' }])
    await scene.house.say(gateway, 'sub.version.post', [{ identity: identity('c0'), version: '1.1.0', module: 'mcu' }])
    expect(scene.house.store.tally(id)).toMatchObject({ succeeded: 1, notified: 20, queued: 4 })
  })

  test('a report through another gateway is not_child, until topo login moves the child there with its open task', async () => {
    const first = await scene.house.join('pk/gw1')
    const second = await scene.house.join('pk/gw2')
    await scene.house.hear(second, 'topo')
    await scene.house.say(first, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    await scene.start({ target: { devices: ['pk/c'] } })
    await scene.house.say(second, 'sub.upgrade.post', [{ identity: identity('c'), step: -1, task_id: '1', module: 'mcu' }])
    expect(scene.house.drops.get('not_child')).toBe(1)
    await scene.house.topo(second, 'login', ['c'])
    expect(scene.house.sent.at(-1)).toMatchObject({
      channel: 'topo',
      method: 'login',
      id: 9,
      elements: [{ product_key: 'pk', device_name: 'c' }],
    })
    await scene.house.say(first, 'sub.version.post', [{ identity: identity('c'), version: '1.1.0', module: 'mcu' }])
    expect((await scene.house.task()).state).toBe('notified')
    await scene.house.say(second, 'sub.version.post', [{ identity: identity('c'), version: '1.1.0', module: 'mcu' }])
    expect((await scene.house.task()).state).toBe('succeeded')
  })

  test('a child is not told again in the grace after it logged in anew with its old version', async () => {
    const gateway = await scene.house.join('pk/gw')
    await scene.house.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    await scene.start({ target: { devices: ['pk/c'] } })
    await scene.house.say(gateway, 'sub.upgrade.post', { identity: identity('c'), step: 100, task_id: '1', module: 'mcu' })
    await scene.house.pass(1)
    await scene.house.topo(gateway, 'login', ['c'])
    await scene.house.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    expect((await scene.house.task()).graceSince).not.toBeNull()
  })

  test('a child that was named before it was known is told as soon as its gateway speaks of it', async () => {
    await scene.start({ target: { devices: ['pk/c'] } })
    const gateway = await scene.house.join('pk/gw')
    await scene.house.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    expect(scene.house.sent).toMatchObject([{ to: 'pk/gw', method: 'sub.firmware.post', elements: [{ task_id: '1' }] }])
  })

  test('closed enrolment learns no children', async () => {
    await scene.open({ enrolment: 'closed' })
    const gateway = await scene.house.join('pk/gw')
    await scene.house.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    expect(scene.house.drops.get('not_child')).toBe(1)
    expect(scene.house.store.device('pk/c')).toBeUndefined()
  })

  test("a device that proves itself, is connected, or is a gateway is nobody's to claim, by report or by topo", async () => {
    const { house } = scene
    const gateway = await house.join('pk/gw')
    await house.hear(gateway, 'topo')
    await house.core.enrol('pk', 'bound', 'hash')
    await house.core.putDevice('pk', 'secret', { secret: 's' })
    await house.join('pk/online')
    for (const name of ['bound', 'secret', 'online', 'gw']) {
      await house.topo(gateway, 'add', [name])
      expect(house.sent.at(-1)?.elements).toEqual([])
      if (name === 'gw') continue
      await house.say(gateway, 'sub.version.post', [{ identity: identity(name), version: '6.6.6', module: 'mcu' }])
      expect(house.store.device(`pk/${name}`)).toMatchObject({ gateway: null, modules: [] })
    }
    expect(house.drops.get('not_child')).toBe(7)
    await house.core.patchDevice('pk/secret', { gateway: 'pk/gw' })
    await house.say(gateway, 'sub.version.post', [{ identity: identity('secret'), version: '1.0.0', module: 'mcu' }])
    expect(house.store.device('pk/secret')?.modules).toMatchObject([{ version: '1.0.0' }])
  })

  test('as many children as may be at once are told again after a reconnect', async () => {
    await scene.open({ settings: { subDevicesAtOnce: 3 } })
    const { house } = scene
    const names = ['c1', 'c2', 'c3', 'c4']
    const report = async (gateway: Connection): Promise<void> =>
      house.say(
        gateway,
        'sub.version.post',
        names.map((name) => ({ identity: identity(name), version: '1.0.0', module: 'mcu' })),
      )
    const first = await house.join('pk/gw')
    await report(first)
    await scene.start({ target: { devices: names.map((name) => `pk/${name}`) } })
    const told = (): number => house.sent.reduce((sum, { elements }) => sum + elements.length, 0)
    expect(told()).toBe(3)
    house.core.disconnected(first)
    await house.settle()
    const again = await house.join('pk/gw')
    await report(again)
    expect(told()).toBe(6)
    expect([...house.store.openTasks()].filter(({ state }) => state === 'notified').length).toBe(3)
  })
})
