// fogbell token, user, login, audit: against the real API.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { addressesOf } from '../../src/cli/login.ts'
import { type CliAdminFixture, createCliAdminFixture, problem } from '../support/cli-admin-fixture.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let admin: CliAdminFixture
let terminal: CliTerminalFixture
const start = (tty = false): void => {
  terminal = createCliTerminalFixture({ tty, env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
}

beforeEach(async () => {
  admin = await createCliAdminFixture()
  start()
})
afterEach(() => admin.close())

const token = {
  name: 'ci',
  role: 'operator',
  station: null,
  createdAt: '2026-03-01T11:00:00Z',
  createdBy: 'ada',
  usedAt: null,
  usedFrom: null,
}
const user = { name: 'mei', role: 'viewer', createdAt: '2026-03-01T11:00:00Z', createdBy: 'ada', usedAt: null, sessions: 2 }
const bodyOf = (): unknown => JSON.parse(admin.asked.at(-1)?.body ?? '')

test('token add prints the token alone on stdout, and what it is on stderr', async () => {
  admin.on('POST /tokens', () => ({ status: 201, json: { ...token, token: 's3cret' } }))
  expect(await terminal.run('token', 'add', 'ci', '--role', 'operator')).toBe(0)
  expect(terminal.out()).toBe('s3cret\n')
  expect(terminal.err()).toContain('it cannot be shown again')
  expect(bodyOf()).toEqual({ name: 'ci', role: 'operator' })
  await terminal.run('token', 'add', 's', '--role', 'station', '--station', 'S1')
  expect(bodyOf()).toEqual({ name: 's', role: 'station', station: 'S1' })
})

test('token add needs a role that there is', async () => {
  expect(await terminal.run('token', 'add', 'ci')).toBe(2)
  expect(await terminal.run('token', 'add', 'ci', '--role', 'root')).toBe(2)
  expect(admin.asked).toEqual([])
})

test('token list and rm', async () => {
  admin.on('GET /tokens', () => ({ json: { items: [token], next: null } }))
  admin.on('DELETE /tokens/*', () => ({ status: 204, text: '' }))
  expect(await terminal.run('token', 'list')).toBe(0)
  expect(terminal.out()).toMatch(/ci +operator +- +1 h ago +ada +never/)
  expect(await terminal.run('token', 'rm', 'a b')).toBe(0)
  expect(admin.asked.at(-1)?.path).toBe('/tokens/a%20b')
})

test('a role that is not allowed exits with 1 and says which would be', async () => {
  admin.on('GET /users', () => problem(403, 'OTA_FORBIDDEN', 'ci has the role viewer; this needs admin.'))
  expect(await terminal.run('user', 'list')).toBe(1)
  expect(terminal.err()).toContain('this needs admin')
})

test('user add reads the password from stdin, or twice from a terminal without echo', async () => {
  admin.on('POST /users', () => ({ status: 201, json: user }))
  terminal.stdin.end('correct horse\n')
  expect(await terminal.run('user', 'add', 'mei', '--role', 'viewer')).toBe(0)
  expect(bodyOf()).toEqual({ name: 'mei', role: 'viewer', password: 'correct horse' })
  start(true)
  const status = terminal.run('user', 'add', 'mei', '--role', 'viewer')
  await terminal.until(() => terminal.err().includes('password: '))
  terminal.stdin.write('battery staple\r')
  await terminal.until(() => terminal.err().includes('again: '))
  terminal.stdin.write('battery staple\r')
  expect(await status).toBe(0)
  expect(bodyOf()).toMatchObject({ password: 'battery staple' })
  expect(terminal.out() + terminal.err()).not.toContain('battery')
})

test('user list, passwd, role, signout and rm', async () => {
  admin.on('GET /users', () => ({ json: { items: [user], next: null } }))
  admin.on('PUT /users/mei/password', () => ({ status: 204, text: '' }))
  admin.on('PATCH /users/mei', () => ({ json: { ...user, role: 'admin' } }))
  admin.on('DELETE /users/mei/sessions', () => ({ json: { ended: 2 } }))
  admin.on('DELETE /users/mei', () => ({ status: 204, text: '' }))
  await terminal.run('user', 'list')
  expect(terminal.out()).toMatch(/mei +viewer +1 h ago +ada +never +2/)
  terminal.stdin.end('correct horse\n')
  expect(await terminal.run('user', 'passwd', 'mei')).toBe(0)
  expect(bodyOf()).toEqual({ password: 'correct horse' })
  expect(await terminal.run('user', 'role', 'mei', 'admin')).toBe(0)
  expect(bodyOf()).toEqual({ role: 'admin' })
  expect(await terminal.run('user', 'role', 'mei', 'station')).toBe(2)
  expect(await terminal.run('user', 'signout', 'mei')).toBe(0)
  expect(terminal.out()).toContain('2 sessions of mei ended')
  expect(await terminal.run('user', 'rm', 'mei')).toBe(0)
})

test('login prints a link with a code, never the token', async () => {
  admin.on('POST /session/code', () => ({ status: 201, json: { code: 'c0de', expiresAt: '2026-03-01T12:15:00Z' } }))
  expect(await terminal.run('login')).toBe(0)
  expect(terminal.out()).toBe(`${admin.url}/#code=c0de\n`)
  expect(terminal.out() + terminal.err()).not.toContain('tok\n')
})

test('login names the addresses by which other machines reach a server that listens everywhere', async () => {
  const client = (url: string) => ({ get: async <T>() => ({ items: [{ service: 'admin', url }] }) as T })
  const lan = ['192.0.2.7', '198.51.100.7']
  const local = 'http://127.0.0.1:8080'
  expect(await addressesOf(client('http://[::]:8080'), local, lan)).toEqual(['http://192.0.2.7:8080', 'http://198.51.100.7:8080'])
  expect(await addressesOf(client('http://127.0.0.1:8080'), local, lan)).toEqual([])
  expect(await addressesOf(client('http://[::]:8080'), 'http://fogbell.lan:8080', lan)).toEqual([])
})

const line = {
  seq: 3,
  at: '2026-03-01T11:00:00Z',
  name: 'ada',
  address: '192.0.2.7',
  act: 'setUserRole',
  subject: 'user mei',
  changes: { role: ['viewer', 'admin'] },
  detail: { force: true },
}

test('audit list shows what changed, and takes filters', async () => {
  admin.on('GET /audit', () => ({ json: { items: [line, { ...line, seq: 2 }], next: '2' } }))
  expect(await terminal.run('audit', 'list', '--limit', '1', '--subject', 'user mei')).toBe(0)
  expect(terminal.out()).toMatch(/3 .* ada +192\.0\.2\.7 +setUserRole +user mei +role: viewer -> admin, force: true/)
  expect(terminal.out().split('\n')).toHaveLength(3)
  expect([...(admin.asked.at(-1)?.query ?? [])]).toEqual([
    ['limit', '1'],
    ['subject', 'user mei'],
  ])
})

test('audit verify exits with 1 and names what is wrong', async () => {
  admin.on('GET /audit/verify', () => ({ json: { lines: 3, head: '3:ab', faults: [] } }))
  expect(await terminal.run('audit', 'verify', '--head', '2:cd')).toBe(0)
  expect(terminal.out()).toBe('3 lines, none changed, none missing\nhead 3:ab\n')
  expect(admin.asked.at(-1)?.query.get('head')).toBe('2:cd')
  admin.on('GET /audit/verify', () => ({ json: { lines: 3, head: '3:ab', faults: [{ text: 'Line 2 was changed.' }] } }))
  expect(await terminal.run('audit', 'verify')).toBe(1)
  expect(terminal.out()).toContain('Line 2 was changed.')
})
