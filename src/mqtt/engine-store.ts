// The session store as the engine sees it: it looks up a session at each CONNECT and stores wills. It has no subscriptions, since
// messages do not go through the engine (docs/adr/0011-delivery-is-our-own.md).

import { Readable } from 'node:stream'
import type { EngineClient } from './client.ts'
import type { StoredWill } from './sessions/rows.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Wills } from './sessions/wills.ts'

/** The engine takes it for a subscription to restore, and so sets `session present` in CONNACK; nothing is restored. */
const sessionMark = { topic: 'session', qos: 0 } as const

/** The part of aedes-persistence's contract that Aedes 1.2.0 calls for clients that publish and subscribe nothing through it. */
export const createEngineStore = (sessions: Sessions, wills: Wills) => ({
  async setup(): Promise<void> {},
  subscriptionsByClient: async ({ id }: Pick<EngineClient, 'id'>) => ((await sessions.resume(id)) ? [sessionMark] : []),
  cleanSubscriptions: ({ id }: Pick<EngineClient, 'id'>): Promise<void> => sessions.discard(id),
  cleanIncoming: (): Promise<void> => Promise.resolve(),
  putWill: (engineClient: object, will: StoredWill): Promise<void> => wills.put(engineClient, will),
  // Here the engine names only the session, which another connection may use by then: accept.ts drops the will of the connection itself.
  delWill: (): Promise<void> => Promise.resolve(),
  streamWill: (): Readable => Readable.from([]),
  outgoingStream: (): Readable => Readable.from([]),
})
