// A store written before campaigns had phases is read correctly, and an earlier Fogbell refuses it from then on.

import { expect, it } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import { sampleCampaign, sampleTask } from '../support/store-samples.ts'

const without = (record: object, ...fields: readonly string[]): object =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name)))

const later = ['phases', 'bounds', 'phase', 'abort', 'era', 'fired', 'rate', 'schedule', 'overwrite']
const earlierCampaign = (id: number, more: object): string =>
  JSON.stringify({ ...without(sampleCampaign(id, { rev: 3 }), ...later), maxInProgress: 7, planning: null, waiting: [], ...more })
const earlierTask = (id: number, more: object = {}): string =>
  JSON.stringify({ ...without(sampleTask(id, { rev: 2 }), 'phase', 'slotAt', 'judged'), ...more })

it('earlier campaigns and tasks are completed, and targets that waited in the record are queued', async () => {
  const disk = createMemory()
  const many = Array.from({ length: 150 }, (_, at) => `pk/d${at}`)
  await disk.commit([
    { type: 'put', key: 'format', value: '1' },
    { type: 'put', key: 'campaign/0000000001', value: earlierCampaign(1, { waiting: ['pk/a', 'pk/b'] }) },
    {
      type: 'put',
      key: 'campaign/0000000002',
      value: earlierCampaign(2, { planning: 'pk/c', target: { ...sampleCampaign(2).target, devices: many } }),
    },
    { type: 'put', key: 'tally/0000000001', value: '{"queued":1}' },
    { type: 'put', key: 'open/0000000005', value: earlierTask(5, { state: 'notified', notifiedAt: 9 }) },
    { type: 'put', key: 'ended/0000000006', value: earlierTask(6, { state: 'succeeded', endedAt: 9 }) },
    { type: 'put', key: 'last/task', value: '6' },
    { type: 'put', key: 'last/campaign', value: '2' },
  ])
  for (let opened = 0; opened < 2; opened++) {
    const store = await openStore(disk)
    expect(store.reads.campaign(1)).toEqual(sampleCampaign(1, { rev: 3, rate: { perMinute: 1000, maxInProgress: 7 } }))
    expect(store.reads.campaign(2)).toMatchObject({ planning: true, target: { devices: many } })
    expect([...store.reads.waiting(1).keys()]).toEqual(['pk/a', 'pk/b'])
    expect(store.reads.tally(1)).toMatchObject({ queued: 1 })
    expect(store.reads.openTask(5)).toMatchObject({ phase: 0, notifiedAt: 9, slotAt: 9 })
    expect(await store.queries.task(6)).toMatchObject({ phase: 0, slotAt: null, state: 'succeeded' })
  }
  const store = await openStore(disk)
  const waiting = store.reads.waiting(1).get('pk/a')
  if (waiting === undefined) throw new Error('no target waits')
  await store.writes.commit([{ del: 'waiting', value: waiting }])
  expect([...(await openStore(disk)).reads.waiting(1).keys()]).toEqual(['pk/b'])
  expect(await disk.get('format')).toBe('3')
})

it('counts of phases are separate from those of their campaign and removed with it', async () => {
  const disk = createMemory()
  const store = await openStore(disk)
  const phase = { percent: 100, count: null, tag: null, successPercent: 100, minFinished: 1, soakSeconds: 0, onward: 'next' } as const
  await store.writes.commit([
    { put: 'campaign', value: sampleCampaign(1, { phases: [{ ...phase, percent: 5 }, phase] }) },
    { add: 1, tally: { queued: 3 } },
    { add: 1, phase: 1, tally: { queued: 2 } },
  ])
  const again = await openStore(disk)
  expect([again.reads.tally(1).queued, again.reads.tally(1, 0).queued, again.reads.tally(1, 1).queued]).toEqual([3, 0, 2])
  const campaign = again.reads.campaign(1)
  if (campaign === undefined) throw new Error('the campaign is lost')
  await again.writes.commit([{ del: 'campaign', value: campaign }])
  const keys: string[] = []
  for await (const [key] of disk.range('', '~')) keys.push(key)
  expect(keys).toEqual(['format', 'last/campaign'])
})

it('installed versions are kept in order, separate from devices whose names begin alike, and a failed write keeps nothing', async () => {
  let fails = false
  const gate = async (): Promise<void> => {
    if (fails) throw new Error('no space left')
  }
  const disk = createMemory({ gate })
  const store = await openStore(disk)
  const installed = (device: string, version: string, at: number) => ({
    installed: { device, module: 'mcu', version, at, task: null, campaign: null, sha256: null },
  })
  await store.writes.commit([
    installed('pk/d1', '1', 999),
    installed('pk/d1', '2', 10_000_000_000_000),
    installed('pk/d1', '3', 1000),
    installed('pk/d10', '9', 5),
  ])
  fails = true
  await expect(store.writes.commit([installed('pk/d1', '4', 2000)])).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
  fails = false
  await store.writes.commit([installed('pk/d1', '5', 3000)])
  expect((await (await openStore(disk)).queries.installed('pk/d1')).map(({ version }) => version)).toEqual(['1', '3', '5', '2'])
})
