// fogbell certs: what is in the certificates, by OpenSSL's reading and Node's, and what becomes of the files.

import { execFile } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { machineNames, makeAuthority, makeDevice, makeServer } from '../../src/offline/certs/authority.ts'
import { createFiles } from '../../src/offline/certs/cert-files.ts'
import { rsaKeys } from '../support/authority.ts'
import { callFogbell } from '../support/call-fogbell.ts'

const run = promisify(execFile)
const dayMs = 86_400_000
const now = Date.UTC(2026, 5, 1, 12)

/** Two keys in turn: to find one takes long. */
let made = 0
const makeKey = async (): Promise<string> => rsaKeys[made++ % 2] ?? ''

let place = ''
let dir = ''
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'fogbell-certs-'))
  dir = join(place, 'tls')
  await makeAuthority({ dir, now, makeKey })
})
afterAll(() => rm(place, { recursive: true }))

const server = (names: readonly string[] = ['fogbell.lan', '192.0.2.7', '2001:db8::7'], change: object = {}) =>
  makeServer({ dir, now, names, newKey: false, makeKey, ...change })
const device = (name: string, change: object = {}) => makeDevice({ dir, now, device: name, newKey: false, makeKey, ...change })
const certificate = async (file: string): Promise<X509Certificate> => new X509Certificate(await readFile(file))
const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8)
const hasOpenssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
)

describe('the authority', () => {
  test('signs leaves and no authorities, for ten years, from a day before', async () => {
    const authority = await certificate(join(dir, 'ca.crt'))
    expect(authority).toMatchObject({ ca: true, issuer: authority.subject })
    expect(Date.parse(authority.validFrom)).toBe(now - dayMs)
    expect(Date.parse(authority.validTo)).toBe(now - dayMs + 3650 * dayMs)
    expect([await modeOf(join(dir, 'ca.crt')), await modeOf(join(dir, 'ca.key'))]).toEqual(['644', '600'])
  })

  test('is never overwritten, also where only one of its files is left', async () => {
    const before = await readFile(join(dir, 'ca.key'), 'utf8')
    await expect(makeAuthority({ dir, now })).rejects.toMatchObject({
      code: 'OTA_CERTS',
      message: expect.stringContaining('never overwritten'),
    })
    expect(await readFile(join(dir, 'ca.key'), 'utf8')).toBe(before)
    const half = join(place, 'half')
    await mkdir(half)
    await symlink('/nowhere', join(half, 'ca.crt'))
    await expect(makeAuthority({ dir: half, now })).rejects.toMatchObject({ message: expect.stringContaining('ca.crt exists already') })
  })

  test('that is missing, has ended, or is not whole, signs nothing', async () => {
    await expect(server([], { dir: join(place, 'none') })).rejects.toMatchObject({
      message: expect.stringContaining('fogbell certs init --dir'),
    })
    await expect(server([], { now: now + 3700 * dayMs })).rejects.toMatchObject({ message: expect.stringContaining('expired on 2036') })
    const torn = join(place, 'torn')
    await mkdir(torn)
    await writeFile(join(torn, 'ca.crt'), await readFile(join(dir, 'ca.crt')))
    await writeFile(join(torn, 'ca.key'), 'no key')
    await expect(server([], { dir: torn })).rejects.toMatchObject({ message: expect.stringMatching(/torn\/ca\.key are not .*not PEM/) })
  })
})

test('a file that cannot be written leaves nothing', async () => {
  const at = join(place, 'unwritten')
  // What fails once the file is open, as on a full disk.
  const text = 7 as unknown as string
  const file = { path: join(at, 'ca.key'), text, audience: 'owner' as const }
  await expect(createFiles(at, [file])).rejects.toMatchObject({ code: 'OTA_CERTS' })
  expect(await readdir(at)).toEqual([])
})

describe('the certificate of the server', () => {
  test('has the names that were given, and no others', async () => {
    const made = await server()
    const leaf = await certificate(made.cert)
    expect(leaf.subjectAltName).toBe('DNS:fogbell.lan, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7')
    expect(leaf.checkIssued(await certificate(made.authority)) && leaf.verify((await certificate(made.authority)).publicKey)).toBe(true)
    expect(leaf).toMatchObject({ ca: false, keyUsage: ['1.3.6.1.5.5.7.3.1'] })
    expect((made.until.getTime() - made.from.getTime()) / dayMs).toBe(825)
    expect(made.from.getTime()).toBe(now - dayMs)
    expect(leaf.serialNumber).toMatch(/^[4-7][\dA-F]{31}$/)
  })

  test('has those of this machine if none are given', () => {
    const interfaces = { eth0: [{ address: '192.0.2.9' }, { address: 'fe80::1%eth0' }] } as unknown as NodeJS.Dict<never[]>
    expect(machineNames('box.example', interfaces)).toEqual([
      'box.example',
      'box.local',
      'localhost',
      '192.0.2.9',
      'fe80::1',
      '127.0.0.1',
      '::1',
    ])
  })

  test('is renewed with the same key and another serial number, or with a new key; a renewal that fails changes nothing', async () => {
    const first = await server()
    const [key, before] = [await readFile(first.key, 'utf8'), await certificate(first.cert)]
    const second = await server(undefined, { now: now + dayMs })
    expect(await readFile(first.key, 'utf8')).toBe(key)
    const after = await certificate(first.cert)
    expect([after.serialNumber === before.serialNumber, second.until.getTime() - first.until.getTime()]).toEqual([false, dayMs])
    await expect(server(['not a name'])).rejects.toMatchObject({
      code: 'OTA_BAD_REQUEST',
      message: expect.stringContaining('"not a name"'),
    })
    expect((await certificate(first.cert)).serialNumber).toBe(after.serialNumber)
    await server(undefined, { newKey: true, makeKey: async () => rsaKeys.find((each) => each !== key) ?? '' })
    expect(await readFile(first.key, 'utf8')).not.toBe(key)
    expect((await certificate(first.cert)).checkPrivateKey(createPrivateKey(await readFile(first.key)))).toBe(true)
    expect((await readdir(dir)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('ends with the authority at the latest', async () => {
    const late = now + 3000 * dayMs
    expect((await server(undefined, { now: late })).until.getTime()).toBe(now - dayMs + 3650 * dayMs)
  })
})

describe('the certificate of a device', () => {
  test('has its identity as common name, whatever characters it holds', async () => {
    const made = await device('灯 泡/设备, "é"=1')
    const leaf = await certificate(made.cert)
    expect(leaf.toLegacyObject().subject).toMatchObject({ CN: '灯 泡/设备, "é"=1' })
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect([await modeOf(made.cert), await modeOf(made.key)]).toEqual(['644', '600'])
  })

  test('of a long name is a file of its own', async () => {
    const [one, two] = [await device(`pk/${'设'.repeat(200)}a`), await device(`pk/${'设'.repeat(200)}b`)]
    expect(one.cert).not.toBe(two.cert)
  })

  test.each(['pk', 'pk/', '/dn', 'pk/../dn', 'pk/a/b', 'pk/a&b', '../dn'])('%j is not made', async (name) => {
    await expect(device(name)).rejects.toMatchObject({ code: 'OTA_BAD_REQUEST' })
  })
})

test.runIf(process.getuid?.() === 0)(
  'in a directory of a group, the group reads the key of the server, and nobody else any key',
  async () => {
    const shared = join(place, 'shared')
    await mkdir(shared)
    await chown(shared, 0, 4242)
    await makeAuthority({ dir: shared, now, makeKey })
    const made = await server(undefined, { dir: shared })
    expect([await modeOf(made.key), (await stat(made.key)).gid, await modeOf(join(shared, 'ca.key'))]).toEqual(['640', 4242, '600'])
    expect((await stat(made.cert)).gid).toBe(4242)
  },
)

test('a client that trusts the authority verifies the server by name, and the server the device', async () => {
  const [own, board] = [await server(['localhost'], { now: Date.now() }), await device('pk/dn', { now: Date.now() })]
  const ca = await readFile(own.authority)
  const listening = createServer({ cert: await readFile(own.cert), key: await readFile(own.key), ca, requestCert: true }, (socket) =>
    socket.end(String(socket.getPeerCertificate().subject.CN)),
  ).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  const client = connect({ port, servername: 'localhost', ca, cert: await readFile(board.cert), key: await readFile(board.key) })
  const [name] = (await once(client, 'data')) as [Buffer]
  expect([client.authorized, name.toString()]).toEqual([true, 'pk/dn'])
  client.destroy()
  listening.close()
})

test.runIf(hasOpenssl)('OpenSSL verifies both for their purpose only', async () => {
  const [own, board] = [await server(), await device('pk/dn')]
  const verify = (file: string, purpose: string) =>
    run('openssl', ['verify', '-x509_strict', '-attime', String(now / 1000), '-purpose', purpose, '-CAfile', own.authority, file])
  expect((await verify(own.cert, 'sslserver')).stdout).toContain('OK')
  expect((await verify(board.cert, 'sslclient')).stdout).toContain('OK')
  await expect(verify(board.cert, 'sslserver')).rejects.toThrow()
  const { stdout } = await run('openssl', ['x509', '-in', own.authority, '-noout', '-text'])
  expect(stdout).toContain('CA:TRUE, pathlen:0')
})

describe('the command', () => {
  test('says what it made, which settings use it, and what comes next', async () => {
    const at = join(place, 'command')
    const made = await callFogbell(['certs', 'init', '--dir', at])
    expect([made.status, made.stdout]).toEqual([0, expect.stringContaining(`Next: fogbell certs server --dir ${at}`)])
    const own = await callFogbell(['certs', 'server', '--dir', at, '--name', 'fogbell.lan'])
    expect(own.stdout).toContain(`"firmware": {"cert":{"file":"${at}/server.crt"},"key":{"file":"${at}/server.key"}}`)
    expect(own.stdout).toContain('Next: fogbell serve --config FILE --check, then restart')
    const { stdout } = await callFogbell(['certs', 'device', 'lamp/l7', '--dir', at, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ cert: `${at}/devices/lamp/l7.crt`, names: ['lamp/l7'] })
  })

  test('refuses what cannot be done, with the remedy', async () => {
    const again = await callFogbell(['certs', 'init', '--dir', dir])
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('give another directory with --dir')])
    const wrong = await callFogbell(['certs', 'device', 'lamp', '--dir', dir])
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('write it as PRODUCT/NAME')])
    const file = join(place, 'a file')
    await writeFile(file, '')
    expect((await callFogbell(['certs', 'init', '--dir', file])).stderr).toMatch(/a file\/ca\.key cannot be (read|written).*ENOTDIR/)
  })
})
