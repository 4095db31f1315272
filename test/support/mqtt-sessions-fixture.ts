// Sessions without sockets, for tests of sessions: real sessions, router, feed and wills over rows in memory, a clock that the
// test moves, and writers that record what they are given.

import { acknowledge } from '../../src/mqtt/sessions/delivery.ts'
import { createFeed, type Feed } from '../../src/mqtt/sessions/feed.ts'
import { createRouter, type Router } from '../../src/mqtt/sessions/router.ts'
import type { Bounds, Session, SessionWriter } from '../../src/mqtt/sessions/session.ts'
import { createSessions, type Sessions } from '../../src/mqtt/sessions/sessions.ts'
import type { Qos } from '../../src/mqtt/wire/packets.ts'
import type { SessionRows } from '../../src/ota/ports/session-rows.ts'
import { type MemoryRows, memoryRows } from './mqtt-memory-rows.ts'
import { createRecordingLog, type LogEntry } from './recording-log.ts'

export interface Sent {
  readonly text: string
  readonly topic: string
  readonly qos: Qos
  readonly retain: boolean
  readonly dup: boolean
  readonly id: number
}

export interface TestWriter extends SessionWriter {
  congested: boolean
  mayReceive: (topic: string) => boolean
  readonly sent: Sent[]
  /** What was sent since the last call, as `dup? text`, and `rel id` for a PUBREL. */
  fresh(): readonly string[]
  readonly overruns: number
}

export const createTestWriter = (congested = false): TestWriter => {
  const sent: Sent[] = []
  let said: string[] = []
  let overruns = 0
  return {
    congested,
    mayReceive: () => true,
    sent,
    get overruns() {
      return overruns
    },
    fresh() {
      const before = said
      said = []
      return before
    },
    publish({ message, qos, retain, id }, dup) {
      const text = message.payload.toString()
      sent.push({ text, topic: message.topic, qos, retain, dup, id })
      said.push(dup ? `dup ${text}` : text)
    },
    release: (id) => void said.push(`rel ${id}`),
    overrun() {
      overruns += 1
    },
  }
}

export interface MqttSessionsFixture {
  readonly rows: SessionRows
  readonly clock: { at: number }
  readonly bounds: { -readonly [name in keyof Bounds]: Bounds[name] }
  readonly sessions: Sessions
  readonly router: Router
  readonly feed: Feed
  /** Reasons of messages that sessions did not get. */
  readonly drops: string[]
  /** Bounds that were reached, and by whom. */
  readonly reached: readonly string[]
  readonly said: readonly LogEntry[]
  /** A client connects with clean session 0. */
  enter(id: string, writer: SessionWriter): Promise<Session>
  /** Resolves to whether it was stored. */
  subscribe(session: Session, filter: string, qos: Qos): Promise<boolean>
  /** Resolves when it may be acknowledged; rejects if it could not be stored. */
  publish(topic: string, text: string, qos?: Qos, retain?: boolean): Promise<void>
  ack(session: Session, cmd: 'puback' | 'pubrec' | 'pubcomp', id: number): void
  settled(): Promise<void>
}

const generous: Bounds = {
  inflight: 20,
  maxMessages: 10_000,
  maxBytes: 10_000_000,
  maxTotalBytes: 100_000_000,
  share: 1,
  perDevice: 1000,
  messageSeconds: 0,
  sessionSeconds: 0,
}

export const createMqttSessionsFixture = async (
  rows: SessionRows = memoryRows(),
  change: Partial<Bounds> = {},
  at = 1_000_000,
): Promise<MqttSessionsFixture> => {
  const clock = { at }
  const bounds = { ...generous, ...change }
  const [drops, reached, said]: [string[], string[], LogEntry[]] = [[], [], []]
  const now = () => clock.at
  const sessions = await createSessions({
    rows,
    now,
    bounds: () => bounds,
    maxRetainedBytes: () => 1_000_000_000,
    log: createRecordingLog(said),
    quotas: { reached: (quota, taker) => void reached.push(`${quota} ${taker}`) },
    count: (why) => void drops.push(why),
  })
  const router = createRouter(sessions, now)
  return {
    rows,
    clock,
    bounds,
    sessions,
    router,
    feed: createFeed(sessions),
    drops,
    reached,
    said,
    async enter(id, writer) {
      await sessions.resume(id)
      return sessions.attach(id, false, writer)
    },
    subscribe: (session, filter, qos) => new Promise((resolve) => sessions.subscribe(session, [[filter, qos]], resolve)),
    publish: (topic, text, qos = 1, retain = false) =>
      new Promise((resolve, reject) => router.publish({ topic, payload: Buffer.from(text), qos, retain }, [], resolve, reject)),
    ack: (session, cmd, id) => acknowledge(sessions.pool, session, cmd, id),
    settled: () => sessions.journal.settled(),
  }
}

export interface Held {
  /** Resolves when the group waits. */
  readonly reached: Promise<void>
  pass(): void
  fail(): void
}

/** The next group of writes waits until it passes or fails, with the writes collected after it; later ones do not wait. */
export const holdWrites = (rows: MemoryRows): Held => {
  let settle: Omit<Held, 'reached'> = { pass: () => undefined, fail: () => undefined }
  const held = new Promise<void>((resolve, reject) => {
    settle = { pass: resolve, fail: () => reject(new Error('disk full')) }
  })
  const reached = new Promise<void>((resolve) => {
    rows.gate = () => {
      rows.gate = () => Promise.resolve()
      resolve()
      return held
    }
  })
  return { reached, ...settle }
}

/** Everything that is written from now on fails, until the result is called. */
export const failWrites = (rows: MemoryRows): (() => void) => {
  rows.gate = () => Promise.reject(new Error('disk full'))
  return () => {
    rows.gate = () => Promise.resolve()
  }
}
