// Signing in: by a code, a password, a token; how long it lasts; what a page of another site cannot do.

import { expect, test } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { browserWith, clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, textOf } from '../support/admin-fixture.ts'
import { openStream } from '../support/event-stream-client.ts'
import { openRawHttp } from '../support/raw-http-client.ts'

const password = 'correct horse battery'
const minute = 60_000
const hour = 60 * minute

const newCode = async (fixture: AdminFixture): Promise<string> => textOf((await fixture.call('POST', '/api/v1/session/code')).body['code'])
const isIn = async (browser: { call: AdminFixture['call'] }): Promise<boolean> =>
  (await browser.call('GET', '/api/v1/whoami')).status === 200

test('a code signs in once, as whoever made it', async () => {
  const fixture = await createAdminFixture()
  const code = await newCode(fixture)
  const browser = await browserWith(fixture, { code })
  expect((await browser.call('GET', '/api/v1/whoami')).body).toMatchObject({
    kind: 'file',
    name: 'admin.token',
    role: 'admin',
    by: 'session',
  })
  await expect(browserWith(fixture, { code })).rejects.toThrow('sign_in_wrong')
  const viewer = await clientWith(fixture, 'viewer')
  const made = await viewer.call('POST', '/api/v1/session/code')
  const other = await browserWith(fixture, { code: textOf(made.body['code']) })
  expect((await other.call('GET', '/api/v1/whoami')).body).toMatchObject({ name: viewer.name, role: 'viewer' })
})

test('until somebody has signed in, the server itself gives a code; afterwards none', async () => {
  const fixture = await createAdminFixture()
  await browserWith(fixture, { code: (await fixture.access.firstCode()) ?? '' })
  expect(await fixture.access.firstCode()).toBeNull()
  const other = await createAdminFixture()
  const admin = await clientWith(other, 'admin')
  expect(await other.access.firstCode()).not.toBeNull()
  await admin.call('POST', '/api/v1/users', { name: 'mei', role: 'viewer', password })
  expect(await other.access.firstCode()).toBeNull()
})

test('a code is valid for 15 minutes, and dies with what made it', async () => {
  const fixture = await createAdminFixture()
  const [late, early] = [await newCode(fixture), await newCode(fixture)]
  fixture.pass(15 * minute - 1)
  await browserWith(fixture, { code: early })
  fixture.pass(1)
  await expect(browserWith(fixture, { code: late })).rejects.toThrow('OTA_UNAUTHORIZED')
  const client = await clientWith(fixture, 'operator')
  const code = textOf((await client.call('POST', '/api/v1/session/code')).body['code'])
  await fixture.call('DELETE', `/api/v1/tokens/${client.name}`)
  await expect(browserWith(fixture, { code })).rejects.toThrow('OTA_UNAUTHORIZED')
})

test('the cookie is HttpOnly, SameSite=Strict, for the whole site, and neither it nor the code are in the store', async () => {
  const disk = createMemory()
  const fixture = await createAdminFixture({ disk })
  const browser = await browserWith(fixture, { code: await newCode(fixture) })
  expect(browser.attributes).toBe(`HttpOnly; SameSite=Strict; Path=/; Max-Age=${30 * 86_400}`)
  const secret = browser.cookie.split('=')[1] ?? ''
  expect(secret.length).toBeGreaterThan(30)
  for await (const [key, value] of disk.range('', '\u{10ffff}')) expect(key + value).not.toContain(secret)
})

test('the cookie is Secure behind a trusted proxy that says https', async () => {
  const fixture = await createAdminFixture({ trustedProxies: ['127.0.0.0/8', '::1'] })
  const behind = await browserWith(fixture, { code: await newCode(fixture) }, { 'x-forwarded-proto': 'https' })
  expect(behind.attributes).toContain('Secure')
  const untrusted = await createAdminFixture()
  const other = await browserWith(untrusted, { code: await newCode(untrusted) }, { 'x-forwarded-proto': 'https' })
  expect(other.attributes).not.toContain('Secure')
})

test('a session survives a restart, and ends after 12 hours without use', async () => {
  const disk = createMemory()
  const before = await createAdminFixture({ disk })
  const browser = await browserWith(before, { code: await newCode(before) })
  const after = await createAdminFixture({ disk })
  const [, secret = ''] = browser.cookie.split('=')
  const again = {
    call: (method: string, url: string) => after.ask(method, url, undefined, { cookie: `fogbell_${after.admin.port}=${secret}` }),
  }
  for (let i = 0; i < 4; i++) {
    after.pass(11 * hour)
    expect(await isIn(again)).toBe(true)
  }
  after.pass(12 * hour)
  expect(await isIn(again)).toBe(false)
  await after.access.tidy()
  for await (const [key] of disk.range('signin/', 'signin0')) expect(key).toBe('none is left')
})

test('a session ends after 30 days, however much it is used', async () => {
  const fixture = await createAdminFixture()
  const browser = await browserWith(fixture, { code: await newCode(fixture) })
  for (let i = 0; i < 65; i++) {
    fixture.pass(11 * hour)
    expect(await isIn(browser)).toBe(true)
  }
  fixture.pass(5 * hour)
  expect(await isIn(browser)).toBe(false)
})

test('a wall screen with a token of a viewer stays signed in until the token is removed', async () => {
  const fixture = await createAdminFixture()
  const viewer = await clientWith(fixture, 'viewer')
  const operator = await clientWith(fixture, 'operator')
  const [screen, other] = [await browserWith(fixture, { token: viewer.token }), await browserWith(fixture, { token: operator.token })]
  fixture.pass(400 * 24 * hour)
  await fixture.access.tidy()
  expect([await isIn(screen), await isIn(other)]).toEqual([true, false])
  await fixture.call('DELETE', `/api/v1/tokens/${viewer.name}`)
  expect(await isIn(screen)).toBe(false)
})

test('a new admin.token ends the sessions that the old one began', async () => {
  const fixture = await createAdminFixture()
  const browser = await browserWith(fixture, { code: await newCode(fixture) })
  await fixture.call('POST', '/api/v1/token/rotate')
  expect(await isIn(browser)).toBe(false)
})

test('signing out ends this session, and signing out everywhere all of that person', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('POST', '/api/v1/users', { name: 'mei', role: 'viewer', password })
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => browserWith(fixture, { name: 'mei', password })))
  const admin = await browserWith(fixture, { code: await newCode(fixture) })
  if (one === undefined || two === undefined || three === undefined) throw new Error('three browsers')
  const out = await one.call('DELETE', '/api/v1/session')
  expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
  expect([await isIn(one), await isIn(two)]).toEqual([false, true])
  expect((await two.call('DELETE', '/api/v1/sessions')).body).toEqual({ ended: 2 })
  expect([await isIn(two), await isIn(three), await isIn(admin)]).toEqual([false, false, true])
  const four = await browserWith(fixture, { name: 'mei', password })
  expect((await admin.call('DELETE', '/api/v1/users/mei/sessions')).body).toEqual({ ended: 1 })
  expect(await isIn(four)).toBe(false)
})

test('a station cannot sign in', async () => {
  const fixture = await createAdminFixture()
  const station = await clientWith(fixture, 'station')
  await expect(browserWith(fixture, { token: station.token })).rejects.toThrow('station_signs_in_nowhere')
})

test('one way to sign in at a time', async () => {
  const fixture = await createAdminFixture()
  for (const body of [{}, { name: 'mei' }, { password }, { code: 'x', token: 'y' }, { code: 'x', name: 'mei', password }])
    expect((await fixture.ask('POST', '/api/v1/session', body)).status).toBe(400)
})

test('a write by cookie needs the Origin of this server', async () => {
  const fixture = await createAdminFixture()
  const browser = await browserWith(fixture, { code: await newCode(fixture) })
  const write = async (headers: Record<string, string>): Promise<unknown> => {
    const { status, body } = await fixture.ask('PUT', '/api/v1/devices/lamp/l1', {}, { cookie: browser.cookie, ...headers })
    return status < 300 ? status : body['detailCode']
  }
  const own = fixture.admin.url
  expect(await write({})).toBe('origin_missing')
  for (const origin of ['null', 'http://evil.example', own.replace('127.0.0.1', 'localhost'), `${own}1`, own.replace(/:\d+$/, ':1')])
    expect([origin, await write({ origin })]).toEqual([origin, 'origin_foreign'])
  expect(await write({ origin: own })).toBe(201)
  expect(await write({ origin: own, 'sec-fetch-site': 'same-origin' })).toBe(200)
  expect(await write({ origin: own, 'sec-fetch-site': 'none' })).toBe(200)
  for (const site of ['same-site', 'cross-site']) expect(await write({ origin: own, 'sec-fetch-site': site })).toBe('origin_foreign')
})

test('over TLS a page that was not encrypted is one of another site', async () => {
  const fixture = await createAdminFixture({ trustedProxies: ['127.0.0.1'] })
  const tls = { 'x-forwarded-proto': 'https' }
  const browser = await browserWith(fixture, { code: await newCode(fixture) }, tls)
  const own = fixture.admin.url
  const write = async (headers: Record<string, string>): Promise<number> =>
    (await browser.call('PUT', '/api/v1/devices/lamp/l1', {}, headers)).status
  expect(await write(tls)).toBe(403)
  expect(await write({ ...tls, origin: own.replace('http:', 'https:') })).toBe(201)
  // A proxy that is not named in the settings does not say that the browser sees https.
  expect(await write({ origin: own.replace('http:', 'https:') })).toBe(200)
  expect((await fixture.ask('POST', '/api/v1/session', { code: 'x' }, { ...tls, origin: own })).status).toBe(403)
})

test('a page of another site cannot make a browser read by its session', async () => {
  const fixture = await createAdminFixture()
  const browser = await browserWith(fixture, { code: await newCode(fixture) })
  const read = async (headers: Record<string, string>): Promise<number> =>
    (await fixture.ask('GET', '/api/v1/devices', undefined, { cookie: browser.cookie, ...headers })).status
  expect([await read({}), await read({ 'sec-fetch-site': 'same-origin' }), await read({ 'sec-fetch-site': 'none' })]).toEqual([
    200, 200, 200,
  ])
  for (const site of ['same-site', 'cross-site']) expect(await read({ 'sec-fetch-site': site })).toBe(403)
  expect(await read({ origin: 'http://evil.example' })).toBe(403)
})

test('a cookie of the same name that another server of this host has set does not sign out', async () => {
  const fixture = await createAdminFixture()
  const browser = await browserWith(fixture, { code: await newCode(fixture) })
  const planted = browser.cookie.replace(/=.*/, '=planted')
  for (const cookie of [`${planted}; ${browser.cookie}`, `${browser.cookie}; ${planted}`])
    expect((await fixture.ask('GET', '/api/v1/whoami', undefined, { cookie })).status).toBe(200)
  expect((await fixture.ask('GET', '/api/v1/whoami', undefined, { cookie: `${planted}; ${planted}2` })).status).toBe(401)
})

test('a page of another site cannot sign somebody in either', async () => {
  const fixture = await createAdminFixture()
  const code = await newCode(fixture)
  expect((await fixture.ask('POST', '/api/v1/session', { code }, { origin: 'http://evil.example' })).status).toBe(403)
  expect((await fixture.ask('POST', '/api/v1/session', { code }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  await browserWith(fixture, { code }, { origin: fixture.admin.url, 'sec-fetch-site': 'same-origin' })
})

test('the Origin of a standard port is that of a Host without one, and upper case is the same', async () => {
  const fixture = await createAdminFixture()
  const code = await newCode(fixture)
  const body = JSON.stringify({ code })
  const head = `POST /api/v1/session HTTP/1.1\r\nHost: Fogbell.lan\r\nOrigin: http://fogbell.lan\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
  const line = openRawHttp(fixture.admin.port, head + body)
  await line.closed
  expect(line.text()).toMatch(/^HTTP\/1\.1 200/)
})

test('a header counts more than a cookie', async () => {
  const fixture = await createAdminFixture()
  const browser = await browserWith(fixture, { code: await newCode(fixture) })
  expect((await fixture.ask('GET', '/api/v1/whoami', undefined, { cookie: browser.cookie, authorization: 'Bearer wrong' })).status).toBe(
    401,
  )
  expect((await fixture.call('GET', '/api/v1/whoami', undefined, { cookie: 'fogbell_1=x' })).body).toMatchObject({ by: 'token' })
})

test('events come by cookie, and end with the session', async () => {
  const fixture = await createAdminFixture({ heartbeatMs: 20 })
  const browser = await browserWith(fixture, { code: await newCode(fixture) })
  const stream = await openStream(`${fixture.admin.url}/api/v1/events`, { cookie: browser.cookie })
  await fixture.core.enrol('lamp', 'l1', null)
  await stream.count(1)
  await browser.call('DELETE', '/api/v1/session')
  await stream.closed
  const next = await browserWith(fixture, { code: await newCode(fixture) })
  const idle = await openStream(`${fixture.admin.url}/api/v1/events`, { cookie: next.cookie })
  fixture.pass(12 * hour)
  await idle.closed
})

test('every answer has the security headers, and none allows another site', async () => {
  const fixture = await createAdminFixture()
  const paths = ['/healthz', '/api/v1/devices', '/nowhere', '/api/v1/%', '/metrics']
  const origin = { origin: 'http://evil.example' }
  const answers = await Promise.all(
    paths.flatMap((path) => [fixture.ask('GET', path, undefined, origin), fixture.ask('OPTIONS', path, undefined, origin)]),
  )
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  }
  const stream = await openStream(`${fixture.admin.url}/api/v1/events`)
  expect(stream.response.headers['content-security-policy']).toContain("default-src 'none'")
  stream.stop()
  const malformed = openRawHttp(fixture.admin.port, 'nonsense\r\n\r\n')
  await malformed.closed
  expect(malformed.text()).toContain("content-security-policy: default-src 'none'")
})

test('an unknown name is refused as a wrong password is', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('POST', '/api/v1/users', { name: 'mei', role: 'viewer', password })
  const [known, unknown] = [
    await fixture.ask('POST', '/api/v1/session', { name: 'mei', password: 'wrong password' }),
    await fixture.ask('POST', '/api/v1/session', { name: 'nobody', password: 'wrong password' }),
  ]
  expect(known.text).toBe(unknown.text)
})
