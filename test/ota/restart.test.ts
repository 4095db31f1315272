import { beforeEach, describe, expect, test } from 'vitest'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

describe('a restart', () => {
  test('keeps ids, states and clocks, and tells nobody twice', async () => {
    const connection = await scene.known()
    await scene.start()
    await scene.house.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
    await scene.house.pass(600)
    scene.house = await scene.house.restart()
    await scene.house.hear(scene.house.connect('pk/dn'))
    expect(scene.house.sent).toEqual([])
    await scene.house.pass(301)
    expect(await scene.house.task()).toMatchObject({ id: 1, state: 'timed_out', reason: 'stall' })
  })

  test('goes on making tasks where a crash interrupted it', async () => {
    let writes = Number.POSITIVE_INFINITY
    const gate = async (): Promise<void> => {
      if (--writes < 0) throw new Error('crashed')
    }
    await scene.open({ memory: { gate } })
    for (let i = 0; i < 700; i++) await scene.house.core.enrol('pk', `d${i}`, null)
    const campaign = await scene.house.core.createCampaign({ firmware: scene.firmware })
    // The start itself, the first 500 tasks, and no more.
    writes = 2
    await expect(scene.house.core.startCampaign(campaign.id)).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    writes = Number.POSITIVE_INFINITY
    const after = await scene.house.restart()
    expect([...after.store.openTasks()]).toHaveLength(700)
    expect(after.store.tally(campaign.id)).toMatchObject({ queued: 700 })
    expect(after.store.campaign(campaign.id)).toMatchObject({ status: 'running', planning: false })
  })

  test('makes no task for those who are through with the campaign already, and counts those it skips once', async () => {
    let writes = Number.POSITIVE_INFINITY
    const gate = async (): Promise<void> => {
      if (--writes < 0) throw new Error('crashed')
    }
    await scene.open({ memory: { gate } })
    const connection = await scene.known('a')
    await scene.known('b', '1.1.0')
    for (let i = 0; i < 700; i++) await scene.house.core.enrol('pk', `d${i}`, null)
    const campaign = await scene.house.core.createCampaign({ firmware: scene.firmware })
    writes = 2
    await expect(scene.house.core.startCampaign(campaign.id)).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    // The crash is in the log too.
    await scene.house.settle().catch(() => undefined)
    writes = Number.POSITIVE_INFINITY
    const made = [...scene.house.store.openTasks()].length
    expect([made > 0, made < 701]).toEqual([true, true])
    expect(scene.house.store.tally(campaign.id)).toMatchObject({ skipped: 1, failed: 0 })
    // Told by its question, and failed, before the restart.
    await scene.house.say(connection, 'firmware.get', { module: 'mcu' })
    await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(scene.house.store.tally(campaign.id)).toMatchObject({ failed: 1 })
    const after = await scene.house.restart()
    expect(after.store.tally(campaign.id)).toMatchObject({ queued: 700, failed: 1, skipped: 1 })
    expect((await after.store.tasks({ device: 'pk/a', allAttempts: true, limit: 10 })).items).toHaveLength(1)
    expect(after.store.campaign(campaign.id)).toMatchObject({ status: 'running', planning: false })
  })
})
