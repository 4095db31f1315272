// From one message to everybody who hears it: retained, stored for the sessions that want it, delivered in the order in which messages
// came [MQTT-4.6.0-5, MQTT-4.6.0-6]. What must be on disk is there before anybody is acknowledged or told. Knows no connection.

import type { SessionOp } from '../../ota/ports/session-rows.ts'
import type { Qos } from '../wire/packets.ts'
import { accept } from './delivery.ts'
import { ops, type RetainedMessage } from './rows.ts'
import { entryOp, forgo, type Pool, type QueueEntry, reserve, type Session, type Shared } from './session.ts'
import type { Sessions } from './sessions.ts'

export interface Publication {
  readonly topic: string
  /** Copied where it is kept. */
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
}

export interface Router {
  /** `extra` goes to disk with the message, or not at all. `then` when it may be acknowledged, `failed` when it could not be kept. */
  publish(message: Publication, extra: readonly SessionOp[], then: () => void, failed: (cause: unknown) => void): void
  /** A value of the server's own under `$SYS`: it is retained, in memory alone, and told to who hears it. */
  show(topic: string, payload: Buffer): void
  /** Whether anybody would be told, `beside` left out. */
  isHeard(topic: string, beside?: Session | null): boolean
}

export const lower = (a: Qos, b: Qos): Qos => (a < b ? a : b)

/** A message's place in the queue of a session. */
export interface Reservation {
  readonly session: Session
  readonly entry: QueueEntry
}

/** Brings it to disk, then to the sessions. */
export const sendReserved = (
  pool: Pool,
  changes: readonly SessionOp[],
  reservations: readonly Reservation[],
  done: () => void,
  failed: (cause: unknown) => void,
): void =>
  pool.journal.write(
    changes,
    () => {
      done()
      for (const { session, entry } of reservations) accept(pool, session, entry)
    },
    (cause) => {
      for (const { session, entry } of reservations) forgo(pool, session, entry)
      failed(cause)
    },
  )

export const createRouter = (sessions: Sessions, now: () => number): Router => {
  const { filters, pool, retained } = sessions

  /** A place in every session that hears it. */
  const reserveAll = (message: Shared, qos: Qos): readonly Reservation[] => {
    const reservations: Reservation[] = []
    for (const [session, granted] of filters.match(message.topic)) {
      const entry = reserve(pool, session, message, lower(qos, granted), false)
      if (entry !== null) reservations.push({ session, entry })
    }
    return reservations
  }

  const reservedOps = (message: Shared, reservations: readonly Reservation[]): SessionOp[] => {
    if (message.holders === 0) return []
    const entries = reservations.map(({ session, entry }) => entryOp(session, entry)).filter((op) => op !== null)
    return [ops.putMessage(message), ...entries]
  }

  return {
    publish({ topic, payload, qos, retain }, extra, then, failed) {
      if (!retain && extra.length === 0 && !filters.has(topic)) {
        then()
        return
      }
      const message: Shared = { seq: sessions.nextSeq(), topic, payload: Buffer.from(payload), time: now(), holders: 0 }
      const reservations = reserveAll(message, qos)
      const changes = [...extra, ...reservedOps(message, reservations)]
      const kept: RetainedMessage = { ...message, qos }
      const keeps = retain && retained.admits(topic, payload)
      if (keeps) changes.push(payload.length === 0 ? ops.removeRetained(topic) : ops.putRetained(kept))
      if (!keeps) return sendReserved(pool, changes, reservations, then, failed)
      retained.begin(kept)
      const settled = (isRecorded: boolean): void => retained.settle(kept, isRecorded)
      const done = (): void => {
        settled(true)
        then()
      }
      sendReserved(pool, changes, reservations, done, (cause) => {
        settled(false)
        failed(cause)
      })
    },
    show(topic, payload) {
      const message: Shared = { seq: 0, topic, payload, time: now(), holders: 0 }
      retained.set({ ...message, qos: 0 })
      for (const { session, entry } of reserveAll(message, 0)) accept(pool, session, entry)
    },
    isHeard: (topic, beside = null) => filters.has(topic, beside),
  }
}
