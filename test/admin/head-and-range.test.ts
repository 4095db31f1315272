// HEAD and Range as RFC 9110 has them: HEAD is answered as GET without the body, and a server that gives no ranges gives the whole.

import { type IncomingHttpHeaders, request } from 'node:http'
import { expect, test } from 'vitest'
import { createAdminFixture, token } from '../support/admin-fixture.ts'
import type { Json } from '../support/json.ts'

interface Seen {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly bytes: number
}

/** By node:http, since fetch hides what is sent after the headers of a HEAD. */
const seen = (url: string, method: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false, headers: { authorization: `Bearer ${token}`, ...headers } }, (answer) => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, bytes }))
    })
    sent.on('error', reject).end()
  })

/** What is of this answer alone. */
const lasting = ({ date: _date, 'x-request-id': _id, 'transfer-encoding': _coding, ...rest }: IncomingHttpHeaders): IncomingHttpHeaders =>
  rest

const page = JSON.stringify({
  '/index.html': { type: 'text/html; charset=utf-8', etag: 'first', body: btoa('<title>Fogbell</title>'), gzip: btoa('gzip') },
})

/** They change with each request, or are a stream or a file, which HEAD does not begin: 405. */
const others = new Set(['/metrics', '/api/v1/events', '/api/v1/backup'])

const addresses = (document: Json): readonly string[] =>
  Object.entries(document['paths'] ?? {})
    .filter(([path, item]) => 'get' in item && !others.has(path))
    .map(([path]) => path.replace('{product}', 'lamp').replace('{name}', 'l1').replace('{id}', '1'))

test('HEAD on each address that can be read has the status and the headers of GET, and no body', async () => {
  const fixture = await createAdminFixture({ page })
  await fixture.call('PUT', '/api/v1/devices/lamp/l1', {})
  await fixture.upload('product=lamp&version=2.0.0')
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '1' })
  const { url } = fixture.admin
  const { body } = await fixture.call('GET', '/api/v1/openapi.json')
  for (const path of [...addresses(body), '/api/v1/devices?format=csv', '/', '/devices/lamp/l1', '/nowhere']) {
    const headers = { accept: 'text/html, */*' }
    const [get, head] = [await seen(url + path, 'GET', headers), await seen(url + path, 'HEAD', headers)]
    expect([path, head.status, lasting(head.headers), head.bytes]).toEqual([path, get.status, lasting(get.headers), 0])
  }
  for (const path of ['/api/v1/events', '/api/v1/backup']) {
    const answer = await seen(url + path, 'HEAD')
    expect([path, answer.status, answer.headers.allow, answer.bytes]).toEqual([path, 405, 'GET', 0])
  }
})

test('a range of what is given whole is the whole', async () => {
  const fixture = await createAdminFixture({ page })
  for (const path of ['/', '/api/v1/devices', '/api/v1/devices?format=csv']) {
    const [whole, part] = [await seen(fixture.admin.url + path, 'GET'), await seen(fixture.admin.url + path, 'GET', { range: 'bytes=0-3' })]
    expect([path, part.status, part.headers['content-range'], part.bytes]).toEqual([path, 200, undefined, whole.bytes])
  }
})

test('a file of the page has one ETag as it is and another one as gzip, and what a client has is not sent again', async () => {
  const { url } = (await createAdminFixture({ page })).admin
  const plain = await seen(url, 'GET', { 'accept-encoding': 'identity' })
  const packed = await seen(url, 'GET', { 'accept-encoding': 'gzip' })
  expect([plain.headers.etag, packed.headers.etag]).toEqual(['"first"', '"first-gzip"'])
  const again = await seen(url, 'HEAD', { 'accept-encoding': 'gzip', 'if-none-match': '"first-gzip"' })
  expect([again.status, again.bytes]).toEqual([304, 0])
})
