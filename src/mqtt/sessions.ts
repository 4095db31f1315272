// The session store of the broker: aedes-persistence-level over a part of the LevelDB directory that is its own, apart from
// the OTA data. Knows no devices; what its defects need mends here.

import type { Readable } from 'node:stream'
import levelPersistence from 'aedes-persistence-level'
import type { Log } from '../log.ts'
import { lastEngineId } from './aedes-private.ts'

/** A session store as the engine takes it; opaque to all but the engine. */
export interface Sessions {
  createRetainedStreamCombi(patterns: readonly string[]): Readable
  outgoingClearMessageId(client: object, packet: { readonly messageId: number }): Promise<unknown>
}

/**
 * `store` is an open sublevel (abstract-level) that nobody else writes to; whoever opened it closes it, after the broker.
 */
export const createSessions = (store: object, log: Log): Sessions => {
  const sessions: Sessions = levelPersistence(store)
  const retained = sessions.createRetainedStreamCombi.bind(sessions)
  // At SUBSCRIBE the engine reads this stream without an error listener: a store that fails would end the process.
  sessions.createRetainedStreamCombi = (patterns) =>
    retained(patterns).on('error', (error) => log.error({ err: error, patterns }, 'retained messages could not be read'))
  const clear = sessions.outgoingClearMessageId.bind(sessions)
  // A PUBACK of a packet that we wrote ourselves: the store has nothing under its id and need not be read.
  sessions.outgoingClearMessageId = (client, packet) =>
    packet.messageId > lastEngineId ? Promise.resolve(undefined) : clear(client, packet)
  return sessions
}
