// What is said about a line that cannot be understood, and in which order.

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
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
