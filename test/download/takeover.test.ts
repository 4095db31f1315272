// Places of downloads whose devices have vanished, over real sockets: who takes them over, and what becomes of the older transfer.

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

/** A client that has read a little, and reads no more: neither FIN nor RST tells the server. */
const vanish = async (task: number) => {
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link(task)} HTTP/1.1`, 'Host: x')
  await client.atLeast(2_000)
  client.socket.pause()
  return client
}
const askPart = async (task: number) => {
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link(task)} HTTP/1.1`, 'Host: x', 'Range: bytes=1000-4999')
  return client
}
const waiting = (count: number): Promise<void> => until(() => fixture.downloads.stats().waiting === count)

test('devices that lost their power get their own places back within two seconds', async () => {
  fixture = await createDownloadFixture(large, { maxDownloads: 8 })
  const tasks = [1, 2, 3, 4, 5, 6, 7, 8]
  const gone = await Promise.all(tasks.map(vanish))
  const begun = performance.now()
  const answers = await Promise.all(tasks.map(async (task) => (await askPart(task)).answer()))
  expect(performance.now() - begun).toBeLessThan(2_000)
  expect(answers.map(({ status, body }) => [status, body.equals(large.subarray(1_000, 5_000))])).toEqual(tasks.map(() => [206, true]))
  for (const { socket } of gone) socket.destroy()
})

test('a transfer that moves no byte gives its place to another task, and goes on where it was once it moves', async () => {
  fixture = await createDownloadFixture(large, { maxDownloads: 1, idleMs: 100 })
  const paused = await vanish(1)
  expect((await (await askPart(2)).answer()).status).toBe(206)
  paused.socket.resume()
  expect((await paused.answer()).body.equals(large)).toBe(true)
})

test("a newer MQTT connection of the device is a sign that the older one's download is dead", async () => {
  fixture = await createDownloadFixture(large, { maxDownloads: 1, idleMs: 3_600_000 })
  const gone = await vanish(1)
  const other = await askPart(2)
  await waiting(1)
  fixture.downloads.returned?.(1)
  expect((await other.answer()).status).toBe(206)
  gone.socket.destroy()
})

test('two ranges of one device in a full house are both served', async () => {
  fixture = await createDownloadFixture(large, { maxDownloads: 1 })
  const [first, second] = [await dial(fixture.port), await dial(fixture.port)]
  for (const client of [first, second]) client.send(`GET ${fixture.link(1)} HTTP/1.1`, 'Host: x')
  const bodies = await Promise.all([first.answer(), second.answer()])
  expect(bodies.map(({ body }) => body.equals(large))).toEqual([true, true])
})

test('40 readers on one link hold four transfers, and cost nobody else a place', async () => {
  fixture = await createDownloadFixture(large, { maxDownloads: 5 })
  const readers = []
  for (let at = 0; at < 40; at += 1) {
    const client = await dial(fixture.port)
    client.send(`GET ${fixture.link(1)} HTTP/1.1`, 'Host: x')
    client.socket.pause()
    readers.push(client)
  }
  await until(() => fixture.downloads.crowd().turnedAway.task === 36)
  expect(fixture.downloads.stats().active).toBe(4)
  expect((await (await askPart(2)).answer()).status).toBe(206)
  expect(fixture.logged.filter((line) => line.includes('its task has newer requests')).length).toBe(1)
  for (const { socket } of readers) socket.destroy()
})

test('the line for a place is fair by task', async () => {
  fixture = await createDownloadFixture(large, { maxDownloads: 1, idleMs: 3_600_000 })
  const first = await vanish(1)
  const order: number[] = []
  const answers = []
  for (const [at, task] of [2, 2, 2, 3].entries()) {
    const client = await askPart(task)
    answers.push(client.answer().then(() => order.push(task)))
    await waiting(at + 1)
  }
  first.socket.destroy()
  await Promise.all(answers)
  expect(order).toEqual([2, 3, 2, 2])
})
