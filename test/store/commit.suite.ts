// The contract of `Writes.commit`: all or nothing, memory at once, the disk before the promise, undone if it fails.

import { expect, it } from 'vitest'
import { emptyTally } from '../../src/ota/model.ts'
import { sampleCampaign, sampleDevice, sampleTask } from './samples.ts'
import { codeOf, ended, messageOf, put, type Trial, tasksOf } from './trial.ts'

export const commitCases = (trial: Trial): void => {
  it('changes memory at once and resolves when the change is on disk', async () => {
    const release = trial.valve.hold()
    let written = false
    const done = trial.store.writes.commit([{ put: 'device', value: sampleDevice('dev1') }]).then(() => {
      written = true
    })
    expect(trial.store.reads.device('pk/dev1')?.rev).toBe(1)
    const settled = trial.store.writes.settled().then(() => written)
    expect(written).toBe(false)
    release()
    await done
    expect(await settled).toBe(true)
    expect(await trial.disk.get('device/pk/dev1')).toContain('"rev":1')
  })

  it('refuses a commit whose revision is not the stored one, and changes nothing', async () => {
    await trial.store.writes.commit([{ put: 'device', value: sampleDevice('dev1') }, put(sampleTask(1))])
    const seen: string[] = []
    trial.store.writes.watch((table) => void seen.push(table))
    const stale = trial.store.writes.commit([
      { put: 'device', value: sampleDevice('dev2') },
      put(ended(sampleTask(1, { rev: 1 }))),
      { put: 'device', value: sampleDevice('dev1', { rev: 5 }) },
    ])
    expect(trial.store.reads.device('pk/dev2')).toBeUndefined()
    expect(trial.store.reads.openTask(1)?.state).toBe('queued')
    expect(await messageOf(stale)).toMatch(/^OTA_CONFLICT: The device pk\/dev1 is stored at revision 1, .* revision 5: read it again/)
    expect(seen).toEqual([])
    expect(await codeOf(trial.store.writes.commit([{ put: 'device', value: sampleDevice('dev1') }]))).toBe('OTA_CONFLICT')
    expect(await codeOf(trial.store.writes.commit([{ put: 'device', value: sampleDevice('dev3', { rev: 1 }) }]))).toBe('OTA_CONFLICT')
    expect(await codeOf(trial.store.writes.commit([{ del: 'device', value: sampleDevice('dev3') }]))).toBe('OTA_CONFLICT')
    await trial.reopen()
    expect([...trial.store.reads.devices()].map((device) => device.name)).toEqual(['dev1'])
    expect(await tasksOf(trial.store, { state: 'succeeded' })).toEqual([])
  })

  it('applies several changes of one record in one commit in their order', async () => {
    await trial.store.writes.commit([
      { put: 'device', value: sampleDevice('dev1') },
      { put: 'device', value: sampleDevice('dev1', { rev: 1, tags: ['a'] }) },
    ])
    expect(trial.store.reads.device('pk/dev1')).toMatchObject({ rev: 2, tags: ['a'] })
    const twice = trial.store.writes.commit([
      { put: 'device', value: sampleDevice('dev1', { rev: 2, tags: ['b'] }) },
      { put: 'device', value: sampleDevice('dev1', { rev: 2, tags: ['c'] }) },
    ])
    expect(await codeOf(twice)).toBe('OTA_CONFLICT')
    expect(trial.store.reads.device('pk/dev1')?.tags).toEqual(['a'])
    const gone = trial.store.writes.commit([
      { del: 'device', value: sampleDevice('dev1', { rev: 2 }) },
      { put: 'device', value: sampleDevice('dev1', { tags: ['new'] }) },
    ])
    expect(await codeOf(gone)).toBe('done')
    await trial.reopen()
    expect(trial.store.reads.device('pk/dev1')).toMatchObject({ rev: 1, tags: ['new'] })
  })

  it('undoes everything pending when a write fails, in reverse order, and continues', async () => {
    await trial.store.writes.commit([{ put: 'campaign', value: sampleCampaign(1) }, put(sampleTask(1)), { add: 1, tally: { queued: 1 } }])
    await trial.store.writes.commit([put(ended(sampleTask(2)))])
    const seen: string[] = []
    trial.store.writes.watch((table, before, after) => void seen.push(`${table} ${before?.rev ?? '-'}>${after?.rev ?? '-'}`))
    const release = trial.valve.hold()
    trial.valve.failing = true
    const first = trial.store.writes.commit([
      put(sampleTask(1, { rev: 1, state: 'notified' })),
      { add: 1, tally: { queued: -1, notified: 1 } },
    ])
    await new Promise(setImmediate)
    const second = trial.store.writes.commit([put(ended(sampleTask(1, { rev: 2 }))), { put: 'device', value: sampleDevice('dev1') }])
    const third = trial.store.writes.commit([put(ended(sampleTask(2), { rev: 1, newest: false }))])
    const fourth = trial.store.writes.commit([{ put: 'device', value: sampleDevice('dev1', { rev: 1, tags: ['x'] }) }])
    expect(trial.store.reads.openTask(1)).toBeUndefined()
    release()
    expect(await messageOf(first)).toMatch(/^OTA_STORE_FAILED: .*no space left.*try again/)
    expect(await Promise.all([second, third, fourth].map(codeOf))).toEqual(Array(3).fill('OTA_STORE_FAILED'))
    expect(trial.store.reads.openTask(1)).toEqual(sampleTask(1, { rev: 1 }))
    expect(trial.store.reads.openTasksOf('pk/d1').map((task) => task.rev)).toEqual([1])
    expect(await trial.store.queries.task(2)).toMatchObject({ rev: 1, newest: true })
    expect(trial.store.reads.tally(1)).toEqual({ ...emptyTally, queued: 1 })
    expect(trial.store.reads.device('pk/dev1')).toBeUndefined()
    expect(seen.slice(0, 5)).toEqual(['task 1>2', 'task 2>3', 'device ->1', 'task 1>2', 'device 1>2'])
    expect(seen.slice(5)).toEqual(['device 2>1', 'task 2>1', 'device 1>-', 'task 3>2', 'task 2>1'])
    trial.valve.failing = false
    await trial.store.writes.settled()
    await trial.store.writes.commit([put(sampleTask(1, { rev: 1, state: 'in_progress' }))])
    await trial.reopen()
    expect(trial.store.reads.openTask(1)).toMatchObject({ rev: 2, state: 'in_progress' })
    expect([...trial.store.reads.devices()]).toEqual([])
    expect(await tasksOf(trial.store, { allAttempts: true })).toEqual([1, 2])
  })

  it('adds to tallies without conflict, and drops them with their campaign', async () => {
    await trial.store.writes.commit([
      { add: 1, tally: { queued: 2 } },
      { put: 'campaign', value: sampleCampaign(1) },
    ])
    await Promise.all([
      trial.store.writes.commit([{ add: 1, tally: { queued: -1, succeeded: 1 } }]),
      trial.store.writes.commit([{ add: 1, tally: { skipped: 3 } }]),
    ])
    expect(trial.store.reads.tally(1)).toEqual({ ...emptyTally, queued: 1, succeeded: 1, skipped: 3 })
    await trial.reopen()
    expect(trial.store.reads.tally(1)).toEqual({ ...emptyTally, queued: 1, succeeded: 1, skipped: 3 })
    await trial.store.writes.commit([{ del: 'campaign', value: sampleCampaign(1, { rev: 1 }) }])
    await trial.store.writes.commit([{ add: 1, tally: { failed: 1 } }])
    expect(trial.store.reads.tally(1)).toEqual(emptyTally)
    expect(await trial.disk.get('tally/0000000001')).toBeUndefined()
  })
}
