// Continuous campaigns that match a device again: it counts once, at most three times over all, whatever is pruned.

import { beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports.ts'
import { createScene, type Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = await createScene()
})

const runs = (connection: Connection, version: string): Promise<void> =>
  scene.house.say(connection, 'version.post', { version, module: 'mcu' })

test('a device that is matched again counts by its newest match alone, in the counts, in its phase and in lists', async () => {
  const connection = await scene.known()
  await scene.known('other')
  const id = await scene.start({ target: { continuous: true }, phases: [{ percent: 100 }], abort: [] })
  await runs(connection, '1.1.0')
  await runs(connection, '1.0.0')
  expect(scene.house.store.tally(id)).toMatchObject({ succeeded: 0, notified: 2 })
  expect(scene.house.store.tally(id, 0)).toMatchObject({ succeeded: 0, notified: 2 })
  await runs(connection, '1.1.0')
  expect(scene.house.store.tally(id)).toMatchObject({ succeeded: 1, notified: 1 })
  const listed = async (allAttempts: boolean): Promise<readonly (readonly [number, boolean])[]> =>
    (await scene.house.store.tasks({ device: 'pk/dn', allAttempts, limit: 10 })).items.map(({ id: task, newest }) => [task, newest])
  expect(await listed(false)).toEqual([[3, true]])
  expect(await listed(true)).toEqual([
    [2, false],
    [3, true],
  ])
})

test('a failure that a later match makes good counts no longer', async () => {
  const connection = await scene.known()
  const id = await scene.start({ target: { continuous: true }, abort: [] })
  await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  // Another hand has put another version on it: that is news.
  await runs(connection, '1.0.5')
  await runs(connection, '1.1.0')
  expect(scene.house.store.tally(id)).toMatchObject({ succeeded: 1, failed: 0 })
})

test('the bound of three matches holds, over a restart and though old tasks were pruned', async () => {
  await scene.open({ settings: { keepTaskDays: 10 } })
  let connection = await scene.known()
  const id = await scene.start({ target: { continuous: true }, abort: [] })
  const loop = async (): Promise<void> => {
    await runs(connection, '1.1.0')
    await runs(connection, '1.0.0')
  }
  await loop()
  await loop()
  await scene.house.pass(11 * 86_400)
  await scene.house.pass(3600)
  expect((await scene.house.store.tasks({ device: 'pk/dn', allAttempts: true, limit: 10 })).items).toHaveLength(3)
  scene.house = await scene.house.restart()
  connection = await scene.house.join('pk/dn')
  await loop()
  await loop()
  expect(scene.house.store.tally(id)).toMatchObject({ timed_out: 0, succeeded: 1, queued: 0, notified: 0 })
  expect((await scene.house.store.tasks({ device: 'pk/dn', allAttempts: true, limit: 10 })).items).toHaveLength(3)
})

test('a match beside another hand on the task before is decided anew', async () => {
  const connection = await scene.known()
  const id = await scene.start({ target: { continuous: true }, timeouts: { upgradeSeconds: 60 } })
  await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu' })
  await scene.house.pass(61)
  // A late success in the very moment in which the question is answered.
  const { house } = scene
  const tasks = house.store.tasks.bind(house.store)
  let between = 0
  Object.assign(house.store, {
    async tasks(query: Parameters<typeof tasks>[0]) {
      const page = await tasks(query)
      if (between++ === 0) {
        const [task] = page.items
        if (task !== undefined) await house.store.commit([{ put: 'task', value: { ...task, desc: 'by another hand' } }])
      }
      return page
    },
  })
  await runs(connection, '1.0.5')
  expect(between).toBeGreaterThan(1)
  expect(house.store.tally(id)).toMatchObject({ timed_out: 0, notified: 1 })
  expect(await house.task(1)).toMatchObject({ newest: false, desc: 'by another hand' })
})

test('of a device with a long past the newest is known too', async () => {
  const connection = await scene.known()
  const { house } = scene
  const id = await scene.start({ target: { continuous: true }, abort: [] })
  const task = await house.task()
  await house.core.cancelTask(1)
  // As many attempts as were ever made of another campaign.
  for (let from = 2; from <= 1101; from += 100)
    await house.store.commit(
      Array.from({ length: 100 }, (_, at) => {
        const value = { ...task, rev: 0, id: from + at, campaign: 99, module: 'other', state: 'failed', newest: false, endedAt: 1 } as const
        return { put: 'task', value } as const
      }),
    )
  await runs(connection, '1.0.5')
  const next = house.store.openTaskOf('pk/dn', 'mcu')
  expect(next).toMatchObject({ campaign: id, from: '1.0.5' })
  await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  await runs(connection, '1.0.5')
  expect(house.store.openTaskOf('pk/dn', 'mcu')).toBeUndefined()
  expect((await house.core.why('pk/dn', 'mcu')).at(-1)?.text).toContain(`task ${next?.id} of campaign 1 failed`)
})
