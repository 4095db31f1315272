// The store in memory, and what only it can show: failed writes that the disk kept.

import { describe, expect, it } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { createValve } from '../support/store-fixture.ts'
import { sampleDevice, sampleTask } from '../support/store-samples.ts'
import { storeSuite } from './store.suite.ts'

storeSuite('memory', async (valve) => {
  const disk = createMemory({ gate: valve.gate })
  return { disk: () => disk, reopen: () => Promise.resolve(), remove: () => disk.close() }
})

describe('a failed write that the disk kept', () => {
  it('is undone on disk by the next commit, whatever that is', async () => {
    const sync = createValve()
    const disk = createMemory({ synced: sync.gate })
    const store = await openStore(disk)
    await store.writes.commit([{ put: 'task', value: sampleTask(1) }])
    await store.writes.commit([{ put: 'task', value: sampleTask(2, { state: 'failed' }) }])
    sync.failing = true
    const failed = store.writes.commit([
      { put: 'task', value: sampleTask(1, { rev: 1, state: 'succeeded' }) },
      { put: 'task', value: sampleTask(2, { rev: 1, state: 'succeeded' }) },
      { put: 'task', value: sampleTask(3) },
      { put: 'device', value: sampleDevice('dev1') },
    ])
    await expect(failed).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    expect(await disk.get('device/pk/dev1')).toBeDefined()
    expect(await store.queries.task(2)).toMatchObject({ rev: 1, state: 'failed' })
    expect((await store.queries.tasks({ state: 'succeeded', limit: 9 })).items).toEqual([])
    await expect(store.writes.commit([{ put: 'device', value: sampleDevice('dev2') }])).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
    sync.failing = false
    await store.writes.commit([{ put: 'device', value: sampleDevice('dev3') }])
    const again = await openStore(disk)
    expect([...again.reads.devices()].map((device) => device.name)).toEqual(['dev3'])
    expect([...again.reads.openTasks()].map((task) => [task.id, task.rev])).toEqual([[1, 1]])
    expect((await again.queries.tasks({ limit: 9 })).items.map((task) => [task.id, task.state])).toEqual([
      [1, 'queued'],
      [2, 'failed'],
    ])
    expect(again.writes.nextId('task')).toBe(3)
  })
})
