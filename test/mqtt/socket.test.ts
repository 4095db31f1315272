// A client's socket: what its user gets and what it does not, packets that wait, faults, and how either side ends it.

import { once } from 'node:events'
import { type Duplex, duplexPair } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createAfterwards } from '../../src/mqtt/portions.ts'
import { type ClientSocket, createClientSocket, type SocketDeps, type SocketUser } from '../../src/mqtt/socket.ts'
import { createDefer, usualLimits } from '../../src/mqtt/write-buffer.ts'
import { channelOf } from '../support/duplex-channel.ts'
import { encode } from '../support/mqtt-samples.ts'

interface SocketFixture {
  readonly client: Duplex
  readonly raw: Duplex
  readonly socket: ClientSocket
  /** The calls of the socket, in order. */
  readonly calls: string[]
  readonly came: Buffer[]
}

const createDeps = (): SocketDeps => ({
  output: { limits: usualLimits, now: () => 0, defer: createDefer(), sent: () => undefined },
  portion: (job) => job(),
  afterwards: createAfterwards(),
  limits: { connectBytes: () => 1000, packetBytes: () => 1_000_000 },
})

const open = (disconnect: (socket: ClientSocket) => void = (socket) => socket.destroy()): SocketFixture => {
  const [client, raw] = duplexPair()
  const calls: string[] = []
  const came: Buffer[] = []
  const user: SocketUser = {
    connect: ({ clientId }) => void calls.push(`connect ${clientId}`),
    handle: (packet) => void calls.push('topic' in packet ? `publish ${packet.topic}` : packet.cmd),
    disconnect() {
      calls.push('disconnect')
      disconnect(socket)
    },
    rest: () => void calls.push('rest'),
    received: () => undefined,
    drained: () => undefined,
    tooSlow: () => undefined,
    ended: (error) => void calls.push(error === null ? 'ended' : `ended by ${error.name}`),
  }
  const socket = createClientSocket(channelOf(raw), user, createDeps())
  client.on('data', (chunk: Buffer) => came.push(chunk))
  return { client, raw, socket, calls, came }
}

/** The calls for packets. */
const packetsOf = ({ calls }: SocketFixture): readonly string[] => calls.filter((line) => line !== 'rest' && !line.startsWith('ended'))

const turns = async (count = 5): Promise<void> => {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}

/** A client that is admitted. */
const enter = async (...given: Parameters<typeof open>): Promise<SocketFixture> => {
  const fixture = open(...given)
  fixture.client.write(encode.connect('c'))
  await turns()
  fixture.socket.resume()
  fixture.calls.length = 0
  return fixture
}

describe('what a client sends', () => {
  test('after its CONNECT waits until the socket is resumed, and is then handled in order', async () => {
    const fixture = open()
    fixture.client.write(Buffer.concat([encode.connect('c'), encode.publish('a'), encode.publish('b')]))
    await turns()
    expect(packetsOf(fixture)).toEqual(['connect c'])
    fixture.client.write(encode.publish('d'))
    await turns()
    fixture.socket.resume()
    expect(packetsOf(fixture)).toEqual(['connect c', 'publish a', 'publish b', 'publish d'])
  })

  test('waits until every hold is released', async () => {
    const fixture = await enter()
    fixture.socket.hold()
    fixture.socket.hold()
    fixture.client.write(encode.publish('a'))
    await turns()
    fixture.socket.resume()
    expect(packetsOf(fixture)).toEqual([])
    fixture.socket.resume()
    expect(packetsOf(fixture)).toEqual(['publish a'])
  })

  test('is read only up to a bound while it waits, and completely after that', async () => {
    const fixture = await enter()
    fixture.socket.hold()
    const count = 100
    for (let at = 0; at < count; at++) fixture.client.write(encode.publish('a', 'x'.repeat(10_000)))
    await turns(50)
    expect(fixture.client.writableLength).toBeGreaterThan(500_000)
    fixture.socket.resume()
    await turns(300)
    expect(packetsOf(fixture).length).toBe(count)
  })

  test('in one read is followed by one `rest`', async () => {
    const fixture = await enter()
    fixture.client.write(Buffer.concat([encode.publish('a'), encode.publish('b')]))
    await turns()
    expect(fixture.calls).toEqual(['publish a', 'publish b', 'rest'])
  })

  test('as PINGREQ is answered at once, and its user does not see it', async () => {
    const fixture = await enter()
    fixture.client.write(encode.pingreq)
    await turns()
    expect([packetsOf(fixture), Buffer.concat(fixture.came).toString('hex')]).toEqual([[], 'd000'])
  })

  test('as DISCONNECT is handled once, after everything before it, and nothing after it is', async () => {
    const fixture = await enter(() => undefined)
    fixture.client.write(Buffer.concat([encode.publish('a'), encode.disconnect, encode.publish('b'), encode.disconnect, encode.pingreq]))
    await turns()
    expect(fixture.calls.slice(0, 3)).toEqual(['publish a', 'rest', 'disconnect'])
    expect([packetsOf(fixture), fixture.socket.destroyed]).toEqual([['publish a', 'disconnect'], false])
    fixture.socket.destroy()
    await once(fixture.client, 'end')
    expect([packetsOf(fixture), fixture.calls.at(-1), fixture.came]).toEqual([['publish a', 'disconnect'], 'ended', []])
  })
})

describe('a fault', () => {
  test('of the protocol level is answered with CONNACK 1, and the connection ends', async () => {
    const fixture = open()
    fixture.client.write(encode.connect('c', 5))
    await once(fixture.client, 'end')
    expect(Buffer.concat(fixture.came)).toEqual(Buffer.from([0x20, 2, 0, 1]))
    expect(fixture.calls).toContain('ended by WireFault')
    expect([fixture.socket.destroyed, packetsOf(fixture)]).toEqual([true, []])
  })

  test('of any other kind gets no answer, after the valid packets before it', async () => {
    const fixture = await enter()
    fixture.client.write(Buffer.concat([encode.publish('a'), Buffer.from([0xf0, 0]), encode.publish('b')]))
    await once(fixture.client, 'end')
    expect([fixture.calls, fixture.came]).toEqual([['publish a', 'rest', 'ended by WireFault'], []])
  })

  test('of a packet handler ends only that connection', async () => {
    const fixture = await enter(() => {
      throw new Error('a bug')
    })
    fixture.client.write(encode.disconnect)
    await turns()
    expect([fixture.socket.destroyed, fixture.calls.at(-1)]).toEqual([true, 'ended by Error'])
  })
})

describe('the end', () => {
  afterEach(() => void vi.useRealTimers())

  test('by the client is reported once, without an error', async () => {
    const fixture = await enter()
    fixture.client.end()
    await once(fixture.raw, 'close')
    expect(fixture.calls.filter((line) => line.startsWith('ended'))).toEqual(['ended'])
    expect([fixture.socket.destroyed, fixture.socket.endedByClient]).toEqual([true, true])
  })

  test('by the server ends the socket, after everything that was written', async () => {
    const fixture = await enter()
    fixture.socket.writeBuffer.write(Buffer.from('last '))
    fixture.socket.writeBuffer.write(Buffer.from('words'))
    fixture.socket.destroy()
    await once(fixture.client, 'end')
    expect([Buffer.concat(fixture.came).toString(), fixture.socket.endedByClient]).toEqual(['last words', false])
  })

  test('by the server is reported when what ended it has returned, and once, with the first error', async () => {
    const fixture = await enter()
    fixture.socket.destroy(new RangeError('first'))
    fixture.socket.destroy(new TypeError('second'))
    expect([fixture.calls, fixture.socket.destroyed]).toEqual([[], true])
    fixture.client.end(encode.publish('late'))
    await once(fixture.raw, 'close')
    await turns()
    expect([fixture.calls, fixture.socket.endedByClient]).toEqual([['ended by RangeError'], false])
  })

  test('by an error of the socket is reported with it', async () => {
    const fixture = await enter()
    fixture.raw.destroy(new Error('reset'))
    await turns()
    expect([fixture.socket.destroyed, fixture.calls]).toEqual([true, ['ended by Error']])
  })

  test('is forced after a time if the other side does not end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const fixture = await enter()
    fixture.socket.destroy()
    await turns()
    expect(fixture.raw.destroyed).toBe(false)
    vi.advanceTimersByTime(2000)
    expect(fixture.raw.destroyed).toBe(true)
  })

  test('leaves no timer behind if the other side ends too', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const fixture = await enter()
    fixture.client.end()
    fixture.socket.destroy()
    await once(fixture.raw, 'close')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of the socket comes after everything received before it is handled, also what waits, a DISCONNECT too', async () => {
    const fixture = await enter()
    fixture.socket.hold()
    fixture.client.end(Buffer.concat([encode.publish('a'), encode.disconnect]))
    await turns()
    expect(fixture.socket.destroyed).toBe(false)
    fixture.socket.resume()
    await turns()
    expect([packetsOf(fixture), fixture.socket.destroyed]).toEqual([['publish a', 'disconnect'], true])
  })

  test('of the socket after a DISCONNECT leaves the end of the connection to its user', async () => {
    const fixture = await enter(() => undefined)
    fixture.client.end(encode.disconnect)
    await turns()
    expect([packetsOf(fixture), fixture.socket.destroyed]).toEqual([['disconnect'], false])
    fixture.socket.destroy()
    await once(fixture.raw, 'close')
    expect(fixture.calls.at(-1)).toBe('ended')
  })

  test('of the socket ends the connection once everything that waited is handled, also without a DISCONNECT', async () => {
    const fixture = await enter()
    fixture.socket.hold()
    fixture.client.end(encode.publish('a'))
    await turns()
    fixture.socket.resume()
    await turns()
    expect([packetsOf(fixture), fixture.socket.destroyed]).toEqual([['publish a'], true])
  })

  test('of the socket ends the connection at once if nothing waits', async () => {
    const fixture = await enter()
    fixture.socket.hold()
    fixture.client.end()
    await turns()
    expect(fixture.socket.destroyed).toBe(true)
  })

  test.each([
    ['DISCONNECT', encode.disconnect, true],
    ['PINGREQ', encode.pingreq, false],
    ['DISCONNECT after a violation of the protocol', Buffer.concat([Buffer.from([0xf0, 0]), encode.disconnect]), false],
  ])('drops what is not handled yet, and says whether a DISCONNECT was among it: %s', async (_, last, expected) => {
    const fixture = await enter()
    fixture.socket.hold()
    fixture.client.write(Buffer.concat([encode.publish('a'), last]))
    await turns()
    fixture.socket.destroy()
    expect(fixture.socket.hasUnhandledDisconnect()).toBe(expected)
    fixture.socket.resume()
    await turns()
    expect(fixture.calls.filter((line) => line !== 'rest')).toEqual(['ended'])
  })
})

test('a client that does not read its answers is not read further until it does, and then everything is handled', async () => {
  const [client, raw] = duplexPair()
  let handled = 0
  const user: SocketUser = {
    connect: () => undefined,
    handle() {
      handled += 1
      socket.writeBuffer.write(Buffer.alloc(1000))
    },
    disconnect: () => undefined,
    rest: () => undefined,
    received: () => undefined,
    drained: () => undefined,
    tooSlow: () => undefined,
    ended: () => undefined,
  }
  const socket = createClientSocket(channelOf(raw), user, createDeps())
  client.write(encode.connect('c'))
  await turns()
  socket.resume()
  const asked = 20_000
  for (let at = 0; at < asked; at += 100) client.write(Buffer.concat(Array.from({ length: 100 }, () => Buffer.from([0x50, 2, 0, 9]))))
  await turns(50)
  const held = handled
  expect(held).toBeLessThan(1000)
  client.resume()
  await vi.waitUntil(() => handled === asked, { timeout: 8000 })
})
