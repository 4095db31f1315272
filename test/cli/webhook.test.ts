// fogbell webhook: against a scripted API.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type CliAdminFixture, createCliAdminFixture, problem } from '../support/cli-admin-fixture.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ tty: false, env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(() => admin.close())

const hook = {
  name: 'ops',
  url: 'https://alerts.example/fogbell',
  events: ['store.failed'],
  products: [],
  ca: false,
  createdAt: '2026-03-01T11:00:00Z',
  createdBy: 'ada',
  backlog: 0,
  oldestAt: null,
  parked: { count: 0, newest: [] },
  trouble: null,
  delivered: 3,
  failedAttempts: 0,
  dropped: 0,
  deliveredAt: '2026-03-01T11:00:00Z',
}
const bodyOf = (): unknown => JSON.parse(admin.asked.at(-1)?.body ?? '')

const fileWith = async (text: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-webhook-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, 'given')
  await writeFile(file, text)
  return file
}

test('webhook add prints the secret alone on stdout, and what it is on stderr', async () => {
  admin.on('POST /webhooks', () => ({ status: 201, json: { ...hook, secret: 's3cret' } }))
  const kinds = ['--event', 'store.failed', '--event', 'task.failed', '--product', 'lamp']
  expect(await terminal.run('webhook', 'add', 'ops', '--url', hook.url, ...kinds)).toBe(0)
  expect(terminal.out()).toBe('s3cret\n')
  expect(terminal.err()).toContain('it cannot be shown again')
  expect(bodyOf()).toEqual({ name: 'ops', url: hook.url, events: ['store.failed', 'task.failed'], products: ['lamp'] })
})

test('a secret that is given comes from a file and is not printed', async () => {
  admin.on('POST /webhooks', () => ({ status: 201, json: { ...hook, secret: null } }))
  const [secretFile, authority] = [await fileWith('of the receiver\nno more\n'), await fileWith('PEM')]
  const files = ['--secret-file', secretFile, '--authority', authority]
  expect(await terminal.run('webhook', 'add', 'ops', '--url', hook.url, ...files)).toBe(0)
  expect(terminal.out()).toBe('')
  expect(terminal.out() + terminal.err()).not.toContain('of the receiver')
  expect(bodyOf()).toEqual({ name: 'ops', url: hook.url, secret: 'of the receiver', ca: 'PEM' })
})

test('webhook add needs an address, and kinds of events that there are', async () => {
  expect(await terminal.run('webhook', 'add', 'ops')).toBe(2)
  expect(await terminal.run('webhook', 'add', 'ops', '--url', hook.url, '--event', 'test')).toBe(2)
  expect(terminal.err()).toContain('there are campaign.paused, campaign.ended, task.failed, store.failed, device.contended')
  expect(admin.asked).toEqual([])
})

test('webhook edit sends only what is given, and empties a field', async () => {
  admin.on('PATCH /webhooks/*', () => ({ json: { ...hook, secret: null } }))
  expect(await terminal.run('webhook', 'edit', 'a b', '--no-event', '--no-product', '--no-authority')).toBe(0)
  expect([admin.asked.at(-1)?.path, bodyOf()]).toEqual(['/webhooks/a%20b', { events: [], products: [], ca: null }])
  expect(terminal.err()).toContain('Webhook ops changed.')
  expect(await terminal.run('webhook', 'edit', 'ops', '--url', 'http://192.0.2.7/')).toBe(0)
  expect(bodyOf()).toEqual({ url: 'http://192.0.2.7/' })
  admin.on('PATCH /webhooks/*', () => ({ json: { ...hook, secret: 'n3w' } }))
  expect(await terminal.run('webhook', 'edit', 'ops', '--new-secret')).toBe(0)
  expect([bodyOf(), terminal.out()]).toEqual([{ secret: null }, 'n3w\n'])
  expect(await terminal.run('webhook', 'edit', 'ops')).toBe(2)
})

test('webhook list shows what waits, and why', async () => {
  const trouble = { text: 'The receiver answered 503.' }
  const failing = { ...hook, name: 'slow', events: [], backlog: 142, oldestAt: '2026-03-01T09:00:00Z', trouble, parked: { count: 2 } }
  admin.on('GET /webhooks', () => ({ json: { items: [hook, failing], next: null } }))
  expect(await terminal.run('webhook', 'list')).toBe(0)
  expect(terminal.out()).toMatch(/ops +https:\/\/alerts\.example\/fogbell +store\.failed +0 +- +1 h ago +ok/)
  expect(terminal.out()).toMatch(/slow .* all +142 +3 h ago +1 h ago +The receiver answered 503\. 2 events refused/)
})

test('webhook test exits with 1 if the receiver did not take it', async () => {
  admin.on('POST /webhooks/ops/test', () => ({ json: { id: 'x', ok: true, status: 204, ms: 12, text: 'The receiver took it with 204.' } }))
  expect(await terminal.run('webhook', 'test', 'ops')).toBe(0)
  expect(terminal.out()).toBe('The receiver took it with 204. (12 ms)\n')
  admin.on('POST /webhooks/ops/test', () => ({
    json: { id: 'x', ok: false, status: 404, ms: 12, text: 'The receiver refused it with 404.' },
  }))
  expect(await terminal.run('webhook', 'test', 'ops')).toBe(1)
  expect(terminal.out()).toContain('refused it with 404')
})

test('webhook retry and rm, and one that is not there', async () => {
  admin.on('POST /webhooks/ops/retry', () => ({ json: { events: 1 } }))
  admin.on('DELETE /webhooks/ops', () => ({ status: 204, text: '' }))
  expect(await terminal.run('webhook', 'retry', 'ops')).toBe(0)
  expect(terminal.out()).toBe('1 event of ops waits again\n')
  expect(await terminal.run('webhook', 'rm', 'ops')).toBe(0)
  expect(terminal.out()).toContain('webhook ops removed')
  admin.on('DELETE /webhooks/none', () => problem(404, 'OTA_WEBHOOK_UNKNOWN', 'There is no webhook called none.'))
  expect(await terminal.run('webhook', 'rm', 'none')).toBe(1)
})
