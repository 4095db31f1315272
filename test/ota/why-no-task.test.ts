// Why a device has no task of a campaign that it is a target of: each answer, and that the campaign does as it says.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import type { Verdict } from '../../src/ota/ports/operators.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let connection: Connection

beforeEach(async () => {
  fixture = await createOtaFixture()
  connection = await fixture.known()
})

const why = async (campaign: number): Promise<(Verdict & { readonly text: string }) | undefined> =>
  (await fixture.why('pk/dn', undefined)).findLast((verdict) => verdict.campaign === campaign)

const runs = (version: string): Promise<void> => fixture.say(connection, 'version.post', { version, module: 'mcu' })
const fails = (): Promise<void> => fixture.say(connection, 'upgrade.post', { step: -3, module: 'mcu', desc: 'md5' })
const open = (): readonly number[] => [...fixture.store.reads.openTasks()].map(({ campaign }) => campaign)
const when = (): string => new Date(fixture.now()).toISOString()

describe('a campaign that has not begun', () => {
  test('is a draft', async () => {
    const { id } = await fixture.core.operators.campaigns.create({ firmware: fixture.firmware })
    expect(await why(id)).toMatchObject({
      ok: false,
      reason: 'draft',
      text: 'the campaign is a draft: `fogbell campaign start 1` starts it',
    })
  })

  test('starts later', async () => {
    const id = await fixture.start({ schedule: { startAt: Date.parse('2030-01-01T00:00Z') } })
    expect(await why(id)).toMatchObject({ reason: 'scheduled', text: 'the campaign starts at 2030-01-01T00:00:00.000Z' })
  })
})

test('a failed update says what to do, before and instead of what a resume would not help', async () => {
  const id = await fixture.start({ abort: [], target: { devices: ['pk/dn', 'pk/absent'] } })
  await fails()
  await fixture.core.operators.campaigns.pause(id)
  const verdict = await why(id)
  expect(verdict?.text).toMatch(/^task 1 of campaign 1 failed \(verify_error; .*retries it; the campaign is paused$/)
  expect(verdict?.advice).toMatchObject({ code: 'advice_verify' })
})

describe('a snapshot', () => {
  test('chose its targets before the device was known', async () => {
    await fixture.known('other')
    const id = await fixture.start({ target: { exclude: ['pk/new'] } })
    connection = await fixture.known('late')
    const verdicts = await fixture.why('pk/late', undefined)
    const text = `the campaign selected its targets when it started, at ${when()}; the device was not among them`
    expect(verdicts.at(-1)).toMatchObject({ campaign: id, ok: false, reason: 'late', text })
    expect(fixture.pushes('pk/late')).toBe(0)
  })

  test('is done with the device', async () => {
    const id = await fixture.start({ abort: [], target: { devices: ['pk/dn', 'pk/absent'] } })
    await fails()
    expect(await why(id)).toMatchObject({
      reason: 'ended',
      text: `task 1 of campaign 1 failed (verify_error; step -3; "md5") at ${when()}; \`fogbell campaign retry 1 --device pk/dn\` retries it`,
    })
    await runs('1.0.0')
    expect(fixture.pushes()).toBe(1)
  })
})

describe('a continuous campaign that runs', () => {
  test('has matched the device as often as it may', async () => {
    const id = await fixture.start({ target: { continuous: true } })
    for (let i = 0; i < 3; i++) {
      await runs('1.1.0')
      await runs('1.0.0')
    }
    expect(await why(id)).toMatchObject({
      reason: 'ended',
      text: `matched 3 times, the maximum; not matched again automatically: task 3 of campaign 1 succeeded at ${when()}`,
    })
    expect(open()).toEqual([])
  })

  test('does not repeat what failed from this version', async () => {
    const id = await fixture.start({ target: { continuous: true }, abort: [] })
    await fails()
    expect((await why(id))?.text).toContain('; not matched again from that version; `fogbell campaign retry 1 --device pk/dn` retries it')
    await runs('1.0.0')
    expect(open()).toEqual([])
    await runs('1.0.5')
    expect(open()).toEqual([id])
  })

  test('leaves the module to a newer one', async () => {
    const older = await fixture.start({ target: { continuous: true, devices: ['pk/dn'] }, abort: [] })
    fixture.firmware = await addFirmware(fixture, '1.2.0')
    const newer = await fixture.start({ target: { continuous: true }, abort: [] })
    await fails()
    await fails()
    expect(await why(older)).toMatchObject({
      reason: 'newer',
      text: `campaign ${newer}, which is newer and continuous, decides about this module`,
    })
  })

  test('leaves the device on what a later campaign installed', async () => {
    const id = await fixture.start({ target: { continuous: true } })
    await runs('1.1.0')
    fixture.firmware = await addFirmware(fixture, '1.0.0')
    await fixture.start()
    await runs('1.0.0')
    expect(await why(id)).toMatchObject({
      reason: 'newer',
      text: 'a later campaign installed the version that it runs, which is not undone automatically',
    })
    expect(open()).toEqual([])
  })

  test('matches the device when it reports', async () => {
    const id = await fixture.start({ target: { continuous: true } })
    await fixture.core.enrol('pk', 'new', null)
    const text = 'gets its task when it next reports its version, or connects and reports nothing'
    expect((await fixture.why('pk/new', undefined)).at(-1)).toMatchObject({
      campaign: id,
      reason: 'not_reported',
      text,
    })
    await fixture.known('new')
    expect(fixture.pushes('pk/new')).toBe(1)
  })
})

describe('a step that another campaign makes first', () => {
  const chain = async (): Promise<{ step: number; last: number }> => {
    const step = await fixture.start({ target: { continuous: true }, abort: [] })
    fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.1.0'] })
    const last = await fixture.start({ target: { continuous: true } })
    return { step, last }
  }

  test('is under way', async () => {
    const { step, last } = await chain()
    expect(await why(last)).toMatchObject({
      reason: 'busy',
      text: `must first be updated to 1.1.0 by campaign ${step}: task 1 of campaign 1 is notified`,
    })
    await runs('1.1.0')
    expect(open()).toEqual([last])
  })

  test('has failed', async () => {
    const { last } = await chain()
    await fails()
    expect((await why(last))?.text).toMatch(
      /^must first be updated to 1\.1\.0 by campaign 1, which does not continue automatically: task 1 of campaign 1 failed \(verify_error.*`fogbell campaign retry 1 --device pk\/dn` retries it/,
    )
    await runs('1.0.0')
    expect(open()).toEqual([])
  })

  test('is paused', async () => {
    const { step, last } = await chain()
    await fixture.core.operators.tasks.cancel(1)
    await fixture.core.operators.campaigns.pause(step)
    await runs('1.0.5')
    expect((await why(last))?.text).toBe(
      'must first be updated to 1.1.0 by campaign 1, which is paused and has no task for it yet; `fogbell campaign resume 1` continues it',
    )
  })
})

test('a device that was notified is notified again only while its campaign makes offers', async () => {
  const id = await fixture.start()
  await fixture.core.operators.campaigns.pause(id)
  const texts = async (): Promise<readonly string[]> =>
    (await fixture.why('pk/dn', undefined)).filter(({ campaign }) => campaign === id).map(({ ok, text }) => `${ok} ${text}`)
  expect(await texts()).toEqual([
    'false the campaign is paused (operator); `fogbell campaign resume 1` continues it',
    'true notified, offered on this connection',
  ])
  fixture = await fixture.restart()
  connection = await fixture.join('pk/dn')
  await runs('1.0.0')
  expect(fixture.sent).toEqual([])
  expect((await texts())[0]).toBe('false the campaign is paused (operator); `fogbell campaign resume 1` continues it')
  await fixture.core.operators.campaigns.resume(id)
  await fixture.settle()
  expect(await texts()).toEqual(['true notified, offered on this connection'])
  fixture.core.disconnected(connection)
  await fixture.settle()
  connection = await fixture.join('pk/dn')
  expect((await texts()).at(-1)).toBe(
    'true offered before this connection: offered again when it asks or reports, or has reported nothing for 60 s',
  )
  await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu' })
  await fixture.core.operators.campaigns.pause(id)
  expect(await texts()).toEqual(['true in progress at 5 %, offered before this connection'])
  fixture.core.disconnected(connection)
  expect((await texts()).at(-1)).toBe('true in progress at 5 %, offered when it was last connected')
})
