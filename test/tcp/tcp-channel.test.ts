// Channels over real sockets: bytes in both directions, backpressure, the two ends, broken connections.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import type { ByteChannel } from '../../src/tcp/channel.ts'
import { takeConnections } from '../../src/tcp/tcp-channel.ts'
import { closeChannels, isLinux, openChannel as open } from '../support/tcp-channel-fixture.ts'

afterEach(closeChannels)

const lengthOf = (chunks: readonly Buffer[]): number => chunks.reduce((sum, { length }) => sum + length, 0)

/** All that the client gets until the end of the server's side. */
const allOf = async (client: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = []
  client.on('data', (chunk: Buffer) => void chunks.push(chunk))
  await once(client, 'end')
  return Buffer.concat(chunks)
}

const patterned = (size: number): Buffer => Buffer.from(Uint32Array.from({ length: size / 4 }, (_, at) => at * 2654435761).buffer)

test.runIf(isLinux)('each read is a buffer of its own', async () => {
  const { client, chunks } = await open()
  client.write('first')
  await vi.waitUntil(() => chunks.length === 1)
  client.write('other')
  await vi.waitUntil(() => chunks.length === 2)
  expect(chunks.map(String)).toEqual(['first', 'other'])
})

test.runIf(isLinux)('megabytes arrive complete and in order, in both directions', async () => {
  const { channel, client, chunks } = await open()
  const bytes = patterned(8_000_000)
  client.write(bytes)
  await vi.waitUntil(() => lengthOf(chunks) === bytes.length)
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
  const came = allOf(client)
  channel.write(bytes)
  channel.writeAll([bytes.subarray(0, 1000), Buffer.alloc(0), bytes.subarray(1000)])
  channel.end(2000)
  expect((await came).equals(Buffer.concat([bytes, bytes]))).toBe(true)
})

test.runIf(isLinux)('a write that the system takes says so, and one that waits is reported when it is taken', async () => {
  const opened = await open()
  const { channel, client } = opened
  client.pause()
  expect(channel.write(Buffer.from('small'))).toBe(true)
  const large = Buffer.alloc(16_000_000, 'x')
  expect(channel.write(large)).toBe(false)
  expect(channel.writeAll([Buffer.from('a'), Buffer.from('bc')])).toBe(false)
  expect(opened.taken).toBe(0)
  const came: Buffer[] = []
  client.on('data', (chunk: Buffer) => void came.push(chunk))
  client.resume()
  await vi.waitUntil(() => opened.taken === large.length + 3)
  await vi.waitUntil(() => lengthOf(came) === large.length + 8)
  expect(Buffer.concat(came).toString('latin1', large.length + 4)).toBe('xabc')
})

test.runIf(isLinux)('a paused channel is not read until it is resumed', async () => {
  const { channel, client, chunks } = await open()
  channel.pause()
  channel.pause()
  client.write(Buffer.alloc(32_000_000))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([chunks.length, client.writableLength > 0]).toEqual([0, true])
  channel.resume()
  channel.resume()
  await vi.waitUntil(() => lengthOf(chunks) === 32_000_000)
})

test.runIf(isLinux)('a user that pauses while it reads gets nothing more', async () => {
  const got: number[] = []
  const { channel, client } = await open({
    user: {
      read(chunk) {
        got.push(chunk.length)
        channel.pause()
      },
    },
  })
  client.write(Buffer.alloc(1_000_000))
  await vi.waitUntil(() => got.length === 1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(got.length).toBe(1)
})

test.runIf(isLinux)(
  'the end of the peer is reported once, what was sent before it comes first, and the channel can still write',
  async () => {
    const { channel, client, calls, chunks } = await open()
    client.end('last words')
    await vi.waitUntil(() => calls.length === 1)
    expect([String(Buffer.concat(chunks)), calls]).toEqual(['last words', ['ended']])
    const came = allOf(client)
    channel.resume()
    channel.write(Buffer.from('answer'))
    channel.end(2000)
    expect([String(await came), channel.destroyed, calls]).toEqual(['answer', true, ['ended', 'closed']])
  },
)

test.runIf(isLinux)('the end of the channel sends what was written, drops what still comes, and is over when the peer ends', async () => {
  const { channel, client, calls, chunks } = await open()
  const came = allOf(client)
  channel.write(patterned(4_000_000))
  channel.pause()
  channel.end(60_000)
  channel.end(60_000)
  expect([channel.writable, channel.destroyed]).toEqual([false, false])
  client.write(Buffer.alloc(3_000_000))
  expect((await came).length).toBe(4_000_000)
  client.end()
  await vi.waitUntil(() => channel.destroyed)
  expect([lengthOf(chunks), calls]).toEqual([0, ['closed']])
})

test.runIf(isLinux)('a peer that does not end is closed when its time is over', async () => {
  const { channel, client } = await open()
  const closed = once(client, 'close')
  channel.end(30)
  client.write('still here')
  await vi.waitUntil(() => channel.destroyed)
  client.destroy()
  await closed
})

test.runIf(isLinux)('a reset is reported once, with the error of the system', async () => {
  const { channel, client, calls } = await open()
  client.resetAndDestroy()
  await vi.waitUntil(() => calls.length > 0)
  expect(calls).toEqual(['failed: read ECONNRESET ECONNRESET'])
  expect([channel.writable, channel.destroyed, channel.write(Buffer.from('x'))]).toEqual([false, false, true])
  channel.end(60_000)
  expect([channel.destroyed, calls.length]).toEqual([true, 2])
})

test.runIf(isLinux)('a write on a connection that was reset is reported after it has returned, and once', async () => {
  const { channel, client, calls } = await open()
  channel.pause()
  client.resetAndDestroy()
  await once(client, 'close')
  await new Promise((resolve) => setTimeout(resolve, 20))
  channel.write(Buffer.from('x'))
  channel.write(Buffer.from('y'))
  expect(calls).toEqual([])
  await vi.waitUntil(() => calls.length > 0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(calls).toEqual([expect.stringMatching(/^failed: write E(PIPE|CONNRESET) E(PIPE|CONNRESET)$/)])
})

test.runIf(isLinux)('after `destroy` nothing is called any more, also not for writes that waited', async () => {
  const opened = await open()
  const { channel, client, calls } = opened
  client.pause()
  channel.write(Buffer.alloc(16_000_000))
  client.write('x')
  channel.destroy()
  channel.destroy()
  channel.end(10)
  channel.pause()
  channel.resume()
  expect(channel.write(Buffer.from('x'))).toBe(true)
  client.resume()
  await new Promise((resolve) => void client.once('end', resolve).once('close', resolve))
  await new Promise((resolve) => setImmediate(resolve))
  expect([opened.taken, opened.chunks.length, calls.filter((line) => !line.startsWith('client'))]).toEqual([0, 0, ['closed']])
})

test.runIf(isLinux)('thousands that die in one turn of the event loop are all reported', async () => {
  const server = createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(server, 'listening')
  const [came, failed]: [ByteChannel[], string[]] = [[], []]
  takeConnections(server, {
    opened(channel) {
      came.push(channel)
      const failedWith = (error: Error): void => {
        failed.push(error.message)
        channel.end(1000)
      }
      channel.open({ read: () => undefined, ended: () => undefined, failed: failedWith, taken: () => undefined })
    },
    closed: () => undefined,
  })
  const { port } = server.address() as AddressInfo
  const clients = Array.from({ length: 1500 }, () => connect(port, '127.0.0.1'))
  await vi.waitUntil(() => came.length === clients.length, 10_000)
  for (const client of clients) client.resetAndDestroy()
  await vi.waitUntil(() => failed.length === clients.length, 10_000)
  expect([new Set(failed), came.every(({ destroyed }) => destroyed)]).toEqual([new Set(['read ECONNRESET']), true])
  await new Promise((resolve) => void server.close(resolve))
})
