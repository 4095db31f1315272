// The private members of Aedes that the broker uses: these tests fail when they change, and show what must be verified again.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { Aedes, type AedesOptions, type Client } from 'aedes'
import aedesPersistence from 'aedes-persistence'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fixClientList, refreshKeepalive, takePublishes, verifiedWith } from '../../src/mqtt/aedes-private.ts'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { connectPacket, enterAs, openWire, patient, subscribe } from '../support/wire-client.ts'

// Its types declare a default export, but the module is the function itself.
const memorySessions = aedesPersistence as unknown as () => object

const serve = async (options: AedesOptions = {}) => {
  const engine = await Aedes.createBroker(options)
  const server = createServer(engine.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    await new Promise<void>((resolve) => engine.close(resolve))
    server.close()
  })
  return { engine, port: (server.address() as AddressInfo).port }
}

const roll = (engine: Aedes): readonly string[] => Object.keys((engine as unknown as { clients: object }).clients)

test('it is the version that all of this was verified with', async () => {
  const { engine } = await serve()
  expect(Reflect.get(engine, 'version')).toBe(verifiedWith)
})

test('a client that closes during its CONNECT does not stay listed, and does not disconnect its successor', async () => {
  const persistence = memorySessions()
  const original = Reflect.get(persistence, 'subscriptionsByClient') as (client: unknown) => Promise<unknown>
  const held: (() => void)[] = []
  Object.assign(persistence, {
    subscriptionsByClient: async (client: unknown) => {
      await new Promise<void>((resolve) => held.push(resolve))
      return await original.call(persistence, client)
    },
  })
  const { engine, port } = await serve({ persistence })
  fixClientList(engine)
  const errors = vi.fn()
  engine.on('clientError', errors)
  const first = await openWire(port)
  first.write(connectPacket({ clean: false }))
  await vi.waitUntil(() => held.length === 1, patient)
  const second = await openWire(port)
  second.write(connectPacket({ clean: true }))
  await second.next('connack')
  first.reset()
  await vi.waitUntil(() => errors.mock.calls.length === 1, patient)
  held[0]?.()
  await vi.waitUntil(() => errors.mock.calls.length === 2, patient)
  await second.ping()
  expect(roll(engine)).toEqual(['c1'])
  await second.end()
  await vi.waitUntil(() => roll(engine).length === 0, patient)
})

test('a client that closed while its predecessor was being closed is not listed', async () => {
  const { engine } = await serve()
  fixClientList(engine)
  const finish = Reflect.get(engine, '_finishRegisterClient') as (client: object) => void
  finish.call(engine, { id: 'late', closed: true })
  expect(roll(engine)).toEqual([])
})

test('what the engine would publish is received: wills with their client, its own messages with none', async () => {
  const { engine, port } = await serve()
  const taken: unknown[] = []
  takePublishes(engine, (packet, client, done) => {
    const { topic, payload } = packet as { topic: string; payload: Buffer }
    taken.push([topic.replace(/^\$SYS\/[^/]+/, '$SYS'), String(payload), client === null ? null : Reflect.get(client, 'id')])
    done()
  })
  const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
  await subscribe(watcher, ['#', 0])
  const wire = await enterAs(port, undefined, { clientId: 'w', will: { topic: 'a', payload: Buffer.from('last'), qos: 1 } })
  wire.reset()
  await vi.waitUntil(() => taken.length >= 4, patient)
  await watcher.ping()
  expect(taken).toContainEqual(['a', 'last', 'w'])
  expect(taken).toContainEqual(['$SYS/new/clients', 'w', null])
  expect(watcher.came.map(({ cmd }) => cmd)).toEqual(['connack', 'suback', 'pingresp'])
})

test('a client whose packets the engine does not see is kept alive', async () => {
  const clients: Client[] = []
  const { engine, port } = await serve()
  engine.on('client', (client) => clients.push(client))
  await enterAs(port, undefined, { keepalive: 5 })
  const [client] = clients
  const timer = Reflect.get(client ?? {}, '_keepaliveTimer') as { refresh(): void }
  const refresh = vi.spyOn(timer, 'refresh')
  refreshKeepalive(client ?? {})
  expect(refresh).toHaveBeenCalledOnce()
  expect(() => refreshKeepalive({ _keepaliveTimer: null })).not.toThrow()
})

test("its writer makes no table of all numbers for the broker's first client", async () => {
  const own = createRequire(import.meta.url)
  const engines = createRequire(own.resolve('aedes'))
  const { writeToStream } = engines('mqtt-packet') as { writeToStream: { cacheNumbers: boolean } }
  expect(engines.resolve('mqtt-packet')).toBe(own.resolve('mqtt-packet'))
  writeToStream.cacheNumbers = true
  onTestFinished(closeMqttFixtures)
  await createMqttFixture()
  expect(writeToStream.cacheNumbers).toBe(false)
})

test('that saves millions of bytes for a first CONNACK', () => {
  const heap = (lean: boolean): number => {
    const script = `
      const { writeToStream } = require('mqtt-packet')
      if (${lean}) writeToStream.cacheNumbers = false
      const { Writable } = require('node:stream')
      const before = process.memoryUsage().heapUsed
      writeToStream({ cmd: 'connack', returnCode: 0, sessionPresent: false }, new Writable({ write: (_chunk, _encoding, done) => done() }))
      console.log(process.memoryUsage().heapUsed - before)`
    return Number(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout)
  }
  expect(heap(false)).toBeGreaterThan(4_000_000)
  expect(heap(true)).toBeLessThan(1_000_000)
})
