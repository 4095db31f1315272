// What a client that comes back is sent: with DUP and its ids what was sent before, PUBREL where PUBREC was taken, also over a restart.

import { describe, expect, test } from 'vitest'
import { openClient } from './client.ts'
import { createTestLine, failWrites, openHall } from './hall.ts'

describe('a client that comes back', () => {
  test('gets what was in flight first, with its ids and DUP, then what waited, without', async () => {
    const { line, session, sessions, publishAll, idOf } = await openClient({ inflight: 2 })
    await publishAll(['1', '2', '3'])
    sessions.detach(session, line)
    await publishAll(['4'])
    const again = createTestLine()
    sessions.attach('c', false, again)
    expect(again.fresh()).toEqual(['dup 1', 'dup 2'])
    expect(again.sent.map(({ id }) => id)).toEqual([idOf('1'), idOf('2')])
  })

  test('after a restart of the server gets the same', async () => {
    const first = await openClient({ inflight: 2 })
    await first.publishAll(['1', '2', '3'])
    const { line, session, ack } = await first.restart()
    expect(line.fresh()).toEqual(['dup 1', 'dup 2'])
    expect(line.sent.map(({ id }) => id)).toEqual([first.idOf('1'), first.idOf('2')])
    ack(session, 'puback', first.idOf('1'))
    expect(line.fresh()).toEqual(['3'])
  })

  test('gets PUBREL, and not the message, once PUBREC was taken; also after a restart', async () => {
    const first = await openClient()
    await first.publishAll(['1', '2'], 2)
    const id = first.idOf('1')
    first.ack(first.session, 'pubrec', id)
    await first.settled()
    const again = createTestLine()
    first.sessions.attach('c', false, again)
    expect(again.fresh()).toEqual([`rel ${id}`, 'dup 2'])
    const next = await first.restart()
    expect(next.line.fresh()).toEqual([`rel ${id}`, 'dup 2'])
    next.ack(next.session, 'pubcomp', id)
    await next.settled()
    const last = await openHall(first.memory)
    const lastLine = createTestLine()
    await last.enter('c', lastLine)
    expect(lastLine.fresh()).toEqual(['dup 2'])
  })

  test('gets nothing that it acknowledged', async () => {
    const first = await openClient()
    await first.publishAll(['1', '2', '3'])
    first.ack(first.session, 'puback', first.idOf('2'))
    const { line } = await first.restart()
    expect(line.fresh()).toEqual(['dup 1', 'dup 3'])
  })
})

describe('PUBREC', () => {
  test('is answered only once it is on disk that the message must not be sent again', async () => {
    const { line, session, sessions, memory, publishAll, ack, idOf, settled } = await openClient()
    await publishAll(['1'], 2)
    line.fresh()
    const free = failWrites(memory)
    ack(session, 'pubrec', idOf('1'))
    await settled()
    expect(line.fresh()).toEqual([])
    free()
    sessions.journal.retry()
    await settled()
    expect(line.fresh()).toEqual([`rel ${idOf('1')}`])
  })

  test('that is not on disk has the message sent again to a client that comes back, and PUBCOMP is not taken', async () => {
    const { line, session, sessions, memory, publishAll, ack, idOf, settled } = await openClient()
    await publishAll(['1'], 2)
    const free = failWrites(memory)
    ack(session, 'pubrec', idOf('1'))
    await settled()
    const again = createTestLine()
    sessions.attach('c', false, again)
    ack(session, 'pubcomp', idOf('1'))
    expect([again.fresh(), session.count]).toEqual([['dup 1'], 1])
    free()
    ack(session, 'pubrec', idOf('1'))
    sessions.journal.retry()
    await settled()
    expect(new Set(again.fresh())).toEqual(new Set([`rel ${idOf('1')}`]))
    ack(session, 'pubcomp', idOf('1'))
    expect([session.count, line.fresh()]).toEqual([0, ['1']])
  })

  test('of an id that nobody knows is answered, since the client waits for it', async () => {
    const { line, session, ack } = await openClient()
    ack(session, 'pubrec', 77)
    expect(line.fresh()).toEqual(['rel 77'])
  })

  test('of a client without a stored session is answered at once', async () => {
    const { sessions, subscribe, publish, ack } = await openClient()
    const line = createTestLine()
    const session = sessions.attach('d', true, line)
    await subscribe(session, 'x', 2)
    await publish('x', '1', 2)
    ack(session, 'pubrec', line.sent[0]?.id ?? 0)
    expect(line.fresh()).toEqual(['1', `rel ${line.sent[0]?.id}`])
  })
})
