// The contract of opening a store: records, ids, and what is refused.

import { expect, it } from 'vitest'
import { emptyTally } from '../../src/ota/model.ts'
import type { Change } from '../../src/ota/ports/store.ts'
import { openStore } from '../../src/store/records.ts'
import { sampleCampaign, sampleDevice, sampleFirmware, sampleTask } from './samples.ts'
import { codeOf, ended, messageOf, put, type Trial } from './trial.ts'

export const openingCases = (trial: Trial): void => {
  it('keeps all records across a reopening, each with its revision', async () => {
    const changes: Change[] = [
      { put: 'device', value: sampleDevice('dev1') },
      { put: 'firmware', value: sampleFirmware(1) },
      { put: 'campaign', value: sampleCampaign(1) },
      put(sampleTask(1)),
      put(sampleTask(2, { state: 'failed', endedAt: 5 })),
      { add: 1, tally: { queued: 1, failed: 1 } },
    ]
    await trial.store.writes.commit(changes)
    await trial.reopen()
    expect([...trial.store.reads.devices()]).toEqual([sampleDevice('dev1', { rev: 1 })])
    expect([...trial.store.reads.firmwares()]).toEqual([sampleFirmware(1, { rev: 1 })])
    expect([...trial.store.reads.campaigns()]).toEqual([sampleCampaign(1, { rev: 1 })])
    expect([...trial.store.reads.openTasks()]).toEqual([sampleTask(1, { rev: 1 })])
    expect(await trial.store.queries.task(2)).toEqual(sampleTask(2, { state: 'failed', endedAt: 5, rev: 1 }))
    expect(trial.store.reads.tally(1)).toEqual({ ...emptyTally, queued: 1, failed: 1 })
  })

  it('never assigns an id again that a record has used', async () => {
    expect([trial.store.writes.nextId('task'), trial.store.writes.nextId('task'), trial.store.writes.nextId('firmware')]).toEqual([1, 2, 1])
    await trial.store.writes.commit([put(sampleTask(2))])
    await trial.store.writes.commit([put(sampleTask(1))])
    await trial.store.writes.commit([{ put: 'firmware', value: sampleFirmware(1) }])
    await trial.store.writes.commit([{ del: 'firmware', value: sampleFirmware(1, { rev: 1 }) }])
    await trial.store.writes.commit([{ del: 'task', value: sampleTask(2, { rev: 1 }) }])
    await trial.reopen()
    expect([trial.store.writes.nextId('task'), trial.store.writes.nextId('firmware'), trial.store.writes.nextId('campaign')]).toEqual([
      3, 2, 1,
    ])
    await trial.store.writes.commit([put(sampleTask(40))])
    expect(trial.store.writes.nextId('task')).toBe(41)
  })

  it('assigns unique ids after a commit that used one failed and is repeated', async () => {
    const id = trial.store.writes.nextId('task')
    trial.valve.failing = true
    expect(await codeOf(trial.store.writes.commit([put(sampleTask(id))]))).toBe('OTA_STORE_FAILED')
    trial.valve.failing = false
    await trial.store.writes.commit([put(sampleTask(id))])
    await trial.reopen()
    expect(trial.store.writes.nextId('task')).toBe(id + 1)
  })

  it('makes a secret once and keeps it', async () => {
    let made = 0
    const make = (): string => {
      made += 1
      return `secret ${made}`
    }
    expect(await Promise.all([trial.store.writes.secret('link', make), trial.store.writes.secret('link', make)])).toEqual([
      'secret 1',
      'secret 1',
    ])
    await trial.reopen()
    expect(await trial.store.writes.secret('link', make)).toBe('secret 1')
    trial.valve.failing = true
    expect(await codeOf(trial.store.writes.secret('other', make))).toBe('OTA_STORE_FAILED')
    trial.valve.failing = false
    expect(await trial.store.writes.secret('other', make)).toBe('secret 3')
  })

  it('refuses a store that a newer version wrote, with both numbers', async () => {
    await trial.disk.commit([{ type: 'put', key: 'format', value: '7' }])
    expect(await messageOf(openStore(trial.disk))).toMatch(/^OTA_STORE_NEWER: .*format 7.*format 3.*backup/)
  })

  it('names the record that cannot be read', async () => {
    await trial.store.writes.commit([
      { put: 'device', value: sampleDevice('a') },
      { put: 'device', value: sampleDevice('b') },
      put(ended(sampleTask(1))),
    ])
    const disk = trial.disk
    const good = (await disk.get('device/pk/b')) ?? ''
    const faults = [
      '{"rev":',
      '',
      'null',
      '7',
      '{}',
      '[]',
      `${good},${good}`,
      good.replace('"pk/b"', '"pk/c"'),
      good.replace('"rev":1', '"rev":"1"'),
    ]
    for (const value of faults) {
      await disk.commit([{ type: 'put', key: 'device/pk/b', value }])
      expect(await messageOf(openStore(disk)), value).toMatch(/^OTA_STORE_UNREADABLE: .*"device\/pk\/b" cannot be read.*backup/)
    }
    await disk.commit([{ type: 'put', key: 'device/pk/b', value: good }])
    for (const key of ['last/task', 'format'])
      for (const value of ['x', '"1"', '1.5']) {
        const kept = (await disk.get(key)) ?? ''
        await disk.commit([{ type: 'put', key, value }])
        expect(await messageOf(openStore(disk))).toMatch(`OTA_STORE_UNREADABLE: ${disk.where}: the record "${key}"`)
        await disk.commit([{ type: 'put', key, value: kept }])
      }
    await disk.commit([{ type: 'put', key: 'ended/0000000001', value: '{' }])
    trial.store = await openStore(disk)
    expect(await messageOf(trial.store.queries.task(1))).toMatch(/^OTA_STORE_UNREADABLE: .*"ended\/0000000001"/)
    expect(await codeOf(trial.store.writes.commit([put(ended(sampleTask(1, { rev: 1 })))]))).toBe('OTA_STORE_UNREADABLE')
  })

  it('refuses a disk that holds something else', async () => {
    const disk = trial.disk
    await disk.commit([
      { type: 'del', key: 'format' },
      { type: 'put', key: 'zebra', value: '1' },
    ])
    expect(await messageOf(openStore(disk))).toMatch(/^OTA_STORE_UNREADABLE: .*"zebra".* no format.*another data directory/)
  })

  it('refuses commits once it is closed, and keeps what was committed before', async () => {
    const last = trial.store.writes.commit([put(sampleTask(1))])
    const closing = trial.disk.close()
    expect(await codeOf(trial.store.writes.commit([put(sampleTask(2))]))).toBe('OTA_STORE_FAILED')
    await closing
    expect(await codeOf(last)).toBe('done')
    expect(trial.store.reads.openTask(2)).toBeUndefined()
  })
}
