// The session store over LevelDB: apart from what else lies in the directory, and no fault of it ends the process.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { createSessions } from '../../src/mqtt/sessions.ts'
import { closeRigs, createLog, createRig } from './rig.ts'
import { levelStore } from './store.ts'
import { connectAs, enterAs, patient, publishPacket, subscribe } from './wire.ts'

afterEach(closeRigs)

const anonymous = { publish: ['#'], subscribe: ['#'] }

test('subscriptions and queues outlive a restart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-mqtt-'))
  const level = new Level(directory)
  onTestFinished(async () => {
    await closeRigs()
    await level.close()
    await rm(directory, { recursive: true })
  })
  const start = () => createRig({ settings: { anonymous }, sessions: createSessions(level.sublevel('sessions'), createLog([])) })
  const first = await start()
  const device = await enterAs(first.port, 'dn&pk', { clean: false })
  await subscribe(device, ['fogcloud/pk/dn/#', 1])
  await device.end()
  await first.core.saw('disconnected pk/dn 1')
  const operator = await enterAs(first.port, undefined)
  operator.write(publishPacket('fogcloud/pk/dn/thing/down/property', 'while away'))
  await operator.next('puback')
  await operator.ping()
  await first.broker.close()

  const second = await start()
  const { wire, present } = await connectAs(second.port, 'dn&pk', { clean: false })
  expect(present).toBe(true)
  expect(String((await wire.next('publish')).payload)).toBe('while away')
  await second.core.saw('subscribed pk/dn 1 ota')
  expect((await level.keys().all()).every((key) => key.startsWith('!sessions!'))).toBe(true)
})

test('a store that fails ends connections, not the process', async () => {
  const store = await levelStore()
  onTestFinished(async () => {
    await closeRigs()
    await store.close()
  })
  const { port, log, counts } = await createRig({ settings: { anonymous }, sessions: store.sessions })
  const [clean, stay] = [await enterAs(port, 'dev1&pk'), await enterAs(port, 'dev2&pk', { clean: false })]
  await store.fail()
  expect(await subscribe(clean, ['fogcloud/pk/dev1/#', 1])).toEqual([1])
  await vi.waitUntil(() => store.said.length > 0, patient)
  expect(store.said[0]).toMatchObject({ level: 'error', message: 'retained messages could not be read' })
  stay.write({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'fogcloud/pk/dev2/#', qos: 1 }] })
  await stay.closed
  await clean.ping()
  expect(counts.get('refused session')).toBe(1)
  expect(log.filter(({ level }) => level === 'error')).toEqual([])
})
