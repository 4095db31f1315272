// Targets that wait in line for another campaign: whatever ends their waiting, it is counted, listed and told of.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Task } from '../../src/ota/model.ts'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { addFirmware } from './house.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene
let connection: Connection

beforeEach(async () => {
  scene = await createScene()
})

const tasksOf = async (campaign: number): Promise<readonly Task[]> =>
  (await scene.house.store.queries.tasks({ campaign, allAttempts: true, limit: 10 })).items

/** The first campaign is updating the device, the second one waits for it. */
const busy = async (input: object = {}): Promise<{ first: number; second: number }> => {
  connection = await scene.known()
  const first = await scene.start()
  scene.firmware = await addFirmware(scene.house, '1.2.0')
  const second = await scene.start(input)
  expect(scene.house.store.reads.waiting(second).size).toBe(1)
  await scene.house.pass(100)
  return { first, second }
}

describe('a target that waits for another campaign, when its own', () => {
  test.each([
    ['is canceled', {}, async (id: number) => void (await scene.house.core.operators.campaigns.cancel(id, false)), 'operator'],
    ['expires', { schedule: { endAt: 1_000_000 + 200_000 } }, async () => scene.house.pass(200), 'expired'],
  ])('%s, ends like a queued one', async (_how, input, end, reason) => {
    const { second } = await busy({ ...input, phases: [{ percent: 100 }] })
    const since = scene.house.now() - 100_000
    await end(second)
    await scene.house.settle()
    expect(scene.house.store.reads.waiting(second).size).toBe(0)
    expect(scene.house.store.reads.tally(second)).toMatchObject({ canceled: 1, queued: 0, skipped: 0 })
    expect(scene.house.store.reads.tally(second, 0)).toMatchObject({ canceled: 1 })
    expect(await tasksOf(second)).toMatchObject([
      {
        device: 'pk/dn',
        from: '1.0.0',
        to: '1.2.0',
        state: 'canceled',
        reason,
        history: [
          { at: since, state: 'queued', said: { code: 'note_never_its_turn' } },
          { at: scene.house.now(), state: 'canceled', said: { code: 'note_ended', params: { reason } } },
        ],
      },
    ])
    expect(scene.house.events.some((event) => event.type === 'task' && event.task.campaign === second)).toBe(true)
    // What it waited for goes on.
    expect(await scene.house.task(1)).toMatchObject({ state: 'notified' })
  })
})

test('a target whose tag is gone by its turn is not eligible, and is one again when it has the tag anew', async () => {
  connection = await scene.known()
  await scene.house.core.operators.devices.patch('pk/dn', { tags: ['line'] })
  await scene.start()
  scene.firmware = await addFirmware(scene.house, '1.2.0')
  const second = await scene.start({ target: { tags: ['line'], continuous: true } })
  await scene.house.core.operators.devices.patch('pk/dn', { tags: [] })
  await scene.house.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  expect(await tasksOf(second)).toMatchObject([{ state: 'canceled', reason: 'not_eligible' }])
  await scene.house.core.operators.devices.patch('pk/dn', { tags: ['line'] })
  await scene.house.settle()
  expect((await tasksOf(second)).map(({ state }) => state)).toEqual(['canceled', 'notified'])
  expect(scene.house.store.reads.tally(second)).toMatchObject({ canceled: 0, notified: 1 })
})

test('a target whose step has failed for good is not eligible once nobody offers the step any more', async () => {
  connection = await scene.known()
  const step = await scene.start()
  scene.firmware = await addFirmware(scene.house, '2.0.0', { from: ['1.1.0'] })
  const chain = await scene.start()
  expect(scene.house.store.reads.waiting(chain).size).toBe(1)
  await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(scene.house.store.reads.campaign(step)?.status).toBe('completed')
  expect(await tasksOf(chain)).toMatchObject([{ state: 'canceled', reason: 'not_eligible' }])
  expect(scene.house.store.reads.campaign(chain)).toMatchObject({ status: 'completed' })
})

test('a device that is removed leaves no line behind, also where it waits for a step that nobody is making', async () => {
  connection = await scene.known()
  await scene.start({ target: { continuous: true }, abort: [] })
  await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  scene.firmware = await addFirmware(scene.house, '2.0.0', { from: ['1.1.0'] })
  const chain = await scene.start()
  expect(scene.house.store.reads.waiting(chain).size).toBe(1)
  await scene.house.core.operators.devices.remove('pk/dn')
  await scene.house.settle()
  expect(scene.house.store.reads.waiting(chain).size).toBe(0)
  expect(scene.house.store.reads.tally(chain)).toMatchObject({ canceled: 1 })
  expect(scene.house.store.reads.campaign(chain)?.status).toBe('completed')
})

test('a target that has come to the version by itself counts as skipped, and gets no task', async () => {
  const { second } = await busy()
  await scene.house.say(connection, 'version.post', { version: '1.2.0', module: 'mcu' })
  await scene.house.core.operators.tasks.cancel(1).catch(() => undefined)
  await scene.house.settle()
  expect(await tasksOf(second)).toEqual([])
  expect(scene.house.store.reads.tally(second)).toMatchObject({ skipped: 1, canceled: 0 })
})
