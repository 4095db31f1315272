// Which requests are recognized without Node's parser: only those that have one reading.

import { expect, test } from 'vitest'
import { readQuickHead } from '../../src/download/quick-head.ts'

const path = '/d/1/0123456789abcdef/0123456789abcdef0123456789abcdef'
const read = (head: string) => readQuickHead(Buffer.from(head, 'latin1'))
const withFields = (...lines: readonly string[]) => read(`GET ${path} HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`)

test('a plain GET is read with its range, its end, and what it says of the connection', () => {
  const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nrange:  bytes=0-9 \r\nUser-Agent: modem\r\n\r\n`
  expect(read(`${head}GET`)).toEqual({ path, range: 'bytes=0-9', keepsOpen: true, length: head.length })
  expect(withFields()).toMatchObject({ range: undefined, keepsOpen: true })
})

test.each([
  ['1.1', 'close', false],
  ['1.1', 'Keep-Alive', true],
  ['1.0', 'keep-alive', true],
  ['1.0', undefined, false],
])('a connection of HTTP/%s that says %s stays open: %s', (version, said, keepsOpen) => {
  const line = said === undefined ? '' : `Connection: ${said}\r\n`
  expect(read(`GET ${path} HTTP/${version}\r\n${line}\r\n`)).toMatchObject({ keepsOpen })
})

test.each([
  'Content-Length: 0',
  'content-length: 5',
  'Transfer-Encoding: chunked',
  'Expect: 100-continue',
  'Upgrade: h2c',
  'HTTP2-Settings: x',
  'TE: trailers',
  'If-Range: "x"',
  'If-None-Match: *',
  'Proxy-Connection: close',
  'Connection: upgrade',
  'Connection: keep-alive, close',
  'Range-X: bytes=0-1',
  'X : y',
  ' folded',
  'X: \ttab',
  'X: \x80',
  'X: a\nY: b',
  'X: a\rY: b',
  'no colon',
])('%j is left to Node', (line) => {
  expect(withFields('Host: x', line)).toBeUndefined()
})

test.each([
  ['two ranges', withFields('Range: bytes=0-1', 'Range: bytes=2-3')],
  ['two connections', withFields('Connection: close', 'Connection: close')],
  ['another method', read(`HEAD ${path} HTTP/1.1\r\n\r\n`)],
  ['another version', read(`GET ${path} HTTP/2.0\r\n\r\n`)],
  ['another path', read('GET /metrics HTTP/1.1\r\n\r\n')],
  ['a query', read(`GET ${path}?x HTTP/1.1\r\n\r\n`)],
  ['the form of proxies', read(`GET http://x${path} HTTP/1.1\r\n\r\n`)],
  ['two spaces', read(`GET  ${path} HTTP/1.1\r\n\r\n`)],
  ['a line before it', read(`\r\nGET ${path} HTTP/1.1\r\n\r\n`)],
  ['bare line feeds', read(`GET ${path} HTTP/1.1\n\n`)],
  ['a head that is not all there', read(`GET ${path} HTTP/1.1\r\nHost: x\r\n`)],
  ['a long head', withFields(`X: ${'x'.repeat(2_048)}`)],
])('%s: left to Node', (_name, head) => {
  expect(head).toBeUndefined()
})
