import { beforeEach, expect, test } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture({ start: Date.parse('2026-05-01T12:00Z') })
  await fixture.known()
})

/** The paths of the faults, or what was created. */
const faultsOf = async (input: object): Promise<unknown> => {
  try {
    await fixture.core.operators.campaigns.create({ firmware: fixture.firmware, ...input })
    return 'created'
  } catch (error) {
    if (!(error instanceof OtaError)) throw error
    expect(error.code).toBe('OTA_BAD_REQUEST')
    return error.faults.map(({ path }) => path)
  }
}

const at = (iso: string): number => Date.parse(iso)

test.each<readonly [object, unknown]>([
  [{ phases: [{ percent: 50 }, { percent: 20 }] }, ['phases[1].percent']],
  [{ phases: [{ percent: 50 }, { percent: 50 }] }, ['phases[1].percent']],
  [{ phases: [{ percent: 100 }, { count: 5 }] }, ['phases[1].count']],
  [{ phases: [{ count: 5 }, { count: 4 }] }, ['phases[1].count']],
  [{ phases: [{ percent: 0 }, { percent: 101 }] }, ['phases[0]', 'phases[1]']],
  [{ phases: [{}] }, ['phases[0]']],
  [{ phases: [{ percent: 5, count: 5 }] }, ['phases[0]']],
  [{ phases: [{ percent: 5 }, { tag: 'lab' }] }, ['phases[1]']],
  [
    { phases: [{ percent: 5, successPercent: 101, minFinished: 0, soakSeconds: -1 }] },
    ['phases[0].successPercent', 'phases[0].minFinished', 'phases[0].soakSeconds'],
  ],
  [{ phases: [{ tag: 'lab' }, { count: 5 }, { percent: 100 }] }, 'created'],
  [{ phases: [] }, 'created'],
  [{ abort: [{ percent: 0 }, { minFinished: 0 }] }, ['abort[0].percent', 'abort[1].minFinished']],
  [{ abort: [] }, 'created'],
  [{ rate: { perMinute: 0, maxInProgress: 0 } }, ['rate.perMinute', 'rate.maxInProgress']],
  [{ retry: { max: 6 } }, ['retry.max']],
  [{ schedule: { windows: [{ cron: 'never', minutes: 60 }] } }, ['schedule.windows[0].cron']],
  [{ schedule: { windows: [{ cron: '0 2 * * *', minutes: 60, timeZone: 'Nowhere' }] } }, ['schedule.windows[0].timeZone']],
  [{ schedule: { windows: [{ cron: '0 2 * * *', minutes: 0 }] } }, ['schedule.windows[0].minutes']],
  [{ schedule: { windows: [{ cron: '0 0 30 2 *', minutes: 60 }] } }, ['schedule.windows']],
  [{ schedule: { endAt: at('2026-05-01T11:59Z') } }, ['schedule.endAt']],
  [{ schedule: { startAt: at('2026-05-03T00:00Z'), endAt: at('2026-05-02T00:00Z') } }, ['schedule.endAt']],
  [{ schedule: { endAt: at('2026-05-02T01:00Z'), windows: [{ cron: '0 2 * * *', minutes: 60, timeZone: 'UTC' }] } }, ['schedule.windows']],
  [{ schedule: { endAt: at('2026-05-02T02:01Z'), windows: [{ cron: '0 2 * * *', minutes: 60, timeZone: 'UTC' }] } }, 'created'],
  [{ target: { devices: ['pk/a'], exclude: ['pk/a'] } }, ['target.exclude']],
  [{ target: { from: ['1.1.0'] } }, ['target.from']],
  [{ target: { from: ['1.1.0'] }, reflash: true }, 'created'],
  [{ target: { devices: ['other/a', 'no slash'] } }, ['target.devices[0]', 'target.devices[1]']],
])('%j: %j', async (input, outcome) => {
  expect(await faultsOf(input)).toEqual(outcome)
})

test('versions that the package cannot be applied to, an unknown package, and a dry run the same way', async () => {
  fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.9'] })
  expect(await faultsOf({ target: { from: ['1.0.0'] } })).toEqual(['target.from'])
  await expect(fixture.core.operators.campaigns.create({ firmware: 99 })).rejects.toMatchObject({ code: 'OTA_FIRMWARE_UNKNOWN' })
  await expect(fixture.core.operators.campaigns.dryRun({ firmware: 99 })).rejects.toMatchObject({ code: 'OTA_FIRMWARE_UNKNOWN' })
  await expect(fixture.core.operators.campaigns.dryRun({ firmware: fixture.firmware, phases: [{ percent: -1 }] })).rejects.toMatchObject({
    code: 'OTA_BAD_REQUEST',
  })
})

test('a start without a target, with a tag that no device has, or too late', async () => {
  await expect(fixture.start({ target: { tags: ['lab'] } })).rejects.toMatchObject({
    code: 'OTA_CAMPAIGN_EMPTY',
    faults: [{ path: 'target' }],
  })
  await expect(fixture.start({ phases: [{ tag: 'lab' }] })).rejects.toMatchObject({
    code: 'OTA_CAMPAIGN_EMPTY',
    faults: [{ path: 'phases[0].tag' }],
  })
  const { id } = await fixture.core.operators.campaigns.create({
    firmware: fixture.firmware,
    schedule: { endAt: fixture.now() + 1000 },
  })
  await fixture.pass(2)
  await expect(fixture.core.operators.campaigns.start(id)).rejects.toMatchObject({ faults: [{ path: 'schedule.endAt' }] })
})

test('defaults are those of the API, and targets that no phase covers become a last phase', async () => {
  const campaign = await fixture.core.operators.campaigns.create({ firmware: fixture.firmware, phases: [{ percent: 5 }] })
  expect(campaign).toMatchObject({
    abort: [{ on: 'any', percent: 20, minFinished: 5, action: 'pause' }],
    rate: { perMinute: 1000, maxInProgress: 50 },
    retry: { max: 0, delaySeconds: 60, onTimeout: false },
    schedule: { startAt: null, endAt: null, windows: [] },
    overwrite: false,
    push: true,
    reflash: false,
  })
  expect(campaign.phases.map(({ percent }) => percent)).toEqual([5, 100])
  expect(campaign.phases[0]).toEqual({
    percent: 5,
    count: null,
    tag: null,
    successPercent: 100,
    minFinished: 1,
    soakSeconds: 0,
    onward: 'next',
  })
})

test('a dry run lists who would be updated, who not and why, in which phase and how long; and creates nothing', async () => {
  for (let at = 0; at < 19; at++) await fixture.known(`d${at}`)
  await fixture.known('done', '1.1.0')
  await fixture.join('pk/other')
  await fixture.say(fixture.connect('pk/other'), 'version.post', { version: '1', module: 'else' })
  const input = { firmware: fixture.firmware, phases: [{ percent: 10, soakSeconds: 600 }], rate: { maxInProgress: 10 } }
  const plan = await fixture.core.operators.campaigns.dryRun(input)
  expect(plan).toMatchObject({ targets: 20, skipped: 1, waiting: 0, leftCounts: { module_never_reported: 1 } })
  expect(plan.phases.map(({ size }) => size)).toEqual([2, 18])
  expect(plan.left).toMatchObject([{ device: 'pk/other', said: { code: 'module_never_reported', params: { module: 'mcu' } } }])
  expect(plan.seconds).toBe(600 + plan.perDevice + 2 * plan.perDevice)
  expect([...fixture.store.reads.campaigns()]).toEqual([])
  expect([...fixture.store.reads.openTasks()]).toEqual([])
  const id = await fixture.start(input)
  const notified = fixture.sent.map(({ to }) => to).sort()
  expect(notified).toEqual([...(plan.phases[0]?.devices ?? [])].sort())
  const again = await fixture.core.operators.campaigns.dryRun(
    { ...input, schedule: { windows: [{ cron: '0 2 * * *', minutes: 60, timeZone: 'UTC' }] } },
    1,
  )
  expect(again).toMatchObject({ waiting: 20, left: [{}] })
  expect(again.phases.map(({ devices }) => devices.length)).toEqual([1, 1])
  expect(again.seconds).toBe(14 * 3600 + 600 + 3 * again.perDevice)
  const short = await fixture.core.operators.campaigns.dryRun({
    ...input,
    schedule: { windows: [{ cron: '0 2 * * *', minutes: 2, timeZone: 'UTC' }] },
  })
  // The canary in the first window, ten of the rest in the second, eight in the third.
  expect(short.seconds).toBe((14 + 48) * 3600 + short.perDevice)
  expect(id).toBe(1)
})
