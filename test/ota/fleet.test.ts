import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { full } from '../support/full.ts'
import { digests } from '../support/ota-fixture.ts'
import { createOtaFleetFixture, type Manners, type OtaFleetFixture, type OtaFleetFixtureOptions } from '../support/ota-fleet-fixture.ts'

const good: Manners = { fail: 10, straggle: 5, silent: 10, rollBack: 5 }
const bad: Manners = { fail: 700, straggle: 50, silent: 50, rollBack: 200 }
const flawless: Manners = { fail: 0, straggle: 0, silent: 0, rollBack: 0 }

const begin = async (fixture: OtaFleetFixture, version: string, input: object): Promise<number> => {
  const core = fixture.core()
  const { firmware } = await core.operators.firmware.add(
    { product: 'pk', module: 'mcu', version, description: '', from: [], signMethod: 'MD5' },
    digests(version),
  )
  const campaign = await core.operators.campaigns.create({ firmware: firmware.id, timeouts: { noResponseSeconds: 1800 }, ...input })
  await core.operators.campaigns.start(campaign.id)
  return campaign.id
}

const isDone = (fixture: OtaFleetFixture, id: number) => (): boolean => fixture.store().reads.campaign(id)?.status === 'completed'

const phases = [
  { percent: 1, successPercent: 90, minFinished: 50, soakSeconds: 120 },
  { percent: 20, successPercent: 90, minFinished: 500 },
]

const devices = full(10_000, 2000)

describe('a large fleet', () => {
  test('with failures, stragglers, silence and mass reconnects: every task ends, and the slots are never exceeded', async () => {
    const fixture = await createOtaFleetFixture({ devices, manners: () => good, stormEvery: 2000 })
    const id = await begin(fixture, '1.1.0', { phases, rate: { maxInProgress: 400, perMinute: 100_000 } })
    await fixture.play(20_000, isDone(fixture, id))
    expect(fixture.errors()).toEqual([])
    expect(fixture.store().reads.campaign(id)).toMatchObject({ status: 'completed', phase: { index: 2 } })
    const tally = fixture.store().reads.tally(id)
    expect([tally.queued, tally.notified, tally.in_progress]).toEqual([0, 0, 0])
    expect(tally.succeeded + tally.failed + tally.timed_out).toBe(devices)
    expect(tally.succeeded).toBe(fixture.versions().get('1.1.0'))
    expect(tally.succeeded).toBeGreaterThan(0.96 * devices)
    expect([tally.failed > devices / 100, tally.timed_out > devices / 100]).toEqual([true, true])
    expect(fixture.mostSlots()).toBeLessThanOrEqual(400)
    expect(fixture.mostSlots()).toBeGreaterThan(300)
  }, 300_000)

  test('a bad build is offered only to the canary and within the slots, by phases and by abort rules', async () => {
    const fixture = await createOtaFleetFixture({
      devices,
      manners: (version) => (version.startsWith('bad') ? bad : good),
      stormEvery: 4000,
    })
    const byBoth = await begin(fixture, 'bad-1', { phases, rate: { maxInProgress: 50 } })
    await fixture.play(6000, () => fixture.store().reads.campaign(byBoth)?.status !== 'running')
    expect(fixture.store().reads.campaign(byBoth)).toMatchObject({ status: 'paused', reason: 'aborted', phase: { index: 0 } })
    expect(fixture.notified('bad-1')).toBeLessThanOrEqual(100)
    await fixture.play(1000)
    expect(fixture.notified('bad-1')).toBeLessThanOrEqual(100)
    await fixture.core().operators.campaigns.cancel(byBoth, true)

    const byPhases = await begin(fixture, 'bad-2', { phases, abort: [], rate: { maxInProgress: 50 } })
    await fixture.play(20_000, () => fixture.store().reads.campaign(byPhases)?.status !== 'running')
    expect(fixture.store().reads.campaign(byPhases)).toMatchObject({ status: 'paused', reason: 'phase_failed', phase: { index: 0 } })
    expect(fixture.notified('bad-2')).toBeLessThanOrEqual(100)
    await fixture.core().operators.campaigns.cancel(byPhases, true)

    const byRule = await begin(fixture, 'bad-3', {
      abort: [{ percent: 50, minFinished: 10, action: 'cancel' }],
      rate: { maxInProgress: 50 },
    })
    await fixture.play(6000, () => fixture.store().reads.campaign(byRule)?.status !== 'running')
    expect(fixture.store().reads.campaign(byRule)).toMatchObject({ status: 'canceled', reason: 'aborted' })
    expect(fixture.notified('bad-3')).toBeLessThanOrEqual(50 + 10)
    await fixture.play(4000)
    expect([...fixture.store().reads.openTasks()]).toEqual([])
    expect(fixture.mostSlots()).toBeLessThanOrEqual(50)
    expect(fixture.errors()).toEqual([])
  }, 300_000)
})

describe('restarts', () => {
  const played = async (options: Partial<OtaFleetFixtureOptions>): Promise<{ readonly end: object; readonly notified: number }> => {
    const fixture = await createOtaFleetFixture({
      devices: 400,
      manners: () => ({ ...good, fail: 30, silent: 30, straggle: 20 }),
      ...options,
    })
    const id = await begin(fixture, '1.1.0', {
      phases: [
        { percent: 5, successPercent: 80, minFinished: 15, soakSeconds: 300 },
        { percent: 40, successPercent: 80, minFinished: 100 },
      ],
      rate: { maxInProgress: 40 },
      retry: { max: 1, delaySeconds: 120 },
      abort: [{ percent: 30, minFinished: 30 }],
    })
    await fixture.play(30_000, isDone(fixture, id))
    expect(fixture.errors()).toEqual([])
    const campaign = fixture.store().reads.campaign(id)
    return {
      end: { status: campaign?.status, tally: fixture.store().reads.tally(id), versions: fixture.versions() },
      notified: fixture.notified('1.1.0'),
    }
  }

  test('at random times lead to the same end', async () => {
    const undisturbed = await played({})
    expect(undisturbed.end).toMatchObject({ status: 'completed' })
    const instants = fc
      .uniqueArray(fc.integer({ min: 1, max: 3500 }), { minLength: 1, maxLength: 7 })
      .map((list) => list.sort((a, b) => a - b))
    await fc.assert(
      fc.asyncProperty(instants, async (restarts) => {
        expect(await played({ restarts })).toEqual(undisturbed)
      }),
      { numRuns: full(6, 2) },
    )
  }, 300_000)

  test('and a fleet without faults ends on the version', async () => {
    const fixture = await createOtaFleetFixture({ devices: 300, manners: () => flawless, restarts: [50, 60, 200], stormEvery: 300 })
    const id = await begin(fixture, '1.1.0', { rate: { maxInProgress: 30 } })
    await fixture.play(10_000, isDone(fixture, id))
    expect(fixture.versions()).toEqual(new Map([['1.1.0', 300]]))
    expect(fixture.errors()).toEqual([])
  }, 300_000)
})
