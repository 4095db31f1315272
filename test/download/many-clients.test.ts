// Many downloads at once: places, the queue for them, the speed limit, and a worker that dies.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BroadcastChannel } from 'node:worker_threads'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { dial } from '../support/download-client.ts'
import { built, createDownloadFixture, type DownloadFixture } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'
import { until } from '../support/until.ts'

const MIB = 1_048_576
/** More than the buffers of both ends hold for a client that reads nothing. */
let large: Buffer
beforeAll(() => {
  large = imageOf(16 * MIB)
})
let fixture: DownloadFixture
afterEach(() => fixture.close())

/** A client that takes a slot and keeps it, since it reads nothing. */
const occupy = async (task: number) => {
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link(task)} HTTP/1.1`, 'Host: x')
  await client.atLeast(1)
  client.socket.pause()
  return client
}
const ask = async (task: number) => {
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link(task)} HTTP/1.1`, 'Host: x', 'Range: bytes=0-9')
  return client
}

describe('50 clients at once', () => {
  test.each([
    ['from memory', 16 * MIB],
    ['from disk', 0],
  ])('all get the image, %s', async (_name, cacheBytes) => {
    fixture = await createDownloadFixture(imageOf(MIB), { cacheBytes })
    const answers = await Promise.all(Array.from({ length: 50 }, (_, task) => fixture.get(fixture.link(task + 1))))
    expect(answers.filter(({ body }) => body.equals(fixture.image)).length).toBe(50)
    await until(() => fixture.downloads.stats().requests['200'] === 50)
    expect(fixture.downloads.stats()).toEqual({ bytes: 50 * MIB, requests: { 200: 50 }, active: 0, waiting: 0 })
  })
})

describe('beyond the number of slots', () => {
  test('requests are queued and served in order as slots become free', async () => {
    fixture = await createDownloadFixture(large, { maxDownloads: 1 })
    const first = await occupy(1)
    const order: number[] = []
    const waiting = []
    for (const task of [2, 3, 4]) {
      const client = await ask(task)
      waiting.push(client.answer().then(({ status }) => order.push(task * 1_000 + status)))
      await until(() => fixture.downloads.stats().waiting === task - 1)
    }
    expect(fixture.downloads.stats()).toMatchObject({ active: 1, waiting: 3 })
    first.socket.destroy()
    await Promise.all(waiting)
    expect(order).toEqual([2_206, 3_206, 4_206])
  })

  test('a client that disconnects while it waits leaves the queue', async () => {
    fixture = await createDownloadFixture(large, { maxDownloads: 1 })
    const first = await occupy(1)
    const second = await ask(2)
    await until(() => fixture.downloads.stats().waiting === 1)
    const third = await ask(3)
    await until(() => fixture.downloads.stats().waiting === 2)
    second.socket.destroy()
    await until(() => fixture.downloads.stats().waiting === 1)
    first.socket.destroy()
    expect((await third.answer()).status).toBe(206)
    await until(() => fixture.downloads.stats().active === 0)
  })

  test('a task that is canceled meanwhile is gone at once', async () => {
    fixture = await createDownloadFixture(large, { maxDownloads: 1 })
    const first = await occupy(1)
    const second = await ask(2)
    await until(() => fixture.downloads.stats().waiting === 1)
    await fixture.cancel(2)
    // It need not wait for its turn to hear of it.
    expect((await second.answer()).status).toBe(410)
    await until(() => fixture.downloads.stats().waiting === 0)
    expect(fixture.downloads.stats().active).toBe(1)
    first.socket.destroy()
  })

  test('downloads still running when the server stops are cut off after a while, and resume later', async () => {
    fixture = await createDownloadFixture(large)
    const client = await occupy(1)
    await fixture.downloads.close()
    client.socket.resume()
    await client.closed
    expect(client.rest()).toBeLessThan(large.length)
  })

  test('requests in the queue when the server stops get 503', async () => {
    fixture = await createDownloadFixture(large, { maxDownloads: 1 })
    const first = await occupy(1)
    const second = await ask(2)
    await until(() => fixture.downloads.stats().waiting === 1)
    const begun = performance.now()
    const closed = fixture.downloads.close()
    expect((await second.answer()).status).toBe(503)
    first.socket.destroy()
    await Promise.all([closed, second.closed])
    expect(performance.now() - begun).toBeLessThan(1_900)
  })
})

test('the limit of bytes per second holds for all downloads together', async () => {
  const [size, bytesPerSecond] = [60_000, 400_000]
  fixture = await createDownloadFixture(imageOf(size), { bytesPerSecond })
  const begun = performance.now()
  const answers = await Promise.all([1, 2, 3].map((task) => fixture.get(fixture.link(task))))
  const burst = bytesPerSecond / 10
  expect(performance.now() - begun).toBeGreaterThan(((3 * size - burst) / bytesPerSecond) * 1_000 - 20)
  expect(answers.every(({ body }) => body.equals(fixture.image))).toBe(true)
})

describe('a worker that dies', () => {
  /** The built worker, and a way to break it from outside. */
  const mortalWorker = async (directory: string, channel: string): Promise<URL> => {
    const file = join(directory, 'mortal.mjs')
    const text = `import { BroadcastChannel } from 'node:worker_threads'
import ${JSON.stringify(built('download/worker.js').href)}
const channel = new BroadcastChannel(${JSON.stringify(channel)})
channel.unref()
channel.onmessage = () => setImmediate(() => { throw new Error('struck down') })
`
    await writeFile(file, text)
    return pathToFileURL(file)
  }

  test('is restarted on the same port, and the counts are kept', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fogbell-mortal-'))
    const name = `mortal ${process.pid}`
    fixture = await createDownloadFixture(imageOf(1_000), { workerUrl: await mortalWorker(directory, name) })
    const link = fixture.link()
    expect((await fixture.get(link)).status).toBe(200)
    await until(() => fixture.downloads.stats().requests['200'] === 1)
    const idle = await dial(fixture.port)
    const channel = new BroadcastChannel(name)
    channel.postMessage('now')
    await idle.closed
    channel.close()
    await until(() => fixture.logged.some((line) => line.includes('serving again')))
    expect(fixture.logged.some((line) => line.includes('struck down'))).toBe(true)
    const { status, body } = await fixture.get(link)
    expect([status, body.equals(fixture.image)]).toEqual([200, true])
    await until(() => fixture.downloads.stats().requests['200'] === 2)
    expect(fixture.downloads.stats().bytes).toBe(2_000)
    await rm(directory, { recursive: true })
  })
})
