// Session rows for tests of the broker: the real ones on LevelDB in a temporary directory, or in memory; and how to read them.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRow, type SessionRow } from '../../src/mqtt/sessions/rows.ts'
import type { SessionRows } from '../../src/ota/ports/session-rows.ts'
import { openLevel } from '../../src/store/level.ts'
import { memoryRows } from './mqtt-memory-rows.ts'

export interface MqttStoreFixture {
  readonly rows: SessionRows
  /** Topics of the messages that are queued on disk for that session. */
  queued(session: string): Promise<readonly string[]>
  close(): Promise<void>
}

const queuedIn = async (rows: SessionRows, id: string): Promise<readonly string[]> => {
  const read: (SessionRow | undefined)[] = []
  for await (const piece of rows.pieces()) for (const [key, value] of piece) read.push(readRow(key, value))
  const session = read.find((row) => row?.kind === 'session' && row.value.id === id)
  if (session?.kind !== 'session') return []
  const topics = new Map(read.flatMap((row) => (row?.kind === 'message' ? [[row.message.seq, row.message.topic] as const] : [])))
  return read.flatMap((row) => (row?.kind === 'entry' && row.number === session.number ? [topics.get(row.seq) ?? 'lost'] : []))
}

export const createMemoryStoreFixture = (): Promise<MqttStoreFixture> => {
  const rows = memoryRows()
  return Promise.resolve({ rows, queued: (session) => queuedIn(rows, session), close: () => Promise.resolve() })
}

export const createLevelStoreFixture = async (): Promise<MqttStoreFixture> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-mqtt-'))
  const { batches, sessions } = await openLevel(join(directory, 'db'))
  return {
    rows: sessions,
    queued: (session) => queuedIn(sessions, session),
    async close() {
      await batches.close()
      await rm(directory, { recursive: true })
    },
  }
}

export const storeFixtures = [
  { name: 'memory', open: createMemoryStoreFixture },
  { name: 'level', open: createLevelStoreFixture },
] as const
