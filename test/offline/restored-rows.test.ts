// Which rows of a backup a restore changes: the id of the store, the counters of ids, and MQTT sessions. No other.

import { expect, it } from 'vitest'
import { auditHeadKey, auditKey, signInPrefix } from '../../src/access/access-keys.ts'
import { ops } from '../../src/mqtt/sessions/rows.ts'
import { createRestoredRows } from '../../src/offline/restored-rows.ts'
import type { RawRow } from '../../src/ota/ports/snapshot.ts'
import { lastRunKey } from '../../src/station/station-keys.ts'
import { openStationRows } from '../../src/station/station-rows.ts'
import { gapKey, lastKey, rowKey, secretKey } from '../../src/store/keys.ts'
import { createMemory } from '../../src/store/memory.ts'
import { sessionPrefix } from '../../src/store/session-store.ts'
import { endedRun, sampleRun, sampleStation } from '../support/station-row-samples.ts'

const row = (key: string, value: string | Uint8Array): RawRow => [Buffer.from(key), Buffer.from(value)]
const textsOf = (rows: readonly RawRow[]): Record<string, string> =>
  Object.fromEntries(rows.map(([key, value]) => [key.toString(), value.toString()]))

it('ends sessions with all that belongs to them, and keeps retained messages', () => {
  const message = { seq: 5, topic: 'a/b', payload: Buffer.from('x'), time: 1 }
  const stored = [
    ops.putSession(1, { id: 'c', createdAt: 1, leftAt: null }),
    ops.putFilter(1, 'a/#', 1),
    ops.putMessage(message),
    ops.putEntry(1, 5, { qos: 1, retain: false, id: 1, released: false }),
    ops.putIncoming(1, 7),
    ops.putSent(1, 5),
    ops.putWill(1, { topic: 'will', payload: Buffer.from('gone'), qos: 1, retain: false }),
    ops.putRetained({ ...message, qos: 1, owner: 'device/pk/dn' }),
  ]
  const rows = stored.flatMap((op) => (op.type === 'put' ? [row(sessionPrefix + op.key, op.value)] : []))
  const kept = createRestoredRows('new').kept(rows)
  expect(kept.map(([key]) => key.toString())).toEqual(['!session!r:a/b'])
  expect(kept[0]?.[1].equals(rows.at(-1)?.[1] ?? Buffer.alloc(0))).toBe(true)
})

it('signs everybody out, and keeps people, tokens and the audit', () => {
  const rows = [row('token/d1', '{}'), row('person/mei', '{}'), row(auditKey(1), '{}'), row(auditHeadKey, '1:ab')]
  const kept = createRestoredRows('new').kept([...rows, row(`${signInPrefix}d2`, '{}')])
  expect(kept).toEqual(rows)
})

it('raises every counter above what was counted and what is there, and those that are not there yet', () => {
  const restored = createRestoredRows('new')
  restored.kept([row(lastKey('task'), '41'), row(rowKey.open(40), '{}'), row(rowKey.ended(7), '{}'), row(rowKey.campaign(9), '{}')])
  expect(textsOf(restored.last())).toEqual({
    [secretKey('instance')]: 'new',
    [lastKey('task')]: '1000041',
    [lastKey('campaign')]: '1000009',
    [lastKey('firmware')]: '1000000',
    [lastRunKey]: '1000000',
    [gapKey(41)]: '1000041',
  })
})

it('raises the counter of runs, and keeps open ones open', async () => {
  const disk = createMemory()
  const rows = await openStationRows(disk)
  await rows.commit([
    { put: 'station', value: sampleStation('fct-1') },
    { put: 'run', value: sampleRun(8) },
    { put: 'run', value: endedRun(7) },
  ])
  const stored: RawRow[] = []
  for await (const [key, text] of disk.range('', '\u{10ffff}')) stored.push(row(key, text))
  const restored = createRestoredRows('new')
  const kept = [...restored.kept(stored), ...restored.last()]
  const again = createMemory()
  await again.commit(kept.map(([key, value]) => ({ type: 'put', key: key.toString(), value: value.toString() })))
  const after = await openStationRows(again)
  expect(after.nextRunId()).toBe(1_000_009)
  expect([...after.memory.openRuns.values()]).toEqual([sampleRun(8)])
  expect((await after.queries.runs({ limit: 9 })).items).toEqual([sampleRun(8), endedRun(7)])
  await after.commit([{ put: 'run', value: sampleRun(1_000_009) }])
  expect(after.nextRunId()).toBe(1_000_010)
})

it('keeps all others byte for byte', () => {
  const rows = [row('!commits', '9'), row('device/a/b', '{"é":1}'), row('format', '3'), row(secretKey('link'), 'key'), row('unknown', 'x')]
  const restored = createRestoredRows('new')
  expect(restored.kept([...rows, row(secretKey('instance'), 'old')])).toEqual(rows)
  expect(restored.format()).toBe(3)
})
