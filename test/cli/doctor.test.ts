// What `fogbell doctor` shows of a server elsewhere: lines that fit a terminal, commands that can be copied, exit statuses; and where it looks.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { directoryToExamine } from '../../src/cli/server-location.ts'
import { shownWidth } from '../../src/cli/wrap.ts'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let admin: CliAdminFixture

beforeEach(async () => {
  admin = await createCliAdminFixture()
})
afterEach(() => admin.close())

const command = `curl http://updates.example.net:8070/d/0/0123456789abcdef/${'0'.repeat(32)}`
const said = (text: string) => ({ text, code: 'as_text', params: { text } })
const findings = (...results: readonly string[]) =>
  results.map((result) => ({
    area: 'devices',
    result,
    ...said(`a sentence about ${result} that is longer than a narrow terminal, so that it has to be folded somewhere`),
    remedy: result === 'ok' ? null : said(`see the cable, then \`fogbell device why lamp/l1 --data /var/lib/fogbell\`, or \`${command}\`.`),
  }))

const answer = (...results: readonly string[]): void => {
  const reach = { mqtt: [], firmware: [admin.url], publicUrls: [], probe: '/d/0/0123456789abcdef/x' }
  admin.on('GET /doctor', () => ({ json: { version: '9.9.9', time: '2026-03-01T12:00:00Z', findings: findings(...results), reach } }))
}

const examine = async (terminal: ReturnType<typeof createCliTerminalFixture>, ...more: readonly string[]): Promise<number> =>
  await terminal.run('doctor', '--server', admin.url, '--token', 'tok', ...more)

test('a fault is status 1, a warning none; the last line counts', async () => {
  answer('warning', 'ok')
  const calm = createCliTerminalFixture()
  // The test download: what answers is no server of downloads.
  expect(await examine(calm)).toBe(1)
  expect(calm.out().trimEnd().split('\n').at(-1)).toBe('1 fault, 1 warning, 2 ok')
  expect(calm.out()).toMatch(/^ok {8}server: version 9\.9\.9 answers at 127\.0\.0\.1$/m)
  expect(calm.out()).toMatch(/^FAULT {5}network: a test download through http:.* failed: another server answers there, with status 404$/m)
})

test('in a terminal of 80 columns lines fit, but a command that is longer has one to itself', async () => {
  answer('fault', 'skipped')
  const terminal = createCliTerminalFixture({ tty: true, columns: 80, env: { NO_COLOR: '1' } })
  expect(await examine(terminal)).toBe(1)
  const lines = terminal.out().split('\n')
  expect(lines.filter((line) => shownWidth(line) > 80)).toEqual([command, command])
  expect(terminal.out()).toContain('`fogbell device why lamp/l1 --data /var/lib/fogbell`')
  expect(terminal.out()).toMatch(/or the command\s+below\.\ncurl /)
  expect(terminal.out()).toMatch(/^not seen {2}devices: a sentence about skipped/m)
})

test('--json is one value with the sentence, its code and its remedy', async () => {
  answer('warning')
  const terminal = createCliTerminalFixture()
  await examine(terminal, '--json')
  expect(terminal.jsonLines()).toMatchObject([
    {
      findings: [{ area: 'server', result: 'ok', code: 'doctor_server_answers' }, { result: 'fault' }, ...findings('warning')],
      counts: { ok: 1, warnings: 1, faults: 1, skipped: 0 },
    },
  ])
})

test('text of a device cannot control the terminal', async () => {
  const [finding] = findings('warning')
  const reach = { mqtt: [], firmware: [admin.url], publicUrls: [], probe: '/d/0/0123456789abcdef/x' }
  const json = { version: '9.9.9', time: '', findings: [{ ...finding, text: 'a\u001b[31mb' }], reach }
  admin.on('GET /doctor', () => ({ json }))
  const terminal = createCliTerminalFixture()
  await examine(terminal)
  expect(terminal.out()).toContain('a\\x1b[31mb')
})

describe('without --data', () => {
  let place: string
  const inPlace = (name: string): string => join(place, name)
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'fogbell-doctor-'))
  })
  afterEach(() => rm(place, { recursive: true }))

  const examined = async (env: Record<string, string> = {}): Promise<string> => {
    const terminal = createCliTerminalFixture({ env })
    return await directoryToExamine({}, { ...terminal.io, serviceData: inPlace('service') })
  }

  test('looks at the data of the service of this machine, whether it runs or not', async () => {
    expect(await examined()).toBe(resolve('data'))
    await mkdir(inPlace('service'))
    expect(await examined()).toBe(inPlace('service'))
    await writeFile(inPlace('service/fogbell.json'), '{}')
    expect(await examined()).toBe(inPlace('service'))
    expect(await examined({ FOGBELL_DATA: inPlace('mine') })).toBe(inPlace('mine'))
  })
})

test('a server elsewhere that does not answer is status 3', async () => {
  const terminal = createCliTerminalFixture()
  expect(await terminal.run('doctor', '--server', 'http://127.0.0.1:1', '--token', 'tok')).toBe(3)
  expect(terminal.err()).toContain('cannot be reached')
})
