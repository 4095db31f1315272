// Continuous campaigns that match a device again: it counts once, and is matched at most three times, whatever is pruned.

import { beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import { openTaskOf } from '../../src/ota/rules/open-task.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

const runs = (connection: Connection, version: string): Promise<void> => fixture.say(connection, 'version.post', { version, module: 'mcu' })

test('a device that is matched again counts by its newest match alone, in the counts, in its phase and in lists', async () => {
  const connection = await fixture.known()
  await fixture.known('other')
  const id = await fixture.start({ target: { continuous: true }, phases: [{ percent: 100 }], abort: [] })
  await runs(connection, '1.1.0')
  await runs(connection, '1.0.0')
  expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 0, notified: 2 })
  expect(fixture.store.reads.tally(id, 0)).toMatchObject({ succeeded: 0, notified: 2 })
  await runs(connection, '1.1.0')
  expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1, notified: 1 })
  const listed = async (allAttempts: boolean): Promise<readonly (readonly [number, boolean])[]> =>
    (await fixture.store.queries.tasks({ device: 'pk/dn', allAttempts, limit: 10 })).items.map(({ id: task, newest }) => [task, newest])
  expect(await listed(false)).toEqual([[3, true]])
  expect(await listed(true)).toEqual([
    [2, false],
    [3, true],
  ])
})

test('a failure no longer counts after a later match has succeeded', async () => {
  const connection = await fixture.known()
  const id = await fixture.start({ target: { continuous: true }, abort: [] })
  await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  // Another version was installed by other means, so the device is matched again.
  await runs(connection, '1.0.5')
  await runs(connection, '1.1.0')
  expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1, failed: 0 })
})

test('the limit of three matches holds across a restart and after old tasks were pruned', async () => {
  fixture = await createOtaFixture({ settings: { keepTaskDays: 10 } })
  let connection = await fixture.known()
  const id = await fixture.start({ target: { continuous: true }, abort: [] })
  const loop = async (): Promise<void> => {
    await runs(connection, '1.1.0')
    await runs(connection, '1.0.0')
  }
  await loop()
  await loop()
  await fixture.pass(11 * 86_400)
  await fixture.pass(3600)
  expect((await fixture.store.queries.tasks({ device: 'pk/dn', allAttempts: true, limit: 10 })).items).toHaveLength(3)
  fixture = await fixture.restart()
  connection = await fixture.join('pk/dn')
  await loop()
  await loop()
  expect(fixture.store.reads.tally(id)).toMatchObject({ timed_out: 0, succeeded: 1, queued: 0, notified: 0 })
  expect((await fixture.store.queries.tasks({ device: 'pk/dn', allAttempts: true, limit: 10 })).items).toHaveLength(3)
})

test('a match is decided again if the task before it changes meanwhile', async () => {
  const connection = await fixture.known()
  const id = await fixture.start({ target: { continuous: true }, timeouts: { upgradeSeconds: 60 } })
  await fixture.say(connection, 'upgrade.post', { step: 5, module: 'mcu' })
  await fixture.pass(61)
  // A late success while the answer is being made.
  const tasks = fixture.store.queries.tasks.bind(fixture.store)
  let between = 0
  Object.assign(fixture.store.queries, {
    async tasks(query: Parameters<typeof tasks>[0]) {
      const page = await tasks(query)
      if (between++ === 0) {
        const [task] = page.items
        if (task !== undefined) await fixture.store.writes.commit([{ put: 'task', value: { ...task, desc: 'by another hand' } }])
      }
      return page
    },
  })
  await runs(connection, '1.0.5')
  expect(between).toBeGreaterThan(1)
  expect(fixture.store.reads.tally(id)).toMatchObject({ timed_out: 0, notified: 1 })
  expect(await fixture.task(1)).toMatchObject({ newest: false, desc: 'by another hand' })
})

test('the newest task of a device with many tasks is found too', async () => {
  const connection = await fixture.known()
  const id = await fixture.start({ target: { continuous: true }, abort: [] })
  const task = await fixture.task()
  await fixture.core.operators.tasks.cancel(1)
  // Many attempts of another campaign.
  for (let from = 2; from <= 1101; from += 100)
    await fixture.store.writes.commit(
      Array.from({ length: 100 }, (_, at) => {
        const value = { ...task, rev: 0, id: from + at, campaign: 99, module: 'other', state: 'failed', newest: false, endedAt: 1 } as const
        return { put: 'task', value } as const
      }),
    )
  await runs(connection, '1.0.5')
  const next = openTaskOf(fixture.store.reads, 'pk/dn', 'mcu')
  expect(next).toMatchObject({ campaign: id, from: '1.0.5' })
  await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  await runs(connection, '1.0.5')
  expect(openTaskOf(fixture.store.reads, 'pk/dn', 'mcu')).toBeUndefined()
  expect((await fixture.why('pk/dn', 'mcu')).at(-1)?.text).toContain(`task ${next?.id} of campaign 1 failed`)
})

const open = (): readonly number[] => [...fixture.store.reads.openTasks()].map(({ campaign }) => campaign)

test('a device that connects during a pause is matched at the resume', async () => {
  const id = await fixture.start({ target: { continuous: true } })
  await fixture.core.operators.campaigns.pause(id)
  await fixture.known('late')
  expect(open()).toEqual([])
  await fixture.core.operators.campaigns.resume(id)
  await fixture.settle()
  expect(open()).toEqual([id])
  expect(fixture.pushes('pk/late')).toBe(1)
})

test('a device whose module another campaign was updating is matched when that task has ended, however it ended', async () => {
  const connection = await fixture.known()
  fixture.firmware = await addFirmware(fixture, '1.2.0')
  const other = await fixture.start({ target: { devices: ['pk/dn'] } })
  expect(open()).toEqual([other])
  const id = await fixture.start({ target: { continuous: true, tags: ['line'] }, firmware: 1 })
  await fixture.core.operators.devices.patch('pk/dn', { tags: ['line'] })
  expect(open()).toEqual([other])
  await fixture.say(connection, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(open()).toEqual([id])
})

test('with reflash, a device that was updated is not updated again by its own report of that', async () => {
  const connection = await fixture.known('dn', '1.1.0')
  const id = await fixture.start({ target: { continuous: true }, reflash: true })
  fixture.core.served({ task: 1, bytes: 1000, complete: true, sure: true, quietMs: 0 })
  await fixture.settle()
  await runs(connection, '1.1.0')
  await runs(connection, '1.1.0')
  expect(fixture.store.reads.tally(id)).toMatchObject({ succeeded: 1, notified: 0 })
  expect((await fixture.why('pk/dn', undefined)).at(-1)?.text).toMatch(/^has been updated once: task 1/)
  expect(fixture.pushes()).toBe(1)
})

test.each([
  ['by the API', (fixture: OtaFixture) => fixture.core.operators.devices.put('pk', 'new', {})],
  ['by a list', (fixture: OtaFixture) => fixture.core.operators.devices.import([{ row: 2, product: 'pk', name: 'new', tags: [] }])],
] as const)('a device that is made known %s, and connects, has its moment to say what it runs', async (_how, add) => {
  await fixture.start({ target: { continuous: true } })
  await add(fixture)
  await fixture.settle()
  const connection = await fixture.join('pk/new')
  await fixture.pass(1)
  expect(fixture.pushes('pk/new')).toBe(0)
  await runs(connection, '1.1.0')
  await fixture.pass(120)
  expect(fixture.pushes('pk/new')).toBe(0)
})

test('so has a sub-device that its gateway only names; if it stays silent it is matched as it is', async () => {
  await fixture.start({ target: { continuous: true } })
  const gateway = await fixture.join('pk/gw')
  await runs(gateway, '1.1.0')
  await fixture.pass(100)
  await fixture.topo(gateway, 'add', ['c'])
  const notifications = (): number => fixture.sent.filter(({ method }) => method === 'sub.firmware.post').length
  await fixture.pass(2)
  expect(notifications()).toBe(0)
  await fixture.pass(1)
  expect(notifications()).toBe(1)
})

test('a device stays on what a later campaign installed, also when the tasks of that campaign were removed long ago', async () => {
  fixture = await createOtaFixture({ settings: { keepTaskDays: 10, noResponseSeconds: 100 * 86_400 } })
  const connection = await fixture.known()
  await fixture.start({ target: { continuous: true }, abort: [] })
  await runs(connection, '1.1.0')
  fixture.firmware = await addFirmware(fixture, '1.0.0')
  const later = await fixture.start({ target: { devices: ['pk/dn'] } })
  await runs(connection, '1.0.0')
  expect(fixture.store.reads.campaign(later)?.status).toBe('completed')
  await fixture.pass(20 * 86_400)
  await fixture.pass(7200)
  expect((await fixture.store.queries.tasks({ campaign: later, allAttempts: true, limit: 10 })).items).toEqual([])
  await runs(connection, '1.0.0')
  expect(openTaskOf(fixture.store.reads, 'pk/dn', 'mcu')).toBeUndefined()
})

test('each silent member of a large family is checked once, however many join one after another', async () => {
  const gateway = await fixture.join('pk/gw')
  const names = Array.from({ length: 50 }, (_, at) => `c${at}`)
  await fixture.topo(gateway, 'add', names)
  await fixture.pass(100)
  await fixture.start({ target: { continuous: true, tags: ['none'] } })
  const device = fixture.store.reads.device
  let asked = 0
  Object.assign(fixture.store.reads, {
    device: (key: string) => {
      if (key === 'pk/c7') asked += 1
      return device(key)
    },
  })
  await fixture.topo(gateway, 'add', ['late0'])
  await fixture.pass(3)
  // It was checked long ago.
  const first = asked
  for (let at = 1; at < 5; at++) {
    await fixture.topo(gateway, 'add', [`late${at}`])
    await fixture.pass(3)
  }
  expect(asked).toBe(first)
})
