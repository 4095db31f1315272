// Connections that never ask for an image, on a real server, and those of other addresses, which one machine cannot make.

import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createConnectionBounds } from '../../src/download/connection-bounds.ts'
import { createTurnedAway } from '../../src/download/turned-away.ts'
import { dial } from '../support/download-client.ts'
import { until } from '../support/until.ts'

const openServer = async (most: number) => {
  const reasons: string[] = []
  const server = createServer((request, response) => {
    bounds.proven(request.socket)
    response.end('image')
  })
  const bounds = createConnectionBounds(server, {
    most,
    pendingPerAddress: 1,
    turnedAway: (reason) => reasons.push(reason),
    changed: () => undefined,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, bounds, reasons }
}

describe('where there are too many connections', () => {
  test('the oldest without a request is closed, and who comes is served', async () => {
    const { port, bounds, reasons } = await openServer(50)
    const busy = await dial(port)
    busy.send('GET / HTTP/1.1', 'Host: x')
    expect((await busy.answer()).status).toBe(200)
    const slow = []
    for (let at = 0; at < 60; at += 1) {
      const client = await dial(port)
      client.socket.write('GET / HTTP/1.1\r\nX-Slow: ')
      slow.push(client)
    }
    await slow[10]?.closed
    const late = await dial(port)
    late.send('GET / HTTP/1.1', 'Host: x')
    expect((await late.answer()).status).toBe(200)
    busy.send('GET / HTTP/1.1', 'Host: x')
    expect((await busy.answer()).status).toBe(200)
    expect([bounds.count(), new Set(reasons)]).toEqual([50, new Set(['connections'])])
    for (const { socket } of [...slow, late, busy]) socket.destroy()
    await until(() => bounds.count() === 0)
  })

  test('where all have asked, the one that has been idle for longest is closed', async () => {
    const { port, bounds } = await openServer(2)
    const clients = []
    for (let at = 0; at < 3; at += 1) {
      const client = await dial(port)
      client.send('GET / HTTP/1.1', 'Host: x')
      expect((await client.answer()).status).toBe(200)
      clients.push(client)
    }
    await clients[0]?.closed
    expect(bounds.count()).toBe(2)
    for (const { socket } of clients) socket.destroy()
  })

  test('one that still gets the answer to a later request is not idle', () => {
    const server = new EventEmitter()
    const bounds = createConnectionBounds(server as unknown as Server, {
      most: 2,
      pendingPerAddress: 9,
      turnedAway: () => undefined,
      changed: () => undefined,
    })
    const open = (requests: number) => {
      const socket = new Socket()
      server.emit('connection', socket)
      bounds.proven(socket)
      const responses = Array.from({ length: requests }, () => new EventEmitter())
      for (const response of responses) server.emit('request', { socket }, response)
      return { socket, responses }
    }
    const [busy, idle] = [open(2), open(1)]
    busy.responses[0]?.emit('close')
    idle.responses[0]?.emit('close')
    open(0)
    expect([busy, idle].map(({ socket }) => socket.destroyed)).toEqual([false, true])
  })
})

describe('connections of one address without a request', () => {
  const connections = (address: string, count: number) => {
    const server = new EventEmitter()
    const reasons: string[] = []
    const bounds = createConnectionBounds(server as unknown as Parameters<typeof createConnectionBounds>[0], {
      most: 1_000,
      pendingPerAddress: 3,
      turnedAway: (reason) => reasons.push(reason),
      changed: () => undefined,
    })
    const come = (from = address): Socket => {
      const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: from })
      server.emit('connection', socket)
      return socket
    }
    return { bounds, reasons, come, sockets: Array.from({ length: count }, () => come()) }
  }

  test('are bounded: the oldest makes room', () => {
    const { sockets, come, reasons } = connections('192.0.2.7', 5)
    const other = come('192.0.2.8')
    expect([...sockets, other].map(({ destroyed }) => destroyed)).toEqual([true, true, false, false, false, false])
    expect(reasons).toEqual(['address', 'address'])
  })

  test('of one IPv6 network are bounded together, of IPv4 by address also on a socket for both', () => {
    const { come, reasons } = connections('2001:db8::1', 3)
    for (const at of [1, 2, 3, 4]) come(`::ffff:192.0.2.${at}`)
    expect(reasons).toEqual([])
    come('2001:db8::2')
    expect(reasons).toEqual(['address'])
  })

  test('do not count once they have shown a valid link: thousands of boards may share an address', () => {
    const { sockets, come, bounds } = connections('192.0.2.7', 3)
    for (const socket of sockets) bounds.proven(socket)
    const more = [come(), come(), come()]
    expect([...sockets, ...more].some(({ destroyed }) => destroyed)).toBe(false)
  })

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('from %s are not bounded', (address) => {
    expect(connections(address, 9).reasons).toEqual([])
  })
})

test('who was turned away is counted, and said now and then', () => {
  let now = 0
  const logged: object[] = []
  const warn = (fields: object): number => logged.push(fields)
  const silent = (): void => undefined
  const turnedAway = createTurnedAway({ trace: silent, debug: silent, info: silent, warn, error: silent }, () => now)
  for (let at = 0; at < 100; at += 1) turnedAway.add('address', { address: 'a' })
  now = 10_000
  turnedAway.add('address', { address: 'b' })
  turnedAway.add('task', { task: 7 })
  expect(logged).toEqual([
    { address: 'a', count: 1 },
    { address: 'b', count: 100 },
    { task: 7, count: 1 },
  ])
  expect(turnedAway.counts()).toEqual({ task: 1, address: 101, connections: 0, tls: 0 })
})
