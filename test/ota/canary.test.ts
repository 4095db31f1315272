// Canaries that are missing or failed: the next phase does not open without an operator.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture
let canary: Connection

const phases = [{ tag: 'canary', soakSeconds: 600 }]

beforeEach(async () => {
  fixture = await createOtaFixture({ settings: { repushSeconds: 1 } })
  canary = await fixture.known('canary')
  await fixture.core.operators.devices.patch('pk/canary', { tags: ['canary'] })
  for (let at = 0; at < 3; at++) await fixture.known(`d${at}`)
})

const offersToOthers = (): number => fixture.sent.filter(({ to }) => to !== 'pk/canary').length
const runs = (version: string): Promise<void> => fixture.say(canary, 'version.post', { version, module: 'mcu' })

describe('a phase whose only device', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['has its task canceled', () => fixture.core.operators.tasks.cancel(1)],
    ['is removed', () => fixture.core.operators.devices.remove('pk/canary')],
  ])('%s keeps the next phase closed until an operator opens it', async (_how, act) => {
    const id = await fixture.start({ phases })
    expect(fixture.sent.map(({ to }) => to)).toEqual(['pk/canary'])
    await act()
    await fixture.pass(3600)
    expect(offersToOthers()).toBe(0)
    expect(fixture.core.operators.campaigns.gate(fixture.store.reads.campaign(id)!)).toMatchObject({ step: 'operator', size: 0 })
    await fixture.core.operators.campaigns.nextPhase(id)
    await fixture.settle()
    expect(offersToOthers()).toBe(3)
  })

  test('runs a version that the package cannot be applied to keeps the next phase closed', async () => {
    fixture.firmware = await addFirmware(fixture, '1.2.0', { from: ['1.0.0'] })
    await fixture.start({ phases })
    await runs('1.5.0')
    await fixture.pass(3600)
    expect(offersToOthers()).toBe(0)
  })
})

describe('a phase that failed and whose failed devices are retried,', () => {
  test.each([
    ['before the resume', ['retry', 'resume']],
    ['after it', ['resume', 'retry']],
  ] as const)('%s waits for them: those that succeeded before do not speak for them', async (_when, acts) => {
    const connections = [canary]
    for (let at = 3; at < 12; at++) connections.push(await fixture.known(`d${at}`))
    const ids = connections.map(({ device }) => device)
    const target = { devices: [...ids, 'pk/d0', 'pk/d1'] }
    const id = await fixture.start({ abort: [], target, phases: [{ count: 4 }], rate: { maxInProgress: 50 } })
    const first = [...new Set(fixture.sent.map(({ to }) => to))]
    expect(first).toHaveLength(4)
    const at = async (device: string, method: string, params: object): Promise<void> => {
      const connection = await fixture.join(device)
      await fixture.say(connection, method, { ...params, module: 'mcu' })
    }
    for (const device of first.slice(1)) await at(device, 'upgrade.post', { step: -4 })
    await at(first[0] ?? '', 'version.post', { version: '1.1.0' })
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    for (const act of acts) await fixture.core.operators.campaigns[act](id)
    await fixture.settle()
    expect(new Set(fixture.sent.map(({ to }) => to)).size).toBe(4)
    expect(fixture.core.operators.campaigns.gate(fixture.store.reads.campaign(id)!)).toMatchObject({
      finished: 1,
      again: 3,
      succeeded: 25,
      met: false,
    })
    for (const device of first.slice(1)) await at(device, 'version.post', { version: '1.1.0' })
    expect(new Set(fixture.sent.map(({ to }) => to)).size).toBeGreaterThan(4)
  })

  test('and that fail again, pauses again', async () => {
    const id = await fixture.start({ abort: [], phases })
    await fixture.say(canary, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(fixture.store.reads.campaign(id)).toMatchObject({ reason: 'phase_failed' })
    await fixture.core.operators.campaigns.resume(id)
    await fixture.core.operators.campaigns.retry(id)
    await fixture.settle()
    await fixture.say(canary, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    expect(offersToOthers()).toBe(0)
  })
})

describe('a soak', () => {
  test('starts again after a failed phase', async () => {
    const other = await fixture.known('second')
    await fixture.core.operators.devices.patch('pk/second', { tags: ['canary'] })
    const id = await fixture.start({ abort: [], phases })
    await runs('1.1.0')
    await fixture.pass(60)
    await fixture.say(other, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(fixture.store.reads.campaign(id)).toMatchObject({ reason: 'phase_failed' })
    await fixture.pass(3600)
    await fixture.core.operators.campaigns.retry(id)
    await fixture.core.operators.campaigns.resume(id)
    await fixture.settle()
    await fixture.say(other, 'version.post', { version: '1.1.0', module: 'mcu' })
    await fixture.pass(599)
    expect(fixture.pushes('pk/d0')).toBe(0)
    await fixture.pass(1)
    expect(fixture.pushes('pk/d0')).toBe(1)
  })

  test('starts again also if a late success during the pause makes up for the failure', async () => {
    const other = await fixture.known('second')
    await fixture.core.operators.devices.patch('pk/second', { tags: ['canary'] })
    const id = await fixture.start({ abort: [], phases, timeouts: { upgradeSeconds: 60 } })
    await fixture.say(other, 'upgrade.post', { step: 1, module: 'mcu' })
    await runs('1.1.0')
    await fixture.pass(61)
    expect(fixture.store.reads.campaign(id)).toMatchObject({ reason: 'phase_failed' })
    await fixture.pass(3600)
    await fixture.say(other, 'version.post', { version: '1.1.0', module: 'mcu' })
    await fixture.core.operators.campaigns.resume(id)
    await fixture.settle()
    expect(fixture.pushes('pk/d0')).toBe(0)
    await fixture.pass(600)
    expect(fixture.pushes('pk/d0')).toBe(1)
  })

  test('does not run while the server is away', async () => {
    await fixture.start({ phases })
    await runs('1.1.0')
    await fixture.pass(100)
    await fixture.core.stop()
    fixture = await fixture.restart(7200)
    for (const name of ['canary', 'd0', 'd1', 'd2']) await fixture.join(`pk/${name}`)
    // 500 s are left, and a minute for devices to reconnect.
    await fixture.pass(558)
    expect(offersToOthers()).toBe(0)
    await fixture.pass(3)
    expect(offersToOthers()).toBe(3)
  })

  test('does not count a device that another campaign updates to its own version', async () => {
    const id = await fixture.start({ phases })
    await runs('1.1.0')
    fixture.firmware = await addFirmware(fixture, '2.0.0', { from: ['1.1.0'] })
    await fixture.start({ target: { devices: ['pk/canary'] } })
    await runs('2.0.0')
    await fixture.pass(601)
    expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running', phase: { index: 1, against: [] } })
  })
})

test('a device that rolls back, is matched again and fails counts once against its phase', async () => {
  const connections = [canary]
  for (const name of ['d0', 'd1', 'd2']) connections.push(await fixture.join(`pk/${name}`))
  const id = await fixture.start({
    abort: [],
    target: { continuous: true },
    phases: [{ percent: 99, successPercent: 75, minFinished: 4, soakSeconds: 600 }],
  })
  const report = (at: number, version: string) => fixture.say(connections[at]!, 'version.post', { version, module: 'mcu' })
  for (const at of [0, 1, 2, 3]) await report(at, '1.1.0')
  const gate = () => fixture.core.operators.campaigns.gate(fixture.store.reads.campaign(id)!)
  const inPhase = gate()?.size ?? 0
  await report(0, '1.0.0')
  const share = Math.floor(((inPhase - 1) * 100) / inPhase)
  expect(gate()).toMatchObject({ succeeded: share })
  await fixture.say(canary, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(gate()).toMatchObject({ succeeded: share, finished: inPhase })
})

test('the stop of the server is not counted as a disconnect of devices, and nothing is started any more', async () => {
  fixture = await createOtaFixture({ settings: { flapDisconnects: 1 } })
  canary = await fixture.known('canary')
  await fixture.core.operators.devices.patch('pk/canary', { tags: ['canary'] })
  await fixture.known('d0')
  const id = await fixture.start({ phases })
  await runs('1.1.0')
  await fixture.core.stop()
  fixture.core.disconnected(canary)
  await fixture.settle()
  expect(fixture.store.reads.campaign(id)?.phase?.against).toEqual([])
  fixture = await fixture.restart()
  expect(fixture.store.reads.campaign(id)).toMatchObject({ status: 'running', phase: { index: 0, against: [] } })
})

test('a restart is a disconnect: a device that was notified and showed no sign of life has lost its slot', async () => {
  const id = await fixture.start({ rate: { maxInProgress: 1 } })
  const [first] = fixture.sent.map(({ to }) => to)
  fixture = await fixture.restart()
  expect(await fixture.task(1)).toBeDefined()
  for (const name of ['canary', 'd0', 'd1', 'd2'].filter((one) => `pk/${one}` !== first)) await fixture.join(`pk/${name}`)
  expect(fixture.store.reads.tally(id)).toMatchObject({ notified: 2 })
  expect([...fixture.store.reads.openTasks()].filter(({ slot }) => slot)).toHaveLength(1)
})

test('a campaign that has reached its end refuses retries', async () => {
  const id = await fixture.start({ schedule: { endAt: fixture.now() + 600_000 }, target: { devices: ['pk/canary'] }, abort: [] })
  await fixture.say(canary, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(fixture.store.reads.campaign(id)?.status).toBe('completed')
  await fixture.pass(700)
  await expect(fixture.core.operators.campaigns.retry(id)).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_STATE' })
  expect(fixture.store.reads.campaign(id)?.status).toBe('completed')
})

test('`next` for a phase that is not the next one opens nothing', async () => {
  const id = await fixture.start({
    phases: [
      { tag: 'canary', onward: 'wait' },
      { count: 2, onward: 'wait' },
    ],
    abort: [],
  })
  await fixture.core.operators.campaigns.nextPhase(id, 1)
  await expect(fixture.core.operators.campaigns.nextPhase(id, 1)).rejects.toMatchObject({
    code: 'OTA_CAMPAIGN_STATE',
    message: expect.stringContaining('is in phase 2'),
  })
  expect(fixture.store.reads.campaign(id)?.phase?.index).toBe(1)
})

test('a device that counted against its phase, is matched again and is then removed no longer counts', async () => {
  const connections = [canary]
  for (const name of ['d0', 'd1', 'd2']) connections.push(await fixture.join(`pk/${name}`))
  const phase = [{ percent: 99, successPercent: 75, minFinished: 1, soakSeconds: 600 }]
  const id = await fixture.start({ abort: [], target: { continuous: true }, phases: phase })
  for (const one of connections) await fixture.say(one, 'version.post', { version: '1.1.0', module: 'mcu' })
  await runs('1.0.0')
  expect(fixture.store.reads.campaign(id)?.phase?.against).toEqual(['pk/canary'])
  await fixture.core.operators.devices.remove('pk/canary')
  expect(fixture.store.reads.campaign(id)?.phase?.against).toEqual([])
  expect(fixture.core.operators.campaigns.gate(fixture.store.reads.campaign(id)!)).toMatchObject({ succeeded: 100 })
})
