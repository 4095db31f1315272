// A client without a socket that is subscribed to everything at QoS 2, for tests of what is sent from its session.

import type { Session } from '../../../src/mqtt/sessions/session.ts'
import { createTestWriter, type Hall, openHall, type TestWriter } from './hall.ts'
import { type MemoryRows, memoryRows } from './memory.ts'

export interface ClientHall extends Hall {
  readonly memory: MemoryRows
  readonly writer: TestWriter
  readonly session: Session
  publishAll(texts: readonly string[], qos?: 0 | 1 | 2): Promise<void>
  /** The packet id that a text was sent with. */
  idOf(text: string): number
  /** Restarts the server with the rows of this run; the client reconnects. */
  restart(): Promise<Hall & Pick<ClientHall, 'writer' | 'session'>>
  /** Rows of that kind. */
  keysOf(kind: string): number
}

export const openClient = async (change: Parameters<typeof openHall>[1] = {}): Promise<ClientHall> => {
  const memory = memoryRows()
  const hall = await openHall(memory, change)
  const writer = createTestWriter()
  const session = await hall.enter('c', writer)
  await hall.subscribe(session, '#', 2)
  return {
    ...hall,
    memory,
    writer,
    session,
    async publishAll(texts, qos = 1) {
      for (const text of texts) await hall.publish('a', text, qos)
    },
    idOf: (text) => writer.sent.find((each) => each.text === text)?.id ?? 0,
    async restart() {
      await hall.settled()
      const next = await openHall(memory, change)
      const nextWriter = createTestWriter()
      return { ...next, writer: nextWriter, session: await next.enter('c', nextWriter) }
    },
    keysOf: (kind) => Array.from(memory.values.keys(), (key) => key).filter((key) => key.startsWith(kind)).length,
  }
}
