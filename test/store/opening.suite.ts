// The contract of opening a store: records, ids, and what is refused.

import { expect, it } from 'vitest'
import { emptyTally } from '../../src/ota/model.ts'
import type { Change } from '../../src/ota/ports/store.ts'
import { openStore } from '../../src/store/records.ts'
import { codeOf, ended, messageOf, put, type StoreFixture } from '../support/store-fixture.ts'
import { sampleCampaign, sampleDevice, sampleFirmware, sampleTask } from '../support/store-samples.ts'

export const openingCases = (fixture: StoreFixture): void => {
  it('keeps all records across a reopening, each with its revision', async () => {
    const changes: Change[] = [
      { put: 'device', value: sampleDevice('dev1') },
      { put: 'firmware', value: sampleFirmware(1) },
      { put: 'campaign', value: sampleCampaign(1) },
      put(sampleTask(1)),
      put(sampleTask(2, { state: 'failed', endedAt: 5 })),
      { add: 1, tally: { queued: 1, failed: 1 } },
    ]
    await fixture.store.writes.commit(changes)
    await fixture.reopen()
    expect([...fixture.store.reads.devices()]).toEqual([sampleDevice('dev1', { rev: 1 })])
    expect([...fixture.store.reads.firmwares()]).toEqual([sampleFirmware(1, { rev: 1 })])
    expect([...fixture.store.reads.campaigns()]).toEqual([sampleCampaign(1, { rev: 1 })])
    expect([...fixture.store.reads.openTasks()]).toEqual([sampleTask(1, { rev: 1 })])
    expect(await fixture.store.queries.task(2)).toEqual(sampleTask(2, { state: 'failed', endedAt: 5, rev: 1 }))
    expect(fixture.store.reads.tally(1)).toEqual({ ...emptyTally, queued: 1, failed: 1 })
  })

  it('never assigns an id again that a record has used', async () => {
    expect([fixture.store.writes.nextId('task'), fixture.store.writes.nextId('task'), fixture.store.writes.nextId('firmware')]).toEqual([
      1, 2, 1,
    ])
    await fixture.store.writes.commit([put(sampleTask(2))])
    await fixture.store.writes.commit([put(sampleTask(1))])
    await fixture.store.writes.commit([{ put: 'firmware', value: sampleFirmware(1) }])
    await fixture.store.writes.commit([{ del: 'firmware', value: sampleFirmware(1, { rev: 1 }) }])
    await fixture.store.writes.commit([{ del: 'task', value: sampleTask(2, { rev: 1 }) }])
    await fixture.reopen()
    expect([fixture.store.writes.nextId('task'), fixture.store.writes.nextId('firmware'), fixture.store.writes.nextId('campaign')]).toEqual(
      [3, 2, 1],
    )
    await fixture.store.writes.commit([put(sampleTask(40))])
    expect(fixture.store.writes.nextId('task')).toBe(41)
  })

  it('assigns unique ids after a commit that used one failed and is repeated', async () => {
    const id = fixture.store.writes.nextId('task')
    fixture.valve.failing = true
    expect(await codeOf(fixture.store.writes.commit([put(sampleTask(id))]))).toBe('OTA_STORE_FAILED')
    fixture.valve.failing = false
    await fixture.store.writes.commit([put(sampleTask(id))])
    await fixture.reopen()
    expect(fixture.store.writes.nextId('task')).toBe(id + 1)
  })

  it('makes a secret once and keeps it', async () => {
    let made = 0
    const make = (): string => {
      made += 1
      return `secret ${made}`
    }
    expect(await Promise.all([fixture.store.writes.secret('link', make), fixture.store.writes.secret('link', make)])).toEqual([
      'secret 1',
      'secret 1',
    ])
    await fixture.reopen()
    expect(await fixture.store.writes.secret('link', make)).toBe('secret 1')
    fixture.valve.failing = true
    expect(await codeOf(fixture.store.writes.secret('other', make))).toBe('OTA_STORE_FAILED')
    fixture.valve.failing = false
    expect(await fixture.store.writes.secret('other', make)).toBe('secret 3')
  })

  it('refuses a store that a newer version wrote, with both numbers', async () => {
    await fixture.disk.commit([{ type: 'put', key: 'format', value: '7' }])
    expect(await messageOf(openStore(fixture.disk))).toMatch(/^OTA_STORE_NEWER: .*format 7.*up to 3.*backup/)
  })

  it('names the record that cannot be read', async () => {
    await fixture.store.writes.commit([
      { put: 'device', value: sampleDevice('a') },
      { put: 'device', value: sampleDevice('b') },
      put(ended(sampleTask(1))),
    ])
    const disk = fixture.disk
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
    fixture.store = await openStore(disk)
    expect(await messageOf(fixture.store.queries.task(1))).toMatch(/^OTA_STORE_UNREADABLE: .*"ended\/0000000001"/)
    expect(await codeOf(fixture.store.writes.commit([put(ended(sampleTask(1, { rev: 1 })))]))).toBe('OTA_STORE_UNREADABLE')
  })

  it('refuses a disk that holds something else', async () => {
    const disk = fixture.disk
    await disk.commit([
      { type: 'del', key: 'format' },
      { type: 'put', key: 'zebra', value: '1' },
    ])
    expect(await messageOf(openStore(disk))).toMatch(/^OTA_STORE_UNREADABLE: .*"zebra".* no format.*another data directory/)
  })

  it('refuses commits once it is closed, and keeps what was committed before', async () => {
    const last = fixture.store.writes.commit([put(sampleTask(1))])
    const closing = fixture.disk.close()
    expect(await codeOf(fixture.store.writes.commit([put(sampleTask(2))]))).toBe('OTA_STORE_FAILED')
    await closing
    expect(await codeOf(last)).toBe('done')
    expect(fixture.store.reads.openTask(2)).toBeUndefined()
  })
}
