import { scryptSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

const matches = (hash: string, password: string): boolean => {
  const [kind, n, r, p, salt, key] = hash.trim().split('$')
  expect([kind, n, r, p]).toEqual(['scrypt', '16384', '8', '1'])
  const bytes = Buffer.from(salt!, 'base64')
  expect(bytes).toHaveLength(16)
  return scryptSync(password, bytes, 32, { N: 16_384, r: 8, p: 1 }).toString('base64') === key
}

const piped = async (text: string, ...argv: string[]): Promise<[number, CliTerminalFixture]> => {
  const terminal = createCliTerminalFixture()
  terminal.stdin.end(text)
  return [await terminal.run('password', ...argv), terminal]
}

/** Types at a terminal: one text for each prompt. */
const typed = async (...texts: string[]): Promise<[number, CliTerminalFixture]> => {
  const terminal = createCliTerminalFixture({ tty: true })
  const status = terminal.run('password')
  for (const [i, text] of texts.entries()) {
    await terminal.until(() => terminal.err().split(': ').length > i + 1)
    terminal.stdin.write(text)
  }
  return [await status, terminal]
}

describe('fogbell password', () => {
  test('hashes the first line of stdin, with a new salt each time', async () => {
    const [status, terminal] = await piped('geheim 密码\nsecond line\n')
    expect(status).toBe(0)
    expect(matches(terminal.out(), 'geheim 密码')).toBe(true)
    const [, again] = await piped('geheim 密码')
    expect(again.out()).not.toBe(terminal.out())
  })

  test('--json uses the name of the setting', async () => {
    const [, terminal] = await piped('x\r\n', '--json')
    const { passwordHash } = JSON.parse(terminal.out()) as { passwordHash: string }
    expect(matches(passwordHash, 'x')).toBe(true)
  })

  test('an empty password is refused', async () => {
    const [status, terminal] = await piped('\n')
    expect(status).toBe(2)
    expect(terminal.out()).toBe('')
  })

  test('at a terminal it is typed twice and never shown', async () => {
    const [status, terminal] = await typed('secret\r', 'Secret\r')
    expect(status).toBe(2)
    expect(terminal.err()).toContain('differ')
    const [fine, good] = await typed('secx\u007fret\r', 'secret\n')
    expect(fine).toBe(0)
    expect(matches(good.out(), 'secret')).toBe(true)
    expect(good.out() + good.err()).not.toContain('secret')
  })

  test('Ctrl-C ends it with 130 and no hash', async () => {
    const [status, terminal] = await typed('sec\u0003')
    expect(status).toBe(130)
    expect(terminal.out()).toBe('')
  })
})
