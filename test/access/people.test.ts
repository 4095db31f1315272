// People: added with a role and a password, changed, removed; the last admin stays.

import { expect, test } from 'vitest'
import { createInTurn } from '../../src/access/in-turn.ts'
import { createMemory } from '../../src/store/memory.ts'
import { browserWith, clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, itemsOf } from '../support/admin-fixture.ts'

const password = 'correct horse battery'
const add = (fixture: AdminFixture, name: string, role: string) => fixture.call('POST', '/api/v1/users', { name, role, password })

test('a person is added, listed without the password, and signs in', async () => {
  const disk = createMemory()
  const fixture = await createAdminFixture({ disk })
  expect(await add(fixture, 'Mei', 'operator')).toMatchObject({
    status: 201,
    body: { name: 'Mei', role: 'operator', usedAt: null, sessions: 0 },
  })
  expect(await add(fixture, 'mei', 'viewer')).toMatchObject({ status: 409, body: { code: 'OTA_USER_EXISTS' } })
  const browser = await browserWith(fixture, { name: 'MEI', password })
  expect((await browser.call('GET', '/api/v1/whoami')).body).toEqual({
    kind: 'person',
    name: 'Mei',
    role: 'operator',
    station: null,
    by: 'session',
  })
  const listed = await fixture.call('GET', '/api/v1/users')
  expect(itemsOf(listed)).toMatchObject([{ name: 'Mei', sessions: 1 }])
  expect(listed.text).not.toContain('scrypt')
})

test('names that look the same are the same, or are refused', async () => {
  const fixture = await createAdminFixture()
  const statusOf = async (name: string): Promise<number> => (await add(fixture, name, 'viewer')).status
  for (const name of ['mei', 'stra\u00dfe', '\u03b1\u03c2', 'e\u0301', '\u{20bb7}\u91ce'])
    expect([name, await statusOf(name)]).toEqual([name, 201])
  for (const name of ['\uff4d\uff45\uff49', 'me\u0131', 'STRASSE', '\u0391\u03a3', '\u03b1\u03c3', '\u00c9'])
    expect([name, await statusOf(name)]).toEqual([name, 409])
  const unseen = ['\u200b', '\u202e', '\u00ad', '\u2066', '\u3164', '\u{e0041}', '\ud800', '\ufe0f', '\u2800', '\u001b']
  for (const one of unseen) for (const name of [`mei${one}`, `${one}mei`, one]) expect([name, await statusOf(name)]).toEqual([name, 400])
  expect(await statusOf('\u0301mei')).toBe(400)
  const token = { name: 'S1', role: 'station', station: 'S\u202e1' }
  expect(await fixture.call('POST', '/api/v1/tokens', token)).toMatchObject({ status: 400, body: { faults: [{ path: 'station' }] } })
  expect((await fixture.call('POST', '/api/v1/tokens', { name: '\uff41dmin.token', role: 'viewer' })).status).toBe(409)
  await browserWith(fixture, { name: 'stra\u00dfe', password })
})

test('a short password is refused, and it is never repeated', async () => {
  const fixture = await createAdminFixture()
  const refused = await fixture.call('POST', '/api/v1/users', { name: 'mei', role: 'viewer', password: 'geheim' })
  expect(refused).toMatchObject({ status: 400, body: { faults: [{ path: 'password' }] } })
  expect(refused.text).not.toContain('geheim')
})

test('the last admin can be neither removed nor demoted; the token of the file does not count', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'ada', 'admin')
  await add(fixture, 'bob', 'operator')
  const refused = { status: 409, body: { code: 'OTA_LAST_ADMIN' } }
  expect(await fixture.call('DELETE', '/api/v1/users/ada')).toMatchObject(refused)
  expect(await fixture.call('PATCH', '/api/v1/users/ada', { role: 'viewer' })).toMatchObject(refused)
  expect((await fixture.call('PATCH', '/api/v1/users/ada', { role: 'admin' })).status).toBe(200)
  expect((await fixture.call('PATCH', '/api/v1/users/bob', { role: 'admin' })).status).toBe(200)
  expect((await fixture.call('DELETE', '/api/v1/users/ada')).status).toBe(204)
  expect(await fixture.call('DELETE', '/api/v1/users/bob')).toMatchObject(refused)
})

test('two admins who remove each other at the same time leave one', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'ada', 'admin')
  await add(fixture, 'bob', 'admin')
  const statuses = await Promise.all(['ada', 'bob'].map(async (name) => (await fixture.call('DELETE', `/api/v1/users/${name}`)).status))
  expect(statuses.sort((a, b) => a - b)).toEqual([204, 409])
})

test('a forgotten password is set anew with the token of the file, and the sessions end', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'ada', 'admin')
  const browser = await browserWith(fixture, { name: 'ada', password })
  expect((await fixture.call('PUT', '/api/v1/users/ada/password', { password: 'another sentence' })).status).toBe(204)
  expect((await browser.call('GET', '/api/v1/whoami')).status).toBe(401)
  await expect(browserWith(fixture, { name: 'ada', password })).rejects.toThrow('OTA_UNAUTHORIZED')
  await browserWith(fixture, { name: 'ada', password: 'another sentence' })
})

test('everybody changes the own password with the current one, and nobody that of another', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'ada', 'admin')
  await add(fixture, 'bob', 'viewer')
  const browser = await browserWith(fixture, { name: 'bob', password })
  const put = (name: string, body: object) => browser.call('PUT', `/api/v1/users/${name}/password`, body)
  expect(await put('ada', { password: 'another sentence', current: password })).toMatchObject({
    status: 403,
    body: { params: { needed: 'admin' } },
  })
  expect(await put('bob', { password: 'another sentence' })).toMatchObject({ status: 400, body: { faults: [{ path: 'current' }] } })
  expect(await put('bob', { password: 'another sentence', current: 'wrong' })).toMatchObject({ status: 403 })
  expect((await put('bob', { password: 'another sentence', current: password })).status).toBe(204)
  await browserWith(fixture, { name: 'bob', password: 'another sentence' })
})

test('a new role counts at once, in sessions that are open too', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'bob', 'viewer')
  const browser = await browserWith(fixture, { name: 'bob', password })
  expect((await browser.call('GET', '/api/v1/users')).status).toBe(403)
  await fixture.call('PATCH', '/api/v1/users/bob', { role: 'admin' })
  expect((await browser.call('GET', '/api/v1/users')).status).toBe(200)
})

test('a removed person is refused, unknown ones are named', async () => {
  const fixture = await createAdminFixture()
  await add(fixture, 'bob', 'viewer')
  const browser = await browserWith(fixture, { name: 'bob', password })
  await fixture.call('DELETE', '/api/v1/users/bob')
  expect((await browser.call('GET', '/api/v1/whoami')).status).toBe(401)
  for (const [method, path, body] of [
    ['DELETE', '', undefined],
    ['PATCH', '', { role: 'viewer' }],
    ['PUT', '/password', { password: 'another sentence' }],
    ['DELETE', '/sessions', undefined],
  ] as const)
    expect(await fixture.call(method, `/api/v1/users/bob${path}`, body)).toMatchObject({ status: 404, body: { code: 'OTA_USER_UNKNOWN' } })
})

test('a program with the role admin may add people, one with less may not', async () => {
  const fixture = await createAdminFixture()
  const body = { name: 'eve', role: 'admin', password }
  expect((await (await clientWith(fixture, 'operator')).call('POST', '/api/v1/users', body)).status).toBe(403)
  expect((await (await clientWith(fixture, 'admin')).call('POST', '/api/v1/users', body)).status).toBe(201)
})

test('passwords are hashed one at a time, and only so many wait', async () => {
  const inTurn = createInTurn(2, 2)
  const running = { now: 0, most: 0 }
  const release: (() => void)[] = []
  const work = async (): Promise<void> => {
    running.now += 1
    running.most = Math.max(running.most, running.now)
    await new Promise<void>((resolve) => void release.push(resolve))
    running.now -= 1
  }
  const all = [1, 2, 3].map(() => inTurn('192.0.2.7', work))
  await expect(inTurn('192.0.2.7', work)).rejects.toMatchObject({ code: 'OTA_TOO_MANY_TRIES' })
  for (const one of all) {
    await expect.poll(() => release.length).toBeGreaterThan(0)
    release.shift()?.()
    await one
  }
  expect(running.most).toBe(1)
  const last = inTurn('192.0.2.7', async () => 'done')
  expect(await last).toBe('done')
})
