// PUBACK means recorded on disk.

import { afterEach, expect, test } from 'vitest'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { connectPacket, enterAs, openWire, publishPacket } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const up = 'fogcloud/pk/dn/thing/up/ota'

/** A gate that the test opens. */
const gate = () => {
  let open: (failure?: Error) => void = () => undefined
  const passed = new Promise<void>((resolve, reject) => {
    open = (failure) => (failure === undefined ? resolve() : reject(failure))
  })
  return { passed, open }
}

test('a report is acknowledged only once it is recorded', async () => {
  const { core, port } = await createMqttFixture()
  const { passed, open } = gate()
  core.gate = () => passed
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket(up, 'one', { messageId: 41 }))
  await core.gotUplinks(1)
  await device.ping()
  expect(device.came.map(({ cmd }) => cmd)).not.toContain('puback')
  open()
  expect((await device.next('puback')).messageId).toBe(41)
  expect(core.received).toEqual([{ device: 'pk/dn', up: 'ota', text: 'one' }])
})

test('a report that cannot be recorded is not acknowledged and the socket closes', async () => {
  const { core, port, log } = await createMqttFixture()
  core.gate = () => Promise.reject(new Error('disk full'))
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket(up, 'one'))
  await device.closed
  expect(device.came.map(({ cmd }) => cmd)).toEqual(['connack'])
  expect(log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    'a message could not be stored: closing the connection without acknowledging it',
  ])
})

test('of several reports in one segment, those that were recorded are acknowledged, in order', async () => {
  const { core, port } = await createMqttFixture()
  const device = await enterAs(port, 'dn&pk')
  device.write(...[1, 2, 3].map((messageId) => publishPacket(up, `r${messageId}`, { messageId })))
  const acked = [await device.next('puback'), await device.next('puback'), await device.next('puback')]
  expect(acked.map(({ messageId }) => messageId)).toEqual([1, 2, 3])
  expect(core.received.map(({ text }) => text)).toEqual(['r1', 'r2', 'r3'])
})

test('PUBREC of a QoS 2 report waits for the record too, and a duplicate is not received again', async () => {
  const { core, port } = await createMqttFixture()
  const { passed, open } = gate()
  core.gate = () => passed
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket(up, 'two', { qos: 2, messageId: 5 }))
  await core.gotUplinks(1)
  await device.ping()
  expect(device.came.map(({ cmd }) => cmd)).not.toContain('pubrec')
  open()
  await device.next('pubrec')
  device.write(publishPacket(up, 'two', { qos: 2, messageId: 5, dup: true }))
  await device.next('pubrec')
  device.write({ cmd: 'pubrel', messageId: 5 })
  await device.next('pubcomp')
  expect(core.received.map(({ text }) => text)).toEqual(['two'])
})

test('a QoS 2 report that cannot be recorded gets no PUBREC', async () => {
  const { core, port } = await createMqttFixture()
  core.gate = () => Promise.reject(new Error('disk full'))
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket(up, 'two', { qos: 2 }))
  await device.closed
  expect(device.came.map(({ cmd }) => cmd)).toEqual(['connack'])
})

test('reports at QoS 0 are received, also right before DISCONNECT', async () => {
  const { core, port } = await createMqttFixture()
  const device = await enterAs(port, 'dn&pk')
  device.write(publishPacket(up, 'zero', { qos: 0 }), publishPacket('fogcloud/pk/dn/thing/up/topo', 'topo', { qos: 0 }), {
    cmd: 'disconnect',
  })
  await device.closed
  await core.gotUplinks(2)
  expect(core.received.map(({ up: channel, text }) => [channel, text])).toEqual([
    ['ota', 'zero'],
    ['topo', 'topo'],
  ])
})

test('what a client sends after its CONNECT in one segment is all handled, in order', async () => {
  const { core, port } = await createMqttFixture()
  const device = await openWire(port)
  const reports = Array.from({ length: 100 }, (_, at) => publishPacket(up, String(at), { messageId: at + 1 }))
  device.write(connectPacket({ username: 'dn&pk' }), ...reports)
  for (const { messageId } of reports) expect((await device.next('puback')).messageId).toBe(messageId)
  expect(core.received.map(({ text }) => text)).toEqual(reports.map(({ payload }) => payload))
  expect(core.calls).toEqual(['connected pk/dn 1'])
})
