// Aedes with this room around it: it keeps the list of connected clients, ends the older connection of a session that is taken over, and closes
// all of them at the end (docs/adr/0011-delivery-is-our-own.md, 0021-connections-are-our-own.md). The only file that imports Aedes.

import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { Aedes } from 'aedes'
import type { Log } from '../log.ts'
import { dropPublishes, listOf } from './aedes-private.ts'

/** A connection as the engine lists it. */
export interface Listed {
  readonly id: string
  readonly closed: boolean
  /** Ends it; `done` is called once that has been handled. */
  close(done: () => void): void
}

export interface ClientList {
  /** Ends another connection with the same id [MQTT-3.1.4-2]. One that is closed already is not listed. */
  register(link: Listed): void
  unregister(link: Listed): void
  /** Closes all of them; nothing is listed after it. */
  close(done: () => void): void
}

/** The engine stores nothing and sees no messages; it looks for wills of other brokers now and then. */
const emptyStore = {
  async setup(): Promise<void> {},
  streamWill: (): Readable => Readable.from([]),
}

export const createClientList = async (log: Log): Promise<ClientList> => {
  const engine = await Aedes.createBroker({ id: randomUUID(), persistence: emptyStore })
  dropPublishes(engine)
  // None of its events may end the process. Declared for listeners of EventEmitter only.
  const emitter: EventEmitter = engine
  emitter.on('error', (error: unknown) => log.error({ err: error }, 'the list of connected clients failed'))
  return { ...listOf(engine), close: (done) => engine.close(done) }
}
