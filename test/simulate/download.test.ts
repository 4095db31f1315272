// Fetching an image over real HTTP: connections, ranges, resumption, refusals, speed.

import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DownloadResult, download, type FetchOptions } from '../../src/simulate/download.ts'
import { createFlashImage, type FlashImage } from '../../src/simulate/flash-image.ts'
import type { Order } from '../../src/simulate/wire.ts'
import { imageOf } from '../support/image-samples.ts'
import { additive, createSimulateServerFixture, type SimulateServerFixture } from '../support/simulate-server-fixture.ts'

const bytes = imageOf(100_000)
let server: SimulateServerFixture
let order: Order
let image: FlashImage

beforeEach(async () => {
  server = await createSimulateServerFixture(bytes)
  const sign = createHash('md5').update(bytes).digest('hex')
  const { url } = server.order() as { url: string }
  order = {
    identity: null,
    taskId: '1',
    module: 'default',
    version: '2',
    url,
    size: bytes.length,
    sign,
    signMethod: 'MD5',
    checksum: additive(bytes),
  }
  image = createFlashImage(order, false)
})

afterEach(async () => {
  await server.close()
})

const fetch = (options: Partial<FetchOptions> = {}): Promise<DownloadResult> =>
  download(image, {
    url: order.url,
    style: 'whole',
    chunkBytes: 30_000,
    until: order.size,
    bytesPerSecond: 0,
    insecure: false,
    ca: null,
    retryMs: 1,
    signal: new AbortController().signal,
    onBytes: () => Promise.resolve(),
    ...options,
  })

const gets = () => server.log.filter((seen) => seen.kind === 'get')

test('ranges follow each other over one connection, the last one up to the end of the file', async () => {
  expect(await fetch({ style: 'ranges' })).toEqual({ kind: 'done' })
  expect(gets().map(({ range }) => range)).toEqual(['bytes=0-29999', 'bytes=30000-59999', 'bytes=60000-89999', 'bytes=90000-99999'])
  expect(new Set(gets().map(({ socket }) => socket)).size).toBe(1)
  expect(image.fault()).toBeNull()
})

test('an interrupted response is resumed where it broke off', async () => {
  server.answer = (_, response) => {
    if (gets().length > 1) return false
    response.writeHead(200, { 'Content-Length': bytes.length })
    response.write(bytes.subarray(0, 40_000), () => response.destroy())
    return true
  }
  expect(await fetch()).toEqual({ kind: 'done' })
  expect(gets().map(({ range }) => range)).toEqual([null, 'bytes=40000-'])
  expect(image.fault()).toBeNull()
})

test('if a server sends the whole file instead of a range, the download starts over', async () => {
  image.add(bytes.subarray(0, 5))
  server.answer = (_, response) => {
    response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes)
    return true
  }
  expect(await fetch()).toEqual({ kind: 'done' })
  expect(image.fault()).toBeNull()
})

test('503 is retried; other refusals and a wrong range end the download', async () => {
  server.answer = (_, response) => {
    if (gets().length > 2) return false
    response.writeHead(503, { 'Content-Length': 0 }).end()
    return true
  }
  expect(await fetch()).toEqual({ kind: 'done' })
  expect(gets()).toHaveLength(3)

  image.reset()
  server.answer = (_, response) => response.writeHead(403, { 'Content-Length': 0 }).end() !== null
  expect(await fetch()).toEqual({ kind: 'failed', why: 'HTTP 403' })
  server.answer = (_, response) => response.writeHead(206, { 'Content-Length': 1, 'Content-Range': 'bytes 7-7/9' }).end('x') !== null
  expect(await fetch()).toEqual({ kind: 'failed', why: 'the range from 0 was answered with "bytes 7-7/9"' })
})

test('a server that never sends data is given up after five tries', async () => {
  server.answer = (request) => request.socket.destroy().destroyed
  expect(await fetch()).toMatchObject({ kind: 'failed' })
  expect(gets()).toHaveLength(5)
})

test('a file with another size or content than offered fails verification', async () => {
  order = { ...order, size: 100_001 }
  image = createFlashImage(order, false)
  expect(await fetch({ until: 100_001 })).toEqual({ kind: 'done' })
  expect(image.fault()).toBe('received 100000 bytes, expected 100001')
})

test('the speed is limited', async () => {
  const startedAt = performance.now()
  await fetch({ bytesPerSecond: 500_000 })
  expect(performance.now() - startedAt).toBeGreaterThan(190)
})

test('an abort ends a running download, also one that waits for a retry', async () => {
  const controller = new AbortController()
  const reading = fetch({ bytesPerSecond: 1, signal: controller.signal, onBytes: () => Promise.resolve() })
  await server.until((seen) => seen.kind === 'get')
  controller.abort()
  expect(await reading).toEqual({ kind: 'aborted' })

  const second = new AbortController()
  server.answer = (_, response) => response.writeHead(503, { 'Content-Length': 0, 'Retry-After': '600' }).end() !== null
  image.reset()
  const waiting = fetch({ signal: second.signal })
  await server.until((seen) => seen.kind === 'get' && gets().length === 2)
  second.abort()
  expect(await waiting).toEqual({ kind: 'aborted' })
})
