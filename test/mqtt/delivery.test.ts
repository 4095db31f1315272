// What leaves a session: in order, within the window, with DUP where it was sent before, not what may not be sent any more; and what
// acknowledgements do, also over a restart.

import { describe, expect, test } from 'vitest'
import { pump } from '../../src/mqtt/delivery.ts'
import { createTestLine, failWrites, openHall } from './hall.ts'
import { memoryRows } from './memory.ts'

/** A client that is subscribed to everything at QoS 2 and is here. */
const open = async (change: Parameters<typeof openHall>[1] = {}) => {
  const rows = memoryRows()
  const hall = await openHall(rows, change)
  const line = createTestLine()
  const session = await hall.enter('c', line)
  await hall.subscribe(session, '#', 2)
  const publishAll = async (texts: readonly string[], qos: 0 | 1 | 2 = 1): Promise<void> => {
    for (const text of texts) await hall.publish('a', text, qos)
  }
  const idOf = (text: string): number => line.sent.find((each) => each.text === text)?.id ?? 0
  /** The server starts again with the rows of this run; the client comes in again. */
  const restart = async () => {
    await hall.settled()
    const next = await openHall(rows, change)
    const nextLine = createTestLine()
    return { ...next, line: nextLine, session: await next.enter('c', nextLine) }
  }
  const keysOf = (kind: string): number => Array.from(rows.values.keys(), (key) => key).filter((key) => key.startsWith(kind)).length
  return { ...hall, memory: rows, line, session, publishAll, idOf, restart, keysOf }
}

describe('the window', () => {
  test('is never exceeded, and what waits follows acknowledgements in order', async () => {
    const { line, session, publishAll, ack, idOf } = await open({ inflight: 2 })
    await publishAll(['1', '2', '3', '4', '5'])
    expect(line.fresh()).toEqual(['1', '2'])
    ack(session, 'puback', idOf('2'))
    expect(line.fresh()).toEqual(['3'])
    ack(session, 'puback', idOf('1'))
    ack(session, 'puback', idOf('3'))
    expect(line.fresh()).toEqual(['4', '5'])
  })

  test('does not hold up QoS 0', async () => {
    const { line, publishAll } = await open({ inflight: 1 })
    await publishAll(['1', '2'])
    await publishAll(['zero'], 0)
    expect(line.fresh()).toEqual(['1', 'zero'])
  })

  test('holds a QoS 2 message until PUBCOMP', async () => {
    const { line, session, publishAll, ack, idOf, settled } = await open({ inflight: 1 })
    await publishAll(['1', '2'], 2)
    ack(session, 'pubrec', idOf('1'))
    await settled()
    expect(line.fresh()).toEqual(['1', `rel ${idOf('1')}`])
    ack(session, 'pubcomp', idOf('1'))
    expect(line.fresh()).toEqual(['2'])
  })
})

describe('a client that comes back', () => {
  test('gets what was in flight first, with its ids and DUP, then what waited, without', async () => {
    const { line, session, sessions, publishAll, idOf } = await open({ inflight: 2 })
    await publishAll(['1', '2', '3'])
    sessions.detach(session, line)
    await publishAll(['4'])
    const again = createTestLine()
    sessions.attach('c', false, again)
    expect(again.fresh()).toEqual(['dup 1', 'dup 2'])
    expect(again.sent.map(({ id }) => id)).toEqual([idOf('1'), idOf('2')])
  })

  test('after a restart of the server gets the same', async () => {
    const first = await open({ inflight: 2 })
    await first.publishAll(['1', '2', '3'])
    const { line, session, ack } = await first.restart()
    expect(line.fresh()).toEqual(['dup 1', 'dup 2'])
    expect(line.sent.map(({ id }) => id)).toEqual([first.idOf('1'), first.idOf('2')])
    ack(session, 'puback', first.idOf('1'))
    expect(line.fresh()).toEqual(['3'])
  })

  test('gets PUBREL, and not the message, once PUBREC was taken; also after a restart', async () => {
    const first = await open()
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
    const first = await open()
    await first.publishAll(['1', '2', '3'])
    first.ack(first.session, 'puback', first.idOf('2'))
    const { line } = await first.restart()
    expect(line.fresh()).toEqual(['dup 1', 'dup 3'])
  })
})

describe('PUBREC', () => {
  test('is answered only once it is on disk that the message must not be sent again', async () => {
    const { line, session, sessions, memory, publishAll, ack, idOf, settled } = await open()
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
    const { line, session, sessions, memory, publishAll, ack, idOf, settled } = await open()
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
    const { line, session, ack } = await open()
    ack(session, 'pubrec', 77)
    expect(line.fresh()).toEqual(['rel 77'])
  })

  test('of a client without a stored session is answered at once', async () => {
    const { sessions, subscribe, publish, ack } = await open()
    const line = createTestLine()
    const session = sessions.attach('d', true, line)
    await subscribe(session, 'x', 2)
    await publish('x', '1', 2)
    ack(session, 'pubrec', line.sent[0]?.id ?? 0)
    expect(line.fresh()).toEqual(['1', `rel ${line.sent[0]?.id}`])
  })
})

test('an acknowledgement of the wrong kind, or twice, or of nothing, changes nothing', async () => {
  const { session, publishAll, publish, ack, idOf, settled } = await open()
  await publishAll(['one'])
  await publish('a', 'two', 2)
  ack(session, 'pubcomp', idOf('one'))
  ack(session, 'pubrec', idOf('one'))
  ack(session, 'puback', idOf('two'))
  ack(session, 'pubcomp', idOf('two'))
  ack(session, 'puback', 999)
  await settled()
  expect([session.count, session.inflight.size]).toEqual([2, 2])
  ack(session, 'puback', idOf('one'))
  ack(session, 'puback', idOf('one'))
  expect([session.count, session.bytes]).toEqual([1, 4])
})

test('a message is lowered to the QoS of the subscription, and at QoS 0 not kept for who is away', async () => {
  const { sessions, publish, subscribe, enter } = await open()
  const line = createTestLine()
  const low = await enter('low', line)
  await subscribe(low, 'x', 1)
  await subscribe(low, 'y', 0)
  await publish('x', 'one', 2)
  await publish('y', 'zero', 2)
  expect(line.sent.map(({ text, qos }) => [text, qos])).toEqual([
    ['one', 1],
    ['zero', 0],
  ])
  sessions.detach(low, line)
  await publish('y', 'lost', 2)
  const again = createTestLine()
  sessions.attach('low', false, again)
  expect(again.fresh()).toEqual(['dup one'])
})

describe('a line that takes nothing', () => {
  test('keeps QoS 0 in order until it does, without the window', async () => {
    const { line, session, sessions, publishAll, drops } = await open({ inflight: 1 })
    line.congested = true
    await publishAll(['z1', 'z2'], 0)
    await publishAll(['one'])
    expect([line.fresh(), session.count]).toEqual([[], 3])
    line.congested = false
    pump(sessions.pool, session)
    expect(line.fresh()).toEqual(['z1', 'z2', 'one'])
    expect([session.count, drops]).toEqual([1, []])
  })

  test('has QoS 0 behind what waits already, so that it keeps its order', async () => {
    const { line, publishAll, session, sessions } = await open()
    line.congested = true
    await publishAll(['z1'], 0)
    line.congested = false
    await publishAll(['z2'], 0)
    expect(line.fresh()).toEqual([])
    pump(sessions.pool, session)
    expect(line.fresh()).toEqual(['z1', 'z2'])
  })

  test('has QoS 0 lost that finds no room, and is told', async () => {
    const { line, publishAll, drops, session } = await open({ maxMessages: 2 })
    line.congested = true
    await publishAll(['z1', 'z2', 'z3'], 0)
    expect([drops, line.overruns, session.count]).toEqual([['queue_full'], 1, 2])
  })

  test('leaves no QoS 0 behind when it goes, and all of the rest', async () => {
    const { line, publishAll, session, sessions } = await open()
    line.congested = true
    await publishAll(['zero'], 0)
    await publishAll(['one'])
    sessions.detach(session, line)
    expect([session.count, session.bytes]).toEqual([1, 4])
    const again = createTestLine()
    sessions.attach('c', false, again)
    expect(again.fresh()).toEqual(['one'])
  })
})

describe('rights that were revoked', () => {
  test('hold for what waits, for what was in flight, and for QoS 0', async () => {
    const { line, session, sessions, publish, drops, keysOf, settled } = await open({ inflight: 1 })
    await publish('secret', 's1')
    await publish('secret', 's2')
    await publish('free', 'f1')
    sessions.detach(session, line)
    const again = createTestLine()
    again.mayReceive = (topic) => topic !== 'secret'
    sessions.attach('c', false, again)
    await publish('secret', 's3', 0)
    expect(again.fresh()).toEqual(['f1'])
    expect(drops).toEqual(['no_rights', 'no_rights'])
    await settled()
    expect([session.count, keysOf('q:'), keysOf('m:')]).toEqual([1, 1, 1])
  })
})

describe('age', () => {
  test('has what waited too long dropped before it is sent, and its rows', async () => {
    const { line, session, sessions, publishAll, clock, drops, keysOf, settled } = await open({ messageSeconds: 10 })
    sessions.detach(session, line)
    await publishAll(['old'])
    clock.at += 10_000
    await publishAll(['young'])
    clock.at += 1
    const again = createTestLine()
    sessions.attach('c', false, again)
    expect([again.fresh(), drops]).toEqual([['young'], ['expired']])
    await settled()
    expect([session.count, keysOf('q:'), keysOf('m:')]).toEqual([1, 1, 1])
  })

  test('has what waits for a client that is away dropped without it, and what is in flight sent again', async () => {
    const { line, session, sessions, publishAll, clock, keysOf, settled } = await open({ messageSeconds: 10, inflight: 1 })
    await publishAll(['flying', 'old'])
    sessions.detach(session, line)
    clock.at += 10_001
    sessions.sweep()
    await settled()
    expect([session.count, keysOf('q:')]).toEqual([1, 1])
    const again = createTestLine()
    sessions.attach('c', false, again)
    expect(again.fresh()).toEqual(['dup flying'])
  })
})

test('a message of several sessions stays on disk until the last of them is done with it', async () => {
  const { session, publishAll, enter, subscribe, ack, idOf, keysOf, settled } = await open()
  const line = createTestLine()
  const second = await enter('d', line)
  await subscribe(second, 'a', 1)
  await publishAll(['shared'])
  expect([keysOf('m:'), keysOf('q:')]).toEqual([1, 2])
  ack(session, 'pubrec', idOf('shared'))
  ack(session, 'puback', idOf('shared'))
  await settled()
  expect([keysOf('m:'), keysOf('q:')]).toEqual([1, 1])
  ack(second, 'puback', line.sent[0]?.id ?? 0)
  await settled()
  expect([keysOf('m:'), keysOf('q:')]).toEqual([0, 0])
})

test('acknowledgements that cannot be written are written when the disk takes them', async () => {
  const { session, sessions, memory, publishAll, ack, idOf, keysOf, settled } = await open()
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
