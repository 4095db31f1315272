// PUBLISH at QoS 2 (MQTT 3.1.1, chapters 3.5 to 3.7 and 4.3.3), received and sent: each message exactly once.

import { expect, it } from 'vitest'
import { enter, fresh, publishPacket, stay } from '../support/conformance-client.ts'
import { createConformanceFixture, ours } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture()

it('PUBREC and PUBCOMP have the id of their PUBLISH [MQTT-4.3.3-2] [MQTT-2.3.1-6] [MQTT-3.3.4-1]', async () => {
  const client = await enter(fixture)
  for (const messageId of [1, 65_535]) {
    client.send(publishPacket(fresh('t/'), 'x', { qos: 2, messageId }))
    await client.expect({ cmd: 'pubrec', messageId })
    client.send({ cmd: 'pubrel', messageId })
    await client.expect({ cmd: 'pubcomp', messageId })
  }
  await client.expectNothing()
})

it('before PUBREL the same id is the same message, which is delivered once [MQTT-4.3.3-2]', async () => {
  const topic = fresh('t/')
  const [from, to] = [await enter(fixture), await enter(fixture)]
  await to.subscribe([topic, 2])
  for (const dup of [false, true]) {
    from.send(publishPacket(topic, 'x', { qos: 2, messageId: 9, dup }))
    await from.expect({ cmd: 'pubrec', messageId: 9 })
  }
  from.send({ cmd: 'pubrel', messageId: 9 })
  await from.expect({ cmd: 'pubcomp', messageId: 9 })
  await to.message({ topic, text: 'x', qos: 2, dup: false })
  await from.publish(topic, 'last', { qos: 1 })
  await to.message({ text: 'last' })
  await to.expectNothing()
})

ours('before PUBREL the same id is the same message even without DUP [MQTT-4.3.3-2]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 0])
  for (const text of ['x', 'x']) {
    client.send(publishPacket(topic, text, { qos: 2, messageId: 9 }))
    await client.expect({ cmd: 'pubrec', messageId: 9 })
  }
  client.send({ cmd: 'pubrel', messageId: 9 })
  await client.expect({ cmd: 'pubcomp', messageId: 9 })
  await client.message({ text: 'x' })
  await client.expectNothing()
})

it('after PUBCOMP the same id is a new message [MQTT-4.3.3-2]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 2])
  await client.publish(topic, 'one', { qos: 2, messageId: 5 })
  await client.publish(topic, 'two', { qos: 2, messageId: 5 })
  expect(await client.texts(2)).toEqual(['one', 'two'])
})

it('PUBREL is answered with PUBCOMP each time, and for an unknown id too [MQTT-4.3.3-2]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 2])
  client.send(publishPacket(topic, 'x', { qos: 2, messageId: 8 }))
  await client.expect({ cmd: 'pubrec', messageId: 8 })
  for (const messageId of [8, 8, 4711]) {
    client.send({ cmd: 'pubrel', messageId })
    await client.expect({ cmd: 'pubcomp', messageId })
  }
  await client.message({ text: 'x' })
  await client.expectNothing()
})

it('the ids of both directions are independent [MQTT-2.3.1-4]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 2])
  for (const messageId of [1, 2, 3]) client.send(publishPacket(topic, `${messageId}`, { qos: 2, messageId }))
  for (const messageId of [1, 2, 3]) await client.expect({ cmd: 'pubrec', messageId })
  client.send(...[1, 2, 3].map((messageId) => ({ cmd: 'pubrel', messageId }) as const))
  for (const messageId of [1, 2, 3]) await client.expect({ cmd: 'pubcomp', messageId })
  expect(await client.texts(3)).toEqual(['1', '2', '3'])
  await client.expectNothing()
})

it('QoS 2 is sent as PUBLISH and, after PUBREC, PUBREL with the same id [MQTT-4.3.3-1]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 2])
  await client.publish(topic, 'x', { qos: 2 })
  const { id: messageId = 0 } = await client.unacked({ qos: 2, dup: false, text: 'x' })
  client.send({ cmd: 'pubrec', messageId })
  await client.expect({ cmd: 'pubrel', messageId })
  client.send({ cmd: 'pubcomp', messageId })
  await client.expectNothing()
})

it('a PUBLISH without PUBREC is sent again at reconnect, with DUP and the same id [MQTT-4.4.0-1] [MQTT-3.3.1-1]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 2])
  await client.publish(topic, 'x', { qos: 2 })
  const { id } = await client.unacked({ text: 'x' })
  await client.cut()
  const again = await stay(fixture, name)
  await again.message({ topic, text: 'x', qos: 2, dup: true, id })
  await again.expectNothing()
})

it('after PUBREC only PUBREL is sent again at reconnect, with the same id [MQTT-4.4.0-1] [MQTT-4.3.3-1]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const client = await stay(fixture, name)
  await client.subscribe([topic, 2])
  await client.publish(topic, 'x', { qos: 2 })
  const { id: messageId = 0 } = await client.unacked({ text: 'x' })
  client.send({ cmd: 'pubrec', messageId })
  await client.expect({ cmd: 'pubrel', messageId })
  await client.cut()
  const again = await stay(fixture, name)
  expect(await again.first()).toMatchObject({ cmd: 'pubrel', messageId })
  again.send({ cmd: 'pubcomp', messageId })
  await again.expectNothing()
  await again.cut()
  await (await stay(fixture, name)).expectNothing()
})

it('a PUBLISH sent again after a reconnect is delivered once [MQTT-4.3.3-2] [MQTT-4.1.0-1]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const to = await enter(fixture)
  await to.subscribe([topic, 2])
  const from = await stay(fixture, name)
  from.send(publishPacket(topic, 'x', { qos: 2, messageId: 77 }))
  await from.expect({ cmd: 'pubrec', messageId: 77 })
  await from.cut()
  const again = await stay(fixture, name)
  again.send(publishPacket(topic, 'x', { qos: 2, messageId: 77, dup: true }))
  await again.expect({ cmd: 'pubrec', messageId: 77 })
  again.send({ cmd: 'pubrel', messageId: 77 })
  await again.expect({ cmd: 'pubcomp', messageId: 77 })
  await to.message({ text: 'x' })
  await again.publish(topic, 'last', { qos: 1 })
  await to.message({ text: 'last' })
  await to.expectNothing()
})

it('a clean session discards what its predecessor began to send [MQTT-3.1.2-6]', async () => {
  const [topic, name] = [fresh('t/'), fresh()]
  const to = await enter(fixture)
  await to.subscribe([topic, 2])
  const from = await stay(fixture, name)
  from.send(publishPacket(topic, 'first', { qos: 2, messageId: 7 }))
  await from.expect({ cmd: 'pubrec', messageId: 7 })
  await from.cut()
  const clean = await enter(fixture, { clientId: name })
  await clean.publish(topic, 'second', { qos: 2, messageId: 7 })
  const texts = [(await to.message()).text]
  if (texts[0] === 'first') texts.push((await to.message()).text)
  expect(texts.at(-1)).toBe('second')
})

ours('PUBREC of an unknown id is answered with PUBREL, so that the client can finish [MQTT-4.3.3-1]', async () => {
  const client = await enter(fixture)
  client.send({ cmd: 'pubrec', messageId: 4711 })
  await client.expect({ cmd: 'pubrel', messageId: 4711 })
  client.send({ cmd: 'pubcomp', messageId: 4711 })
  await client.expectNothing()
})

it('PUBREC of an unknown id does not end the connection [MQTT-4.3.3-1]', async () => {
  const client = await enter(fixture)
  client.send({ cmd: 'pubrec', messageId: 4711 })
  await client.settle()
})

ours('an acknowledgement of the wrong kind ends the connection; on the next one the window is free [MQTT-4.8.0-1]', async () => {
  for (const [qos, isReceived, cmd] of [
    [1, false, 'pubrec'],
    [1, false, 'pubcomp'],
    [2, false, 'puback'],
    [2, false, 'pubcomp'],
    [2, true, 'puback'],
  ] as const) {
    const [topic, name] = [fresh('t/'), fresh()]
    const client = await stay(fixture, name)
    await client.subscribe([topic, qos])
    await client.publish(topic, 'x', { qos })
    const { id: messageId = 0 } = await client.unacked({ text: 'x', qos })
    if (isReceived) {
      client.send({ cmd: 'pubrec', messageId })
      await client.expect({ cmd: 'pubrel', messageId })
    }
    client.send({ cmd, messageId })
    await client.expectClosed()
    const again = await stay(fixture, name)
    if (isReceived) {
      await again.expect({ cmd: 'pubrel', messageId })
      again.send({ cmd: 'pubcomp', messageId })
    } else await again.message({ topic, text: 'x', qos, dup: true, id: messageId })
    await again.publish(topic, 'next', { qos })
    await again.message({ text: 'next' })
    await again.expectNothing()
  }
})

it('an acknowledgement that comes again, or of an unknown id, does not end it [MQTT-4.3.3-1]', async () => {
  const topic = fresh('t/')
  const client = await enter(fixture)
  await client.subscribe([topic, 2])
  await client.publish(topic, 'x', { qos: 2 })
  const { id: messageId = 0 } = await client.unacked({ text: 'x' })
  client.send({ cmd: 'pubrec', messageId }, { cmd: 'pubrec', messageId })
  for (let i = 0; i < 2; i++) await client.expect({ cmd: 'pubrel', messageId })
  client.send({ cmd: 'pubcomp', messageId }, { cmd: 'pubcomp', messageId }, { cmd: 'puback', messageId: 4711 })
  await client.expectNothing()
})
