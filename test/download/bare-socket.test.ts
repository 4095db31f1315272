// Connections on Node's own handles, over real sockets: what their owner hears, and how Node's server gets one.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type BareSocket, takeBare } from '../../src/download/bare-socket.ts'
import { dial } from '../support/download-client.ts'
import { built } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'
import { until } from '../support/until.ts'

/** More than the buffers of both ends hold. */
const large = imageOf(24_000_000)

type React = (socket: BareSocket, bytes: Buffer) => void

/** A server whose bare connections note what they hear, and Node's server behind it. */
const serve = async (react: React, ofNode: (socket: Socket) => void = () => undefined) => {
  const heard: string[] = []
  const bare: BareSocket[] = []
  const nodes: Socket[] = []
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    nodes.push(socket)
    ofNode(socket)
  })
  onTestFinished(() => {
    for (const socket of [...nodes, ...bare]) socket.destroy()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  takeBare(server, (socket) => {
    bare.push(socket)
    socket.open({
      received: (bytes) => {
        heard.push(`received ${bytes.length}`)
        react(socket, bytes)
      },
      ended: () => heard.push('ended'),
      wrote: () => heard.push('wrote'),
      closed: () => heard.push('closed'),
    })
  })
  return { server, heard, bare, nodes, port: (server.address() as AddressInfo).port }
}

describe('a bare connection', () => {
  test('knows its client, and writes head and body in one piece', async () => {
    const { port, bare, nodes } = await serve((socket) => void socket.writeBoth(Buffer.from('head '), Buffer.from('body')))
    const client = await dial(port)
    client.socket.write('x')
    await client.atLeast(9)
    expect([client.text(), bare[0]?.remoteAddress, nodes]).toEqual(['head body', '127.0.0.1', []])
  })

  test('hears when a write is accepted that was not at once, and has sent all of it', async () => {
    const { port, heard, bare } = await serve((socket) => void heard.push(`at once: ${socket.write(large)}`))
    const client = await dial(port)
    client.socket.pause()
    client.socket.write('x')
    await until(() => heard.length === 2)
    expect(bare[0]?.unsent()).toBeGreaterThan(0)
    client.socket.resume()
    await client.atLeast(large.length)
    await until(() => heard.includes('wrote'))
    expect(heard).toEqual(['received 1', 'at once: false', 'wrote'])
    expect([client.rest(), bare[0]?.unsent()]).toEqual([large.length, 0])
  })

  test('closes once both sides have ended, whoever begins', async () => {
    const { port, heard } = await serve((socket) => {
      socket.write(Buffer.from('bye'))
      socket.end(false)
    })
    const client = await dial(port)
    client.socket.write('x')
    await client.closed
    await until(() => heard.includes('closed'))
    expect([client.text(), heard]).toEqual(['bye', ['received 1', 'ended', 'closed']])
  })

  test('that ends for good does not wait for its client', async () => {
    const { port, heard } = await serve((socket) => socket.end(true))
    const client = await dial(port)
    client.socket.allowHalfOpen = true
    client.socket.write('x')
    await until(() => heard.includes('closed'))
    expect(heard).toEqual(['received 1', 'closed'])
  })

  test.each(['while it is read', 'in a write'])('hears only that it is closed when its client resets it %s', async (when) => {
    const { port, heard } = await serve((socket) => when === 'in a write' && socket.write(large))
    const client = await dial(port)
    client.socket.pause()
    client.socket.write('x')
    await until(() => heard.length > 0)
    client.socket.resetAndDestroy()
    await until(() => heard.includes('closed'))
    expect(heard).toEqual(['received 1', 'closed'])
  })

  test('that is paused reads nothing, and no call of an ended one does harm', async () => {
    const { port, heard, bare } = await serve((socket) => socket.pause())
    const client = await dial(port)
    client.socket.write('x')
    await until(() => heard.length > 0)
    client.socket.write('yz')
    await once(client.socket.setTimeout(50), 'timeout')
    expect(heard).toEqual(['received 1'])
    const [socket] = bare
    socket?.resume()
    await until(() => heard.includes('received 2'))
    socket?.destroy()
    for (const again of [1, 2]) {
      socket?.destroy()
      socket?.pause()
      socket?.resume()
      socket?.keepAlive()
      socket?.end(again === 1)
      expect([socket?.write(Buffer.from('x')), socket?.unsent(), socket?.destroyed]).toEqual([false, 0, true])
    }
    await until(() => heard.length === 3)
    await client.closed
    expect(heard).toEqual(['received 1', 'received 2', 'closed'])
  })

  test('of thousands that break at once each is closed once', async () => {
    const { port, heard } = await serve((socket) => void socket.write(large))
    const clients = await Promise.all(Array.from({ length: 400 }, () => dial(port)))
    for (const { socket } of clients) socket.pause()
    for (const { socket } of clients) socket.write('x')
    await until(() => heard.length === clients.length)
    for (const { socket } of clients) socket.resetAndDestroy()
    await until(() => heard.filter((each) => each === 'closed').length === clients.length)
    expect(heard.length).toBe(2 * clients.length)
  })
})

describe("Node's server gets a connection", () => {
  test('from the byte on that it is passed at, as if it had had it from the start', async () => {
    const chunks: Buffer[] = []
    const { port, heard } = await serve(
      (socket, bytes) => bytes.includes('!') && socket.pass(Buffer.from(bytes)),
      (socket) => socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => socket.end('bye')),
    )
    const client = await dial(port)
    client.socket.write('x')
    await until(() => heard.length === 1)
    client.socket.write('!')
    await until(() => chunks.length === 1)
    client.socket.write(large)
    client.socket.end()
    await client.closed
    expect([client.text(), heard]).toEqual(['bye', ['received 1', 'received 1']])
    expect(Buffer.concat(chunks).equals(Buffer.concat([Buffer.from('!'), large]))).toBe(true)
  })

  test.each([
    ['no binding', (name: string) => void Reflect.set(process, name, undefined)],
    ['none of the parts', (name: string) => void Reflect.set(process, name, () => ({}))],
    [
      'a binding that throws',
      (name: string) =>
        void Reflect.set(process, name, () => {
          throw new Error('none')
        }),
    ],
  ])('at once where Node has %s', async (_what, spoil) => {
    const original: unknown = Reflect.get(process, 'binding')
    spoil('binding')
    onTestFinished(() => void Reflect.set(process, 'binding', original))
    const { port, bare, nodes } = await serve(() => undefined)
    await dial(port)
    await until(() => nodes.length === 1)
    expect(bare).toEqual([])
  })
})

test('Node warns of nothing, even where it is to warn of what may go', async () => {
  const script = [
    "import { createServer } from 'node:net'",
    `import { takeBare } from '${built('download/bare-socket.js').href}'`,
    'const server = createServer()',
    'server.listen(0, () => {',
    '  takeBare(server, () => undefined)',
    "  process.stdout.write(server._handle.onconnection.name === 'onconnection' ? 'of Node' : 'ours')",
    '  server.close()',
    '})',
  ].join('\n')
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--pending-deprecation', '--input-type=module', '--eval', script])
  expect([stdout, stderr]).toEqual(['ours', ''])
})
