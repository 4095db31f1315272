// A data directory as kill -9 leaves it, copies of it to damage, and what a start makes of them.

import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { surveyStore } from '../../src/store/files/store-survey.ts'
import { commitsKey } from '../../src/store/keys.ts'
import { callFogbell } from './call-fogbell.ts'
import { enter } from './device-client.ts'
import { type InsideServer, startInside } from './inside-server.ts'
import { addImage, createServerFixture, makePlace, serveArgs, textOf } from './server-fixture.ts'
import { waitFor } from './until.ts'

/** The version that a module of the device lamp/l1 reported last. */
export const reports = 200

const countedIn = async (data: string): Promise<number> =>
  Number((await readFile(join(data, 'store', 'commits'), 'utf8').catch(() => '0')).split(' ')[0])

/** Those that are in the store's files. */
const commitsIn = async (data: string): Promise<number> =>
  Number(await (await surveyStore(join(data, 'store'), commitsKey)).row(commitsKey))

/** Tables, and a log with acknowledged reports. */
const makeKilled = async (data: string): Promise<void> => {
  let server = await createServerFixture(data)
  await addImage(server, { product: 'lamp', version: '2' }, Buffer.alloc(3000, 'image'))
  await server.stop()
  server = await createServerFixture(data)
  const device = await enter(server, { product: 'lamp', name: 'l1' })
  for (let n = 1; n <= reports; n += 1) await device.report('version.post', { version: String(n), module: `m${n % 40}` })
  await waitFor('all commits are counted', async () => (await countedIn(data)) === (await commitsIn(data)))
  await server.kill()
}

export interface KilledData {
  /** A directory for anything else. */
  readonly path: string
  /** A copy of its own. */
  copied(): Promise<string>
  clean(): Promise<void>
}

export const createKilledData = async (): Promise<KilledData> => {
  const { path, clean } = await makePlace()
  const killed = join(path, 'killed')
  await makeKilled(killed)
  let copies = 0
  return {
    path,
    clean,
    async copied() {
      copies += 1
      const data = join(path, `copy${copies}`)
      await cp(killed, data, { recursive: true, preserveTimestamps: true })
      return data
    },
  }
}

/** Every file below a directory with its bytes. */
export const bytesIn = async (directory: string): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>()
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    found.set(relative(directory, path), entry.isFile() ? (await readFile(path)).toString('base64') : 'no file')
  }
  return found
}

/** The refusal of a start, which has changed nothing. */
export const refusal = async (data: string, settings: object = {}): Promise<string> => {
  const before = await bytesIn(data)
  const { status, stderr } = await callFogbell(await serveArgs(data, settings))
  expect(status, stderr).toBe(1)
  expect(await bytesIn(data)).toEqual(before)
  expect(stderr).not.toMatch(/\n\s+at /)
  return stderr
}

export const started = async (data: string, settings: object = {}): Promise<InsideServer> => {
  const server = await startInside(data, settings)
  onTestFinished(() => server.stop())
  return server
}

export const warningsOf = ({ logged }: InsideServer): string => logged.map(({ message }) => message).join('\n')

export const modulesOf = async (server: InsideServer): Promise<readonly string[]> =>
  Object.values((await server.call('GET', '/devices/lamp/l1'))['modules'] ?? {}).map((module) => textOf(module['version']))

export const named = async (data: string, pattern: RegExp): Promise<string> => {
  const name = (await readdir(join(data, 'store')))
    .filter((each) => pattern.test(each))
    .sort()
    .at(-1)
  if (name === undefined) throw new Error(`no file ${pattern.source}`)
  return join(data, 'store', name)
}

export const flip = async (file: string, at: (size: number) => number): Promise<void> => {
  const bytes = await readFile(file)
  const place = at(bytes.length)
  bytes[place] = (bytes[place] ?? 0) ^ 0x40
  await writeFile(file, bytes)
}
