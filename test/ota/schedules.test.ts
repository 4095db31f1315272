import { beforeEach, describe, expect, test } from 'vitest'
import { createOtaDevicesFixture, type OtaDevicesFixture } from '../support/ota-devices-fixture.ts'

let fixture: OtaDevicesFixture

const open = async (options?: Parameters<typeof createOtaDevicesFixture>[0]): Promise<void> => {
  fixture = await createOtaDevicesFixture(options)
}

beforeEach(() => open())

describe('schedules', () => {
  test('a campaign that starts later is scheduled and starts once, also across a restart and if the clock is set back', async () => {
    await fixture.bring(2)
    const startAt = fixture.now() + 3_600_000
    const id = await fixture.start({ schedule: { startAt } })
    expect(fixture.store.reads.campaign(id)?.status).toBe('scheduled')
    await fixture.pass(3599)
    expect(fixture.notified()).toEqual([])
    await fixture.pass(1)
    expect(fixture.notified()).toHaveLength(2)
    await fixture.pass(-7200)
    await fixture.pass(7300)
    expect(fixture.store.reads.tally(id)).toMatchObject({ notified: 2, queued: 0 })
    expect(fixture.sent).toHaveLength(2)
  })

  test('campaigns that start at the same time all run before the tasks of the first are created', async () => {
    await fixture.bring(3)
    const startAt = fixture.now() + 60_000
    const [first, second] = [await fixture.start({ schedule: { startAt } }), await fixture.start({ schedule: { startAt } })]
    const order: string[] = []
    const { commit } = fixture.store.writes
    fixture.store.writes.commit = (changes) => {
      for (const change of changes) {
        if (!('put' in change)) continue
        if (change.put === 'campaign' && change.value.status === 'running') order.push(`campaign ${change.value.id}`)
        if (change.put === 'task' && change.value.state === 'queued') order.push('task')
      }
      return commit(changes)
    }
    await fixture.pass(60)
    expect(order.indexOf('task')).toBeGreaterThan(order.indexOf(`campaign ${second}`))
    expect(order.indexOf(`campaign ${second}`)).toBeGreaterThan(order.indexOf(`campaign ${first}`))
    expect(fixture.notified()).toHaveLength(3)
  })

  test('a scheduled campaign survives a restart, and a cancel ends it', async () => {
    await fixture.bring(1)
    const startAt = fixture.now() + 60_000
    const id = await fixture.start({ schedule: { startAt } })
    const other = await fixture.start({ schedule: { startAt } })
    await fixture.core.operators.campaigns.cancel(other, false)
    fixture = await fixture.restart()
    await fixture.pass(60)
    expect(fixture.store.reads.campaign(id)?.status).toBe('running')
    expect(fixture.store.reads.campaign(other)?.status).toBe('canceled')
    expect([...fixture.store.reads.openTasks()]).toHaveLength(1)
  })

  test('those who watch hear of windows that open and close, though no record changes', async () => {
    await open({ start: Date.parse('2026-05-01T01:00Z') })
    const windows = [{ cron: '0 2 * * *', minutes: 60, timeZone: 'UTC' }]
    const campaign = await fixture.start({ schedule: { windows }, target: { continuous: true } })
    const before = fixture.events.length
    await fixture.pass(3600)
    await fixture.pass(3599)
    expect(fixture.events.slice(before)).toEqual([{ type: 'campaign', campaign }])
    await fixture.pass(1)
    expect(fixture.events).toHaveLength(before + 2)
  })

  test('new tasks start only within windows, and offers are not repeated outside them', async () => {
    await open({ start: Date.parse('2026-05-01T01:00Z') })
    await fixture.bring(3)
    const windows = [{ cron: '0 2 * * *', minutes: 60, timeZone: 'UTC' }]
    const id = await fixture.start({ schedule: { windows }, rate: { maxInProgress: 1 } })
    expect(fixture.notified()).toEqual([])
    expect(fixture.core.operators.tasks.waitReason(await fixture.task(1))).toBe('schedule')
    await fixture.say(fixture.connection('pk/d0'), 'firmware.get', { module: 'mcu' })
    expect(fixture.notified()).toEqual([])
    await fixture.pass(3600)
    expect(fixture.notified()).toEqual(['pk/d0'])
    await fixture.pass(3599)
    await fixture.succeed('pk/d0')
    expect(fixture.notified()).toEqual(['pk/d0', 'pk/d1'])
    await fixture.say(fixture.connection('pk/d1'), 'upgrade.post', { step: 5, module: 'mcu' })
    await fixture.pass(1)
    await fixture.succeed('pk/d1')
    expect(fixture.notified()).toHaveLength(2)
    await fixture.say(fixture.connection('pk/d2'), 'firmware.get', { module: 'mcu' })
    expect(fixture.notified()).toHaveLength(2)
    await fixture.pass(23 * 3600)
    expect(fixture.notified()).toHaveLength(3)
    await fixture.succeed('pk/d2')
    expect(fixture.store.reads.campaign(id)?.status).toBe('completed')
  })

  test('at its end tasks that have not begun are canceled as expired, those in progress continue, and nothing is retried', async () => {
    await fixture.bring(3)
    const id = await fixture.start({ schedule: { endAt: fixture.now() + 600_000 }, rate: { maxInProgress: 2 }, retry: { max: 5 } })
    await fixture.say(fixture.connection('pk/d0'), 'upgrade.post', { step: 5, module: 'mcu' })
    await fixture.pass(600)
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'canceled', reason: 'expired' })
    const { items } = await fixture.store.queries.tasks({ campaign: id, limit: 10 })
    expect(items.map(({ state, reason }) => [state, reason])).toEqual([
      ['in_progress', null],
      ['canceled', 'expired'],
      ['canceled', 'expired'],
    ])
    await fixture.fail('pk/d0')
    expect([...fixture.store.reads.openTasks()]).toEqual([])
  })
})
