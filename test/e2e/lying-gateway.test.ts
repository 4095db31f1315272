// A gateway that speaks for devices that are not its own, on real connections to a real server.

import { join } from 'node:path'
import type { IPublishPacket } from 'mqtt-packet'
import { afterEach, expect, it, vi } from 'vitest'
import { type DeviceClient, enter, prefixOf } from '../support/device-client.ts'
import { isFull } from '../support/full.ts'
import { createServerFixture, listOf, makePlace, push, type ServerFixture, textOf } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { publishPacket, subscribe } from '../support/wire-client.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const start = async (settings: object = {}): Promise<ServerFixture> => {
  const place = await makePlace()
  closers.push(place.clean)
  const server = await createServerFixture(join(place.path, 'data'), { ota: { settleSeconds: 0 }, ...settings })
  closers.push(server.stop)
  return server
}

const liar = { product: 'hub', name: 'liar' }
const board = { product: 'lamp', name: 'l1' }
const lampIs = (version: string): object => ({ identity: { product_key: 'lamp', device_name: 'l1' }, version, module: 'default' })

/** Sends `add` and answers which devices were accepted. */
const add = async ({ wire, received }: DeviceClient, who: typeof liar, name: string): Promise<readonly string[]> => {
  await subscribe(wire, [`${prefixOf(who)}thing/down/topo`, 1])
  const params = [{ product_key: 'lamp', device_name: name }]
  const text = JSON.stringify({ id: 7, version: '1.0', method: 'add', params })
  wire.write(publishPacket(`${prefixOf(who)}thing/up/topo`, text, { messageId: 9 }))
  await wire.next('puback')
  const isAnswer = ({ topic }: IPublishPacket): boolean => topic.endsWith('/down/topo')
  const answer = await waitFor('the answer to add', () => received().find(isAnswer))
  return listOf(JSON.parse(answer.payload.toString())['params']).map((one) => textOf(one['device_name']))
}

it.runIf(isFull)('what it reports of a device that has come itself does not count, and an operator is asked', async () => {
  const server = await start()
  const gateway = await enter(server, liar, { password: Buffer.from('any') })
  await gateway.listen()
  await gateway.report('sub.version.post', [lampIs('1.0.0')])
  expect((await server.call('GET', '/devices/lamp/l1'))['gateway']).toBe('hub/liar')

  const lamp = await enter(server, board, { password: Buffer.from('its own') })
  await lamp.listen()
  const campaign = await push(server, { product: 'lamp', version: '1.1.0' }, Buffer.from('image'))
  await lamp.report('version.post', { version: '1.0.0' })
  expect((await lamp.next()).method).toBe('firmware.post')
  await gateway.report('sub.version.post', [lampIs('1.1.0')])
  await gateway.report('sub.upgrade.post', [{ ...lampIs('1.1.0'), step: -1 }])

  expect((await server.call('GET', `/campaigns/${campaign}`))['counts']).toMatchObject({ succeeded: 0, failed: 0, notified: 1 })
  expect(await server.call('GET', '/devices/lamp/l1')).toMatchObject({
    gateway: null,
    disputed: 'hub/liar',
    modules: { default: { version: '1.0.0' } },
  })
  expect(gateway.offered()).toEqual([])
  const why = listOf((await server.call('GET', '/devices/lamp/l1/why'))['items'])
  expect(why.find(({ rule }) => textOf(rule) === 'disputed')).toMatchObject({ ok: false, params: { gateway: 'hub/liar' } })
  expect(server.output.stdout).toContain('a device connects under a name that a gateway reports for')

  await server.command('device', 'add', 'lamp/l1', '--no-gateway')
  expect(await server.call('GET', '/devices/lamp/l1')).toMatchObject({ gateway: null, disputed: null })
  await lamp.report('version.post', { version: '1.1.0' })
  expect((await server.call('GET', `/campaigns/${campaign}`))['counts']).toMatchObject({ succeeded: 1 })
})

it.runIf(isFull)('a device with a secret leaves it at its CONNECT', async () => {
  const server = await start()
  const gateway = await enter(server, liar)
  await gateway.report('sub.version.post', [lampIs('1.0.0')])
  await server.call('PATCH', '/devices/lamp/l1', { secret: '0123456789abcdef0123456789abcdef' })
  await enter(server, board, { password: Buffer.from('0123456789abcdef0123456789abcdef') })
  await gateway.report('sub.version.post', [lampIs('6.6.6')])
  const line = { device: 'lamp/l1', from: 'hub/liar', to: null }
  expect(await server.call('GET', '/devices/lamp/l1')).toMatchObject({
    gateway: null,
    modules: { default: { version: '1.0.0' } },
    takeovers: [line],
  })
  expect(await server.call('GET', '/devices/hub/liar')).toMatchObject({ takeovers: [line] })
  expect(server.output.stdout).toContain('a device has proved itself and leaves its gateway')
})

it.each(['first-use', 'closed'])('it cannot take what an operator gave to another gateway, with enrolment %s', async (enrolment) => {
  const server = await start({ devices: { enrolment }, ota: { gatewayTakeover: 'free' } })
  const secret = '0123456789abcdef0123456789abcdef'
  await server.call('PUT', '/devices/hub/liar', { secret })
  await server.call('PUT', '/devices/hub/good', {})
  await server.call('PUT', '/devices/lamp/l1', { gateway: 'hub/good' })
  const gateway = await enter(server, liar, { password: Buffer.from(secret) })
  expect(await add(gateway, liar, 'l1')).toEqual([])
  await gateway.report('sub.version.post', [lampIs('6.6.6')])
  expect(await server.call('GET', '/devices/lamp/l1')).toMatchObject({ gateway: 'hub/good', modules: {} })
})
