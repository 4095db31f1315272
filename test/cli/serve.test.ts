import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServeParts } from '../../src/cli/serve.ts'
import { OtaError } from '../../src/errors.ts'
import { createLog } from '../../src/log-pino.ts'
import { checkSettings } from '../../src/server-check.ts'
import { loadSettings } from '../../src/settings-load.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'
import { until } from '../support/until.ts'

type Start = Awaited<ReturnType<ServeParts['startServer']>>
type Running = Awaited<ReturnType<Start>>
type Settings = Parameters<Start>[0]['settings']

let directory: string
let logged: { level: string; msg: string; code?: string }[]
let level: () => string
let started: Settings[]
let reloaded: Settings[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  logged = []
  started = []
  reloaded = []
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const description = {
  pid: 7,
  version: '0.1.0',
  mqtt: ['mqtt://127.0.0.1:4001'],
  firmware: 'http://127.0.0.1:4002',
  admin: 'http://127.0.0.1:4003',
}

/** A fake server; the settings and the log are the real ones. */
const partsWith = (more: Partial<Running> = {}): ServeParts => ({
  loadSettings: () => Promise.resolve(loadSettings),
  checkSettings: () => Promise.resolve(checkSettings),
  createLog: () =>
    Promise.resolve((settings: Settings['log']) => {
      const log = createLog({ ...settings, format: 'json' }, { write: (line) => void logged.push(JSON.parse(line)) })
      level = () => log.level
      return log
    }),
  startServer: () =>
    Promise.resolve(({ settings }: { settings: Settings }) => {
      started.push(settings)
      return Promise.resolve({
        description,
        dataDir: directory,
        firstCode: () => Promise.resolve(null),
        reload: (next: Settings) => Promise.resolve(void reloaded.push(next)),
        close: () => Promise.resolve(),
        ...more,
      })
    }),
  addresses: () => ['192.0.2.7'],
  started: () => undefined,
})

const serving = async (parts: ServeParts, ...argv: string[]): Promise<{ terminal: CliTerminalFixture; status: Promise<number> }> => {
  const terminal = createCliTerminalFixture({ parts })
  const status = terminal.run('serve', ...argv)
  await terminal.until(() => terminal.out().includes('ready'))
  return { terminal, status }
}

describe('fogbell serve', () => {
  test('prints where it listens, `ready` last, and ends with 0 on a signal', async () => {
    const { terminal, status } = await serving(partsWith(), '--mqtt-port', '0')
    expect(terminal.out().trimEnd().split('\n').at(-1)).toBe('Fogbell 0.1.0 is ready')
    expect(terminal.out()).toContain('mqtt://192.0.2.7:4001')
    expect(terminal.out()).toContain(join(directory, 'admin.token'))
    terminal.signal('SIGTERM')
    expect(await status).toBe(0)
    expect(terminal.exits).toEqual([])
  })

  test('the process learns that the server has started, after the line that says so', async () => {
    const seen: string[] = []
    const terminal = createCliTerminalFixture({ parts: { ...partsWith(), started: () => void seen.push(terminal.out()) } })
    const status = terminal.run('serve')
    await until(() => Promise.resolve(seen.length > 0))
    expect(seen).toEqual([expect.stringContaining('is ready')])
    terminal.signal('SIGTERM')
    expect(await status).toBe(0)
  })

  test('a service manager is told once it is ready', async () => {
    const told = join(directory, 'told')
    await writeFile(join(directory, 'systemd-notify'), `#!/bin/sh\necho "$1" >>${told}\n`, { mode: 0o755 })
    const terminal = createCliTerminalFixture({ parts: partsWith(), env: { NOTIFY_SOCKET: '@x', PATH: directory } })
    const status = terminal.run('serve')
    const lines = (): Promise<string> => readFile(told, 'utf8').catch(() => '')
    await until(async () => (await lines()) === '--ready\n')
    terminal.signal('SIGTERM')
    await until(async () => (await lines()) === '--ready\nSTOPPING=1\n')
    expect(await status).toBe(0)
  })

  test('flags win over the environment, and that over the file', async () => {
    const config = join(directory, 'config.json')
    await writeFile(config, '{"firmware":{"listen":{"port":1}},"admin":{"listen":{"port":1}},"mqtt":{"maxConnections":9}}')
    const terminal = createCliTerminalFixture({ parts: partsWith(), env: { FOGBELL_ADMIN_PORT: '2', FOGBELL_FIRMWARE_PORT: '2' } })
    const status = terminal.run(
      'serve',
      '--config',
      config,
      '--admin-port',
      '3',
      '--enrolment',
      'open',
      '--host',
      '127.0.0.1',
      '--data',
      directory,
    )
    await terminal.until(() => terminal.out().includes('ready'))
    terminal.signal('SIGINT')
    expect(await status).toBe(0)
    expect(started[0]).toMatchObject({
      dataDir: directory,
      mqtt: { maxConnections: 9 },
      firmware: { listen: { host: '127.0.0.1', port: 2 } },
      admin: { listen: { port: 3 } },
      devices: { enrolment: 'open' },
    })
  })

  test.each([
    ['--json', '--log-level', 'silent'],
    ['--log-format', 'json'],
  ])('with %s the ready line is JSON, and so is the log', async (...argv) => {
    const { terminal, status } = await serving(partsWith(), ...argv)
    expect(terminal.jsonLines()).toMatchObject([{ msg: 'ready', ...description, dataDir: directory }])
    expect(started[0]?.log.format).toBe('json')
    terminal.signal('SIGTERM')
    await status
  })

  test('a stop that hangs is given up within 10 s, with 1', async () => {
    const { terminal, status } = await serving(partsWith({ close: () => new Promise(() => undefined) }))
    const before = terminal.io.now()
    terminal.signal('SIGTERM')
    expect(await status).toBe(1)
    expect(terminal.io.now() - before).toBeLessThan(10_000)
    expect(terminal.err()).toContain('did not stop')
  })

  test('a second signal ends it at once', async () => {
    const closed: (() => void)[] = []
    const { terminal, status } = await serving(partsWith({ close: () => new Promise((resolve) => void closed.push(resolve)) }))
    terminal.signal('SIGINT')
    terminal.signal('SIGINT')
    expect(terminal.exits).toEqual([130])
    await expect.poll(() => closed).toHaveLength(1)
    closed[0]!()
    await status
  })

  test('SIGHUP reloads the settings', async () => {
    const config = join(directory, 'config.json')
    await writeFile(config, '{}')
    const { terminal, status } = await serving(partsWith(), '--config', config)
    await writeFile(config, '{"log":{"level":"debug"}}')
    terminal.signal('SIGHUP')
    await expect.poll(() => logged.some(({ msg }) => msg.includes('settings reloaded'))).toBe(true)
    expect(reloaded).toMatchObject([{ log: { level: 'debug' } }])
    expect(level()).toBe('debug')
    terminal.signal('SIGTERM')
    expect(await status).toBe(0)
  })

  test('SIGHUP with invalid settings keeps the old ones and logs it', async () => {
    const config = join(directory, 'config.json')
    await writeFile(config, '{}')
    const { terminal, status } = await serving(partsWith(), '--config', config)
    await writeFile(config, '{"log":{"level":"loud"}}')
    terminal.signal('SIGHUP')
    await expect.poll(() => logged.map(({ code }) => code)).toContain('OTA_BAD_SETTINGS')
    expect(reloaded).toEqual([])
    expect(level()).toBe('info')
    terminal.signal('SIGTERM')
    expect(await status).toBe(0)
  })

  test('a failed start is shown with its code', async () => {
    const refuse = () => Promise.reject(new OtaError('OTA_LISTEN_FAILED', 'port 1883 is taken'))
    const terminal = createCliTerminalFixture({ parts: { ...partsWith(), startServer: () => Promise.resolve(refuse) } })
    expect(await terminal.run('serve')).toBe(1)
    expect(terminal.err()).toContain('port 1883 is taken (OTA_LISTEN_FAILED)')
  })

  test('--check says that the settings are valid, and starts nothing', async () => {
    const terminal = createCliTerminalFixture({ parts: partsWith() })
    expect(await terminal.run('serve', '--check')).toBe(0)
    expect(terminal.out()).toBe('settings are valid\n')
    expect(started).toEqual([])
  })

  test('--check finds what the schema cannot: filters, hashes, certificates', async () => {
    const config = join(directory, 'users.json')
    const terminal = createCliTerminalFixture({ parts: partsWith() })
    const user = { username: 'op', passwordHash: 'scrypt$1$2', publish: ['a/#/b'], subscribe: [] }
    await writeFile(config, JSON.stringify({ mqtt: { users: [user] } }))
    expect(await terminal.run('serve', '--check', '--config', config)).toBe(2)
    expect(terminal.err()).toContain('mqtt.users[0].publish[0]')
    expect(terminal.err()).toContain('mqtt.users[0].passwordHash')
    await writeFile(config, JSON.stringify({ mqtt: { listeners: [{ url: 'mqtts://[::]:8883' }] } }))
    expect(await terminal.run('serve', '--check', '--config', config)).toBe(2)
  })

  test('--check names every fault with its path, and ends with 2', async () => {
    const config = join(directory, 'config.json')
    await writeFile(config, '{"mqtt":{"maxConnections":"many"},"frob":1}')
    const terminal = createCliTerminalFixture({ parts: partsWith() })
    expect(await terminal.run('serve', '--check', '--config', config, '--enrolment', 'never')).toBe(2)
    for (const path of ['mqtt.maxConnections', 'frob', '--enrolment']) expect(terminal.err()).toContain(`  ${path}: `)
  })
})
