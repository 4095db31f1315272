import { beforeEach, describe, expect, test } from 'vitest'
import { addFirmware } from './house.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

describe('campaigns', () => {
  test('a device on the version is skipped and counted, and the campaign completes when all have ended', async () => {
    const connection = await scene.known()
    await scene.known('done', '1.1.0')
    const id = await scene.start()
    expect(scene.house.store.reads.tally(id)).toMatchObject({ notified: 1, skipped: 1 })
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'completed' })
    expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 1, skipped: 1 })
  })

  test('a retry passes over who has come to the version by itself after it failed', async () => {
    const [one, other] = [await scene.known('one'), await scene.known('other')]
    const id = await scene.start({ push: false })
    for (const connection of [one, other]) await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    await scene.house.say(one, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await scene.house.core.operators.campaigns.retry(id)).toBe(1)
    expect([...scene.house.store.reads.openTasks()]).toMatchObject([{ device: 'pk/other', attempt: 2 }])
  })

  test('a snapshot takes who is there; named devices that have never connected are updated when they come', async () => {
    await expect(scene.start()).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_EMPTY' })
    await scene.start({ target: { devices: ['pk/new'] } })
    await scene.known('uninvited')
    await scene.house.join('pk/new')
    expect([scene.pushes('pk/new'), scene.pushes('pk/uninvited')]).toEqual([1, 0])
  })

  test('a continuous one takes in a new device after its report, or as it is when it stays silent', async () => {
    await scene.start({ target: { continuous: true } })
    const reporting = await scene.house.join('pk/reporting')
    await scene.house.say(reporting, 'version.post', { version: '1.1.0', module: 'mcu' })
    await scene.house.join('pk/silent')
    expect(scene.house.sent).toEqual([])
    await scene.house.pass(4)
    expect([scene.pushes('pk/reporting'), scene.pushes('pk/silent')]).toEqual([0, 1])
  })

  test('a continuous one does not retry what failed, nor loop with a device that falls back', async () => {
    await scene.start({ target: { continuous: true } })
    const connection = await scene.known()
    await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    await scene.house.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(scene.pushes()).toBe(1)
    const loop = await scene.known('loop')
    for (let i = 0; i < 6; i++) {
      await scene.house.say(loop, 'version.post', { version: '1.1.0', module: 'mcu' })
      await scene.house.say(loop, 'version.post', { version: '1.0.0', module: 'mcu' })
    }
    expect(scene.pushes('pk/loop')).toBe(3)
  })

  test('of two continuous ones the newer decides, and the older does not pull back', async () => {
    await scene.start({ target: { continuous: true } })
    scene.firmware = await addFirmware(scene.house, '1.2.0')
    await scene.start({ target: { continuous: true } })
    const connection = await scene.known()
    expect(scene.house.sent.map((message) => message.params['version'])).toEqual(['1.2.0'])
    await scene.house.say(connection, 'version.post', { version: '1.2.0', module: 'mcu' })
    expect(scene.house.sent).toHaveLength(1)
  })

  test('pause hands out nothing new, what is in progress goes on; resume goes on', async () => {
    const connection = await scene.known()
    const second = await scene.known('second')
    const id = await scene.start({ rate: { maxInProgress: 1 } })
    await scene.house.core.operators.campaigns.pause(id)
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    await scene.house.settle()
    expect(scene.pushes('pk/second')).toBe(0)
    expect(scene.house.core.operators.tasks.waitReason(await scene.house.task(2))).toBe('paused')
    await scene.house.core.operators.campaigns.resume(id)
    await scene.house.settle()
    expect(scene.pushes('pk/second')).toBe(1)
    await scene.house.say(second, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(scene.house.store.reads.campaign(id)?.status).toBe('completed')
  })

  test('cancel ends queued and notified, with force also what is in progress, and late reports change nothing but the version', async () => {
    const connection = await scene.known()
    await scene.known('second')
    const id = await scene.start()
    await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '1' })
    await scene.house.core.operators.campaigns.cancel(id, false)
    expect([(await scene.house.task(1)).state, (await scene.house.task(2)).state]).toEqual(['in_progress', 'canceled'])
    expect(await scene.house.core.grant(2)).toMatchObject({ gone: true })
    await scene.house.core.operators.campaigns.cancel(id, true)
    expect(await scene.house.task(1)).toMatchObject({ state: 'canceled', reason: 'operator' })
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect((await scene.house.task(1)).state).toBe('canceled')
    expect(scene.house.store.reads.device('pk/dn')?.modules).toMatchObject([{ version: '1.1.0' }])
  })

  test('retry by policy makes a new task after the delay; the old one no longer counts', async () => {
    const connection = await scene.known()
    const id = await scene.start({ retry: { max: 1, delaySeconds: 60 } })
    await scene.house.say(connection, 'upgrade.post', { step: -2, module: 'mcu', task_id: '1' })
    expect(scene.house.core.operators.tasks.waitReason(await scene.house.task(2))).toBe('retry')
    expect(scene.house.store.reads.tally(id)).toMatchObject({ failed: 0, queued: 1 })
    await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu', task_id: '1' })
    expect(scene.house.drops.get('stale_attempt')).toBe(1)
    await scene.house.pass(59)
    expect(scene.house.sent.at(-1)?.params['task_id']).toBe('1')
    // A tenth of the delay at most is added to it.
    await scene.house.pass(8)
    expect(scene.house.sent.at(-1)?.params['task_id']).toBe('2')
    await scene.house.say(connection, 'upgrade.post', { step: -2, module: 'mcu', task_id: '2' })
    expect(scene.house.store.reads.tally(id)).toMatchObject({ failed: 1, queued: 0 })
    expect(await scene.house.core.operators.campaigns.retry(id)).toBe(1)
    await scene.house.settle()
    expect(await scene.house.task(3)).toMatchObject({ attempt: 3, state: 'notified' })
    expect(scene.house.store.reads.campaign(id)?.status).toBe('running')
  })

  test('a late success makes the waiting retry needless', async () => {
    const connection = await scene.known()
    const id = await scene.start({ retry: { max: 1, delaySeconds: 600, onTimeout: true }, timeouts: { upgradeSeconds: 60 } })
    await scene.house.say(connection, 'upgrade.post', { step: 50, module: 'mcu', task_id: '1' })
    await scene.house.pass(61)
    expect((await scene.house.task(1)).state).toBe('timed_out')
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await scene.house.task(1)).toMatchObject({ state: 'succeeded', reason: 'late', newest: true })
    expect(await scene.house.task(2)).toMatchObject({ state: 'canceled', newest: false })
    expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 1, timed_out: 0, queued: 0, canceled: 0 })
    expect(scene.house.store.reads.campaign(id)?.status).toBe('completed')
  })

  test.each([
    ['was told, and shows no sign: it is needless too', false],
    ['has begun: the success is its own, the first one stays as it ended', true],
  ])('one report is one success, also where the retry %s', async (_how, isBegun) => {
    const connection = await scene.known()
    const id = await scene.start({ retry: { max: 1, delaySeconds: 1, onTimeout: true }, timeouts: { upgradeSeconds: 60 } })
    await scene.house.say(connection, 'upgrade.post', { step: 50, module: 'mcu', task_id: '1' })
    await scene.house.pass(61)
    await scene.house.pass(2)
    expect(await scene.house.task(2)).toMatchObject({ state: 'notified', attempt: 2 })
    if (isBegun) await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '2' })
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    const states = [await scene.house.task(1), await scene.house.task(2)].map(({ state, reason, newest }) => [state, reason, newest])
    const late = [
      ['succeeded', 'late', true],
      ['canceled', 'superseded', false],
    ]
    const own = [
      ['timed_out', 'upgrade', false],
      ['succeeded', null, true],
    ]
    expect(states).toEqual(isBegun ? own : late)
    expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 1, timed_out: 0, notified: 0, in_progress: 0, canceled: 0 })
    expect((await scene.house.store.queries.installed('pk/dn')).at(-1)).toMatchObject({ version: '1.1.0', task: isBegun ? 2 : 1 })
    // Said again, it changes nothing more.
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect([(await scene.house.task(1)).state, (await scene.house.task(2)).state]).toEqual(states.map(([state]) => state))
  })

  test('a late success is known also where its waiting retry was canceled', async () => {
    const connection = await scene.known()
    const id = await scene.start({ retry: { max: 1, delaySeconds: 600, onTimeout: true }, timeouts: { upgradeSeconds: 60 } })
    await scene.house.say(connection, 'upgrade.post', { step: 50, module: 'mcu', task_id: '1' })
    await scene.house.pass(61)
    await scene.house.core.operators.tasks.cancel(2)
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await scene.house.task(1)).toMatchObject({ state: 'succeeded', reason: 'late' })
    expect((await scene.house.store.queries.installed('pk/dn')).at(-1)).toMatchObject({ version: '1.1.0', task: 1, campaign: id })
  })

  test.each([
    ['all of whose image it has fetched', 1000, 1],
    ['of whose image it has fetched a part', 999, null],
  ])('what a device runs after a forced cancel came from the task %s, or by itself', async (_which, bytes, task) => {
    const connection = await scene.known()
    const id = await scene.start()
    scene.house.core.served({ task: 1, bytes, complete: bytes === 1000, sure: true, quietMs: 0 })
    await scene.house.settle()
    await scene.house.core.operators.campaigns.cancel(id, true)
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await scene.house.task(1)).toMatchObject({ state: 'canceled', reason: 'operator' })
    const campaign = task === null ? null : id
    expect((await scene.house.store.queries.installed('pk/dn')).at(-1)).toMatchObject({ version: '1.1.0', task, campaign })
    expect(scene.house.store.reads.tally(id)).toMatchObject({ canceled: 1, succeeded: 0 })
  })

  test('a target whose module another campaign is updating waits for it, then is decided anew', async () => {
    const connection = await scene.known()
    await scene.start()
    scene.firmware = await addFirmware(scene.house, '1.2.0')
    const second = await scene.start()
    expect(scene.house.store.reads.campaign(second)).toMatchObject({ status: 'running' })
    expect([...scene.house.store.reads.waiting(second).keys()]).toEqual(['pk/dn'])
    await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(scene.house.sent.at(-1)?.params['version']).toBe('1.2.0')
    await scene.house.say(connection, 'version.post', { version: '1.2.0', module: 'mcu' })
    expect(scene.house.store.reads.campaign(second)?.status).toBe('completed')
  })

  test('one that is for nobody is refused with the reason', async () => {
    scene.firmware = await addFirmware(scene.house, '2.0.0', { from: ['1.9'] })
    await expect(scene.start({ target: { devices: ['pk/never-seen'] } })).rejects.toThrow('pk/never-seen: package wants 1.9')
    await scene.known('old', '1.0.0')
    await expect(scene.start()).rejects.toThrow('pk/old: package wants 1.9, device runs 1.0.0')
    await scene.known('fits', '1.9')
    await scene.start()
    expect(scene.pushes('pk/fits')).toBe(1)
  })

  test('a start and a cancel at the same time: one of them holds', async () => {
    const { house } = scene
    const { id } = await house.core.operators.campaigns.create({ firmware: scene.firmware, target: { devices: ['pk/a', 'pk/b'] } })
    const results = await Promise.allSettled([
      house.core.operators.campaigns.start(id),
      house.core.operators.campaigns.cancel(id, false),
      house.core.operators.campaigns.start(id),
    ])
    await house.settle()
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'rejected'])
    expect(house.store.reads.campaign(id)?.status).toBe('canceled')
    expect([...house.store.reads.openTasks()]).toEqual([])
  })

  test('a retry without its firmware is refused, and one of a completed campaign survives a crash', async () => {
    const { house } = scene
    const connection = await scene.known()
    const id = await scene.start()
    await house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(await house.core.operators.campaigns.retry(id)).toBe(1)
    expect((await house.restart()).store.reads.campaign(id)?.status).toBe('running')
    await house.core.operators.campaigns.cancel(id, true)
    const second = await scene.start()
    await house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    await house.core.operators.firmware.remove(scene.firmware)
    await expect(house.core.operators.campaigns.retry(second)).rejects.toMatchObject({ code: 'OTA_FIRMWARE_UNKNOWN' })
  })
})
