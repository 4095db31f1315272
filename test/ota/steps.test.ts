// Packages that can be applied to certain versions, and steps between versions: what each device is offered, and what happens if no
// package fits.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware, createOtaFixture, digests, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

const runsNow = (version: string, connection: Connection): Promise<void> =>
  fixture.say(connection, 'version.post', { version, module: 'mcu' })
const openTasks = (): readonly string[] => [...fixture.store.reads.openTasks()].map(({ to, state }) => `${to} ${state}`)

test('a target that reaches the version of its step by itself continues', async () => {
  const connection = await fixture.known()
  await fixture.start({ target: { continuous: true }, abort: [] })
  fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.1.0'] })
  const last = await fixture.start()
  await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(fixture.store.reads.waiting(last).size).toBe(1)
  await runsNow('1.1.0', connection)
  expect(openTasks()).toEqual(['2.0.0 notified'])
})

test('a campaign offers a step only to its own targets', async () => {
  await fixture.known('a')
  const connection = await fixture.known('b')
  await fixture.start({ target: { devices: ['pk/a'], continuous: true } })
  fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.1.0'] })
  const plan = await fixture.core.operators.campaigns.dryRun({ firmware: fixture.firmware })
  expect(plan).toMatchObject({ targets: 1, leftCounts: { version_not_eligible: 1 } })
  const last = await fixture.start()
  expect([...fixture.store.reads.waiting(last).keys()]).toEqual(['pk/a'])
  const text = (await fixture.why('pk/b', undefined)).find(({ campaign }) => campaign === last)?.text
  expect(text).toBe('the package requires 1.1.0; the device runs 1.0.0')
  await runsNow('1.1.0', connection)
  expect(openTasks()).toEqual(['1.1.0 notified'])
})

describe('a device that turns out to run a version to which the package cannot be applied', () => {
  test.each(['by the policy', 'by an operator'])('gets no other attempt %s', async (whose) => {
    const connection = await fixture.known()
    fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.0.0'] })
    const retry = whose === 'by the policy' ? { max: 2, delaySeconds: 1 } : {}
    const id = await fixture.start({ retry, abort: [] })
    await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu' })
    await runsNow('1.5.0', connection)
    if (whose === 'by an operator') expect(await fixture.core.operators.campaigns.retry(id)).toBe(0)
    await fixture.pass(120)
    expect(openTasks()).toEqual([])
    expect(await fixture.task()).toMatchObject({ state: 'failed', reason: 'unexpected_version', newest: true })
    expect(fixture.pushes()).toBe(1)
  })

  test('and that was offered it, is offered the one that fits on the same connection', async () => {
    const connection = await fixture.known()
    await addFirmware(fixture, '2.0.0', { from: ['1.0.0'] })
    const { firmware: full } = await fixture.core.operators.firmware.add(
      { product: 'pk', module: 'mcu', version: '2.0.0', description: '', from: [], signMethod: 'MD5' },
      { ...digests('full'), size: 5000 },
    )
    const id = await fixture.start({ firmware: full.id })
    expect(fixture.sent.at(-1)?.params).toMatchObject({ task_id: '1', size: 1000 })
    await runsNow('1.5.0', connection)
    expect(fixture.sent.at(-1)?.params).toMatchObject({ task_id: '1', size: 5000, version: '2.0.0' })
    expect(await fixture.task()).toMatchObject({ state: 'notified', firmware: full.id, from: '1.5.0' })
    expect(fixture.forgotten).toContain(1)
    await runsNow('2.0.0', connection)
    expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1, notified: 0, queued: 0 })
  })
})
