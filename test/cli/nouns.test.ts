import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { campaign, counts, type FakeAdmin, firmware, startFakeAdmin, task } from './fake-admin.ts'
import { createTerminal, type Terminal } from './terminal.ts'

let directory: string
let admin: FakeAdmin
let terminal: Terminal

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fogbell-cli-'))
  admin = await startFakeAdmin()
  terminal = createTerminal({ env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(async () => {
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

const last = () => admin.asked.at(-1)!
const lastBody = (): unknown => JSON.parse(last().body)

describe('fogbell firmware', () => {
  test('add streams the file with its length and tells its digests', async () => {
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
    expect(terminal.out()).toContain('firmware 12 is removed')
  })
})

describe('fogbell campaign', () => {
  test('create sends what was given and nothing else', async () => {
    admin.on('POST /campaigns', () => ({ status: 201, json: campaign() }))
    expect(await terminal.run('campaign', 'create', '--firmware', '12')).toBe(0)
    const target = { devices: [], tags: [], from: [], exclude: [], continuous: false }
    expect(lastBody()).toEqual({ firmware: '12', push: true, target })
  })

  test('create takes every field; names alone are of the image’s product', async () => {
    admin.on('GET /firmware/12', () => ({ json: firmware() }))
    admin.on('POST /campaigns', () => ({ status: 201, json: campaign() }))
    const targets = [
      '--device',
      'dev1',
      '--device',
      'pk/dev2',
      '--tag',
      't',
      '--from',
      '1',
      '--exclude',
      'pk/dev3',
      '--continuous',
      '--reflash',
    ]
    const pace = ['--max-in-progress', '5', '--response-timeout', '1d', '--upgrade-timeout', '1h', '--stall-timeout', '90']
    const retry = ['--retry', '2', '--retry-delay', '1m', '--retry-on-timeout', '--no-push', '--start', '--name', 'n']
    expect(await terminal.run('campaign', 'create', '--firmware', '12', ...targets, ...pace, ...retry)).toBe(0)
    expect(lastBody()).toEqual({
      firmware: '12',
      name: 'n',
      start: true,
      reflash: true,
      push: false,
      target: { devices: ['pk/dev1', 'pk/dev2'], tags: ['t'], from: ['1'], exclude: ['pk/dev3'], continuous: true },
      rate: { maxInProgress: 5 },
      timeouts: { noResponseSeconds: 86_400, upgradeSeconds: 3600, stallSeconds: 90 },
      retry: { max: 2, delaySeconds: 60, onTimeout: true },
    })
  })

  test.each(['start', 'pause', 'resume', 'cancel'])('%s is one POST and says how it stands', async (step) => {
    admin.on(`POST /campaigns/3/${step}`, () => ({ json: campaign({ status: 'paused', counts: counts({ succeeded: 1 }) }) }))
    expect(await terminal.run('campaign', step, '3')).toBe(0)
    expect(terminal.out()).toBe('campaign 3 is paused: 1 of 1 done: 1 succeeded\n')
  })

  test('cancel --force says so to the server', async () => {
    admin.on('POST /campaigns/3/cancel', () => ({ json: campaign({ status: 'canceled' }) }))
    await terminal.run('campaign', 'cancel', '3', '--force')
    expect(lastBody()).toEqual({ force: true })
    await terminal.run('campaign', 'cancel', '3')
    expect(lastBody()).toEqual({ force: false })
  })

  test('retry tells how many', async () => {
    admin.on('POST /campaigns/3/retry', () => ({ json: { retried: 2 } }))
    expect(await terminal.run('campaign', 'retry', '3')).toBe(0)
    expect(terminal.out()).toBe('2 devices tried again\n')
  })

  test('list and show tell the counts', async () => {
    const one = campaign({ status: 'paused', reason: 'operator', counts: counts({ succeeded: 2, skipped: 1, failed: 1, queued: 3 }) })
    admin.on('GET /campaigns', () => ({ json: { items: [one], next: null } }))
    admin.on('GET /campaigns/3', () => ({ json: one }))
    await terminal.run('campaign', 'list')
    expect(terminal.out()).toMatch(/^3 +paused +pk +mcu +1\.0\.1 +3 +1 +3 +4 min ago +pk mcu 1\.0\.1$/m)
    await terminal.run('campaign', 'show', '3')
    expect(terminal.out()).toContain('status     paused (operator)')
    expect(terminal.out()).toContain('time-outs  no response 1 d, upgrade as set on the server, stall 15 min')
  })
})

describe('fogbell task', () => {
  test('list passes its filters on and spells out what devices say', async () => {
    admin.on('GET /tasks', () => ({
      json: { items: [task({ state: 'failed', reason: 'device_error', code: -9, desc: 'x\u001b[2J' })], next: null },
    }))
    expect(await terminal.run('task', 'list', '--campaign', '3', '--device', 'pk/dev1', '--state', 'failed', '--attempts')).toBe(0)
    expect(Object.fromEntries(last().query)).toEqual({ limit: '1000', campaign: '3', device: 'pk/dev1', state: 'failed', attempts: 'all' })
    expect(terminal.out()).toContain('device_error, step -9, x\\x1b[2J')
  })

  test('show tells the history', async () => {
    const history = [{ at: '2026-03-01T11:56:00.000Z', state: 'queued' as const, note: 'made' }]
    admin.on('GET /tasks/21', () => ({ json: task({ state: 'in_progress', step: 40, bytes: 500, history }) }))
    expect(await terminal.run('task', 'show', '21')).toBe(0)
    expect(terminal.out()).toContain('progress  40 % reported, 500 B of 1000 B served')
    expect(terminal.out()).toContain('  2026-03-01T11:56:00.000Z  queued       made\n')
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

test('simulate --csv prints a fleet as a list for import, and runs nothing', async () => {
  expect(await terminal.run('simulate', '--csv', '--devices', '1', '--gateways', '1', '--children', '1', '--product', 'pk')).toBe(0)
  const lines = terminal.out().trim().split('\n')
  expect(lines[0]).toBe('product,name,secret,gateway,tags')
  expect(lines).toHaveLength(4)
})
