// The image files on a real disk: what remains after every way an upload can end.

import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import { createFirmwareFiles } from '../../src/firmware/image-files.ts'
import { unsealedDigests } from '../../src/image-blocks.ts'
import type { FirmwareFiles } from '../../src/ota/ports/files.ts'

const LIMIT = 1_000_000
let parent: string
let directory: string
let files: FirmwareFiles

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'fogbell-files-'))
  directory = join(parent, 'images')
  files = await createFirmwareFiles(directory)
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const chunked = (bytes: Buffer, size = 1_000): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
async function* from(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}
async function* tornAfter(chunk: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(chunk)
  throw error
}

describe('an upload', () => {
  test('is stored under its SHA-256, byte for byte', async () => {
    const image = randomBytes(70_001)
    const digests = await files.receive(from(...chunked(image)), LIMIT)
    expect(digests).toMatchObject({ size: 70_001, sha256: sha256(image) })
    expect(await readdir(directory)).toEqual([digests.sha256])
    expect((await readFile(files.path(digests.sha256))).equals(image)).toBe(true)
  })

  test('has the digest of each MiB beside it, with a digest of their own, and without the image neither', async () => {
    const image = randomBytes(2 * 1_048_576 + 3)
    const { sha256: name } = await files.receive(from(...chunked(image, 100_000)), 3_000_000)
    const stored = await readFile(files.digestsPath(name))
    const digests = [0, 1, 2].map((at) => sha256(image.subarray(at * 1_048_576, (at + 1) * 1_048_576)))
    expect(unsealedDigests(name, image.length, stored)?.toString('hex')).toBe(digests.join(''))
    expect(unsealedDigests(sha256(Buffer.from('another')), image.length, stored)).toBeUndefined()
    await files.sweep(new Set([name]))
    expect((await readFile(files.digestsPath(name))).equals(stored)).toBe(true)
    await files.sweep(new Set())
    await expect(readFile(files.digestsPath(name))).rejects.toThrow('ENOENT')
    const again = await files.receive(from(image), 3_000_000)
    await files.remove(again.sha256)
    await expect(readFile(files.digestsPath(name))).rejects.toThrow('ENOENT')
  })

  test('of one large chunk is stored too', async () => {
    const image = randomBytes(900_000)
    const { sha256: name } = await files.receive(from(image), LIMIT)
    expect((await readFile(files.path(name))).equals(image)).toBe(true)
  })

  test('may have exactly as many bytes as the limit', async () => {
    expect((await files.receive(from(Buffer.alloc(1_000)), 1_000)).size).toBe(1_000)
  })

  test('is read on only when the last chunk was written', async () => {
    const behind: number[] = []
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 5; sent += 1) {
        const part = (await readdir(directory)).find((name) => name.endsWith('.part')) ?? 'none'
        behind.push(sent * 1_000 - (await stat(join(directory, part))).size)
        yield Buffer.alloc(1_000, sent)
      }
    }
    await files.receive(source(), LIMIT)
    expect(behind).toEqual([0, 0, 0, 0, 0])
  })

  test('is readable by owner and group only', async () => {
    const { sha256: name } = await files.receive(from(Buffer.from('image')), LIMIT)
    expect((await stat(files.path(name))).mode & 0o137).toBe(0)
    expect((await stat(directory)).mode & 0o027).toBe(0)
  })

  test('of bytes that are already stored changes nothing', async () => {
    const image = randomBytes(10_000)
    const first = await files.receive(from(image), LIMIT)
    expect(await files.receive(from(...chunked(image)), LIMIT)).toEqual(first)
    expect(await readdir(directory)).toEqual([first.sha256])
  })

  test('may run in parallel with others of the same bytes', async () => {
    const image = randomBytes(200_000)
    const all = await Promise.all([1_000, 7_777, 200_000, 1_000].map((size) => files.receive(from(...chunked(image, size)), LIMIT)))
    expect(new Set(all.map((digests) => digests.sha256))).toEqual(new Set([sha256(image)]))
    expect(await readdir(directory)).toEqual([sha256(image)])
    expect((await readFile(files.path(sha256(image)))).equals(image)).toBe(true)
  })
})

describe('nothing is left behind by', () => {
  const refused = async (source: AsyncIterable<Uint8Array>, limit = LIMIT): Promise<OtaError> => {
    const error: unknown = await files.receive(source, limit).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(OtaError)
    return error as OtaError
  }

  test('an incomplete upload', async () => {
    const cause = new Error('aborted')
    expect(await refused(tornAfter(Buffer.alloc(5_000), cause))).toMatchObject({ code: 'OTA_UPLOAD_TORN', cause })
    expect(await readdir(directory)).toEqual([])
  })

  test('a source that refuses by itself, whose reason is passed on', async () => {
    const reason = new OtaError('OTA_STOPPING')
    expect(await refused(tornAfter(Buffer.alloc(5_000), reason))).toBe(reason)
    expect(await readdir(directory)).toEqual([])
  })

  test('an image above the limit, whose source is stopped', async () => {
    let stopped = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(600))
      } finally {
        stopped = true
      }
    }
    expect(await refused(endless(), 1_000)).toMatchObject({ code: 'OTA_FIRMWARE_TOO_LARGE' })
    expect(stopped).toBe(true)
    expect(await readdir(directory)).toEqual([])
  })

  test('an image without bytes', async () => {
    expect(await refused(from())).toMatchObject({ code: 'OTA_FIRMWARE_EMPTY' })
    expect(await refused(from(Buffer.alloc(0)))).toMatchObject({ code: 'OTA_FIRMWARE_EMPTY' })
    expect(await readdir(directory)).toEqual([])
  })

  test('a directory that disappears during the upload', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      await rm(directory, { recursive: true })
      yield Buffer.from('half')
    }
    expect(await refused(source())).toMatchObject({ code: 'OTA_STORE_FAILED' })
    expect(await readdir(parent)).toEqual([])
  })

  test('a name that cannot be used', async () => {
    const image = Buffer.from('image')
    await mkdir(join(files.path(sha256(image)), 'in the way'), { recursive: true })
    expect(await refused(from(image))).toMatchObject({ code: 'OTA_STORE_FAILED' })
    expect(await readdir(directory)).toEqual([sha256(image)])
  })
})

test('removing deletes the image; removing it again does nothing', async () => {
  const { sha256: name } = await files.receive(from(Buffer.from('image')), LIMIT)
  await files.remove(name)
  await files.remove(name)
  expect(await readdir(directory)).toEqual([])
})

test('the sweep removes incomplete uploads and unknown images, and nothing else', async () => {
  const kept = await files.receive(from(Buffer.from('kept')), LIMIT)
  await files.receive(from(Buffer.from('unknown')), LIMIT)
  await writeFile(join(directory, '0b6ee3e8.part'), 'half')
  await writeFile(join(directory, 'README'), 'not ours')
  await files.sweep(new Set([kept.sha256]))
  expect((await readdir(directory)).sort()).toEqual([kept.sha256, 'README'].sort())
})

test('a directory that cannot be created is an error that names it', async () => {
  await writeFile(join(parent, 'file'), '')
  const error: unknown = await createFirmwareFiles(join(parent, 'file', 'images')).catch((cause: unknown) => cause)
  expect(error).toMatchObject({ code: 'OTA_STORE_FAILED', message: expect.stringContaining(join(parent, 'file', 'images')) })
})
