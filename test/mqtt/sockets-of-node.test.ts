// A broker where this version of Node has no handles for channels: it uses the server's own sockets (docs/adr/0022-tcp-without-streams.md), and
// its clients notice nothing.

import { createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { takeConnections } from '../../src/tcp/tcp-channel.ts'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { enterAs, publishPacket, subscribe } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

/** Handles are looked for when a server listens. */
const withoutHandles = async <T>(work: () => Promise<T>): Promise<T> => {
  const before: unknown = Reflect.get(process, 'binding')
  Reflect.set(process, 'binding', undefined)
  try {
    return await work()
  } finally {
    Reflect.set(process, 'binding', before)
  }
}

const open = () => withoutHandles(() => createMqttFixture({ settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } }))

const will = (text: string) => ({ topic: 'will/a', payload: Buffer.from(text), qos: 1 as const, retain: false })

it('its connections are sockets of Node', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const deps = { opened: () => undefined, closed: () => undefined }
  expect(await withoutHandles(() => Promise.resolve(takeConnections(server, deps)))).toBe(false)
  server.close()
})

it('large messages arrive complete and in order', async () => {
  const { port } = await open()
  const [one, other] = [await enterAs(port, undefined, { clientId: 'one' }), await enterAs(port, undefined, { clientId: 'other' })]
  await subscribe(other, ['a/#', 1])
  const texts = Array.from({ length: 20 }, (_, at) => String(at).repeat(100_000 / String(at).length))
  for (const [at, text] of texts.entries()) one.write(publishPacket(`a/${at}`, text, { qos: 1, messageId: at + 1 }))
  for (const text of texts) {
    const { payload, messageId = 0 } = await other.next('publish')
    expect(payload.toString() === text).toBe(true)
    other.write({ cmd: 'puback', messageId })
  }
})

it('the will of a client that left with DISCONNECT is not published, and that of one whose connection was reset is', async () => {
  const { port, core } = await open()
  const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
  await subscribe(watcher, ['will/#', 1])
  const leaving = await enterAs(port, undefined, { clientId: 'leaving', will: will('of who left') })
  leaving.write({ cmd: 'disconnect' })
  leaving.stream.end()
  await leaving.closed
  const dying = await enterAs(port, 'd1&pk', { clientId: 'd1', will: { ...will('of who died'), topic: 'fogcloud/pk/d1/user/will' } })
  await subscribe(watcher, ['fogcloud/#', 1])
  dying.reset()
  expect((await watcher.next('publish')).payload.toString()).toBe('of who died')
  await core.saw('disconnected pk/d1 1')
})
