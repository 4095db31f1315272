import { beforeEach, describe, expect, test } from 'vitest'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

describe('campaigns', () => {
  test('a device that runs the version is skipped and counted, and the campaign completes when all tasks have ended', async () => {
    const connection = await fixture.known()
    await fixture.known('done', '1.1.0')
    const id = await fixture.start()
    expect(fixture.store.reads.tally(id)).toMatchObject({ notified: 1, skipped: 1 })
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'completed' })
    expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1, skipped: 1 })
  })

  test('a retry skips a device that failed and has reached the version by itself since', async () => {
    const [one, other] = [await fixture.known('one'), await fixture.known('other')]
    const id = await fixture.start({ push: false })
    for (const connection of [one, other]) await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    await fixture.say(one, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await fixture.core.operators.campaigns.retry(id)).toBe(1)
    expect([...fixture.store.reads.openTasks()]).toMatchObject([{ device: 'pk/other', attempt: 2 }])
  })

  test('a snapshot targets the devices that are known; named devices that have never connected are updated when they connect', async () => {
    await expect(fixture.start()).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_EMPTY' })
    await fixture.start({ target: { devices: ['pk/new'] } })
    await fixture.known('uninvited')
    await fixture.join('pk/new')
    expect([fixture.pushes('pk/new'), fixture.pushes('pk/uninvited')]).toEqual([1, 0])
  })

  test('a continuous campaign matches a new device after its report, or as it is if it stays silent', async () => {
    await fixture.start({ target: { continuous: true } })
    const reporting = await fixture.join('pk/reporting')
    await fixture.say(reporting, 'version.post', { version: '1.1.0', module: 'mcu' })
    await fixture.join('pk/silent')
    expect(fixture.sent).toEqual([])
    await fixture.pass(4)
    expect([fixture.pushes('pk/reporting'), fixture.pushes('pk/silent')]).toEqual([0, 1])
  })

  test('a continuous campaign does not retry what failed, nor loop with a device that rolls back', async () => {
    await fixture.start({ target: { continuous: true } })
    const connection = await fixture.known()
    await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(fixture.pushes()).toBe(1)
    const loop = await fixture.known('loop')
    for (let i = 0; i < 6; i++) {
      await fixture.say(loop, 'version.post', { version: '1.1.0', module: 'mcu' })
      await fixture.say(loop, 'version.post', { version: '1.0.0', module: 'mcu' })
    }
    expect(fixture.pushes('pk/loop')).toBe(3)
  })

  test('of two continuous campaigns the newer one decides, and the older one does not undo it', async () => {
    await fixture.start({ target: { continuous: true } })
    fixture.firmware = await addFirmware(fixture, '1.2.0')
    await fixture.start({ target: { continuous: true } })
    const connection = await fixture.known()
    expect(fixture.sent.map((message) => message.params['version'])).toEqual(['1.2.0'])
    await fixture.say(connection, 'version.post', { version: '1.2.0', module: 'mcu' })
    expect(fixture.sent).toHaveLength(1)
  })

  test('a paused campaign offers nothing new, and tasks in progress continue; resume continues the campaign', async () => {
    const connection = await fixture.known()
    const second = await fixture.known('second')
    const id = await fixture.start({ rate: { maxInProgress: 1 } })
    await fixture.core.operators.campaigns.pause(id)
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    await fixture.settle()
    expect(fixture.pushes('pk/second')).toBe(0)
    expect(fixture.core.operators.tasks.waitReason(await fixture.task(2))).toBe('paused')
    await fixture.core.operators.campaigns.resume(id)
    await fixture.settle()
    expect(fixture.pushes('pk/second')).toBe(1)
    await fixture.say(second, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(fixture.store.reads.campaign(id)?.status).toBe('completed')
  })

  test('cancel ends queued and notified tasks, with force also those in progress, and late reports change only the version', async () => {
    const connection = await fixture.known()
    await fixture.known('second')
    const id = await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '1' })
    await fixture.core.operators.campaigns.cancel(id, false)
    expect([(await fixture.task(1)).state, (await fixture.task(2)).state]).toEqual(['in_progress', 'canceled'])
    expect(await fixture.core.grant(2)).toMatchObject({ gone: true })
    await fixture.core.operators.campaigns.cancel(id, true)
    expect(await fixture.task(1)).toMatchObject({ state: 'canceled', reason: 'operator' })
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect((await fixture.task(1)).state).toBe('canceled')
    expect(fixture.store.reads.device('pk/dn')?.modules).toMatchObject([{ version: '1.1.0' }])
  })

  test('a retry by policy creates a new task after the delay, and the old one no longer counts', async () => {
    const connection = await fixture.known()
    const id = await fixture.start({ retry: { max: 1, delaySeconds: 60 } })
    await fixture.say(connection, 'upgrade.post', { step: -2, module: 'mcu', task_id: '1' })
    expect(fixture.core.operators.tasks.waitReason(await fixture.task(2))).toBe('retry')
    expect(fixture.store.reads.tally(id)).toMatchObject({ failed: 0, queued: 1 })
    await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu', task_id: '1' })
    expect(fixture.drops.get('stale_attempt')).toBe(1)
    await fixture.pass(59)
    expect(fixture.sent.at(-1)?.params['task_id']).toBe('1')
    // At most a tenth of the delay is added to it.
    await fixture.pass(8)
    expect(fixture.sent.at(-1)?.params['task_id']).toBe('2')
    await fixture.say(connection, 'upgrade.post', { step: -2, module: 'mcu', task_id: '2' })
    expect(fixture.store.reads.tally(id)).toMatchObject({ failed: 1, queued: 0 })
    expect(await fixture.core.operators.campaigns.retry(id)).toBe(1)
    await fixture.settle()
    expect(await fixture.task(3)).toMatchObject({ attempt: 3, state: 'notified' })
    expect(fixture.store.reads.campaign(id)?.status).toBe('running')
  })

  test('a late success cancels the waiting retry', async () => {
    const connection = await fixture.known()
    const id = await fixture.start({ retry: { max: 1, delaySeconds: 600, onTimeout: true }, timeouts: { upgradeSeconds: 60 } })
    await fixture.say(connection, 'upgrade.post', { step: 50, module: 'mcu', task_id: '1' })
    await fixture.pass(61)
    expect((await fixture.task(1)).state).toBe('timed_out')
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await fixture.task(1)).toMatchObject({ state: 'succeeded', reason: 'late', newest: true })
    expect(await fixture.task(2)).toMatchObject({ state: 'canceled', newest: false })
    expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1, timed_out: 0, queued: 0, canceled: 0 })
    expect(fixture.store.reads.campaign(id)?.status).toBe('completed')
  })

  test.each([
    ['was offered, and showed no sign of life: it is canceled too', false],
    ['has begun: the success is its own, and the first attempt stays as it ended', true],
  ])('one report is one success, also if the retry %s', async (_how, isBegun) => {
    const connection = await fixture.known()
    const id = await fixture.start({ retry: { max: 1, delaySeconds: 1, onTimeout: true }, timeouts: { upgradeSeconds: 60 } })
    await fixture.say(connection, 'upgrade.post', { step: 50, module: 'mcu', task_id: '1' })
    await fixture.pass(61)
    await fixture.pass(2)
    expect(await fixture.task(2)).toMatchObject({ state: 'notified', attempt: 2 })
    if (isBegun) await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu', task_id: '2' })
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    const states = [await fixture.task(1), await fixture.task(2)].map(({ state, reason, newest }) => [state, reason, newest])
    const late = [
      ['succeeded', 'late', true],
      ['canceled', 'superseded', false],
    ]
    const own = [
      ['timed_out', 'upgrade', false],
      ['succeeded', null, true],
    ]
    expect(states).toEqual(isBegun ? own : late)
    expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1, timed_out: 0, notified: 0, in_progress: 0, canceled: 0 })
    expect((await fixture.store.queries.installed('pk/dn')).at(-1)).toMatchObject({ version: '1.1.0', task: isBegun ? 2 : 1 })
    // The same report again changes nothing.
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect([(await fixture.task(1)).state, (await fixture.task(2)).state]).toEqual(states.map(([state]) => state))
  })

  test('a late success is recorded also if its waiting retry was canceled', async () => {
    const connection = await fixture.known()
    const id = await fixture.start({ retry: { max: 1, delaySeconds: 600, onTimeout: true }, timeouts: { upgradeSeconds: 60 } })
    await fixture.say(connection, 'upgrade.post', { step: 50, module: 'mcu', task_id: '1' })
    await fixture.pass(61)
    await fixture.core.operators.tasks.cancel(2)
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await fixture.task(1)).toMatchObject({ state: 'succeeded', reason: 'late' })
    expect((await fixture.store.queries.installed('pk/dn')).at(-1)).toMatchObject({ version: '1.1.0', task: 1, campaign: id })
  })

  test.each([
    ['if all of its image was fetched', 1000, 1],
    ['unless only a part of its image was fetched', 999, null],
  ])('what a device runs after a forced cancel was installed by the task %s', async (_which, bytes, task) => {
    const connection = await fixture.known()
    const id = await fixture.start()
    fixture.core.served({ task: 1, bytes, complete: bytes === 1000, sure: true, quietMs: 0 })
    await fixture.settle()
    await fixture.core.operators.campaigns.cancel(id, true)
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(await fixture.task(1)).toMatchObject({ state: 'canceled', reason: 'operator' })
    const campaign = task === null ? null : id
    expect((await fixture.store.queries.installed('pk/dn')).at(-1)).toMatchObject({ version: '1.1.0', task, campaign })
    expect(fixture.store.reads.tally(id)).toMatchObject({ canceled: 1, succeeded: 0 })
  })

  test('a target whose module another campaign is updating waits for it, and is then evaluated again', async () => {
    const connection = await fixture.known()
    await fixture.start()
    fixture.firmware = await addFirmware(fixture, '1.2.0')
    const second = await fixture.start()
    expect(fixture.store.reads.campaign(second)).toMatchObject({ status: 'running' })
    expect([...fixture.store.reads.waiting(second).keys()]).toEqual(['pk/dn'])
    await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
    expect(fixture.sent.at(-1)?.params['version']).toBe('1.2.0')
    await fixture.say(connection, 'version.post', { version: '1.2.0', module: 'mcu' })
    expect(fixture.store.reads.campaign(second)?.status).toBe('completed')
  })

  test('a campaign without a target is refused with the reason', async () => {
    fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.9'] })
    await expect(fixture.start({ target: { devices: ['pk/never-seen'] } })).rejects.toThrow('pk/never-seen: the package requires 1.9')
    await fixture.known('old', '1.0.0')
    await expect(fixture.start()).rejects.toThrow('pk/old: the package requires 1.9; the device runs 1.0.0')
    await fixture.known('fits', '1.9')
    await fixture.start()
    expect(fixture.pushes('pk/fits')).toBe(1)
  })

  test('of a start and a cancel at the same time one takes effect', async () => {
    const { id } = await fixture.core.operators.campaigns.create({ firmware: fixture.firmware, target: { devices: ['pk/a', 'pk/b'] } })
    const results = await Promise.allSettled([
      fixture.core.operators.campaigns.start(id),
      fixture.core.operators.campaigns.cancel(id, false),
      fixture.core.operators.campaigns.start(id),
    ])
    await fixture.settle()
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'rejected'])
    expect(fixture.store.reads.campaign(id)?.status).toBe('canceled')
    expect([...fixture.store.reads.openTasks()]).toEqual([])
  })

  test('a retry without its firmware is refused, and one of a completed campaign survives a crash', async () => {
    const connection = await fixture.known()
    const id = await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(await fixture.core.operators.campaigns.retry(id)).toBe(1)
    expect((await fixture.restart()).store.reads.campaign(id)?.status).toBe('running')
    await fixture.core.operators.campaigns.cancel(id, true)
    const second = await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    await fixture.core.operators.firmware.remove(fixture.firmware)
    await expect(fixture.core.operators.campaigns.retry(second)).rejects.toMatchObject({ code: 'OTA_FIRMWARE_UNKNOWN' })
  })
})
