// What is reported to the core about sent bytes: at once if it matters, each byte once, and never more than was sent.

import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Served } from '../../src/ota/ports/downloads.ts'
import { dial } from '../support/download-client.ts'
import { createDownloadFixture, type DownloadFixture, grantFor } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'
import { until } from '../support/until.ts'

const MIB = 1_048_576
let large: Buffer
beforeAll(() => {
  large = imageOf(32 * MIB)
})
let fixture: DownloadFixture
afterEach(() => fixture.close())

const complete = ({ complete }: Served): boolean => complete
const last = (task = 1): Served | undefined => fixture.reports.findLast((report) => report.task === task)
const idle = (): Promise<void> => until(() => fixture.downloads.stats().active === 0)
/** Waits until everything that happened before has been reported. */
const settled = async (statuses: number): Promise<void> => {
  const answers = (): number => Object.values(fixture.downloads.stats().requests).reduce((sum, count) => sum + count, 0)
  await until(() => answers() === statuses)
}

test('the first byte and the last one are reported at once', async () => {
  fixture = await createDownloadFixture(large)
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
  const first = await fixture.reported(({ bytes }) => bytes > 0)
  expect(first).toMatchObject({ task: 1, complete: false })
  expect((await client.answer()).body.equals(large)).toBe(true)
  // Its orderly end shows that it has received everything.
  client.socket.end()
  expect(await fixture.reported(complete)).toMatchObject({ task: 1, bytes: large.length, complete: true, sure: true })
})

test.each([
  ['from memory', 64 * MIB],
  ['from disk', 0],
])('a client that reads 100 KB and stops is not taken to have fetched the image, %s', async (_name, cacheBytes) => {
  fixture = await createDownloadFixture(large, { cacheBytes })
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
  await client.atLeast(100_000)
  client.socket.pause()
  await fixture.reported(({ bytes }) => bytes >= 100_000)
  client.socket.destroy()
  await idle()
  await settled(1)
  expect(last()?.bytes).toBeLessThan(large.length / 2)
  expect(fixture.reports.some(complete)).toBe(false)
})

test('a byte counts once, however often it is fetched', async () => {
  fixture = await createDownloadFixture(imageOf(10_000))
  for (const range of ['0-4999', '0-4999', '2000-5999', '9000-9999']) await fixture.get(fixture.link(), `Range: bytes=${range}`)
  await settled(4)
  expect(last()).toMatchObject({ task: 1, bytes: 7_000, complete: false })
  await fixture.get(fixture.link(), 'Range: bytes=6000-')
  expect(await fixture.reported(complete)).toMatchObject({ task: 1, bytes: 10_000, complete: true })
  expect(fixture.downloads.stats().bytes).toBe(19_000)
})

test('a download that breaks off and is resumed becomes complete', async () => {
  fixture = await createDownloadFixture(large)
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
  await client.atLeast(5_000_000)
  client.socket.destroy()
  await idle()
  expect((await fixture.get(fixture.link(), `Range: bytes=4000000-`)).body.equals(large.subarray(4_000_000))).toBe(true)
  expect(await fixture.reported(complete)).toMatchObject({ bytes: large.length })
})

test('a download from the first byte of a complete image restarts the count', async () => {
  fixture = await createDownloadFixture(imageOf(10_000))
  await fixture.get(fixture.link())
  await fixture.reported(complete)
  await fixture.get(fixture.link(), 'Range: bytes=5000-5999')
  await fixture.get(fixture.link(), 'Range: bytes=0-999')
  expect(await fixture.reported(({ bytes }) => bytes < 10_000)).toMatchObject({ task: 1, bytes: 1_000, complete: false })
})

test('after a restart the count resumes from the stored one', async () => {
  fixture = await createDownloadFixture(imageOf(10_000))
  fixture.grants.set(1, grantFor(fixture, 1, { bytes: 6_000 }))
  await fixture.get(fixture.link(), 'Range: bytes=5000-7999')
  await fixture.reported(({ bytes }) => bytes === 8_000)
  await fixture.get(fixture.link(), 'Range: bytes=8000-')
  expect(await fixture.reported(complete)).toMatchObject({ task: 1, bytes: 10_000, complete: true })
})

test('HEAD and refusals count nothing', async () => {
  fixture = await createDownloadFixture(imageOf(10_000))
  const client = await dial(fixture.port)
  client.send(`HEAD ${fixture.link()} HTTP/1.1`, 'Host: x')
  await client.answer(true)
  client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x', 'Range: bytes=10000-')
  await client.answer()
  await settled(2)
  expect([fixture.reports, fixture.downloads.stats().bytes]).toEqual([[], 0])
  client.socket.destroy()
})

describe('a running download', () => {
  const begin = async () => {
    fixture = await createDownloadFixture(large)
    const client = await dial(fixture.port)
    client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
    await client.atLeast(1_000)
    client.socket.pause()
    // The thread of downloads says it a moment later: else `idle` would hold before it begins.
    await until(() => fixture.downloads.stats().active === 1)
    return client
  }

  test('is cut off when its task is canceled', async () => {
    const client = await begin()
    fixture.grants.set(1, grantFor(fixture, 1, { gone: true }))
    fixture.downloads.forget(1)
    await idle()
    client.socket.resume()
    await client.closed
    expect(client.rest()).toBeLessThan(large.length)
    expect((await fixture.get(fixture.link())).status).toBe(410)
  })

  test('continues when its task ended otherwise', async () => {
    const client = await begin()
    fixture.grants.set(1, grantFor(fixture, 1, { until: Date.now() + 60_000 }))
    fixture.downloads.forget(1)
    await until(() => fixture.asked.length === 2)
    client.socket.resume()
    expect((await client.answer()).body.equals(large)).toBe(true)
    client.socket.destroy()
  })
})

test('a small image that a client stops reading does not count as delivered, though the system accepted all of it', async () => {
  const small = imageOf(300_000)
  fixture = await createDownloadFixture(small, { quietMs: 5_000 })
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
  await client.atLeast(1)
  client.socket.pause()
  await fixture.reported(({ bytes }) => bytes === small.length)
  client.socket.resetAndDestroy()
  await idle()
  expect(fixture.reports.some(complete)).toBe(false)
})

test('a client of HTTP/1.0, whose connection the server ends, is known to have received everything when it closes', async () => {
  fixture = await createDownloadFixture(imageOf(10_000), { quietMs: 5_000 })
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link()} HTTP/1.0`)
  await client.closed
  expect(await fixture.reported(complete)).toMatchObject({ bytes: 10_000 })
})

test('a connection that stays open and quiet belongs to a device that has received everything', async () => {
  fixture = await createDownloadFixture(imageOf(10_000), { quietMs: 50 })
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
  await client.answer()
  // Its age counts from the last byte, not from when delivery became known.
  const report = await fixture.reported(complete)
  expect(report.sure).toBe(false)
  // The time for 10,000 bytes on a slow line is added.
  expect(report.quietMs).toBeGreaterThanOrEqual(545)
  client.socket.destroy()
})
