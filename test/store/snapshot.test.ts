// A snapshot of the store on disk: the rows of one moment, those of sessions as bytes, whatever is written meanwhile.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { SnapshotRow } from '../../src/ota/ports/snapshot.ts'
import { openFilling, openLevel } from '../../src/store/level.ts'

const temporary = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-store-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const all = async (pieces: AsyncIterable<readonly SnapshotRow[]>): Promise<readonly SnapshotRow[]> => {
  const rows: SnapshotRow[] = []
  for await (const piece of pieces) rows.push(...piece)
  return rows
}

it('holds what was there, in order, and nothing that was written or removed later', async () => {
  const { batches, sessions, openSnapshot } = await openLevel(join(await temporary(), 'store'))
  const many = Array.from(
    { length: 2000 },
    (_, n) => ({ type: 'put', key: `open/${String(n).padStart(10, '0')}`, value: `é${n}` }) as const,
  )
  await batches.commit([...many, { type: 'put', key: 'firmware/1', value: 'one' }])
  await sessions.commit([{ type: 'put', key: 'r:x', value: Buffer.from([255, 0, 128]) }], true)
  const snapshot = await openSnapshot()
  await batches.commit([{ type: 'del', key: 'firmware/1' }, ...many.map((op) => ({ ...op, value: 'late' }))])
  await sessions.commit([{ type: 'del', key: 'r:x' }], true)
  const rows = await all(snapshot.rows())
  expect(rows.map(([key]) => key)).toEqual(['!commits', '!session!r:x', 'firmware/1', ...many.map(({ key }) => key)])
  expect(rows[1]?.[1]).toEqual(Buffer.from([255, 0, 128]))
  expect(rows.slice(3).map(([, value]) => value)).toEqual(many.map(({ value }) => value))
  expect(await all(snapshot.texts('firmware/'))).toEqual([['firmware/1', 'one']])
  await snapshot.close()
  await batches.close()
})

it('ends with the store, and its reader gets an error', async () => {
  const { batches, openSnapshot } = await openLevel(join(await temporary(), 'store'))
  await batches.commit(Array.from({ length: 2000 }, (_, n) => ({ type: 'put', key: `open/${n}`, value: 'x'.repeat(100) })))
  const pieces = (await openSnapshot()).rows()[Symbol.asyncIterator]()
  await pieces.next()
  await batches.close()
  const reading = async (): Promise<void> => {
    while ((await pieces.next()).done !== true);
  }
  await expect(reading()).rejects.toThrow(/store/i)
  await expect(openSnapshot()).rejects.toMatchObject({ code: 'OTA_STORE_FAILED' })
})

it('its rows make the same store again', async () => {
  const directory = join(await temporary(), 'store')
  const filling = await openFilling(directory)
  await filling.put([
    [Buffer.from('open/1'), Buffer.from('é')],
    [Buffer.from('!session!r:x'), Buffer.from([255, 0])],
  ])
  await filling.close()
  const { batches, sessions } = await openLevel(directory, { mustExist: true })
  expect(await batches.get('open/1')).toBe('é')
  for await (const rows of sessions.pieces()) expect(rows).toEqual([['r:x', Buffer.from([255, 0])]])
  await batches.close()
})
