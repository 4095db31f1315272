import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addonFolders, loadAddon } from '../src/native-addon.ts'

const prebuilt = fileURLToPath(new URL(`../node_modules/classic-level/prebuilds/linux-${process.arch}/`, import.meta.url))
const name = readdirSync(prebuilt).find((file) => !file.includes('musl')) ?? ''
const bytes = readFileSync(join(prebuilt, name))

let place: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'fogbell-addon-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

test('is loaded from the first folder where that is possible, and leaves nothing there', () => {
  const good = join(place, 'good')
  mkdirSync(good)
  const addon = loadAddon({ name, bytes, folders: [join(place, 'nowhere'), join(prebuilt, name), good] })
  expect(addon).toHaveProperty('db_open', expect.any(Function))
  expect(readdirSync(good)).toEqual([])
})

test('is not loaded where no folder will do: each is named with its reason, and the remedy', () => {
  const [first, second] = [join(place, 'nowhere'), join(place, 'second')]
  mkdirSync(second)
  chmodSync(second, 0o700)
  const load = () => loadAddon({ name, bytes: Buffer.from('this is no addon'), folders: [first, second] })
  expect(load).toThrow(/could not be loaded from any folder \(.*nowhere: ENOENT.*; .*second: .*\): set FOGBELL_NATIVE_DIR to a folder/)
  expect(readdirSync(second)).toEqual([])
})

test('FOGBELL_NATIVE_DIR is the only folder if it is set; else those of the data directory are among the others', () => {
  expect(addonFolders({ FOGBELL_NATIVE_DIR: '/a' }, ['serve', '--data', '/b'])).toEqual(['/a'])
  expect(addonFolders({ FOGBELL_NATIVE_DIR: '' }, ['serve', '--data', '/b'])).toEqual([tmpdir(), '/b', '/dev/shm', '/var/tmp'])
  expect(addonFolders({ FOGBELL_DATA_DIR: '/c' }, ['serve', '--data=/b'])).toEqual([tmpdir(), '/b', '/c', '/dev/shm', '/var/tmp'])
  expect(addonFolders({}, ['serve', '--data'])).toEqual([tmpdir(), 'data', '/dev/shm', '/var/tmp'])
  expect(addonFolders({}, ['serve'])).toEqual([tmpdir(), 'data', '/dev/shm', '/var/tmp'])
})
