// Canaries that are not there, or not well: nothing goes past them by itself.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware } from './house.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene
let canary: Connection

const phases = [{ tag: 'canary', soakSeconds: 600 }]

beforeEach(async () => {
  scene = await createScene({ settings: { repushSeconds: 1 } })
  canary = await scene.known('canary')
  await scene.house.core.operators.devices.patch('pk/canary', { tags: ['canary'] })
  for (let at = 0; at < 3; at++) await scene.known(`d${at}`)
})

const toldBeside = (): number => scene.house.sent.filter(({ to }) => to !== 'pk/canary').length
const runs = (version: string): Promise<void> => scene.house.say(canary, 'version.post', { version, module: 'mcu' })

describe('a phase whose only device', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['has its task canceled', () => scene.house.core.operators.tasks.cancel(1)],
    ['is removed', () => scene.house.core.operators.devices.remove('pk/canary')],
  ])('%s lets nobody through, until an operator says so', async (_how, act) => {
    const id = await scene.start({ phases })
    expect(scene.house.sent.map(({ to }) => to)).toEqual(['pk/canary'])
    await act()
    await scene.house.pass(3600)
    expect(toldBeside()).toBe(0)
    expect(scene.house.core.operators.campaigns.gate(scene.house.store.reads.campaign(id)!)).toMatchObject({ step: 'operator', size: 0 })
    await scene.house.core.operators.campaigns.nextPhase(id)
    await scene.house.settle()
    expect(toldBeside()).toBe(3)
  })

  test('takes a package that it cannot be applied to lets nobody through', async () => {
    scene.firmware = await addFirmware(scene.house, '1.2.0', { from: ['1.0.0'] })
    await scene.start({ phases })
    await runs('1.5.0')
    await scene.house.pass(3600)
    expect(toldBeside()).toBe(0)
  })
})

describe('a phase that failed, and whose failed devices are tried again,', () => {
  test.each([
    ['before the resume', ['retry', 'resume']],
    ['after it', ['resume', 'retry']],
  ] as const)('%s waits for them: those that succeeded before do not speak for them', async (_when, acts) => {
    const connections = [canary]
    for (let at = 3; at < 12; at++) connections.push(await scene.known(`d${at}`))
    const ids = connections.map(({ device }) => device)
    const target = { devices: [...ids, 'pk/d0', 'pk/d1'] }
    const id = await scene.start({ abort: [], target, phases: [{ count: 4 }], rate: { maxInProgress: 50 } })
    const first = [...new Set(scene.house.sent.map(({ to }) => to))]
    expect(first).toHaveLength(4)
    const at = async (device: string, method: string, params: object): Promise<void> => {
      const connection = await scene.house.join(device)
      await scene.house.say(connection, method, { ...params, module: 'mcu' })
    }
    for (const device of first.slice(1)) await at(device, 'upgrade.post', { step: -4 })
    await at(first[0] ?? '', 'version.post', { version: '1.1.0' })
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    for (const act of acts) await scene.house.core.operators.campaigns[act](id)
    await scene.house.settle()
    expect(new Set(scene.house.sent.map(({ to }) => to)).size).toBe(4)
    expect(scene.house.core.operators.campaigns.gate(scene.house.store.reads.campaign(id)!)).toMatchObject({
      finished: 1,
      again: 3,
      succeeded: 25,
      met: false,
    })
    for (const device of first.slice(1)) await at(device, 'version.post', { version: '1.1.0' })
    expect(new Set(scene.house.sent.map(({ to }) => to)).size).toBeGreaterThan(4)
  })

  test('and that fail again, pauses again', async () => {
    const id = await scene.start({ abort: [], phases })
    await scene.house.say(canary, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ reason: 'phase_failed' })
    await scene.house.core.operators.campaigns.resume(id)
    await scene.house.core.operators.campaigns.retry(id)
    await scene.house.settle()
    await scene.house.say(canary, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'paused', reason: 'phase_failed' })
    expect(toldBeside()).toBe(0)
  })
})

describe('a soak', () => {
  test('begins anew after a failed phase', async () => {
    const other = await scene.known('second')
    await scene.house.core.operators.devices.patch('pk/second', { tags: ['canary'] })
    const id = await scene.start({ abort: [], phases })
    await runs('1.1.0')
    await scene.house.pass(60)
    await scene.house.say(other, 'upgrade.post', { step: -1, module: 'mcu' })
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ reason: 'phase_failed' })
    await scene.house.pass(3600)
    await scene.house.core.operators.campaigns.retry(id)
    await scene.house.core.operators.campaigns.resume(id)
    await scene.house.settle()
    await scene.house.say(other, 'version.post', { version: '1.1.0', module: 'mcu' })
    await scene.house.pass(599)
    expect(scene.pushes('pk/d0')).toBe(0)
    await scene.house.pass(1)
    expect(scene.pushes('pk/d0')).toBe(1)
  })

  test('begins anew also where a late success makes a failed phase good during the pause', async () => {
    const other = await scene.known('second')
    await scene.house.core.operators.devices.patch('pk/second', { tags: ['canary'] })
    const id = await scene.start({ abort: [], phases, timeouts: { upgradeSeconds: 60 } })
    await scene.house.say(other, 'upgrade.post', { step: 1, module: 'mcu' })
    await runs('1.1.0')
    await scene.house.pass(61)
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ reason: 'phase_failed' })
    await scene.house.pass(3600)
    await scene.house.say(other, 'version.post', { version: '1.1.0', module: 'mcu' })
    await scene.house.core.operators.campaigns.resume(id)
    await scene.house.settle()
    expect(scene.pushes('pk/d0')).toBe(0)
    await scene.house.pass(600)
    expect(scene.pushes('pk/d0')).toBe(1)
  })

  test('does not run while the server is away', async () => {
    await scene.start({ phases })
    await runs('1.1.0')
    await scene.house.pass(100)
    await scene.house.core.stop()
    scene.house = await scene.house.restart(7200)
    for (const name of ['canary', 'd0', 'd1', 'd2']) await scene.house.join(`pk/${name}`)
    // 500 s are left, and a minute for devices to come back.
    await scene.house.pass(558)
    expect(toldBeside()).toBe(0)
    await scene.house.pass(3)
    expect(toldBeside()).toBe(3)
  })

  test('is not spoken against by a device that another campaign takes on to its own version', async () => {
    const id = await scene.start({ phases })
    await runs('1.1.0')
    scene.firmware = await addFirmware(scene.house, '2.0.0', { from: ['1.1.0'] })
    await scene.start({ target: { devices: ['pk/canary'] } })
    await runs('2.0.0')
    await scene.house.pass(601)
    expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'running', phase: { index: 1, against: [] } })
  })
})

test('a device that falls back, is matched again and fails counts once against its phase', async () => {
  const connections = [canary]
  for (const name of ['d0', 'd1', 'd2']) connections.push(await scene.house.join(`pk/${name}`))
  const id = await scene.start({
    abort: [],
    target: { continuous: true },
    phases: [{ percent: 99, successPercent: 75, minFinished: 4, soakSeconds: 600 }],
  })
  const report = (at: number, version: string) => scene.house.say(connections[at]!, 'version.post', { version, module: 'mcu' })
  for (const at of [0, 1, 2, 3]) await report(at, '1.1.0')
  const gate = () => scene.house.core.operators.campaigns.gate(scene.house.store.reads.campaign(id)!)
  const inPhase = gate()?.size ?? 0
  await report(0, '1.0.0')
  const share = Math.floor(((inPhase - 1) * 100) / inPhase)
  expect(gate()).toMatchObject({ succeeded: share })
  await scene.house.say(canary, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(gate()).toMatchObject({ succeeded: share, finished: inPhase })
})

test('a server that stops is no disconnect of devices, and does nothing more', async () => {
  await scene.open({ settings: { flapDisconnects: 1 } })
  canary = await scene.known('canary')
  await scene.house.core.operators.devices.patch('pk/canary', { tags: ['canary'] })
  await scene.known('d0')
  const id = await scene.start({ phases })
  await runs('1.1.0')
  await scene.house.core.stop()
  scene.house.core.disconnected(canary)
  await scene.house.settle()
  expect(scene.house.store.reads.campaign(id)?.phase?.against).toEqual([])
  scene.house = await scene.house.restart()
  expect(scene.house.store.reads.campaign(id)).toMatchObject({ status: 'running', phase: { index: 0, against: [] } })
})

test('a restart is a disconnect: who was told and showed no sign has its slot no more', async () => {
  const id = await scene.start({ rate: { maxInProgress: 1 } })
  const [first] = scene.house.sent.map(({ to }) => to)
  scene.house = await scene.house.restart()
  expect(await scene.house.task(1)).toBeDefined()
  for (const name of ['canary', 'd0', 'd1', 'd2'].filter((one) => `pk/${one}` !== first)) await scene.house.join(`pk/${name}`)
  expect(scene.house.store.reads.tally(id)).toMatchObject({ notified: 2 })
  expect([...scene.house.store.reads.openTasks()].filter(({ slot }) => slot)).toHaveLength(1)
})

test('a campaign whose end has come takes no retry', async () => {
  const id = await scene.start({ schedule: { endAt: scene.house.now() + 600_000 }, target: { devices: ['pk/canary'] }, abort: [] })
  await scene.house.say(canary, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(scene.house.store.reads.campaign(id)?.status).toBe('completed')
  await scene.house.pass(700)
  await expect(scene.house.core.operators.campaigns.retry(id)).rejects.toMatchObject({ code: 'OTA_CAMPAIGN_STATE' })
  expect(scene.house.store.reads.campaign(id)?.status).toBe('completed')
})

test('`next` for a phase that is not the next one opens none', async () => {
  const id = await scene.start({
    phases: [
      { tag: 'canary', onward: 'wait' },
      { count: 2, onward: 'wait' },
    ],
    abort: [],
  })
  await scene.house.core.operators.campaigns.nextPhase(id, 1)
  await expect(scene.house.core.operators.campaigns.nextPhase(id, 1)).rejects.toMatchObject({
    code: 'OTA_CAMPAIGN_STATE',
    message: expect.stringContaining('is in phase 2'),
  })
  expect(scene.house.store.reads.campaign(id)?.phase?.index).toBe(1)
})

test('a device that counted against its phase, is matched again and removed, counts no more', async () => {
  const connections = [canary]
  for (const name of ['d0', 'd1', 'd2']) connections.push(await scene.house.join(`pk/${name}`))
  const phase = [{ percent: 99, successPercent: 75, minFinished: 1, soakSeconds: 600 }]
  const id = await scene.start({ abort: [], target: { continuous: true }, phases: phase })
  for (const one of connections) await scene.house.say(one, 'version.post', { version: '1.1.0', module: 'mcu' })
  await runs('1.0.0')
  expect(scene.house.store.reads.campaign(id)?.phase?.against).toEqual(['pk/canary'])
  await scene.house.core.operators.devices.remove('pk/canary')
  expect(scene.house.store.reads.campaign(id)?.phase?.against).toEqual([])
  expect(scene.house.core.operators.campaigns.gate(scene.house.store.reads.campaign(id)!)).toMatchObject({ succeeded: 100 })
})
