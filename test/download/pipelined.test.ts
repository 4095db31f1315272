// Requests that a client sends before it has read the answer to the one before, on one connection.

import { afterEach, beforeAll, expect, test } from 'vitest'
import { dial } from '../support/download-client.ts'
import { createDownloadFixture, type DownloadFixture } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'
import { until } from '../support/until.ts'

/** More than the buffers of both ends hold for a client that reads nothing. */
let large: Buffer
beforeAll(() => {
  large = imageOf(24_000_000)
})
let fixture: DownloadFixture
afterEach(() => fixture.close())

const heads = (task: number, ranges: readonly (readonly [start: number, end: number])[]): string =>
  ranges.map(([start, end]) => `GET ${fixture.link(task)} HTTP/1.1\r\nHost: x\r\nRange: bytes=${start}-${end - 1}\r\n\r\n`).join('')

test('are answered in order, however many they are', async () => {
  fixture = await createDownloadFixture(large, { maxDownloads: 1 })
  const ranges = Array.from({ length: 12 }, (_, at) => [at * 1_000_000, (at + 1) * 1_000_000] as const)
  const client = await dial(fixture.port)
  client.socket.write(heads(1, ranges))
  for (const [start, end] of ranges) {
    const { status, body } = await client.answer()
    expect([status, body.equals(large.subarray(start, end))]).toEqual([206, true])
  }
  expect(fixture.downloads.crowd().turnedAway.task).toBe(0)
  client.socket.destroy()
})

test('hold no place once their connection has broken', async () => {
  fixture = await createDownloadFixture(large)
  const client = await dial(fixture.port)
  const whole = [0, large.length] as const
  client.socket.write(heads(1, [whole, whole, whole]))
  await client.atLeast(2_000)
  client.socket.destroy()
  await until(() => fixture.reports.length > 0 && fixture.downloads.stats().active === 0)
})

test('are at most 64 that wait: a client that sends more reads no answers', async () => {
  fixture = await createDownloadFixture(large)
  const client = await dial(fixture.port)
  client.socket.write(heads(1, [[0, large.length], ...Array.from({ length: 65 }, () => [0, 1] as const)]))
  await client.closed
  expect(fixture.logged.filter((line) => line.includes('64 requests wait on it'))).toHaveLength(1)
})

test('count as delivered in turn', async () => {
  fixture = await createDownloadFixture(imageOf(3_000))
  const client = await dial(fixture.port)
  client.socket.write(
    heads(1, [
      [0, 1_000],
      [1_000, 2_000],
      [2_000, 3_000],
    ]),
  )
  for (let at = 0; at < 3; at += 1) await client.answer()
  client.socket.end()
  expect(await fixture.reported(({ complete }) => complete)).toMatchObject({ bytes: 3_000, sure: true })
})
