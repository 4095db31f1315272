// What we know of Aedes's insides: these fail when it changes, and show what must be proved anew.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Aedes, type AedesOptions, type Client } from 'aedes'
import { expect, onTestFinished, test, vi } from 'vitest'
import { dropPublishes, keepUnpublished, lastEngineId, mendRoll, provedOn, reserveMessageIds } from '../../src/mqtt/aedes-private.ts'
import { memorySessions } from './memory.ts'
import { connectPacket, enterAs, openWire, patient, publishPacket, subscribe } from './wire.ts'

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

test('it is the version that all of this was proved on', async () => {
  const { engine } = await serve()
  expect(Reflect.get(engine, 'version')).toBe(provedOn)
})

test('the ids of the engine stay out of the range of ours', async () => {
  const clients: Client[] = []
  const { engine, port } = await serve({
    preConnect: (client, _packet, done) => {
      clients.push(client)
      expect(Object.hasOwn(client, '_nextId')).toBe(true)
      reserveMessageIds(client)
      done(null, true)
    },
  })
  const wire = await enterAs(port, undefined)
  await subscribe(wire, ['a', 1])
  Reflect.set(clients[0] ?? {}, '_nextId', lastEngineId)
  const ids: unknown[] = []
  for (const text of ['1', '2', '3']) {
    engine.publish({ cmd: 'publish', topic: 'a', payload: text, qos: 1, retain: false, dup: false }, () => undefined)
    ids.push((await wire.next('publish')).messageId)
  }
  expect(ids).toEqual([lastEngineId, 1, 2])
})

test('wherever the ids of a client begin, they end up in their range', () => {
  for (const first of [1, lastEngineId, lastEngineId + 1, 0xffff]) {
    const client = { _nextId: first }
    reserveMessageIds(client)
    expect(client._nextId).toBeGreaterThan(0)
    expect(client._nextId).toBeLessThanOrEqual(lastEngineId)
  }
})

test('a client that closes while its CONNECT is under way does not stay on the roll, nor throw out its successor', async () => {
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
  mendRoll(engine)
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

test('a client that closed while its elder was being closed does not come on the roll', async () => {
  const { engine } = await serve()
  mendRoll(engine)
  const finish = Reflect.get(engine, '_finishRegisterClient') as (client: object) => void
  finish.call(engine, { id: 'late', closed: true })
  expect(roll(engine)).toEqual([])
})

test('the engine publishes the very packet that it asked authorizePublish about, wills too', async () => {
  const authorizePublish: AedesOptions['authorizePublish'] = (_client, packet, done) => {
    if (String(packet.payload) === 'drop') keepUnpublished(packet)
    done()
  }
  const { engine, port } = await serve({ authorizePublish })
  dropPublishes(engine)
  const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
  await subscribe(watcher, ['#', 0])
  const wire = await enterAs(port, undefined, { clientId: 'w', will: { topic: 'a', payload: Buffer.from('drop'), qos: 1 } })
  for (const qos of [0, 1, 2] as const) wire.write(publishPacket('a', 'drop', { qos, messageId: qos + 1 }))
  await wire.next('pubrec')
  await wire.next('puback')
  await wire.end()
  const other = await enterAs(port, undefined, { clientId: 'x' })
  other.write(publishPacket('a', 'keep'))
  expect(String((await watcher.next('publish')).payload)).toBe('keep')
})

test('a hook that never answers holds back PUBACK, and one that fails closes without', async () => {
  const { port } = await serve({
    authorizePublish: (_client, packet, done) => (packet.topic === 'fail' ? done(new Error('no')) : undefined),
  })
  const wire = await enterAs(port, undefined)
  wire.write(publishPacket('wait', ''))
  await wire.ping()
  wire.write(publishPacket('fail', ''))
  await wire.closed
  expect(wire.came.map(({ cmd }) => cmd)).toEqual(['connack', 'pingresp'])
})
