// Data directories that no damage of bytes explains: pipes, files of another store, missing rights, another server. What is refused, and that
// a refused start changes no byte.

import { execFile } from 'node:child_process'
import { chmod, chown, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { bytesIn, createKilledData, flip, type KilledData, named, refusal, started, warningsOf } from '../support/killed-data-fixture.ts'
import { bin, createServerFixture, runFogbell, serveArgs } from '../support/server-fixture.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let place: KilledData
beforeAll(async () => {
  place = await createKilledData()
})
afterAll(() => place.clean())

const copied = (): Promise<string> => place.copied()

const makePipe = async (path: string): Promise<void> => void (await promisify(execFile)('mkfifo', [path]))
const makeDirectory = (path: string): Promise<void> => mkdir(path)

it.each([
  ['store/CURRENT', /^CURRENT$/],
  ['the MANIFEST', /^MANIFEST-/],
  ['a table', /\.ldb$/],
  ['the log', /\.log$/],
  ['store/LOCK', /^LOCK$/],
  ['the counter of commits', /^commits$/],
])('a pipe or a directory in the place of %s is refused, with its name and at once', async (_what, pattern) => {
  for (const make of [makePipe, makeDirectory]) {
    const data = await copied()
    const file = await named(data, pattern)
    await rm(file)
    await make(file)
    expect(await refusal(data)).toContain(`${file.split('/').at(-1)} is damaged (it is not a regular file)`)
  }
})

it('a pipe or a directory in the place of the marker or the token is refused, and of accept-loss accepts nothing', async () => {
  for (const name of ['instance.json', 'admin.token']) {
    const data = await copied()
    await rm(join(data, name), { force: true })
    await makePipe(join(data, name))
    expect(await refusal(data)).toMatch(new RegExp(`${name} is not a regular file`))
  }
  const data = await copied()
  await flip(await named(data, /\.log$/), (size) => Math.floor(size / 3))
  await makeDirectory(join(data, 'accept-loss'))
  expect(await refusal(data)).toContain('accept the loss once')
})

it('a start while another server runs changes no file of it', async () => {
  const data = await copied()
  const server = await createServerFixture(data)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const names = (await readdir(join(data, 'store'))).sort()
  const log = await readFile(join(data, 'store', 'LOG'), 'utf8')
  expect((await runFogbell(await serveArgs(data)).ended).stderr).toContain('in use by another process')
  expect([(await readdir(join(data, 'store'))).sort(), await readFile(join(data, 'store', 'LOG'), 'utf8')]).toEqual([names, log])
})

it('damage at the beginning of the log, where the first commits are lost, is damage and no other log', async () => {
  const data = await copied()
  await flip(await named(data, /\.log$/), () => 9)
  expect(await refusal(data)).toMatch(/is damaged at byte 0 .* behind the damage/)
})

it('a log of another store is refused, though each byte of it is as it was written', async () => {
  const other = join(place.path, 'another')
  const server = await createServerFixture(other)
  await server.kill()
  const data = await copied()
  await cp(await named(other, /\.log$/), await named(data, /\.log$/))
  expect(await refusal(data)).toMatch(/\.log is damaged \(it does not continue the tables/)
})

it("whole blocks that are missing from the log, or at each other's place, are refused until it is accepted", async () => {
  const block = 32_768
  const ways = {
    missing: (bytes: Buffer) => Buffer.concat([bytes.subarray(0, block), bytes.subarray(2 * block)]),
    swapped: (bytes: Buffer) =>
      Buffer.concat([
        bytes.subarray(0, block),
        bytes.subarray(2 * block, 3 * block),
        bytes.subarray(block, 2 * block),
        bytes.subarray(3 * block),
      ]),
  }
  for (const way of Object.values(ways)) {
    const data = await copied()
    const log = await named(data, /\.log$/)
    await writeFile(log, way(await readFile(log)))
    expect(await refusal(data)).toMatch(/is damaged at byte .* behind the damage/)
    await writeFile(join(data, 'accept-loss'), '')
    expect(warningsOf(await started(data))).toContain('its loss was accepted')
  }
})

it('a marker of a newer format than the store is refused; of an older one, as an upgrade leaves it, is written anew', async () => {
  const data = await copied()
  const marker = join(data, 'instance.json')
  const text = await readFile(marker, 'utf8')
  const withFormat = (format: number): string => `${JSON.stringify({ ...JSON.parse(text), format })}\n`
  await writeFile(marker, withFormat(9))
  expect(await refusal(data)).toContain('instance.json is damaged')
  await writeFile(marker, withFormat(0))
  expect(await refusal(data)).toContain('instance.json is damaged')
  await writeFile(marker, withFormat(1))
  await started(data)
  expect(await readFile(marker, 'utf8')).toBe(text)
})

it('digests of images without a store, or a store that is itself given as the directory, are no empty directory', async () => {
  const data = await copied()
  for (const name of ['store', 'images', 'instance.json']) await rm(join(data, name), { recursive: true })
  expect(await refusal(data)).toMatch(/store is missing beside images\.digests/)
  expect(await refusal(join(await copied(), 'store'))).toMatch(/store is missing beside CURRENT/)
})

it.runIf(process.getuid?.() === 0)('what this user may not write is found before anything is changed', async () => {
  const user = 65_534
  for (const [name, mode] of [
    ['', 0o555],
    ['store', 0o555],
    ['store/LOCK', 0o444],
    ['images', 0o700],
    ['admin.token', 0o600],
  ] as const) {
    const data = await copied()
    const token = join(data, 'admin.token')
    await writeFile(token, 'a-token\n')
    await chmod(place.path, 0o755)
    await promisify(execFile)('chown', ['-R', `${user}:${user}`, data])
    await chown(join(data, name), 0, 0)
    await chmod(join(data, name), mode)
    const args = await serveArgs(data)
    const before = await bytesIn(data)
    const start = promisify(execFile)('setpriv', [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', process.execPath, bin, ...args])
    const stderr = await start.then(
      () => 'it started',
      (error: { readonly stderr: string }) => error.stderr,
    )
    expect(stderr, name).toMatch(/permission denied.*OTA_DATA_DIR/)
    expect(await bytesIn(data), name).toEqual(before)
  }
})
