import { once } from 'node:events'
import { get } from 'node:https'
import { connect, createServer } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createAdmin } from '../../src/admin/server.ts'
import { createAdminFixture, token } from '../support/admin-fixture.ts'
import { selfSigned } from '../support/certificate.ts'
import { flood, openRawHttp } from '../support/raw-http-client.ts'
import { until } from '../support/until.ts'

test('every path except the two for monitors and the sign-in needs the token', async () => {
  const fixture = await createAdminFixture()
  const document = (await fixture.call('GET', '/api/v1/openapi.json')).body
  for (const [path, item] of Object.entries(document['paths'] ?? {})) {
    for (const method of Object.keys(item)) {
      if (path === '/api/v1/session' && method === 'post') continue
      const url = fixture.admin.url + path.replaceAll(/\{\w+\}/g, '1')
      const response = await fetch(url, { method: method.toUpperCase() })
      const isOpen = path === '/healthz' || path === '/readyz'
      expect([path, method, response.status]).toEqual([path, method, isOpen ? 200 : 401])
      if (!isOpen) expect(response.headers.get('www-authenticate')).toBe('Bearer realm="fogbell"')
      await response.text()
    }
  }
})

test('only the current token, as a bearer, is accepted', async () => {
  const fixture = await createAdminFixture()
  const status = async (authorization: string): Promise<number> =>
    (await fetch(`${fixture.admin.url}/metrics`, { headers: { authorization } })).status
  expect(await status(`Bearer ${token}`)).toBe(200)
  expect(await status(`bearer  ${token}`)).toBe(200)
  for (const shown of ['', 'Bearer', 'Bearer ', `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, token, 'Bearer \u00e9'])
    expect(await status(shown)).toBe(401)
  fixture.token = 'rotated'
  expect([await status(`Bearer ${token}`), await status('Bearer rotated')]).toEqual([401, 200])
  fixture.token = ''
  expect(await status('Bearer ')).toBe(401)
})

test('unknown paths and methods, invalid URLs and bodies are problems too', async () => {
  const fixture = await createAdminFixture()
  const problem = 'application/problem+json'
  const asked = [
    [await fixture.call('GET', '/nope'), 404, 'OTA_NOT_FOUND'],
    [await fixture.call('GET', '/'), 404, 'OTA_NOT_FOUND'],
    [await fixture.call('GET', '/api/v1/firmware/'), 404, 'OTA_FIRMWARE_UNKNOWN'],
    [await fixture.call('GET', '/api/v1/devices/a%'), 400, 'OTA_BAD_REQUEST'],
    [await fixture.call('PATCH', '/api/v1/firmware'), 405, 'OTA_METHOD'],
    [await fixture.call('POST', '/healthz'), 405, 'OTA_METHOD'],
    [await fixture.call('POST', '/api/v1/campaigns', '{"firmware":', { 'content-type': 'application/json' }), 400, 'OTA_BAD_REQUEST'],
    [await fixture.call('POST', '/api/v1/campaigns', '{"__proto__":{}}', { 'content-type': 'application/json' }), 400, 'OTA_BAD_REQUEST'],
    [await fixture.call('POST', '/api/v1/campaigns', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'OTA_BODY_TYPE'],
    [await fixture.call('POST', '/api/v1/campaigns', 'x', { 'content-type': 'nonsense' }), 415, 'OTA_BODY_TYPE'],
    [await fixture.call('POST', '/api/v1/campaigns'), 400, 'OTA_BAD_REQUEST'],
  ] as const
  for (const [answer, status, code] of asked) {
    expect(answer).toMatchObject({ status, body: { type: 'about:blank', status, code } })
    expect(answer.headers.get('content-type')).toMatch(problem)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  }
  expect(asked[4][0].headers.get('allow')).toBe('GET, HEAD, PUT')
})

test('bytes that are not HTTP get a problem, and the connection is closed', async () => {
  const fixture = await createAdminFixture()
  for (const head of ['nonsense\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`]) {
    const line = openRawHttp(fixture.admin.port, head)
    await line.closed
    expect(line.text()).toMatch(/^HTTP\/1\.1 400 .*OTA_BAD_REQUEST/s)
  }
})

test('an internal error names only the request, and is logged with its cause', async () => {
  const fixture = await createAdminFixture()
  const admin = await createAdmin({
    ...fixture.deps,
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    metrics: { ...fixture.deps.metrics, text: () => Promise.reject(new Error('private words')) },
  })
  onTestFinished(() => admin.close())
  const response = await fetch(`${admin.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/problem+json; charset=utf-8'])
  expect(text).toContain('OTA_INTERNAL')
  expect(text).not.toContain('private words')
  const [logged] = fixture.logged.filter(({ level }) => level === 'error')
  expect(logged?.fields).toMatchObject({ code: 'OTA_INTERNAL', err: { message: 'private words' } })
  expect(text).toContain(Object.entries(logged?.fields ?? {}).find(([name]) => name === 'request')?.[1])
})

test('readiness is reported', async () => {
  let isReady = false
  const fixture = await createAdminFixture({ ready: () => isReady })
  expect(await fixture.call('GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'not ready' } })
  isReady = true
  expect(await fixture.call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready', version: '1.2.3' } })
  expect(await fixture.call('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect((await fixture.call('HEAD', '/healthz')).status).toBe(200)
})

test('closing disconnects all clients within a second, and leaves no incomplete upload', async () => {
  const fixture = await createAdminFixture()
  const idle = openRawHttp(fixture.admin.port, `GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`)
  await idle.has('"ok"')
  const half = openRawHttp(fixture.admin.port, 'GET /healthz HTTP/1.1\r\nHo')
  const upload = flood(`${fixture.admin.url}/api/v1/firmware?product=pk&version=1`, {
    authorization: `Bearer ${token}`,
    'content-length': '9000000',
  })
  upload.answer.catch(() => undefined)
  const stuck = openRawHttp(
    fixture.admin.port,
    `PUT /api/v1/firmware?product=pk&version=2 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 99\r\n\r\nabc`,
  )
  await until(async () => (await fixture.files()).length > 0)
  // Without a cut the half-sent requests would hold it for minutes, longer than a test may take.
  await Promise.all([fixture.admin.close(), fixture.admin.close()])
  await Promise.all([idle.closed, half.closed, stuck.closed, upload.closed])
  expect((await fixture.files()).filter((name) => name.includes('.part'))).toEqual([])
  await expect(fetch(`${fixture.admin.url}/healthz`)).rejects.toThrow('fetch failed')
})

test('a request that is running when the server closes is answered', async () => {
  let go = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  let isHeld = false
  const fixture = await createAdminFixture({ memory: { gate: () => (isHeld ? gate : Promise.resolve()) } })
  isHeld = true
  const running = fixture.call('PUT', '/api/v1/devices/pk/dn', {})
  await until(() => fixture.store.reads.device('pk/dn') !== undefined)
  const closed = fixture.admin.close()
  go()
  const answer = await running
  expect([answer.status, answer.headers.get('connection')]).toEqual([201, 'close'])
  await closed
})

test('a request that arrives while the server closes is refused as stopping', async () => {
  const fixture = await createAdminFixture()
  const late = openRawHttp(fixture.admin.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n')
  const alive = openRawHttp(fixture.admin.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  await alive.has('"ok"')
  const closed = fixture.admin.close()
  late.socket.write('\r\n')
  await closed
  await late.closed
  expect(late.text()).toMatch(/^HTTP\/1\.1 503 .*OTA_STOPPING/s)
})

test('an address in use is named with the remedy', async () => {
  const fixture = await createAdminFixture()
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const address = other.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  const taken = createAdmin({ ...fixture.deps, listen: { host: '127.0.0.1', port }, tls: null })
  await expect(taken).rejects.toMatchObject({ code: 'OTA_LISTEN_FAILED', message: expect.stringMatching(/--admin-port/) })
  const nowhere = createAdmin({ ...fixture.deps, listen: { host: '192.0.2.1', port: 0 }, tls: null })
  await expect(nowhere).rejects.toMatchObject({ code: 'OTA_LISTEN_FAILED', message: expect.stringMatching(/admin\.listen\.host/) })
})

test('a wildcard address is shown as the loopback address', async () => {
  const fixture = await createAdminFixture()
  for (const host of ['::', '0.0.0.0']) {
    const admin = await createAdmin({ ...fixture.deps, listen: { host, port: 0 }, tls: null })
    onTestFinished(() => admin.close())
    expect(admin.url).toBe(`http://127.0.0.1:${admin.port}`)
    expect((await fetch(`${admin.url}/healthz`)).status).toBe(200)
  }
})

const health = (url: string, ca: string) =>
  new Promise<{ status: number; subject: string }>((resolve, reject) => {
    const asked = get(`${url}/healthz`, { ca, agent: false }, (response) => {
      const subject = (response.socket as TLSSocket).getPeerCertificate().subject.CN
      response.resume().once('end', () => resolve({ status: response.statusCode ?? 0, subject: String(subject) }))
    })
    asked.once('error', reject)
  })

test('with a certificate it serves HTTPS only, and accepts a new certificate while it runs', async () => {
  const fixture = await createAdminFixture()
  const [first, second] = [selfSigned('first'), selfSigned('second')]
  const admin = await createAdmin({ ...fixture.deps, listen: { host: '127.0.0.1', port: 0 }, tls: first })
  onTestFinished(() => admin.close())
  expect(admin.url).toBe(`https://127.0.0.1:${admin.port}`)
  expect(await health(admin.url, first.cert)).toEqual({ status: 200, subject: 'first' })
  await expect(fetch(`http://127.0.0.1:${admin.port}/healthz`)).rejects.toThrow('fetch failed')
  expect(() => admin.renew({ cert: first.cert, key: second.key })).toThrow(expect.objectContaining({ code: 'OTA_BAD_SETTINGS' }))
  admin.renew(second)
  expect(await health(admin.url, second.cert)).toEqual({ status: 200, subject: 'second' })
})

test('a certificate that cannot be used prevents the start', async () => {
  const fixture = await createAdminFixture()
  for (const tls of [
    { cert: 'x', key: 'y' },
    { cert: selfSigned().cert, key: selfSigned().key },
  ]) {
    await expect(createAdmin({ ...fixture.deps, listen: { host: '127.0.0.1', port: 0 }, tls })).rejects.toMatchObject({
      code: 'OTA_BAD_SETTINGS',
    })
  }
})

test('a TLS handshake that takes too long is ended', async () => {
  const fixture = await createAdminFixture()
  const admin = await createAdmin({ ...fixture.deps, stallMs: 50, listen: { host: '127.0.0.1', port: 0 }, tls: selfSigned('slow') })
  onTestFinished(() => admin.close())
  const socket = connect(admin.port, '127.0.0.1').resume()
  await once(socket, 'close')
})

test('a TLS handshake that stands still does not keep it from closing', async () => {
  const fixture = await createAdminFixture()
  const admin = await createAdmin({ ...fixture.deps, listen: { host: '127.0.0.1', port: 0 }, tls: selfSigned('slow') })
  const socket = connect(admin.port, '127.0.0.1').resume()
  await once(socket, 'connect')
  await Promise.all([admin.close(), once(socket, 'close')])
})

test('there is a limit to connections, and who leaves makes room', async () => {
  const fixture = await createAdminFixture()
  const admin = await createAdmin({ ...fixture.deps, maxConnections: 2, listen: { host: '127.0.0.1', port: 0 }, tls: null })
  onTestFinished(() => admin.close())
  const [first, second] = [connect(admin.port, '127.0.0.1'), connect(admin.port, '127.0.0.1')]
  await Promise.all([once(first, 'connect'), once(second, 'connect')])
  await expect(fetch(`${admin.url}/healthz`)).rejects.toThrow('fetch failed')
  first.destroy()
  await until(() =>
    fetch(`${admin.url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  second.destroy()
})
