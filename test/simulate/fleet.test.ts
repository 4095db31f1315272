// A whole fleet: its output, its end, and what it does while the server is down.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OtaError } from '../../src/errors.ts'
import { runFleet } from '../../src/simulate/fleet.ts'
import { isUp, quick, start } from './bench.ts'
import { type Fake, imageOf, startFake } from './fake.ts'

let fake: Fake

beforeEach(async () => {
  fake = await startFake(imageOf(2000))
})

afterEach(async () => {
  await fake.close()
})

test('every event is one JSON line with time, device, event and detail, and the end sums up each unit', async () => {
  const running = start(fake, { devices: 2, gateways: 1, children: 1 })
  await fake.until(isUp('version.post', 3))
  await fake.until(isUp('sub.version.post'))
  fake.push('pk/sim-01')
  await running.event('updated')
  expect(await running.stop()).toEqual([
    { device: 'pk/sim-gw-01', fault: null, version: '1.0.0', outcome: 'waiting' },
    { device: 'pk/sim-gw-01-c01', fault: null, version: '1.0.0', outcome: 'waiting' },
    { device: 'pk/sim-01', fault: null, version: '1.0.1', outcome: 'updated' },
    { device: 'pk/sim-02', fault: null, version: '1.0.0', outcome: 'waiting' },
  ])
  expect(running.events.find(({ event }) => event === 'push')).toEqual({
    at: '2025-01-02T03:04:05.000Z',
    device: 'pk/sim-01',
    event: 'push',
    detail: { task: '1', module: 'default', version: '1.0.1', size: 2000, url: expect.stringMatching(/^http:/) },
  })
  expect(running.events.at(-2)).toEqual({
    at: '2025-01-02T03:04:05.000Z',
    event: 'summary',
    device: 'pk/sim-01',
    fault: null,
    version: '1.0.1',
    outcome: 'updated',
  })
})

test('a signal ends the fleet with DISCONNECT of every device', async () => {
  const running = start(fake, { devices: 5 })
  await fake.until(isUp('version.post', 5))
  await running.stop()
  await fake.until(() => fake.log.filter(({ kind }) => kind === 'close').length === 5)
  expect(fake.log.filter((seen) => seen.kind === 'close' && seen.saidGoodbye)).toHaveLength(5)
})

test('an earlier signal ends the fleet before it starts', async () => {
  const summaries = await runFleet(
    { ...quick, broker: fake.broker },
    { json: false, line: () => undefined, now: () => 0 },
    AbortSignal.abort(),
  )
  expect(summaries).toHaveLength(1)
  expect(fake.log).toEqual([])
})

test('a fleet that ends when idle waits until every device is connected, then ends by itself', async () => {
  // One device starts every 20 ms: longer in all than the idle time that ends the fleet.
  const running = start(fake, { devices: 6, connectsPerSecond: 50, untilIdle: 0.05 })
  expect((await running.ended).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => 'waiting'))
  expect(fake.posts('version.post')).toHaveLength(6)
})

test('lines for people have device, event and detail', async () => {
  const lines: string[] = []
  const io = { json: false, line: (text: string) => lines.push(text), now: () => 0 }
  await runFleet({ ...quick, broker: fake.broker, faults: 'bad-hash', untilIdle: 0.02 }, io, new AbortController().signal)
  expect(lines[0]).toMatch(/^00:00:00\.000 {2}pk\/sim-01 +connected +session new$/)
  expect(lines.at(-1)).toMatch(/^00:00:00\.000 {2}pk\/sim-01 +waiting +on 1\.0\.0 \(bad-hash\)$/)
})

test('a refused device retries and connects once it is accepted', async () => {
  fake.refused.add('pk/sim-01')
  const running = start(fake)
  expect(await running.event('refused')).toMatchObject({ detail: { why: expect.stringContaining('Connection refused') } })
  fake.refused.clear()
  await running.event('reported')
  expect((await running.stop())[0]).toMatchObject({ outcome: 'waiting' })
})

test('a device whose report is never acknowledged reconnects and sends it again', async () => {
  fake.withholds = (method) => method === 'version.post' && fake.posts('version.post').length === 1
  const running = start(fake, { ackMs: 200 })
  await running.event('reported')
  expect(fake.posts('version.post')).toHaveLength(2)
  expect(fake.log.filter(({ kind }) => kind === 'connect').length).toBeGreaterThan(1)
})

test('a signal ends a fleet that waits for an acknowledgement', async () => {
  fake.withholds = () => true
  const running = start(fake)
  await fake.until(isUp('version.post'))
  expect(await running.stop()).toHaveLength(1)
})

test('a fleet without a server reports so and ends at the signal', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const running = start({ broker: `mqtt://127.0.0.1:${port}` })
  expect(await running.event('unreachable')).toMatchObject({ detail: { why: expect.stringContaining('ECONNREFUSED') } })
  expect((await running.stop())[0]).toMatchObject({ outcome: 'unreachable' })
})

test('invalid options are refused before anything connects', async () => {
  const io = { json: true, line: () => undefined, now: () => 0 }
  await expect(runFleet({ ...quick, broker: fake.broker, faults: 'nope' }, io, new AbortController().signal)).rejects.toThrow(OtaError)
  expect(fake.log).toEqual([])
})

test('thirty devices update at once', async () => {
  const running = start(fake, { devices: 30 })
  await fake.until(isUp('version.post', 30))
  for (let number = 1; number <= 30; number++) fake.push(`pk/sim-${String(number).padStart(2, '0')}`, { task_id: String(number) })
  await fake.until(isUp('version.post', 60))
  const summaries = await running.stop()
  expect(summaries.filter(({ outcome, version }) => outcome === 'updated' && version === '1.0.1')).toHaveLength(30)
})
