// A whole fleet: its output, its end, and what it does while the server is down.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import { runFleet } from '../../src/simulate/fleet.ts'
import { imageOf } from '../support/image-samples.ts'
import { createSimulateFixture, isUp, quick } from '../support/simulate-fixture.ts'
import { createSimulateServerFixture, type SimulateServerFixture } from '../support/simulate-server-fixture.ts'

let server: SimulateServerFixture

beforeEach(async () => {
  server = await createSimulateServerFixture(imageOf(2000))
})

afterEach(async () => {
  await server.close()
})

test('every event is one JSON line with time, device, event and detail, and the end sums up each unit', async () => {
  const fixture = createSimulateFixture(server, { devices: 2, gateways: 1, children: 1 })
  await server.until(isUp('version.post', 3))
  await server.until(isUp('sub.version.post'))
  server.push('pk/sim-01')
  await fixture.event('updated')
  expect(await fixture.stop()).toEqual([
    { device: 'pk/sim-gw-01', fault: null, version: '1.0.0', outcome: 'waiting' },
    { device: 'pk/sim-gw-01-c01', fault: null, version: '1.0.0', outcome: 'waiting' },
    { device: 'pk/sim-01', fault: null, version: '1.0.1', outcome: 'updated' },
    { device: 'pk/sim-02', fault: null, version: '1.0.0', outcome: 'waiting' },
  ])
  expect(fixture.events.find(({ event }) => event === 'push')).toEqual({
    at: '2025-01-02T03:04:05.000Z',
    device: 'pk/sim-01',
    event: 'push',
    detail: { task: '1', module: 'default', version: '1.0.1', size: 2000, url: expect.stringMatching(/^http:/) },
  })
  expect(fixture.events.at(-2)).toEqual({
    at: '2025-01-02T03:04:05.000Z',
    event: 'summary',
    device: 'pk/sim-01',
    fault: null,
    version: '1.0.1',
    outcome: 'updated',
  })
})

test('a signal ends the fleet with DISCONNECT of every device', async () => {
  const fixture = createSimulateFixture(server, { devices: 5 })
  await server.until(isUp('version.post', 5))
  await fixture.stop()
  await server.until(() => server.log.filter(({ kind }) => kind === 'close').length === 5)
  expect(server.log.filter((seen) => seen.kind === 'close' && seen.saidGoodbye)).toHaveLength(5)
})

test('an earlier signal ends the fleet before it starts', async () => {
  const summaries = await runFleet(
    { ...quick, broker: server.broker },
    { json: false, line: () => undefined, now: () => 0 },
    AbortSignal.abort(),
  )
  expect(summaries).toHaveLength(1)
  expect(server.log).toEqual([])
})

test('a fleet that ends when idle waits until every device is connected, then ends by itself', async () => {
  // One device starts every 20 ms: longer in all than the idle time that ends the fleet.
  const fixture = createSimulateFixture(server, { devices: 6, connectsPerSecond: 50, untilIdle: 0.05 })
  expect((await fixture.ended).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => 'waiting'))
  expect(server.posts('version.post')).toHaveLength(6)
})

test('lines for people have device, event and detail', async () => {
  const lines: string[] = []
  const io = { json: false, line: (text: string) => lines.push(text), now: () => 0 }
  await runFleet({ ...quick, broker: server.broker, faults: 'bad-hash', untilIdle: 0.02 }, io, new AbortController().signal)
  expect(lines[0]).toMatch(/^00:00:00\.000 {2}pk\/sim-01 +connected +session new$/)
  expect(lines.at(-1)).toMatch(/^00:00:00\.000 {2}pk\/sim-01 +waiting +on 1\.0\.0 \(bad-hash\)$/)
})

test('a refused device retries and connects once it is accepted', async () => {
  server.refused.add('pk/sim-01')
  const fixture = createSimulateFixture(server)
  expect(await fixture.event('refused')).toMatchObject({ detail: { why: expect.stringContaining('Connection refused') } })
  server.refused.clear()
  await fixture.event('reported')
  expect((await fixture.stop())[0]).toMatchObject({ outcome: 'waiting' })
})

test('a device whose report is never acknowledged reconnects and sends it again', async () => {
  server.withholds = (method) => method === 'version.post' && server.posts('version.post').length === 1
  const fixture = createSimulateFixture(server, { ackMs: 200 })
  await fixture.event('reported')
  expect(server.posts('version.post')).toHaveLength(2)
  expect(server.log.filter(({ kind }) => kind === 'connect').length).toBeGreaterThan(1)
})

test('a signal ends a fleet that waits for an acknowledgement', async () => {
  server.withholds = () => true
  const fixture = createSimulateFixture(server)
  await server.until(isUp('version.post'))
  expect(await fixture.stop()).toHaveLength(1)
})

test('a fleet without a server reports so and ends at the signal', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const fixture = createSimulateFixture({ broker: `mqtt://127.0.0.1:${port}` })
  expect(await fixture.event('unreachable')).toMatchObject({ detail: { why: expect.stringContaining('ECONNREFUSED') } })
  expect((await fixture.stop())[0]).toMatchObject({ outcome: 'unreachable' })
})

test('invalid options are refused before anything connects', async () => {
  const io = { json: true, line: () => undefined, now: () => 0 }
  await expect(runFleet({ ...quick, broker: server.broker, faults: 'nope' }, io, new AbortController().signal)).rejects.toThrow(OtaError)
  expect(server.log).toEqual([])
})

test('thirty devices update at once', async () => {
  const fixture = createSimulateFixture(server, { devices: 30 })
  await server.until(isUp('version.post', 30))
  for (let number = 1; number <= 30; number++) server.push(`pk/sim-${String(number).padStart(2, '0')}`, { task_id: String(number) })
  await server.until(isUp('version.post', 60))
  const summaries = await fixture.stop()
  expect(summaries.filter(({ outcome, version }) => outcome === 'updated' && version === '1.0.1')).toHaveLength(30)
})
