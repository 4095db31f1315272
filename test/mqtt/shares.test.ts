// Shares of what is common, on real sockets: retained messages and queues of one identity over all its client ids, kept sessions of a device.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { hashPassword } from '../../src/password.ts'
import { closeMqttFixtures, createMqttFixture, type MqttFixture, mqttSettings } from '../support/mqtt-fixture.ts'
import { memoryRows } from '../support/mqtt-memory-rows.ts'
import { connectAs, enterAs, patient, publishPacket, subscribe, type WireClient } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const { sessions } = mqttSettings()
const topic = (name: string, last: string | number): string => `fogcloud/pk/${name}/data/${last}`
const kilobyte = 'x'.repeat(1000)

/** Publishes a retained message; whether it was acknowledged. */
const retain = async (wire: WireClient, at: string, text = kilobyte): Promise<boolean> => {
  wire.write(publishPacket(at, text, { retain: true }))
  return wire.next('puback').then(
    () => true,
    () => false,
  )
}

const fill = async (wire: WireClient, name: string, most = 100): Promise<number> => {
  for (let at = 0; at < most; at++) if (!(await retain(wire, topic(name, at)))) return at
  return most
}

/** What a new subscriber gets. */
const retained = async ({ port }: MqttFixture, name: string): Promise<number> => {
  const wire = await enterAs(port, `${name}&pk`, { clientId: 'reader' })
  await subscribe(wire, [`fogcloud/pk/${name}/data/#`, 0])
  await wire.ping()
  const count = wire.came.filter(({ cmd }) => cmd === 'publish').length
  await wire.end()
  return count
}

describe('retained messages', () => {
  const open = (rows = memoryRows()) =>
    createMqttFixture({ rows, settings: { maxRetainedBytes: 160_000, sessions: { ...sessions, share: 1 / 16 } } })

  test('of one device over all its client ids take a sixteenth, and it is closed without a PUBACK for what is not kept', async () => {
    const fixture = await open()
    const first = await enterAs(fixture.port, 'greedy&pk', { clientId: 'one' })
    expect(await fill(first, 'greedy')).toBe(9)
    await first.closed
    const second = await enterAs(fixture.port, 'greedy&pk', { clientId: 'two' })
    expect(await retain(second, topic('greedy', 'more'))).toBe(false)
    expect(await retained(fixture, 'greedy')).toBe(9)
    expect(fixture.counts.get('disconnects share_taken')).toBe(2)
    expect(fixture.counts.get('quotas retained')).toBe(2)
    const warnings = fixture.log.filter(({ level }) => level === 'warn')
    expect(warnings).toMatchObject([{ fields: { quota: 'retained', taker: 'device/pk/greedy' } }])
    const other = await enterAs(fixture.port, 'other&pk')
    expect(await retain(other, topic('other', 1))).toBe(true)
    expect(await retained(fixture, 'other')).toBe(1)
  })

  test('that take no more room than before are retained, and removing them makes room', async () => {
    const { port } = await open()
    const wire = await enterAs(port, 'greedy&pk', { clientId: 'one' })
    for (let at = 0; at < 9; at++) await retain(wire, topic('greedy', at))
    expect(await retain(wire, topic('greedy', 0), kilobyte.replaceAll('x', 'y'))).toBe(true)
    expect(await retain(wire, topic('greedy', 0), '')).toBe(true)
    expect(await retain(wire, topic('greedy', 'new'))).toBe(true)
    expect(await retain(wire, topic('greedy', 'too much'))).toBe(false)
  })

  test('are still known as those of the device after a restart', async () => {
    const rows = memoryRows()
    const before = await open(rows)
    await fill(await enterAs(before.port, 'greedy&pk'), 'greedy')
    await before.broker.close()
    const after = await open(rows)
    expect(await retained(after, 'greedy')).toBe(9)
    expect(await retain(await enterAs(after.port, 'greedy&pk'), topic('greedy', 'more'))).toBe(false)
  })

  test('of a user are bounded too', async () => {
    const passwordHash = await hashPassword('p')
    const fixture = await createMqttFixture({
      settings: {
        maxRetainedBytes: 160_000,
        sessions: { ...sessions, share: 1 / 16 },
        users: [{ username: 'erp', passwordHash, publish: ['#'], subscribe: [] }],
      },
    })
    const wire = await enterAs(fixture.port, 'erp', { password: Buffer.from('p') })
    for (let at = 0; at < 9; at++) expect(await retain(wire, `plant/${at}`)).toBe(true)
    expect(await retain(wire, 'plant/more')).toBe(false)
  })

  test('beyond all bounds are acknowledged to nobody: those of QoS 0 are delivered, and not retained', async () => {
    const fixture = await createMqttFixture({ settings: { maxRetainedBytes: 9000 } })
    const taker = await enterAs(fixture.port, 'taker&pk')
    expect(await fill(taker, 'taker')).toBeLessThan(9)
    const wire = await enterAs(fixture.port, 'dn&pk')
    await subscribe(wire, [topic('dn', '#'), 0])
    wire.write(publishPacket(topic('dn', 'zero'), kilobyte, { retain: true, qos: 0 }))
    expect((await wire.next('publish')).topic).toBe(topic('dn', 'zero'))
    expect(await retain(wire, topic('dn', 'one'))).toBe(false)
    await vi.waitUntil(() => fixture.counts.get('disconnects retained_full') === 2, patient)
    const warning = fixture.log.find(({ fields }) => 'quota' in fields)
    expect(warning?.fields).toMatchObject({ quota: 'retained_total', most: expect.stringMatching(/^device\/pk\/taker: \d+ bytes$/) })
  })

  test('of a will over the share are delivered, and not retained', async () => {
    const fixture = await open()
    const will = { topic: topic('greedy', 'will'), payload: Buffer.from(kilobyte), qos: 1 as const, retain: true }
    const wire = await enterAs(fixture.port, 'greedy&pk', { clientId: 'one', will })
    await fill(wire, 'greedy')
    await vi.waitUntil(() => fixture.counts.get('quotas retained') === 2, patient)
    expect(await retained(fixture, 'greedy')).toBe(9)
  })
})

describe('queues', () => {
  test('of one identity over all its client ids take at most a sixteenth, each as much, and others are still served', async () => {
    const passwordHash = await hashPassword('p')
    const fixture = await createMqttFixture({
      settings: {
        sessions: { ...sessions, maxTotalBytes: 320_000, share: 1 / 16 },
        users: ['hoard', 'modest'].map((username) => ({ username, passwordHash, publish: [], subscribe: ['#'] })),
      },
    })
    const leave = async (username: string, clientId: string): Promise<void> => {
      const wire = await enterAs(fixture.port, username, { clientId, clean: false, password: Buffer.from('p') })
      await subscribe(wire, ['fogcloud/#', 1])
      await wire.end()
    }
    for (const clientId of ['a', 'b', 'c']) await leave('hoard', clientId)
    await leave('modest', 'm')
    const wire = await enterAs(fixture.port, 'dn&pk')
    for (let at = 0; at < 8; at++) {
      wire.write(publishPacket(topic('dn', at), kilobyte))
      await wire.next('puback')
    }
    const received = async (username: string, clientId: string): Promise<number> => {
      const { wire: again } = await connectAs(fixture.port, username, { clientId, clean: false, password: Buffer.from('p') })
      await again.ping()
      return again.came.filter(({ cmd }) => cmd === 'publish').length
    }
    const hoarded = [await received('hoard', 'a'), await received('hoard', 'b'), await received('hoard', 'c')]
    expect(hoarded.sort((one, other) => one - other)).toEqual([4, 5, 5])
    expect(await received('modest', 'm')).toBe(8)
    expect(fixture.counts.get('undelivered queue_full')).toBe(10)
    expect(fixture.log.find(({ fields }) => 'quota' in fields)?.fields).toMatchObject({ quota: 'queued', taker: 'user/hoard' })
  })

  test('of all together that are full are no share of one: the warning names who has most', async () => {
    const fixture = await createMqttFixture({ settings: { sessions: { ...sessions, maxTotalBytes: 10_000, share: 0.8 } } })
    const queue = async (name: string, count: number): Promise<void> => {
      const { wire } = await connectAs(fixture.port, `${name}&pk`, { clientId: 'away', clean: false })
      await subscribe(wire, [topic(name, '#'), 1])
      await wire.end()
      const writer = await enterAs(fixture.port, `${name}&pk`, { clientId: 'here' })
      for (let at = 0; at < count; at++) {
        writer.write(publishPacket(topic(name, at), kilobyte))
        await writer.next('puback')
      }
    }
    await queue('most', 6)
    await queue('other', 6)
    const warned = fixture.log.filter(({ fields }) => 'quota' in fields)
    expect(warned).toMatchObject([{ fields: { quota: 'queued_total', most: expect.stringMatching(/^device\/pk\/most: \d+ bytes$/) } }])
  })

  test.each(['erp', undefined])('of a client that stays away leave half of the share to the others of %j', async (username) => {
    const password = Buffer.from('p')
    const fixture = await createMqttFixture({
      settings: {
        sessions: { ...sessions, maxTotalBytes: 320_000, share: 1 / 16 },
        users: [{ username: 'erp', passwordHash: await hashPassword('p'), publish: [], subscribe: ['#'] }],
        anonymous: { publish: [], subscribe: ['#'] },
      },
    })
    const enter = (clientId: string) =>
      connectAs(fixture.port, username, { clientId, clean: false, ...(username === undefined ? {} : { password }) })
    const leave = async (clientId: string): Promise<void> => {
      const { wire } = await enter(clientId)
      await subscribe(wire, ['fogcloud/#', 1])
      await wire.end()
    }
    const received = async (clientId: string): Promise<number> => {
      const { wire } = await enter(clientId)
      await wire.ping()
      return wire.came.filter(({ cmd }) => cmd === 'publish').length
    }
    const publish = async (count: number): Promise<void> => {
      const wire = await enterAs(fixture.port, 'dn&pk')
      for (let at = 0; at < count; at++) {
        wire.write(publishPacket(topic('dn', at), kilobyte))
        await wire.next('puback')
      }
      await wire.end()
    }
    await leave('dormant')
    await publish(25)
    await leave('late')
    await publish(4)
    expect([await received('late'), await received('dormant')]).toEqual([4, 9])
  })
})

describe('kept sessions of a device', () => {
  const open = () => createMqttFixture({ settings: { sessions: { ...sessions, perDevice: 3 } } })
  const visit = async ({ port }: MqttFixture, clientId: string, username = 'dn&pk'): Promise<boolean> => {
    const { wire, present } = await connectAs(port, username, { clientId, clean: false })
    await wire.end()
    return present
  }

  test('are its newest ones, and nobody is refused', async () => {
    const fixture = await open()
    for (let at = 0; at < 50; at++) expect(await visit(fixture, `random ${at}`)).toBe(false)
    expect(fixture.counts.get('undelivered session_evicted')).toBe(47)
    expect(fixture.log.filter(({ fields }) => 'quota' in fields)).toMatchObject([{ fields: { quota: 'sessions', taker: 'device/pk/dn' } }])
    expect(await visit(fixture, 'random 49')).toBe(true)
    expect(await visit(fixture, 'random 0')).toBe(false)
  })

  test('of one do not end those of another, nor those that it comes back to', async () => {
    const fixture = await open()
    await visit(fixture, 'first', 'other&pk')
    await visit(fixture, 'stays')
    for (let at = 0; at < 10; at++) {
      await visit(fixture, `random ${at}`)
      expect(await visit(fixture, 'stays')).toBe(true)
    }
    expect(await visit(fixture, 'first', 'other&pk')).toBe(true)
  })

  test('are not bounded for a user, whose clients are many programs', async () => {
    const users = [{ username: 'erp', passwordHash: await hashPassword('p'), publish: [], subscribe: ['#'] }]
    const { port } = await createMqttFixture({ settings: { sessions: { ...sessions, perDevice: 3 }, users } })
    const came = async (clientId: string): Promise<boolean> => {
      const { wire, present } = await connectAs(port, 'erp', { clientId, clean: false, password: Buffer.from('p') })
      await wire.end()
      return present
    }
    for (const clientId of ['a', 'b', 'c', 'd', 'e']) expect(await came(clientId)).toBe(false)
    expect(await came('a')).toBe(true)
  })
})
