// Plain requests that are answered from memory, beside the same ones by way of Node's HTTP, over real sockets.

import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { dial } from '../support/download-client.ts'
import { createDownloadFixture, type DownloadFixture, grantFor } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'
import { until } from '../support/until.ts'

type Client = Awaited<ReturnType<typeof dial>>

const SIZE = 100_000
let fixture: DownloadFixture
beforeAll(async () => {
  fixture = await createDownloadFixture(imageOf(SIZE))
})
afterAll(() => fixture.close())
const clients: Client[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})

const open = async (): Promise<Client> => {
  const client = await dial(fixture.port)
  clients.push(client)
  return client
}
const ask = (client: Client, task: number, ...lines: readonly string[]): void => {
  client.send(`GET ${fixture.link(task)} HTTP/1.1`, 'Host: x', ...lines)
}
/** A field that only Node's parser reads. */
const byNode = 'TE: x'

describe('an answer from memory', () => {
  test.each([[[]], [['Range: bytes=5-4004']], [['Range: bytes=20000-99999']], [['Range: bytes=-7', 'Connection: close']]])(
    'to %j is the one that Node gives',
    async (lines) => {
      const [quick, node] = [await open(), await open()]
      ask(quick, 1, ...lines)
      ask(node, 1, ...lines, byNode)
      const [ours, theirs] = [await quick.answer(), await node.answer()]
      const withoutDate = { date: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/) }
      expect(ours).toMatchObject({ line: theirs.line, headers: { ...theirs.headers, ...withoutDate } })
      expect(Object.keys(ours.headers)).toEqual(Object.keys(theirs.headers))
      expect(ours.body.equals(theirs.body)).toBe(true)
    },
  )

  test('is followed by answers of Node on the same connection, and nothing is lost between', async () => {
    const client = await open()
    ask(client, 1, 'Range: bytes=0-9')
    expect((await client.answer()).body.length).toBe(10)
    ask(client, 1, 'If-None-Match: *')
    expect((await client.answer(true)).status).toBe(304)
    ask(client, 1, 'Range: bytes=100000-')
    expect((await client.answer()).status).toBe(416)
    ask(client, 1, 'Range: bytes=10-19')
    expect((await client.answer()).body.equals(fixture.image.subarray(10, 20))).toBe(true)
  })

  test('follows one that is not out yet, when its request comes meanwhile', async () => {
    const client = await open()
    ask(client, 77)
    await until(() => fixture.asked.includes(77))
    ask(client, 77, 'Range: bytes=0-4')
    ask(client, 77, 'Range: bytes=5-9')
    expect((await client.answer()).body.length).toBe(SIZE)
    expect((await client.answer()).body.equals(fixture.image.subarray(0, 5))).toBe(true)
    expect((await client.answer()).body.equals(fixture.image.subarray(5, 10))).toBe(true)
  })

  test('is given to a head that comes byte by byte too', async () => {
    const client = await open()
    client.socket.setNoDelay(true)
    for (const letter of `GET ${fixture.link()} HTTP/1.1\r\nRange: bytes=0-0\r\n\r\n`) client.socket.write(letter)
    expect((await client.answer()).status).toBe(206)
  })

  test('is no answer to a task that was canceled meanwhile', async () => {
    const client = await open()
    ask(client, 20, 'Range: bytes=0-9')
    expect((await client.answer()).status).toBe(206)
    await fixture.cancel(20)
    ask(client, 20, 'Range: bytes=10-19')
    expect((await client.answer()).status).toBe(410)
  })

  test('is no answer after its link has expired', async () => {
    fixture.grants.set(21, grantFor(fixture, 21, { until: Date.now() - 1 }))
    const client = await open()
    ask(client, 21)
    expect((await client.answer()).status).toBe(403)
  })

  test('is counted by status and bytes, and delivered for sure with the next request', async () => {
    // What others have asked for may still be on its way to the counts of theirs.
    const own = await createDownloadFixture(imageOf(SIZE))
    onTestFinished(() => own.close())
    const client = await dial(own.port)
    client.send(`GET ${own.link(22)} HTTP/1.1`, 'Host: x', `Range: bytes=0-${SIZE - 2}`)
    await client.answer()
    client.send(`GET ${own.link(22)} HTTP/1.1`, 'Host: x', `Range: bytes=${SIZE - 1}-`)
    await client.answer()
    client.socket.end()
    const report = await own.reported(({ task, complete }) => task === 22 && complete)
    expect(report).toMatchObject({ bytes: SIZE, sure: true })
    const { bytes, requests } = own.downloads.stats()
    expect([bytes, requests['206']]).toEqual([SIZE, 2])
    await until(() => own.downloads.stats().active === 0)
  })

  test('goes out whole to a client that closes its side with its request', async () => {
    const client = await open()
    client.socket.end(`GET ${fixture.link()} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect((await client.answer()).body.length).toBe(SIZE)
    await client.closed
  })
})

test('a server that is closed ends idle connections at once, and lets an answer end', async () => {
  const other = await createDownloadFixture(imageOf(24_000_000))
  const [idle, busy] = [await dial(other.port), await dial(other.port)]
  idle.send(`GET ${other.link()} HTTP/1.1`, 'Range: bytes=0-9')
  await idle.answer()
  busy.send(`GET ${other.link()} HTTP/1.1`)
  await busy.atLeast(1_000)
  const closing = other.close()
  await idle.closed
  expect((await busy.answer()).body.length).toBe(24_000_000)
  await Promise.all([busy.closed, closing])
})
