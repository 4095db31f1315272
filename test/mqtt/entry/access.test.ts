// Topic rights of devices and users (protocol.md §6).

import { describe, expect, test } from 'vitest'
import { deviceRights, filterRights } from '../../../src/mqtt/entry/access.ts'
import { fogcloud } from '../../../src/ota/dialects/fogcloud.ts'

const device = deviceRights(fogcloud.topicsOf('pk', 'dev1'))

test.each([
  ['fogcloud/pk/dev1/thing/up/ota', 'ota'],
  ['fogcloud/pk/dev1/thing/up/topo', 'topo'],
  ['fogcloud/pk/dev1/thing/up/property', 'pass'],
  ['fogcloud/pk/dev1/thing/up/ota/x', 'pass'],
  ['fogcloud/pk/dev1/anything', 'pass'],
  ['fogcloud/pk/dev1/thing/down/ota', 'down_topic'],
  ['fogcloud/pk/dev1/thing/down/property', 'down_topic'],
  ['fogcloud/pk/dev10/thing/up/ota', 'foreign_topic'],
  ['fogcloud/pk/dev1', 'foreign_topic'],
  ['fogcloud/other/dev1/thing/up/ota', 'foreign_topic'],
  ['/fogcloud/pk/dev1/x', 'foreign_topic'],
  ['$SYS/x/new/clients', 'system_topic'],
])('a device publishing to %s: %s', (topic, decision) => expect(device.uplink(topic) ?? device.publish(topic)).toBe(decision))

test.each([
  ['fogcloud/pk/dev1/thing/down/ota', true],
  ['fogcloud/pk/dev1/#', true],
  ['fogcloud/pk/dev1/+/down/#', true],
  ['fogcloud/pk/dev1', false],
  ['fogcloud/pk/dev10/#', false],
  ['fogcloud/+/dev1/#', false],
  ['fogcloud/pk/+/#', false],
  ['fogcloud/pk/dev1/a#', false],
  ['#', false],
  ['+/#', false],
  ['$SYS/#', false],
  ['$share/g/fogcloud/pk/dev1/#', false],
])('a device subscribing %s: %s', (filter, allowed) => expect(device.subscribe(filter)).toBe(allowed))

test('a device receives messages on its own topics, but none on those that the server writes to directly', () => {
  expect(device.receive('fogcloud/pk/dev1/thing/down/property')).toBe(true)
  expect(device.receive('fogcloud/pk/dev1/thing/down/ota')).toBe(false)
  expect(device.receive('fogcloud/pk/dev1/thing/down/topo')).toBe(false)
  expect(device.receive('fogcloud/pk/dev10/thing/down/property')).toBe(false)
})

test('names with spaces, bars and non-ASCII characters work like others', () => {
  const rights = deviceRights(fogcloud.topicsOf('产品 1', 'ü|b'))
  expect(rights.uplink('fogcloud/产品 1/ü|b/thing/up/ota')).toBe('ota')
  expect(rights.subscribe('fogcloud/产品 1/ü|b/#')).toBe(true)
})

test('the uplinks of a device are not for ordinary messages and wills', () => {
  expect(device.publish('fogcloud/pk/dev1/thing/up/ota')).toBe('ota_topic')
  expect(device.publish('fogcloud/pk/dev1/thing/up/topo')).toBe('ota_topic')
})

describe('a user', () => {
  const user = filterRights(['#'], ['fogcloud/pk/+/thing/up/#', 'desk/#'], fogcloud.isReserved)

  test.each([
    ['desk/x', 'pass'],
    ['fogcloud/pk/dn/thing/down/property', 'pass'],
    ['fogcloud/pk/dn/thing/down/ota', 'ota_topic'],
    ['fogcloud/pk/dn/thing/down/topo', 'ota_topic'],
    ['fogcloud/pk/dn/thing/up/ota', 'ota_topic'],
    ['$SYS/x', 'system_topic'],
  ])('with all topics publishing to %s: %s', (topic, decision) => expect(user.uplink(topic) ?? user.publish(topic)).toBe(decision))

  test('without a filter may do nothing', () => {
    const none = filterRights([], [], fogcloud.isReserved)
    expect([none.publish('a'), none.subscribe('a'), none.receive('a')]).toEqual(['not_covered', false, false])
  })

  test.each([
    ['fogcloud/pk/dn/thing/up/ota', true],
    ['fogcloud/pk/+/thing/up/+', true],
    ['fogcloud/+/dn/thing/up/ota', false],
    ['fogcloud/#', false],
    ['desk', true],
    ['desk/a#', false],
    ['$share/g/desk/x', false],
  ])('subscribing %s: %s', (filter, allowed) => expect(user.subscribe(filter)).toBe(allowed))

  test('is sent only what its filters match now', () => {
    expect(user.receive('fogcloud/pk/dn/thing/up/ota')).toBe(true)
    expect(user.receive('fogcloud/pk/dn/thing/down/ota')).toBe(false)
  })
})

test('OTA topics have six levels', () => {
  expect(fogcloud.isReserved('fogcloud/a/b/thing/down/ota')).toBe(true)
  expect(fogcloud.isReserved('fogcloud/a/b/c/thing/down/ota')).toBe(false)
  expect(fogcloud.isReserved('other/a/b/thing/down/ota')).toBe(false)
})
