// Whether devices reach the server: real listeners that answer, refuse, are silent, or are other servers.

import { createServer as createHttp } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type ReachReport, tryReach } from '../../../src/offline/doctor/reach-findings.ts'
import { say } from '../../../src/sentences/sentence.ts'
import { selfSigned } from '../../support/certificate.ts'
import { type InsideServer, startInside } from '../../support/inside-server.ts'
import { makePlace } from '../../support/server-fixture.ts'

let server: InsideServer
let clean: () => Promise<void>
let data: string

beforeAll(async () => {
  const place = await makePlace()
  clean = place.clean
  data = join(place.path, 'data')
  const { cert, key } = selfSigned()
  const listeners = [{ url: 'mqtt://127.0.0.1:0' }, { url: 'ws://127.0.0.1:0' }, { url: 'mqtts://127.0.0.1:0', cert, key }]
  server = await startInside(data, { mqtt: { listeners } })
}, 30_000)
afterAll(async () => {
  await server.stop()
  await clean()
})

const report = async (): Promise<ReachReport> => {
  const answer = await server.call('GET', '/doctor')
  return answer['reach'] as unknown as ReachReport
}
const vantage = { addresses: ['127.0.0.1'], isLocal: false }

const tried = async (changes: Partial<ReachReport>): Promise<readonly string[]> => {
  const { findings } = await tryReach({ ...(await report()), ...changes }, vantage)
  return findings.filter(({ result }) => result !== 'ok').map(({ result, said }) => `${result} ${say(said)}`)
}

const portOf = (listening: Server): number => (listening.address() as AddressInfo).port

const listen = async (other: Server): Promise<number> => {
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  return portOf(other)
}

const freePort = async (): Promise<number> => {
  const other = createServer()
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
  const port = portOf(other)
  await new Promise((resolve) => other.close(resolve))
  return port
}

test('a server that is reached on MQTT, TLS, WebSocket and for downloads', async () => {
  const { findings, chains } = await tryReach(await report(), vantage)
  expect(findings.map(({ result, said }) => `${result} ${said.code} ${JSON.stringify(said.params['count'])}`)).toEqual([
    'ok doctor_mqtt_ok 3',
    'ok doctor_firmware_ok 1',
  ])
  expect([...chains.values()].map((pem) => pem.includes('BEGIN CERTIFICATE'))).toEqual([true])
})

test('the test download names no task, and each answer has another link', async () => {
  const [one, other] = [await report(), await report()]
  expect(one.probe).toMatch(/^\/d\/0\/[0-9a-f]{16}\/[0-9a-f]{32}$/)
  expect(other.probe).not.toBe(one.probe)
  const response = await fetch(`${one.firmware[0]}${one.probe}`)
  expect([response.status, await response.text()]).toEqual([200, `fogbell probe ${one.probe.split('/')[3]}\n`])
  const altered = await fetch(`${one.firmware[0]}${one.probe.slice(0, -1)}${one.probe.endsWith('0') ? '1' : '0'}`)
  expect(altered.status).toBe(403)
})

test('a publicUrl that leads to the server', async () => {
  const {
    firmware: [firmware = ''],
  } = await report()
  expect(await tried({ publicUrls: [{ setting: 'firmware.publicUrl', url: `${firmware}/` }] })).toEqual([])
})

test('a publicUrl at which nothing listens', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  expect(await tried({ publicUrls: [{ setting: 'firmware.publicUrl', url: url }] })).toEqual([
    `fault a test download through firmware.publicUrl, ${url}, failed: the connection was refused`,
  ])
})

test('a publicUrl with a name that does not exist', async () => {
  expect((await tried({ publicUrls: [{ setting: 'firmware.publicUrl', url: 'http://fogbell.invalid:8070' }] })).join()).toMatch(
    /its name is not known here/,
  )
})

test.each([
  ['another Fogbell, to which the signature is a stranger', 403, 'another server answers there, with status 403'],
  ['a page of a router', 200, 'another server answers there, not this one'],
])('a publicUrl that leads to %s', async (_what, status, why) => {
  const port = await listen(createHttp((_request, response) => response.writeHead(status).end('<html>')))
  expect((await tried({ publicUrls: [{ setting: 'firmware.publicUrl', url: `http://127.0.0.1:${port}` }] })).join()).toContain(why)
})

test('addresses that are none are no crash', async () => {
  expect(await tried({ mqtt: ['', 'mqtt://'], firmware: [''], publicUrls: [{ setting: 'firmware.publicUrl', url: 'nonsense' }] })).toEqual([
    'fault a test download through firmware.publicUrl, nonsense, failed: Invalid URL',
  ])
})

test('an MQTT port of which another program answers, and one that nobody listens on', async () => {
  const port = await listen(createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')))
  const closed = await freePort()
  const found = await tried({ mqtt: [`mqtt://127.0.0.1:${port}`, `mqtt://127.0.0.1:${closed}`] })
  expect(found).toEqual([
    `fault MQTT at mqtt://127.0.0.1:${port} cannot be reached: what it answers is not MQTT, so another program has the port`,
    `fault MQTT at mqtt://127.0.0.1:${closed} cannot be reached: the connection was refused`,
  ])
})

test('a server on this machine that listens on its loopback address only', async () => {
  const { findings } = await tryReach(await report(), { ...vantage, isLocal: true })
  expect(findings.map(({ result, said }) => `${result} ${said.code}`)).toEqual([
    'warning doctor_mqtt_loopback',
    'warning doctor_firmware_loopback',
    'ok doctor_mqtt_ok',
    'ok doctor_firmware_ok',
  ])
})

test("from another machine the server's loopback address is not tried: it would be that machine's own", async () => {
  const { findings } = await tryReach(await report(), { addresses: ['192.0.2.7'], isLocal: false })
  expect(findings.map(({ said }) => said.code)).toEqual(['doctor_mqtt_loopback', 'doctor_firmware_loopback'])
})

test('a wildcard is every address of its family', async () => {
  const { firmware, mqtt } = await report()
  const [plain = ''] = mqtt
  const wide = { firmware: firmware.map((each) => each.replace('127.0.0.1', '[::]')), mqtt: [plain.replace('127.0.0.1', '0.0.0.0')] }
  const { findings } = await tryReach({ ...(await report()), ...wide }, { addresses: ['127.0.0.1', '::1'], isLocal: false })
  expect(findings.map(({ result, said }) => [result, said.code, said.params['names'] ?? said.params['url']])).toEqual([
    ['ok', 'doctor_mqtt_ok', [plain]],
    ['ok', 'doctor_firmware_ok', firmware],
    ['fault', 'doctor_firmware_unreachable', firmware[0]?.replace('127.0.0.1', '[::1]')],
  ])
})

test("the command's own connections are not reported as refused devices", async () => {
  await tryReach(await report(), vantage)
  const refused = await server.call('GET', '/connections/refused')
  expect(JSON.stringify(refused)).toContain('fogbell-doctor')
  const answer = await server.call('GET', '/doctor')
  expect(JSON.stringify(answer['findings'])).not.toContain('doctor_refused')
})
