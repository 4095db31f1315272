import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFleet, type Fleet, type FleetOptions, type Manners } from './fleet.ts'
import { digests } from './house.ts'

const good: Manners = { fail: 10, straggle: 5, silent: 10, fallBack: 5 }
const bad: Manners = { fail: 700, straggle: 50, silent: 50, fallBack: 200 }
const nobody: Manners = { fail: 0, straggle: 0, silent: 0, fallBack: 0 }

const begin = async (fleet: Fleet, version: string, input: object): Promise<number> => {
  const core = fleet.core()
  const { firmware } = await core.operators.firmware.add(
    { product: 'pk', module: 'mcu', version, description: '', from: [], signMethod: 'MD5' },
    digests(version),
  )
  const campaign = await core.operators.campaigns.create({ firmware: firmware.id, timeouts: { noResponseSeconds: 1800 }, ...input })
  await core.operators.campaigns.start(campaign.id)
  return campaign.id
}

const isDone = (fleet: Fleet, id: number) => (): boolean => fleet.store().reads.campaign(id)?.status === 'completed'

const phases = [
  { percent: 1, successPercent: 90, minFinished: 50, soakSeconds: 120 },
  { percent: 20, successPercent: 90, minFinished: 500 },
]

describe('ten thousand devices', () => {
  test('with failures, stragglers, silence and storms of reconnects: every task ends, and the slots are never exceeded', async () => {
    const fleet = await createFleet({ devices: 10_000, manners: () => good, stormEvery: 2000 })
    const id = await begin(fleet, '1.1.0', { phases, rate: { maxInProgress: 400, perMinute: 100_000 } })
    await fleet.play(20_000, isDone(fleet, id))
    expect(fleet.errors()).toEqual([])
    expect(fleet.store().reads.campaign(id)).toMatchObject({ status: 'completed', phase: { index: 2 } })
    const tally = fleet.store().reads.tally(id)
    expect([tally.queued, tally.notified, tally.in_progress]).toEqual([0, 0, 0])
    expect(tally.succeeded + tally.failed + tally.timed_out).toBe(10_000)
    expect(tally.succeeded).toBe(fleet.versions().get('1.1.0'))
    expect(tally.succeeded).toBeGreaterThan(9600)
    expect([tally.failed > 100, tally.timed_out > 100]).toEqual([true, true])
    expect(fleet.mostSlots()).toBeLessThanOrEqual(400)
    expect(fleet.mostSlots()).toBeGreaterThan(300)
  }, 300_000)

  test('of a bad build only the canary and the slots are ever told, by phases and by abort rules', async () => {
    const fleet = await createFleet({ devices: 10_000, manners: (version) => (version.startsWith('bad') ? bad : good), stormEvery: 4000 })
    const byBoth = await begin(fleet, 'bad-1', { phases, rate: { maxInProgress: 50 } })
    await fleet.play(6000, () => fleet.store().reads.campaign(byBoth)?.status !== 'running')
    expect(fleet.store().reads.campaign(byBoth)).toMatchObject({ status: 'paused', reason: 'aborted', phase: { index: 0 } })
    expect(fleet.told('bad-1')).toBeLessThanOrEqual(100)
    await fleet.play(1000)
    expect(fleet.told('bad-1')).toBeLessThanOrEqual(100)
    await fleet.core().operators.campaigns.cancel(byBoth, true)

    const byPhases = await begin(fleet, 'bad-2', { phases, abort: [], rate: { maxInProgress: 50 } })
    await fleet.play(20_000, () => fleet.store().reads.campaign(byPhases)?.status !== 'running')
    expect(fleet.store().reads.campaign(byPhases)).toMatchObject({ status: 'paused', reason: 'phase_failed', phase: { index: 0 } })
    expect(fleet.told('bad-2')).toBeLessThanOrEqual(100)
    await fleet.core().operators.campaigns.cancel(byPhases, true)

    const byRule = await begin(fleet, 'bad-3', { abort: [{ percent: 50, minFinished: 10, action: 'cancel' }], rate: { maxInProgress: 50 } })
    await fleet.play(6000, () => fleet.store().reads.campaign(byRule)?.status !== 'running')
    expect(fleet.store().reads.campaign(byRule)).toMatchObject({ status: 'canceled', reason: 'aborted' })
    expect(fleet.told('bad-3')).toBeLessThanOrEqual(50 + 10)
    await fleet.play(4000)
    expect([...fleet.store().reads.openTasks()]).toEqual([])
    expect(fleet.mostSlots()).toBeLessThanOrEqual(50)
    expect(fleet.errors()).toEqual([])
  }, 300_000)
})

describe('restarts', () => {
  const played = async (options: Partial<FleetOptions>): Promise<{ readonly end: object; readonly told: number }> => {
    const fleet = await createFleet({ devices: 400, manners: () => ({ ...good, fail: 30, silent: 30, straggle: 20 }), ...options })
    const id = await begin(fleet, '1.1.0', {
      phases: [
        { percent: 5, successPercent: 80, minFinished: 15, soakSeconds: 300 },
        { percent: 40, successPercent: 80, minFinished: 100 },
      ],
      rate: { maxInProgress: 40 },
      retry: { max: 1, delaySeconds: 120 },
      abort: [{ percent: 30, minFinished: 30 }],
    })
    await fleet.play(30_000, isDone(fleet, id))
    expect(fleet.errors()).toEqual([])
    const campaign = fleet.store().reads.campaign(id)
    return {
      end: { status: campaign?.status, tally: fleet.store().reads.tally(id), versions: fleet.versions() },
      told: fleet.told('1.1.0'),
    }
  }

  test('at random instants lead to the same end', async () => {
    const undisturbed = await played({})
    expect(undisturbed.end).toMatchObject({ status: 'completed' })
    const instants = fc
      .uniqueArray(fc.integer({ min: 1, max: 3500 }), { minLength: 1, maxLength: 7 })
      .map((list) => list.sort((a, b) => a - b))
    await fc.assert(
      fc.asyncProperty(instants, async (restarts) => {
        expect(await played({ restarts })).toEqual(undisturbed)
      }),
      { numRuns: 6 },
    )
  }, 300_000)

  test('and a fleet without faults is all on the version', async () => {
    const fleet = await createFleet({ devices: 300, manners: () => nobody, restarts: [50, 60, 200], stormEvery: 300 })
    const id = await begin(fleet, '1.1.0', { rate: { maxInProgress: 30 } })
    await fleet.play(10_000, isDone(fleet, id))
    expect(fleet.versions()).toEqual(new Map([['1.1.0', 300]]))
    expect(fleet.errors()).toEqual([])
  }, 300_000)
})
