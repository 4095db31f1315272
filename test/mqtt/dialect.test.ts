// The broker with a made-up dialect, whose topics have the verb first and the device last: this room spells no topic of devices itself.

import { afterEach, expect, test } from 'vitest'
import type { DeviceTopics, Dialect } from '../../src/ota/dialects/dialect.ts'
import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { enterAs, publishPacket, subscribe } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const topicsOf = (product: string, name: string): DeviceTopics => {
  const end = `/${product}/${name}`
  return {
    owns: (topic) => topic.startsWith('/upd/') && topic.endsWith(end) && topic.split('/').length === 5,
    up: (topic) => (topic === `/upd/report${end}` ? 'reported' : topic === `/upd/ask${end}` ? 'asked' : null),
    selfTest: () => null,
    isDown: (topic) => topic.startsWith('/upd/offer/') || topic.startsWith('/upd/children/'),
    down: (channel) => `/upd/${channel === 'ota' ? 'offer' : 'children'}${end}`,
  }
}

const verbFirst: Dialect = {
  ...fogcloud,
  topicsOf,
  isReserved: (topic) => /^\/upd\/(report|ask|offer|children)\/[^/]+\/[^/]+$/.test(topic),
}

const anyone = { anonymous: { publish: ['#'], subscribe: ['#'] } }

const open = () => createMqttFixture({ dialect: verbFirst, settings: anyone })

test("an uplink reaches the core under the dialect's name for it", async () => {
  const { core, port } = await open()
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket('/upd/report/pk/dn', 'one', { messageId: 1 }), publishPacket('/upd/ask/pk/dn', 'two', { messageId: 2 }))
  await device.next('puback')
  await device.next('puback')
  expect(core.received).toEqual([
    { device: 'pk/dn', up: 'reported', text: 'one' },
    { device: 'pk/dn', up: 'asked', text: 'two' },
  ])
})

test('a push goes to its down topic, by whatever filter covers it', async () => {
  const { broker, core, port } = await open()
  const device = await enterAs(port, 'dn&pk')
  expect(await subscribe(device, ['/upd/+/pk/dn', 1])).toEqual([1])
  await core.saw('subscribed pk/dn 1 ota')
  expect(broker.transport.send('pk/dn', { channel: 'ota', text: 'offer' })).toBe(true)
  expect(broker.transport.send('pk/dn', { channel: 'topo', text: 'answer' })).toBe(true)
  const pushed = [await device.next('publish'), await device.next('publish')]
  expect(pushed.map(({ topic, payload }) => `${topic} ${String(payload)}`)).toEqual([
    '/upd/offer/pk/dn offer',
    '/upd/children/pk/dn answer',
  ])
})

test('foreign topics, down topics and those of FogCloud are denied to a device', async () => {
  const { core, counts, port } = await open()
  const device = await enterAs(port, 'dn&pk')
  expect(await subscribe(device, ['/upd/offer/pk/other', 1], ['fogcloud/pk/dn/thing/down/ota', 1])).toEqual([128, 128])
  for (const topic of ['/upd/report/pk/other', 'fogcloud/pk/dn/thing/up/ota', '/upd/offer/pk/dn']) {
    device.write(publishPacket(topic, 'x'))
    await device.next('puback')
  }
  expect([counts.get('publish_denied foreign_topic'), counts.get('publish_denied down_topic')]).toEqual([2, 1])
  expect(core.received).toEqual([])
})

test('an ordinary topic of the device is routed, and a user may publish on none that is reserved', async () => {
  const { counts, port } = await open()
  const [device, user] = [await enterAs(port, 'dn&pk'), await enterAs(port, undefined)]
  await subscribe(user, ['/upd/#', 0])
  device.write(publishPacket('/upd/status/pk/dn', 'ok'))
  expect(await user.next('publish')).toMatchObject({ topic: '/upd/status/pk/dn' })
  user.write(publishPacket('/upd/offer/pk/dn', 'forged'))
  await user.next('puback')
  expect(counts.get('publish_denied ota_topic')).toBe(1)
})
