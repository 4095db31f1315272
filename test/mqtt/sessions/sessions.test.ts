// Sessions: how they begin, resume and end, in memory and on disk, also when the disk fails meanwhile.

import { describe, expect, test } from 'vitest'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { createMqttSessionsFixture, createTestWriter, failWrites, holdWrites } from '../../support/mqtt-sessions-fixture.ts'

const open = async (change: Parameters<typeof createMqttSessionsFixture>[1] = {}) => {
  const rows = memoryRows()
  const fixture = await createMqttSessionsFixture(rows, change)
  const restart = async () => {
    await fixture.settled()
    return createMqttSessionsFixture(rows, change, fixture.clock.at)
  }
  return { ...fixture, memory: rows, restart }
}

const second = 1000

describe('a session', () => {
  test('is new at its first CONNECT and present at the next, also after a restart', async () => {
    const { sessions, restart, memory } = await open()
    expect(await sessions.resume('c')).toBe(false)
    expect(memory.values.size).toBe(1)
    expect(await sessions.resume('c')).toBe(true)
    expect(await (await restart()).sessions.resume('c')).toBe(true)
  })

  test('keeps its subscriptions over a restart, the last QoS of each', async () => {
    const { enter, subscribe, restart } = await open()
    const session = await enter('c', createTestWriter())
    await subscribe(session, 'a/#', 1)
    await subscribe(session, 'b:c', 2)
    await subscribe(session, 'a/#', 0)
    const after = (await restart()).sessions
    const again = after.attach('c', false, createTestWriter())
    expect(again.filters).toEqual(
      new Map([
        ['a/#', 0],
        ['b:c', 2],
      ]),
    )
    expect(after.filters.match('a/x')).toEqual(new Map([[again, 0]]))
  })

  test('is ended by a clean CONNECT, with everything that was stored of it', async () => {
    const { sessions, enter, subscribe, publish, memory, settled } = await open()
    const writer = createTestWriter()
    const session = await enter('c', writer)
    await subscribe(session, '#', 2)
    session.incoming = new Set([7])
    await publish('a', '1', 2)
    sessions.detach(session, writer)
    await publish('a', '2', 1)
    await sessions.discard('c')
    await settled()
    expect([memory.values.size, sessions.stored, sessions.filters.size]).toEqual([0, 0, 0])
    expect(sessions.pool.totals).toEqual({ count: 0, bytes: 0 })
    expect(await sessions.resume('c')).toBe(false)
  })

  test('that is clean leaves nothing on disk, and ends with its connection', async () => {
    const { sessions, subscribe, publish, memory, settled } = await open()
    const writer = createTestWriter()
    const session = sessions.attach('c', true, writer)
    await subscribe(session, 'a', 2)
    await publish('a', '1', 2)
    expect(writer.fresh()).toEqual(['1'])
    sessions.detach(session, writer)
    await settled()
    expect([memory.values.size, sessions.filters.size, sessions.pool.totals.count]).toEqual([0, 0, 0])
  })

  test('resumes with its newest writer, and is not detached when the previous one closes', async () => {
    const { sessions, enter, subscribe, publish } = await open()
    const [before, after] = [createTestWriter(), createTestWriter()]
    const session = await enter('c', before)
    await subscribe(session, 'a', 1)
    expect(sessions.attach('c', false, after)).toBe(session)
    sessions.detach(session, before)
    await publish('a', '1')
    expect([before.fresh(), after.fresh(), session.leftAt]).toEqual([[], ['1'], null])
  })

  test('with an id of any characters is a separate one', async () => {
    const { sessions, restart } = await open()
    const ids = ['a', 'a:', ':a', 'a/b', 'ä', '鐘', ' ', '{"id":"a"}']
    for (const id of ids) expect(await sessions.resume(id)).toBe(false)
    const after = (await restart()).sessions
    expect(after.stored).toBe(ids.length)
    for (const id of ids) expect(await after.resume(id)).toBe(true)
  })
})

describe('a session whose client does not reconnect', () => {
  test('ends after the time limit, and not before', async () => {
    const { sessions, enter, subscribe, publish, clock, memory, settled } = await open({ sessionSeconds: 10 })
    const writer = createTestWriter()
    const session = await enter('c', writer)
    await subscribe(session, 'a', 1)
    await publish('a', '1')
    clock.at += 100 * second
    sessions.sweep()
    expect(sessions.stored).toBe(1)
    sessions.detach(session, writer)
    clock.at += 10 * second
    sessions.sweep()
    expect(sessions.stored).toBe(1)
    clock.at += 1
    sessions.sweep()
    await settled()
    expect([sessions.stored, sessions.filters.size, memory.values.size]).toEqual([0, 0, 0])
  })

  test('counts that time over a restart', async () => {
    const { sessions, enter, restart, clock } = await open({ sessionSeconds: 10 })
    const writer = createTestWriter()
    sessions.detach(await enter('c', writer), writer)
    clock.at += 9 * second
    const after = await restart()
    after.clock.at += second
    after.sessions.sweep()
    expect(after.sessions.stored).toBe(1)
    after.clock.at += 1
    after.sessions.sweep()
    expect(after.sessions.stored).toBe(0)
  })

  test('counts it from the start if the server ended while it was connected', async () => {
    const { enter, restart } = await open({ sessionSeconds: 10 })
    await enter('c', createTestWriter())
    const after = await restart()
    after.clock.at += 11 * second
    after.sessions.sweep()
    expect(after.sessions.stored).toBe(0)
  })

  test('that reconnected counts from the start again, also over a restart', async () => {
    const { sessions, enter, clock, restart } = await open({ sessionSeconds: 10 })
    const writer = createTestWriter()
    sessions.detach(await enter('c', writer), writer)
    clock.at += 9 * second
    sessions.attach('c', false, createTestWriter())
    const after = await restart()
    after.clock.at += 3 * second
    after.sessions.sweep()
    expect(after.sessions.stored).toBe(1)
  })

  test('of a client that disconnected before it was admitted ends too', async () => {
    const { sessions, clock, memory, settled } = await open({ sessionSeconds: 10 })
    await sessions.resume('c')
    clock.at += 11 * second
    sessions.sweep()
    await settled()
    expect([sessions.stored, memory.values.size]).toEqual([0, 0])
  })
})

describe('when the disk fails', () => {
  test('a session does not begin until the disk works again', async () => {
    const { sessions, memory } = await open()
    const free = failWrites(memory)
    await expect(sessions.resume('c')).rejects.toThrow('disk full')
    expect(sessions.stored).toBe(0)
    free()
    expect(await sessions.resume('c')).toBe(false)
  })

  test('a second CONNECT while the first is being stored does not report a session that then does not exist', async () => {
    const { sessions, memory } = await open()
    const held = holdWrites(memory)
    const answers = ['first', 'second'].map((name) =>
      sessions.resume('c').then(
        (there) => `${name} ${there}`,
        () => `${name} failed`,
      ),
    )
    held.fail()
    expect(await Promise.all(answers)).toEqual(['first failed', 'second failed'])
    expect(sessions.stored).toBe(0)
  })

  test('a clean CONNECT is refused, and what it ended is removed from disk later', async () => {
    const { sessions, enter, subscribe, memory, settled, restart } = await open()
    await subscribe(await enter('c', createTestWriter()), 'a', 1)
    const free = failWrites(memory)
    await expect(sessions.discard('c')).rejects.toThrow('disk full')
    await settled()
    expect([sessions.stored, memory.values.size]).toEqual([0, 2])
    free()
    sessions.sweep()
    await settled()
    expect([memory.values.size, (await restart()).sessions.stored]).toEqual([0, 0])
  })

  test('a session that ended while the disk failed is not restored by earlier deferred writes', async () => {
    const { sessions, enter, memory, settled, restart } = await open()
    const writer = createTestWriter()
    const session = await enter('c', writer)
    const held = holdWrites(memory)
    sessions.detach(session, writer)
    const discarded = sessions.discard('c').catch(() => 'refused')
    held.fail()
    expect(await discarded).toBe('refused')
    await settled()
    sessions.sweep()
    await settled()
    expect([memory.values.size, (await restart()).sessions.stored]).toEqual([0, 0])
  })

  test('a subscription is refused, and there is none, or still the previous one', async () => {
    const { enter, subscribe, memory, sessions, restart } = await open()
    const session = await enter('c', createTestWriter())
    await subscribe(session, 'b', 1)
    const free = failWrites(memory)
    expect([await subscribe(session, 'a', 1), await subscribe(session, 'b', 2)]).toEqual([false, false])
    expect([sessions.filters.has('a'), session.filters]).toEqual([false, new Map([['b', 1]])])
    free()
    expect((await restart()).sessions.attach('c', false, createTestWriter()).filters).toEqual(new Map([['b', 1]]))
  })

  test('an UNSUBSCRIBE is answered, nothing more is delivered, and the row is removed later', async () => {
    const { enter, subscribe, publish, memory, sessions, restart, settled } = await open()
    const writer = createTestWriter()
    const session = await enter('c', writer)
    await subscribe(session, 'a', 1)
    const free = failWrites(memory)
    await new Promise<void>((resolve) => sessions.unsubscribe(session, ['a'], resolve))
    await publish('a', '1')
    expect([writer.fresh(), sessions.filters.size]).toEqual([[], 0])
    await settled()
    free()
    sessions.sweep()
    await settled()
    expect((await restart()).sessions.filters.size).toBe(0)
  })
})

describe('a session that ends while something of it is being written', () => {
  test('leaves no row of a message, and other sessions get it', async () => {
    const { sessions, enter, subscribe, publish, memory, settled, ack } = await open()
    const writer = createTestWriter()
    const [gone, stays] = [await enter('gone', createTestWriter()), await enter('stays', writer)]
    await subscribe(gone, 'a', 1)
    await subscribe(stays, 'a', 1)
    const held = holdWrites(memory)
    const published = [publish('a', 'both'), publish('a', 'both too')]
    const discarded = sessions.discard('gone')
    held.pass()
    await Promise.all([...published, discarded])
    expect(writer.fresh()).toEqual(['both', 'both too'])
    for (const { id } of writer.sent) ack(stays, 'puback', id)
    await sessions.discard('stays')
    await settled()
    expect([memory.values.size, sessions.pool.totals]).toEqual([0, { count: 0, bytes: 0 }])
  })

  test('leaves no row of a message that no other session gets, whichever is written first', async () => {
    const { sessions, enter, subscribe, publish, memory, settled } = await open()
    const session = await enter('c', createTestWriter())
    await subscribe(session, 'a', 2)
    const held = holdWrites(memory)
    const first = publish('a', '1', 2)
    await held.reached
    const [discarded, next] = [sessions.discard('c'), publish('a', '2', 2)]
    held.pass()
    await Promise.all([first, discarded, next])
    await settled()
    expect([memory.values.size, sessions.pool.totals.count]).toEqual([0, 0])
  })

  test('does not count a message whose write failed', async () => {
    const { sessions, enter, subscribe, publish, memory, settled } = await open()
    await subscribe(await enter('c', createTestWriter()), 'a', 1)
    const held = holdWrites(memory)
    const published = publish('a', '1').catch(() => 'failed')
    const discarded = sessions.discard('c').catch(() => 'failed')
    held.fail()
    expect(await Promise.all([published, discarded])).toEqual(['failed', 'failed'])
    await settled()
    expect([memory.values.size, sessions.pool.totals.count]).toEqual([0, 0])
  })

  test('leaves no row of a subscription', async () => {
    const { sessions, enter, subscribe, memory, settled } = await open()
    const session = await enter('c', createTestWriter())
    const held = holdWrites(memory)
    const subscribed = subscribe(session, 'a', 1)
    const discarded = sessions.discard('c')
    held.pass()
    await Promise.all([subscribed, discarded])
    await settled()
    expect([memory.values.size, sessions.filters.size]).toEqual([0, 0])
  })
})
