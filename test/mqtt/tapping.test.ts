// Self-test messages of devices that are being tested: handed on, acknowledged once they are recorded, and delivered as ever.

import { afterEach, describe, expect, test } from 'vitest'
import type { SelfTestTopic, Tap } from '../../src/ota/ports/mqtt.ts'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { memoryRows } from '../support/mqtt-memory-rows.ts'
import { failWrites } from '../support/mqtt-sessions-fixture.ts'
import { enterAs, publishPacket, subscribe, type WireClient } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const event = 'fogcloud/pk/dn/thing/up/event/selftest/post'
const property = 'fogcloud/pk/dn/thing/up/property/post'

interface Tapped {
  readonly device: string
  readonly topic: SelfTestTopic
  readonly text: string
}

const open = async () => {
  const rows = memoryRows()
  const got: Tapped[] = []
  const wanted = new Set(['pk/dn'])
  const asked: string[] = []
  const gate = { recorded: (): Promise<void> => Promise.resolve() }
  const tap: Tap = {
    wants(device) {
      asked.push(device)
      return wanted.has(device)
    },
    message({ device }, topic, payload) {
      got.push({ device, topic, text: Buffer.from(payload).toString() })
      return gate.recorded()
    },
  }
  const fixture = await createMqttFixture({ rows, tap, settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
  const listen = async (): Promise<WireClient> => {
    const listener = await enterAs(fixture.port, undefined, { clientId: 'l', clean: false })
    await subscribe(listener, ['fogcloud/#', 2])
    return listener
  }
  return { ...fixture, rows, tap, got, wanted, asked, gate, listen, enter: (clean = false) => enterAs(fixture.port, 'dn&pk', { clean }) }
}

const cmds = (wire: WireClient): readonly string[] => wire.came.map(({ cmd }) => cmd)

describe('a device that is wanted', () => {
  test('has its two topics handed on in order, at each QoS, and its subscribers get them too', async () => {
    const { got, listen, enter } = await open()
    const listener = await listen()
    const device = await enter()
    device.write(
      publishPacket(event, '{"a":1}', { qos: 0 }),
      publishPacket(property, '{"b":2}', { qos: 1, messageId: 1 }),
      publishPacket(event, '{"c":3}', { qos: 2, messageId: 2 }),
    )
    await device.next('puback')
    await device.next('pubrec')
    expect(got).toEqual([
      { device: 'pk/dn', topic: 'event/selftest', text: '{"a":1}' },
      { device: 'pk/dn', topic: 'property', text: '{"b":2}' },
      { device: 'pk/dn', topic: 'event/selftest', text: '{"c":3}' },
    ])
    for (const text of ['{"a":1}', '{"b":2}', '{"c":3}']) expect((await listener.next('publish')).payload.toString()).toBe(text)
  })

  test('has nothing else handed on: no other topic, no longer one, no report, no child of a gateway', async () => {
    const { got, enter, core } = await open()
    const device = await enter()
    const others = [
      'fogcloud/pk/dn/thing/up/event/other/post',
      'fogcloud/pk/dn/thing/up/property/post/more',
      'fogcloud/pk/dn/thing/up/property',
      'fogcloud/pk/other/thing/up/property/post',
      'fogcloud/pk/dn/thing/up/ota',
    ]
    device.write(...others.map((topic, at) => publishPacket(topic, '{}', { messageId: at + 1 })))
    for (const _ of others) await device.next('puback')
    expect(got).toEqual([])
    expect(core.received.length).toBe(1)
  })

  test('is acknowledged when it is recorded, and what follows in its order', async () => {
    const { gate, listen, enter } = await open()
    const listener = await listen()
    const device = await enter()
    let record = (): void => undefined
    gate.recorded = () =>
      new Promise((resolve) => {
        record = resolve
      })
    device.write(publishPacket(property, '1', { messageId: 1 }), publishPacket('fogcloud/pk/dn/other', '2', { messageId: 2 }))
    expect((await listener.next('publish')).payload.toString()).toBe('1')
    await device.ping()
    expect(cmds(device)).toEqual(['connack', 'pingresp'])
    record()
    expect([(await device.next('puback')).messageId, (await device.next('puback')).messageId]).toEqual([1, 2])
  })

  test.each([
    [1 as const, 'puback' as const],
    [2 as const, 'pubrec' as const],
  ])('is disconnected without an acknowledgement if it cannot be recorded, and sends it again (QoS %s)', async (qos, answer) => {
    const { gate, got, listen, enter } = await open()
    const listener = await listen()
    const device = await enter()
    gate.recorded = () => Promise.reject(new Error('disk full'))
    device.write(publishPacket(property, '1', { qos, messageId: 5 }))
    await device.closed
    expect(cmds(device)).toEqual(['connack'])
    expect((await listener.next('publish')).payload.toString()).toBe('1')
    gate.recorded = () => Promise.resolve()
    const again = await enter()
    again.write(publishPacket(property, '1', { qos, messageId: 5, dup: true }))
    await again.next(answer)
    expect(got.map(({ text }) => text)).toEqual(['1', '1'])
    await listener.ping()
    expect(cmds(listener).filter((cmd) => cmd === 'publish').length).toBe(qos === 1 ? 2 : 1)
  })

  test('an exception of the tap ends its connection, never the server', async () => {
    const { gate, enter } = await open()
    const device = await enter()
    gate.recorded = () => {
      throw new Error('a fault')
    }
    device.write(publishPacket(property, '1'))
    await device.closed
    gate.recorded = () => Promise.resolve()
    const again = await enter()
    again.write(publishPacket(property, '1'))
    await again.next('puback')
  })

  test('is not acknowledged either where the router could not store the message', async () => {
    const { rows, listen, enter } = await open()
    await listen()
    const device = await enter()
    const free = failWrites(rows)
    device.write(publishPacket(property, '1'))
    await device.closed
    free()
    expect(cmds(device)).toEqual(['connack'])
  })

  test('a QoS 2 message that was stored before the server was killed is handed on again, and delivered once', async () => {
    const { rows, tap, got, gate, listen, enter, broker } = await open()
    await listen()
    const device = await enter()
    gate.recorded = () => new Promise(() => undefined)
    device.write(publishPacket(event, '1', { qos: 2, messageId: 9 }))
    await device.ping()
    await broker.close()
    gate.recorded = () => Promise.resolve()
    const { port } = await createMqttFixture({ rows, tap })
    const again = await enterAs(port, 'dn&pk', { clean: false })
    again.write(publishPacket(event, '1', { qos: 2, messageId: 9, dup: true }))
    await again.next('pubrec')
    expect(got.map(({ text }) => text)).toEqual(['1', '1'])
    expect(Array.from(rows.values.keys()).filter((key) => key.startsWith('q:')).length).toBe(1)
  })

  test('what the tap gets is its own copy', async () => {
    const { tap, enter } = await open()
    const kept: Uint8Array[] = []
    const { message } = tap
    Object.assign(tap, {
      message(...[connection, topic, payload]: Parameters<Tap['message']>) {
        kept.push(payload)
        return message(connection, topic, payload)
      },
    })
    const device = await enter()
    for (const text of ['first', 'other']) {
      device.write(publishPacket(property, text))
      await device.next('puback')
    }
    expect(kept.map((payload) => Buffer.from(payload).toString())).toEqual(['first', 'other'])
    expect(kept.every(({ byteLength, buffer }) => buffer.byteLength === byteLength)).toBe(true)
  })
})

test('a device that is not wanted, or not any more, and a client that is no device have nothing handed on', async () => {
  const { got, wanted, asked, port, enter } = await open()
  wanted.clear()
  const device = await enter()
  device.write(publishPacket(property, '1'))
  await device.next('puback')
  const user = await enterAs(port, undefined, { clientId: 'u' })
  user.write(publishPacket(property, '1'))
  await user.next('puback')
  expect([got, asked]).toEqual([[], ['pk/dn']])
  wanted.add('pk/dn')
  device.write(publishPacket(property, '2'))
  await device.next('puback')
  expect(got.map(({ text }) => text)).toEqual(['2'])
})
