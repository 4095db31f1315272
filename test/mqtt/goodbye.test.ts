// Clients that are gone sooner than the disk is done: right behind their DISCONNECT, as most are, or before their CONNACK.

import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { closeRigs, createRig } from './rig.ts'
import { memoryRows } from './sessions/memory.ts'
import { connectPacket, enterAs, openWire, patient, publishPacket, subscribe } from './wire.ts'

afterEach(closeRigs)

it('a DISCONNECT voids the will though the connection ends right behind it [MQTT-3.14.4-3]', async () => {
  // As slow as a disk: the connection has ended before the will is gone from it.
  const rows = memoryRows()
  rows.gate = () => pause(5)
  const { port } = await createRig({ rows, settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
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

it('nothing stays of the will of a client that was gone before its CONNACK', async () => {
  const rows = memoryRows()
  let open: () => void = () => undefined
  const { port, broker } = await createRig({ rows, settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
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
  // What a later client keeps is written behind it.
  const other = await enterAs(port, undefined, { clientId: 'other' })
  other.write(publishPacket('kept', 'x', { retain: true }))
  await other.next('puback')
  await vi.waitFor(() => expect(wills()).toEqual([]), patient)
})
