import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { openTaskOf } from '../../src/ota/rules/open-task.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

describe('gateways', () => {
  const identity = (name: string): object => ({ product_key: 'pk', device_name: name })

  test('children become known with their first report, are notified in messages of ten, and are updated through the gateway', async () => {
    const gateway = await fixture.join('pk/gw')
    await fixture.say(gateway, 'version.post', { version: '3', module: 'gateway' })
    const names = Array.from({ length: 25 }, (_, i) => `c${i}`)
    await fixture.say(
      gateway,
      'sub.version.post',
      names.map((name) => ({ identity: identity(name), version: '1.0.0', module: 'mcu' })),
    )
    const id = await fixture.start()
    expect(fixture.sent.map((message) => [message.to, message.method, message.elements.length])).toEqual([
      ['pk/gw', 'sub.firmware.post', 10],
      ['pk/gw', 'sub.firmware.post', 10],
    ])
    expect(fixture.sent[0]?.elements[0]).toMatchObject({
      identity: { product_key: 'pk' },
      desc: '',
      checksum: '00000000',
      url: 'http://192.0.2.1/d/1',
    })
    await fixture.say(gateway, 'sub.upgrade.post', [{ identity: identity('c0'), step: 50, module: 'mcu', task_id: '1' }])
    await fixture.say(gateway, 'sub.version.post', [{ identity: identity('c0'), version: '1.1.0', module: 'mcu' }])
    expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1, notified: 20, queued: 4 })
  })

  test('a report through another gateway is not_child, until topo login moves the child there with its open task', async () => {
    fixture = await createOtaFixture({ settings: { gatewayTakeover: 'free' } })
    const first = await fixture.join('pk/gw1')
    const second = await fixture.join('pk/gw2')
    await fixture.subscribe(second, 'topo')
    await fixture.say(first, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    await fixture.start({ target: { devices: ['pk/c'] } })
    await fixture.say(second, 'sub.upgrade.post', [{ identity: identity('c'), step: -1, task_id: '1', module: 'mcu' }])
    expect(fixture.drops.get('not_child')).toBe(1)
    await fixture.topo(second, 'login', ['c'])
    expect(fixture.sent.at(-1)).toMatchObject({
      channel: 'topo',
      method: 'login',
      id: 9,
      elements: [{ product_key: 'pk', device_name: 'c' }],
    })
    await fixture.say(first, 'sub.version.post', [{ identity: identity('c'), version: '1.1.0', module: 'mcu' }])
    expect((await fixture.task()).state).toBe('notified')
    await fixture.say(second, 'sub.version.post', [{ identity: identity('c'), version: '1.1.0', module: 'mcu' }])
    expect((await fixture.task()).state).toBe('succeeded')
  })

  test('a child that logged in again with its old version is not notified again during the grace period', async () => {
    const gateway = await fixture.join('pk/gw')
    await fixture.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    await fixture.start({ target: { devices: ['pk/c'] } })
    await fixture.say(gateway, 'sub.upgrade.post', { identity: identity('c'), step: 100, task_id: '1', module: 'mcu' })
    await fixture.pass(1)
    await fixture.topo(gateway, 'login', ['c'])
    await fixture.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    expect((await fixture.task()).graceSince).not.toBeNull()
  })

  test('a child that was named before it was known is notified as soon as its gateway mentions it', async () => {
    await fixture.start({ target: { devices: ['pk/c'] } })
    const gateway = await fixture.join('pk/gw')
    await fixture.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    expect(fixture.sent).toMatchObject([{ to: 'pk/gw', method: 'sub.firmware.post', elements: [{ task_id: '1' }] }])
  })

  test('with closed enrolment no children become known', async () => {
    fixture = await createOtaFixture({ enrolment: 'closed' })
    const gateway = await fixture.join('pk/gw')
    await fixture.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    expect(fixture.drops.get('not_child')).toBe(1)
    expect(fixture.store.reads.device('pk/c')).toBeUndefined()
  })

  test('a device that has a credential, is connected or is a gateway cannot be claimed, by report or by topo', async () => {
    const gateway = await fixture.join('pk/gw')
    await fixture.subscribe(gateway, 'topo')
    await fixture.core.enrol('pk', 'bound', 'hash')
    await fixture.core.operators.devices.put('pk', 'secret', { secret: 's' })
    await fixture.join('pk/online')
    for (const name of ['bound', 'secret', 'online', 'gw']) {
      await fixture.topo(gateway, 'add', [name])
      expect(fixture.sent.at(-1)?.elements).toEqual([])
      if (name === 'gw') continue
      await fixture.say(gateway, 'sub.version.post', [{ identity: identity(name), version: '6.6.6', module: 'mcu' }])
      expect(fixture.store.reads.device(`pk/${name}`)).toMatchObject({ gateway: null, modules: [] })
    }
    expect(fixture.drops.get('not_child')).toBe(7)
    await fixture.core.operators.devices.patch('pk/secret', { gateway: 'pk/gw' })
    await fixture.say(gateway, 'sub.version.post', [{ identity: identity('secret'), version: '1.0.0', module: 'mcu' }])
    expect(fixture.store.reads.device('pk/secret')?.modules).toMatchObject([{ version: '1.0.0' }])
  })

  test('as many children as may be updated at once are notified again after a reconnect', async () => {
    fixture = await createOtaFixture({ settings: { subDevicesAtOnce: 3 } })
    const names = ['c1', 'c2', 'c3', 'c4']
    const report = async (gateway: Connection): Promise<void> =>
      fixture.say(
        gateway,
        'sub.version.post',
        names.map((name) => ({ identity: identity(name), version: '1.0.0', module: 'mcu' })),
      )
    const first = await fixture.join('pk/gw')
    await report(first)
    await fixture.start({ target: { devices: names.map((name) => `pk/${name}`) } })
    const notifications = (): number => fixture.sent.reduce((sum, { elements }) => sum + elements.length, 0)
    expect(notifications()).toBe(3)
    fixture.core.disconnected(first)
    await fixture.settle()
    const again = await fixture.join('pk/gw')
    await report(again)
    expect(notifications()).toBe(6)
    expect([...fixture.store.reads.openTasks()].filter(({ state }) => state === 'notified').length).toBe(3)
  })

  describe('a child that moves to a gateway which is already connected', () => {
    const moved = async (come: (second: Connection) => Promise<unknown>): Promise<Connection> => {
      fixture = await createOtaFixture({ settings: { gatewayTakeover: 'free' } })
      const first = await fixture.join('pk/gw1')
      const second = await fixture.join('pk/gw2')
      await fixture.say(first, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
      await fixture.start({ target: { devices: ['pk/c'] } })
      expect(notifications('pk/gw1')).toBe(1)
      await fixture.pass(120)
      await come(second)
      await fixture.settle()
      return second
    }
    const notifications = (to: string): number =>
      fixture.sent.filter((message) => message.to === to && message.method === 'sub.firmware.post').length

    test.each<[string, (second: Connection) => Promise<unknown>]>([
      ['by topo login', (second) => fixture.topo(second, 'login', ['c'])],
      ['by topo add', (second) => fixture.topo(second, 'add', ['c'])],
      ["by an operator's act", () => fixture.core.operators.devices.patch('pk/c', { gateway: 'pk/gw2' })],
      [
        'by a list of an operator',
        () => fixture.core.operators.devices.import([{ row: 2, product: 'pk', name: 'c', gateway: 'pk/gw2', tags: [] }]),
      ],
    ])('%s, and reports nothing, is notified there of what it was notified of before', async (_how, come) => {
      await moved(come)
      await fixture.pass(59)
      expect(notifications('pk/gw2')).toBe(0)
      await fixture.pass(1)
      expect(notifications('pk/gw2')).toBe(1)
      await fixture.pass(120)
      expect(notifications('pk/gw2')).toBe(1)
    })

    test('and reports its version is notified at once, and only once', async () => {
      const second = await moved((gateway) => fixture.topo(gateway, 'login', ['c']))
      await fixture.say(second, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
      expect(notifications('pk/gw2')).toBe(1)
      await fixture.pass(60)
      expect(notifications('pk/gw2')).toBe(1)
    })
  })

  test('the update of a gateway itself does not stall while it updates its children, nor theirs while it updates itself', async () => {
    const gateway = await fixture.join('pk/gw')
    await fixture.say(gateway, 'version.post', { version: '1.0.0', module: 'mcu' })
    await fixture.say(gateway, 'sub.version.post', { identity: identity('c'), version: '1.0.0', module: 'mcu' })
    await fixture.start()
    const [own, child] = [...fixture.store.reads.openTasks()].sort((a, b) => Number(a.device > b.device) - Number(a.device < b.device))
    await fixture.say(gateway, 'upgrade.post', { step: 1, module: 'mcu', task_id: String(child?.id) })
    await fixture.say(gateway, 'sub.upgrade.post', [{ identity: identity('c'), step: 1, module: 'mcu', task_id: String(own?.id) }])
    for (let minute = 0; minute < 30; minute += 10) {
      await fixture.pass(600)
      await fixture.say(gateway, 'sub.upgrade.post', [{ identity: identity('c'), step: minute, module: 'mcu' }])
    }
    expect(fixture.store.reads.tally(1)).toMatchObject({ in_progress: 2 })
    for (let minute = 0; minute < 20; minute += 10) {
      await fixture.pass(600)
      await fixture.say(gateway, 'upgrade.post', { step: minute, module: 'mcu' })
    }
    expect(fixture.store.reads.tally(1)).toMatchObject({ in_progress: 2 })
    await fixture.say(gateway, 'version.post', { version: '1.1.0', module: 'mcu' })
    await fixture.pass(899)
    expect(fixture.store.reads.tally(1)).toMatchObject({ in_progress: 1, succeeded: 1 })
    await fixture.pass(1)
    expect(fixture.store.reads.tally(1)).toMatchObject({ timed_out: 1, succeeded: 1 })
  })

  describe('while a gateway updates as many children as it may, one of them', () => {
    const child = (name: string): object => ({ identity: identity(name), version: '1.0.0', module: 'mcu' })
    const notified = (to = 'pk/gw'): readonly string[] =>
      fixture.sent.filter((message) => message.to === to).flatMap(({ elements }) => elements.map((one) => JSON.stringify(one['identity'])))
    let gateway: Connection
    beforeEach(async () => {
      fixture = await createOtaFixture({ settings: { subDevicesAtOnce: 1, gatewayTakeover: 'free' } })
      gateway = await fixture.join('pk/gw')
      await fixture.say(gateway, 'sub.version.post', [child('a'), child('b')])
      await fixture.start({ target: { devices: ['pk/a'] } })
      await fixture.start({ target: { devices: ['pk/b'] } })
      expect(notified()).toHaveLength(1)
    })

    test.each<[string, () => Promise<unknown>]>([
      ['is removed', () => fixture.core.operators.devices.remove('pk/a')],
      ['is deleted by the gateway', () => fixture.topo(gateway, 'delete', ['a'])],
      ['is moved by an operator', () => fixture.core.operators.devices.patch('pk/a', { gateway: null })],
      ['goes to another gateway', async () => fixture.topo(await fixture.join('pk/other'), 'login', ['a'])],
    ])('%s: the next child is notified', async (_how, act) => {
      await act()
      await fixture.settle()
      expect(notified()).toHaveLength(2)
      // A child that left and cannot be reached holds no slot.
      const left = openTaskOf(fixture.store.reads, 'pk/a', 'mcu')
      expect(left?.slot === true && fixture.core.operators.devices.presence('pk/a') !== 'reachable').toBe(false)
    })
  })

  test('a restart times out no member of a family that showed a sign of life before it', async () => {
    const gateway = await fixture.join('pk/gw')
    const both = ['a', 'b'].map((name) => ({ identity: identity(name), version: '1.0.0', module: 'mcu' }))
    await fixture.say(gateway, 'sub.version.post', both)
    await fixture.start()
    const sign = (name: string, step: number): Promise<void> =>
      fixture.say(gateway, 'sub.upgrade.post', [{ identity: identity(name), step, module: 'mcu' }])
    await sign('a', 1)
    for (let step = 0; step < 20; step++) {
      await fixture.pass(60)
      await sign('b', step)
    }
    await fixture.say(gateway, 'sub.version.post', [{ identity: identity('b'), version: '1.1.0', module: 'mcu' }])
    fixture = await fixture.restart(10)
    await fixture.pass(60)
    expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')).toMatchObject({ state: 'in_progress' })
    await fixture.pass(900)
    expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')).toBeUndefined()
  })
})
