// CONNECT and CONNACK (MQTT 3.1.1, chapters 3.1 and 3.2): which clients are admitted, which are refused, and with which answer.

import { expect, it } from 'vitest'
import { connectPacket, dial, enter, fresh, publishPacket, stay, survivors } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'
import { field, frame, rawConnect } from '../support/mqtt-frames.ts'

const fixture = createConformanceFixture()

/** Sends a CONNECT as bytes; the answer must be that code, without a session, and the connection ends. */
const refused = async (bytes: Uint8Array, returnCode: number): Promise<void> => {
  const client = await dial(fixture)
  client.send(bytes)
  await client.expect({ cmd: 'connack', returnCode, sessionPresent: false })
  await client.expectClosed()
}

it('a valid CONNECT is answered with CONNACK 0 [MQTT-3.1.4-4]', async () => {
  const client = await dial(fixture)
  client.send(connectPacket())
  await client.expect({ cmd: 'connack', returnCode: 0, sessionPresent: false })
  await client.expectNothing()
})

it('CONNACK is the first packet that a client gets, whatever it sends after CONNECT [MQTT-3.2.0-1]', async () => {
  const [client, topic] = [await dial(fixture), fresh('t/')]
  client.send(
    connectPacket(),
    { cmd: 'pingreq' },
    { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] },
    publishPacket(topic, 'x', { qos: 1, messageId: 2 }),
  )
  expect(await client.first()).toMatchObject({ cmd: 'connack', returnCode: 0 })
  await client.expect({ cmd: 'pingresp' })
  await client.expect({ cmd: 'suback', messageId: 1, granted: [1] })
  await client.expect({ cmd: 'puback', messageId: 2 })
  await client.message({ topic, text: 'x', qos: 1 })
  await client.expectNothing()
})

it('a CONNECT that arrives byte by byte is accepted [MQTT-3.1.4-4]', async () => {
  const client = await dial(fixture)
  await client.trickle(rawConnect({}, field(fresh())))
  await client.expect({ cmd: 'connack', returnCode: 0 })
})

it('a packet before CONNECT ends the connection without an answer [MQTT-3.1.0-1]', async () => {
  const first = {
    PINGREQ: frame(0xc0),
    PUBLISH: frame(0x30, field('a'), 'x'),
    SUBSCRIBE: frame(0x82, 0, 1, field('a'), 0),
    DISCONNECT: frame(0xe0),
  }
  for (const bytes of Object.values(first)) {
    const client = await dial(fixture)
    client.send(bytes)
    await client.expectClosed()
  }
})

it('a second CONNECT ends the connection [MQTT-3.1.0-2]', async () => {
  const clientId = fresh()
  const client = await enter(fixture, { clientId })
  client.send(connectPacket({ clientId }))
  await client.expectClosed()
})

it('a second CONNECT in the same write also ends the connection [MQTT-3.1.0-2]', async () => {
  const client = await dial(fixture)
  client.send(connectPacket(), connectPacket())
  expect(await client.closes()).toBe(true)
})

it('another protocol name is refused [MQTT-3.1.2-1]', async () => {
  const wrong = { other: rawConnect({ name: 'MQTX' }, field('a')), lower: rawConnect({ name: 'mqtt' }, field('b')) }
  expect(await survivors(fixture, false, wrong)).toEqual([])
})

it('unsupported protocol levels get CONNACK 1, and the connection ends [MQTT-3.1.2-2] [MQTT-3.2.2-4] [MQTT-3.2.2-5]', async () => {
  for (const level of [2, 6, 127]) await refused(rawConnect({ level }, field(fresh())), 1)
})

ours('a client that requests MQTT 5 gets CONNACK 1 [MQTT-3.1.2-2]', async () => {
  await refused(rawConnect({ level: 5 }, 0, field(fresh())), 1)
  await refused(rawConnect({ level: 5 }, 5, 0x11, 0, 0, 0, 10, field(fresh())), 1)
})

it('the reserved connect flag must be zero [MQTT-3.1.2-3] [MQTT-3.1.4-1]', async () => {
  const client = await dial(fixture)
  client.send(rawConnect({ flags: 3 }, field(fresh())))
  await client.expectClosed()
})

it('a will of QoS 3 ends the connection without CONNACK [MQTT-3.1.2-14] [MQTT-3.1.4-1]', async () => {
  const client = await dial(fixture)
  client.send(rawConnect({ flags: 0b0001_1110 }, field(fresh()), field('will'), field('gone')))
  await client.expectClosed()
})

it('will QoS without a will ends the connection [MQTT-3.1.2-13] [MQTT-3.1.2-11]', async () => {
  const qos = { 1: rawConnect({ flags: 0b0000_1010 }, field(fresh())), 2: rawConnect({ flags: 0b0001_0010 }, field(fresh())) }
  expect(await survivors(fixture, false, qos)).toEqual([])
})

it('will retain without a will ends the connection [MQTT-3.1.2-15] [MQTT-3.1.2-11]', async () => {
  expect(await survivors(fixture, false, { retain: rawConnect({ flags: 0b0010_0010 }, field(fresh())) })).toEqual([])
})

it('a password without a user name ends the connection [MQTT-3.1.2-22]', async () => {
  expect(await survivors(fixture, false, { password: rawConnect({ flags: 0b0100_0010 }, field(fresh()), field('pw')) })).toEqual([])
})

it('a field whose flag is set must be present [MQTT-3.1.2-9] [MQTT-3.1.2-19] [MQTT-3.1.2-21] [MQTT-3.1.3-3]', async () => {
  const lacking = {
    'client id': rawConnect({}),
    'will topic': rawConnect({ flags: 0b0000_0110 }, field(fresh())),
    'will message': rawConnect({ flags: 0b0000_0110 }, field(fresh()), field('will')),
    'user name': rawConnect({ flags: 0b1000_0010 }, field(fresh())),
    password: rawConnect({ flags: 0b1100_0010 }, field(fresh()), field('n&p')),
    'half of the client id': rawConnect({}, 0, 9, 'half'),
    'keep alive': frame(0x10, field('MQTT'), 4, 2),
    everything: frame(0x10),
  }
  expect(await survivors(fixture, false, lacking)).toEqual([])
})

it('a field whose flag is not set must be absent [MQTT-3.1.2-11] [MQTT-3.1.2-18] [MQTT-3.1.2-20]', async () => {
  const surplus = {
    will: rawConnect({}, field(fresh()), field('will'), field('gone')),
    'user name': rawConnect({}, field(fresh()), field('n&p')),
    password: rawConnect({ flags: 0b1000_0010 }, field(fresh()), field('n&p'), field('pw')),
    'a byte': rawConnect({}, field(fresh()), 0),
  }
  expect(await survivors(fixture, false, surplus)).toEqual([])
})

it('the fields are read in the order client id, will, user name, password [MQTT-3.1.3-1] [MQTT-3.1.2-9]', async () => {
  const topic = fresh('fogcloud/pk/order/')
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 1])
  const client = await dial(fixture)
  client.send(
    rawConnect({ flags: 0b1100_1110 }, field(fresh()), field(topic), field('gone'), field('order&pk'), field(Buffer.of(0xff, 0, 0xfe))),
  )
  await client.expect({ cmd: 'connack', returnCode: 0 })
  await client.cut()
  await watcher.message({ topic, text: 'gone', qos: 1 })
})

it('client ids of 1 to 23 letters and digits are accepted [MQTT-3.1.3-5]', async () => {
  for (const clientId of ['Z', '0123456789abcdefghijklm', 'nopqrstuvwxyzABCDEFGHIJ', 'KLMNOPQRSTUVWXYZ'])
    await (await enter(fixture, { clientId })).expectNothing()
})

ours('longer client ids with other characters are accepted too [MQTT-3.1.3-5]', async () => {
  for (const clientId of ['x'.repeat(1000), 'client|signmethod=hmacsha1,authType=1|', 'höher/+#$ 客户'])
    await (await enter(fixture, { clientId })).expectNothing()
})

it('clients without a client id are separate clients [MQTT-3.1.3-6]', async () => {
  const [a, b] = [await enter(fixture, { clientId: '' }), await enter(fixture, { clientId: '' })]
  const topic = fresh('t/')
  await a.subscribe([topic, 1])
  await b.publish(topic, 'x', { qos: 1 })
  await a.message({ topic, text: 'x' })
  await b.expectNothing()
})

it('a persistent session needs a client id: CONNACK 2, and the connection ends [MQTT-3.1.3-8] [MQTT-3.1.3-9] [MQTT-3.2.2-4]', async () => {
  await refused(rawConnect({ flags: 0 }, field('')), 2)
})

it('packets after a refused CONNECT are not handled [MQTT-3.1.4-5]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 1])
  const client = await dial(fixture)
  client.send(rawConnect({ level: 6 }, field(fresh())), publishPacket(topic, 'bad', { qos: 1, messageId: 1, retain: true }))
  await client.closes()
  await watcher.publish(topic, 'good', { qos: 1 })
  await watcher.message({ text: 'good' })
  const later = await enter(fixture)
  await later.subscribe([topic, 0])
  await later.expectNothing()
})

it('a clean CONNECT never has session present set [MQTT-3.2.2-1] [MQTT-3.1.4-3]', async () => {
  const clientId = fresh()
  await (await stay(fixture, clientId)).leave()
  expect((await enter(fixture, { clientId })).present).toBe(false)
})

ours('a client that is not admitted gets CONNACK 4 or 5, and the connection ends [MQTT-3.2.2-5] [MQTT-3.2.2-4]', async () => {
  const client = await dial(fixture)
  client.send(connectPacket({ username: 'nobody', password: Buffer.from('x') }))
  const { returnCode, sessionPresent } = await client.expect({ cmd: 'connack' })
  expect([4, 5]).toContain(returnCode)
  expect(sessionPresent).toBe(false)
  await client.expectClosed()
})

it('a CONNECT and 60 PUBLISH packets in one write are all handled [MQTT-3.1.4-4] [MQTT-4.3.2-2]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 1])
  const client = await dial(fixture)
  const publishes = Array.from({ length: 60 }, (_, at) => publishPacket(topic, `${at}`, { qos: 1, messageId: at + 1 }))
  client.send(connectPacket(), ...publishes)
  await client.expect({ cmd: 'connack', returnCode: 0 })
  for (const { messageId } of publishes) await client.expect({ cmd: 'puback', messageId: messageId ?? 0 })
  expect(await watcher.texts(60)).toEqual(publishes.map(({ payload }) => payload))
})

it('a CONNECT, 60 PUBLISH packets at QoS 0 and a DISCONNECT in one write are all handled [MQTT-3.1.4-4]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 0])
  const client = await dial(fixture)
  const texts = Array.from({ length: 60 }, (_, at) => `${at}`)
  client.send(connectPacket(), ...texts.map((text) => publishPacket(topic, text)), { cmd: 'disconnect' })
  expect(await watcher.texts(60)).toEqual(texts)
})
