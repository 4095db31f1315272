// Persistent sessions: ordinary messages wait in them, pushes never do, and no session has another's.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { hashPassword } from '../../src/password.ts'
import { type DeviceClient, downTopic, enter, type Name, prefixOf } from '../support/device-client.ts'
import { createServerFixture, makePlace, push, type ServerFixture, textOf } from '../support/server-fixture.ts'
import { enterAs, publishPacket, subscribe, type WireClient } from '../support/wire-client.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let server: ServerFixture
let data: string
let settings: object
let clean: () => Promise<void>

beforeAll(async () => {
  const place = await makePlace()
  clean = place.clean
  data = join(place.path, 'data')
  const user = { username: 'operator', passwordHash: await hashPassword('pw'), publish: ['fogcloud/#'], subscribe: ['fogcloud/#'] }
  settings = { mqtt: { users: [user] }, ota: { settleSeconds: 0 } }
  server = await createServerFixture(data, settings)
})
afterAll(async () => {
  await server.stop()
  await clean()
})

const operator = (): Promise<WireClient> => enterAs(server.port, 'operator', { clientId: 'op', password: Buffer.from('pw') })

/** An operator's ordinary messages, acknowledged: they are in all subscribed sessions. */
const publish = async (who: Name, ...texts: readonly string[]): Promise<void> => {
  const wire = await operator()
  for (const [at, text] of texts.entries()) {
    wire.write(publishPacket(`${prefixOf(who)}cmd`, text, { messageId: at + 1 }))
    await wire.next('puback')
  }
  await wire.end()
}

const back = (who: Name): Promise<DeviceClient> => enter(server, who, { clean: false })
const texts = (device: DeviceClient): readonly string[] => device.received().map(({ payload }) => payload.toString())

/** Subscribes to the down topics and an ordinary topic, in a persistent session. */
const settle = async (who: Name): Promise<DeviceClient> => {
  const device = await back(who)
  expect(await subscribe(device.wire, [`${prefixOf(who)}thing/down/#`, 1], [`${prefixOf(who)}cmd`, 1])).toEqual([1, 1])
  return device
}

/** Receives and acknowledges until `text` has arrived. */
const hearUntil = async (device: DeviceClient, text: string): Promise<void> => {
  for (;;) {
    const { payload, messageId } = await device.wire.next('publish')
    if (messageId !== undefined) device.wire.write({ cmd: 'puback', messageId })
    if (payload.toString() === text) return
  }
}

it('a push that was not acknowledged before the connection broke is not sent from the session; an ordinary message is', async () => {
  const who = { product: 'queue', name: 'drops' }
  const device = await settle(who)
  await device.report('version.post', { version: '1' })
  await publish(who, 'ordinary')
  const ordinary = await device.wire.next('publish')
  expect(ordinary.payload.toString()).toBe('ordinary')
  await push(server, { product: 'queue', version: '2' }, Buffer.from('image'), { target: { devices: ['queue/drops'] } })
  const pushed = await device.wire.next('publish')
  expect(pushed).toMatchObject({ topic: downTopic(who), qos: 1, retain: false })
  // Neither has had its PUBACK.
  device.wire.reset()
  await device.wire.closed

  const again = await back(who)
  expect(again.present).toBe(true)
  await publish(who, 'later')
  await hearUntil(again, 'later')
  expect(texts(again)).toEqual(['ordinary', 'later'])
  await again.report('version.post', { version: '1' })
  const second = await again.wire.next('publish')
  expect(second).toMatchObject({ topic: downTopic(who), dup: false })
  await again.wire.end()
})

it('after a restart of the server neither, nor once the task is canceled', async () => {
  const who = { product: 'queue', name: 'restarts' }
  const device = await settle(who)
  await device.report('version.post', { version: '1' })
  const campaign = await push(server, { product: 'queue', version: '3' }, Buffer.from('other image'), {
    target: { devices: ['queue/restarts'] },
  })
  await device.wire.next('publish')
  await publish(who, 'ordinary')
  await device.wire.next('publish')
  device.wire.reset()
  await device.wire.closed
  await server.kill()
  server = await createServerFixture(data, settings)
  await server.call('POST', `/campaigns/${campaign}/cancel`)

  const again = await back(who)
  expect(again.present).toBe(true)
  await again.report('version.post', { version: '1' })
  await publish(who, 'later')
  await hearUntil(again, 'later')
  expect(texts(again)).toEqual(['ordinary', 'later'])
  await again.wire.end()
})

it('dev1 and dev10 have their own sessions, queues and tasks, also over a restart', async () => {
  const one = { product: 'queue', name: 'dev1' }
  const ten = { product: 'queue', name: 'dev10' }
  for (const who of [one, ten]) {
    const device = await settle(who)
    await device.report('version.post', { version: who.name })
    await device.wire.end()
  }
  await publish(ten, 'ten 1', 'ten 2')
  await publish(one, 'one 1')
  await server.stop()
  server = await createServerFixture(data, settings)
  await publish(one, 'one 2')
  await publish(ten, 'ten 3')

  const first = await back(one)
  await publish(one, 'end')
  await hearUntil(first, 'end')
  expect(texts(first)).toEqual(['one 1', 'one 2', 'end'])
  const tenth = await back(ten)
  await publish(ten, 'end')
  await hearUntil(tenth, 'end')
  expect(texts(tenth)).toEqual(['ten 1', 'ten 2', 'ten 3', 'end'])

  await push(server, { product: 'queue', version: '4' }, Buffer.from('image for dev1'), { target: { devices: ['queue/dev1'] } })
  const offer = await first.next()
  await publish(ten, 'ten 4')
  await hearUntil(tenth, 'ten 4')
  expect(tenth.offered()).toEqual([])
  expect(textOf((await server.call('GET', `/tasks/${offer.task}`))['device'])).toBe('queue/dev1')
  await tenth.report('upgrade.post', { step: -1, desc: 'of another device', task_id: offer.task })
  await tenth.report('version.post', { version: '4' })
  expect(textOf((await server.call('GET', `/tasks/${offer.task}`))['state'])).toBe('notified')
  for (const [name, version] of [
    ['dev1', 'dev1'],
    ['dev10', '4'],
  ]) {
    expect(textOf((await server.call('GET', `/devices/queue/${name}`))['modules']?.['default']?.['version'])).toBe(version)
  }
  await first.wire.end()
  await tenth.wire.end()
})
