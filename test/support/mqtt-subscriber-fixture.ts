// A client without a socket that is subscribed to everything at QoS 2, for tests of what is sent from its session.

import type { Session } from '../../src/mqtt/sessions/session.ts'
import { type MemoryRows, memoryRows } from './mqtt-memory-rows.ts'
import { createMqttSessionsFixture, createTestWriter, type MqttSessionsFixture, type TestWriter } from './mqtt-sessions-fixture.ts'

export interface MqttSubscriberFixture extends MqttSessionsFixture {
  readonly memory: MemoryRows
  readonly writer: TestWriter
  readonly session: Session
  publishAll(texts: readonly string[], qos?: 0 | 1 | 2): Promise<void>
  /** The packet id that a text was sent with. */
  idOf(text: string): number
  /** Restarts the server with the rows of this run; the client reconnects. */
  restart(): Promise<MqttSessionsFixture & Pick<MqttSubscriberFixture, 'writer' | 'session'>>
  /** Rows of that kind. */
  keysOf(kind: string): number
}

export const createMqttSubscriberFixture = async (
  change: Parameters<typeof createMqttSessionsFixture>[1] = {},
): Promise<MqttSubscriberFixture> => {
  const memory = memoryRows()
  const fixture = await createMqttSessionsFixture(memory, change)
  const writer = createTestWriter()
  const session = await fixture.enter('c', writer)
  await fixture.subscribe(session, '#', 2)
  return {
    ...fixture,
    memory,
    writer,
    session,
    async publishAll(texts, qos = 1) {
      for (const text of texts) await fixture.publish('a', text, qos)
    },
    idOf: (text) => writer.sent.find((each) => each.text === text)?.id ?? 0,
    async restart() {
      await fixture.settled()
      const next = await createMqttSessionsFixture(memory, change)
      const nextWriter = createTestWriter()
      return { ...next, writer: nextWriter, session: await next.enter('c', nextWriter) }
    },
    keysOf: (kind) => Array.from(memory.values.keys(), (key) => key).filter((key) => key.startsWith(kind)).length,
  }
}
