// What is sent from a session: in order, within the window, while the writer is not congested, and nothing that must not be sent any more.

import { describe, expect, test } from 'vitest'
import { pump } from '../../../src/mqtt/sessions/delivery.ts'
import { createTestWriter, failWrites } from '../../support/mqtt-sessions-fixture.ts'
import { createMqttSubscriberFixture } from '../../support/mqtt-subscriber-fixture.ts'

describe('the window', () => {
  test('is never exceeded, and queued messages follow in order as others are acknowledged', async () => {
    const { writer, session, publishAll, ack, idOf } = await createMqttSubscriberFixture({ inflight: 2 })
    await publishAll(['1', '2', '3', '4', '5'])
    expect(writer.fresh()).toEqual(['1', '2'])
    ack(session, 'puback', idOf('2'))
    expect(writer.fresh()).toEqual(['3'])
    ack(session, 'puback', idOf('1'))
    ack(session, 'puback', idOf('3'))
    expect(writer.fresh()).toEqual(['4', '5'])
  })

  test('does not delay QoS 0', async () => {
    const { writer, publishAll } = await createMqttSubscriberFixture({ inflight: 1 })
    await publishAll(['1', '2'])
    await publishAll(['zero'], 0)
    expect(writer.fresh()).toEqual(['1', 'zero'])
  })

  test('holds a QoS 2 message until PUBCOMP', async () => {
    const { writer, session, publishAll, ack, idOf, settled } = await createMqttSubscriberFixture({ inflight: 1 })
    await publishAll(['1', '2'], 2)
    ack(session, 'pubrec', idOf('1'))
    await settled()
    expect(writer.fresh()).toEqual(['1', `rel ${idOf('1')}`])
    ack(session, 'pubcomp', idOf('1'))
    expect(writer.fresh()).toEqual(['2'])
  })
})

test('an acknowledgement of the wrong kind is a fault that names both kinds, and changes nothing', async () => {
  const { session, publishAll, publish, ack, idOf, settled } = await createMqttSubscriberFixture()
  await publishAll(['one'])
  await publish('a', 'two', 2)
  const fault = (expected: string) =>
    expect.objectContaining({ reason: 'wrong_ack', clause: 'MQTT-4.8.0-1', text: expect.stringContaining(expected) })
  expect(() => ack(session, 'pubcomp', idOf('one'))).toThrow(fault('PUBACK'))
  expect(() => ack(session, 'pubrec', idOf('one'))).toThrow(fault('sent PUBREC for packet id'))
  expect(() => ack(session, 'puback', idOf('two'))).toThrow(fault('waits for PUBREC'))
  expect(() => ack(session, 'pubcomp', idOf('two'))).toThrow(fault('waits for PUBREC'))
  await settled()
  expect([session.count, session.inflight.size]).toEqual([2, 2])
  ack(session, 'pubrec', idOf('two'))
  await settled()
  expect(() => ack(session, 'puback', idOf('two'))).toThrow(fault('waits for PUBCOMP'))
})

test('nor may a message of the server itself, which is at QoS 1 and in no session, be acknowledged as one of QoS 2', async () => {
  const { session, ack } = await createMqttSubscriberFixture()
  const fault = expect.objectContaining({
    reason: 'wrong_ack',
    text: expect.stringContaining('49152, a message of QoS 1 that waits for PUBACK'),
  })
  expect(() => ack(session, 'pubrec', 49_152)).toThrow(fault)
  expect(() => ack(session, 'pubcomp', 49_152)).toThrow(fault)
  ack(session, 'puback', 49_152)
})

test('an acknowledgement that is repeated, or of an unknown id, changes nothing', async () => {
  const { session, publishAll, publish, ack, idOf, settled } = await createMqttSubscriberFixture()
  await publishAll(['one'])
  await publish('a', 'two', 2)
  for (const cmd of ['puback', 'pubcomp', 'pubrec'] as const) ack(session, cmd, 999)
  ack(session, 'puback', idOf('one'))
  ack(session, 'puback', idOf('one'))
  ack(session, 'pubrec', idOf('two'))
  ack(session, 'pubrec', idOf('two'))
  await settled()
  ack(session, 'pubrec', idOf('two'))
  expect([session.count, session.bytes]).toEqual([1, 4])
  ack(session, 'pubcomp', idOf('two'))
  ack(session, 'pubcomp', idOf('two'))
  ack(session, 'pubrec', idOf('two'))
  expect([session.count, session.bytes]).toEqual([0, 0])
})

test('a message is lowered to the QoS of the subscription, and at QoS 0 not kept for a client that is not connected', async () => {
  const { sessions, publish, subscribe, enter } = await createMqttSubscriberFixture()
  const writer = createTestWriter()
  const low = await enter('low', writer)
  await subscribe(low, 'x', 1)
  await subscribe(low, 'y', 0)
  await publish('x', 'one', 2)
  await publish('y', 'zero', 2)
  expect(writer.sent.map(({ text, qos }) => [text, qos])).toEqual([
    ['one', 1],
    ['zero', 0],
  ])
  sessions.detach(low, writer)
  await publish('y', 'lost', 2)
  const again = createTestWriter()
  sessions.attach('low', false, again)
  expect(again.fresh()).toEqual(['dup one'])
})

describe('a congested writer', () => {
  test('gets QoS 0 in order once it is not congested, regardless of the window', async () => {
    const { writer, session, sessions, publishAll, drops } = await createMqttSubscriberFixture({ inflight: 1 })
    writer.congested = true
    await publishAll(['z1', 'z2'], 0)
    await publishAll(['one'])
    expect([writer.fresh(), session.count]).toEqual([[], 3])
    writer.congested = false
    pump(sessions.pool, session)
    expect(writer.fresh()).toEqual(['z1', 'z2', 'one'])
    expect([session.count, drops]).toEqual([1, []])
  })

  test('gets QoS 0 after what waits already, so that it keeps its order', async () => {
    const { writer, publishAll, session, sessions } = await createMqttSubscriberFixture()
    writer.congested = true
    await publishAll(['z1'], 0)
    writer.congested = false
    await publishAll(['z2'], 0)
    expect(writer.fresh()).toEqual([])
    pump(sessions.pool, session)
    expect(writer.fresh()).toEqual(['z1', 'z2'])
  })

  test('loses QoS 0 that finds no room, and gets an `overrun`', async () => {
    const { writer, publishAll, drops, session } = await createMqttSubscriberFixture({ maxMessages: 2 })
    writer.congested = true
    await publishAll(['z1', 'z2', 'z3'], 0)
    expect([drops, writer.overruns, session.count]).toEqual([['queue_full'], 1, 2])
  })

  test('leaves no QoS 0 in the queue when it is detached, and everything else', async () => {
    const { writer, publishAll, session, sessions } = await createMqttSubscriberFixture()
    writer.congested = true
    await publishAll(['zero'], 0)
    await publishAll(['one'])
    sessions.detach(session, writer)
    expect([session.count, session.bytes]).toEqual([1, 4])
    const again = createTestWriter()
    sessions.attach('c', false, again)
    expect(again.fresh()).toEqual(['one'])
  })
})

describe('rights that were revoked', () => {
  test('apply to queued messages, to those in flight, and to QoS 0', async () => {
    const { writer, session, sessions, publish, drops, keysOf, settled } = await createMqttSubscriberFixture({ inflight: 1 })
    await publish('secret', 's1')
    await publish('secret', 's2')
    await publish('free', 'f1')
    sessions.detach(session, writer)
    const again = createTestWriter()
    again.mayReceive = (topic) => topic !== 'secret'
    sessions.attach('c', false, again)
    await publish('secret', 's3', 0)
    expect(again.fresh()).toEqual(['f1'])
    expect(drops).toEqual(['no_rights', 'no_rights'])
    await settled()
    expect([session.count, keysOf('q:'), keysOf('m:')]).toEqual([1, 1, 1])
  })
})

test('a QoS 2 message that must not be sent again is released, so that its id is free for the next one', async () => {
  const { writer, session, sessions, publish, drops, keysOf, settled, ack, idOf } = await createMqttSubscriberFixture()
  await publish('secret', 's1', 2)
  sessions.detach(session, writer)
  const again = createTestWriter()
  again.mayReceive = (topic) => topic !== 'secret'
  sessions.attach('c', false, again)
  await settled()
  expect([again.fresh(), drops]).toEqual([[`rel ${idOf('s1')}`], ['no_rights']])
  ack(session, 'pubcomp', idOf('s1'))
  await settled()
  expect([session.count, keysOf('q:'), keysOf('m:')]).toEqual([0, 0, 0])
})

describe('age', () => {
  test('drops what waited too long before it is sent, with its rows', async () => {
    const { writer, session, sessions, publishAll, clock, drops, keysOf, settled } = await createMqttSubscriberFixture({
      messageSeconds: 10,
    })
    sessions.detach(session, writer)
    await publishAll(['old'])
    clock.at += 10_000
    await publishAll(['young'])
    clock.at += 1
    const again = createTestWriter()
    sessions.attach('c', false, again)
    expect([again.fresh(), drops]).toEqual([['young'], ['expired']])
    await settled()
    expect([session.count, keysOf('q:'), keysOf('m:')]).toEqual([1, 1, 1])
  })

  test('drops what waits for a client that is not connected; what is in flight is sent again', async () => {
    const { writer, session, sessions, publishAll, clock, keysOf, settled } = await createMqttSubscriberFixture({
      messageSeconds: 10,
      inflight: 1,
    })
    await publishAll(['flying', 'old'])
    sessions.detach(session, writer)
    clock.at += 10_001
    sessions.sweep()
    await settled()
    expect([session.count, keysOf('q:')]).toEqual([1, 1])
    const again = createTestWriter()
    sessions.attach('c', false, again)
    expect(again.fresh()).toEqual(['dup flying'])
  })
})

test('a message of several sessions stays on disk until the last of them has delivered it', async () => {
  const { session, publishAll, enter, subscribe, ack, idOf, keysOf, settled } = await createMqttSubscriberFixture()
  const writer = createTestWriter()
  const second = await enter('d', writer)
  await subscribe(second, 'a', 1)
  await publishAll(['shared'])
  expect([keysOf('m:'), keysOf('q:')]).toEqual([1, 2])
  ack(session, 'puback', idOf('shared'))
  await settled()
  expect([keysOf('m:'), keysOf('q:')]).toEqual([1, 1])
  ack(second, 'puback', writer.sent[0]?.id ?? 0)
  await settled()
  expect([keysOf('m:'), keysOf('q:')]).toEqual([0, 0])
})

test('acknowledgements that cannot be written are written once the disk works again', async () => {
  const { session, sessions, memory, publishAll, ack, idOf, keysOf, settled } = await createMqttSubscriberFixture()
  await publishAll(['1', '2'])
  const free = failWrites(memory)
  ack(session, 'puback', idOf('1'))
  ack(session, 'puback', idOf('2'))
  await settled()
  expect([session.count, keysOf('q:')]).toEqual([0, 2])
  free()
  sessions.sweep()
  await settled()
  expect([keysOf('m:'), keysOf('q:')]).toEqual([0, 0])
})
