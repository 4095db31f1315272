// Data directories of which files are missing or damaged: what starts, what is refused, and that a refused start changes no byte.

import { cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startInside } from '../support/inside-server.ts'
import {
  bytesIn,
  createKilledData,
  flip,
  type KilledData,
  modulesOf,
  named,
  refusal,
  reports,
  started,
  warningsOf,
} from '../support/killed-data-fixture.ts'
import { runFogbell, serveArgs } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let place: KilledData
beforeAll(async () => {
  place = await createKilledData()
})
afterAll(() => place.clean())

const copied = (): Promise<string> => place.copied()

const ways: Readonly<Record<string, (file: string) => Promise<void>>> = {
  missing: (file) => rm(file),
  empty: (file) => truncate(file),
  'cut to half': async (file) => truncate(file, Math.floor((await stat(file)).size / 2)),
  'one byte flipped': (file) => flip(file, (size) => Math.floor(size / 2)),
}

const files: Readonly<Record<string, RegExp>> = {
  CURRENT: /^CURRENT$/,
  'the MANIFEST': /^MANIFEST-/,
  'a table': /\.ldb$/,
  'the log': /\.log$/,
}

describe.each(Object.keys(files))('%s', (what) => {
  it.each(Object.keys(ways))(
    '%s: refused with its name and the remedy, and no byte is changed; or a log that ends early, with a warning',
    async (way) => {
      const data = await copied()
      const file = await named(data, files[what] ?? /^$/)
      await ways[way]?.(file)
      if (what === 'the log' && (way === 'empty' || way === 'cut to half')) {
        expect(warningsOf(await started(data))).toMatch(/the end of the store's log is missing.*at least \d+ commits/)
        expect(await readdir(join(data, 'images'))).toHaveLength(1)
        return
      }
      const stderr = await refusal(data)
      expect(stderr).toContain(file.split('/').at(-1))
      expect(stderr).toContain(what === 'the log' && way === 'one byte flipped' ? 'accept-loss' : 'backup')
    },
  )
})

it('a refused start is the end of the process, with status 1, the sentence and no trace', async () => {
  const data = await copied()
  await rm(join(data, 'store', 'CURRENT'))
  const before = await bytesIn(data)
  const { status, stderr } = await runFogbell(await serveArgs(data)).ended
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^.*CURRENT is missing[^\n]*\n$/)])
  expect(await bytesIn(data)).toEqual(before)
})

it('what LevelDB can do without does not keep the server from starting: LOCK, LOG, and the counter of commits', async () => {
  const data = await copied()
  for (const [name, way] of [
    ['LOCK', 'missing'],
    ['LOG', 'empty'],
    ['commits', 'one byte flipped'],
  ] as const)
    await ways[way]?.(join(data, 'store', name))
  const server = await started(data)
  expect(await modulesOf(server)).toContain(String(reports))
  expect(warningsOf(server)).not.toContain('log is missing')
})

it('a directory without its store, or with another one, is refused; an image is never deleted', async () => {
  const data = await copied()
  await rename(join(data, 'store'), join(place.path, 'aside'))
  expect(await refusal(data)).toMatch(/store is missing beside .*images/)
  await mkdir(join(data, 'store'))
  expect(await refusal(data)).toMatch(/CURRENT is missing/)
  const other = join(place.path, 'other')
  await (await startInside(other)).stop()
  await rm(join(data, 'store'), { recursive: true })
  await cp(join(other, 'store'), join(data, 'store'), { recursive: true })
  expect(await refusal(data)).toMatch(/not the one that instance.json beside it belongs to/)
  await rm(join(data, 'store'), { recursive: true })
  await rename(join(place.path, 'aside'), join(data, 'store'))
  await started(data)
  expect(await readdir(join(data, 'images'))).toHaveLength(1)
})

it('a directory without its images starts with one warning that names the packages, and keeps what else is there', async () => {
  const data = await copied()
  const images = join(data, 'images')
  const [image = ''] = await readdir(images)
  await rename(images, join(place.path, 'images aside'))
  const server = await started(data)
  const said = /the image of a package is missing from .*images: lamp\/2\. .*Mount or restore the directory/g
  expect(warningsOf(server).match(said)).toHaveLength(1)
  expect(await readdir(join(data, 'images.digests'))).toEqual([image])
  await server.stop()
  await rm(images, { recursive: true })
  await rename(join(place.path, 'images aside'), images)
  expect(warningsOf(await started(data))).not.toContain('is missing from')
})

it('a damaged marker is refused; without one a store is adopted, as that of version 0.1.0, and its images stay', async () => {
  const data = await copied()
  const marker = join(data, 'instance.json')
  const text = await readFile(marker, 'utf8')
  for (const damaged of ['', text.slice(0, text.length / 2)]) {
    await writeFile(marker, damaged)
    expect(await refusal(data)).toContain('instance.json is damaged')
  }
  await writeFile(
    marker,
    text.replace(/[0-9a-f]{4}/, (hex) => (hex === '0000' ? '1111' : '0000')),
  )
  expect(await refusal(data)).toMatch(/Restore both from one backup/)
  await rm(marker)
  await writeFile(join(data, 'images', 'a'.repeat(64)), 'an image that no package names')
  const server = await started(data)
  expect(await modulesOf(server)).toContain(String(reports))
  expect(await readFile(marker, 'utf8')).toBe(text)
  expect(await readdir(join(data, 'images'))).toHaveLength(2)
})

it('files of others, a token or lost+found make no data: a new store is made, but not where requireExisting is set', async () => {
  const data = join(place.path, 'fresh')
  await mkdir(join(data, 'lost+found'), { recursive: true })
  await writeFile(join(data, 'admin.token'), 'a-token\n')
  expect(await refusal(data, { requireExisting: true })).toMatch(/requireExisting/)
  expect(await refusal(join(place.path, 'nowhere'), { requireExisting: true }).catch((error: unknown) => String(error))).toMatch(
    /requireExisting|ENOENT/,
  )
  const server = await started(data)
  expect(server.token).toBe('a-token')
  await server.stop()
  await started(data, { requireExisting: true })
})

it('one flipped byte with commits behind it is refused until it is accepted once, by a file or by the command', async () => {
  for (const by of ['file', 'command'] as const) {
    const data = await copied()
    await flip(await named(data, /\.log$/), (size) => Math.floor(size / 3))
    expect(await refusal(data)).toMatch(/\.log in .* is damaged at byte [\d,]+ .*1?\d\d commits behind/)
    if (by === 'file') await writeFile(join(data, 'accept-loss'), '')
    const args = await serveArgs(data)
    const running = runFogbell(by === 'file' ? args : [...args, '--accept-loss'])
    onTestFinished(() => void running.child.kill('SIGKILL'))
    await waitFor('it is ready', () => running.output.stdout.includes('"ready"}'), 20_000)
    expect(running.output.stdout).toMatch(
      /is damaged, and its loss was accepted: \d+ bytes could not be read; how many commits were in them is not known/,
    )
    running.child.kill('SIGTERM')
    await running.ended
    expect(await readdir(data)).not.toContain('accept-loss')
    const next = await started(data)
    expect(warningsOf(next), 'it is said once').not.toContain('damaged')
  }
})

it('a torn tail starts with its figures in the log and the metrics', async () => {
  const data = await copied()
  const log = await named(data, /\.log$/)
  await truncate(log, (await stat(log)).size - 5)
  const server = await started(data)
  expect(warningsOf(server)).toMatch(/as after a power cut: \d+ bytes could not be read; at least 1 commits/)
  const metrics = await fetch(`${server.description.admin}/metrics`, { headers: { authorization: `Bearer ${server.token}` } })
  const text = await metrics.text()
  expect(text).toMatch(/^fogbell_store_lost_bytes [1-9]/m)
  expect(text).toMatch(/^fogbell_store_lost_commits 1$/m)
})
