// Requests that servers read differently: none of them may hide another request (RFC 9112 §2.2, §6.1).

import { afterAll, beforeAll, expect, test } from 'vitest'
import { dial } from '../support/download-client.ts'
import { createDownloadFixture, type DownloadFixture } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'

let fixture: DownloadFixture
beforeAll(async () => {
  fixture = await createDownloadFixture(imageOf(1_000))
})
afterAll(() => fixture.close())

test.each([
  ['lines that end in a bare LF', (link: string) => `GET ${link} HTTP/1.1\nHost: x\n\n`],
  ['one header that ends in a bare LF', (link: string) => `GET ${link} HTTP/1.1\r\nHost: x\nX: y\r\n\r\n`],
  ['an end of its head that is a bare LF', (link: string) => `GET ${link} HTTP/1.1\r\nHost: x\r\n\n`],
  ['a bare CR', (link: string) => `GET ${link} HTTP/1.1\rHost: x\r\r`],
  ['two lengths', (link: string) => `GET ${link} HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n`],
  ['a length and chunks', (link: string) => `GET ${link} HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
])('a request with %s gets 400, and nothing behind it is read', async (_name, request) => {
  const client = await dial(fixture.port)
  client.socket.write(`${request(fixture.link())}GET ${fixture.link(2)} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await client.closed
  expect(client.rest()).toBeLessThan(200)
  expect(client.text()).toMatch(/^HTTP\/1\.1 400 /)
  expect(fixture.asked).not.toContain(2)
})
