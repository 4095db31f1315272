// A session as data: what waits for its client, what is in flight, and how much room both take. Knows its client only as a
// `SessionWriter`, the disk only as the journal. delivery.ts moves the entries.

import type { SessionOp } from '../../ota/ports/session-rows.ts'
import { noneBy, noneOf } from '../../sparse.ts'
import type { Qos } from '../wire/packets.ts'
import { createFifo, type Fifo } from './fifo.ts'
import type { Journal } from './journal.ts'
import { type OwnerTally, ownerOf, partOf } from './owner.ts'
import { type Message, ops, type RetainedMessage } from './rows.ts'

/** Messages of sessions are sent with the packet ids 1 to this; higher ones are for messages outside sessions (transport.ts). */
export const lastSessionId = 0xbfff

/** A message in memory, shared by all sessions that it is queued in. */
export interface Shared extends Message {
  /** Number of stored sessions that it is queued in. */
  holders: number
  /** Its packet at QoS 0, made once for all sessions. */
  frame?: Buffer
}

export interface QueueEntry {
  readonly message: Shared
  readonly qos: Qos
  readonly retain: boolean
  /** The packet id it is sent with; 0 at QoS 0. */
  readonly id: number
  released: boolean
}

/** Writes packets to the session's client. */
export interface SessionWriter {
  /** Whether it takes no more for now; `pump` is called when it does again. */
  readonly congested: boolean
  mayReceive(topic: string): boolean
  publish(entry: QueueEntry, dup: boolean): void
  /** PUBREL. */
  release(id: number): void
  /** A message found no room in the session's queue. */
  overrun(): void
}

/** A retained message that is being sent to a session. */
export interface Fed {
  readonly entry: QueueEntry
  readonly of: RetainedMessage
}

/** Retained messages for one subscription, found step by step. `none`: nothing found yet; `full`: the next one has no room now; `lost`: it never has. */
export interface Feeding {
  readonly filter: string
  /** The QoS granted to the filter; they are sent while that stays the same. */
  readonly granted: Qos
  /** The QoS they are sent at; differs from `granted` if one SUBSCRIBE has the filter twice. */
  readonly qos: Qos
  readonly steps: Iterator<Fed | 'full' | 'lost' | 'none'>
}

export interface Session {
  readonly id: string
  /** Its number on disk; 0: a clean session, which ends with its connection. */
  readonly number: number
  readonly createdAt: number
  /** The identity that it belongs to (owner.ts). */
  readonly owner: string
  /** How much of what others leave of the owner's share its queue may take. */
  readonly part: number
  readonly filters: Map<string, Qos>
  inflight: ReadonlyMap<number, QueueEntry>
  /** QoS 1 and 2. */
  readonly waiting: Fifo<QueueEntry>
  /** QoS 0, while the writer is congested: it does not wait for the window. */
  readonly qos0: Fifo<QueueEntry>
  /** QoS 2 packet ids received and not yet released. */
  incoming: ReadonlySet<number>
  /** Retained messages for new subscriptions that have not found room yet. */
  feeds: readonly Feeding[]
  writer: SessionWriter | null
  /** Messages that wait or are in flight, including those that are being written. */
  count: number
  bytes: number
  nextId: number
  leftAt: number | null
  /** It was removed, from disk too. */
  ended: boolean
  /** It had no room for a message, and none has been removed since. */
  full: boolean
  /** When its client last acknowledged anything, or when a message was sent with none in flight. */
  progressAt: number
}

export interface Bounds {
  readonly inflight: number
  readonly maxMessages: number
  readonly maxBytes: number
  readonly maxTotalBytes: number
  /** Of `maxTotalBytes`, for one owner. */
  readonly share: number
  /** Kept sessions of one device. */
  readonly perDevice: number
  /** 0: without end. */
  readonly messageSeconds: number
  readonly sessionSeconds: number
}

/** Whose bound leaves no room for a message. */
export type Full = 'session' | 'share' | 'total'

/** What all sessions share. */
export interface Pool {
  readonly journal: Journal
  readonly bounds: () => Bounds
  readonly now: () => number
  /** A message that a session will not get. */
  readonly dropped: (session: Session, why: 'queue_full' | 'expired' | 'no_rights', full?: Full) => void
  readonly totals: { count: number; bytes: number }
  /** Bytes of `totals` by owner. */
  readonly owners: OwnerTally
}

/** What each session has while it is fed nothing. */
export const noFeeds: readonly Feeding[] = []

export const createSession = (id: string, number: number, createdAt: number, owner = ownerOf(id)): Session => ({
  id,
  owner,
  part: partOf(owner),
  number,
  createdAt,
  filters: new Map(),
  inflight: noneBy(),
  waiting: createFifo(),
  qos0: createFifo(),
  incoming: noneOf(),
  feeds: noFeeds,
  writer: null,
  count: 0,
  bytes: 0,
  nextId: 1,
  leftAt: null,
  ended: false,
  full: false,
  progressAt: 0,
})

export const isStored = (session: Session): boolean => session.number > 0 && !session.ended

export const sizeOf = ({ topic, payload }: Message): number => topic.length + payload.length

export const addTo = (pool: Pool, session: Session, message: Message, by: 1 | -1): void => {
  const bytes = by * sizeOf(message)
  session.count += by
  session.bytes += bytes
  pool.totals.count += by
  pool.totals.bytes += bytes
  pool.owners.add(session.owner, bytes)
}

/** The next packet id that is not in flight. There are more ids than messages in flight. */
const takeId = (session: Session): number => {
  do session.nextId = session.nextId >= lastSessionId ? 1 : session.nextId + 1
  while (session.inflight.has(session.nextId))
  return session.nextId
}

/** Of the owner's share, as much as the session's queue may take now. */
const roomOf = ({ owners }: Pool, { owner, part, bytes }: Session, share: number): number => part * (share - owners.of(owner) + bytes)

/** Whether the message ever finds room in the session's queue, when nothing else waits. */
export const mayFit = ({ bounds }: Pool, { part }: Session, message: Message): boolean => {
  const { maxBytes, maxTotalBytes, share } = bounds()
  return sizeOf(message) <= Math.min(maxBytes, part * maxTotalBytes * share)
}

/** What leaves no room for the message; null: there is room. */
export const fullBy = (pool: Pool, session: Session, message: Message): Full | null => {
  const { totals } = pool
  const { maxMessages, maxBytes, maxTotalBytes, share } = pool.bounds()
  const size = sizeOf(message)
  if (session.count >= maxMessages || session.bytes + size > maxBytes) return 'session'
  if (session.bytes + size > roomOf(pool, session, maxTotalBytes * share)) return 'share'
  return totals.bytes + size > maxTotalBytes ? 'total' : null
}

export const refuse = (pool: Pool, session: Session, full: Full): null => {
  pool.dropped(session, 'queue_full', full)
  session.writer?.overrun()
  return null
}

/** Reserves an entry for a message; null: the queue is full, and the new message is dropped and counted. */
export const reserve = (pool: Pool, session: Session, message: Shared, qos: Qos, retain: boolean): QueueEntry | null => {
  if (qos === 0) return { message, qos, retain, id: 0, released: false }
  const full = fullBy(pool, session, message)
  if (full !== null) return refuse(pool, session, full)
  addTo(pool, session, message, 1)
  if (isStored(session)) message.holders += 1
  return { message, qos, retain, id: takeId(session), released: false }
}

/** What stores a reserved entry, without its message. */
export const entryOp = (session: Session, entry: QueueEntry): SessionOp | null =>
  entry.qos === 0 || !isStored(session)
    ? null
    : ops.putEntry(session.number, entry.message.seq, { qos: entry.qos, retain: entry.retain, id: entry.id, released: entry.released })

/** Removes the entry from the session; returns what removes it from disk. */
export const leave = (pool: Pool, session: Session, entry: QueueEntry): readonly SessionOp[] => {
  addTo(pool, session, entry.message, -1)
  session.full = false
  if (entry.qos === 0 || !isStored(session)) return []
  entry.message.holders -= 1
  const gone = ops.removeEntry(session.number, entry.message.seq)
  return entry.message.holders > 0 ? [gone] : [gone, ops.removeMessage(entry.message.seq)]
}

export const removeLater = (pool: Pool, gone: readonly SessionOp[]): void => {
  if (gone.length > 0) pool.journal.writeLater(gone)
}

/** Removes a reserved entry whose write failed. */
export const unreserve = (pool: Pool, session: Session, entry: QueueEntry): void => {
  if (entry.qos > 0) addTo(pool, session, entry.message, -1)
}

/** Removes a reserved entry that was written but is not delivered to its session: nothing else would remove its rows. */
export const removeOrphan = (pool: Pool, session: Session, entry: QueueEntry): void => {
  unreserve(pool, session, entry)
  if (entry.qos === 0 || session.number === 0) return
  entry.message.holders -= 1
  const gone = ops.removeEntry(session.number, entry.message.seq)
  pool.journal.writeLater(entry.message.holders > 0 ? [gone] : [gone, ops.removeMessage(entry.message.seq)])
}
