// Timelines while rows wait: in the order in which things happened, none twice, none lost while they can be stored.

import { expect, test } from 'vitest'
import type { TimelineRow } from '../../src/ota/model.ts'
import { createMemory } from '../../src/store/memory.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

const stored = (fixture: OtaFixture, device = 'pk/d1'): Promise<readonly TimelineRow[]> => fixture.store.queries.timeline(device)
const whats = (rows: readonly TimelineRow[]): string[] => rows.map(({ what }) => what)

const crowd = async (fixture: OtaFixture, count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) await fixture.core.enrol('pk', `c${at}`, null)
}

test('a device that connects and reports in the same millisecond has connected first, also while others wait', async () => {
  const fixture = await createOtaFixture()
  await crowd(fixture, 300)
  await fixture.core.enrol('pk', 'd1', null)
  for (let at = 0; at < 300; at += 1) fixture.connect(`pk/c${at}`)
  const connection = fixture.connect('pk/d1')
  await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
  await fixture.pass(10)
  expect(whats(await stored(fixture))).toEqual(['connected', 'version'])
})

test('a device that connects and reports in the same millisecond while another commit is being written has connected first', async () => {
  const fixture = await createOtaFixture()
  for (const name of ['d0', 'd1']) await fixture.core.enrol('pk', name, null)
  fixture.connect('pk/d0')
  const other = fixture.core.enrol('pk', 'd2', null)
  const connection = fixture.connect('pk/d1')
  await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
  await other
  await fixture.pass(10)
  expect(whats(await stored(fixture))).toEqual(['connected', 'version'])
})

test('a row is listed once, also while its write is on disk and not yet known to be', async () => {
  const inner = createMemory()
  let hold: Promise<void> | undefined
  const disk = { ...inner, commit: (ops: Parameters<typeof inner.commit>[0]) => inner.commit(ops).then(() => hold) }
  const fixture = await createOtaFixture({ disk })
  await fixture.core.enrol('pk', 'd1', null)
  fixture.connect('pk/d1')
  let release = (): void => undefined
  hold = new Promise((resolve) => {
    release = resolve
  })
  const other = fixture.core.enrol('pk', 'd2', null)
  await new Promise((resolve) => setTimeout(resolve, 20))
  const rows = await fixture.core.operators.devices.timeline('pk/d1')
  release()
  await other
  expect(whats(rows)).toEqual(['connected'])
})

test('rows of thousands of devices that come and go twice at once are all stored while the disk can store them', async () => {
  const fixture = await createOtaFixture()
  const count = 5200
  await crowd(fixture, count)
  for (let round = 0; round < 2; round += 1) {
    const connections = Array.from({ length: count }, (_each, at) => fixture.connect(`pk/c${at}`))
    await fixture.settle()
    for (const connection of connections) {
      fixture.core.noteConnection(connection.device, 'disconnected', 'connection_lost')
      fixture.core.disconnected(connection)
    }
    await fixture.pass(1)
  }
  await fixture.core.stop()
  let missing = 0
  for (let at = 0; at < count; at += 1) if ((await stored(fixture, `pk/c${at}`)).length < 4) missing += 1
  expect(missing).toBe(0)
})

test('the ends of connections that come after the stop are stored at the end, all of them', async () => {
  const fixture = await createOtaFixture()
  await crowd(fixture, 300)
  const connections = Array.from({ length: 300 }, (_each, at) => fixture.connect(`pk/c${at}`))
  await fixture.core.stop()
  for (const connection of connections) {
    fixture.core.noteConnection(connection.device, 'disconnected', 'server_stop')
    fixture.core.disconnected(connection)
  }
  await fixture.core.end()
  for (let at = 0; at < 300; at += 1) expect(whats(await stored(fixture, `pk/c${at}`))).toEqual(['connected', 'disconnected'])
})

test('while nothing can be stored the newest 57,000 rows are kept, in their order, and stored once they can be', async () => {
  let isFull = false
  const disk = createMemory({
    gate: async () => {
      if (isFull) throw new Error('no space left')
    },
  })
  const fixture = await createOtaFixture({ disk })
  await crowd(fixture, 100)
  isFull = true
  const count = 70_000
  for (let at = 0; at < count; at += 1) {
    fixture.core.noteConnection(`pk/c${at % 100}`, 'disconnected', String(at))
    if (at % 20_000 === 0) await fixture.core.enrol('pk', 'another', null).catch(() => undefined)
  }
  isFull = false
  await fixture.core.stop()
  const rows: number[] = []
  for (let at = 0; at < 100; at += 1) {
    const own = (await stored(fixture, `pk/c${at}`)).map(({ reason }) => Number(reason))
    expect(own).toEqual(own.toSorted((one, other) => one - other))
    rows.push(...own)
  }
  expect(rows.length).toBeGreaterThan(57_000)
  expect(rows.length).toBeLessThan(66_000)
  expect(new Set(rows).size).toBe(rows.length)
  expect(Math.max(...rows)).toBe(count - 1)
})
