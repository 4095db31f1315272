// Which ended tasks memory holds: only those that may not be on disk yet, so that it does not grow with time.

import { expect, it } from 'vitest'
import { emptyTally } from '../../src/ota/model.ts'
import type { Change } from '../../src/ota/ports/store.ts'
import { nothingWritten, type WriteGate } from '../../src/store/disk.ts'
import { commitChanges, type Ledger, settled } from '../../src/store/ledger.ts'
import { createMemory } from '../../src/store/memory.ts'
import { createMemoryImage } from '../../src/store/memory-image.ts'
import { findTaskNow } from '../../src/store/query.ts'
import { createTrimmer } from '../../src/store/timeline-rows.ts'
import { codeOf, createValve, ended, put } from '../support/store-fixture.ts'
import { sampleDevice, sampleTask } from '../support/store-samples.ts'

const openLedger = (gate?: WriteGate) => {
  const valve = createValve()
  const disk = createMemory({ gate: gate ?? valve.gate })
  const image = createMemoryImage()
  const ledger: Ledger = {
    disk,
    image,
    current: (table, like) =>
      table === 'task' && 'id' in like ? (findTaskNow(disk, image, like.id) as typeof like | undefined) : undefined,
    watchers: [],
    trim: createTrimmer(disk),
    pending: [],
    companion: null,
    rewrite: undefined,
  }
  const commit = (...changes: Change[]): Promise<string> => codeOf(commitChanges(ledger, changes))
  return { valve, image, ledger, commit }
}

it('an ended task is held until its record is written', async () => {
  const { image, commit } = openLedger()
  await commit(put(sampleTask(1)))
  expect([image.open.size, image.leaving.size]).toEqual([1, 0])
  const ending = commit(put(ended(sampleTask(1, { rev: 1 }))))
  expect([image.open.size, image.leaving.size]).toEqual([0, 1])
  await ending
  await commit({ del: 'task', value: ended(sampleTask(1, { rev: 2 })) })
  expect([image.open.size, image.openOf.size, image.leaving.size]).toEqual([0, 0, 0])
})

it('after a failed write it is held until the next write has succeeded', async () => {
  const { valve, image, ledger, commit } = openLedger()
  await commit(put(ended(sampleTask(1))))
  valve.failing = true
  expect(await commit(put(ended(sampleTask(1), { rev: 1, newest: false })), put(sampleTask(2)))).toBe('OTA_STORE_FAILED')
  expect([...image.leaving]).toEqual([
    [1, ended(sampleTask(1, { rev: 1 }))],
    [2, undefined],
  ])
  expect(await commit(put(sampleTask(3)))).toBe('OTA_STORE_FAILED')
  valve.failing = false
  await commit(put(sampleTask(4)))
  await settled(ledger)
  expect([image.leaving.size, ledger.rewrite, ledger.pending.length]).toEqual([0, undefined, 0])
})

it.each([
  [true, 1],
  [false, 101],
])('what failed writes may have left is written over, where they can have left anything (nothing: %j)', async (isNothing, keys) => {
  const written: number[] = []
  let isFull = true
  const { image, commit } = openLedger(async (ops) => {
    written.push(ops.length)
    const cause = new Error('no space left')
    if (isFull) throw isNothing ? nothingWritten(cause) : cause
  })
  const added = (name: string): Change => ({ put: 'device', value: sampleDevice(name) })
  for (let at = 0; at < 100; at += 1) expect(await commit(added(`d${at}`))).toBe('OTA_STORE_FAILED')
  isFull = false
  await commit(added('kept'))
  expect(written.at(-1)).toBe(keys)
  expect([...image.device.values()].map(({ key }) => key)).toEqual([sampleDevice('kept').key])
})

it('a refused commit leaves memory unchanged', async () => {
  const { image, commit } = openLedger()
  await commit(put(ended(sampleTask(1))), put(sampleTask(2)))
  const copy = () => structuredClone({ ...image, device: [...image.device] })
  const before = copy()
  const refused = commit(
    put(ended(sampleTask(1), { rev: 1, newest: false })),
    put(ended(sampleTask(2, { rev: 1 }))),
    put(sampleTask(3)),
    put(ended(sampleTask(4))),
    { del: 'task', value: ended(sampleTask(4, { rev: 1 })) },
    put(sampleTask(5, { rev: 9 })),
  )
  expect(copy()).toEqual(before)
  expect(await refused).toBe('OTA_CONFLICT')
  expect(image.tally.get(1) ?? emptyTally).toEqual(emptyTally)
})
