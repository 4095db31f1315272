// LevelDB's formats, piece by piece: what the files of a small store do not show.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createCrc32c } from '../../src/store/files/crc32c.ts'
import { readLog } from '../../src/store/files/log-records.ts'
import { versionOf } from '../../src/store/files/manifest.ts'
import { checkTable } from '../../src/store/files/table-blocks.ts'
import { openLevel } from '../../src/store/level.ts'

const crc = createCrc32c()
const block = 32_768

/** A whole record of one fragment. */
const record = (bytes: Uint8Array): Buffer => {
  const typed = Buffer.concat([Buffer.from([1]), bytes])
  const sum = crc(typed, 0, typed.length)
  const head = Buffer.alloc(6)
  head.writeUInt32LE((((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0, 0)
  head.writeUInt16LE(bytes.length, 4)
  return Buffer.concat([head, typed])
}

test('the bytes that fill a block are zeros; others are damage', () => {
  const first = record(Buffer.alloc(block - 7 - 3, 'x'))
  const second = record(Buffer.from('second'))
  expect(readLog(Buffer.concat([first, Buffer.alloc(3), second]), crc)).toMatchObject({ damagedAt: null, records: { length: 2 } })
  const filled = readLog(Buffer.concat([first, Buffer.from([0, 1, 0]), second]), crc)
  expect(filled).toMatchObject({ damagedAt: block - 3, damagedBytes: 3, records: [{ isBehind: false }, { isBehind: true }] })
})

test('a MANIFEST is complete with a log, a next file and a last sequence; a table that was deleted is gone', () => {
  const [log, next, last] = [Buffer.from([2, 9]), Buffer.from([3, 10]), Buffer.from([4, 77])]
  expect(versionOf([log, next, last])).toMatchObject({ logNumber: 9, lastSequence: 77, isComplete: true })
  for (const edits of [
    [next, last],
    [log, last],
    [log, next],
  ])
    expect(versionOf(edits).isComplete).toBe(false)
  // Table 5 of 20 bytes at level 0, from the key a to b.
  const added = Buffer.concat([
    Buffer.from([7, 0, 5, 20, 9]),
    Buffer.from('a'),
    Buffer.alloc(8),
    Buffer.from([9]),
    Buffer.from('b'),
    Buffer.alloc(8),
  ])
  expect([...versionOf([added]).tables.values()]).toEqual([{ number: 5, size: 20, smallest: 'a', largest: 'b' }])
  expect(versionOf([added, Buffer.from([6, 0, 5])]).tables.size).toBe(0)
  expect(() => versionOf([Buffer.from([8])])).toThrow(RangeError)
})

test('bytes between the last block of a table and its footer are found', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-table-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  for (let round = 0; round < 2; round += 1) {
    const { batches } = await openLevel(directory)
    await batches.commit([{ type: 'put', key: 'a', value: 'b' }])
    await batches.close()
  }
  const name = (await readdir(directory)).find((each) => each.endsWith('.ldb')) ?? ''
  const bytes = await readFile(join(directory, name))
  expect(() => checkTable(bytes, crc)).not.toThrow()
  const longer = Buffer.concat([bytes.subarray(0, -48), Buffer.alloc(3), bytes.subarray(-48)])
  expect(() => checkTable(longer, crc)).toThrow('belong to no block')
})
