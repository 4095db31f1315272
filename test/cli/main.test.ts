import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packageVersion } from '../../src/bundled.ts'
import { errorCodes, errorEntry } from '../../src/errors.ts'
import { fleetDefaults } from '../../src/simulate/plan.ts'
import { type CliAdminFixture, createCliAdminFixture, problem } from '../support/cli-admin-fixture.ts'
import { device } from '../support/cli-samples.ts'
import { createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let directory: string
let admin: CliAdminFixture

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  admin = await createCliAdminFixture()
  admin.on('GET /devices', () => ({ json: { items: [device()], next: null } }))
})
afterEach(async () => {
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

const writeDescription = (fields: object): Promise<void> =>
  writeFile(join(directory, 'fogbell.json'), JSON.stringify({ pid: process.pid, admin: admin.url, ...fields }))

/** The id of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid

describe('usage', () => {
  test('--version prints the version of the package', async () => {
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('--version')).toBe(0)
    expect(terminal.out()).toBe(`${packageVersion()}\n`)
  })

  test('push has a --version of its own', async () => {
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('push', 'fw.bin', '--version', '1.0.1')).toBe(2)
    expect(terminal.out()).toBe('')
    expect(terminal.err()).toContain('--product')
  })

  test.each([
    ['an unknown command', ['frob']],
    ['an unknown option', ['device', 'list', '--frob']],
    ['a missing argument', ['device', 'show']],
    ['an argument too many', ['device', 'show', 'pk/a', 'pk/b']],
    ['a missing option', ['campaign', 'create']],
    ['an id that is none', ['campaign', 'show', 'x']],
    ['a state that is none', ['task', 'list', '--state', 'done']],
    ['a time that is none', ['campaign', 'create', '--firmware', '1', '--stall-timeout', 'soon']],
    ['a device that is none', ['device', 'show', 'dev1']],
    ['a server that is none', ['device', 'list', '--server', 'ftp://x']],
    ['a file that is missing', ['push', '/nowhere/fw.bin', '--product', 'pk', '--version', '1']],
    ['no tag to change', ['device', 'tag', 'pk/a']],
    ['a fault that no simulated device has', ['simulate', '--faults', 'frob']],
  ])('%s is wrong usage: exit 2 and one clear message', async (_what, argv) => {
    const terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url } })
    expect(await terminal.run(...argv)).toBe(2)
    expect(terminal.err()).toMatch(/^fogbell: .*\(OTA_BAD_REQUEST\)/)
    expect(terminal.out()).toBe('')
    expect(admin.asked).toEqual([])
  })

  test('without a command, the help is shown with the status of wrong usage', async () => {
    const terminal = createCliTerminalFixture()
    expect(await terminal.run()).toBe(2)
    expect(terminal.err()).toContain('Usage: fogbell')
  })

  test('requested help ends with 0, and says when a watch ends', async () => {
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('push', '--help')).toBe(0)
    expect(terminal.out()).toContain('--watch ends')
  })

  test('the help of simulate names the default of each option', async () => {
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('simulate', '--help')).toBe(0)
    const options = terminal
      .out()
      .replace(/\s+/g, ' ')
      .split(/ (?=--)/)
    for (const name of [
      'devices',
      'gateways',
      'children',
      'product',
      'prefix',
      'version',
      'seed',
      'rate',
      'ask',
      'connectsPerSecond',
    ] as const) {
      const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <`
      expect(options.find((option) => option.startsWith(flag))).toContain(`(default: ${fleetDefaults[name]}`)
    }
  })

  test('with --json, wrong usage is a problem in JSON on stderr', async () => {
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('campaign', 'show', 'x', '--json')).toBe(2)
    expect(JSON.parse(terminal.err())).toMatchObject({ code: 'OTA_BAD_REQUEST', status: 400 })
  })

  test('with --json, what the command refuses by a sentence of the table has its code and parameters', async () => {
    const terminal = createCliTerminalFixture()
    const source = join(directory, 'none')
    expect(await terminal.run('migrate', 'aedes', source, '--data', directory, '--json')).toBe(1)
    expect(JSON.parse(terminal.err())).toMatchObject({
      code: 'OTA_STORE_UNREADABLE',
      detailCode: 'migrate_source_missing',
      params: { source },
    })
  })
})

describe('finding the server', () => {
  test('address and token are read from the data directory', async () => {
    await writeDescription({})
    await writeFile(join(directory, 'admin.token'), 'tok\n')
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('device', 'list', '--data', directory)).toBe(0)
    expect(admin.asked[0]?.headers.authorization).toBe('Bearer tok')
  })

  test('an option wins over the environment, and that over the data directory', async () => {
    await writeFile(join(directory, 'admin.token'), 'from-file')
    const env = { FOGBELL_SERVER: admin.url, FOGBELL_DATA: directory }
    await createCliTerminalFixture({ env }).run('device', 'list')
    await createCliTerminalFixture({ env: { ...env, FOGBELL_TOKEN: 'from-env' } }).run('device', 'list')
    await createCliTerminalFixture({ env: { ...env, FOGBELL_TOKEN: 'from-env' } }).run('device', 'list', '--token', 'from-flag')
    expect(admin.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer from-file', 'Bearer from-env', 'Bearer from-flag'])
  })

  test('an address may lack the scheme and end with a slash', async () => {
    expect(await createCliTerminalFixture().run('device', 'list', '--server', `${admin.url.replace('http://', '')}/`)).toBe(0)
  })

  test('no server in the data directory: exit 3, and how to start one', async () => {
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('device', 'list', '--data', directory)).toBe(3)
    expect(terminal.err()).toContain(join(directory, 'fogbell.json'))
    expect(terminal.err()).toContain('fogbell serve')
  })

  test('nothing listens: exit 3, naming the address', async () => {
    const { url } = admin
    await admin.close()
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('device', 'list', '--server', url)).toBe(3)
    expect(terminal.err()).toContain(`${url} cannot be reached: the connection was refused`)
    expect(terminal.err()).toContain('fogbell serve')
  })

  test('a server whose process has ended is reported, and gets no token', async () => {
    const pid = deadPid()
    await writeDescription({ pid })
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('device', 'list', '--data', directory)).toBe(3)
    expect(terminal.err()).toContain(`process ${pid}, which has ended`)
    expect(admin.asked).toEqual([])
  })

  test.each(['{', '[]', '{"admin":1}'])('an invalid fogbell.json (%s) is reported', async (text) => {
    await writeFile(join(directory, 'fogbell.json'), text)
    const terminal = createCliTerminalFixture()
    expect(await terminal.run('device', 'list', '--data', directory)).toBe(3)
    expect(terminal.err()).toContain('fogbell.json')
  })
})

describe('refusals', () => {
  const env = (): Record<string, string> => ({ FOGBELL_SERVER: admin.url, FOGBELL_DATA: directory })

  test('are shown with code, faults and remedy', async () => {
    admin.on('GET /devices', () =>
      problem(401, 'OTA_UNAUTHORIZED', 'no token', { faults: [{ path: 'authorization', message: 'is missing' }] }),
    )
    const terminal = createCliTerminalFixture({ env: env() })
    expect(await terminal.run('device', 'list')).toBe(1)
    expect(terminal.err()).toBe(
      'fogbell: no token (OTA_UNAUTHORIZED)\n  authorization: is missing\n' +
        '  try: give the token with --token or FOGBELL_TOKEN, or the data directory with admin.token with --data\n',
    )
  })

  test('the exit status is that of the table of errors', async () => {
    admin.on('GET /devices', () => problem(400, 'OTA_BAD_REQUEST', 'limit is too large'))
    expect(await createCliTerminalFixture({ env: env() }).run('device', 'list')).toBe(2)
  })

  test('bad input is 2 also if the server refuses it, an unreachable server 3, every other refusal or failure 1', () => {
    const usage = ['OTA_BAD_REQUEST', 'OTA_BAD_SETTINGS', 'OTA_DEVICE_NAME']
    for (const code of errorCodes) {
      const exit = usage.includes(code) ? 2 : code === 'OTA_UNREACHABLE' ? 3 : 1
      expect([code, errorEntry(code).exit]).toEqual([code, exit])
    }
  })

  test('with --json the whole problem is printed, also one of a newer server', async () => {
    admin.on('GET /devices', () => problem(418, 'OTA_TEAPOT', 'short and stout'))
    const terminal = createCliTerminalFixture({ env: env() })
    expect(await terminal.run('device', 'list', '--json')).toBe(1)
    expect(JSON.parse(terminal.err())).toEqual({
      type: 'about:blank',
      title: 'title of OTA_TEAPOT',
      status: 418,
      code: 'OTA_TEAPOT',
      detail: 'short and stout',
    })
    expect(terminal.out()).toBe('')
  })

  test.each([
    ['a page of something else', { text: '<html>', type: 'text/html' }],
    ['another server’s error', { status: 502, text: 'Bad Gateway' }],
  ])('%s is recognised as another server', async (_what, answer) => {
    admin.on('GET /devices', () => answer)
    const terminal = createCliTerminalFixture({ env: env() })
    expect(await terminal.run('device', 'list')).toBe(1)
    expect(terminal.err()).toContain('is it another server?')
  })

  test('text of a server cannot control the terminal', async () => {
    admin.on('GET /devices', () => problem(400, 'OTA_BAD_REQUEST', 'a\u001b[2Jb\u202ec'))
    const terminal = createCliTerminalFixture({ env: env() })
    await terminal.run('device', 'list')
    expect(terminal.err()).toContain('a\\x1b[2Jb\\u202ec')
  })
})

describe('colours', () => {
  const lists = async (env: Record<string, string>, tty: boolean): Promise<string> => {
    const terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url, FOGBELL_DATA: directory, ...env }, tty })
    await terminal.run('device', 'list')
    return terminal.out()
  }
  const csi = '\u001b['

  test('are for terminals only, and NO_COLOR turns them off', async () => {
    expect(await lists({}, true)).toContain(csi)
    expect(await lists({}, false)).not.toContain(csi)
    expect(await lists({ NO_COLOR: '1' }, true)).not.toContain(csi)
    expect(await lists({ TERM: 'dumb' }, true)).not.toContain(csi)
    expect(await lists({ FORCE_COLOR: '1' }, false)).toContain(csi)
  })
})

describe('bin/fogbell.js', () => {
  const bin = fileURLToPath(new URL('../../bin/fogbell.js', import.meta.url))

  test('runs what was built', () => {
    const result = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8' })
    expect(result).toMatchObject({ status: 0, stdout: `${packageVersion()}\n` })
  })

  test('says what to do if nothing was built', async () => {
    await cp(dirname(bin), join(directory, 'bin'), { recursive: true })
    await writeFile(join(directory, 'package.json'), '{"type":"module"}')
    const result = spawnSync(process.execPath, [join(directory, 'bin', 'fogbell.js')], { encoding: 'utf8' })
    expect(result.status).toBe(1)
    expect(result.stderr).toContain('npm run build')
  })
})
