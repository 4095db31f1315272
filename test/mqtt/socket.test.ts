// A client's socket: what the engine gets and what it does not, packets that wait, faults, and how either side ends it.

import { once } from 'node:events'
import { type Duplex, duplexPair } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ClientSocket, createClientSocket } from '../../src/mqtt/socket.ts'
import { createDefer } from '../../src/mqtt/write-buffer.ts'
import { encode } from './wire/packets-out.ts'

interface Scene {
  readonly client: Duplex
  readonly raw: Duplex
  readonly socket: ClientSocket
  /** The calls of the socket, in order. */
  readonly calls: string[]
  /** Bytes that the engine got. */
  readonly engine: Buffer[]
  readonly came: Buffer[]
}

const open = (disconnect: (done: () => void) => void = (done) => done()): Scene => {
  const [client, raw] = duplexPair()
  const calls: string[] = []
  const [engine, came]: [Buffer[], Buffer[]] = [[], []]
  const socket = createClientSocket({
    raw,
    now: () => 0,
    defer: createDefer(),
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
const packetsOf = ({ calls }: Scene): readonly string[] => calls.filter((line) => line !== 'rest')

const turns = async (count = 5): Promise<void> => {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}

/** A client that is admitted. */
const enter = async (...given: Parameters<typeof open>): Promise<Scene> => {
  const scene = open(...given)
  scene.client.write(encode.connect('c'))
  await turns()
  scene.socket.resume()
  scene.calls.length = 0
  scene.engine.length = 0
  return scene
}

describe('what a client sends', () => {
  test('after its CONNECT waits until the socket is resumed, and is then handled in order', async () => {
    const scene = open()
    scene.client.write(Buffer.concat([encode.connect('c'), encode.publish('a'), encode.publish('b')]))
    await turns()
    expect([packetsOf(scene), scene.engine]).toEqual([['connect c'], [encode.connect('c')]])
    scene.client.write(encode.publish('d'))
    await turns()
    scene.socket.resume()
    expect(packetsOf(scene)).toEqual(['connect c', 'publish a', 'publish b', 'publish d'])
    expect(scene.engine).toEqual([encode.connect('c')])
  })

  test('waits until every hold is released', async () => {
    const scene = await enter()
    scene.socket.hold()
    scene.socket.hold()
    scene.client.write(encode.publish('a'))
    await turns()
    scene.socket.resume()
    expect(packetsOf(scene)).toEqual([])
    scene.socket.resume()
    expect(packetsOf(scene)).toEqual(['publish a'])
  })

  test('is read only up to a bound while it waits, and completely after that', async () => {
    const scene = await enter()
    scene.socket.hold()
    const count = 100
    for (let at = 0; at < count; at++) scene.client.write(encode.publish('a', 'x'.repeat(10_000)))
    await turns(50)
    expect(scene.client.writableLength).toBeGreaterThan(500_000)
    scene.socket.resume()
    await turns(300)
    expect(packetsOf(scene).length).toBe(count)
  })

  test('in one read is followed by one `rest`', async () => {
    const scene = await enter()
    scene.client.write(Buffer.concat([encode.publish('a'), encode.publish('b')]))
    await turns()
    expect(scene.calls).toEqual(['publish a', 'publish b', 'rest'])
  })

  test('as PINGREQ is answered at once, and the engine does not see it', async () => {
    const scene = await enter()
    scene.client.write(encode.pingreq)
    await turns()
    expect([scene.engine, Buffer.concat(scene.came).toString('hex')]).toEqual([[], 'd000'])
  })

  test('as DISCONNECT goes to the engine when it may, and nothing after it is handled', async () => {
    let goOn: () => void = () => undefined
    const scene = await enter((done) => {
      goOn = done
    })
    scene.client.write(Buffer.concat([encode.publish('a'), encode.disconnect, encode.publish('b')]))
    await turns()
    expect([scene.calls.slice(0, 3), scene.engine]).toEqual([['publish a', 'rest', 'disconnect'], []])
    goOn()
    await turns()
    expect([packetsOf(scene), scene.engine]).toEqual([['publish a', 'disconnect'], [encode.disconnect]])
  })
})

describe('a fault', () => {
  test('of the protocol level is answered with CONNACK 1, and the connection ends', async () => {
    const scene = open()
    scene.client.write(encode.connect('c', 5))
    await once(scene.client, 'end')
    expect(Buffer.concat(scene.came)).toEqual(Buffer.from([0x20, 2, 0, 1]))
    expect(scene.calls).toContain('error WireFault')
    expect([scene.socket.stream.destroyed, scene.engine]).toEqual([true, []])
  })

  test('of any other kind gets no answer, after the valid packets before it', async () => {
    const scene = await enter()
    scene.client.write(Buffer.concat([encode.publish('a'), Buffer.from([0xf0, 0]), encode.publish('b')]))
    await once(scene.client, 'end')
    expect([scene.calls, scene.came]).toEqual([['publish a', 'rest', 'error WireFault'], []])
  })

  test('of a packet handler ends only that connection', async () => {
    const scene = await enter((_done) => {
      throw new Error('a bug')
    })
    scene.client.write(encode.disconnect)
    await turns()
    expect([scene.socket.stream.destroyed, scene.calls.at(-1)]).toEqual([true, 'error Error'])
  })
})

describe('the end', () => {
  afterEach(() => void vi.useRealTimers())

  test('of the socket ends the stream', async () => {
    const scene = await enter()
    scene.client.end()
    await once(scene.socket.stream, 'close')
    expect(scene.calls.filter((line) => line.startsWith('error'))).toEqual([])
  })

  test('of the stream ends the socket, after everything that was written', async () => {
    const scene = await enter()
    scene.socket.writeBuffer.write(Buffer.from('last '))
    scene.socket.stream.write(Buffer.from('words'))
    scene.socket.stream.destroy()
    await once(scene.client, 'end')
    expect(Buffer.concat(scene.came).toString()).toBe('last words')
  })

  test('by an error of the socket is an error of the stream too', async () => {
    const scene = await enter()
    scene.raw.destroy(new Error('reset'))
    await turns()
    expect([scene.socket.stream.destroyed, scene.calls.at(-1)]).toEqual([true, 'error Error'])
  })

  test('is forced after a time if the other side does not end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const scene = await enter()
    scene.socket.stream.destroy()
    await turns()
    expect(scene.raw.destroyed).toBe(false)
    vi.advanceTimersByTime(2000)
    expect(scene.raw.destroyed).toBe(true)
  })

  test('leaves no timer behind if the other side ends too', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const scene = await enter()
    scene.client.end()
    scene.socket.stream.destroy()
    await once(scene.raw, 'close')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of the socket comes after everything received before it is handled, also what waits: a DISCONNECT removes the will', async () => {
    const scene = await enter()
    scene.socket.hold()
    scene.client.end(Buffer.concat([encode.publish('a'), encode.disconnect]))
    await turns()
    expect(scene.socket.stream.destroyed).toBe(false)
    scene.socket.resume()
    await turns()
    expect([packetsOf(scene), scene.engine]).toEqual([['publish a', 'disconnect'], [encode.disconnect]])
  })

  test('of the socket ends the stream once everything that waited is handled, also without a DISCONNECT', async () => {
    const scene = await enter()
    scene.socket.hold()
    scene.client.end(encode.publish('a'))
    await turns()
    scene.socket.resume()
    await turns()
    expect([packetsOf(scene), scene.socket.stream.destroyed]).toEqual([['publish a'], true])
  })

  test('of the socket ends the stream at once if nothing waits', async () => {
    const scene = await enter()
    scene.socket.hold()
    scene.client.end()
    await turns()
    expect(scene.socket.stream.destroyed).toBe(true)
  })
})

test('a client that does not read its answers is not read further until it does, and then everything is handled', async () => {
  const [client, raw] = duplexPair()
  let handled = 0
  const socket = createClientSocket({
    raw,
    now: () => 0,
    defer: createDefer(),
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
