// What abort rules count: the last attempt of each device that ended since an operator last resumed the campaign.

import { beforeEach, expect, test } from 'vitest'
import { judgedPhase, sampleOf } from '../../src/ota/rules/counts.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture({ settings: { repushSeconds: 1 } })
})

const bring = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at++) connections.set(`pk/d${at}`, await fixture.known(`d${at}`))
}
const connections = new Map<string, Awaited<ReturnType<OtaFixture['known']>>>()

/** Every device that is notified fails, until no more are notified. */
const failAll = async (): Promise<void> => {
  for (let isMore = true; isMore; ) {
    isMore = false
    for (const task of [...fixture.store.reads.openTasks()].filter(({ state }) => state === 'notified')) {
      await fixture.say(connections.get(task.device)!, 'upgrade.post', { step: -4, module: 'mcu', task_id: String(task.id) })
      isMore = true
    }
  }
}
const looked = (id: number) => sampleOf(fixture.store.reads.tally(id, judgedPhase))

test('retries do not hide failures: a bad build is stopped by its first failed attempts', async () => {
  await bring(30)
  const id = await fixture.start({ rate: { maxInProgress: 3 }, retry: { max: 5, delaySeconds: 60 } })
  await failAll()
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'aborted' })
  expect(fixture.warnings).toEqual([`campaign ${id} is paused`])
  // Five, and those that were notified by then.
  expect(looked(id).failed).toBeLessThanOrEqual(5 + 2)
  const notified = fixture.sent.length
  expect(notified).toBeLessThanOrEqual(5 + 3)
})

test('a device whose retry succeeds counts as succeeded, and one that fails again counts once', async () => {
  await bring(2)
  const id = await fixture.start({ retry: { max: 1, delaySeconds: 1 }, abort: [] })
  await failAll()
  expect(looked(id)).toMatchObject({ failed: 2 })
  await fixture.pass(2)
  const [one, other] = [...fixture.store.reads.openTasks()]
  await fixture.say(connections.get(one?.device ?? '')!, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(looked(id)).toMatchObject({ failed: 1, succeeded: 1 })
  await fixture.say(connections.get(other?.device ?? '')!, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(looked(id)).toMatchObject({ failed: 1, succeeded: 1, timed_out: 0, rejected: 0 })
})

test('after a resume and a retry, new failures fire the rule again', async () => {
  await bring(6)
  await fixture.core.enrol('pk', 'away', null)
  const abort = [{ on: 'any', percent: 50, minFinished: 4, action: 'pause' }]
  const id = await fixture.start({ abort })
  await failAll()
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'aborted' })
  await fixture.core.operators.campaigns.resume(id)
  expect(looked(id)).toMatchObject({ failed: 0 })
  expect(await fixture.core.operators.campaigns.retry(id)).toBeGreaterThan(0)
  await fixture.settle()
  await failAll()
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'aborted' })
  expect(looked(id).failed).toBeGreaterThanOrEqual(4)
})

test('a late success of an attempt that was counted before a resume changes no count after it', async () => {
  await bring(3)
  const abort = [{ on: 'any', percent: 100, minFinished: 1, action: 'pause' }]
  const id = await fixture.start({ abort, timeouts: { upgradeSeconds: 60 } })
  await fixture.say(connections.get('pk/d0')!, 'upgrade.post', { step: 1, module: 'mcu' })
  await fixture.pass(61)
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused' })
  await fixture.core.operators.campaigns.resume(id)
  await fixture.say(connections.get('pk/d0')!, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(looked(id)).toMatchObject({ succeeded: 1, timed_out: 0 })
  await fixture.say(connections.get('pk/d1')!, 'upgrade.post', { step: 1, module: 'mcu' })
  await fixture.pass(61)
  expect(looked(id)).toMatchObject({ succeeded: 1, timed_out: 1 })
  await fixture.say(connections.get('pk/d1')!, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(looked(id)).toMatchObject({ succeeded: 2, timed_out: 0 })
})

test('the sample is in the store and survives a restart', async () => {
  await bring(3)
  const id = await fixture.start({ abort: [] })
  await failAll()
  const before = looked(id)
  expect(before).toMatchObject({ failed: 3 })
  fixture = await fixture.restart()
  expect(looked(id)).toEqual(before)
})

test('the figures at which a rule stopped a campaign are kept, whatever tasks in progress do afterwards', async () => {
  await bring(6)
  await fixture.core.enrol('pk', 'away', null)
  const id = await fixture.start({ rate: { maxInProgress: 6 }, abort: [{ on: 'any', percent: 50, minFinished: 2, action: 'pause' }] })
  const [first, second, ...others] = [...fixture.store.reads.openTasks()]
    .map(({ device }) => device)
    .filter((device) => device !== 'pk/away')
  for (const device of others) await fixture.say(connections.get(device)!, 'upgrade.post', { step: 1, module: 'mcu' })
  for (const device of [first, second]) await fixture.say(connections.get(device ?? '')!, 'upgrade.post', { step: -1, module: 'mcu' })
  for (const device of others) await fixture.say(connections.get(device)!, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(fixture.store.reads.campaign(id)).toMatchObject({ reason: 'aborted', fired: { finished: 2, bad: 2, rule: { percent: 50 } } })
  fixture = await fixture.restart()
  expect(fixture.store.reads.campaign(id)?.fired).toMatchObject({ finished: 2, bad: 2 })
  await fixture.core.operators.campaigns.resume(id)
  expect(fixture.store.reads.campaign(id)?.fired).toBeNull()
})

/** The first devices that were notified. */
const notified = (): readonly string[] =>
  [...fixture.store.reads.openTasks()].filter(({ state }) => state === 'notified').map(({ device }) => device)
const fail = (device: string) => fixture.say(connections.get(device)!, 'upgrade.post', { step: -4, module: 'mcu' })
const succeed = (device: string) => fixture.say(connections.get(device)!, 'version.post', { version: '1.1.0', module: 'mcu' })

test('by default, bad boards that end before the good ones do not pause a line: half of those notified are waited for', async () => {
  await bring(20)
  const id = await fixture.start({ target: { continuous: true } })
  const [one = '', other = '', ...good] = notified()
  expect(good).toHaveLength(18)
  await fail(one)
  await fail(other)
  for (const device of good.slice(0, 7)) await succeed(device)
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running' })
  await fail(good[7] ?? '')
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', fired: { finished: 10, bad: 3, rule: { minFinished: 10 } } })
})

test('by default, at most 20 are waited for, however many are notified', async () => {
  await bring(60)
  const id = await fixture.start()
  const devices = notified()
  expect(devices.length).toBeGreaterThanOrEqual(50)
  for (const device of devices.slice(0, 19)) await fail(device)
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running' })
  await fail(devices[19] ?? '')
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', fired: { finished: 20, bad: 20 } })
})

test('by default, the last of a few devices completes the campaign: there is nothing left that a pause could stop', async () => {
  await bring(3)
  const id = await fixture.start()
  await failAll()
  await fixture.settle()
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'completed', fired: null })
})

test('by default, a continuous campaign is not paused by its first board', async () => {
  await bring(1)
  const id = await fixture.start({ target: { continuous: true } })
  await failAll()
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running' })
})

test('the default rule is the same after a restart', async () => {
  await bring(12)
  const id = await fixture.start({ target: { continuous: true } })
  fixture = await fixture.restart()
  expect(fixture.store.reads.campaign(id)?.abort).toMatchObject([{ minFinished: 5, growing: true }])
})
