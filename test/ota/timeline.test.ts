// The record of a device: what happened to it, in one list, on disk with the commits that happen anyway.

import { expect, test } from 'vitest'
import type { TimelineRow } from '../../src/ota/model.ts'
import { createMemory } from '../../src/store/memory.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

const timeline = (fixture: OtaFixture, device = 'pk/d1'): Promise<readonly TimelineRow[]> => fixture.core.operators.devices.timeline(device)
const stored = (fixture: OtaFixture, device = 'pk/d1'): Promise<readonly TimelineRow[]> => fixture.store.queries.timeline(device)
const words = (rows: readonly TimelineRow[]): string[] =>
  rows.map(({ what, reason, state, said, version }) => {
    const code = said === undefined || typeof said === 'string' ? said : said.code
    return [what, reason, state, code, version].filter((word) => word !== undefined).join(' ')
  })

/** A store that can be made full, and empty again. */
const fillable = () => {
  let isFull = false
  const disk = createMemory({
    gate: async () => {
      if (isFull) throw new Error('no space left')
    },
  })
  const full = (now: boolean): void => {
    isFull = now
  }
  return { disk, full }
}

const served = async (fixture: OtaFixture, bytes: number): Promise<void> => {
  fixture.core.served({ task: 1, bytes, complete: bytes > 0, sure: true, quietMs: 0 })
  await fixture.settle()
}

test('an update from the first connection to the failure, its retry and its success, in order', async () => {
  const fixture = await createOtaFixture()
  const connection = await fixture.known('d1')
  const campaign = await fixture.start()
  await served(fixture, 3)
  await fixture.say(connection, 'upgrade.post', { step: -3, module: 'mcu', task_id: '1', desc: 'md5 differs' })
  await fixture.core.operators.campaigns.retry(campaign)
  await fixture.settle()
  await fixture.say(connection, 'upgrade.post', { step: 100, module: 'mcu', task_id: '2' })
  fixture.core.noteConnection('pk/d1', 'disconnected', 'connection_lost')
  fixture.core.disconnected(connection)
  await fixture.pass(60)
  const again = fixture.connect('pk/d1')
  await fixture.subscribe(again)
  await fixture.say(again, 'version.post', { version: '1.1.0', module: 'mcu' })
  const rows = await timeline(fixture)
  expect(words(rows).filter((word) => word.startsWith('task'))).toEqual([
    'task notified note_offered',
    'task in_progress note_first_byte',
    'task failed note_ended',
    'task queued note_retry',
    'task notified note_offered',
    'task in_progress note_step',
    'task succeeded note_ended',
  ])
  expect(words(rows).filter((word) => !word.startsWith('task'))).toEqual([
    'connected',
    'version 1.0.0',
    'disconnected connection_lost',
    'connected',
    'version 1.1.0',
  ])
  expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).toSorted((a, b) => a - b))
  expect(rows.find(({ state }) => state === 'failed')).toMatchObject({ task: 1, campaign, attempt: 1, module: 'mcu' })
  expect(JSON.stringify(rows.find(({ state }) => state === 'failed')?.said)).toContain('md5 differs')
  expect(rows.at(-1)?.at).toBeGreaterThan(rows[0]?.at ?? 0)
})

test('it is on disk, and the same after a restart', async () => {
  const fixture = await createOtaFixture()
  await fixture.known('d1')
  await fixture.start()
  const before = await timeline(fixture)
  expect(before.length).toBeGreaterThan(2)
  expect(await stored(fixture)).toEqual(before)
  expect((await timeline(await fixture.restart(60))).slice(0, before.length)).toEqual(before)
})

test('what no commit has taken along is shown at once, stored after some seconds, and at a stop', async () => {
  const fixture = await createOtaFixture()
  await fixture.core.enrol('pk', 'd1', null)
  fixture.connect('pk/d1')
  expect(words(await timeline(fixture))).toEqual(['connected'])
  expect(await stored(fixture)).toEqual([])
  await fixture.pass(6)
  expect(words(await stored(fixture))).toEqual(['connected'])
  fixture.core.noteConnection('pk/d1', 'disconnected', 'server_stop')
  await fixture.core.stop()
  expect(words(await stored(fixture))).toEqual(['connected', 'disconnected server_stop'])
  expect(words(await timeline(fixture))).toEqual(['connected', 'disconnected server_stop'])
})

test('a connection makes no commit of its own', async () => {
  let commits = 0
  const disk = createMemory({
    gate: async () => {
      commits += 1
    },
  })
  const fixture = await createOtaFixture({ disk })
  for (const name of ['d1', 'd2', 'd3']) await fixture.core.enrol('pk', name, null)
  const before = commits
  for (const name of ['d1', 'd2', 'd3']) fixture.connect(`pk/${name}`)
  await fixture.settle()
  expect(commits).toBe(before)
  await fixture.pass(6)
  expect(commits).toBe(before + 1)
  for (const name of ['d1', 'd2', 'd3']) expect(words(await stored(fixture, `pk/${name}`))).toEqual(['connected'])
})

test('after thousands of connections no commit takes all of their rows along: they are stored some at a time, and all at a stop', async () => {
  const writes: number[] = []
  const fixture = await createOtaFixture({ disk: createMemory({ gate: async (ops) => void writes.push(ops.length) }) })
  const names = Array.from({ length: 300 }, (_each, at) => `d${at}`)
  for (const name of names) await fixture.core.enrol('pk', name, null)
  const connections = names.map((name) => fixture.connect(`pk/${name}`))
  await fixture.settle()
  writes.length = 0
  await fixture.core.enrol('pk', 'another', null)
  const [took] = writes
  expect(took).toBeGreaterThan(30)
  expect(took).toBeLessThan(200)
  expect(words(await stored(fixture, 'pk/d0'))).toEqual(['connected'])
  expect(words(await stored(fixture, 'pk/d299'))).toEqual([])
  await fixture.pass(6)
  expect(Math.max(...writes)).toBeLessThan(200)
  for (const name of names) expect(words(await stored(fixture, `pk/${name}`))).toEqual(['connected'])
  for (const connection of connections) fixture.core.noteConnection(connection.device, 'disconnected', 'server_stop')
  await fixture.core.stop()
  for (const name of names) expect(words(await stored(fixture, `pk/${name}`))).toEqual(['connected', 'disconnected server_stop'])
})

test('rows whose commits failed together keep their order, and the oldest are the next that are stored', async () => {
  const { disk, full } = fillable()
  const fixture = await createOtaFixture({ disk })
  await fixture.core.enrol('pk', 'd1', null)
  for (let at = 0; at < 600; at += 1) fixture.core.noteConnection('pk/d1', 'disconnected', `r${at}`)
  const inOrder = Array.from({ length: 600 }, (_each, at) => `disconnected r${at}`)
  full(true)
  const others = ['a', 'b', 'c', 'd'].map((name) => fixture.core.enrol('pk', name, null))
  expect((await Promise.allSettled(others)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected'])
  expect(words(await timeline(fixture))).toEqual(inOrder)
  await fixture.pass(6)
  full(false)
  await fixture.core.enrol('pk', 'e', null)
  const first = words(await stored(fixture))
  expect(first.length).toBeGreaterThan(30)
  expect(first).toEqual(inOrder.slice(0, first.length))
  await fixture.pass(60)
  expect(words(await stored(fixture))).toEqual(inOrder)
})

test('a removal that cannot be stored keeps the rows of the device', async () => {
  const { disk, full } = fillable()
  const fixture = await createOtaFixture({ disk })
  await fixture.core.enrol('pk', 'd1', null)
  fixture.connect('pk/d1')
  full(true)
  await expect(fixture.core.operators.devices.remove('pk/d1')).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  expect(words(await timeline(fixture))).toEqual(['connected'])
  full(false)
  await fixture.core.operators.devices.remove('pk/d1')
  await fixture.pass(60)
  await fixture.core.enrol('pk', 'd1', null)
  expect(words(await timeline(fixture))).toEqual([])
})

test('on a slow disk a tick stores some of them only, so that what else is due does not wait for all', async () => {
  let writes = 0
  const disk = createMemory({
    gate: async () => {
      writes += 1
    },
  })
  const fixture = await createOtaFixture({ disk })
  const names = Array.from({ length: 1500 }, (_each, at) => `d${at}`)
  for (const name of names) await fixture.core.enrol('pk', name, null)
  for (const name of names) fixture.connect(`pk/${name}`)
  fixture.elapse(6)
  writes = 0
  await fixture.core.tick()
  expect(writes).toBeGreaterThan(1)
  expect(writes).toBeLessThan(6)
  expect(words(await stored(fixture, 'pk/d1499'))).toEqual([])
  for (let tick = 0; tick < 3; tick += 1) await fixture.core.tick()
  expect(words(await stored(fixture, 'pk/d1499'))).toEqual(['connected'])
})

test('no row of a device comes to disk after it was removed', async () => {
  const fixture = await createOtaFixture()
  const names = Array.from({ length: 200 }, (_each, at) => `d${at}`)
  for (const name of names) await fixture.core.enrol('pk', name, null)
  for (const name of names) fixture.connect(`pk/${name}`)
  await fixture.core.operators.devices.remove('pk/d199')
  await fixture.pass(6)
  await fixture.core.enrol('pk', 'd199', null)
  expect(words(await timeline(fixture, 'pk/d199'))).toEqual([])
  expect(words(await stored(fixture, 'pk/d198'))).toEqual(['connected'])
})

test('rows whose commit failed wait for the next one, and nothing is lost or doubled', async () => {
  const { disk, full } = fillable()
  const fixture = await createOtaFixture({ disk })
  await fixture.core.enrol('pk', 'd1', null)
  await fixture.core.enrol('pk', 'd2', null)
  fixture.connect('pk/d1')
  full(true)
  await expect(fixture.core.enrol('pk', 'd3', null)).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  expect(words(await timeline(fixture))).toEqual(['connected'])
  full(false)
  await fixture.pass(6)
  expect(words(await stored(fixture))).toEqual(['connected'])
  expect(words(await timeline(fixture))).toEqual(['connected'])
})

test('a full disk is not tried with each tick, and does not keep the tick from its other work', async () => {
  let tried = 0
  let fails = false
  const disk = createMemory({
    gate: async () => {
      tried += 1
      if (fails) throw new Error('no space left')
    },
  })
  const fixture = await createOtaFixture({ disk })
  await fixture.core.enrol('pk', 'd1', null)
  fixture.connect('pk/d1')
  fails = true
  tried = 0
  for (let tick = 0; tick < 40; tick++) await fixture.pass(1)
  expect(tried).toBe(2)
  expect(words(await timeline(fixture))).toEqual(['connected'])
  fails = false
  await fixture.pass(31)
  expect(words(await stored(fixture))).toEqual(['connected'])
})

test('the same refusal again and again is a row once a minute, another reason at once, and an unknown name none', async () => {
  const fixture = await createOtaFixture()
  await fixture.core.enrol('pk', 'd1', null)
  for (let tries = 0; tries < 500; tries++) fixture.core.noteConnection('pk/d1', 'refused', 'bad_password')
  fixture.core.noteConnection('pk/d1', 'refused', 'no_password')
  fixture.core.noteConnection('pk/never', 'refused', 'bad_password')
  await fixture.pass(61)
  fixture.core.noteConnection('pk/d1', 'refused', 'no_password')
  expect(words(await timeline(fixture))).toEqual(['refused bad_password', 'refused no_password', 'refused no_password'])
  expect(await timeline(fixture, 'pk/never')).toEqual([])
})

test('devices whose names begin alike have a record each', async () => {
  const fixture = await createOtaFixture()
  for (const name of ['d1', 'd10', 'd1/x'.replace('/', '-'), '设备']) {
    await fixture.core.enrol('pk', name, null)
    fixture.connect(`pk/${name}`)
  }
  await fixture.pass(6)
  for (const name of ['d1', 'd10', 'd1-x', '设备']) expect(words(await timeline(fixture, `pk/${name}`))).toEqual(['connected'])
})

test('a retry of one device leaves the others as they are; names without anything to retry are refused, each by name', async () => {
  const fixture = await createOtaFixture()
  const devices = new Map<string, Awaited<ReturnType<OtaFixture['known']>>>()
  for (const name of ['d1', 'd2', 'd3']) devices.set(`pk/${name}`, await fixture.known(name))
  const id = await fixture.start({ abort: [] })
  for (const task of [...fixture.store.reads.openTasks()].filter(({ device }) => device !== 'pk/d3'))
    await fixture.say(devices.get(task.device)!, 'upgrade.post', { step: -4, module: 'mcu', task_id: String(task.id) })
  const { campaigns } = fixture.core.operators
  await expect(campaigns.retry(id, ['pk/d1', 'pk/d3', 'pk/none'])).rejects.toMatchObject({
    code: 'OTA_BAD_REQUEST',
    faults: [
      { path: 'devices[1]', message: expect.stringContaining('pk/d3') },
      { path: 'devices[2]', message: expect.stringContaining('pk/none') },
    ],
  })
  expect(fixture.store.reads.tally(id)).toMatchObject({ failed: 2 })
  expect(await campaigns.retry(id, ['pk/d1', 'pk/d1'])).toBe(1)
  expect(fixture.store.reads.openTasksOf('pk/d1')).toMatchObject([{ attempt: 2 }])
  expect(fixture.store.reads.openTasksOf('pk/d2')).toEqual([])
  expect(fixture.store.reads.tally(id)).toMatchObject({ failed: 1 })
})

test('rows of connections have the address of the client, where it is known', async () => {
  const fixture = await createOtaFixture()
  await fixture.core.enrol('pk', 'd1', null)
  fixture.core.connected({ device: 'pk/d1', id: 7, address: '192.0.2.7' })
  fixture.core.noteConnection('pk/d1', 'disconnected', 'connection_lost', '192.0.2.7')
  fixture.core.noteConnection('pk/d1', 'refused', 'bad_password', '192.0.2.9')
  fixture.core.noteConnection('pk/d1', 'disconnected', 'server_stop')
  await fixture.pass(6)
  expect((await stored(fixture)).map(({ address }) => address)).toEqual(['192.0.2.7', '192.0.2.7', '192.0.2.9', undefined])
})
