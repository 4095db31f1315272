// From one message to all its subscribers: retained, stored for the sessions that match it, delivered in the order in which messages
// came [MQTT-4.6.0-5, MQTT-4.6.0-6]. What must be on disk is there before it is acknowledged or delivered. Knows no sockets.

import type { SessionOp } from '../../ota/ports/session-rows.ts'
import type { Qos } from '../wire/packets.ts'
import { accept } from './delivery.ts'
import { ops, type RetainedMessage } from './rows.ts'
import { entryOp, type Pool, type QueueEntry, reserve, type Session, type Shared, unreserve } from './session.ts'
import type { Sessions } from './sessions.ts'

export interface Publication {
  readonly topic: string
  /** Copied if it is kept. */
  readonly payload: Buffer
  readonly qos: Qos
  readonly retain: boolean
  /** The identity of the publisher; left out: the server, or not known. */
  readonly owner?: string | undefined
}

export interface Router {
  /** `extra` is written with the message, or not at all. Calls `then` when it may be acknowledged, `failed` when it could not be stored. */
  publish(message: Publication, extra: readonly SessionOp[], then: () => void, failed: (cause: unknown) => void): void
  /** Publishes a value of the server below `$SYS`: it is retained in memory only. */
  publishSys(topic: string, payload: Buffer): void
  /** Whether the topic has subscribers other than `except`. */
  hasSubscribers(topic: string, except?: Session | null): boolean
  /** While it stays the same, so do the subscribers of all topics. */
  readonly subscriptionChanges: number
}

export const lower = (a: Qos, b: Qos): Qos => (a < b ? a : b)

/** An entry that is reserved in a session's queue, until the message is on disk. */
export interface Reservation {
  readonly session: Session
  readonly entry: QueueEntry
}

/** Writes the message, then queues it in the sessions. */
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
      for (const { session, entry } of reservations) unreserve(pool, session, entry)
      failed(cause)
    },
  )

/** Why a message is not published: its acknowledgement would say that it is retained. The name is the reason for which the publisher is closed. */
const noRoom = (full: 'share' | 'total'): Error =>
  full === 'share'
    ? Object.assign(new Error('its retained messages have taken their share'), { name: 'ShareTaken' })
    : Object.assign(new Error('all retained messages have reached mqtt.maxRetainedBytes'), { name: 'RetainedFull' })

export const isNoRoom = (cause: unknown): cause is Error =>
  cause instanceof Error && (cause.name === 'ShareTaken' || cause.name === 'RetainedFull')

/** A copy in memory of its own. `Buffer.from` puts small ones into blocks of 8 KiB: what is kept for years would keep the whole block. */
const alone = (bytes: Buffer): Buffer => {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}

export const createRouter = (sessions: Sessions, now: () => number): Router => {
  const { filters, pool, retained } = sessions

  /** Reserves an entry in every session that matches the topic. */
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
    publish({ topic, payload, qos, retain, owner }, extra, then, failed) {
      if (!retain && extra.length === 0 && !filters.has(topic)) {
        then()
        return
      }
      const full = retain ? sessions.retainedFull(topic, payload, owner) : null
      if (full === 'share' || (full === 'total' && qos > 0)) {
        failed(noRoom(full))
        return
      }
      const keeps = retain && full === null
      const bytes = keeps ? alone(payload) : Buffer.from(payload)
      const message: Shared = { seq: sessions.nextSeq(), topic, payload: bytes, time: now(), holders: 0 }
      const reservations = reserveAll(message, qos)
      const changes = [...extra, ...reservedOps(message, reservations)]
      const kept: RetainedMessage = { ...message, qos, ...(owner === undefined ? {} : { owner }) }
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
    publishSys(topic, payload) {
      const message: Shared = { seq: 0, topic, payload, time: now(), holders: 0 }
      retained.set({ ...message, qos: 0 })
      for (const { session, entry } of reserveAll(message, 0)) accept(pool, session, entry)
    },
    hasSubscribers: (topic, except = null) => filters.has(topic, except),
    get subscriptionChanges() {
      return filters.changes
    },
  }
}
