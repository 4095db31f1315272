// The contract of `Writes.commit`: all or nothing, memory at once, the disk before the promise, undone if it fails.

import { expect, it } from 'vitest'
import { emptyTally } from '../../src/ota/model.ts'
import { codeOf, ended, messageOf, put, type StoreFixture, tasksOf } from '../support/store-fixture.ts'
import { sampleCampaign, sampleDevice, sampleTask } from '../support/store-samples.ts'

export const commitCases = (fixture: StoreFixture): void => {
  it('changes memory at once and resolves when the change is on disk', async () => {
    const release = fixture.valve.hold()
    let written = false
    const done = fixture.store.writes.commit([{ put: 'device', value: sampleDevice('dev1') }]).then(() => {
      written = true
    })
    expect(fixture.store.reads.device('pk/dev1')?.rev).toBe(1)
    const settled = fixture.store.writes.settled().then(() => written)
    expect(written).toBe(false)
    release()
    await done
    expect(await settled).toBe(true)
    expect(await fixture.disk.get('device/pk/dev1')).toContain('"rev":1')
  })

  it('refuses a commit whose revision is not the stored one, and changes nothing', async () => {
    await fixture.store.writes.commit([{ put: 'device', value: sampleDevice('dev1') }, put(sampleTask(1))])
    const seen: string[] = []
    fixture.store.writes.watch((table) => void seen.push(table))
    const stale = fixture.store.writes.commit([
      { put: 'device', value: sampleDevice('dev2') },
      put(ended(sampleTask(1, { rev: 1 }))),
      { put: 'device', value: sampleDevice('dev1', { rev: 5 }) },
    ])
    expect(fixture.store.reads.device('pk/dev2')).toBeUndefined()
    expect(fixture.store.reads.openTask(1)?.state).toBe('queued')
    expect(await messageOf(stale)).toMatch(/^OTA_CONFLICT: The device pk\/dev1 is stored at revision 1, .* revision 5: read it again/)
    expect(seen).toEqual([])
    expect(await codeOf(fixture.store.writes.commit([{ put: 'device', value: sampleDevice('dev1') }]))).toBe('OTA_CONFLICT')
    expect(await codeOf(fixture.store.writes.commit([{ put: 'device', value: sampleDevice('dev3', { rev: 1 }) }]))).toBe('OTA_CONFLICT')
    expect(await codeOf(fixture.store.writes.commit([{ del: 'device', value: sampleDevice('dev3') }]))).toBe('OTA_CONFLICT')
    await fixture.reopen()
    expect([...fixture.store.reads.devices()].map((device) => device.name)).toEqual(['dev1'])
    expect(await tasksOf(fixture.store, { state: 'succeeded' })).toEqual([])
  })

  it('applies several changes of one record in one commit in their order', async () => {
    await fixture.store.writes.commit([
      { put: 'device', value: sampleDevice('dev1') },
      { put: 'device', value: sampleDevice('dev1', { rev: 1, tags: ['a'] }) },
    ])
    expect(fixture.store.reads.device('pk/dev1')).toMatchObject({ rev: 2, tags: ['a'] })
    const twice = fixture.store.writes.commit([
      { put: 'device', value: sampleDevice('dev1', { rev: 2, tags: ['b'] }) },
      { put: 'device', value: sampleDevice('dev1', { rev: 2, tags: ['c'] }) },
    ])
    expect(await codeOf(twice)).toBe('OTA_CONFLICT')
    expect(fixture.store.reads.device('pk/dev1')?.tags).toEqual(['a'])
    const gone = fixture.store.writes.commit([
      { del: 'device', value: sampleDevice('dev1', { rev: 2 }) },
      { put: 'device', value: sampleDevice('dev1', { tags: ['new'] }) },
    ])
    expect(await codeOf(gone)).toBe('done')
    await fixture.reopen()
    expect(fixture.store.reads.device('pk/dev1')).toMatchObject({ rev: 1, tags: ['new'] })
  })

  it('undoes everything pending when a write fails, in reverse order, and continues', async () => {
    await fixture.store.writes.commit([{ put: 'campaign', value: sampleCampaign(1) }, put(sampleTask(1)), { add: 1, tally: { queued: 1 } }])
    await fixture.store.writes.commit([put(ended(sampleTask(2)))])
    const seen: string[] = []
    fixture.store.writes.watch((table, before, after) => void seen.push(`${table} ${before?.rev ?? '-'}>${after?.rev ?? '-'}`))
    const release = fixture.valve.hold()
    fixture.valve.failing = true
    const first = fixture.store.writes.commit([
      put(sampleTask(1, { rev: 1, state: 'notified' })),
      { add: 1, tally: { queued: -1, notified: 1 } },
    ])
    await new Promise(setImmediate)
    const second = fixture.store.writes.commit([put(ended(sampleTask(1, { rev: 2 }))), { put: 'device', value: sampleDevice('dev1') }])
    const third = fixture.store.writes.commit([put(ended(sampleTask(2), { rev: 1, newest: false }))])
    const fourth = fixture.store.writes.commit([{ put: 'device', value: sampleDevice('dev1', { rev: 1, tags: ['x'] }) }])
    expect(fixture.store.reads.openTask(1)).toBeUndefined()
    release()
    expect(await messageOf(first)).toMatch(/^OTA_STORE_FAILED: .*no space left.*try again/)
    expect(await Promise.all([second, third, fourth].map(codeOf))).toEqual(Array(3).fill('OTA_STORE_FAILED'))
    expect(fixture.store.reads.openTask(1)).toEqual(sampleTask(1, { rev: 1 }))
    expect(fixture.store.reads.openTasksOf('pk/d1').map((task) => task.rev)).toEqual([1])
    expect(await fixture.store.queries.task(2)).toMatchObject({ rev: 1, newest: true })
    expect(fixture.store.reads.tally(1)).toEqual({ ...emptyTally, queued: 1 })
    expect(fixture.store.reads.device('pk/dev1')).toBeUndefined()
    expect(seen.slice(0, 5)).toEqual(['task 1>2', 'task 2>3', 'device ->1', 'task 1>2', 'device 1>2'])
    expect(seen.slice(5)).toEqual(['device 2>1', 'task 2>1', 'device 1>-', 'task 3>2', 'task 2>1'])
    fixture.valve.failing = false
    await fixture.store.writes.settled()
    await fixture.store.writes.commit([put(sampleTask(1, { rev: 1, state: 'in_progress' }))])
    await fixture.reopen()
    expect(fixture.store.reads.openTask(1)).toMatchObject({ rev: 2, state: 'in_progress' })
    expect([...fixture.store.reads.devices()]).toEqual([])
    expect(await tasksOf(fixture.store, { allAttempts: true })).toEqual([1, 2])
  })

  it('adds to tallies without conflict, and drops them with their campaign', async () => {
    await fixture.store.writes.commit([
      { add: 1, tally: { queued: 2 } },
      { put: 'campaign', value: sampleCampaign(1) },
    ])
    await Promise.all([
      fixture.store.writes.commit([{ add: 1, tally: { queued: -1, succeeded: 1 } }]),
      fixture.store.writes.commit([{ add: 1, tally: { skipped: 3 } }]),
    ])
    expect(fixture.store.reads.tally(1)).toEqual({ ...emptyTally, queued: 1, succeeded: 1, skipped: 3 })
    await fixture.reopen()
    expect(fixture.store.reads.tally(1)).toEqual({ ...emptyTally, queued: 1, succeeded: 1, skipped: 3 })
    await fixture.store.writes.commit([{ del: 'campaign', value: sampleCampaign(1, { rev: 1 }) }])
    await fixture.store.writes.commit([{ add: 1, tally: { failed: 1 } }])
    expect(fixture.store.reads.tally(1)).toEqual(emptyTally)
    expect(await fixture.disk.get('tally/0000000001')).toBeUndefined()
  })
}
