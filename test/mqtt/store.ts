// Session stores for the tests of this room: the real LevelDB one in a directory of its own, and how to look into any.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Level } from 'level'
import { createSessions } from '../../src/mqtt/sessions.ts'
import { memorySessions } from './memory.ts'
import { createLog, type Said } from './rig.ts'

export interface TestStore {
  readonly sessions: object
  /** What waits for the client of that session. */
  queued(session: string): Promise<readonly { readonly topic?: string }[]>
  readonly said: readonly Said[]
  close(): Promise<void>
  /** Closes the store below only, as a failing disk would. */
  fail(): Promise<void>
}

const queuedIn = async (sessions: object, id: string): Promise<readonly { readonly topic?: string }[]> =>
  (sessions as { outgoingStream(client: { id: string }): Readable }).outgoingStream({ id }).toArray()

export const memoryStore = (): Promise<TestStore> => {
  const sessions = memorySessions()
  const nothing = (): Promise<void> => Promise.resolve()
  return Promise.resolve({ sessions, said: [], queued: (session) => queuedIn(sessions, session), close: nothing, fail: nothing })
}

export const levelStore = async (): Promise<TestStore> => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-mqtt-'))
  const level = new Level(join(directory, 'db'))
  await level.open()
  const said: Said[] = []
  const sublevel = level.sublevel('sessions')
  const sessions = createSessions(sublevel, createLog(said))
  return {
    sessions,
    said,
    queued: (session) => queuedIn(sessions, session),
    fail: () => sublevel.close(),
    async close() {
      await level.close()
      await rm(directory, { recursive: true })
    },
  }
}

export const stores = [
  { name: 'memory', open: memoryStore },
  { name: 'level', open: levelStore },
] as const
