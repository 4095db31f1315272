// What the worker keeps: grants, images, counts, and the size of writes.

import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ByteCountOptions, createByteCount } from '../../src/download/byte-count.ts'
import { measured, type Speed, unknownSpeed } from '../../src/download/chunk.ts'
import { createGrants } from '../../src/download/grants.ts'
import { createImageCache, type Lease } from '../../src/download/image-cache.ts'
import type { ImageSource } from '../../src/download/loaded-image.ts'
import type { Granted } from '../../src/download/messages.ts'
import { imageOf, sha256Of } from '../support/image-samples.ts'

const grantOf = (task: number, changes: Partial<Granted> = {}): Granted => ({
  task,
  sha256: 'a'.repeat(64),
  size: 100,
  gone: false,
  until: null,
  bytes: 0,
  path: '/image',
  digests: '/nowhere/digests',
  ...changes,
})

describe('a grant', () => {
  test('is requested once by many at the same time', async () => {
    const asked: number[] = []
    const grants = createGrants((task) => Promise.resolve(grantOf(asked.push(task) && task)), 10)
    await Promise.all(Array.from({ length: 100 }, () => grants.get(7)))
    expect(asked).toEqual([7])
  })

  test('that is forgotten while it is requested is requested again', async () => {
    const answers: ((grant: Granted) => void)[] = []
    const grants = createGrants(() => new Promise((resolve) => answers.push(resolve)), 10)
    const both = Promise.all([grants.get(7), grants.get(7)])
    grants.forget(7)
    answers[0]?.(grantOf(7))
    while (answers.length < 2) await Promise.resolve()
    answers[1]?.(grantOf(7, { gone: true }))
    expect((await both).map((grant) => grant?.gone)).toEqual([true, true])
    expect(answers.length).toBe(2)
  })

  test('that failed, or has no task, is not kept', async () => {
    const answers: (Granted | undefined | Error)[] = [new Error('no'), undefined, grantOf(7)]
    const grants = createGrants(() => {
      const answer = answers.shift()
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    }, 10)
    await expect(grants.get(7)).rejects.toThrow('no')
    expect(await grants.get(7)).toBeUndefined()
    expect(await grants.get(7)).toEqual(grantOf(7))
  })

  test('is kept only while it is among the most recently used', async () => {
    const asked: number[] = []
    const grants = createGrants((task) => Promise.resolve(grantOf(asked.push(task) && task)), 2)
    for (const task of [1, 2, 1, 3, 1, 2]) await grants.get(task)
    expect(asked).toEqual([1, 2, 3, 2])
  })
})

describe('an image', () => {
  let directory: string
  const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fogbell-images-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))
  const save = async (name: string, bytes: Buffer): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, bytes)
    return path
  }
  const sourceOf = (path: string, bytes: Buffer): ImageSource => ({
    sha256: sha256Of(bytes),
    path,
    size: bytes.length,
    digests: `${path}.digests`,
  })
  const readAll = async (lease: Lease, size: number, most = 100_000): Promise<Buffer> => {
    const parts: Buffer[] = []
    for (let at = 0; at < size; ) {
      const part = Buffer.from(await lease.read(at, most))
      parts.push(part)
      at += part.length
    }
    return Buffer.concat(parts)
  }

  test('is loaded once for 200 at the same time, which share its memory', async () => {
    const bytes = imageOf(3_000_000)
    const path = await save('a', bytes)
    const images = createImageCache(10_000_000)
    const leases = await Promise.all(Array.from({ length: 200 }, () => images.open(sourceOf(path, bytes))))
    await rm(path)
    const reads = await Promise.all(leases.map(async (lease) => await lease.read(2_999_990, 100)))
    expect(new Set(reads.map((read) => read.buffer)).size).toBe(1)
    expect(reads[0]?.equals(bytes.subarray(2_999_990))).toBe(true)
    const [first] = leases
    expect(first && (await readAll(first, bytes.length)).equals(bytes)).toBe(true)
    for (const lease of leases) lease.close()
    expect((await images.open(sourceOf(path, bytes))).read(0, 4)).toEqual(bytes.subarray(0, 4))
  })

  test.each([
    ['of more than half the memory', 1_999_999],
    ['where there is no memory', 0],
  ])('%s is read from its file, also when that is removed meanwhile', async (_name, cacheBytes) => {
    const bytes = imageOf(1_000_000)
    const path = await save('a', bytes)
    const before = await openFiles()
    const images = createImageCache(cacheBytes)
    const [one, two] = await Promise.all([images.open(sourceOf(path, bytes)), images.open(sourceOf(path, bytes))])
    expect(await openFiles()).toBe(before + 1)
    await rm(path)
    expect((await readAll(one, bytes.length)).equals(bytes)).toBe(true)
    one.close()
    one.close()
    expect((await readAll(two, bytes.length, 7_777)).equals(bytes)).toBe(true)
    two.close()
    while ((await openFiles()) > before) await new Promise(setImmediate)
    await expect(images.open(sourceOf(path, bytes))).rejects.toThrow('ENOENT')
  })

  test('makes room for others when it is not in use, and not before', async () => {
    const named = async (name: string, skipped: number): Promise<ImageSource> => {
      const bytes = imageOf(400 + skipped).subarray(skipped)
      return sourceOf(await save(name, bytes), bytes)
    }
    const [a, b, c] = [await named('a', 0), await named('b', 4), await named('c', 8)]
    const images = createImageCache(800)
    const isInMemory = (lease: Lease): boolean => Buffer.isBuffer(lease.read(0, 1))
    const [first, second] = [await images.open(a), await images.open(b)]
    await first.read(399, 1)
    await second.read(399, 1)
    const third = await images.open(c)
    await third.read(399, 1)
    expect(isInMemory(third)).toBe(false)
    third.close()
    first.close()
    const again = await images.open(c)
    await again.read(399, 1)
    expect([isInMemory(again), isInMemory(second)]).toEqual([true, true])
    const last = await images.open(a)
    expect(isInMemory(last)).toBe(false)
    last.close()
  })

  test('that cannot be opened or has another size is tried again the next time', async () => {
    const images = createImageCache(10_000)
    await expect(images.open(sourceOf(join(directory, 'a'), imageOf(400)))).rejects.toThrow('ENOENT')
    const path = await save('a', imageOf(399))
    await expect(images.open(sourceOf(path, imageOf(400)))).rejects.toThrow('399 bytes, 400 are recorded')
    await save('a', imageOf(400))
    const lease = await images.open(sourceOf(path, imageOf(400)))
    expect((await lease.read(399, 1)).length).toBe(1)
  })

  test('whose file is cut short under a reader ends in an error, not in wrong bytes', async () => {
    const path = await save('a', imageOf(1_000_000))
    const lease = await createImageCache(0).open(sourceOf(path, imageOf(1_000_000)))
    await truncate(path, 10)
    await expect(readAll(lease, 1_000_000)).rejects.toThrow('ended before byte 10')
    lease.close()
  })
})

describe('a count', () => {
  const tallyWith = (options: Partial<ByteCountOptions> = {}) => {
    const calls: boolean[] = []
    const clock = { now: 0 }
    const changed = (atOnce: boolean): void => {
      calls.push(atOnce)
    }
    const tally = createByteCount({ now: () => clock.now, changed, dropped: () => undefined, limit: 10, everyMs: 250, ...options })
    return { tally, calls, clock }
  }

  test('is reported at once for the first byte and the last, else with the next report', () => {
    const { tally, calls } = tallyWith()
    const count = tally.begin(grantOf(7), 0)
    count.add(0, 10)
    count.add(10, 50)
    count.add(10, 50)
    count.add(50, 100)
    expect(calls).toEqual([true, false, true])
    expect(tally.drain()).toEqual([{ task: 7, bytes: 100, complete: false, sure: false, quietMs: 0 }])
    count.delivered(true)
    expect(calls).toEqual([true, false, true, true])
    expect(tally.drain()).toEqual([{ task: 7, bytes: 100, complete: true, sure: true, quietMs: 0 }])
    expect(tally.drain()).toEqual([])
    expect(tally.bytes()).toBe(140)
  })

  test('reports how long ago the last byte was sent, repeated ones included', () => {
    const { tally, clock } = tallyWith()
    const broken = tally.begin(grantOf(7), 0)
    broken.add(0, 100)
    broken.end()
    clock.now = 400
    expect(tally.drain()).toEqual([{ task: 7, bytes: 100, complete: false, sure: false, quietMs: 400 }])
    const resumed = tally.begin(grantOf(7), 40)
    resumed.add(40, 100)
    clock.now = 5400
    resumed.delivered(true)
    expect(tally.drain()).toEqual([{ task: 7, bytes: 100, complete: true, sure: true, quietMs: 5000 }])
  })

  test('of a task that is fetched over and over is not reported at once every time', () => {
    const { tally, calls, clock } = tallyWith()
    const fetch = (): void => {
      const count = tally.begin(grantOf(7), 0)
      count.add(0, 50)
      count.add(50, 100)
      count.end()
    }
    fetch()
    clock.now = 249
    fetch()
    expect(calls).toEqual([true, true, false, false])
    clock.now = 250
    fetch()
    expect(calls.slice(4)).toEqual([true, true])
  })

  test('goes on where it was when an unfinished download begins anew', () => {
    const { tally } = tallyWith()
    tally.begin(grantOf(7), 0).add(0, 60)
    tally.begin(grantOf(7), 0).add(0, 70)
    expect(tally.drain()).toMatchObject([{ bytes: 70 }])
    tally.begin(grantOf(7), 0).add(0, 10)
    tally.begin(grantOf(7), 0).add(80, 90)
    expect(tally.drain()).toMatchObject([{ bytes: 80 }])
  })

  test('is complete only when all bytes are known to be delivered: those of a broken connection count once the device resumes after them', () => {
    const { tally } = tallyWith()
    const broken = tally.begin(grantOf(7), 0)
    broken.add(0, 100)
    broken.end()
    expect(tally.drain()).toEqual([{ task: 7, bytes: 100, complete: false, sure: false, quietMs: 0 }])
    const resumed = tally.begin(grantOf(7), 40)
    resumed.add(40, 100)
    resumed.delivered(true)
    resumed.end()
    expect(tally.drain()).toEqual([{ task: 7, bytes: 100, complete: true, sure: true, quietMs: 0 }])
  })

  test('is dropped only to make room, when it was reported and has no running download', () => {
    const dropped: number[] = []
    const { tally } = tallyWith({ limit: 1, dropped: (task) => dropped.push(task) })
    const one = tally.begin(grantOf(1), 0)
    one.add(0, 10)
    tally.begin(grantOf(2), 0).end()
    one.end()
    tally.begin(grantOf(3), 0).end()
    expect(dropped).toEqual([2])
    tally.drain()
    tally.begin(grantOf(4), 0)
    expect(dropped).toEqual([2, 1, 3])
    tally.begin(grantOf(1, { bytes: 30 }), 30).add(30, 40)
    expect(tally.drain()).toEqual([{ task: 1, bytes: 40, complete: false, sure: false, quietMs: 0 }])
  })
})

describe('a write', () => {
  const following = (writes: number, ms: (bytes: number) => number, from = unknownSpeed): Speed => {
    let speed = from
    for (let at = 0; at < writes; at += 1) speed = measured(speed, speed.chunk, ms(speed.chunk))
    return speed
  }

  test('to a slow client becomes small', () => {
    const oneKilobyteASecond = (bytes: number): number => bytes
    expect(following(3, oneKilobyteASecond).chunk).toBe(16_384)
    expect(following(1, oneKilobyteASecond, { chunk: 1_048_576, quick: 16_777_216 }).chunk).toBe(16_384)
  })

  test('is 1 MiB only after more was sent quickly than buffers can hold', () => {
    expect(following(10, () => 0).chunk).toBe(262_144)
    expect(following(66, () => 0).chunk).toBeLessThan(1_048_576)
    expect(following(80, () => 0).chunk).toBe(1_048_576)
    expect(
      measured(
        following(80, () => 0),
        1_000,
        1_001,
      ).quick,
    ).toBe(0)
  })

  test('to a client of medium speed stays as it is', () => {
    expect(following(100, () => 500)).toEqual(unknownSpeed)
  })
})
