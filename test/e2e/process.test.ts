// The server as a process: its first start, its files, its end under load, and starts that fail.

import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { type ClientRequest, request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { callFogbell } from '../support/call-fogbell.ts'
import { enter } from '../support/device-client.ts'
import {
  createServerFixture,
  listOf,
  makePlace,
  push,
  runFogbell,
  type ServerFixture,
  serveArgs,
  textOf,
} from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

/** A data directory that is removed after the test. */
const freshData = async (): Promise<string> => {
  const place = await makePlace()
  onTestFinished(place.clean)
  return join(place.path, 'data')
}

/** A server that ends with the test. */
const started = async (data: string, settings: object = {}): Promise<ServerFixture> => {
  const server = await createServerFixture(data, settings)
  onTestFinished(async () => void (await server.kill()))
  return server
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status

it('the first start prints where it listens, writes fogbell.json last, and the token readable for its owner only; a second server is refused', async () => {
  const data = await freshData()
  const first = runFogbell(['serve', '--data', data, '--mqtt-port', '0', '--firmware-port', '0', '--admin-port', '0'])
  onTestFinished(() => void first.child.kill('SIGKILL'))
  const file = join(data, 'fogbell.json')
  await waitFor('fogbell.json is there', () => exists(file), 20_000)
  const { pid, version, mqtt, firmware, admin } = JSON.parse(await readFile(file, 'utf8'))
  expect(pid).toBe(first.child.pid)
  expect(version).toMatch(/^\d+\.\d+\.\d+/)
  expect(mqtt).toHaveLength(1)
  const device = await enter({ port: Number(new URL(mqtt[0]).port) }, { product: 'first', name: 'd' })
  await device.wire.end()
  const answers = [`${firmware}/`, `${admin}/healthz`, `${admin}/readyz`, `${admin}/api/v1/devices`].map(statusOf)
  expect(await Promise.all(answers)).toEqual([404, 200, 200, 401])

  const token = await stat(join(data, 'admin.token'))
  expect(token.mode & 0o777).toBe(0o600)
  expect((await stat(file)).mtimeMs).toBeGreaterThanOrEqual(token.mtimeMs)
  await waitFor('the line that holds `ready`', () => /^.*\bready\b.*$/m.test(first.output.stdout))
  for (const part of [mqtt[0], firmware, admin, join(data, 'admin.token')]) expect(first.output.stdout).toContain(part)

  const second = await runFogbell(await serveArgs(data)).ended
  expect(second.status).toBe(1)
  expect(second.stderr).toContain(data)
  expect(second.stderr).toMatch(/in use by another/)
  expect(second.stderr).not.toMatch(/\n\s+at /)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: first.child.pid })
  expect(await statusOf(`${admin}/readyz`)).toBe(200)

  const text = await readFile(join(data, 'admin.token'), 'utf8')
  first.child.kill('SIGINT')
  expect((await first.ended).status).toBe(0)
  expect(await exists(file)).toBe(false)
  const again = await started(data)
  expect(again.token).toBe(text.trim())
  expect((await again.ask('GET', '/devices/first/d')).status).toBe(200)
})

/** A request that is never read to its end. */
const stall = async (url: string, headers: Record<string, string>, options: { method?: string } = {}): Promise<ClientRequest> => {
  const asked = request(url, { headers, ...options })
  asked.on('error', () => undefined)
  onTestFinished(() => void asked.destroy())
  if (options.method === undefined) {
    asked.end()
    await once(asked, 'response')
  } else {
    asked.write('the first bytes of many')
    await waitFor('it is connected', () => asked.socket?.connecting === false)
  }
  return asked
}

it('SIGTERM ends it with status 0 within 10 s, whatever devices, downloads, uploads and event streams do', async () => {
  const data = await freshData()
  const server = await started(data)
  const names = Array.from({ length: 10 }, (_, at) => ({ product: 'busy', name: `b${at}` }))
  const devices = await Promise.all(names.map((who) => enter(server, who, { clean: false })))
  for (const device of devices) {
    await device.report('version.post', { version: '1' })
    await device.listen()
  }
  await push(server, { product: 'busy', version: '2' }, Buffer.alloc(16_000_000, 'large'))
  const offers = await Promise.all(devices.map((device) => device.next()))
  const authorization = { authorization: `Bearer ${server.token}` }
  for (const { url } of offers) await stall(url, {})
  await stall(`${server.description.admin}/api/v1/events`, authorization)
  await stall(
    `${server.description.admin}/api/v1/firmware?product=busy&version=3`,
    { ...authorization, 'content-length': '1000000' },
    { method: 'PUT' },
  )
  // One that does not read, and one that has not sent CONNECT.
  devices[0]?.wire.stream.pause()
  const mute = connect(server.port, '127.0.0.1').on('error', () => undefined)
  onTestFinished(() => void mute.destroy())
  await once(mute, 'connect')
  await devices[1]?.report('upgrade.post', { step: 42, task_id: offers[1]?.task })

  const from = performance.now()
  const { status, stderr } = await server.stop()
  expect(status, stderr).toBe(0)
  expect(performance.now() - from).toBeLessThan(10_000)
  expect(stderr).toBe('')
  expect(await exists(join(data, 'fogbell.json'))).toBe(false)
  await Promise.all(devices.slice(1).map(({ wire }) => wire.closed))

  const again = await started(data)
  const tasks = listOf((await again.call('GET', '/tasks'))['items'])
  expect(tasks).toHaveLength(names.length)
  expect(tasks.find(({ device }) => textOf(device) === 'busy/b1')).toMatchObject({ state: 'in_progress', step: 42 })
  expect(listOf((await again.call('GET', '/firmware'))['items'])).toHaveLength(1)
})

it('a port in use is named, for each of the three, and nothing is left behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  for (const flag of ['--mqtt-port', '--firmware-port', '--admin-port']) {
    const data = await freshData()
    const args = await serveArgs(data)
    const { status, stderr } = await callFogbell([...args, flag, String(port)])
    expect(status, flag).toBe(1)
    for (const part of ['127.0.0.1', String(port), 'OTA_LISTEN_FAILED']) expect(stderr, flag).toContain(part)
    expect(stderr, flag).toMatch(/another/)
    expect(stderr, flag).not.toMatch(/\n\s+at /)
    expect(await exists(join(data, 'fogbell.json')), flag).toBe(false)
  }
})

it('--check reports every fault with its path and starts nothing', async () => {
  const data = await freshData()
  const good = await callFogbell([...(await serveArgs(data)), '--check'])
  expect({ ...good, stderr: '' }).toMatchObject({ status: 0 })
  expect(await exists(data)).toBe(false)

  const config = `${data}.bad.json`
  await writeFile(config, JSON.stringify({ firmware: { maxDownloads: 'many' }, otta: {}, ota: { stallSeconds: 0 } }))
  const bad = await callFogbell(['serve', '--config', config, '--data', data, '--check'])
  expect(bad.status).toBe(2)
  for (const path of ['firmware.maxDownloads', 'otta', 'ota.stallSeconds']) expect(bad.stderr).toContain(path)
  expect(await exists(data)).toBe(false)
})

it('a path that cannot be a data directory is named', async () => {
  const data = await freshData()
  await writeFile(data, 'a file, no directory')
  const { status, stderr } = await callFogbell(await serveArgs(data))
  expect(status).toBe(1)
  expect(stderr).toContain(data)
  expect(stderr).not.toMatch(/\n\s+at /)
})
