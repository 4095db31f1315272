// What a device gets: status, headers and bytes of every kind of request (protocol.md §7), over real sockets.

import { rename } from 'node:fs/promises'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDownloads } from '../../src/download/server.ts'
import { dial } from '../support/download-client.ts'
import { createDownloadFixture, type DownloadFixture, grantFor, noDownloads, plainly } from '../support/download-fixture.ts'
import { imageOf, sha256Of } from '../support/image-samples.ts'
import { until } from '../support/until.ts'

const SIZE = 29_972
let fixture: DownloadFixture
let clock = Date.now()
beforeAll(async () => {
  fixture = await createDownloadFixture(imageOf(SIZE), { now: () => clock })
})
afterAll(() => fixture.close())

const slice = (start: number, end: number): Buffer => fixture.image.subarray(start, end)

describe('the whole image', () => {
  test('is sent with its length, its tag and no header that a small parser does not expect', async () => {
    const { line, headers, body } = await fixture.get(fixture.link(), 'Accept-Encoding: gzip, br')
    expect(line).toBe('HTTP/1.1 200 OK')
    expect(headers).toEqual({
      'content-type': 'application/octet-stream',
      'content-length': String(SIZE),
      'accept-ranges': 'bytes',
      etag: `"${fixture.sha256}"`,
      date: expect.stringMatching(/ GMT$/),
      connection: 'close',
    })
    expect(body.equals(fixture.image)).toBe(true)
  })

  test('is described by HEAD, whatever range it asks for, and the connection stays usable', async () => {
    const client = await dial(fixture.port)
    client.send(`HEAD ${fixture.link()} HTTP/1.1`, 'Host: x', 'Range: bytes=0-9')
    const { status, headers } = await client.answer(true)
    expect([status, headers['content-length'], headers['accept-ranges'], headers['etag']]).toEqual([
      200,
      String(SIZE),
      'bytes',
      `"${fixture.sha256}"`,
    ])
    client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
    expect((await client.answer()).body.equals(fixture.image)).toBe(true)
    client.socket.destroy()
  })

  test.each(['HTTP/1.1', 'HTTP/1.0'])('is sent without a Host in %s', async (version) => {
    const client = await dial(fixture.port)
    client.send(`GET ${fixture.link()} ${version}`, 'Connection: close')
    const { status, headers, body } = await client.answer()
    expect([status, headers['content-length'], headers['transfer-encoding']]).toEqual([200, String(SIZE), undefined])
    expect(body.equals(fixture.image)).toBe(true)
    await client.closed
  })

  test('is sent to a proxy that sends the whole URL', async () => {
    expect((await fixture.get(`http://192.0.2.7:8070${fixture.link()}`)).status).toBe(200)
  })

  test('is sent twice, in order, to a client that requests it twice before it reads', async () => {
    const client = await dial(fixture.port)
    const ask = (range: string): string => `GET ${fixture.link()} HTTP/1.1\r\nRange: bytes=${range}\r\n\r\n`
    client.socket.write(ask('5-29971') + ask('0-4'))
    expect((await client.answer()).body.equals(slice(5, SIZE))).toBe(true)
    expect((await client.answer()).body.equals(slice(0, 5))).toBe(true)
    client.socket.destroy()
  })

  test('is sent to HTTP/1.0 clients that keep their connection', async () => {
    const client = await dial(fixture.port)
    for (const range of ['0-9', '10-19']) {
      client.send(`GET ${fixture.link()} HTTP/1.0`, 'Connection: keep-alive', `Range: bytes=${range}`)
      expect((await client.answer()).status).toBe(206)
    }
    client.socket.destroy()
  })
})

describe('a range', () => {
  test.each([
    ['bytes=0-29971', 0, SIZE],
    ['bytes=0-29972', 0, SIZE],
    ['bytes=0-99999999999999999999999', 0, SIZE],
    ['bytes=0-', 0, SIZE],
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['BYTES=100-199', 100, 200],
    ['bytes=29971-', SIZE - 1, SIZE],
    ['bytes=-1', SIZE - 1, SIZE],
    ['bytes=-30000', 0, SIZE],
  ])('%s is a part', async (range, start, end) => {
    const { status, headers, body } = await fixture.get(fixture.link(), `Range: ${range}`)
    expect(status).toBe(206)
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/${SIZE}`)
    expect(headers['content-length']).toBe(String(end - start))
    expect(body.equals(slice(start, end))).toBe(true)
  })

  test.each(['bytes=29972-', 'bytes=29972-30000', 'bytes=99999999999999999999999-', 'bytes=-0'])('%s is beyond the end', async (range) => {
    const { status, headers } = await fixture.get(fixture.link(), `Range: ${range}`)
    expect([status, headers['content-range']]).toEqual([416, `bytes */${SIZE}`])
  })

  test.each(['bytes=0-0,2-3', 'bytes=9-1', 'bytes=x-y', 'bytes=-', 'bytes=', 'bytes', 'lines=0-9', 'bytes=0x0-9', 'bytes=--1'])(
    '%s gives the whole image',
    async (range) => {
      const { status, headers, body } = await fixture.get(fixture.link(), `Range: ${range}`)
      expect([status, headers['content-range'], body.length]).toEqual([200, undefined, SIZE])
    },
  )

  test('is followed by the next on the same connection, which stays open for 75 s between', async () => {
    const client = await dial(fixture.port)
    const parts: Buffer[] = []
    for (let start = 0; start < SIZE; start += 4_096) {
      client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x', `Range: bytes=${start}-${start + 4_095}`)
      const { headers, body } = await client.answer()
      expect([headers['connection'], headers['keep-alive']]).toEqual(['keep-alive', 'timeout=75'])
      parts.push(body)
    }
    expect(Buffer.concat(parts).equals(fixture.image)).toBe(true)
    client.socket.destroy()
  })

  test('resumes only the same image: If-Range', async () => {
    const statusFor = async (tag: string): Promise<number> =>
      (await fixture.get(fixture.link(), 'Range: bytes=5-9', `If-Range: ${tag}`)).status
    expect(await statusFor(`"${fixture.sha256}"`)).toBe(206)
    expect(await statusFor(`W/"${fixture.sha256}"`)).toBe(200)
    expect(await statusFor('"another"')).toBe(200)
    expect(await statusFor(fixture.sha256)).toBe(200)
    expect(await statusFor(new Date(clock).toUTCString())).toBe(200)
  })
})

test.each([
  ['the tag', (tag: string) => tag, 304],
  ['the weak tag', (tag: string) => `W/${tag}`, 304],
  ['a list with it', (tag: string) => `"a,b", W/"c" , ${tag}`, 304],
  ['a star', () => '*', 304],
  ['another tag', () => '"other"', 200],
])('an image that the client has already is not sent: If-None-Match with %s', async (_name, tagged, status) => {
  const client = await dial(fixture.port)
  client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x', `If-None-Match: ${tagged(`"${fixture.sha256}"`)}`, 'Range: bytes=99999-')
  const answer = await client.answer()
  if (status === 304) {
    expect(answer).toMatchObject({ status, headers: { etag: `"${fixture.sha256}"` } })
    client.send(`GET ${fixture.link()} HTTP/1.1`, 'Host: x')
    expect((await client.answer()).body.equals(fixture.image)).toBe(true)
  } else expect(answer.status).toBe(416)
  client.socket.destroy()
})

describe('a request that gets no image', () => {
  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s gets the allowed methods, and its body is not read', async (method) => {
    const client = await dial(fixture.port)
    client.send(`${method} ${fixture.link()} HTTP/1.1`, 'Host: x', 'Content-Length: 1000000')
    const { status, headers } = await client.answer()
    expect([status, headers['allow'], headers['connection']]).toEqual([405, 'GET, HEAD', 'close'])
    await client.closed
  })

  test.each(['/', '/metrics', '/d', '/x/1/2', '//d/1/2/3', '*'])('for %s is not found', async (path) => {
    expect((await fixture.get(path)).status).toBe(404)
  })

  test('gets the reason in plain text, with a length', async () => {
    const { headers, body } = await fixture.get('/d/1/x')
    expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length) })
    expect(body.toString()).toMatch(/signature/)
  })

  test('that is not HTTP ends only its own connection', async () => {
    const socket = connect(fixture.port, '127.0.0.1')
    socket.end('\x16\x03\x01\x02\x00\x01\r\n\r\n')
    const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(first.toString()).toMatch(/^HTTP\/1\.1 400 /)
    expect((await fixture.get(fixture.link())).status).toBe(200)
  })
})

describe('a link', () => {
  test('with any digit of its signature changed is refused', async () => {
    const link = fixture.link()
    const signature = link.slice(link.lastIndexOf('/') + 1)
    expect(signature).toMatch(/^[0-9a-f]{32}$/)
    const changed = Array.from(signature, (digit, at) => signature.slice(0, at) + (digit === '0' ? '1' : '0') + signature.slice(at + 1))
    const asked = fixture.asked.length
    for (const each of changed) expect((await fixture.get(link.replace(signature, each))).status).toBe(403)
    expect(fixture.asked.length).toBe(asked)
  })

  test.each([
    ['with its signature in upper case', (link: string) => link.replace(/[^/]+$/, (signature) => signature.toUpperCase())],
    ['with its signature cut', (link: string) => link.slice(0, -1)],
    ['with more behind it', (link: string) => `${link}0`],
    ['with a query', (link: string) => `${link}?x=1`],
    ['with a slash behind it', (link: string) => `${link}/`],
    ['of another task', (link: string) => link.replace('/d/1/', '/d/2/')],
    ['with a zero before its task', (link: string) => link.replace('/d/1/', '/d/01/')],
    ['of another image', (link: string) => link.replace(/[0-9a-f]{16}/, '0123456789abcdef')],
    ['without a signature', (link: string) => link.replace(/[^/]+$/, '')],
  ])('%s is refused', async (_name, alter) => {
    expect((await fixture.get(alter(fixture.link()))).status).toBe(403)
  })

  test('of an unknown task, or one that has another image now, is not found', async () => {
    expect((await fixture.get(fixture.link(404))).status).toBe(404)
    fixture.grants.set(11, grantFor(fixture, 11, { sha256: sha256Of(Buffer.from('another')) }))
    expect((await fixture.get(fixture.link(11))).status).toBe(404)
  })

  test("works until it expires, by the core's clock", async () => {
    const until = clock + 86_400_000
    fixture.grants.set(12, grantFor(fixture, 12, { until }))
    expect((await fixture.get(fixture.link(12))).status).toBe(200)
    clock = until
    expect((await fixture.get(fixture.link(13))).status).toBe(200)
    const { status, body } = await fixture.get(fixture.link(12))
    expect([status, body.toString()]).toEqual([403, expect.stringMatching(/expired/)])
  })

  test('of a task that is canceled is gone', async () => {
    expect((await fixture.get(fixture.link(14))).status).toBe(200)
    await fixture.cancel(14)
    expect((await fixture.get(fixture.link(14))).status).toBe(410)
  })

  test('is looked up once for any number of ranges', async () => {
    const asked = fixture.asked.length
    for (let at = 0; at < 20; at += 1) await fixture.get(fixture.link(15), `Range: bytes=${at}-${at}`)
    expect(fixture.asked.length).toBe(asked + 1)
  })

  test('that cannot be looked up now gets 503, not a refusal', async () => {
    fixture.grants.set(16, new Error('the store is closed'))
    const { status, headers } = await fixture.get(fixture.link(16))
    expect([status, headers['retry-after']]).toEqual([503, '10'])
    fixture.grants.delete(16)
    expect((await fixture.get(fixture.link(16))).status).toBe(200)
  })
})

test('an image whose file is missing or has another size is an error with its cause in the log', async () => {
  const other = await createDownloadFixture(imageOf(1_000))
  await rename(other.path, `${other.path}.away`)
  expect((await other.get(other.link())).status).toBe(500)
  await until(() => other.logged.some((line) => line.includes('ENOENT')))
  expect(other.logged.join('\n')).not.toContain(other.link())
  await rename(`${other.path}.away`, other.path)
  other.grants.set(2, grantFor(other, 2, { size: 999 }))
  expect((await other.get(other.link(2))).status).toBe(500)
  expect((await other.get(other.link())).body.equals(other.image)).toBe(true)
  await other.close()
})

describe('where it listens', () => {
  const longest = '[2001:0db8:85a3:0000:0000:8a2e:0370:7334]'

  test('a port in use is an error that names it', async () => {
    const started = createDownloads({ ...noDownloads, host: '127.0.0.1', port: fixture.port, publicUrl: null })
    const message: unknown = expect.stringMatching(new RegExp(`${fixture.port}.*EADDRINUSE`))
    await expect(started).rejects.toMatchObject({ code: 'OTA_LISTEN_FAILED', message })
  })

  test("links name the host of the device's connection and stay short", async () => {
    const downloads = await createDownloads({ ...noDownloads, host: '[::]', publicUrl: null })
    expect(downloads.url(7, fixture.sha256, plainly('192.0.2.7'))).toMatch(new RegExp(`^http://192\\.0\\.2\\.7:${downloads.port}/d/7/`))
    expect(downloads.url(7, fixture.sha256, plainly(longest))).toContain(`http://${longest}:${downloads.port}/d/7/`)
    expect(downloads.url(2 ** 31 - 1, fixture.sha256, plainly(longest)).length).toBeLessThan(140)
    const client = await dial(downloads.port)
    client.send('GET / HTTP/1.0')
    expect((await client.answer()).status).toBe(404)
    await downloads.close()
  })
})
