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

describe('schedules', () => {
  test('a campaign that starts later is scheduled, and starts once, also over a restart and with a clock that goes back', async () => {
    await crowd.bring(2)
    const startAt = scene.house.now() + 3_600_000
    const id = await scene.start({ schedule: { startAt } })
    expect(scene.house.store.reads.campaign(id)?.status).toBe('scheduled')
    await scene.house.pass(3599)
    expect(crowd.told()).toEqual([])
    await scene.house.pass(1)
    expect(crowd.told()).toHaveLength(2)
    await scene.house.pass(-7200)
    await scene.house.pass(7300)
    expect(scene.house.store.reads.tally(id)).toMatchObject({ notified: 2, queued: 0 })
    expect(scene.house.sent).toHaveLength(2)
  })

  test('a scheduled one survives a restart, and a cancel ends it', async () => {
    await crowd.bring(1)
    const startAt = scene.house.now() + 60_000
    const id = await scene.start({ schedule: { startAt } })
    const other = await scene.start({ schedule: { startAt } })
    await scene.house.core.operators.campaigns.cancel(other, false)
    scene.house = await scene.house.restart()
    await scene.house.pass(60)
    expect(scene.house.store.reads.campaign(id)?.status).toBe('running')
    expect(scene.house.store.reads.campaign(other)?.status).toBe('canceled')
    expect([...scene.house.store.reads.openTasks()]).toHaveLength(1)
  })

  test('new ones start within windows alone, and what was told before is not told again outside', async () => {
    await open({ start: Date.parse('2026-05-01T01:00Z') })
    await crowd.bring(3)
    const windows = [{ cron: '0 2 * * *', minutes: 60, timeZone: 'UTC' }]
    const id = await scene.start({ schedule: { windows }, rate: { maxInProgress: 1 } })
    expect(crowd.told()).toEqual([])
    expect(scene.house.core.operators.tasks.waitReason(await scene.house.task(1))).toBe('schedule')
    await scene.house.say(crowd.connection('pk/d0'), 'firmware.get', { module: 'mcu' })
    expect(crowd.told()).toEqual([])
    await scene.house.pass(3600)
    expect(crowd.told()).toEqual(['pk/d0'])
    await scene.house.pass(3599)
    await crowd.succeed('pk/d0')
    expect(crowd.told()).toEqual(['pk/d0', 'pk/d1'])
    await scene.house.say(crowd.connection('pk/d1'), 'upgrade.post', { step: 5, module: 'mcu' })
    await scene.house.pass(1)
    await crowd.succeed('pk/d1')
    expect(crowd.told()).toHaveLength(2)
    await scene.house.say(crowd.connection('pk/d2'), 'firmware.get', { module: 'mcu' })
    expect(crowd.told()).toHaveLength(2)
    await scene.house.pass(23 * 3600)
    expect(crowd.told()).toHaveLength(3)
    await crowd.succeed('pk/d2')
    expect(scene.house.store.reads.campaign(id)?.status).toBe('completed')
  })

  test('at its end what has not begun is canceled as expired, what is in progress goes on, and nothing is retried', async () => {
    await crowd.bring(3)
    const id = await scene.start({ schedule: { endAt: scene.house.now() + 600_000 }, rate: { maxInProgress: 2 }, retry: { max: 5 } })
    await scene.house.say(crowd.connection('pk/d0'), 'upgrade.post', { step: 5, module: 'mcu' })
    await scene.house.pass(600)
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'canceled', reason: 'expired' })
    const { items } = await scene.house.store.queries.tasks({ campaign: id, limit: 10 })
    expect(items.map(({ state, reason }) => [state, reason])).toEqual([
      ['in_progress', null],
      ['canceled', 'expired'],
      ['canceled', 'expired'],
    ])
    await crowd.fail('pk/d0')
    expect([...scene.house.store.reads.openTasks()]).toEqual([])
  })
})
