// Many downloads at once: slots, the queue for them, the speed limit, and a worker that dies.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BroadcastChannel } from 'node:worker_threads'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { built, dial, eventually, type House, imageOf, openHouse } from './harness.ts'

const MIB = 1_048_576
/** More than the buffers of both ends hold for a client that reads nothing. */
let large: Buffer
beforeAll(() => {
  large = imageOf(16 * MIB)
})
let house: House
afterEach(() => house.close())

/** A client that takes a slot and keeps it, since it reads nothing. */
const occupy = async (task: number) => {
  const client = await dial(house.port)
  client.send(`GET ${house.link(task)} HTTP/1.1`, 'Host: x')
  await client.atLeast(1)
  client.socket.pause()
  return client
}
const ask = async (task: number) => {
  const client = await dial(house.port)
  client.send(`GET ${house.link(task)} HTTP/1.1`, 'Host: x', 'Range: bytes=0-9')
  return client
}

describe('50 clients at once', () => {
  test.each([
    ['from memory', 16 * MIB],
    ['from disk', 0],
  ])('all get the image, %s', async (_name, cacheBytes) => {
    house = await openHouse(imageOf(MIB), { cacheBytes })
    const answers = await Promise.all(Array.from({ length: 50 }, (_, task) => house.get(house.link(task + 1))))
    expect(answers.filter(({ body }) => body.equals(house.image)).length).toBe(50)
    await eventually(() => house.downloads.stats().requests['200'] === 50)
    expect(house.downloads.stats()).toEqual({ bytes: 50 * MIB, requests: { 200: 50 }, active: 0, waiting: 0 })
  })
})

describe('beyond the number of slots', () => {
  test('requests are queued and served in order as slots become free', async () => {
    house = await openHouse(large, { maxDownloads: 1 })
    const first = await occupy(1)
    const order: number[] = []
    const waiting = []
    for (const task of [2, 3, 4]) {
      const client = await ask(task)
      waiting.push(client.answer().then(({ status }) => order.push(task * 1_000 + status)))
      await eventually(() => house.downloads.stats().waiting === task - 1)
    }
    expect(house.downloads.stats()).toMatchObject({ active: 1, waiting: 3 })
    first.socket.destroy()
    await Promise.all(waiting)
    expect(order).toEqual([2_206, 3_206, 4_206])
  })

  test('a request that waited too long gets 503', async () => {
    house = await openHouse(large, { maxDownloads: 1, waitMs: 50 })
    const first = await occupy(1)
    const { status, headers } = await house.get(house.link(2))
    expect([status, headers['retry-after']]).toEqual([503, '10'])
    const head = await dial(house.port)
    head.send(`HEAD ${house.link(2)} HTTP/1.1`, 'Host: x')
    expect((await head.answer(true)).status).toBe(200)
    first.socket.destroy()
    await eventually(() => house.downloads.stats().active === 0)
    expect((await house.get(house.link(2), 'Range: bytes=0-9')).status).toBe(206)
  })

  test('a client that disconnects while it waits leaves the queue', async () => {
    house = await openHouse(large, { maxDownloads: 1 })
    const first = await occupy(1)
    const second = await ask(2)
    await eventually(() => house.downloads.stats().waiting === 1)
    const third = await ask(3)
    await eventually(() => house.downloads.stats().waiting === 2)
    second.socket.destroy()
    await eventually(() => house.downloads.stats().waiting === 1)
    first.socket.destroy()
    expect((await third.answer()).status).toBe(206)
    await eventually(() => house.downloads.stats().active === 0)
  })

  test('a task that is canceled meanwhile is gone when its turn comes', async () => {
    house = await openHouse(large, { maxDownloads: 1 })
    const first = await occupy(1)
    const second = await ask(2)
    await eventually(() => house.downloads.stats().waiting === 1)
    await house.cancel(2)
    first.socket.destroy()
    expect((await second.answer()).status).toBe(410)
  })

  test('downloads still running when the server stops are cut off after a while, and resume later', async () => {
    house = await openHouse(large)
    const client = await occupy(1)
    await house.downloads.close()
    client.socket.resume()
    await client.closed
    expect(client.rest()).toBeLessThan(large.length)
  })

  test('requests in the queue when the server stops get 503', async () => {
    house = await openHouse(large, { maxDownloads: 1 })
    const first = await occupy(1)
    const second = await ask(2)
    await eventually(() => house.downloads.stats().waiting === 1)
    const begun = performance.now()
    const closed = house.downloads.close()
    expect((await second.answer()).status).toBe(503)
    first.socket.destroy()
    await Promise.all([closed, second.closed])
    expect(performance.now() - begun).toBeLessThan(1_900)
  })
})

test('the limit of bytes per second holds for all downloads together', async () => {
  const [size, bytesPerSecond] = [60_000, 400_000]
  house = await openHouse(imageOf(size), { bytesPerSecond })
  const begun = performance.now()
  const answers = await Promise.all([1, 2, 3].map((task) => house.get(house.link(task))))
  const burst = bytesPerSecond / 10
  expect(performance.now() - begun).toBeGreaterThan(((3 * size - burst) / bytesPerSecond) * 1_000 - 20)
  expect(answers.every(({ body }) => body.equals(house.image))).toBe(true)
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
    house = await openHouse(imageOf(1_000), { workerUrl: await mortalWorker(directory, name) })
    const link = house.link()
    expect((await house.get(link)).status).toBe(200)
    await eventually(() => house.downloads.stats().requests['200'] === 1)
    const idle = await dial(house.port)
    const channel = new BroadcastChannel(name)
    channel.postMessage('now')
    await idle.closed
    channel.close()
    await eventually(() => house.logged.some((line) => line.includes('served again')))
    expect(house.logged.some((line) => line.includes('struck down'))).toBe(true)
    const { status, body } = await house.get(link)
    expect([status, body.equals(house.image)]).toEqual([200, true])
    await eventually(() => house.downloads.stats().requests['200'] === 2)
    expect(house.downloads.stats().bytes).toBe(2_000)
    await rm(directory, { recursive: true })
  })
})
