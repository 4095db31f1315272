// Images whose files are not what was stored: never a wrong byte, a clear status, and the core hears of it.

import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { createImageCache } from '../../src/download/image-cache.ts'
import { createBlockDigest, sealedDigests } from '../../src/image-blocks.ts'
import { dial } from '../support/download-client.ts'
import { createDownloadFixture, type DownloadFixture } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'
import { until } from '../support/until.ts'

const MIB = 1_048_576
const size = 3 * MIB + 5
const image = imageOf(size)
let fixture: DownloadFixture
afterEach(() => fixture.close())

const flip = async (path: string, at: number): Promise<void> => {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 1
  await file.write(byte, 0, 1, at)
  await file.close()
}
const faulty = (fault: string): Promise<void> => until(() => fixture.faults.some((each) => each.task === 1 && each.fault === fault))
const warned = (): boolean => fixture.logged.some((line) => line.includes('image could not be read'))

const digestsOf = (bytes: Buffer): Buffer => {
  const digest = createBlockDigest()
  digest.update(bytes.subarray(0, 7))
  digest.update(bytes.subarray(7))
  return digest.finish()
}
/** With the digests of an upload, and without as images of earlier versions. */
const openFixture = async (cacheBytes: number, isUploaded: boolean): Promise<void> => {
  fixture = await createDownloadFixture(image, { cacheBytes })
  if (isUploaded) await writeFile(`${fixture.path}.digests`, sealedDigests(fixture.sha256, digestsOf(image)))
}
const ways = [
  ['in memory, uploaded', 64 * MIB, true],
  ['in memory, of an earlier version', 64 * MIB, false],
  ['from disk, uploaded', 0, true],
  ['from disk, of an earlier version', 0, false],
] as const

describe.each(ways)('%s:', (_name, cacheBytes, isUploaded) => {
  test('a flipped bit in the first block is 500, in the log, and known to the core', async () => {
    await openFixture(cacheBytes, isUploaded)
    await flip(fixture.path, 1_000)
    const { status, body } = await fixture.get(fixture.link())
    expect([status, body.toString()]).toEqual([500, expect.stringMatching(/cannot be read/)])
    await faulty('damaged')
    expect(warned()).toBe(true)
  })

  test('a flipped bit in the last byte is never sent', async () => {
    await openFixture(cacheBytes, isUploaded)
    await flip(fixture.path, size - 1)
    const client = await dial(fixture.port)
    client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x', 'Connection: close')
    const got = await client.answer().catch(() => 'cut' as const)
    if (got !== 'cut') expect(got.status).toBe(500)
    await faulty('damaged')
    expect((await fixture.get(fixture.link(), `Range: bytes=${size - 5}-`)).status).toBe(500)
  })

  test('an image that is put right is served again', async () => {
    await openFixture(cacheBytes, isUploaded)
    await flip(fixture.path, 1_000)
    expect((await fixture.get(fixture.link())).status).toBe(500)
    await flip(fixture.path, 1_000)
    expect((await fixture.get(fixture.link())).body.equals(image)).toBe(true)
  })

  test('one that is missing is 500 too', async () => {
    await openFixture(cacheBytes, isUploaded)
    await rename(fixture.path, `${fixture.path}.away`)
    expect((await fixture.get(fixture.link())).status).toBe(500)
    await faulty('missing')
  })

  test('one that is cut short is damaged', async () => {
    await openFixture(cacheBytes, isUploaded)
    await writeFile(fixture.path, image.subarray(0, size - 1))
    expect((await fixture.get(fixture.link())).status).toBe(500)
    await faulty('damaged')
  })
})

test('from disk, the good blocks of a damaged image are right, and the connection is cut at the bad one', async () => {
  await openFixture(0, true)
  await flip(fixture.path, 2 * MIB + 5)
  const { status, body } = await fixture.get(fixture.link(), `Range: bytes=100-${MIB - 1}`)
  expect([status, body.equals(image.subarray(100, MIB))]).toEqual([206, true])
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
  await client.closed
  expect(client.rest()).toBeGreaterThan(MIB)
  expect(client.rest()).toBeLessThan(2 * MIB + 1_000)
  await faulty('damaged')
})

test('a damaged image that is replaced is read from its new file, while others still have the old one open', async () => {
  await openFixture(0, true)
  const source = { sha256: fixture.sha256, path: fixture.path, size, digests: `${fixture.path}.digests` }
  const images = createImageCache(0)
  const [held, other] = [await images.open(source), await images.open(source)]
  await held.read(0, 10)
  await flip(fixture.path, 2 * MIB + 5)
  await expect(Promise.resolve(other.read(2 * MIB, 10))).rejects.toThrow('other bytes')
  await writeFile(`${fixture.path}.new`, image)
  await rename(`${fixture.path}.new`, fixture.path)
  const again = await images.open(source)
  expect(await again.read(2 * MIB, 10)).toEqual(image.subarray(2 * MIB, 2 * MIB + 10))
  for (const lease of [held, other, again]) lease.close()
})

test('a bit that flips on the disk after an image was loaded harms nobody', async () => {
  await openFixture(64 * MIB, true)
  expect((await fixture.get(fixture.link())).status).toBe(200)
  await flip(fixture.path, 1_000)
  expect((await fixture.get(fixture.link())).body.equals(image)).toBe(true)
})

describe('the digests', () => {
  test.each([
    ['damaged', (path: string) => flip(path, 40)],
    ['empty', (path: string) => writeFile(path, '')],
    ['of another length', (path: string) => writeFile(path, Buffer.alloc(7))],
    ['missing', (path: string) => rm(path)],
  ])('that are %s are made again, and the image is no worse for it', async (_name, spoil) => {
    await openFixture(0, true)
    const path = `${fixture.path}.digests`
    const before = await readFile(path)
    await spoil(path)
    expect((await fixture.get(fixture.link())).body.equals(image)).toBe(true)
    expect((await readFile(path)).equals(before)).toBe(true)
    expect((await stat(path)).mode & 0o137).toBe(0)
    expect(fixture.faults).toEqual([])
  })
})

test('many devices that ask for a damaged image make one line in the log', async () => {
  await openFixture(0, true)
  await flip(fixture.path, 1_000)
  const statuses = await Promise.all(Array.from({ length: 20 }, async (_, at) => (await fixture.get(fixture.link(at + 1))).status))
  expect(new Set(statuses)).toEqual(new Set([500]))
  await until(() => fixture.faults.length === 20)
  expect(fixture.logged.filter((line) => line.includes('image could not be read')).length).toBe(1)
})
