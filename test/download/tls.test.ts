// Images over HTTPS: the same answers, counts and bounds as over plain HTTP, and a new certificate while it runs.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createAuthority } from '../support/authority.ts'
import { createDownloadFixture, type DownloadFixture } from '../support/download-fixture.ts'
import { imageOf } from '../support/image-samples.ts'
import { until } from '../support/until.ts'

const authority = createAuthority()
let fixture: DownloadFixture
/** More than two systems' buffers hold. */
const image = imageOf(16_000_000)
const server = () => authority.sign('localhost', { names: ['localhost', '127.0.0.1'] })

beforeAll(async () => {
  fixture = await createDownloadFixture(image, { tls: { host: '127.0.0.1', port: 0, ...server() } })
})
afterAll(() => fixture.close())

const portOf = ({ downloads }: DownloadFixture): number => downloads.ports.tls ?? 0

const dialTls = async (options: ConnectionOptions = {}, of = fixture): Promise<TLSSocket> => {
  const socket = connectTls({ port: portOf(of), host: '127.0.0.1', ca: authority.cert, ...options })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}

const ask = (socket: Socket, task: number, ...headers: readonly string[]): void => {
  socket.write([`GET ${fixture.link(task)} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n'))
}

/** The head and so many bytes of the body. */
const read = async (socket: Socket, size: number): Promise<{ readonly head: string; readonly body: Buffer }> => {
  const chunks: Buffer[] = []
  let length = 0
  let head = -1
  while (head < 0 || length < head + 4 + size) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    chunks.push(chunk)
    length += chunk.length
    if (head < 0) head = Buffer.concat(chunks).indexOf('\r\n\r\n')
  }
  const bytes = Buffer.concat(chunks)
  return { head: bytes.subarray(0, head).toString(), body: bytes.subarray(head + 4) }
}

/** All connections of the tests before are closed, as the worker sees it. */
const alone = (): Promise<void> => until(() => fixture.downloads.crowd().connections === 0)

const bytesOf = (task: number): number => fixture.reports.findLast((report) => report.task === task)?.bytes ?? 0

describe('an image over HTTPS', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s: whole, and in ranges on one connection', async (version) => {
    const socket = await dialTls({ minVersion: version, maxVersion: version })
    expect(socket.authorized).toBe(true)
    ask(socket, 1)
    expect((await read(socket, image.length)).body.equals(image)).toBe(true)
    ask(socket, 1, 'Range: bytes=1000-1999')
    const { head, body } = await read(socket, 1000)
    expect(head).toContain('206')
    expect(body.equals(image.subarray(1000, 2000))).toBe(true)
  })

  test('is delivered for sure once the client ends the connection in order', async () => {
    const socket = await dialTls()
    ask(socket, 11)
    await read(socket, image.length)
    socket.end()
    expect(await fixture.reported(({ task, complete }) => task === 11 && complete)).toMatchObject({ bytes: image.length, sure: true })
  })

  test('that the client does not read is not counted beyond what the system took, and resumes', async () => {
    const socket = await dialTls()
    socket.pause()
    ask(socket, 12)
    await fixture.reported(({ task }) => task === 12)
    socket.destroy()
    await until(() => fixture.downloads.stats().active === 0)
    const before = bytesOf(12)
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(image.length)
    const again = await dialTls()
    ask(again, 12, `Range: bytes=${before}-`)
    const { body } = await read(again, image.length - before)
    expect(body.equals(image.subarray(before))).toBe(true)
    again.end()
    expect(await fixture.reported(({ task, complete }) => task === 12 && complete)).toMatchObject({ bytes: image.length })
  })

  test('has a link of https for a device whose connection uses TLS, and plain HTTP beside it', async () => {
    const url = fixture.downloads.url(1, fixture.sha256, { host: '127.0.0.1', tlsHost: 'localhost', product: 'pk' })
    expect(url).toMatch(new RegExp(`^https://localhost:${portOf(fixture)}/d/1/`))
    expect((await fixture.get(fixture.link(1))).status).toBe(200)
  })
})

describe('a connection', () => {
  test('that never ends its handshake counts as one, until it closes', async () => {
    await alone()
    const silent = connect(portOf(fixture), '127.0.0.1')
    await until(() => fixture.downloads.crowd().connections === 1)
    silent.destroy()
    await alone()
  })

  test('counts once, before and after its handshake', async () => {
    await alone()
    const socket = await dialTls()
    ask(socket, 1, 'Range: bytes=0-0')
    await read(socket, 1)
    await until(() => fixture.downloads.crowd().connections === 1)
    socket.destroy()
    await alone()
  })

  test('whose handshake fails is counted and logged with the address', async () => {
    const plain = connect(portOf(fixture), '127.0.0.1')
    plain.write('GET / HTTP/1.1\r\n\r\n')
    await once(plain, 'close')
    await until(() => fixture.downloads.crowd().turnedAway.tls === 1)
    expect(fixture.logged.join()).toMatch(/a TLS handshake for a download failed.*127\.0\.0\.1.*http request/)
  })
})

test('a new certificate is for new handshakes; connections go on', async () => {
  const socket = await dialTls()
  ask(socket, 20, 'Range: bytes=0-9')
  await read(socket, 10)
  fixture.downloads.renew(authority.sign('renewed', { names: ['127.0.0.1'] }))
  await until(async () => (await dialTls()).getPeerCertificate().subject.CN === 'renewed')
  ask(socket, 20, 'Range: bytes=10-19')
  expect((await read(socket, 10)).body.equals(image.subarray(10, 20))).toBe(true)
})

test('without plain HTTP there is one port, and it closes in order while a handshake and a download are open', async () => {
  const only = await createDownloadFixture(image, { plain: false, tls: { host: '127.0.0.1', port: 0, ...server() } })
  expect(only.downloads.ports).toEqual({ plain: null, tls: only.downloads.port })
  const target = { host: '127.0.0.1', tlsHost: null, product: 'pk' }
  expect(only.downloads.url(1, only.sha256, target)).toMatch(new RegExp(`^https://127\\.0\\.0\\.1:${only.downloads.port}/`))
  const silent = connect(only.downloads.port, '127.0.0.1')
  silent.on('error', () => undefined)
  const socket = await dialTls({}, only)
  ask(socket, 1)
  await read(socket, image.length)
  const ended = once(socket, 'close')
  socket.resume()
  await only.close()
  await ended
})

test('a TLS port in use is an error that names it', async () => {
  const tls = { host: '127.0.0.1', port: portOf(fixture), ...server() }
  await expect(createDownloadFixture(image, { tls })).rejects.toMatchObject({
    code: 'OTA_LISTEN_FAILED',
    message: expect.stringMatching(new RegExp(`${portOf(fixture)}.*EADDRINUSE`)),
  })
})
