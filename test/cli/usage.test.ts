// What is said about a line that cannot be understood, and in which order.

import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { selfSigned } from '../support/certificate.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

const runAll = async (argv: readonly string[]): Promise<{ status: number; out: string; err: string }> => {
  const terminal = createCliTerminalFixture()
  const status = await terminal.run(...argv)
  return { status, out: terminal.out(), err: terminal.err() }
}

test.each([
  [['nope', '--help'], 'nope'],
  [['nope', '-h'], 'nope'],
  [['--help', 'nope'], 'nope'],
  [['help', 'nope'], 'nope'],
  [['device', 'nope', '--help'], 'nope'],
  [['device', 'help', 'nope'], 'nope'],
  [['campaign', 'sow', '-h'], 'Did you mean show?'],
])('help about a command that does not exist is wrong usage: %j', async (argv, words) => {
  const { status, out, err } = await runAll(argv)
  expect(status).toBe(2)
  expect(out).toBe('')
  expect(err).toContain('unknown command')
  expect(err).toContain(words)
})

test.each([[['--help']], [['help']], [['device', '--help']], [['help', 'device']], [['device', 'show', '--help']], [['push', '-h']]])(
  'help about a command that exists ends with 0: %j',
  async (argv) => {
    const { status, out } = await runAll(argv)
    expect(status).toBe(0)
    expect(out).toContain('Usage: fogbell')
  },
)

test.each([
  [['push', 'fw.bin', '--produkt', 'pk', '--version', '1'], "unknown option '--produkt'"],
  [['push', '--produkt', 'pk'], "unknown option '--produkt'"],
  [['firmware', 'add', 'fw.bin', '--product', 'pk', '--verson', '1'], "unknown option '--verson'"],
  [['firmware', 'add', '--frob'], "unknown option '--frob'"],
  [['device', 'show', '--frob'], "unknown option '--frob'"],
  [['push', '--product', 'pk', '--version', '1'], "missing required argument 'FILE'"],
  [['push', 'fw.bin', '--version', '1'], "required option '--product <key>' not specified"],
  [['firmware', 'add', 'fw.bin', '--product', 'pk'], "required option '--version <version>' not specified"],
])('what is unknown is named before what is missing: %j', async (argv, words) => {
  const { status, err } = await runAll(argv)
  expect(status).toBe(2)
  expect(err).toContain(words)
})

test('an unknown option is named with the one that was probably meant', async () => {
  expect((await runAll(['push', 'fw.bin', '--produkt', 'pk'])).err).toContain('Did you mean --product?')
})

test.each([
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['text', 'SSH-2.0-server\r\n'],
])('https:// on a port that speaks plain %s: says so, and how to write it', async (_what, answer) => {
  const server = createServer((socket) => socket.on('error', () => undefined).on('data', () => socket.end(answer)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { status, err } = await runAll(['device', 'list', '--server', `https://127.0.0.1:${port}`])
  await new Promise((resolve) => server.close(resolve))
  expect(status).toBe(3)
  expect(err).toContain('it does not answer with TLS; for a plain port write http:// instead of https://')
})

describe('http:// on a port that speaks TLS', () => {
  const listening = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const said = 'it answers with TLS only; write https:// instead of http://'
  const pair = selfSigned()
  /** A TLS port that answers bytes that are no TLS; null: as Node's does. */
  const tlsPort = (answer: Buffer | string | null): Server => {
    const secure = createTlsServer(pair)
    if (answer === null) return secure
    return createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', (bytes: Buffer) => {
        if (bytes[0] !== 0x16) {
          socket.end(answer)
          return
        }
        socket.pause()
        socket.unshift(bytes)
        secure.emit('connection', socket)
      })
    })
  }
  const alert = Buffer.from([0x15, 3, 1, 0, 2, 2, 70])

  test.each([
    ['closes the connection', null],
    ['answers with an alert', alert],
    ['answers 400', 'HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno'],
  ])('says so, and how to write it, where it %s', async (_what, answer) => {
    const server = tlsPort(answer)
    const { status, err } = await runAll(['device', 'list', '--server', await listening(server)])
    await new Promise((resolve) => server.close(resolve))
    expect(status).toBe(3)
    expect(err).toContain(said)
  })

  test('is not said of a port that speaks something else', async () => {
    const server = createServer(
      (socket) =>
        void socket
          .on('error', () => undefined)
          .resume()
          .end('220 mail.example ESMTP\r\n'),
    )
    const { status, err } = await runAll(['device', 'list', '--server', await listening(server)])
    await new Promise((resolve) => server.close(resolve))
    expect(status).toBe(3)
    expect(err).toContain('cannot be reached: what it answers is not HTTP')
  })

  test('is not said of the plain port of another server, nor of one that has gone', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.on('error', () => undefined).on('data', () => socket.destroy())
    })
    const { status, err } = await runAll(['device', 'list', '--server', await listening(server)])
    await new Promise((resolve) => server.close(resolve))
    expect([status, connections]).toEqual([3, 2])
    expect(err).toContain('the connection was closed')
    expect(err).not.toContain('TLS')
  })
})
