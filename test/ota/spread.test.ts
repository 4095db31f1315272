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

describe('phases', () => {
  test('tell the canary alone, then half, then all, each after the one before has succeeded', async () => {
    await crowd.bring(20)
    const id = await scene.start({ phases: [{ percent: 5 }, { percent: 50 }, { percent: 100 }] })
    expect(crowd.told()).toHaveLength(1)
    const [canary = ''] = crowd.told()
    const waiting = [...scene.house.store.reads.openTasks()].filter((task) => task.device !== canary)
    expect(new Set(waiting.map((task) => scene.house.core.operators.tasks.waitReason(task)))).toEqual(new Set(['phase']))
    await crowd.succeed(canary)
    expect(crowd.told()).toHaveLength(10)
    await crowd.succeedAll()
    expect(crowd.told()).toHaveLength(20)
    await crowd.succeedAll()
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'completed', phase: { index: 2 } })
    await open()
    await crowd.bring(20)
    await scene.start({ phases: [{ percent: 5 }] })
    expect(crowd.told()).toEqual([canary])
  })

  test('wait out the soak, also over a restart', async () => {
    await crowd.bring(4)
    const id = await scene.start({ phases: [{ percent: 25, soakSeconds: 600 }] })
    await crowd.succeedAll()
    await scene.house.pass(500)
    expect(scene.house.store.reads.campaign(id)?.phase?.index).toBe(0)
    scene.house = await scene.house.restart()
    await scene.house.pass(99)
    expect(scene.house.store.reads.campaign(id)?.phase?.index).toBe(0)
    await scene.house.pass(1)
    expect(scene.house.store.reads.campaign(id)?.phase?.index).toBe(1)
  })

  test('with `wait` stay until an operator says next', async () => {
    await crowd.bring(4)
    const id = await scene.start({ phases: [{ percent: 25, onward: 'wait' }] })
    await crowd.succeedAll()
    await scene.house.pass(86_400)
    expect(crowd.told()).toHaveLength(1)
    await scene.house.core.operators.campaigns.nextPhase(id)
    await scene.house.settle()
    expect(crowd.told()).toHaveLength(4)
    await expect(scene.house.core.operators.campaigns.nextPhase(id)).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_STATE' })
  })

  test('pause the campaign when one has finished below what it needs; resume does not open the next, next does', async () => {
    await crowd.bring(10)
    const id = await scene.start({ phases: [{ percent: 20, minFinished: 2 }], abort: [] })
    const [first = '', second = ''] = crowd.told()
    await crowd.fail(first)
    expect(scene.house.store.reads.campaign(id)?.status).toBe('running')
    await crowd.succeed(second)
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    await scene.house.core.operators.campaigns.resume(id)
    await scene.house.settle()
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'running', phase: { index: 0 } })
    expect(crowd.told()).toHaveLength(2)
    await scene.house.core.operators.campaigns.retry(id)
    await scene.house.settle()
    await crowd.fail(first)
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    await scene.house.core.operators.campaigns.nextPhase(id)
    await scene.house.settle()
    expect(crowd.told()).toHaveLength(10)
  })

  test('a failed canary that succeeds in a second attempt lets the next phase open', async () => {
    await crowd.bring(10)
    const id = await scene.start({ phases: [{ percent: 10 }], abort: [] })
    const [canary = ''] = crowd.told()
    await crowd.fail(canary)
    expect(scene.house.store.reads.campaign(id)?.reason).toBe('phase_failed')
    await scene.house.core.operators.campaigns.retry(id)
    await scene.house.core.operators.campaigns.resume(id)
    await scene.house.settle()
    await crowd.succeed(canary)
    expect(crowd.told()).toHaveLength(10)
  })

  test('a device that falls back while its phase soaks counts against it', async () => {
    await crowd.bring(10)
    const id = await scene.start({ phases: [{ percent: 20, soakSeconds: 600 }] })
    const [first = ''] = crowd.told()
    await crowd.succeedAll()
    await scene.house.pass(300)
    await scene.house.say(crowd.connection(first), 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed', phase: { against: [first] } })
    await scene.house.pass(600)
    expect(crowd.told()).toHaveLength(2)
  })

  test('a device that disconnects again and again while its phase soaks counts against it', async () => {
    await crowd.bring(10)
    const id = await scene.start({ phases: [{ percent: 20, soakSeconds: 600 }] })
    const [first = ''] = crowd.told()
    await crowd.succeedAll()
    for (let i = 0; i < 3; i++) {
      expect(scene.house.store.reads.campaign(id)?.status).toBe('running')
      scene.house.core.disconnected(crowd.connection(first))
      await scene.house.settle()
      const connection = scene.house.connect(first)
      await scene.house.hear(connection)
      crowd.connections.set(first, connection)
      await crowd.succeed(first)
    }
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed', phase: { against: [first] } })
  })

  test('a tag is the canary, and devices that join a continuous campaign fall in their phase', async () => {
    await crowd.bring(6)
    await scene.house.core.operators.devices.patch('pk/d3', { tags: ['lab'] })
    await scene.start({ phases: [{ tag: 'lab', onward: 'wait' }], target: { continuous: true } })
    expect(crowd.told()).toEqual(['pk/d3'])
    await crowd.bring(1, 6)
    expect(crowd.told()).toEqual(['pk/d3'])
    await scene.house.core.enrol('pk', 'late', null)
    await scene.house.core.operators.devices.patch('pk/late', { tags: ['lab'] })
    await scene.known('late')
    expect(crowd.told()).toEqual(['pk/d3', 'pk/late'])
  })

  test('firmware.get of a later phase gets nothing', async () => {
    await crowd.bring(4)
    await scene.start({ phases: [{ percent: 25 }], push: false })
    for (const connection of crowd.connections.values()) await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(crowd.told()).toHaveLength(1)
  })
})

describe('abort rules', () => {
  test('pause with the very report that breaks them: nothing new goes out, not even as an answer', async () => {
    await crowd.bring(20)
    const id = await scene.start({ rate: { maxInProgress: 5 } })
    for (const device of crowd.told().slice(0, 4)) await crowd.succeed(device)
    expect(scene.house.store.reads.campaign(id)?.status).toBe('running')
    const before = crowd.told().length
    await crowd.fail(crowd.told()[4] ?? '')
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'aborted' })
    expect(crowd.told()).toHaveLength(before)
    for (const connection of crowd.connections.values()) await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    expect(crowd.told()).toHaveLength(before)
  })

  test('after a resume they look at what finishes from then on', async () => {
    await crowd.bring(20)
    const id = await scene.start({ rate: { maxInProgress: 5 }, abort: [{ percent: 50, minFinished: 2 }] })
    for (const device of crowd.told().slice(0, 2)) await crowd.fail(device)
    expect(scene.house.store.reads.campaign(id)?.status).toBe('paused')
    await scene.house.core.operators.campaigns.resume(id)
    await crowd.fail(crowd.told()[2] ?? '')
    expect(scene.house.store.reads.campaign(id)?.status).toBe('running')
    await crowd.fail(crowd.told()[3] ?? '')
    expect(scene.house.store.reads.campaign(id)?.status).toBe('paused')
  })

  test('cancel ends what is queued and told as aborted, and leaves what is in progress', async () => {
    await crowd.bring(6)
    const id = await scene.start({ rate: { maxInProgress: 3 }, abort: [{ on: 'failed', percent: 1, minFinished: 1, action: 'cancel' }] })
    const [first = '', second = ''] = crowd.told()
    await scene.house.say(crowd.connection(first), 'upgrade.post', { step: 10, module: 'mcu' })
    await crowd.fail(second)
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'canceled', reason: 'aborted' })
    expect(scene.house.store.reads.tally(id)).toMatchObject({ canceled: 4, failed: 1, in_progress: 1, queued: 0, notified: 0 })
    const { items } = await scene.house.store.queries.tasks({ campaign: id, state: 'canceled', limit: 10 })
    expect(new Set(items.map((task) => task.reason))).toEqual(new Set(['aborted']))
    await crowd.succeed(first)
    expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 1 })
  })

  test('without rules nothing stops it', async () => {
    await crowd.bring(8)
    const id = await scene.start({ abort: [] })
    for (const device of crowd.told()) await crowd.fail(device)
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'completed' })
  })
})
