// What a client is sent when it reconnects: earlier messages with DUP and their ids, PUBREL if PUBREC was received, also over a restart.

import { describe, expect, test } from 'vitest'
import { createMqttSessionsFixture, createTestWriter, failWrites } from '../../support/mqtt-sessions-fixture.ts'
import { createMqttSubscriberFixture } from '../../support/mqtt-subscriber-fixture.ts'

describe('a client that reconnects', () => {
  test('gets what was in flight first, with the same ids and DUP, then what waited, without DUP', async () => {
    const { writer, session, sessions, publishAll, idOf } = await createMqttSubscriberFixture({ inflight: 2 })
    await publishAll(['1', '2', '3'])
    sessions.detach(session, writer)
    await publishAll(['4'])
    const again = createTestWriter()
    sessions.attach('c', false, again)
    expect(again.fresh()).toEqual(['dup 1', 'dup 2'])
    expect(again.sent.map(({ id }) => id)).toEqual([idOf('1'), idOf('2')])
  })

  test('after a restart of the server gets the same', async () => {
    const first = await createMqttSubscriberFixture({ inflight: 2 })
    await first.publishAll(['1', '2', '3'])
    const { writer, session, ack } = await first.restart()
    expect(writer.fresh()).toEqual(['dup 1', 'dup 2'])
    expect(writer.sent.map(({ id }) => id)).toEqual([first.idOf('1'), first.idOf('2')])
    ack(session, 'puback', first.idOf('1'))
    expect(writer.fresh()).toEqual(['3'])
  })

  test('gets PUBREL instead of the message once PUBREC was received, also after a restart', async () => {
    const first = await createMqttSubscriberFixture()
    await first.publishAll(['1', '2'], 2)
    const id = first.idOf('1')
    first.ack(first.session, 'pubrec', id)
    await first.settled()
    const again = createTestWriter()
    first.sessions.attach('c', false, again)
    expect(again.fresh()).toEqual([`rel ${id}`, 'dup 2'])
    const next = await first.restart()
    expect(next.writer.fresh()).toEqual([`rel ${id}`, 'dup 2'])
    next.ack(next.session, 'pubcomp', id)
    await next.settled()
    const last = await createMqttSessionsFixture(first.memory)
    const lastLine = createTestWriter()
    await last.enter('c', lastLine)
    expect(lastLine.fresh()).toEqual(['dup 2'])
  })

  test('gets nothing that it acknowledged', async () => {
    const first = await createMqttSubscriberFixture()
    await first.publishAll(['1', '2', '3'])
    first.ack(first.session, 'puback', first.idOf('2'))
    const { writer } = await first.restart()
    expect(writer.fresh()).toEqual(['dup 1', 'dup 3'])
  })
})

describe('PUBREC', () => {
  test('is answered only once it is on disk that the message must not be sent again', async () => {
    const { writer, session, sessions, memory, publishAll, ack, idOf, settled } = await createMqttSubscriberFixture()
    await publishAll(['1'], 2)
    writer.fresh()
    const free = failWrites(memory)
    ack(session, 'pubrec', idOf('1'))
    await settled()
    expect(writer.fresh()).toEqual([])
    free()
    sessions.journal.retry()
    await settled()
    expect(writer.fresh()).toEqual([`rel ${idOf('1')}`])
  })

  test('that is not on disk lets the message be sent again to a client that reconnects, and PUBCOMP is refused', async () => {
    const { writer, session, sessions, memory, publishAll, ack, idOf, settled } = await createMqttSubscriberFixture()
    await publishAll(['1'], 2)
    const free = failWrites(memory)
    ack(session, 'pubrec', idOf('1'))
    await settled()
    const again = createTestWriter()
    sessions.attach('c', false, again)
    expect(() => ack(session, 'pubcomp', idOf('1'))).toThrow('waits for PUBREC')
    expect([again.fresh(), session.count]).toEqual([['dup 1'], 1])
    free()
    ack(session, 'pubrec', idOf('1'))
    sessions.journal.retry()
    await settled()
    expect(new Set(again.fresh())).toEqual(new Set([`rel ${idOf('1')}`]))
    ack(session, 'pubcomp', idOf('1'))
    expect([session.count, writer.fresh()]).toEqual([0, ['1']])
  })

  test('of an unknown id is answered, since the client waits for it', async () => {
    const { writer, session, ack } = await createMqttSubscriberFixture()
    ack(session, 'pubrec', 77)
    expect(writer.fresh()).toEqual(['rel 77'])
  })

  test('of a client without a stored session is answered at once', async () => {
    const { sessions, subscribe, publish, ack } = await createMqttSubscriberFixture()
    const writer = createTestWriter()
    const session = sessions.attach('d', true, writer)
    await subscribe(session, 'x', 2)
    await publish('x', '1', 2)
    ack(session, 'pubrec', writer.sent[0]?.id ?? 0)
    expect(writer.fresh()).toEqual(['1', `rel ${writer.sent[0]?.id}`])
  })
})
