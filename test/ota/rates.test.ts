import { beforeEach, describe, expect, test } from 'vitest'
import { type Crowd, createCrowd } from './crowd.ts'
import type { Scene } from './scene.ts'

let crowd: Crowd
let scene: Scene

const open = async (options?: Parameters<typeof createCrowd>[0]): Promise<void> => {
  crowd = await createCrowd(options)
  scene = crowd.scene
}

beforeEach(() => open())

const report = (method: string, params: object): Uint8Array => Buffer.from(JSON.stringify({ id: 1, version: '1.0', method, params }))

describe('rates', () => {
  test('at most so many are told in any minute, by push and by firmware.get together', async () => {
    await crowd.bring(7)
    await scene.start({ rate: { perMinute: 3 } })
    expect(crowd.told()).toHaveLength(3)
    const waiting = [...scene.house.store.reads.openTasks()].filter((task) => task.state === 'queued')
    expect(waiting.map((task) => scene.house.core.operators.tasks.waitReason(task))).toEqual(['rate', 'rate', 'rate', 'rate'])
    for (const connection of crowd.connections.values()) await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(crowd.told()).toHaveLength(3)
    await scene.house.pass(59)
    expect(crowd.told()).toHaveLength(3)
    await scene.house.pass(1)
    expect(crowd.told()).toHaveLength(6)
    scene.house = await scene.house.restart()
    await scene.house.hear(scene.house.connect('pk/d6'))
    expect(scene.house.sent).toEqual([])
    await scene.house.pass(60)
    expect(scene.house.sent).toHaveLength(1)
  })

  test('at most so many are told in any minute, also over a restart, and where those told have ended by then', async () => {
    await crowd.bring(7)
    await scene.start({ rate: { perMinute: 3 }, abort: [] })
    for (const device of crowd.told()) await scene.house.say(crowd.connection(device), 'upgrade.post', { step: -1, module: 'mcu' })
    expect(scene.house.store.reads.tally(1)).toMatchObject({ failed: 3, queued: 4 })
    for (const after of [10, 10]) {
      scene.house = await scene.house.restart(after)
      for (const device of crowd.connections.keys()) await scene.house.hear(scene.house.connect(device))
      expect(scene.house.sent).toEqual([])
    }
    await scene.house.pass(40)
    expect(scene.house.sent).toHaveLength(3)
  })

  test('the server has bounds too, and divides them fairly among campaigns', async () => {
    await open({ settings: { serverInProgress: 6 } })
    await crowd.bring(10)
    const first = await scene.start({ target: { devices: [...crowd.connections.keys()] } })
    expect(scene.house.store.reads.tally(first).notified).toBe(6)
    const more = Array.from({ length: 10 }, (_, at) => `pk/e${at}`)
    for (const name of more) crowd.connections.set(name, await scene.known(name.slice(3)))
    const second = await scene.start({ target: { devices: more } })
    expect(scene.house.store.reads.tally(second).notified).toBe(0)
    for (const device of crowd.told().slice(0, 3)) await crowd.succeed(device)
    expect([first, second].map((id) => scene.house.store.reads.tally(id).notified)).toEqual([3, 3])
    for (let i = 0; i < 20; i++) await crowd.succeedAll()
    expect([first, second].map((id) => scene.house.store.reads.campaign(id)?.status)).toEqual(['completed', 'completed'])
  })

  test("a campaign that cannot use its part leaves the server's slots to others", async () => {
    await open({ settings: { serverInProgress: 1 } })
    await crowd.bring(3)
    // Two campaigns for the same devices: the second waits in line, and a third for another device goes on.
    await scene.start({ target: { devices: ['pk/d0'] }, push: false })
    const third = await scene.start({ target: { devices: ['pk/d1', 'pk/d2'] } })
    expect(scene.house.store.reads.tally(third).notified).toBe(1)
    await crowd.succeedAll()
    await crowd.succeedAll()
    expect(scene.house.store.reads.campaign(third)?.status).toBe('completed')
  })
})

describe('slots', () => {
  test('are freed by a disconnect before any byte, and a device that comes back stands in line for one', async () => {
    await crowd.bring(3)
    await scene.start({ rate: { maxInProgress: 1 } })
    const [first = ''] = crowd.told()
    scene.house.core.disconnected(crowd.connection(first))
    await scene.house.settle()
    expect(crowd.told()).toHaveLength(2)
    const again = scene.house.connect(first)
    await scene.house.hear(again)
    await scene.house.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(scene.pushes(first)).toBe(1)
    await scene.house.say(again, 'firmware.get', { module: 'mcu' })
    expect(scene.pushes(first)).toBe(1)
    const [, second = '', third = ''] = crowd.told()
    await crowd.succeed(second)
    expect(crowd.told()).toHaveLength(3)
    expect(scene.pushes(first)).toBe(1)
    await crowd.succeed(third || (crowd.told()[2] ?? ''))
    expect(scene.pushes(first)).toBe(2)
    expect([...scene.house.store.reads.openTasks()]).toMatchObject([{ device: first, state: 'notified', slot: true }])
  })

  test('are kept by a device that disconnects after it began, until it stalls', async () => {
    await crowd.bring(2)
    await scene.start({ rate: { maxInProgress: 1 } })
    const [first = ''] = crowd.told()
    scene.house.core.served({
      task: [...scene.house.store.reads.openTasks()].find((task) => task.device === first)?.id ?? 0,
      bytes: 1,
      complete: false,
      sure: true,
      quietMs: 0,
    })
    await scene.house.settle()
    scene.house.core.disconnected(crowd.connection(first))
    await scene.house.pass(899)
    expect(crowd.told()).toHaveLength(1)
    await scene.house.pass(2)
    expect(crowd.told()).toHaveLength(2)
  })

  test('a thousand devices that are powered up together never exceed them', async () => {
    await crowd.bring(1000)
    const id = await scene.start({ rate: { maxInProgress: 20 } })
    for (let round = 0; round < 3; round++) {
      for (const connection of crowd.connections.values()) scene.house.core.disconnected(connection)
      await scene.house.settle()
      for (const device of crowd.connections.keys()) {
        const connection = scene.house.connect(device)
        crowd.connections.set(device, connection)
        scene.house.core.subscribed(connection, 'ota')
      }
      for (const connection of crowd.connections.values()) {
        await scene.house.core.receive(connection, 'ota', [report('version.post', { version: '1.0.0', module: 'mcu' })])
        await scene.house.core.receive(connection, 'ota', [report('firmware.get', { module: 'mcu' })])
        const slotted = [...scene.house.store.reads.openTasks()].filter((task) => task.slot).length
        expect(slotted).toBeLessThanOrEqual(20)
      }
      await scene.house.settle()
    }
    expect(scene.house.store.reads.tally(id)).toMatchObject({ notified: expect.any(Number), in_progress: 0 })
    expect([...scene.house.store.reads.openTasks()].filter((task) => task.slot)).toHaveLength(20)
  }, 60_000)
})
