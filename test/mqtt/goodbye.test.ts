// Clients that say goodbye and are gone in the same instant, as most do.

import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { memoryRows } from './memory.ts'
import { closeRigs, createRig } from './rig.ts'
import { enterAs, publishPacket, subscribe } from './wire.ts'

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
