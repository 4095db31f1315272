import { beforeEach, describe, expect, test } from 'vitest'
import { createOtaDevicesFixture, type OtaDevicesFixture } from '../support/ota-devices-fixture.ts'

let fixture: OtaDevicesFixture

const open = async (options?: Parameters<typeof createOtaDevicesFixture>[0]): Promise<void> => {
  fixture = await createOtaDevicesFixture(options)
}

beforeEach(() => open())

const report = (method: string, params: object): Uint8Array => Buffer.from(JSON.stringify({ id: 1, version: '1.0', method, params }))

describe('rates', () => {
  test('at most so many offers go out in any minute, by push and by firmware.get together', async () => {
    await fixture.bring(7)
    await fixture.start({ rate: { perMinute: 3 } })
    expect(fixture.notified()).toHaveLength(3)
    const waiting = [...fixture.store.reads.openTasks()].filter((task) => task.state === 'queued')
    expect(waiting.map((task) => fixture.core.operators.tasks.waitReason(task))).toEqual(['rate', 'rate', 'rate', 'rate'])
    for (const connection of fixture.connections.values()) await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    expect(fixture.notified()).toHaveLength(3)
    await fixture.pass(59)
    expect(fixture.notified()).toHaveLength(3)
    await fixture.pass(1)
    expect(fixture.notified()).toHaveLength(6)
    fixture = await fixture.restart()
    await fixture.subscribe(fixture.connect('pk/d6'))
    expect(fixture.sent).toEqual([])
    await fixture.pass(60)
    expect(fixture.sent).toHaveLength(1)
  })

  test('at most so many offers go out in any minute, also across a restart and if the offered tasks have ended by then', async () => {
    await fixture.bring(7)
    await fixture.start({ rate: { perMinute: 3 }, abort: [] })
    for (const device of fixture.notified()) await fixture.say(fixture.connection(device), 'upgrade.post', { step: -1, module: 'mcu' })
    expect(fixture.store.reads.tally(1)).toMatchObject({ failed: 3, queued: 4 })
    for (const after of [10, 10]) {
      fixture = await fixture.restart(after)
      for (const device of fixture.connections.keys()) await fixture.subscribe(fixture.connect(device))
      expect(fixture.sent).toEqual([])
    }
    await fixture.pass(40)
    expect(fixture.sent).toHaveLength(3)
  })

  test('the bounds of the server are divided fairly among campaigns', async () => {
    await open({ settings: { serverInProgress: 6 } })
    await fixture.bring(10)
    const first = await fixture.start({ target: { devices: [...fixture.connections.keys()] } })
    expect(fixture.store.reads.tally(first).notified).toBe(6)
    const more = Array.from({ length: 10 }, (_, at) => `pk/e${at}`)
    for (const name of more) fixture.connections.set(name, await fixture.known(name.slice(3)))
    const second = await fixture.start({ target: { devices: more } })
    expect(fixture.store.reads.tally(second).notified).toBe(0)
    for (const device of fixture.notified().slice(0, 3)) await fixture.succeed(device)
    expect([first, second].map((id) => fixture.store.reads.tally(id).notified)).toEqual([3, 3])
    for (let i = 0; i < 20; i++) await fixture.succeedAll()
    expect([first, second].map((id) => fixture.store.reads.campaign(id)?.status)).toEqual(['completed', 'completed'])
  })

  test("a campaign that cannot use its share leaves the server's slots to others", async () => {
    await open({ settings: { serverInProgress: 1 } })
    await fixture.bring(3)
    // Two campaigns for the same devices: the second is queued, and a third for another device continues.
    await fixture.start({ target: { devices: ['pk/d0'] }, push: false })
    const third = await fixture.start({ target: { devices: ['pk/d1', 'pk/d2'] } })
    expect(fixture.store.reads.tally(third).notified).toBe(1)
    await fixture.succeedAll()
    await fixture.succeedAll()
    expect(fixture.store.reads.campaign(third)?.status).toBe('completed')
  })
})

describe('slots', () => {
  test('are freed by a disconnect before the first byte, and a device that reconnects is queued for one', async () => {
    await fixture.bring(3)
    await fixture.start({ rate: { maxInProgress: 1 } })
    const [first = ''] = fixture.notified()
    fixture.core.disconnected(fixture.connection(first))
    await fixture.settle()
    expect(fixture.notified()).toHaveLength(2)
    const again = fixture.connect(first)
    await fixture.subscribe(again)
    await fixture.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(fixture.pushes(first)).toBe(1)
    await fixture.say(again, 'firmware.get', { module: 'mcu' })
    expect(fixture.pushes(first)).toBe(1)
    const [, second = '', third = ''] = fixture.notified()
    await fixture.succeed(second)
    expect(fixture.notified()).toHaveLength(3)
    expect(fixture.pushes(first)).toBe(1)
    await fixture.succeed(third || (fixture.notified()[2] ?? ''))
    expect(fixture.pushes(first)).toBe(2)
    expect([...fixture.store.reads.openTasks()]).toMatchObject([{ device: first, state: 'notified', slot: true }])
  })

  test('are kept by a device that disconnects during its download, until it stalls', async () => {
    await fixture.bring(2)
    await fixture.start({ rate: { maxInProgress: 1 } })
    const [first = ''] = fixture.notified()
    fixture.core.served({
      task: [...fixture.store.reads.openTasks()].find((task) => task.device === first)?.id ?? 0,
      bytes: 1,
      complete: false,
      sure: true,
      quietMs: 0,
    })
    await fixture.settle()
    fixture.core.disconnected(fixture.connection(first))
    await fixture.pass(899)
    expect(fixture.notified()).toHaveLength(1)
    await fixture.pass(2)
    expect(fixture.notified()).toHaveLength(2)
  })

  test('are never exceeded by a thousand devices that start at once', async () => {
    await fixture.bring(1000)
    const id = await fixture.start({ rate: { maxInProgress: 20 } })
    for (let round = 0; round < 3; round++) {
      for (const connection of fixture.connections.values()) fixture.core.disconnected(connection)
      await fixture.settle()
      for (const device of fixture.connections.keys()) {
        const connection = fixture.connect(device)
        fixture.connections.set(device, connection)
        fixture.core.subscribed(connection, 'ota')
      }
      for (const connection of fixture.connections.values()) {
        await fixture.core.receive(connection, 'ota', [report('version.post', { version: '1.0.0', module: 'mcu' })])
        await fixture.core.receive(connection, 'ota', [report('firmware.get', { module: 'mcu' })])
        const slotted = [...fixture.store.reads.openTasks()].filter((task) => task.slot).length
        expect(slotted).toBeLessThanOrEqual(20)
      }
      await fixture.settle()
    }
    expect(fixture.store.reads.tally(id)).toMatchObject({ notified: expect.any(Number), in_progress: 0 })
    expect([...fixture.store.reads.openTasks()].filter((task) => task.slot)).toHaveLength(20)
  }, 60_000)
})
