import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dataDirUnusable, readToken, writeDescription } from '../src/data-dir.ts'

let directory: string
let umask: number

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-data-'))
  umask = process.umask(0o077)
})
afterEach(async () => {
  process.umask(umask)
  await rm(directory, { recursive: true, force: true })
})

const description = { pid: 1, version: '1', mqtt: [], firmware: '', admin: '' }
const modeOf = async (name: string): Promise<string> => ((await stat(join(directory, name))).mode & 0o777).toString(8)

test('a token that its group may read stays so, and the group may read fogbell.json too, whatever the umask', async () => {
  await writeFile(join(directory, 'admin.token'), 'tok\n')
  await chmod(join(directory, 'admin.token'), 0o640)
  expect(await readToken(directory)).toBe('tok')
  await writeDescription(directory, description)
  expect([await modeOf('admin.token'), await modeOf('fogbell.json')]).toEqual(['640', '640'])
})

test('beside a token of its owner alone, fogbell.json is as the umask says', async () => {
  await readToken(directory)
  await writeDescription(directory, description)
  expect([await modeOf('admin.token'), await modeOf('fogbell.json')]).toEqual(['600', '600'])
})

test('why a directory cannot be used stands within a sentence that says what to do', () => {
  expect(dataDirUnusable('/data', new Error('no space left on device.')).message).toBe(
    'the data directory /data cannot be used: no space left on device; free space, fix its permissions, or choose another with --data',
  )
})
