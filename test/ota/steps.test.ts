// Packages that want certain versions, and steps on the way: who is offered what, and what becomes of those that nothing fits.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware, digests } from './house.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

const runsNow = (version: string, connection: Connection): Promise<void> =>
  scene.house.say(connection, 'version.post', { version, module: 'mcu' })
const openTasks = (): readonly string[] => [...scene.house.store.reads.openTasks()].map(({ to, state }) => `${to} ${state}`)

test('a target that comes by itself to where it waited to be taken goes on', async () => {
  const connection = await scene.known()
  await scene.start({ target: { continuous: true }, abort: [] })
  scene.firmware = await addFirmware(scene.house, '2.0.0', { from: ['1.1.0'] })
  const last = await scene.start()
  await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(scene.house.store.reads.waiting(last).size).toBe(1)
  await runsNow('1.1.0', connection)
  expect(openTasks()).toEqual(['2.0.0 notified'])
})

test('a campaign offers a step to those alone whom it is for', async () => {
  await scene.known('a')
  const connection = await scene.known('b')
  await scene.start({ target: { devices: ['pk/a'], continuous: true } })
  scene.firmware = await addFirmware(scene.house, '2.0.0', { from: ['1.1.0'] })
  const plan = await scene.house.core.operators.campaigns.dryRun({ firmware: scene.firmware })
  expect(plan).toMatchObject({ targets: 1, leftCounts: { version_not_eligible: 1 } })
  const last = await scene.start()
  expect([...scene.house.store.reads.waiting(last).keys()]).toEqual(['pk/a'])
  const text = (await scene.house.why('pk/b', undefined)).find(({ campaign }) => campaign === last)?.text
  expect(text).toBe('package wants 1.1.0, device runs 1.0.0')
  await runsNow('1.1.0', connection)
  expect(openTasks()).toEqual(['1.1.0 notified'])
})

describe('a device that turns out to run a version which the package cannot be applied to', () => {
  test.each(['by the policy', 'by an operator'])('gets no further attempt %s', async (whose) => {
    const connection = await scene.known()
    scene.firmware = await addFirmware(scene.house, '2.0.0', { from: ['1.0.0'] })
    const retry = whose === 'by the policy' ? { max: 2, delaySeconds: 1 } : {}
    const id = await scene.start({ retry, abort: [] })
    await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu' })
    await runsNow('1.5.0', connection)
    if (whose === 'by an operator') expect(await scene.house.core.operators.campaigns.retry(id)).toBe(0)
    await scene.house.pass(120)
    expect(openTasks()).toEqual([])
    expect(await scene.house.task()).toMatchObject({ state: 'failed', reason: 'unexpected_version', newest: true })
    expect(scene.pushes()).toBe(1)
  })

  test('and that was told of it, is told of the one that fits, on the same connection', async () => {
    const connection = await scene.known()
    await addFirmware(scene.house, '2.0.0', { from: ['1.0.0'] })
    const { firmware: full } = await scene.house.core.operators.firmware.add(
      { product: 'pk', module: 'mcu', version: '2.0.0', description: '', from: [], signMethod: 'MD5' },
      { ...digests('full'), size: 5000 },
    )
    const id = await scene.start({ firmware: full.id })
    expect(scene.house.sent.at(-1)?.params).toMatchObject({ task_id: '1', size: 1000 })
    await runsNow('1.5.0', connection)
    expect(scene.house.sent.at(-1)?.params).toMatchObject({ task_id: '1', size: 5000, version: '2.0.0' })
    expect(await scene.house.task()).toMatchObject({ state: 'notified', firmware: full.id, from: '1.5.0' })
    expect(scene.house.forgotten).toContain(1)
    await runsNow('2.0.0', connection)
    expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 1, notified: 0, queued: 0 })
  })
})
