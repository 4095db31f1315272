// The images at a start, on a real disk: which are missing, how that is said, and what is removed.

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Firmware } from '../src/ota/model.ts'
import { openImages } from '../src/stored-images.ts'
import { createRecordingLog, type LogEntry } from './support/recording-log.ts'

let parent: string
let directory: string
let entries: LogEntry[]

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'fogbell-images-'))
  directory = join(parent, 'images')
  entries = []
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const shaOf = (at: number): string => at.toString(16).padStart(64, '0')
const packagesOf = (count: number, module = 'default'): readonly Firmware[] =>
  Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    rev: 1,
    product: 'lamp',
    module,
    version: `1.${at}`,
    description: '',
    from: [],
    signMethod: 'MD5',
    size: 3,
    md5: '',
    sha256: shaOf(at),
    checksum: '',
    createdAt: 0,
  }))

const store = async (...names: readonly string[]): Promise<void> => {
  await mkdir(directory, { recursive: true })
  for (const name of names) await writeFile(join(directory, name), 'image')
}
const open = (packages: readonly Firmware[], mayRemove = true): Promise<unknown> =>
  openImages(directory, { packages, mayRemove, log: createRecordingLog(entries) })
const remedy = `Mount or restore the directory, or add the same files again with \`fogbell firmware add\`. No image was removed`

test('a directory that is gone is one warning with how many images, the first packages and the remedy', async () => {
  await open(packagesOf(7))
  const packages = ['lamp/1.0', 'lamp/1.1', 'lamp/1.2', 'lamp/1.3', 'lamp/1.4']
  expect(entries).toEqual([
    {
      level: 'warn',
      fields: { directory, count: 7, packages },
      message: `the images of 7 packages are missing from ${directory}: ${packages.join(', ')} and 2 more. Campaigns that offer them pause at the first download. ${remedy}`,
    },
  ])
})

test('one image that is missing is named with its module, and no other image is removed, not even an unknown one', async () => {
  await store(shaOf(0), shaOf(77), `${shaOf(9)}.part`)
  await open(packagesOf(2, 'mcu'))
  expect(entries.map(({ message }) => message)).toEqual([
    `the image of a package is missing from ${directory}: lamp/1.1 (mcu). Campaigns that offer it pause at the first download. ${remedy}`,
  ])
  expect((await readdir(directory)).sort()).toEqual([shaOf(0), shaOf(77)])
})

test.each([
  [true, [shaOf(0)]],
  [false, [shaOf(0), shaOf(77)]],
])('where all are there nothing is said, and what no package needs is removed if it may be: %j', async (mayRemove, left) => {
  await store(shaOf(0), shaOf(77))
  await open(packagesOf(1), mayRemove)
  expect(entries).toEqual([])
  expect((await readdir(directory)).sort()).toEqual(left)
})

test('a new directory is made without a word', async () => {
  await open([])
  expect(entries).toEqual([])
  expect(await readdir(directory)).toEqual([])
})
