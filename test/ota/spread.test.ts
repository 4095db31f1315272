import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene
let fleet: Map<string, Connection>

/** Devices that have reported 1.0.0 and are subscribed. */
const bring = async (count: number, from = 0): Promise<void> => {
  for (let at = from; at < from + count; at++) fleet.set(`pk/d${at}`, await scene.known(`d${at}`))
}

/** Who was told of a package, each once. */
const told = (): readonly string[] => [...new Set(scene.house.sent.filter(({ method }) => method === 'firmware.post').map(({ to }) => to))]

const connectionOf = (device: string): Connection => {
  const connection = fleet.get(device)
  if (connection === undefined) throw new Error(`${device} is not there`)
  return connection
}

const succeed = (device: string): Promise<void> =>
  scene.house.say(connectionOf(device), 'version.post', { version: '1.1.0', module: 'mcu' })
const fail = (device: string): Promise<void> => scene.house.say(connectionOf(device), 'upgrade.post', { step: -1, module: 'mcu' })

const succeedAll = async (): Promise<void> => {
  for (const device of told()) await succeed(device)
}

beforeEach(async () => {
  scene = await createScene()
  fleet = new Map()
})

describe('phases', () => {
  test('tell the canary alone, then half, then all, each after the one before has succeeded', async () => {
    await bring(20)
    const id = await scene.start({ phases: [{ percent: 5 }, { percent: 50 }, { percent: 100 }] })
    expect(told()).toHaveLength(1)
    const [canary = ''] = told()
    const waiting = [...scene.house.store.openTasks()].filter((task) => task.device !== canary)
    expect(new Set(waiting.map((task) => scene.house.core.waiting(task)))).toEqual(new Set(['phase']))
    await succeed(canary)
    expect(told()).toHaveLength(10)
    await succeedAll()
    expect(told()).toHaveLength(20)
    await succeedAll()
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'completed', phase: { index: 2 } })
    await scene.open()
    await bring(20)
    await scene.start({ phases: [{ percent: 5 }] })
    expect(told()).toEqual([canary])
  })

  test('wait out the soak, also over a restart', async () => {
    await bring(4)
    const id = await scene.start({ phases: [{ percent: 25, soakSeconds: 600 }] })
    await succeedAll()
    await scene.house.pass(500)
    expect(scene.house.store.campaign(id)?.phase?.index).toBe(0)
    scene.house = await scene.house.restart()
    await scene.house.pass(99)
    expect(scene.house.store.campaign(id)?.phase?.index).toBe(0)
    await scene.house.pass(1)
    expect(scene.house.store.campaign(id)?.phase?.index).toBe(1)
  })

  test('with `wait` stay until an operator says next', async () => {
    await bring(4)
    const id = await scene.start({ phases: [{ percent: 25, onward: 'wait' }] })
    await succeedAll()
    await scene.house.pass(86_400)
    expect(told()).toHaveLength(1)
    await scene.house.core.nextPhase(id)
    await scene.house.settle()
    expect(told()).toHaveLength(4)
    await expect(scene.house.core.nextPhase(id)).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_STATE' })
  })

  test('pause the campaign when one has finished below what it needs; resume does not open the next, next does', async () => {
    await bring(10)
    const id = await scene.start({ phases: [{ percent: 20, minFinished: 2 }], abort: [] })
    const [first = '', second = ''] = told()
    await fail(first)
    expect(scene.house.store.campaign(id)?.status).toBe('running')
    await succeed(second)
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    await scene.house.core.resumeCampaign(id)
    await scene.house.settle()
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'running', phase: { index: 0 } })
    expect(told()).toHaveLength(2)
    await scene.house.core.retryCampaign(id)
    await scene.house.settle()
    await fail(first)
    expect(scene.house.store.campaign(id)?.status).toBe('running')
    await scene.house.core.nextPhase(id)
    await scene.house.settle()
    expect(told()).toHaveLength(10)
  })

  test('a failed canary that succeeds in a second attempt lets the next phase open', async () => {
    await bring(10)
    const id = await scene.start({ phases: [{ percent: 10 }], abort: [] })
    const [canary = ''] = told()
    await fail(canary)
    expect(scene.house.store.campaign(id)?.reason).toBe('phase_failed')
    await scene.house.core.retryCampaign(id)
    await scene.house.core.resumeCampaign(id)
    await scene.house.settle()
    await succeed(canary)
    expect(told()).toHaveLength(10)
  })

  test('a device that falls back while its phase soaks counts against it', async () => {
    await bring(10)
    const id = await scene.start({ phases: [{ percent: 20, soakSeconds: 600 }] })
    const [first = ''] = told()
    await succeedAll()
    await scene.house.pass(300)
    await scene.house.say(connectionOf(first), 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed', phase: { against: [first] } })
    await scene.house.pass(600)
    expect(told()).toHaveLength(2)
  })

  test('a device that disconnects again and again while its phase soaks counts against it', async () => {
    await bring(10)
    const id = await scene.start({ phases: [{ percent: 20, soakSeconds: 600 }] })
    const [first = ''] = told()
    await succeedAll()
    for (let i = 0; i < 3; i++) {
      expect(scene.house.store.campaign(id)?.status).toBe('running')
      scene.house.core.disconnected(connectionOf(first))
      await scene.house.settle()
      const connection = scene.house.connect(first)
      await scene.house.hear(connection)
      fleet.set(first, connection)
      await succeed(first)
    }
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed', phase: { against: [first] } })
  })

  test('a tag is the canary, and devices that join a continuous campaign fall in their phase', async () => {
    await bring(6)
    await scene.house.core.patchDevice('pk/d3', { tags: ['lab'] })
    await scene.start({ phases: [{ tag: 'lab', onward: 'wait' }], target: { continuous: true } })
    expect(told()).toEqual(['pk/d3'])
    await bring(1, 6)
    expect(told()).toEqual(['pk/d3'])
    await scene.house.core.enrol('pk', 'late', null)
    await scene.house.core.patchDevice('pk/late', { tags: ['lab'] })
    await scene.known('late')
    expect(told()).toEqual(['pk/d3', 'pk/late'])
  })

  test('firmware.get of a later phase gets nothing', async () => {
    await bring(4)
    await scene.start({ phases: [{ percent: 25 }], push: false })
    for (const connection of fleet.values()) await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(told()).toHaveLength(1)
  })
})

describe('abort rules', () => {
  test('pause with the very report that breaks them: nothing new goes out, not even as an answer', async () => {
    await bring(20)
    const id = await scene.start({ rate: { maxInProgress: 5 } })
    for (const device of told().slice(0, 4)) await succeed(device)
    expect(scene.house.store.campaign(id)?.status).toBe('running')
    const before = told().length
    await fail(told()[4] ?? '')
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'paused', reason: 'aborted' })
    expect(told()).toHaveLength(before)
    for (const connection of fleet.values()) await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(told()).toHaveLength(before)
  })

  test('after a resume they look at what finishes from then on', async () => {
    await bring(20)
    const id = await scene.start({ rate: { maxInProgress: 5 }, abort: [{ percent: 50, minFinished: 2 }] })
    for (const device of told().slice(0, 2)) await fail(device)
    expect(scene.house.store.campaign(id)?.status).toBe('paused')
    await scene.house.core.resumeCampaign(id)
    await fail(told()[2] ?? '')
    expect(scene.house.store.campaign(id)?.status).toBe('running')
    await fail(told()[3] ?? '')
    expect(scene.house.store.campaign(id)?.status).toBe('paused')
  })

  test('cancel ends what is queued and told as aborted, and leaves what is in progress', async () => {
    await bring(6)
    const id = await scene.start({ rate: { maxInProgress: 3 }, abort: [{ on: 'failed', percent: 1, minFinished: 1, action: 'cancel' }] })
    const [first = '', second = ''] = told()
    await scene.house.say(connectionOf(first), 'upgrade.post', { step: 10, module: 'mcu' })
    await fail(second)
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'canceled', reason: 'aborted' })
    expect(scene.house.store.tally(id)).toMatchObject({ canceled: 4, failed: 1, in_progress: 1, queued: 0, notified: 0 })
    const { items } = await scene.house.store.tasks({ campaign: id, state: 'canceled', limit: 10 })
    expect(new Set(items.map((task) => task.reason))).toEqual(new Set(['aborted']))
    await succeed(first)
    expect(scene.house.store.tally(id)).toMatchObject({ succeeded: 1 })
  })

  test('without rules nothing stops it', async () => {
    await bring(8)
    const id = await scene.start({ abort: [] })
    for (const device of told()) await fail(device)
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'completed' })
  })
})

describe('rates', () => {
  test('at most so many are told in any minute, by push and by firmware.get together', async () => {
    await bring(7)
    await scene.start({ rate: { perMinute: 3 } })
    expect(told()).toHaveLength(3)
    const waiting = [...scene.house.store.openTasks()].filter((task) => task.state === 'queued')
    expect(waiting.map((task) => scene.house.core.waiting(task))).toEqual(['rate', 'rate', 'rate', 'rate'])
    for (const connection of fleet.values()) await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(told()).toHaveLength(3)
    await scene.house.pass(59)
    expect(told()).toHaveLength(3)
    await scene.house.pass(1)
    expect(told()).toHaveLength(6)
    scene.house = await scene.house.restart()
    await scene.house.hear(scene.house.connect('pk/d6'))
    expect(scene.house.sent).toEqual([])
    await scene.house.pass(60)
    expect(scene.house.sent).toHaveLength(1)
  })

  test('the server has bounds too, and divides them fairly among campaigns', async () => {
    await scene.open({ settings: { serverInProgress: 6 } })
    await bring(10)
    const first = await scene.start({ target: { devices: [...fleet.keys()] } })
    expect(scene.house.store.tally(first).notified).toBe(6)
    const more = Array.from({ length: 10 }, (_, at) => `pk/e${at}`)
    for (const name of more) fleet.set(name, await scene.known(name.slice(3)))
    const second = await scene.start({ target: { devices: more } })
    expect(scene.house.store.tally(second).notified).toBe(0)
    for (const device of told().slice(0, 3)) await succeed(device)
    expect([first, second].map((id) => scene.house.store.tally(id).notified)).toEqual([3, 3])
    for (let i = 0; i < 20; i++) await succeedAll()
    expect([first, second].map((id) => scene.house.store.campaign(id)?.status)).toEqual(['completed', 'completed'])
  })

  test("a campaign that cannot use its part leaves the server's slots to others", async () => {
    await scene.open({ settings: { serverInProgress: 1 } })
    await bring(3)
    // Two campaigns for the same devices: the second waits in line, and a third for another device goes on.
    await scene.start({ target: { devices: ['pk/d0'] }, push: false })
    const third = await scene.start({ target: { devices: ['pk/d1', 'pk/d2'] } })
    expect(scene.house.store.tally(third).notified).toBe(1)
    await succeedAll()
    await succeedAll()
    expect(scene.house.store.campaign(third)?.status).toBe('completed')
  })
})

describe('slots', () => {
  test('are freed by a disconnect before any byte, and a device that comes back stands in line for one', async () => {
    await bring(3)
    await scene.start({ rate: { maxInProgress: 1 } })
    const [first = ''] = told()
    scene.house.core.disconnected(connectionOf(first))
    await scene.house.settle()
    expect(told()).toHaveLength(2)
    const again = scene.house.connect(first)
    await scene.house.hear(again)
    await scene.house.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(scene.pushes(first)).toBe(1)
    await scene.house.say(again, 'firmware.get', { module: 'mcu' })
    expect(scene.pushes(first)).toBe(1)
    await succeed(told()[1] ?? '')
    expect(scene.pushes(first) + told().length).toBe(4)
  })

  test('are kept by a device that disconnects after it began, until it stalls', async () => {
    await bring(2)
    await scene.start({ rate: { maxInProgress: 1 } })
    const [first = ''] = told()
    scene.house.core.served({
      task: [...scene.house.store.openTasks()].find((task) => task.device === first)?.id ?? 0,
      bytes: 1,
      complete: false,
    })
    await scene.house.settle()
    scene.house.core.disconnected(connectionOf(first))
    await scene.house.pass(899)
    expect(told()).toHaveLength(1)
    await scene.house.pass(2)
    expect(told()).toHaveLength(2)
  })

  test('a thousand devices that are powered up together never exceed them', async () => {
    await bring(1000)
    const id = await scene.start({ rate: { maxInProgress: 20 } })
    for (let round = 0; round < 3; round++) {
      for (const connection of fleet.values()) scene.house.core.disconnected(connection)
      await scene.house.settle()
      for (const device of fleet.keys()) {
        const connection = scene.house.connect(device)
        fleet.set(device, connection)
        scene.house.core.subscribed(connection, 'ota')
      }
      for (const connection of fleet.values()) {
        await scene.house.core.receive(connection, 'ota', report('version.post', { version: '1.0.0', module: 'mcu' }))
        await scene.house.core.receive(connection, 'ota', report('firmware.get', { module: 'mcu' }))
        const slotted = [...scene.house.store.openTasks()].filter((task) => task.slot).length
        expect(slotted).toBeLessThanOrEqual(20)
      }
      await scene.house.settle()
    }
    expect(scene.house.store.tally(id)).toMatchObject({ notified: expect.any(Number), in_progress: 0 })
    expect([...scene.house.store.openTasks()].filter((task) => task.slot)).toHaveLength(20)
  }, 60_000)
})

const report = (method: string, params: object): Uint8Array => Buffer.from(JSON.stringify({ id: 1, version: '1.0', method, params }))

describe('schedules', () => {
  test('a campaign that starts later is scheduled, and starts once, also over a restart and with a clock that goes back', async () => {
    await bring(2)
    const startAt = scene.house.now() + 3_600_000
    const id = await scene.start({ schedule: { startAt } })
    expect(scene.house.store.campaign(id)?.status).toBe('scheduled')
    await scene.house.pass(3599)
    expect(told()).toEqual([])
    await scene.house.pass(1)
    expect(told()).toHaveLength(2)
    await scene.house.pass(-7200)
    await scene.house.pass(7300)
    expect(scene.house.store.tally(id)).toMatchObject({ notified: 2, queued: 0 })
    expect(scene.house.sent).toHaveLength(2)
  })

  test('a scheduled one survives a restart, and a cancel ends it', async () => {
    await bring(1)
    const startAt = scene.house.now() + 60_000
    const id = await scene.start({ schedule: { startAt } })
    const other = await scene.start({ schedule: { startAt } })
    await scene.house.core.cancelCampaign(other, false)
    scene.house = await scene.house.restart()
    await scene.house.pass(60)
    expect(scene.house.store.campaign(id)?.status).toBe('running')
    expect(scene.house.store.campaign(other)?.status).toBe('canceled')
    expect([...scene.house.store.openTasks()]).toHaveLength(1)
  })

  test('new ones start within windows alone, and what was told before is not told again outside', async () => {
    await scene.open({ start: Date.parse('2026-05-01T01:00Z') })
    await bring(3)
    const windows = [{ cron: '0 2 * * *', minutes: 60, timeZone: 'UTC' }]
    const id = await scene.start({ schedule: { windows }, rate: { maxInProgress: 1 } })
    expect(told()).toEqual([])
    expect(scene.house.core.waiting(await scene.house.task(1))).toBe('schedule')
    await scene.house.say(connectionOf('pk/d0'), 'firmware.get', { module: 'mcu' })
    expect(told()).toEqual([])
    await scene.house.pass(3600)
    expect(told()).toEqual(['pk/d0'])
    await scene.house.pass(3599)
    await succeed('pk/d0')
    expect(told()).toEqual(['pk/d0', 'pk/d1'])
    await scene.house.say(connectionOf('pk/d1'), 'upgrade.post', { step: 5, module: 'mcu' })
    await scene.house.pass(1)
    await succeed('pk/d1')
    expect(told()).toHaveLength(2)
    await scene.house.say(connectionOf('pk/d2'), 'firmware.get', { module: 'mcu' })
    expect(told()).toHaveLength(2)
    await scene.house.pass(23 * 3600)
    expect(told()).toHaveLength(3)
    await succeed('pk/d2')
    expect(scene.house.store.campaign(id)?.status).toBe('completed')
  })

  test('at its end what has not begun is canceled as expired, what is in progress goes on, and nothing is retried', async () => {
    await bring(3)
    const id = await scene.start({ schedule: { endAt: scene.house.now() + 600_000 }, rate: { maxInProgress: 2 }, retry: { max: 5 } })
    await scene.house.say(connectionOf('pk/d0'), 'upgrade.post', { step: 5, module: 'mcu' })
    await scene.house.pass(600)
    expect(scene.house.store.campaign(id)).toMatchObject({ status: 'canceled', reason: 'expired' })
    const { items } = await scene.house.store.tasks({ campaign: id, limit: 10 })
    expect(items.map(({ state, reason }) => [state, reason])).toEqual([
      ['in_progress', null],
      ['canceled', 'expired'],
      ['canceled', 'expired'],
    ])
    await fail('pk/d0')
    expect([...scene.house.store.openTasks()]).toEqual([])
  })
})
