// The session store as the engine sees it: it asks for a session at each CONNECT and keeps wills here. It is told of no subscription,
// since messages do not go through it (docs/adr/0011-delivery-is-our-own.md).

import { Readable } from 'node:stream'
import type { StoredWill } from './sessions/rows.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Wills } from './sessions/wills.ts'

interface Client {
  readonly id: string
}

/** What the engine takes for a subscription to restore: that there is one makes its CONNACK say `session present`; none is restored. */
const sessionMark = { topic: 'session', qos: 0 } as const

/** Of aedes-persistence's contract what Aedes 1.2.0 calls for clients that publish and subscribe nothing through it. */
export const createEngineStore = (sessions: Sessions, wills: Wills) => ({
  async setup(): Promise<void> {},
  subscriptionsByClient: async ({ id }: Client) => ((await sessions.resume(id)) ? [sessionMark] : []),
  cleanSubscriptions: ({ id }: Client): Promise<void> => sessions.discard(id),
  cleanIncoming: (): Promise<void> => Promise.resolve(),
  putWill: (client: object, will: StoredWill): Promise<void> => wills.put(client, will),
  // At its end the engine names the session only, which may have a successor by then: wills.ts is told of the connection itself.
  delWill: (): Promise<void> => Promise.resolve(),
  streamWill: (): Readable => Readable.from([]),
  outgoingStream: (): Readable => Readable.from([]),
})
