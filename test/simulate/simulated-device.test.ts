// A device on the wire, as a recording server sees it: a good update, refusals, lost connections.

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSimulateDeviceFixture } from '../support/simulate-device-fixture.ts'
import { isUp, seedFor } from '../support/simulate-fixture.ts'
import type { Seen } from '../support/simulate-server-fixture.ts'

const { device, image, server, start, pushed, ranges, outline, outcome } = createSimulateDeviceFixture()

test('a good device subscribes, reports, downloads, reports 100, reboots, subscribes, and only then reports its new version', async () => {
  const seed = seedFor(({ clean, wildcard, style }) => clean && !wildcard && style === 'whole')
  const run = await pushed({ seed })
  await run.event('updated')
  const seen = outline().filter((kind, index, all) => kind !== all[index - 1])
  expect(seen).toEqual([
    'connect',
    'subscribe',
    'version.post',
    'upgrade.post',
    'get',
    'upgrade.post',
    'goodbye',
    'connect',
    'subscribe',
    'version.post',
  ])
  expect(server().posts('version.post')).toEqual([
    { version: '1.0.0', module: 'default' },
    { version: '1.0.1', module: 'default' },
  ])
  expect(server().posts('upgrade.post')[0]).toEqual({ step: 0, desc: '', module: 'default', task_id: '1' })
  expect(server().steps().at(-1)).toBe(100)
  expect(server().log).toContainEqual({ kind: 'subscribe', device, filter: 'fogcloud/pk/sim-01/thing/down/ota' })
  expect(
    server()
      .log.filter((entry) => entry.kind === 'up')
      .every(({ qos }) => qos === 1),
  ).toBe(true)
  expect(ranges()).toEqual([null])
  expect(await outcome(run)).toEqual({ device, fault: null, version: '1.0.1', outcome: 'updated' })
})

test('a device sends the identity of FogCloud devices in CONNECT', async () => {
  start({ seed: seedFor(({ clean }) => !clean), secret: '0123456789abcdef0123456789abcdef' })
  const connect = await server().until((seen): seen is Extract<Seen, { kind: 'connect' }> => seen.kind === 'connect')
  expect(connect).toMatchObject({ device, clientId: 'pk&sim-01|signmethod=hmacsha1,authType=1|', clean: false })
  expect(connect.password).toMatch(/^[0-9a-f]{40}$/)
})

test('a device that fetches by ranges requests ten in a row over one connection and reports each tenth', async () => {
  const run = await pushed({ seed: seedFor(({ style }) => style === 'ranges') })
  await run.event('updated')
  expect(ranges()).toEqual(Array.from({ length: 10 }, (_, index) => `bytes=${index * 1000}-${index * 1000 + 999}`))
  expect(new Set(server().log.flatMap((seen) => (seen.kind === 'get' ? [seen.socket] : []))).size).toBe(1)
  expect(server().steps()).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
})

test('a SHA-256 sign is verified too, and a wrong checksum fails with -3', async () => {
  const sign = createHash('sha256').update(image).digest('hex')
  const run = await pushed({}, { sign, sign_method: 'SHA256', checksum: '00000000', task_id: '7' })
  await run.event('failed')
  expect(server().posts('upgrade.post').at(-1)).toMatchObject({ step: -3, task_id: '7', desc: expect.stringContaining('checksum') })
  server().push(device, { sign, sign_method: 'SHA256', task_id: '8' })
  await run.event('updated')
  expect(await outcome(run)).toMatchObject({ version: '1.0.1', outcome: 'updated' })
})

test('a restored session is not subscribed again', async () => {
  const run = await pushed({ seed: seedFor(({ clean }) => !clean) })
  await run.event('updated')
  expect(outline().filter((kind) => kind === 'connect')).toHaveLength(2)
  expect(outline().filter((kind) => kind === 'subscribe')).toHaveLength(1)
})

test('a second push of the running task is ignored', async () => {
  const held: (() => void)[] = []
  server().answer = (_, response) => {
    if (held.length > 0) return false
    held.push(() => response.writeHead(200, { 'Content-Length': image.length }).end(image))
    return true
  }
  const run = await pushed({ seed: seedFor(({ style }) => style === 'whole') })
  await server().until((seen) => seen.kind === 'get')
  server().push(device)
  await run.event('ignored')
  held[0]!()
  await run.event('updated')
  expect(ranges()).toHaveLength(1)
})

test('what was received and not started is forgotten with a reboot', async () => {
  const held: (() => void)[] = []
  server().answer = (_, response) => {
    if (held.length > 0) return false
    held.push(() => response.writeHead(200, { 'Content-Length': image.length }).end(image))
    return true
  }
  const run = await pushed({ modules: ['default', 'mcu'], seed: seedFor(({ style }) => style === 'whole') })
  await server().until((seen) => seen.kind === 'get')
  server().push(device, { module: 'mcu', task_id: '2', version: '2' })
  await run.event('push', device, 2)
  held[0]!()
  await run.event('updated')
  server().push(device, { module: 'mcu', task_id: '3', version: '3' })
  await server().until((seen) => seen.kind === 'up' && server().posts('version.post').at(-1)?.['version'] === '3')
  expect(
    new Set(
      server()
        .posts('upgrade.post')
        .map((params) => params['task_id']),
    ),
  ).toEqual(new Set(['1', '3']))
})

test('after a cut connection during a download the device reconnects, and a new push resumes with Range', async () => {
  server().answer = () => {
    if (ranges().length !== 5) return false
    server().cut(device)
    return true
  }
  const run = await pushed({ seed: seedFor(({ style }) => style === 'ranges') })
  await server().until(isUp('version.post', 2))
  server().push(device)
  await run.event('updated')
  expect(ranges()[5]).toBe('bytes=4000-4999')
  expect(ranges()).toHaveLength(11)
})

test('a connection that is cut while it flashes does not matter: the device boots with what it has fetched', async () => {
  const run = await pushed({ flashMs: 200, seed: seedFor(({ style }) => style === 'whole') })
  await server().until((seen) => seen.kind === 'up' && server().steps().at(-1) === 99)
  server().cut(device)
  await run.event('updated')
  expect(
    server()
      .posts('version.post')
      .map(({ version }) => version),
  ).toEqual(['1.0.0', '1.0.1'])
  expect(ranges()).toHaveLength(1)
})

test('a link that answers 410 fails the download with -2', async () => {
  server().answer = (_, response) => {
    response.writeHead(410, { 'Content-Length': 0 }).end()
    return true
  }
  const run = await pushed()
  await run.event('failed')
  expect(server().posts('upgrade.post').at(-1)).toMatchObject({ step: -2, desc: 'HTTP 410' })
})

test('a device sends firmware.get after its version if its plan says so', async () => {
  start({ ask: 'all', modules: ['default', 'mcu'] })
  await server().until(isUp('firmware.get', 2))
  expect(server().posts('firmware.get')).toEqual([{ module: 'default' }, { module: 'mcu' }])
  expect(outline().indexOf('version.post')).toBeLessThan(outline().indexOf('firmware.get'))
})

test('an invalid push is reported and changes nothing', async () => {
  const run = await pushed({}, { url: 'nowhere' })
  expect(await run.event('bad-push')).toMatchObject({ detail: { why: 'url is not a URL' } })
  expect(await outcome(run)).toMatchObject({ outcome: 'waiting' })
})

test('a failure whose report was not acknowledged is reported again after the reconnect', async () => {
  start({
    faults: 'burn-fails',
    seed: seedFor(({ style }) => style === 'whole', { faults: 'burn-fails' }),
  })
  await server().until(isUp('version.post'))
  const lost = server().until((seen) => {
    const isFailure = seen.kind === 'up' && server().steps().at(-1) === -4
    if (isFailure) server().cut(device)
    return isFailure
  })
  server().push(device)
  await lost
  await server().until(
    (seen) =>
      seen.kind === 'up' &&
      server()
        .steps()
        .filter((step) => step === -4).length === 2,
  )
  expect(server().posts('version.post')).toHaveLength(2)
})
