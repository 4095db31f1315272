// Wills: stored with their connection, published once, also after a restart; removed in the write that publishes them.

import { afterEach, describe, expect, test } from 'vitest'
import type { StoredWill } from '../../../src/mqtt/sessions/rows.ts'
import { createWills } from '../../../src/mqtt/sessions/wills.ts'
import { fogcloud } from '../../../src/ota/dialects/fogcloud.ts'
import { closeMqttFixtures, createMqttFixture } from '../../support/mqtt-fixture.ts'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { createMqttSessionsFixture, createTestWriter, failWrites, holdWrites } from '../../support/mqtt-sessions-fixture.ts'
import { createRecordingLog, type LogEntry } from '../../support/recording-log.ts'
import { enterAs, patient, subscribe } from '../../support/wire-client.ts'

afterEach(closeMqttFixtures)

const will = (text: string, topic = 'gone'): StoredWill => ({ topic, payload: Buffer.from(text), qos: 1, retain: false })

/** Wills with a client that is subscribed to all of them. */
const open = async (rows = memoryRows()) => {
  const fixture = await createMqttSessionsFixture(rows)
  const said: LogEntry[] = []
  const wills = createWills(fixture.sessions, fixture.router, createRecordingLog(said), fogcloud.isReserved)
  const writer = createTestWriter()
  const session = fixture.sessions.attach('hears', true, writer)
  await fixture.subscribe(session, '#', 2)
  const left = (): readonly string[] => Array.from(rows.values.keys(), (key) => key).filter((key) => key.startsWith('w:'))
  const publish = (client: object, each: StoredWill): Promise<void> => new Promise((resolve) => wills.publish(client, each, resolve))
  const drop = (client: object): Promise<void> => new Promise((resolve) => wills.drop(client, resolve))
  return { ...fixture, memory: rows, wills, writer, left, publish, drop, said }
}

describe('a will', () => {
  test('is on disk when the client is admitted, and removed with its message', async () => {
    const { wills, left, publish, writer } = await open()
    const client = {}
    await wills.put(client, will('bye'))
    expect(left().length).toBe(1)
    await publish(client, will('bye'))
    expect([left(), writer.fresh()]).toEqual([[], ['bye']])
  })

  test('is removed from disk before DISCONNECT is passed on', async () => {
    const { wills, left, drop, writer } = await open()
    const client = {}
    await wills.put(client, will('bye'))
    await drop(client)
    expect([left(), writer.fresh()]).toEqual([[], []])
  })

  test('of a successor with the same client id is not lost with the end of the previous connection', async () => {
    const { wills, left, publish, drop, memory } = await open()
    const [before, after] = [{ id: 'c' }, { id: 'c' }]
    await wills.put(before, will('one'))
    await wills.put(after, will('two'))
    await publish(before, will('one'))
    await drop(before)
    expect(left().length).toBe(1)
    const next = await open(memory)
    next.wills.publishLeft()
    await next.settled()
    expect([next.writer.fresh(), next.left()]).toEqual([['two'], []])
  })

  test('of a client that disconnected while its CONNECT was still being stored is not kept', async () => {
    const { wills, left, drop, memory, settled } = await open()
    const client = {}
    const held = holdWrites(memory)
    const put = wills.put(client, will('never'))
    const dropped = drop(client)
    held.pass()
    await Promise.all([put, dropped])
    await settled()
    expect(left()).toEqual([])
  })

  test('of a client that was disconnected while its will was being stored is not kept for the next start', async () => {
    const { wills, left, publish, writer, memory, settled } = await open()
    const client = {}
    const held = holdWrites(memory)
    const put = wills.put(client, will('once'))
    const published = publish(client, will('once'))
    held.pass()
    await Promise.all([put, published])
    await settled()
    expect([left(), writer.fresh()]).toEqual([[], ['once']])
  })

  test('of a client that had disconnected before its will was stored is not kept', async () => {
    const { wills, left, settled } = await open()
    const client = {}
    wills.drop(client)
    await wills.put(client, will('never'))
    await settled()
    expect(left()).toEqual([])
  })

  test('that cannot be stored refuses the client, and leaves nothing', async () => {
    const { wills, left, publish, memory, settled } = await open()
    const free = failWrites(memory)
    await expect(wills.put({}, will('bye'))).rejects.toThrow('disk full')
    free()
    await publish({}, will('other'))
    await settled()
    expect(left()).toEqual([])
  })

  test('that cannot be published because the disk fails is kept for the next start, and logged', async () => {
    const { wills, left, publish, memory, said, writer } = await open()
    const client = {}
    await wills.put(client, { ...will('bye'), retain: true })
    const free = failWrites(memory)
    await publish(client, { ...will('bye'), retain: true })
    free()
    expect([left().length, writer.fresh(), said.map(({ level }) => level)]).toEqual([1, [], ['error']])
  })

  test('that was dropped while the disk failed is removed from it later', async () => {
    const { wills, left, drop, memory, sessions, settled } = await open()
    const client = {}
    await wills.put(client, will('bye'))
    const free = failWrites(memory)
    await drop(client)
    await settled()
    free()
    sessions.journal.retry()
    await settled()
    expect(left()).toEqual([])
  })

  test.each(['', 'a/#', '+', '$SYS/x', 'fogcloud/pk/dn/thing/up/ota'])('on %j is not published, and removed', async (topic) => {
    const { wills, left, publish, writer, settled } = await open()
    const client = {}
    await wills.put(client, will('bye', topic))
    await publish(client, will('bye', topic))
    await settled()
    expect([left(), writer.fresh()]).toEqual([[], []])
  })
})

describe('at the start after a crash', () => {
  test('the wills of clients that were connected are published once, in order, retained ones too', async () => {
    const first = await open()
    await first.wills.put({}, will('one'))
    await first.wills.put({}, { ...will('two', 'kept'), retain: true })
    const second = await open(first.memory)
    second.wills.publishLeft()
    await second.settled()
    expect([second.writer.fresh(), second.left()]).toEqual([['one', 'two'], []])
    const third = await open(first.memory)
    third.wills.publishLeft()
    await third.settled()
    expect([third.writer.fresh(), third.sessions.retained.tree.get('kept')?.payload.toString()]).toEqual([[], 'two'])
  })

  test('a will is removed in the write that stores its message, or not at all', async () => {
    const first = await open()
    await first.wills.put({}, { ...will('bye'), retain: true })
    const second = await open(first.memory)
    const free = failWrites(first.memory)
    second.wills.publishLeft()
    await second.settled()
    expect([second.writer.fresh(), second.left().length, second.sessions.retained.tree.size]).toEqual([[], 1, 0])
    free()
    const third = await open(first.memory)
    third.wills.publishLeft()
    await third.settled()
    expect([third.writer.fresh(), third.left(), third.sessions.retained.tree.size]).toEqual([['bye'], [], 1])
  })

  test('new wills do not overwrite those that are still to be published', async () => {
    const first = await open()
    await first.wills.put({}, will('old'))
    const second = await open(first.memory)
    await second.wills.put({}, will('new'))
    expect(second.left().length).toBe(2)
  })
})

describe('on real connections', () => {
  const leaves = (text: string) => ({ will: { topic: 'gone', payload: Buffer.from(text), qos: 1 as const, retain: false } })

  test('the will of a client that is taken over is published, and its successor keeps its own', async () => {
    const rows = memoryRows()
    const { port } = await createMqttFixture({ rows, settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
    const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
    expect(await subscribe(watcher, ['gone', 1])).toEqual([1])
    await enterAs(port, undefined, { clientId: 'same', ...leaves('first') })
    const second = await enterAs(port, undefined, { clientId: 'same', ...leaves('second') })
    expect((await watcher.next('publish')).payload.toString()).toBe('first')
    await expect.poll(() => Array.from(rows.values.keys(), (key) => key).filter((key) => key.startsWith('w:')).length, patient).toBe(1)
    second.reset()
    expect((await watcher.next('publish')).payload.toString()).toBe('second')
    await expect.poll(() => Array.from(rows.values.keys(), (key) => key).filter((key) => key.startsWith('w:')), patient).toEqual([])
  })

  test('a client that sent DISCONNECT has no will any more when its socket closes', async () => {
    const rows = memoryRows()
    const { port } = await createMqttFixture({ rows, settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
    const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
    await subscribe(watcher, ['gone', 1])
    const client = await enterAs(port, undefined, { clientId: 'c', ...leaves('never') })
    expect(Array.from(rows.values.keys(), (key) => key[0])).toContain('w')
    client.write({ cmd: 'disconnect' })
    await client.closed
    expect(Array.from(rows.values.keys(), (key) => key[0])).not.toContain('w')
    await watcher.ping()
    expect(watcher.came.map(({ cmd }) => cmd)).not.toContain('publish')
  })

  test('a client that sends DISCONNECT and closes at once has no will, however slow the disk is', async () => {
    const rows = memoryRows()
    const { port } = await createMqttFixture({ rows, settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
    const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
    await subscribe(watcher, ['gone', 0])
    const client = await enterAs(port, undefined, { clientId: 'c', ...leaves('never') })
    const held = holdWrites(rows)
    client.stream.end(Buffer.from([0xe0, 0]))
    await held.reached
    expect(client.stream.closed).toBe(false)
    held.pass()
    await client.closed
    await expect.poll(() => Array.from(rows.values.keys(), (key) => key[0]), patient).not.toContain('w')
    await watcher.ping()
    expect(watcher.came.map(({ cmd }) => cmd)).not.toContain('publish')
  })
})
