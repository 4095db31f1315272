// The web page as the server sends it: to anybody, from memory, under the address of each view.

import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createAdminFixture } from '../support/admin-fixture.ts'

const fileOf = (type: string, text: string, isSmaller = true) => ({
  type,
  etag: createHash('sha256').update(text).digest('base64url').slice(0, 22),
  body: Buffer.from(text).toString('base64'),
  gzip: isSmaller ? gzipSync(text).toString('base64') : null,
})

const script = 'console.log(1)\n'.repeat(100)
const page = JSON.stringify({
  '/index.html': fileOf('text/html; charset=utf-8', '<!doctype html><title>Fogbell</title>'),
  '/station.html': fileOf('text/html; charset=utf-8', '<!doctype html><title>Station</title>'),
  '/assets/index-abcdefgh.js': fileOf('text/javascript; charset=utf-8', script),
  '/assets/worker.js': fileOf('text/javascript; charset=utf-8', 'self', false),
  '/favicon.svg': fileOf('image/svg+xml', '<svg/>', false),
})

/** As a browser asks. */
const open = (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(url, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers } })

test('every view has the page under its address, without a token', async () => {
  const { url } = (await createAdminFixture({ page })).admin
  for (const path of ['/', '/devices', '/devices/lamp/l%2F1', '/firmware', '/campaigns', '/campaigns/7?x=1', '/log', '/settings']) {
    const answer = await open(url + path)
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8'])
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    expect(await answer.text()).toContain('<title>Fogbell</title>')
  }
})

test("a station's screen has a document of its own, without a token, under its address alone", async () => {
  const { url } = (await createAdminFixture({ page })).admin
  const answer = await open(`${url}/station/fct-1`)
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
    200,
    'text/html; charset=utf-8',
    'no-cache',
  ])
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  expect(await answer.text()).toContain('<title>Station</title>')
  for (const path of ['/station.html', '/station', '/station/fct-1/more'])
    expect([path, (await open(url + path)).status]).toEqual([path, 404])
})

test('assets with a digest in their name may be kept for a year, the worker is asked for each time', async () => {
  const { url } = (await createAdminFixture({ page })).admin
  const asset = await fetch(`${url}/assets/index-abcdefgh.js`)
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(asset.headers.get('content-encoding')).toBe('gzip')
  expect(await asset.text()).toBe(script)
  const worker = await fetch(`${url}/assets/worker.js`)
  expect([worker.headers.get('cache-control'), worker.headers.get('content-encoding')]).toEqual(['no-cache', null])
})

test('gzip is for those who take it, and what a client has is not sent again', async () => {
  const { url } = (await createAdminFixture({ page })).admin
  const path = `${url}/assets/index-abcdefgh.js`
  for (const [accepted, encoding] of [
    ['identity', null],
    ['gzip;q=0', null],
    ['br, GZIP ; q=0.5', 'gzip'],
  ] as const) {
    const answer = await fetch(path, { headers: { 'accept-encoding': accepted } })
    expect([accepted, answer.headers.get('content-encoding')]).toEqual([accepted, encoding])
    expect(await answer.text()).toBe(script)
  }
  const etag = (await fetch(path)).headers.get('etag') ?? ''
  const again = await fetch(path, { headers: { 'if-none-match': `"other", W/${etag}` } })
  expect([again.status, await again.text()]).toEqual([304, ''])
  expect((await fetch(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  expect((await fetch(path, { headers: { 'if-none-match': '*' } })).status).toBe(304)
  expect(gunzipSync(gzipSync(script)).toString()).toBe(script)
})

test('an address without a view is the page with 404 for a browser, a problem for others, and nothing of the API is shown', async () => {
  const { url } = (await createAdminFixture({ page })).admin
  const answer = await open(`${url}/nowhere`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
  expect((await fetch(`${url}/nowhere`)).status).toBe(401)
  for (const path of ['/api', '/api/v1/devices', '/api/v1/nowhere', '/metrics', '/assets/none.js']) {
    expect([path, (await open(url + path)).status]).toEqual([path, 401])
  }
  expect((await fetch(`${url}/`, { method: 'POST', headers: { accept: 'text/html' } })).status).toBe(401)
  expect((await fetch(`${url}/`, { method: 'HEAD' })).status).toBe(200)
})

test('a server without the page says how to build it', async () => {
  const { url } = (await createAdminFixture()).admin
  const answer = await open(`${url}/`)
  expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'OTA_NOT_FOUND', detailCode: 'page_not_built' }])
  expect((await fetch(`${url}/favicon.ico`)).status).toBe(401)
})
