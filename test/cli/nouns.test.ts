import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import { firmware, task } from '../support/cli-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let directory: string
let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(async () => {
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

const last = () => admin.asked.at(-1)!

describe('fogbell firmware', () => {
  test('add streams the file with its length and shows its digests', async () => {
    const file = join(directory, 'fw.bin')
    await writeFile(file, 'abc')
    admin.on('PUT /firmware', () => ({ status: 201, json: firmware({ warnings: ['the version is long'] }) }))
    const options = [
      '--product',
      'p&k',
      '--version',
      '1.0.1',
      '--from',
      '1',
      '--from',
      '2',
      '--sign-method',
      'SHA256',
      '--description',
      'a b',
    ]
    expect(await terminal.run('firmware', 'add', file, ...options)).toBe(0)
    expect(last().headers).toMatchObject({ 'content-length': '3', authorization: 'Bearer tok' })
    expect(last().headers['transfer-encoding']).toBeUndefined()
    expect(last().body).toBe('abc')
    expect([...last().query]).toEqual([
      ['product', 'p&k'],
      ['version', '1.0.1'],
      ['description', 'a b'],
      ['signMethod', 'SHA256'],
      ['from', '1'],
      ['from', '2'],
    ])
    expect(terminal.out()).toContain('checksum      26010000')
    expect(terminal.err()).toBe('warning: the version is long\n')
  })

  test('an empty file is refused before anything is sent, a directory too', async () => {
    const file = join(directory, 'empty.bin')
    await writeFile(file, '')
    const options = ['--product', 'pk', '--version', '1']
    expect(await terminal.run('firmware', 'add', file, ...options)).toBe(1)
    expect(terminal.err()).toContain('OTA_FIRMWARE_EMPTY')
    expect(await terminal.run('firmware', 'add', directory, ...options)).toBe(2)
    expect(admin.asked).toEqual([])
  })

  test('list, show and rm', async () => {
    admin.on('GET /firmware', () => ({ json: { items: [firmware({ from: ['1', '2'] })], next: null } }))
    admin.on('GET /firmware/12', () => ({ json: firmware() }))
    admin.on('DELETE /firmware/12', () => ({ status: 204, text: '' }))
    await terminal.run('firmware', 'list')
    expect(terminal.out()).toContain('12  pk       mcu     1.0.1    3 B   1, 2          4 min ago')
    expect(await terminal.run('firmware', 'show', '12')).toBe(0)
    expect(await terminal.run('firmware', 'rm', '12')).toBe(0)
    expect(terminal.out()).toContain('firmware 12 removed')
  })
})

describe('fogbell task', () => {
  test('list sends its filters and escapes text of devices', async () => {
    admin.on('GET /tasks', () => ({
      json: { items: [task({ state: 'failed', reason: 'device_error', code: -9, desc: 'x\u001b[2J' })], next: null },
    }))
    expect(await terminal.run('task', 'list', '--campaign', '3', '--device', 'pk/dev1', '--state', 'failed', '--attempts')).toBe(0)
    expect(Object.fromEntries(last().query)).toEqual({ limit: '1000', campaign: '3', device: 'pk/dev1', state: 'failed', attempts: 'all' })
    expect(terminal.out()).toContain('device_error, step -9, x\\x1b[2J')
  })

  test('show has the history', async () => {
    const history = [{ at: '2026-03-01T11:56:00.000Z', state: 'queued' as const, note: 'created' }]
    admin.on('GET /tasks/21', () => ({ json: task({ state: 'in_progress', step: 40, bytes: 500, history }) }))
    expect(await terminal.run('task', 'show', '21')).toBe(0)
    expect(terminal.out()).toContain('progress  40 % reported, 500 B of 1000 B served')
    expect(terminal.out()).toContain('  2026-03-01 11:56:00 +00:00  queued       created\n')
  })

  test('show has the phase, and the time of a retry', async () => {
    admin.on('GET /tasks/21', () => ({ json: task({ attempt: 2, phase: 3, reason: 'retry', notBefore: '2026-03-01T12:02:00.000Z' }) }))
    expect(await terminal.run('task', 'show', '21')).toBe(0)
    expect(terminal.out()).toContain('attempt   2, not before 2026-03-01 12:02:00 +00:00 (in 2 min)\n')
    expect(terminal.out()).toContain('phase     3\n')
  })

  test.each(['cancel', 'push'])('%s is one POST, and shows the task', async (step) => {
    admin.on(`POST /tasks/21/${step}`, () => ({ json: task({ state: 'canceled', reason: 'operator' }) }))
    expect(await terminal.run('task', step, '21', '--json')).toBe(0)
    expect(JSON.parse(terminal.out())).toMatchObject({ id: '21', state: 'canceled' })
  })
})

test('openapi prints the document that the server makes', async () => {
  admin.on('GET /openapi.json', () => ({ json: { openapi: '3.1.0' } }))
  expect(await terminal.run('openapi')).toBe(0)
  expect(terminal.out()).toBe('{\n  "openapi": "3.1.0"\n}\n')
})

test('simulate --csv only prints the fleet as a list for import', async () => {
  expect(await terminal.run('simulate', '--csv', '--devices', '1', '--gateways', '1', '--children', '1', '--product', 'pk')).toBe(0)
  const lines = terminal.out().trim().split('\n')
  expect(lines[0]).toBe('product,name,secret,gateway,tags')
  expect(lines).toHaveLength(4)
})

test('simulate ends with 3 if no device could connect, and prints the last refusal', async () => {
  const nobody = 'mqtt://127.0.0.1:1'
  expect(await terminal.run('simulate', '--broker', nobody, '--devices', '1', '--gateways', '0', '--until-idle', '0.2s')).toBe(3)
  expect(terminal.err()).toContain('no device could connect; the last refusal: connect ECONNREFUSED')
  expect(terminal.err()).toContain('--broker URL')
  expect(terminal.out()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} \+00:00 {2}demo\/sim-01 +unreachable +why connect ECONNREFUSED/)
})
