// A client's socket: what the engine gets and what it does not, packets that wait, faults, and how either side ends it.

import { once } from 'node:events'
import { type Duplex, duplexPair } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ClientSocket, createClientSocket } from '../../src/mqtt/socket.ts'
import { createDefer } from '../../src/mqtt/write-buffer.ts'
import { encode } from '../support/mqtt-samples.ts'

interface SocketFixture {
  readonly client: Duplex
  readonly raw: Duplex
  readonly socket: ClientSocket
  /** The calls of the socket, in order. */
  readonly calls: string[]
  /** Bytes that the engine got. */
  readonly engine: Buffer[]
  readonly came: Buffer[]
}

const open = (disconnect: (done: () => void) => void = (done) => done()): SocketFixture => {
  const [client, raw] = duplexPair()
  const calls: string[] = []
  const [engine, came]: [Buffer[], Buffer[]] = [[], []]
  const socket = createClientSocket({
    raw,
    now: () => 0,
    defer: createDefer(),
    portion: (job) => job(),
    limits: { connectBytes: () => 1000, packetBytes: () => 1_000_000 },
    connect: ({ clientId }) => void calls.push(`connect ${clientId}`),
    handle: (packet) => void calls.push('topic' in packet ? `publish ${packet.topic}` : packet.cmd),
    disconnect(done) {
      calls.push('disconnect')
      disconnect(done)
    },
    rest: () => void calls.push('rest'),
    received: () => undefined,
    sent: () => undefined,
    drained: () => undefined,
    tooSlow: () => undefined,
  })
  socket.stream.on('data', (chunk: Buffer) => engine.push(chunk))
  socket.stream.on('error', (error: Error) => calls.push(`error ${error.name}`))
  client.on('data', (chunk: Buffer) => came.push(chunk))
  return { client, raw, socket, calls, engine, came }
}

/** The calls for packets. */
const packetsOf = ({ calls }: SocketFixture): readonly string[] => calls.filter((line) => line !== 'rest')

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
  fixture.engine.length = 0
  return fixture
}

describe('what a client sends', () => {
  test('after its CONNECT waits until the socket is resumed, and is then handled in order', async () => {
    const fixture = open()
    fixture.client.write(Buffer.concat([encode.connect('c'), encode.publish('a'), encode.publish('b')]))
    await turns()
    expect([packetsOf(fixture), fixture.engine]).toEqual([['connect c'], [encode.connect('c')]])
    fixture.client.write(encode.publish('d'))
    await turns()
    fixture.socket.resume()
    expect(packetsOf(fixture)).toEqual(['connect c', 'publish a', 'publish b', 'publish d'])
    expect(fixture.engine).toEqual([encode.connect('c')])
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

  test('as PINGREQ is answered at once, and the engine does not see it', async () => {
    const fixture = await enter()
    fixture.client.write(encode.pingreq)
    await turns()
    expect([fixture.engine, Buffer.concat(fixture.came).toString('hex')]).toEqual([[], 'd000'])
  })

  test('as DISCONNECT goes to the engine when it may, and nothing after it is handled', async () => {
    let goOn: () => void = () => undefined
    const fixture = await enter((done) => {
      goOn = done
    })
    fixture.client.write(Buffer.concat([encode.publish('a'), encode.disconnect, encode.publish('b')]))
    await turns()
    expect([fixture.calls.slice(0, 3), fixture.engine]).toEqual([['publish a', 'rest', 'disconnect'], []])
    goOn()
    await turns()
    expect([packetsOf(fixture), fixture.engine]).toEqual([['publish a', 'disconnect'], [encode.disconnect]])
  })
})

describe('a fault', () => {
  test('of the protocol level is answered with CONNACK 1, and the connection ends', async () => {
    const fixture = open()
    fixture.client.write(encode.connect('c', 5))
    await once(fixture.client, 'end')
    expect(Buffer.concat(fixture.came)).toEqual(Buffer.from([0x20, 2, 0, 1]))
    expect(fixture.calls).toContain('error WireFault')
    expect([fixture.socket.stream.destroyed, fixture.engine]).toEqual([true, []])
  })

  test('of any other kind gets no answer, after the valid packets before it', async () => {
    const fixture = await enter()
    fixture.client.write(Buffer.concat([encode.publish('a'), Buffer.from([0xf0, 0]), encode.publish('b')]))
    await once(fixture.client, 'end')
    expect([fixture.calls, fixture.came]).toEqual([['publish a', 'rest', 'error WireFault'], []])
  })

  test('of a packet handler ends only that connection', async () => {
    const fixture = await enter((_done) => {
      throw new Error('a bug')
    })
    fixture.client.write(encode.disconnect)
    await turns()
    expect([fixture.socket.stream.destroyed, fixture.calls.at(-1)]).toEqual([true, 'error Error'])
  })
})

describe('the end', () => {
  afterEach(() => void vi.useRealTimers())

  test('of the socket ends the stream', async () => {
    const fixture = await enter()
    fixture.client.end()
    await once(fixture.socket.stream, 'close')
    expect(fixture.calls.filter((line) => line.startsWith('error'))).toEqual([])
  })

  test('of the stream ends the socket, after everything that was written', async () => {
    const fixture = await enter()
    fixture.socket.writeBuffer.write(Buffer.from('last '))
    fixture.socket.stream.write(Buffer.from('words'))
    fixture.socket.stream.destroy()
    await once(fixture.client, 'end')
    expect(Buffer.concat(fixture.came).toString()).toBe('last words')
  })

  test('by an error of the socket is an error of the stream too', async () => {
    const fixture = await enter()
    fixture.raw.destroy(new Error('reset'))
    await turns()
    expect([fixture.socket.stream.destroyed, fixture.calls.at(-1)]).toEqual([true, 'error Error'])
  })

  test('is forced after a time if the other side does not end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const fixture = await enter()
    fixture.socket.stream.destroy()
    await turns()
    expect(fixture.raw.destroyed).toBe(false)
    vi.advanceTimersByTime(2000)
    expect(fixture.raw.destroyed).toBe(true)
  })

  test('leaves no timer behind if the other side ends too', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const fixture = await enter()
    fixture.client.end()
    fixture.socket.stream.destroy()
    await once(fixture.raw, 'close')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of the socket comes after everything received before it is handled, also what waits: a DISCONNECT removes the will', async () => {
    const fixture = await enter()
    fixture.socket.hold()
    fixture.client.end(Buffer.concat([encode.publish('a'), encode.disconnect]))
    await turns()
    expect(fixture.socket.stream.destroyed).toBe(false)
    fixture.socket.resume()
    await turns()
    expect([packetsOf(fixture), fixture.engine]).toEqual([['publish a', 'disconnect'], [encode.disconnect]])
  })

  test('of the socket ends the stream once everything that waited is handled, also without a DISCONNECT', async () => {
    const fixture = await enter()
    fixture.socket.hold()
    fixture.client.end(encode.publish('a'))
    await turns()
    fixture.socket.resume()
    await turns()
    expect([packetsOf(fixture), fixture.socket.stream.destroyed]).toEqual([['publish a'], true])
  })

  test('of the socket ends the stream at once if nothing waits', async () => {
    const fixture = await enter()
    fixture.socket.hold()
    fixture.client.end()
    await turns()
    expect(fixture.socket.stream.destroyed).toBe(true)
  })
})

test('a client that does not read its answers is not read further until it does, and then everything is handled', async () => {
  const [client, raw] = duplexPair()
  let handled = 0
  const socket = createClientSocket({
    raw,
    now: () => 0,
    defer: createDefer(),
    portion: (job) => job(),
    limits: { connectBytes: () => 1000, packetBytes: () => 1_000_000 },
    connect: () => undefined,
    handle() {
      handled += 1
      socket.writeBuffer.write(Buffer.alloc(1000))
    },
    disconnect: (done) => done(),
    rest: () => undefined,
    received: () => undefined,
    sent: () => undefined,
    drained: () => undefined,
    tooSlow: () => undefined,
  })
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
