// Continuous campaigns that match a device again: it counts once, at most three times over all, whatever is pruned.

import { beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { openTaskOf } from '../../src/ota/rules/open-task.ts'
import { addFirmware, type House } from './house.ts'
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
  expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 0, notified: 2 })
  expect(scene.house.store.reads.tally(id, 0)).toMatchObject({ succeeded: 0, notified: 2 })
  await runs(connection, '1.1.0')
  expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 1, notified: 1 })
  const listed = async (allAttempts: boolean): Promise<readonly (readonly [number, boolean])[]> =>
    (await scene.house.store.queries.tasks({ device: 'pk/dn', allAttempts, limit: 10 })).items.map(({ id: task, newest }) => [task, newest])
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
  expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 1, failed: 0 })
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
  expect((await scene.house.store.queries.tasks({ device: 'pk/dn', allAttempts: true, limit: 10 })).items).toHaveLength(3)
  scene.house = await scene.house.restart()
  connection = await scene.house.join('pk/dn')
  await loop()
  await loop()
  expect(scene.house.store.reads.tally(id)).toMatchObject({ timed_out: 0, succeeded: 1, queued: 0, notified: 0 })
  expect((await scene.house.store.queries.tasks({ device: 'pk/dn', allAttempts: true, limit: 10 })).items).toHaveLength(3)
})

test('a match beside another hand on the task before is decided anew', async () => {
  const connection = await scene.known()
  const id = await scene.start({ target: { continuous: true }, timeouts: { upgradeSeconds: 60 } })
  await scene.house.say(connection, 'upgrade.post', { step: 5, module: 'mcu' })
  await scene.house.pass(61)
  // A late success in the very moment in which the question is answered.
  const { house } = scene
  const tasks = house.store.queries.tasks.bind(house.store)
  let between = 0
  Object.assign(house.store.queries, {
    async tasks(query: Parameters<typeof tasks>[0]) {
      const page = await tasks(query)
      if (between++ === 0) {
        const [task] = page.items
        if (task !== undefined) await house.store.writes.commit([{ put: 'task', value: { ...task, desc: 'by another hand' } }])
      }
      return page
    },
  })
  await runs(connection, '1.0.5')
  expect(between).toBeGreaterThan(1)
  expect(house.store.reads.tally(id)).toMatchObject({ timed_out: 0, notified: 1 })
  expect(await house.task(1)).toMatchObject({ newest: false, desc: 'by another hand' })
})

test('of a device with a long past the newest is known too', async () => {
  const connection = await scene.known()
  const { house } = scene
  const id = await scene.start({ target: { continuous: true }, abort: [] })
  const task = await house.task()
  await house.core.operators.tasks.cancel(1)
  // As many attempts as were ever made of another campaign.
  for (let from = 2; from <= 1101; from += 100)
    await house.store.writes.commit(
      Array.from({ length: 100 }, (_, at) => {
        const value = { ...task, rev: 0, id: from + at, campaign: 99, module: 'other', state: 'failed', newest: false, endedAt: 1 } as const
        return { put: 'task', value } as const
      }),
    )
  await runs(connection, '1.0.5')
  const next = openTaskOf(house.store.reads, 'pk/dn', 'mcu')
  expect(next).toMatchObject({ campaign: id, from: '1.0.5' })
  await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  await runs(connection, '1.0.5')
  expect(openTaskOf(house.store.reads, 'pk/dn', 'mcu')).toBeUndefined()
  expect((await house.why('pk/dn', 'mcu')).at(-1)?.text).toContain(`task ${next?.id} of campaign 1 failed`)
})

const open = (): readonly number[] => [...scene.house.store.reads.openTasks()].map(({ campaign }) => campaign)

test('who comes during a pause is taken in by the resume', async () => {
  const id = await scene.start({ target: { continuous: true } })
  await scene.house.core.operators.campaigns.pause(id)
  await scene.known('late')
  expect(open()).toEqual([])
  await scene.house.core.operators.campaigns.resume(id)
  await scene.house.settle()
  expect(open()).toEqual([id])
  expect(scene.pushes('pk/late')).toBe(1)
})

test('whose module another campaign had is taken in when that has ended, however it ended', async () => {
  const connection = await scene.known()
  scene.firmware = await addFirmware(scene.house, '1.2.0')
  const other = await scene.start({ target: { devices: ['pk/dn'] } })
  expect(open()).toEqual([other])
  const id = await scene.start({ target: { continuous: true, tags: ['line'] }, firmware: 1 })
  await scene.house.core.operators.devices.patch('pk/dn', { tags: ['line'] })
  expect(open()).toEqual([other])
  await scene.house.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(open()).toEqual([id])
})

test('with reflash, a device that was updated is not updated again for saying so', async () => {
  const connection = await scene.known('dn', '1.1.0')
  const id = await scene.start({ target: { continuous: true }, reflash: true })
  scene.house.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 0 })
  await scene.house.settle()
  await runs(connection, '1.1.0')
  await runs(connection, '1.1.0')
  expect(scene.house.store.reads.tally(id)).toMatchObject({ succeeded: 1, notified: 0 })
  expect((await scene.house.why('pk/dn', undefined)).at(-1)?.text).toMatch(/^has been updated once: task 1/)
  expect(scene.pushes()).toBe(1)
})

test.each([
  ['by the API', (house: House) => house.core.operators.devices.put('pk', 'new', {})],
  ['by a list', (house: House) => house.core.operators.devices.import([{ line: 2, product: 'pk', name: 'new', tags: [] }])],
] as const)('a device that is made known %s, and connects, has its moment to say what it runs', async (_how, add) => {
  await scene.start({ target: { continuous: true } })
  await add(scene.house)
  await scene.house.settle()
  const connection = await scene.house.join('pk/new')
  await scene.house.pass(1)
  expect(scene.pushes('pk/new')).toBe(0)
  await runs(connection, '1.1.0')
  await scene.house.pass(120)
  expect(scene.pushes('pk/new')).toBe(0)
})

test('so has a sub-device that its gateway only names; one that stays silent is taken as it is', async () => {
  await scene.start({ target: { continuous: true } })
  const gateway = await scene.house.join('pk/gw')
  await runs(gateway, '1.1.0')
  await scene.house.pass(100)
  await scene.house.topo(gateway, 'add', ['c'])
  const told = (): number => scene.house.sent.filter(({ method }) => method === 'sub.firmware.post').length
  await scene.house.pass(2)
  expect(told()).toBe(0)
  await scene.house.pass(1)
  expect(told()).toBe(1)
})

test('where a later campaign has put a device it stays, also when the tasks of that are long gone', async () => {
  await scene.open({ settings: { keepTaskDays: 10, noResponseSeconds: 100 * 86_400 } })
  const connection = await scene.known()
  await scene.start({ target: { continuous: true }, abort: [] })
  await runs(connection, '1.1.0')
  scene.firmware = await addFirmware(scene.house, '1.0.0')
  const later = await scene.start({ target: { devices: ['pk/dn'] } })
  await runs(connection, '1.0.0')
  expect(scene.house.store.reads.campaign(later)?.status).toBe('completed')
  await scene.house.pass(20 * 86_400)
  await scene.house.pass(7200)
  expect((await scene.house.store.queries.tasks({ campaign: later, allAttempts: true, limit: 10 })).items).toEqual([])
  await runs(connection, '1.0.0')
  expect(openTaskOf(scene.house.store.reads, 'pk/dn', 'mcu')).toBeUndefined()
})

test('of a large family each is asked about once for its silence, however many come one after another', async () => {
  const gateway = await scene.house.join('pk/gw')
  const names = Array.from({ length: 50 }, (_, at) => `c${at}`)
  await scene.house.topo(gateway, 'add', names)
  await scene.house.pass(100)
  await scene.start({ target: { continuous: true, tags: ['none'] } })
  const { house } = scene
  const device = house.store.reads.device
  let asked = 0
  Object.assign(house.store.reads, {
    device: (key: string) => {
      if (key === 'pk/c7') asked += 1
      return device(key)
    },
  })
  await scene.house.topo(gateway, 'add', ['late0'])
  await scene.house.pass(3)
  // It had been asked about long ago.
  const first = asked
  for (let at = 1; at < 5; at++) {
    await scene.house.topo(gateway, 'add', [`late${at}`])
    await scene.house.pass(3)
  }
  expect(asked).toBe(first)
})
