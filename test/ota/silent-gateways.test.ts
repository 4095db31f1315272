// Gateways that have reported nothing: targets only if they are named, whichever comes first, the campaign or the sub-device.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Task } from '../../src/ota/model.ts'
import type { Operators } from '../../src/ota/ports/operators.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

const devices = (): Operators['devices'] => fixture.core.operators.devices
const campaigns = (): Operators['campaigns'] => fixture.core.operators.campaigns

const openTo = (device: string): readonly Task[] => fixture.store.reads.openTasksOf(device)
const states = async (campaign: number): Promise<readonly unknown[]> =>
  (await fixture.store.queries.tasks({ campaign, allAttempts: true, limit: 10 })).items.map(({ device, state, reason }) => [
    device,
    state,
    reason,
  ])

/** `pk/gw` with one sub-device, `pk/alone` without any: both have reported nothing. */
const family = async (): Promise<void> => {
  await devices().put('pk', 'gw', {})
  await devices().put('pk', 'kid', { gateway: 'pk/gw' })
  await devices().put('pk', 'alone', {})
}

describe('a gateway that has reported nothing', () => {
  beforeEach(family)

  test('is no target of a snapshot, and a silent device without sub-devices is one', async () => {
    const id = await fixture.start()
    expect(openTo('pk/gw')).toEqual([])
    expect([openTo('pk/alone').length, openTo('pk/kid').length]).toEqual([1, 1])
    expect(campaigns().unreported(id)).toBe(2)
    expect(fixture.store.reads.tally(id)).toMatchObject({ queued: 2, skipped: 0 })
  })

  test('is left out by a dry run, with the reason; and the targets that have reported nothing are counted', async () => {
    const plan = await campaigns().dryRun({ firmware: fixture.firmware })
    expect(plan).toMatchObject({ targets: 2, unreported: 2, leftCounts: { gateway_never_reported: 1 } })
    expect(plan.left).toMatchObject([{ device: 'pk/gw', reason: 'gateway_never_reported', said: { code: 'gateway_never_reported' } }])
  })

  test('is a target where it is named', async () => {
    const id = await fixture.start({ target: { devices: ['pk/gw'] } })
    expect(openTo('pk/gw')).toMatchObject([{ campaign: id, state: 'queued' }])
    await devices().put('pk', 'kid2', { gateway: 'pk/gw' })
    await fixture.settle()
    expect(openTo('pk/gw')).toMatchObject([{ campaign: id, state: 'queued' }])
  })

  test('is why a campaign without another target does not start', async () => {
    await devices().remove('pk/alone')
    const target = { exclude: ['pk/kid'] }
    const refused = campaigns().launch({ firmware: fixture.firmware, target })
    const message = /pk\/gw: the device has sub-devices and has reported no version/
    await expect(refused).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_EMPTY', message: expect.stringMatching(message) })
  })

  test('is explained by why, in words', async () => {
    await fixture.start()
    expect((await fixture.why('pk/gw')).at(-1)).toMatchObject({
      rule: 'campaign 1 target',
      ok: false,
      reason: 'gateway_never_reported',
      text: 'the device has sub-devices and has reported no version: it is a target only of a campaign that names it, or once it reports',
    })
  })

  test('is not matched by a continuous campaign when it connects, and is once it has reported a version', async () => {
    const id = await fixture.start({ target: { continuous: true } })
    const gateway = await fixture.join('pk/gw')
    await fixture.pass(10)
    expect(openTo('pk/gw')).toEqual([])
    await fixture.say(gateway, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(openTo('pk/gw')).toMatchObject([{ campaign: id, from: '1.0.0', state: 'notified' }])
    expect(campaigns().unreported(id)).toBe(2)
  })

  test('that has reported another module only is refused for that', async () => {
    const gateway = await fixture.join('pk/gw')
    await fixture.say(gateway, 'version.post', { version: '1', module: 'radio' })
    const { leftCounts } = await campaigns().dryRun({ firmware: fixture.firmware })
    expect(leftCounts).toEqual({ module_never_reported: 1 })
  })
})

test('a gateway that has reported its version is a target like any other', async () => {
  await fixture.known('gw')
  await devices().put('pk', 'kid', { gateway: 'pk/gw' })
  const id = await fixture.start()
  expect(openTo('pk/gw')).toMatchObject([{ campaign: id, state: 'notified' }])
  await devices().put('pk', 'kid2', { gateway: 'pk/gw' })
  await fixture.settle()
  expect(openTo('pk/gw')).toMatchObject([{ campaign: id, state: 'notified' }])
})

describe('a silent device that gets its first sub-device after it got its task', () => {
  const claim = async (): Promise<void> => {
    await devices().put('pk', 'kid', { gateway: 'pk/gw' })
    await fixture.settle()
  }

  test('loses it while it is queued, and the campaign can end', async () => {
    await devices().put('pk', 'gw', {})
    const id = await fixture.start()
    await claim()
    expect(await states(id)).toEqual([['pk/gw', 'canceled', 'not_eligible']])
    expect(fixture.store.reads.campaign(id)?.status).toBe('completed')
    expect(campaigns().unreported(id)).toBe(0)
  })

  test('loses it while it is notified: the gateway names its sub-devices right after it connects', async () => {
    await devices().put('pk', 'gw', {})
    const id = await fixture.start({ target: { continuous: true } })
    const gateway = await fixture.join('pk/gw')
    expect(openTo('pk/gw')).toMatchObject([{ state: 'notified' }])
    await fixture.topo(gateway, 'add', ['kid'])
    expect(openTo('pk/gw')).toEqual([])
    // Both are decided once they report.
    await fixture.say(gateway, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(openTo('pk/gw')).toMatchObject([{ campaign: id, from: '1.0.0' }])
  })

  test('keeps it once it is in progress, and gets no other attempt when that fails', async () => {
    const gateway = await fixture.join('pk/gw')
    const id = await fixture.start({ retry: { max: 3, delaySeconds: 1 } })
    await fixture.say(gateway, 'upgrade.post', { step: 10, module: 'mcu' })
    await claim()
    expect(openTo('pk/gw')).toMatchObject([{ state: 'in_progress' }])
    await fixture.say(gateway, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(await states(id)).toEqual([
      ['pk/gw', 'failed', 'upgrade_error'],
      ['pk/gw', 'canceled', 'not_eligible'],
    ])
  })

  test('is not retried by an operator', async () => {
    const gateway = await fixture.join('pk/gw')
    const id = await fixture.start()
    await fixture.say(gateway, 'upgrade.post', { step: -1, module: 'mcu' })
    await claim()
    expect(await campaigns().retry(id, ['pk/gw'])).toBe(0)
    await fixture.settle()
    expect(await states(id)).toEqual([['pk/gw', 'failed', 'upgrade_error']])
    await fixture.say(gateway, 'version.post', { version: '1.0.0', module: 'mcu' })
    expect(await campaigns().retry(id, ['pk/gw'])).toBe(1)
  })

  test('waits no longer for its turn in a campaign', async () => {
    const gateway = await fixture.join('pk/gw')
    await fixture.start()
    await fixture.say(gateway, 'upgrade.post', { step: 10, module: 'mcu' })
    fixture.firmware = await addFirmware(fixture, '1.2.0')
    const second = await fixture.start()
    expect(fixture.store.reads.waiting(second).size).toBe(1)
    await claim()
    expect(fixture.store.reads.waiting(second).size).toBe(0)
    expect(await states(second)).toEqual([['pk/gw', 'canceled', 'not_eligible']])
  })

  test('loses it at the next start if the server stopped before', async () => {
    await devices().put('pk', 'gw', {})
    const id = await fixture.start({ schedule: { windows: [{ cron: '0 2 * * *', minutes: 60, timeZone: 'UTC' }] } })
    const device = fixture.store.reads.device('pk/gw')
    if (device === undefined) throw new Error('no gateway')
    // Recorded as the last thing before the crash: nothing that follows from it was done.
    await fixture.core.stop()
    await fixture.store.writes.commit([{ put: 'device', value: { ...device, key: 'pk/kid', name: 'kid', rev: 0, gateway: 'pk/gw' } }])
    await fixture.settle()
    expect(openTo('pk/gw')).toHaveLength(1)
    fixture = await fixture.restart()
    await fixture.settle()
    expect(await states(id)).toEqual([['pk/gw', 'canceled', 'not_eligible']])
  })
})

test('a version that is reported later is known from then on, also after a restart', async () => {
  const connection = await fixture.join('pk/dn')
  const id = await fixture.start()
  expect(campaigns().unreported(id)).toBe(1)
  fixture = await fixture.restart()
  expect(campaigns().unreported(id)).toBe(1)
  fixture.core.connected(connection)
  await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
  expect(campaigns().unreported(id)).toBe(0)
})
