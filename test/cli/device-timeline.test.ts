// The record of a board, and the retry of one: `device timeline`, `campaign retry --device`.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import { campaign } from '../support/cli-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let admin: CliAdminFixture
let terminal: CliTerminalFixture
beforeEach(async () => {
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url } })
})
afterEach(() => admin.close())

const none = { reason: null, module: null, version: null, task: null, campaign: null, attempt: null, state: null }

test('timeline is a table, with local times and what the device says made harmless', async () => {
  const items = [
    { ...none, at: '2026-03-01T11:56:00.000Z', what: 'connected', text: 'connected' },
    {
      ...none,
      at: '2026-03-01T11:57:00.000Z',
      what: 'task',
      state: 'failed',
      task: '21',
      campaign: '3',
      attempt: 2,
      text: 'verify_error: \u001b[2J',
    },
  ]
  admin.on('GET /devices/pk/dev1/timeline', () => ({ json: { items, next: null } }))
  expect(await terminal.run('device', 'timeline', 'pk/dev1')).toBe(0)
  expect(terminal.out().split('\n')).toEqual([
    'TIME                        WHAT       TASK                         DETAILS',
    '2026-03-01 11:56:00 +00:00  connected  -                            connected',
    '2026-03-01 11:57:00 +00:00  failed     21 of campaign 3, attempt 2  verify_error: \\x1b[2J',
    '',
  ])
})

test('a refusal is shown with the address of the client', async () => {
  const items = [{ ...none, at: '2026-03-01T11:56:00.000Z', what: 'refused', text: 'wrong password', address: '192.0.2.7' }]
  admin.on('GET /devices/pk/dev1/timeline', () => ({ json: { items, next: null } }))
  expect(await terminal.run('device', 'timeline', 'pk/dev1')).toBe(0)
  expect(terminal.out()).toContain('from 192.0.2.7: wrong password')
})

test('a device to which nothing has happened', async () => {
  admin.on('GET /devices/pk/dev1/timeline', () => ({ json: { items: [], next: null } }))
  expect(await terminal.run('device', 'timeline', 'pk/dev1')).toBe(0)
  expect(terminal.out()).toContain('Nothing is known')
})

test.each([
  [['--device', 'pk/a', '--device', 'pk/b'], { devices: ['pk/a', 'pk/b'] }],
  [['--device', 'a'], { devices: ['pk/a'] }],
])('retry %j names the devices', async (options, body) => {
  admin.on('GET /campaigns/3', () => ({ json: campaign() }))
  admin.on('POST /campaigns/3/retry', () => ({ json: { retried: 1 } }))
  expect(await terminal.run('campaign', 'retry', '3', ...options)).toBe(0)
  expect(JSON.parse(admin.asked.at(-1)?.body ?? '')).toEqual(body)
  expect(terminal.out()).toBe('1 device will be retried\n')
})

test('a device of another product is wrong usage, and nothing is retried', async () => {
  admin.on('GET /campaigns/3', () => ({ json: campaign() }))
  expect(await terminal.run('campaign', 'retry', '3', '--device', 'a', '--device', 'other/a')).toBe(2)
  expect(admin.asked.map(({ method }) => method)).not.toContain('POST')
})
