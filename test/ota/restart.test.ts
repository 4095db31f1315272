import { beforeEach, describe, expect, test } from 'vitest'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

describe('a restart', () => {
  test('keeps ids, states and clocks, and notifies no device twice', async () => {
    const connection = await fixture.known()
    await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
    await fixture.pass(600)
    fixture = await fixture.restart()
    await fixture.subscribe(fixture.connect('pk/dn'))
    expect(fixture.sent).toEqual([])
    await fixture.pass(301)
    expect(await fixture.task()).toMatchObject({ id: 1, state: 'timed_out', reason: 'stall' })
  })

  const begun = async (): Promise<void> => {
    const connection = await fixture.known()
    await fixture.start()
    await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
  }

  test('long after a stop, clocks continue from where they were, and devices have time to reconnect', async () => {
    await begun()
    await fixture.pass(890)
    await fixture.core.stop()
    fixture = await fixture.restart(48 * 3600)
    // Ten seconds of silence are left, and a minute to reconnect.
    await fixture.pass(65)
    expect(await fixture.task()).toMatchObject({ state: 'in_progress' })
    await fixture.pass(6)
    expect(await fixture.task()).toMatchObject({ state: 'timed_out', reason: 'stall' })
  })

  test.each([
    ['the time to answer', 'notified', { noResponseSeconds: 600 }, 'no_response'],
    ['the time for the whole update', 'in_progress', { upgradeSeconds: 600 }, 'upgrade'],
  ] as const)('%s does not run while the server is away, several times', async (_what, state, timeouts, reason) => {
    const connection = await fixture.known()
    await fixture.start({ timeouts })
    if (state === 'in_progress') await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
    for (let i = 0; i < 4; i++) {
      await fixture.pass(140)
      // As after a power cut: the stop is not recorded.
      fixture = await fixture.restart(5000)
      await fixture.pass(0)
      expect(await fixture.task()).toMatchObject({ state })
    }
    // A minute to reconnect after the last restart, not after each.
    await fixture.pass(40 + 60 - 1)
    expect(await fixture.task()).toMatchObject({ state })
    await fixture.pass(2)
    expect(await fixture.task()).toMatchObject({ state: 'timed_out', reason })
  })

  test('a grace period after a rollback continues too', async () => {
    await begun()
    await fixture.say({ device: 'pk/dn', id: 1 }, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
    await fixture.pass(10)
    const again = await fixture.join('pk/dn')
    await fixture.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
    await fixture.pass(200)
    fixture = await fixture.restart(3600)
    await fixture.pass(100)
    expect(await fixture.task()).toMatchObject({ state: 'in_progress' })
    await fixture.pass(61)
    expect(await fixture.task()).toMatchObject({ state: 'failed', reason: 'rolled_back' })
  })

  test.each([900, 5])(
    'a crash costs little of what the clocks have counted: about a tenth of what was left of %d s',
    async (stallSeconds) => {
      const connection = await fixture.known()
      await fixture.start({ timeouts: { stallSeconds } })
      await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
      const nearly = stallSeconds * 0.8
      for (let passed = 0; passed < nearly; passed += 0.25) await fixture.pass(0.25)
      fixture = await fixture.restart()
      await fixture.pass(stallSeconds * 0.2 - 0.25)
      expect(await fixture.task()).toMatchObject({ state: 'in_progress' })
      // Time that was not recorded counts as away, and devices get as much again to reconnect.
      await fixture.pass(0.25 + Math.max(2, stallSeconds * 0.04))
      expect(await fixture.task()).toMatchObject({ state: 'timed_out', reason: 'stall' })
    },
  )

  test('what was recorded after the last note shows that the server was running', async () => {
    const connection = await fixture.known()
    await fixture.start({ timeouts: { upgradeSeconds: 600 } })
    await fixture.say(connection, 'upgrade.post', { step: 10, module: 'mcu', task_id: '1' })
    await fixture.pass(0)
    const { at } = fixture.store.queries.clock() ?? {}
    await fixture.pass(30)
    await fixture.say(connection, 'upgrade.post', { step: 20, module: 'mcu', task_id: '1' })
    expect(fixture.store.queries.clock()).toMatchObject({ at })
    fixture = await fixture.restart()
    await fixture.pass(570)
    expect(await fixture.task()).toMatchObject({ state: 'timed_out', reason: 'upgrade' })
  })

  test('a full disk is not tried every second', async () => {
    let isFull = false
    let asked = 0
    const gate = async (): Promise<void> => {
      if (!isFull) return
      asked += 1
      throw new Error('disk full')
    }
    fixture = await createOtaFixture({ memory: { gate } })
    await fixture.known()
    await fixture.start({ timeouts: { upgradeSeconds: 60 } })
    isFull = true
    for (let second = 0; second < 55; second++) await fixture.pass(1).catch(() => undefined)
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThanOrEqual(3)
    isFull = false
    await fixture.pass(95)
    expect(fixture.store.queries.clock()?.at).toBe(fixture.now())
  })

  test('a stop records its time', async () => {
    await begun()
    await fixture.pass(100)
    await fixture.core.stop()
    expect(fixture.store.queries.clock()).toEqual({ at: fixture.now(), away: [] })
  })

  test('continues to create tasks where a crash interrupted it', async () => {
    let writes = Number.POSITIVE_INFINITY
    const gate = async (): Promise<void> => {
      if (--writes < 0) throw new Error('crashed')
    }
    fixture = await createOtaFixture({ memory: { gate } })
    for (let i = 0; i < 1200; i++) await fixture.core.enrol('pk', `d${i}`, null)
    const campaign = await fixture.core.operators.campaigns.create({ firmware: fixture.firmware })
    // Only the start itself and the first tasks.
    writes = 2
    expect(await fixture.core.operators.campaigns.start(campaign.id)).toMatchObject({ status: 'running', planning: true })
    await expect(fixture.settle()).rejects.toThrow('crashed')
    writes = Number.POSITIVE_INFINITY
    const made = [...fixture.store.reads.openTasks()].length
    expect([made > 0, made < 1200]).toEqual([true, true])
    const after = await fixture.restart()
    expect([...after.store.reads.openTasks()]).toHaveLength(1200)
    expect(after.store.reads.tally(campaign.id)).toMatchObject({ queued: 1200 })
    expect(after.store.reads.campaign(campaign.id)).toMatchObject({ status: 'running', planning: false })
  })

  test.each([
    ['nothing of it was on disk: there is no campaign, and no draft that holds its package', 0, undefined],
    ['its start was on disk: it continues', 1, { status: 'running', planning: false }],
  ])('that interrupts the creation of a campaign with its start, when %s', async (_when, written, expected) => {
    let writes = Number.POSITIVE_INFINITY
    const gate = async (): Promise<void> => {
      if (--writes < 0) throw new Error('crashed')
    }
    fixture = await createOtaFixture({ memory: { gate } })
    for (let i = 0; i < 300; i++) await fixture.core.enrol('pk', `d${i}`, null)
    writes = written
    await expect(fixture.core.operators.campaigns.launch({ firmware: fixture.firmware })).rejects.toMatchObject({
      code: 'OTA_STORE_FAILED',
    })
    await fixture.settle().catch(() => undefined)
    writes = Number.POSITIVE_INFINITY
    const after = await fixture.restart()
    expect([...after.store.reads.campaigns()]).toEqual(expected === undefined ? [] : [expect.objectContaining(expected)])
    expect([...after.store.reads.openTasks()]).toHaveLength(expected === undefined ? 0 : 300)
    if (expected === undefined) await after.core.operators.firmware.remove(fixture.firmware)
  })

  test('creates no task for devices that are already done, and counts skipped ones once', async () => {
    let writes = Number.POSITIVE_INFINITY
    const gate = async (): Promise<void> => {
      if (--writes < 0) throw new Error('crashed')
    }
    fixture = await createOtaFixture({ memory: { gate } })
    const connection = await fixture.known('a')
    await fixture.known('b', '1.1.0')
    for (let i = 0; i < 1200; i++) await fixture.core.enrol('pk', `d${i}`, null)
    const campaign = await fixture.core.operators.campaigns.create({ firmware: fixture.firmware })
    writes = 2
    await fixture.core.operators.campaigns.start(campaign.id)
    // The crash is logged.
    await fixture.settle().catch(() => undefined)
    writes = Number.POSITIVE_INFINITY
    const made = [...fixture.store.reads.openTasks()].length
    expect([made > 0, made < 1201]).toEqual([true, true])
    expect(fixture.store.reads.tally(campaign.id)).toMatchObject({ skipped: 1, failed: 0 })
    // Notified by its request, and failed, before the restart.
    await fixture.say(connection, 'firmware.get', { module: 'mcu' })
    await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(fixture.store.reads.tally(campaign.id)).toMatchObject({ failed: 1 })
    const after = await fixture.restart()
    expect(after.store.reads.tally(campaign.id)).toMatchObject({ queued: 1200, failed: 1, skipped: 1 })
    expect((await after.store.queries.tasks({ device: 'pk/a', allAttempts: true, limit: 10 })).items).toHaveLength(1)
    expect(after.store.reads.campaign(campaign.id)).toMatchObject({ status: 'running', planning: false })
  })
})
