// Clients that are gone before the disk is done: right after their DISCONNECT, as most are, or before their CONNACK.

import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { memoryRows } from '../support/mqtt-memory-rows.ts'
import { connectPacket, enterAs, openWire, patient, publishPacket, subscribe } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

it('a DISCONNECT removes the will even if the connection ends right after it [MQTT-3.14.4-3]', async () => {
  // As slow as a disk: the connection ends before the will is removed from it.
  const rows = memoryRows()
  rows.gate = () => pause(5)
  const { port } = await createMqttFixture({ rows, settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
  const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
  await subscribe(watcher, ['will/#', 1])
  for (let n = 0; n < 5; n += 1) {
    const will = { topic: 'will/a', payload: Buffer.from(`of ${n}`), qos: 1 as const, retain: false }
    const leaving = await enterAs(port, undefined, { clientId: 'leaving', will })
    leaving.write({ cmd: 'disconnect' })
    leaving.stream.end()
    await leaving.closed
  }
  const dying = await enterAs(port, undefined, {
    clientId: 'dying',
    will: { topic: 'will/a', payload: Buffer.from('of who died'), qos: 1, retain: false },
  })
  dying.reset()
  expect((await watcher.next('publish')).payload.toString()).toBe('of who died')
  watcher.write(publishPacket('will/b', 'end', { qos: 0 }))
  expect((await watcher.next('publish')).payload.toString()).toBe('end')
})

it('nothing is left of the will of a client that was gone before its CONNACK', async () => {
  const rows = memoryRows()
  let open: () => void = () => undefined
  const { port, broker } = await createMqttFixture({ rows, settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
  const wills = (): readonly string[] => [...rows.values.keys()].filter((key) => key.startsWith('w:'))
  const reached = new Promise<void>((resolve) => {
    rows.gate = () => {
      resolve()
      return new Promise((pass) => {
        open = pass
      })
    }
  })
  const leaving = await openWire(port)
  leaving.write(connectPacket({ will: { topic: 'will/a', payload: Buffer.from('x'), qos: 1, retain: false } }))
  await reached
  leaving.reset()
  await vi.waitFor(() => expect(broker.connections()).toBe(0), patient)
  rows.gate = () => Promise.resolve()
  open()
  // What a later client stores is written after it.
  const other = await enterAs(port, undefined, { clientId: 'other' })
  other.write(publishPacket('kept', 'x', { retain: true }))
  await other.next('puback')
  await vi.waitFor(() => expect(wills()).toEqual([]), patient)
})

it.each([true, false])(
  'all that a client says in one write is heard, up to its DISCONNECT, though it closes right behind it (clean: %s) [MQTT-3.14.4-3]',
  async (clean) => {
    const { port } = await createMqttFixture({ settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
    const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
    await subscribe(watcher, ['g/#', 1])
    const leaving = await openWire(port)
    leaving.write(
      connectPacket({ clientId: 'leaving', clean, will: { topic: 'g/will', payload: Buffer.from('dead'), qos: 1, retain: false } }),
      { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'x', qos: 0 }] },
      { cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['x'] },
      publishPacket('g/0', 'zero', { qos: 0 }),
      publishPacket('g/1', 'one', { messageId: 3 }),
      { cmd: 'disconnect' },
    )
    leaving.stream.end()
    await leaving.closed
    watcher.write(publishPacket('g/end', 'end', { qos: 0 }))
    const texts: string[] = []
    while (texts.at(-1) !== 'end') texts.push((await watcher.next('publish')).payload.toString())
    expect(texts).toEqual(['zero', 'one', 'end'])
  },
)

it('PINGREQ is answered even if DISCONNECT, or a violation of the protocol, follows in the same write [MQTT-3.12.4-1]', async () => {
  const { port } = await createMqttFixture({ settings: { anonymous: { publish: [], subscribe: [] } } })
  for (const last of [{ cmd: 'disconnect' } as const, connectPacket({ clientId: 'c1' })]) {
    const client = await enterAs(port, undefined)
    client.write({ cmd: 'pingreq' }, last)
    await client.next('pingresp')
    await client.closed
  }
})
