// The hidden campaigns of test stations: what they are, and what operators cannot do with them.

import { beforeEach, expect, test } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

const input = (over: object = {}) => ({
  procedure: 'lamp-fct',
  rev: 3,
  firmware: fixture.firmware,
  reflash: false,
  updateSeconds: 600,
  restartSeconds: 120,
  ...over,
})
const open = (over: object = {}): Promise<number> => fixture.core.operators.stations.openCampaign(input(over))

test('it runs at once, without targets, phases and abort rules, by the times of the procedure', async () => {
  await fixture.known()
  const id = await open()
  await fixture.settle()
  expect(fixture.store.reads.campaign(id)).toMatchObject({
    name: 'lamp-fct revision 3',
    status: 'running',
    station: { procedure: 'lamp-fct', rev: 3, graceSeconds: 120 },
    target: { devices: [], continuous: false },
    phases: [],
    abort: [],
    planning: false,
    push: true,
    timeouts: { noResponseSeconds: 600, upgradeSeconds: 720, stallSeconds: 720 },
    rate: { perMinute: Number.MAX_SAFE_INTEGER, maxInProgress: Number.MAX_SAFE_INTEGER },
  })
  expect(fixture.store.reads.tally(id)).toMatchObject({ queued: 0, skipped: 0 })
  expect(fixture.sent).toEqual([])
})

test('it never completes: not by a turn, and not after a restart', async () => {
  const id = await open()
  await fixture.pass(86_400)
  fixture = await fixture.restart(86_400)
  await fixture.pass(60)
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running', endedAt: null })
})

test('asked for again it is the same one, at once, later and after a restart; another revision or package has another one', async () => {
  const other = await addFirmware(fixture, '1.2.0')
  const [first, same] = await Promise.all([open(), open()])
  expect(same).toBe(first)
  expect(await open()).toBe(first)
  fixture = await fixture.restart()
  expect(await open()).toBe(first)
  expect(new Set([first, await open({ rev: 4 }), await open({ firmware: other }), await open({ procedure: 'other' })]).size).toBe(4)
  expect(fixture.store.reads.tally(first)).toMatchObject({ queued: 0 })
})

test('one that could not be stored is not given to a second caller', async () => {
  let isBroken = false
  const gate = async (): Promise<void> => {
    if (isBroken) throw new Error('disk full')
  }
  fixture = await createOtaFixture({ disk: createMemory({ gate }) })
  isBroken = true
  const both = await Promise.allSettled([open(), open()])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect([...fixture.store.reads.campaigns()]).toEqual([])
  isBroken = false
  expect(await open()).toBe([...fixture.store.reads.campaigns()][0]?.id)
})

test('a package that is not there, and times of no length, are refused', async () => {
  await expect(open({ firmware: 99 })).rejects.toMatchObject({ code: 'OTA_FIRMWARE_UNKNOWN' })
  await expect(open({ updateSeconds: 0 })).rejects.toMatchObject({ code: 'OTA_BAD_REQUEST' })
})

test('operators can neither start, pause, resume, cancel, advance, retry, change nor remove it', async () => {
  const id = await open()
  const { campaigns, campaignEdits } = fixture.core.operators
  const acts = [
    () => campaigns.start(id),
    () => campaigns.pause(id),
    () => campaigns.resume(id),
    () => campaigns.cancel(id, true),
    () => campaigns.nextPhase(id),
    () => campaigns.retry(id),
    () => campaignEdits.edit(id, { name: 'mine' }),
    () => campaignEdits.remove(id),
  ]
  for (const act of acts)
    await expect(act()).rejects.toMatchObject({
      code: 'OTA_CAMPAIGN_STATE',
      message: expect.stringContaining('that of test stations, for revision 3 of procedure lamp-fct'),
    })
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running', rev: 1 })
})

test('it shows itself by no event; the task of its device does', async () => {
  const id = await open()
  await fixture.known()
  await fixture.core.operators.stations.admit(id, 'pk/dn', false)
  await fixture.settle()
  expect(fixture.events.filter(({ type }) => type === 'campaign')).toEqual([])
  expect(fixture.events.filter(({ type }) => type === 'task').length).toBe(2)
})

test('a failure of its tasks is none of the fleet, also after a restart', async () => {
  const id = await open()
  const connection = await fixture.known()
  await fixture.core.operators.stations.admit(id, 'pk/dn', false)
  await fixture.settle()
  await fixture.say(connection, 'upgrade.post', { step: -2, desc: 'cut', module: 'mcu', task_id: '1' })
  expect(await fixture.task()).toMatchObject({ state: 'failed' })
  expect(fixture.core.operators.fleet.failures(9)).toEqual([])
  fixture = await fixture.restart()
  expect(fixture.core.operators.fleet.failures(9)).toEqual([])
})

test('an image that cannot be read does not pause it', async () => {
  const id = await open()
  await fixture.known()
  await fixture.core.operators.stations.admit(id, 'pk/dn', false)
  await fixture.settle()
  fixture.core.faulty({ task: 1, fault: 'missing' })
  await fixture.settle()
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running' })
})

test('its package is no step for the campaigns of operators', async () => {
  const far = await addFirmware(fixture, '2.0.0', { from: ['1.1.0'] })
  await fixture.known('dn', '1.0.0')
  await fixture.known('dm', '1.1.0')
  await open()
  const plan = await fixture.core.operators.campaigns.dryRun({ firmware: far })
  expect([plan.targets, plan.waiting]).toEqual([1, 0])
})

test('ended tasks are removed when they are old, though their campaign runs on', async () => {
  fixture = await createOtaFixture({ settings: { keepTaskDays: 1 } })
  const id = await open()
  const connection = await fixture.known()
  await fixture.core.operators.stations.admit(id, 'pk/dn', false)
  await fixture.settle()
  await fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(await fixture.task()).toMatchObject({ state: 'succeeded' })
  await fixture.pass(2 * 86_400)
  expect(await fixture.store.queries.task(1)).toBeUndefined()
})

test('its grace after a rollback is that of the procedure', async () => {
  const id = await open()
  const connection = await fixture.known()
  await fixture.core.operators.stations.admit(id, 'pk/dn', false)
  await fixture.settle()
  await fixture.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '1' })
  await fixture.pass(5)
  fixture.core.disconnected(connection)
  const again = await fixture.join('pk/dn')
  await fixture.say(again, 'version.post', { version: '1.0.0', module: 'mcu' })
  await fixture.pass(119)
  expect(await fixture.task()).toMatchObject({ state: 'in_progress' })
  await fixture.pass(2)
  expect(await fixture.task()).toMatchObject({ state: 'failed', reason: 'rolled_back' })
})
