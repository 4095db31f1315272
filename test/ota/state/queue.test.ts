// Which tasks are queued for an offer: those whose devices can be reached, and no others, however devices and gateways connect,
// disconnect and are removed.

import { beforeEach, describe, expect, test } from 'vitest'
import { mostAwaited } from '../../../src/ota/campaigns/lifecycle.ts'
import type { Change, Store } from '../../../src/ota/ports/store.ts'
import { openTaskOf } from '../../../src/ota/rules/open-task.ts'
import { createFamilies } from '../../../src/ota/state/families.ts'
import { createPlaces } from '../../../src/ota/state/places.ts'
import { createQueue } from '../../../src/ota/state/queue.ts'
import { createSigns } from '../../../src/ota/state/signs.ts'
import { createMemory } from '../../../src/store/memory.ts'
import { openStore } from '../../../src/store/records.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../../support/ota-fixture.ts'
import { createValve } from '../../support/store-fixture.ts'
import { sampleDevice, sampleTask } from '../../support/store-samples.ts'

let fixture: OtaFixture

beforeEach(async () => {
  fixture = await createOtaFixture()
})

/** Two targets and one slot: `pk/a` is notified, the sub-device `pk/c` of `pk/g` is queued. */
const twoForOneSlot = async (): Promise<number> => {
  await fixture.join('pk/g')
  await fixture.known('a')
  await fixture.core.operators.devices.put('pk', 'c', { gateway: 'pk/g' })
  await fixture.start({ target: { devices: ['pk/a', 'pk/c'] }, rate: { maxInProgress: 1 } })
  const states = new Map([...fixture.store.reads.openTasks()].map((task) => [task.device, task]))
  expect([states.get('pk/a')?.state, states.get('pk/c')?.state]).toEqual(['notified', 'queued'])
  return states.get('pk/a')?.id ?? 0
}

/** Turns an endless loop into an error that the core logs. */
const bounded = (): void => {
  const reads = fixture.store.reads as { device: typeof fixture.store.reads.device }
  const { device } = reads
  let calls = 0
  reads.device = (key) => {
    calls += 1
    if (calls > 20_000) throw new Error('an endless loop')
    return device(key)
  }
}

describe('the queue', () => {
  test('has no child of a removed gateway, and a free slot starts no endless loop', async () => {
    const notified = await twoForOneSlot()
    await fixture.core.operators.devices.remove('pk/g')
    expect(fixture.core.operators.devices.presence('pk/c')).toBe('offline')
    bounded()
    await fixture.core.operators.tasks.cancel(notified)
    await fixture.settle()
    expect([...fixture.store.reads.openTasks()]).toMatchObject([{ device: 'pk/c', state: 'queued' }])
  })

  test('keeps a child that connected and disconnected by itself while its gateway is subscribed', async () => {
    const notified = await twoForOneSlot()
    const own = fixture.connect('pk/c')
    await fixture.settle()
    fixture.core.disconnected(own)
    await fixture.settle()
    expect(fixture.core.operators.devices.presence('pk/c')).toBe('reachable')
    await fixture.core.operators.tasks.cancel(notified)
    await fixture.settle()
    expect([...fixture.store.reads.openTasks()]).toMatchObject([{ device: 'pk/c', state: 'notified' }])
  })
})

describe('its index', () => {
  const placesOf = (store: Store) => createPlaces(store, createSigns(), () => 0)
  const open = async () => {
    const store = await openStore(createMemory())
    const hears = new Set<string>(['pk/g'])
    const families = createFamilies(store.reads, store.writes)
    const index = createQueue(store, families, (device, gateway) => hears.has(device) || hears.has(gateway ?? ''), placesOf(store))
    return { store, hears, families, index, ready: () => [...index.ready(1, 0)] }
  }
  const child = sampleDevice('c', { gateway: 'pk/g' })
  const task = sampleTask(1, { device: 'pk/c' })

  test('removes a child whose gateway is gone, and adds it when it gets one', async () => {
    const { store, families, ready } = await open()
    await store.writes.commit([
      { put: 'device', value: child },
      { put: 'task', value: task },
    ])
    expect([ready(), [...families.children('pk/g')]]).toEqual([[1], ['pk/c']])
    await store.writes.commit([{ put: 'device', value: { ...child, rev: 1, gateway: null } }])
    expect([ready(), [...families.children('pk/g')]]).toEqual([[], []])
    await store.writes.commit([{ put: 'device', value: { ...child, rev: 2 } }])
    expect(ready()).toEqual([1])
  })

  test('has no device whose commit failed', async () => {
    const valve = createValve()
    const store = await openStore(createMemory({ gate: valve.gate }))
    const families = createFamilies(store.reads, store.writes)
    const index = createQueue(store, families, () => true, placesOf(store))
    valve.failing = true
    const changes: readonly Change[] = [
      { put: 'device', value: child },
      { put: 'task', value: { ...task, slot: true } },
    ]
    await expect(store.writes.commit(changes)).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    expect([...index.ready(1, 0), ...index.open(1), ...families.children('pk/g'), index.slotsInAll(), index.slots(1)]).toEqual([0, 0])
  })
})

describe('while tasks are being made', () => {
  const enrolMany = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await fixture.core.enrol('pk', `d${i}`, null)
  }
  const version = (text: string): Buffer =>
    Buffer.from(JSON.stringify({ id: 1, version: '1.0', method: 'version.post', params: { version: text, module: 'mcu' } }))

  test('a device whose open task ends is not left waiting', async () => {
    const waiting = await fixture.known('a')
    await fixture.core.operators.devices.patch('pk/a', { tags: ['x'] })
    await fixture.start({ target: { tags: ['x'], continuous: true } })
    await enrolMany(2000)
    const second = await fixture.core.operators.campaigns.create({ firmware: await addFirmware(fixture, '1.2.0') })
    const starting = fixture.core.operators.campaigns.start(second.id)
    while (fixture.store.reads.waiting(second.id).size === 0) await new Promise((resolve) => setImmediate(resolve))
    await fixture.core.receive(waiting, 'ota', [version('1.1.0')])
    expect(fixture.store.reads.campaign(second.id)?.planning).toBe(true)
    await starting
    await fixture.settle()
    expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')).toMatchObject({ campaign: second.id })
  })

  test.each([400, 700])('those of %d devices continue after a failed write, as soon as the disk accepts writes again', async (devices) => {
    let writes = Number.POSITIVE_INFINITY
    const gate = async (): Promise<void> => {
      if (--writes < 0) throw new Error('full')
    }
    fixture = await createOtaFixture({ memory: { gate } })
    await enrolMany(devices)
    const campaign = await fixture.core.operators.campaigns.create({ firmware: fixture.firmware })
    writes = 2
    const started = fixture.core.operators.campaigns.start(campaign.id)
    if (devices > mostAwaited) expect(await started).toMatchObject({ status: 'running', planning: true })
    else
      await expect(started).rejects.toMatchObject({
        code: 'OTA_STORE_FAILED',
        message: expect.stringContaining('has started, but not all of its tasks could be recorded'),
      })
    await fixture.settle().catch(() => undefined)
    expect(fixture.store.reads.campaign(campaign.id)).toMatchObject({ status: 'running', planning: true })
    writes = Number.POSITIVE_INFINITY
    await fixture.pass(6)
    expect(fixture.store.reads.campaign(campaign.id)).toMatchObject({ status: 'running', planning: false })
    expect(fixture.store.reads.tally(campaign.id)).toMatchObject({ queued: devices })
  })

  test('those of a large campaign begin to exist once its start is recorded and answered, those of a small one before', async () => {
    await enrolMany(mostAwaited)
    const { campaigns } = fixture.core.operators
    const small = await campaigns.launch({ firmware: fixture.firmware, target: { exclude: ['pk/d0'] } })
    expect(small.planning).toBe(false)
    expect(fixture.store.reads.tally(small.id)).toMatchObject({ queued: mostAwaited - 1 })
    await campaigns.cancel(small.id, true)
    for (const name of ['e0', 'e1']) await fixture.core.enrol('pk', name, null)
    const large = await campaigns.launch({ firmware: fixture.firmware })
    expect(large).toMatchObject({ status: 'running', planning: true })
    expect(fixture.store.reads.tally(large.id)).toMatchObject({ queued: 0 })
    await fixture.settle()
    expect(fixture.store.reads.campaign(large.id)).toMatchObject({ planning: false })
    expect(fixture.store.reads.tally(large.id)).toMatchObject({ queued: mostAwaited + 2 })
  })

  test('a server that stops meanwhile begins no more of them, and creates the rest at its next start', async () => {
    await enrolMany(mostAwaited + 1)
    const { id } = await fixture.core.operators.campaigns.launch({ firmware: fixture.firmware })
    await fixture.core.stop()
    const begun = fixture.store.reads.tally(id).queued
    await fixture.settle()
    expect(fixture.store.reads.tally(id)).toMatchObject({ queued: begun })
    expect(begun).toBeLessThan(mostAwaited)
    fixture = await fixture.restart()
    expect(fixture.store.reads.campaign(id)).toMatchObject({ planning: false })
    expect(fixture.store.reads.tally(id)).toMatchObject({ queued: mostAwaited + 1 })
  })

  test('are made after a failed write also for a device whose other task ended before it', async () => {
    let writes = Number.POSITIVE_INFINITY
    const gate = async (): Promise<void> => {
      if (--writes < 0) throw new Error('full')
    }
    fixture = await createOtaFixture({ memory: { gate } })
    const waiting = await fixture.known('a')
    await fixture.core.operators.devices.patch('pk/a', { tags: ['x'] })
    await fixture.start({ target: { tags: ['x'], continuous: true } })
    await enrolMany(3000)
    const second = await fixture.core.operators.campaigns.create({ firmware: await addFirmware(fixture, '1.2.0') })
    await fixture.core.operators.campaigns.start(second.id)
    while (fixture.store.reads.waiting(second.id).size === 0) await new Promise((resolve) => setImmediate(resolve))
    await fixture.core.receive(waiting, 'ota', [version('1.1.0')])
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
    writes = 0
    await fixture.settle().catch(() => undefined)
    expect(fixture.store.reads.campaign(second.id)).toMatchObject({ planning: true })
    expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')).toBeUndefined()
    writes = Number.POSITIVE_INFINITY
    await fixture.pass(6)
    expect(fixture.store.reads.campaign(second.id)).toMatchObject({ planning: false })
    expect(openTaskOf(fixture.store.reads, 'pk/a', 'mcu')).toMatchObject({ campaign: second.id })
  })

  test('a device that fails meanwhile gets no second task', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `e${at}`)
    await enrolMany(3000)
    // They are planned last.
    const connections = await Promise.all(names.map((name) => fixture.join(`pk/${name}`)))
    const campaign = await fixture.core.operators.campaigns.create({ firmware: fixture.firmware, target: { continuous: true }, abort: [] })
    const starting = fixture.core.operators.campaigns.start(campaign.id)
    const failure = Buffer.from(JSON.stringify({ id: 2, version: '1.0', method: 'upgrade.post', params: { step: -1, module: 'mcu' } }))
    for (const connection of connections) {
      await fixture.core.receive(connection, 'ota', [version('1.0.0'), failure])
      await new Promise((resolve) => setImmediate(resolve))
      await fixture.core.receive(connection, 'ota', [failure])
    }
    await starting
    await fixture.settle()
    const tasks = await Promise.all(
      names.map((name) => fixture.store.queries.tasks({ device: `pk/${name}`, allAttempts: true, limit: 10 })),
    )
    expect(tasks.map(({ items }) => items.length)).toEqual(names.map(() => 1))
  })
})
