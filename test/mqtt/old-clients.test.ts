// Clients of MQTT 3.1, on real connections: what that standard allows and MQTT 3.1.1 does not (MQTT 3.1 §3.1, §3.2).

import { expect, test } from 'vitest'
import { createMqttFixture, type MqttFixture } from '../support/mqtt-fixture.ts'
import { field, type RawConnect, rawConnect } from '../support/mqtt-frames.ts'
import { openWire, publishPacket, subscribe, type WireClient } from '../support/wire-client.ts'

const old = { name: 'MQIsdp', level: 3 } as const
const [clean, username, password] = [2, 128, 64]

const send = async (fixture: MqttFixture, change: RawConnect, ...payload: Parameters<typeof rawConnect>[1][]): Promise<WireClient> => {
  const wire = await openWire(fixture.port)
  wire.stream.write(rawConnect({ ...old, ...change }, ...payload))
  return wire
}

/** CONNACK's last two bytes. */
const answer = async (wire: WireClient): Promise<readonly unknown[]> => {
  const { sessionPresent, returnCode } = await wire.next('connack')
  return [sessionPresent, returnCode]
}

test.each([
  ['a user name and a password that are announced and missing', { flags: clean | username | password }, []],
  ['a password that is announced and missing', { flags: clean | username | password }, [field('dn&pk')]],
  ['the reserved flag', { flags: clean | username | 1 }, [field('dn&pk')]],
  ["a will's QoS and retain flag, and no will", { flags: clean | username | 8 | 32 }, [field('dn&pk')]],
  ['DUP in the fixed header', { first: 0x18, flags: clean | username }, [field('dn&pk')]],
  ['QoS and retain in the fixed header', { first: 0x13, flags: clean | username }, [field('dn&pk')]],
] as const)('a CONNECT with %s is admitted, and works', async (_what, change, payload) => {
  const fixture = await createMqttFixture({ settings: { anonymous: { publish: ['fogcloud/#', 'x/#'], subscribe: ['x/#'] } } })
  const wire = await send(fixture, change, field('c'), ...payload)
  expect(await answer(wire)).toEqual([false, 0])
  await wire.ping()
  const topic = payload.length === 0 ? 'x/y' : 'fogcloud/pk/dn/y'
  expect(await subscribe(wire, [topic, 1])).toEqual([1])
  wire.write(publishPacket(topic, 'hello'))
  await wire.next('puback')
  expect((await wire.next('publish')).payload.toString()).toBe('hello')
})

test.each([
  { first: 0x18, name: 'MQTT', level: 4 },
  { name: 'MQTT', level: 4, flags: 3 },
  { name: 'MQTT', level: 4, flags: clean | username | password },
])('at MQTT 3.1.1 the same ends the connection: %j', async (change) => {
  const fixture = await createMqttFixture()
  const wire = await send(fixture, change, field('c'), ...(change.flags === (clean | username | password) ? [field('dn&pk')] : []))
  await wire.closed
  expect(wire.came).toEqual([])
})

test('CONNACK never says that a session is present, which is continued all the same', async () => {
  const fixture = await createMqttFixture()
  const first = await send(fixture, { flags: username }, field('c'), field('dn&pk'))
  expect(await answer(first)).toEqual([false, 0])
  await subscribe(first, ['fogcloud/pk/dn/x', 1])
  await first.end()
  const again = await send(fixture, { flags: username }, field('c'), field('dn&pk'))
  expect(await answer(again)).toEqual([false, 0])
  again.write(publishPacket('fogcloud/pk/dn/x', 'still subscribed'))
  expect((await again.next('publish')).payload.toString()).toBe('still subscribed')
  await again.end()
  const newer = await send(fixture, { name: 'MQTT', level: 4, flags: username }, field('c'), field('dn&pk'))
  expect(await answer(newer)).toEqual([true, 0])
})

test.each([username, clean | username])('an empty client id is answered with 2: flags %i', async (flags) => {
  const fixture = await createMqttFixture()
  const wire = await send(fixture, { flags }, field(''), field('dn&pk'))
  expect(await answer(wire)).toEqual([false, 2])
  await wire.closed
  const newer = await send(fixture, { name: 'MQTT', level: 4, flags: clean | username }, field(''), field('dn&pk'))
  expect(await answer(newer)).toEqual([false, 0])
})

test('DISCONNECT with flags is one: the will is not published', async () => {
  const fixture = await createMqttFixture({ settings: { anonymous: { publish: ['w'], subscribe: ['w'] } } })
  const watcher = await send(fixture, {}, field('watcher'))
  await answer(watcher)
  await subscribe(watcher, ['w', 1])
  const leaving = await send(fixture, { flags: clean | 4 }, field('c'), field('w'), field('gone'))
  await answer(leaving)
  leaving.stream.write(Buffer.from([0xe8, 0]))
  await leaving.closed
  const cut = await send(fixture, { flags: clean | 4 }, field('d'), field('w'), field('cut'))
  await answer(cut)
  await cut.end()
  expect((await watcher.next('publish')).payload.toString()).toBe('cut')
})
