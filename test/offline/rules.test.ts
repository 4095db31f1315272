// Whose a session is, and the numbers that its messages get: rules without a database.

import { describe, expect, it } from 'vitest'
import { sessionId } from '../../src/mqtt/entry/identity.ts'
import { createNumbering, createPacketIds, maxQueued } from '../../src/mqtt/migration/numbering.ts'
import { createPlacing } from '../../src/mqtt/migration/placing.ts'
import { lastSessionId } from '../../src/mqtt/sessions/session.ts'
import { fogcloud } from '../../src/ota/dialects/fogcloud.ts'

const placedBy =
  (others: string | null, usernames: Record<string, string> = {}) =>
  (client: string, ...filters: readonly string[]): string | null => {
    const identity = createPlacing(
      { usernames: new Map(Object.entries(usernames)), others },
      (name) => name === 'a&b',
      fogcloud.topicsOf,
    )(client, filters)
    return identity === null ? null : sessionId(identity, client)
  }

describe('a session belongs to', () => {
  const place = placedBy(null)

  it.each([
    [['c', 'fogcloud/pk/dn/#'], 'device/pk/dn/c'],
    [['c', 'fogcloud/pk/dn/a', 'fogcloud/pk/dn/+/b'], 'device/pk/dn/c'],
    [['pk&dn|signmethod=hmacsha1,authType=1|'], 'device/pk/dn/pk&dn|signmethod=hmacsha1,authType=1|'],
    [['pk&dn|authType=1|', 'other/#'], 'device/pk/dn/pk&dn|authType=1|'],
    [['p&d|authType=1|', 'fogcloud/pk/dn/#'], 'device/pk/dn/p&d|authType=1|'],
  ] as const)('the device that %j names', ([client, ...filters], session) => {
    expect(place(client, ...filters)).toBe(session)
  })

  it.each([
    [['c']],
    [['pk&dn']],
    [['a&b&c|authType=1|']],
    [['c', 'fogcloud/pk/dn/#', 'fogcloud/pk/dn2/#']],
    [['c', 'fogcloud/pk/dn/#', 'other']],
    [['c', 'fogcloud/pk/+/x']],
    [['c', 'fogcloud/#']],
    [['c', 'fogcloud/pk/dn']],
    [['c', 'fogcloud/pk//x']],
  ] as const)('nobody that %j alone would name', ([client, ...filters]) => {
    expect(place(client, ...filters)).toBeNull()
  })

  it('who the map says, before all else, as the broker reads a username', () => {
    const mapped = placedBy(null, { one: 'dn9&pk9', two: 'scada', three: '', four: 'a&b' })
    expect(mapped('one', 'fogcloud/pk/dn/#')).toBe('device/pk9/dn9/one')
    expect(mapped('two')).toBe('user/scada/two')
    expect(mapped('three')).toBe('anonymous/three')
    expect(mapped('four')).toBe('user/a%26b/four')
  })

  it('the user of all others, or to nobody by name', () => {
    expect(placedBy('scada')('c', 'plant/#')).toBe('user/scada/c')
    expect(placedBy('scada')('c', 'fogcloud/pk/dn/#')).toBe('device/pk/dn/c')
    expect(placedBy('')('c', 'plant/#')).toBe('anonymous/c')
  })
})

describe('messages', () => {
  it('keep the order of their broker, runs one behind the other, behind what was in flight', () => {
    const { queued, inflight } = createNumbering(
      new Map([
        ['b', 7],
        ['a', 1_000_000],
      ]),
    )
    const seqs = [
      inflight(),
      inflight(),
      ...[
        ['a', 1],
        ['a', 2],
        ['a', 1_000_000],
        ['b', 1],
        ['b', 7],
      ].map(([run, counter]) => queued(String(run), Number(counter), 'x')?.seq),
    ]
    expect(seqs).toEqual([...seqs].sort((one, other) => Number(one) - Number(other)))
    expect(new Set(seqs).size).toBe(seqs.length)
  })

  it('in several queues are one message; two under one number of a broker that counted twice are two', () => {
    const { queued } = createNumbering(new Map([['fixed', 9]]))
    const first = queued('fixed', 3, 'digest')
    expect(first).toMatchObject({ isNew: true })
    expect(queued('fixed', 3, 'digest')).toEqual({ seq: first?.seq, isNew: false })
    expect(queued('fixed', 3, 'another')).toMatchObject({ isNew: true })
    expect(queued('fixed', 3, 'another')?.seq).toBeLessThan(queued('fixed', 4, 'digest')?.seq ?? 0)
    expect(queued('unknown', 3, 'digest')).toBeNull()
  })
})

describe('packet ids', () => {
  it('of what was in flight stay, where they may and at QoS 2 always; others go round them', () => {
    const { kept, fresh } = createPacketIds(new Set([2, 3, 60_000]))
    expect([fresh(), kept(2, 1), fresh(), kept(3, 2), kept(60_000, 2), kept(60_000, 1), kept(2, 2)]).toEqual([1, 2, 4, 3, 60_000, 5, 6])
  })

  it('are each another one in the longest queue, however many were in flight', () => {
    for (const count of [0, 1, 9000, 65_535]) {
      const { kept, fresh } = createPacketIds(new Set(Array.from({ length: count }, (_, at) => at + 1)))
      const ids = Array.from({ length: maxQueued }, (_, at) => (at < count ? kept(at + 1, 1) : fresh()))
      expect(new Set(ids).size).toBe(maxQueued)
      expect(Math.max(...ids)).toBeLessThanOrEqual(lastSessionId)
    }
  })
})
