import { get } from 'node:https'
import { createServer } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createAdmin } from '../../src/admin/server.ts'
import { createAdminFixture, token } from '../support/admin-fixture.ts'
import { selfSigned } from '../support/certificate.ts'
import { flood, openRawHttp } from '../support/raw-http-client.ts'
import { until } from '../support/until.ts'

test('every path but the two for watchers wants the token', async () => {
  const scene = await createAdminFixture()
  const document = (await scene.call('GET', '/api/v1/openapi.json')).body
  for (const [path, item] of Object.entries(document['paths'] ?? {})) {
    for (const method of Object.keys(item)) {
      const url = scene.admin.url + path.replaceAll(/\{\w+\}/g, '1')
      const response = await fetch(url, { method: method.toUpperCase() })
      const isOpen = path === '/healthz' || path === '/readyz'
      expect([path, method, response.status]).toEqual([path, method, isOpen ? 200 : 401])
      if (!isOpen) expect(response.headers.get('www-authenticate')).toBe('Bearer realm="fogbell"')
      await response.text()
    }
  }
})

test('only the current token, shown as a bearer, lets in', async () => {
  const scene = await createAdminFixture()
  const status = async (authorization: string): Promise<number> =>
    (await fetch(`${scene.admin.url}/metrics`, { headers: { authorization } })).status
  expect(await status(`Bearer ${token}`)).toBe(200)
  expect(await status(`bearer  ${token}`)).toBe(200)
  for (const shown of ['', 'Bearer', 'Bearer ', `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, token, 'Bearer \u00e9'])
    expect(await status(shown)).toBe(401)
  scene.token = 'rotated'
  expect([await status(`Bearer ${token}`), await status('Bearer rotated')]).toEqual([401, 200])
  scene.token = ''
  expect(await status('Bearer ')).toBe(401)
})

test('what is not there is a problem too: paths, methods, URLs, bodies', async () => {
  const scene = await createAdminFixture()
  const problem = 'application/problem+json'
  const asked = [
    [await scene.call('GET', '/nope'), 404, 'OTA_NOT_FOUND'],
    [await scene.call('GET', '/'), 404, 'OTA_NOT_FOUND'],
    [await scene.call('GET', '/api/v1/firmware/'), 404, 'OTA_FIRMWARE_UNKNOWN'],
    [await scene.call('GET', '/api/v1/devices/a%'), 400, 'OTA_BAD_REQUEST'],
    [await scene.call('PATCH', '/api/v1/firmware'), 405, 'OTA_METHOD'],
    [await scene.call('POST', '/healthz'), 405, 'OTA_METHOD'],
    [await scene.call('POST', '/api/v1/campaigns', '{"firmware":', { 'content-type': 'application/json' }), 400, 'OTA_BAD_REQUEST'],
    [await scene.call('POST', '/api/v1/campaigns', '{"__proto__":{}}', { 'content-type': 'application/json' }), 400, 'OTA_BAD_REQUEST'],
    [await scene.call('POST', '/api/v1/campaigns', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'OTA_BODY_TYPE'],
    [await scene.call('POST', '/api/v1/campaigns', 'x', { 'content-type': 'nonsense' }), 415, 'OTA_BODY_TYPE'],
    [await scene.call('POST', '/api/v1/campaigns'), 400, 'OTA_BAD_REQUEST'],
  ] as const
  for (const [answer, status, code] of asked) {
    expect(answer).toMatchObject({ status, body: { type: 'about:blank', status, code } })
    expect(answer.headers.get('content-type')).toMatch(problem)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  }
  expect(asked[4][0].headers.get('allow')).toBe('GET, HEAD, PUT')
})

test('what is no HTTP at all gets a problem and the end of its connection', async () => {
  const scene = await createAdminFixture()
  for (const head of ['nonsense\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`]) {
    const line = openRawHttp(scene.admin.port, head)
    await line.closed
    expect(line.text()).toMatch(/^HTTP\/1\.1 400 .*OTA_BAD_REQUEST/s)
  }
})

test('a fault inside is told by its request only, and logged with its cause', async () => {
  const scene = await createAdminFixture()
  const admin = await createAdmin({
    ...scene.deps,
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    metrics: { ...scene.deps.metrics, text: () => Promise.reject(new Error('private words')) },
  })
  onTestFinished(() => admin.close())
  const response = await fetch(`${admin.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/problem+json; charset=utf-8'])
  expect(text).toContain('OTA_INTERNAL')
  expect(text).not.toContain('private words')
  const [logged] = scene.logged.filter(({ level }) => level === 'error')
  expect(logged?.fields).toMatchObject({ code: 'OTA_INTERNAL', err: { message: 'private words' } })
  expect(text).toContain(Object.entries(logged?.fields ?? {}).find(([name]) => name === 'request')?.[1])
})

test('readiness is told as it is', async () => {
  let isReady = false
  const scene = await createAdminFixture({ ready: () => isReady })
  expect(await scene.call('GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'not ready' } })
  isReady = true
  expect(await scene.call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready', version: '1.2.3' } })
  expect(await scene.call('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect((await scene.call('HEAD', '/healthz')).status).toBe(200)
})

test('closing ends within a second whoever is connected, and leaves no torn upload', async () => {
  const scene = await createAdminFixture()
  const idle = openRawHttp(scene.admin.port, `GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`)
  await idle.has('"ok"')
  const half = openRawHttp(scene.admin.port, 'GET /healthz HTTP/1.1\r\nHo')
  const upload = flood(`${scene.admin.url}/api/v1/firmware?product=pk&version=1`, {
    authorization: `Bearer ${token}`,
    'content-length': '9000000',
  })
  upload.answer.catch(() => undefined)
  const stuck = openRawHttp(
    scene.admin.port,
    `PUT /api/v1/firmware?product=pk&version=2 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 99\r\n\r\nabc`,
  )
  await until(async () => (await scene.files()).length > 0)
  const before = performance.now()
  await Promise.all([scene.admin.close(), scene.admin.close()])
  expect(performance.now() - before).toBeLessThan(1000)
  await Promise.all([idle.closed, half.closed, stuck.closed, upload.closed])
  expect((await scene.files()).filter((name) => name.includes('.part'))).toEqual([])
  await expect(fetch(`${scene.admin.url}/healthz`)).rejects.toThrow('fetch failed')
})

test('a request that is running when the server closes is answered', async () => {
  let go = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  let isHeld = false
  const scene = await createAdminFixture({ memory: { gate: () => (isHeld ? gate : Promise.resolve()) } })
  isHeld = true
  const running = scene.call('PUT', '/api/v1/devices/pk/dn', {})
  await until(() => scene.store.reads.device('pk/dn') !== undefined)
  const closed = scene.admin.close()
  go()
  const answer = await running
  expect([answer.status, answer.headers.get('connection')]).toEqual([201, 'close'])
  await closed
})

test('a request that comes while the server closes is told so', async () => {
  const scene = await createAdminFixture()
  const late = openRawHttp(scene.admin.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n')
  const alive = openRawHttp(scene.admin.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  await alive.has('"ok"')
  const closed = scene.admin.close()
  late.socket.write('\r\n')
  await closed
  await late.closed
  expect(late.text()).toMatch(/^HTTP\/1\.1 503 .*OTA_STOPPING/s)
})

test('an address that is taken is told with the remedy', async () => {
  const scene = await createAdminFixture()
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const address = other.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  const taken = createAdmin({ ...scene.deps, listen: { host: '127.0.0.1', port }, tls: null })
  await expect(taken).rejects.toMatchObject({ code: 'OTA_LISTEN_FAILED', message: expect.stringMatching(/--admin-port/) })
  const nowhere = createAdmin({ ...scene.deps, listen: { host: '192.0.2.1', port: 0 }, tls: null })
  await expect(nowhere).rejects.toMatchObject({ code: 'OTA_LISTEN_FAILED', message: expect.stringMatching(/admin\.listen\.host/) })
})

test('every address of the machine is told as the machine itself', async () => {
  const scene = await createAdminFixture()
  for (const host of ['::', '0.0.0.0']) {
    const admin = await createAdmin({ ...scene.deps, listen: { host, port: 0 }, tls: null })
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

test('with a certificate it speaks HTTPS only, and takes another one while it runs', async () => {
  const scene = await createAdminFixture()
  const [first, second] = [selfSigned('first'), selfSigned('second')]
  const admin = await createAdmin({ ...scene.deps, listen: { host: '127.0.0.1', port: 0 }, tls: first })
  onTestFinished(() => admin.close())
  expect(admin.url).toBe(`https://127.0.0.1:${admin.port}`)
  expect(await health(admin.url, first.cert)).toEqual({ status: 200, subject: 'first' })
  await expect(fetch(`http://127.0.0.1:${admin.port}/healthz`)).rejects.toThrow('fetch failed')
  expect(() => admin.renew({ cert: first.cert, key: second.key })).toThrow(expect.objectContaining({ code: 'OTA_BAD_SETTINGS' }))
  admin.renew(second)
  expect(await health(admin.url, second.cert)).toEqual({ status: 200, subject: 'second' })
})

test('a certificate that is of no use stops the start', async () => {
  const scene = await createAdminFixture()
  for (const tls of [
    { cert: 'x', key: 'y' },
    { cert: selfSigned().cert, key: selfSigned().key },
  ]) {
    await expect(createAdmin({ ...scene.deps, listen: { host: '127.0.0.1', port: 0 }, tls })).rejects.toMatchObject({
      code: 'OTA_BAD_SETTINGS',
    })
  }
})
