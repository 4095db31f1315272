// One client id, one connection (MQTT 3.1.1, clause MQTT-3.1.4-2), and which identity a client id belongs to.

import { expect, it, vi } from 'vitest'
import { connectPacket, dial, enter, fresh, stay } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'
import { patience } from '../support/packet-inbox.ts'

const fixture = createConformanceFixture()

it('a second connection with the same client id ends the first [MQTT-3.1.4-2]', async () => {
  const clientId = fresh()
  const first = await enter(fixture, { clientId })
  const second = await enter(fixture, { clientId })
  await first.expectClosed()
  await second.expectNothing()
})

it('after a takeover messages go to the new connection only [MQTT-3.1.4-2]', async () => {
  const [clientId, topic] = [fresh(), fresh('t/')]
  const first = await stay(fixture, clientId)
  await first.subscribe([topic, 1])
  const second = await stay(fixture, clientId)
  await first.expectClosed()
  const from = await enter(fixture)
  await from.publish(topic, 'x', { qos: 1 })
  await second.message({ text: 'x', dup: false })
  await second.expectNothing()
})

it('a takeover by a clean session removes the stored one [MQTT-3.1.4-2] [MQTT-3.1.2-6]', async () => {
  const [clientId, topic] = [fresh(), fresh('t/')]
  const first = await stay(fixture, clientId)
  await first.subscribe([topic, 1])
  const second = await enter(fixture, { clientId })
  expect(second.present).toBe(false)
  await first.expectClosed()
  await second.publish(topic, 'x', { qos: 1 })
  await second.expectNothing()
  await second.leave()
  expect((await stay(fixture, clientId)).present).toBe(false)
})

it('of ten connections at once with one client id, one remains [MQTT-3.1.4-2]', async () => {
  const clientId = fresh()
  const clients = await Promise.all(Array.from({ length: 10 }, () => dial(fixture)))
  for (const client of clients) client.send(connectPacket({ clientId }))
  await vi.waitFor(() => expect(clients.filter((client) => client.open)).toHaveLength(1), { timeout: patience, interval: 10 })
  const left = clients.find((client) => client.open)
  await left?.expect({ cmd: 'connack', returnCode: 0 })
  await left?.expectNothing()
})

ours('two identities with one client id do not affect each other [MQTT-3.1.3-2]', async () => {
  const clientId = fresh()
  const [a, b] = [fresh('d'), fresh('d')]
  const devices = [await stay(fixture, clientId, { username: `${a}&pk` }), await stay(fixture, clientId, { username: `${b}&pk` })]
  const anonymous = await stay(fixture, clientId)
  expect(anonymous.present).toBe(false)
  for (const client of [...devices, anonymous]) await client.settle()
  await devices[0]?.subscribe([`fogcloud/pk/${a}/x`, 1])
  await devices[0]?.leave()
  await anonymous.publish(`fogcloud/pk/${a}/x`, 'mine', { qos: 1 })
  await devices[1]?.expectNothing()
  const back = await stay(fixture, clientId, { username: `${a}&pk` })
  await back.message({ text: 'mine' })
})

ours('a device has one connection, whatever its client ids [MQTT-3.1.4-2]', async () => {
  const username = `${fresh('d')}&pk`
  const first = await enter(fixture, { username })
  const second = await enter(fixture, { username })
  await first.expectClosed()
  await second.expectNothing()
})
