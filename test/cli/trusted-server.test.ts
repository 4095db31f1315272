// The command and a server whose certificates are from a private authority, a reload of them, and a new token for it.

import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../support/authority.ts'
import { callFogbell } from '../support/call-fogbell.ts'
import { type InsideServer, startInside } from '../support/inside-server.ts'

let place = ''
const authority = createAuthority()
let server: InsideServer

const data = (): string => join(place, 'data')
const certificate = (name: string, days = 10) => authority.sign(name, { names: ['localhost', '127.0.0.1'], days })
const settings = (name: string, days?: number) => {
  const pair = certificate(name, days)
  return {
    mqtt: { listeners: [{ url: 'mqtts://127.0.0.1:0', ...pair }] },
    firmware: { ...pair, tlsListen: { port: 0 } },
    admin: pair,
  }
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'fogbell-trust-'))
  await writeFile(join(place, 'ca.crt'), authority.cert)
  server = await startInside(data(), settings('first'))
})
afterAll(async () => {
  await server.stop()
  await rm(place, { recursive: true })
})

const description = async (): Promise<Record<string, string>> => JSON.parse(await readFile(join(data(), 'fogbell.json'), 'utf8'))
const token = async (): Promise<string> => (await readFile(join(data(), 'admin.token'), 'utf8')).trim()
const list = (...args: string[]) => callFogbell(['device', 'list', ...args])
const remote = async (...args: string[]) => list('--server', (await description())['admin'] ?? '', '--token', await token(), ...args)

describe('the command', () => {
  test('knows the server on this machine by what it has written down, and needs no authority', async () => {
    expect(await list('--data', data())).toMatchObject({ status: 0, stderr: '' })
  })

  test('sends its token to no other server, whatever authority signed it', async () => {
    const before = await readFile(join(data(), 'fogbell.json'), 'utf8')
    await writeFile(join(data(), 'fogbell.json'), before.replace(/"adminFingerprint":"[^"]*"/, '"adminFingerprint":"AA:BB"'))
    const { status, stderr } = await list('--data', data())
    await writeFile(join(data(), 'fogbell.json'), before)
    expect([status, stderr]).toEqual([3, expect.stringContaining('not the one that fogbell.json names')])
  })

  test('knows any server by the authority in --ca', async () => {
    expect(await remote()).toMatchObject({ status: 3, stderr: expect.stringMatching(/authority is unknown.*--ca or FOGBELL_CA/) })
    expect((await remote()).stderr).not.toContain('fogbell serve')
    expect(await remote('--ca', join(place, 'ca.crt'))).toMatchObject({ status: 0, stderr: '' })
    expect(await remote('--ca', join(place, 'none'))).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no such file') })
    await writeFile(join(place, 'key'), authority.key)
    expect(await remote('--ca', join(place, 'key'))).toMatchObject({ status: 2, stderr: expect.stringContaining('has no certificate') })
  })

  test('examines it, though its authority is unknown to the system', async () => {
    const { stdout } = await callFogbell(['doctor', '--quick', '--json', '--data', data()])
    const codes = JSON.parse(stdout).findings.map(({ code }: { readonly code: string }) => code)
    expect(codes).toEqual(expect.arrayContaining(['doctor_server_runs', 'doctor_firmware_ok', 'doctor_devices_ok']))
    expect(codes).not.toContain('doctor_server_silent')
  })

  test('examines one elsewhere by the authority in --ca', async () => {
    const { admin = '' } = await description()
    const ca = ['--ca', join(place, 'ca.crt')]
    const { stdout } = await callFogbell(['doctor', '--json', '--server', admin, '--token', await token(), ...ca])
    expect(stdout).toContain('"code":"doctor_server_answers"')
  })

  test('uploads an image to it', async () => {
    const image = join(place, 'image.bin')
    await writeFile(image, Buffer.alloc(300_000, 7))
    const added = await callFogbell(['firmware', 'add', image, '--product', 'pk', '--version', '1.1.0', '--data', data(), '--json'])
    expect([added.status, JSON.parse(added.stdout)]).toEqual([0, expect.objectContaining({ size: 300_000 })])
  })
})

/** The common name that a port shows. */
const shown = (url: string | undefined): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url ?? '')
    const socket: TLSSocket = connect({ host: hostname, port: Number(port), ca: authority.cert }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
const names = async (): Promise<readonly string[]> => {
  const { admin, firmwareTls } = await description()
  return [await shown(admin), await shown(firmwareTls), await shown(server.description.mqtt[0])]
}

describe('a reload', () => {
  test('gives all three listeners the new certificate; one that cannot be used changes none of them', async () => {
    expect(await names()).toEqual(['first', 'first', 'first'])
    await server.reload(settings('second'))
    await expect.poll(names).toEqual(['second', 'second', 'second'])
    expect(await list('--data', data())).toMatchObject({ status: 0 })
    const torn = settings('third')
    const other = createAuthority('Other', true)
    await writeFile(join(place, 'other.key'), other.key)
    await writeFile(join(place, 'third.crt'), torn.admin.cert)
    const pair = { cert: { file: join(place, 'third.crt') }, key: { file: join(place, 'other.key') } }
    await expect(server.reload({ ...torn, firmware: { ...torn.firmware, ...pair } })).rejects.toMatchObject({
      code: 'OTA_BAD_SETTINGS',
      faults: [{ path: 'firmware', message: expect.stringMatching(/third\.crt and .*other\.key cannot be used together/) }],
    })
    expect(await names()).toEqual(['second', 'second', 'second'])
  })

  test('warns of a certificate that ends soon or has ended, and the metrics say when', async () => {
    const said = () => server.logged.filter(({ level, message }) => level === 'warn' && message.startsWith('a certificate'))
    const before = said().length
    await server.reload({ ...settings('late', 90), admin: certificate('soon', 20) })
    expect(said().slice(before)).toEqual([
      {
        level: 'warn',
        message: expect.stringContaining('expires soon'),
        fields: expect.objectContaining({ setting: 'admin.cert', days: 19 }),
      },
    ])
    await server.reload({ ...settings('late', 90), admin: certificate('gone', -0.5) })
    expect(said().at(-1)?.message).toContain('has expired')
    const { stdout } = await callFogbell(['openapi', '--data', data()])
    expect(stdout).toContain('/token/rotate')
  })
})

test('a new token is in the file as the old one was, and the old one is refused, also on an open stream', async () => {
  const file = join(data(), 'admin.token')
  await chmod(file, 0o640)
  const [old, { admin = '' }] = [await token(), await description()]
  await server.reload(settings('last'))
  const { trustedFetch } = await import('../../src/cli/trusted-fetch.ts')
  const get = (path: string, bearer: string) =>
    trustedFetch({ ca: authority.cert }, `${admin}${path}`, { method: 'GET', headers: { authorization: `Bearer ${bearer}` } })
  const stream = await get('/api/v1/events', old)
  const rotated = await callFogbell(['token', 'rotate', '--data', data()])
  const next = await token()
  expect([rotated.status, rotated.stdout]).toEqual([0, expect.stringContaining(`It is in ${file} on the server`)])
  expect(rotated.stdout).not.toContain(next)
  expect(await stream.text()).toContain('retry:')
  expect([old === next, (await stat(file)).mode & 0o777]).toEqual([false, 0o640])
  expect([(await get('/metrics', old)).status, (await get('/api/v1/devices', next)).status]).toEqual([401, 200])
  expect(await (await get('/metrics', next)).text()).toMatch(/fogbell_certificate_expiry_seconds\{listener="admin"\} 8\d{5}/)
  const shownToo = await callFogbell(['token', 'rotate', '--data', data(), '--show', '--json'])
  expect(JSON.parse(shownToo.stdout)).toEqual({ file, token: await token() })
})
