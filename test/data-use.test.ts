import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { measureData } from '../src/data-use.ts'

test('the size of the data is that of all files in the directory, also in its folders', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-data-use-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await mkdir(join(directory, 'store'))
  await writeFile(join(directory, 'admin.token'), 'x'.repeat(30))
  await writeFile(join(directory, 'store', '000001.log'), 'x'.repeat(1000))
  const { dataBytes, freeBytes, diskBytes } = await measureData(directory)
  expect(dataBytes).toBe(1030)
  expect(diskBytes).toBeGreaterThanOrEqual(freeBytes ?? Number.NaN)
})

test('of a directory that is not there nothing is known', async () => {
  expect(await measureData(join(tmpdir(), 'fogbell-not-there'))).toEqual({ dataBytes: null, freeBytes: null, diskBytes: null })
})
