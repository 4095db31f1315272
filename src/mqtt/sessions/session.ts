// A session as data: what waits for its client, what is in flight, and the room that both may take. Knows its connection only as a
// `SessionWriter`, the disk only as the journal; delivery.ts moves what is here.

import type { SessionOp } from '../../ota/ports/session-rows.ts'
import type { Qos } from '../wire/packets.ts'
import { createFifo, type Fifo } from './fifo.ts'
import type { Journal } from './journal.ts'
import { type Message, ops, type RetainedMessage } from './rows.ts'

/** Messages of sessions go out under the packet ids 1 to this; what is above is for messages that no session keeps. */
export const lastSessionId = 0xbfff

/** A message in memory: one, for however many sessions. */
export interface Shared extends Message {
  /** Sessions on disk that it waits for. */
  holders: number
  /** As it goes out at QoS 0, made once for all who get it so. */
  frame?: Buffer
}

export interface QueueEntry {
  readonly message: Shared
  readonly qos: Qos
  readonly retain: boolean
  /** The packet id it goes out under; 0 at QoS 0. */
  readonly id: number
  released: boolean
}

/** The outgoing side of a connection. */
export interface SessionWriter {
  /** It takes no more for now; `pump` is called when it does again. */
  readonly congested: boolean
  mayReceive(topic: string): boolean
  publish(entry: QueueEntry, dup: boolean): void
  /** PUBREL. */
  release(id: number): void
  /** A message had no room behind what waits for it. */
  overrun(): void
}

/** A retained message on its way to a session. */
export interface Fed {
  readonly entry: QueueEntry
  readonly of: RetainedMessage
}

/** RetainedMessage messages for one subscription, looked for as they are asked for. `full`: the next one has no room for now; `lost`: it never has. */
export interface Feeding {
  readonly filter: string
  /** What is granted to the filter: they come as long as that stays so. */
  readonly granted: Qos
  /** What they come at: less or more than that where one SUBSCRIBE asked for the filter twice. */
  readonly qos: Qos
  readonly steps: Iterator<Fed | 'full' | 'lost' | 'none'>
}

export interface Session {
  readonly id: string
  /** Its number on disk; 0: it ends with its connection. */
  readonly number: number
  readonly createdAt: number
  readonly filters: Map<string, Qos>
  readonly inflight: Map<number, QueueEntry>
  /** QoS 1 and 2. */
  readonly waiting: Fifo<QueueEntry>
  /** QoS 0, for a moment in which the line takes nothing: the window does not hold it up. */
  readonly loose: Fifo<QueueEntry>
  /** QoS 2 packet ids received and not yet released. */
  readonly incoming: Set<number>
  /** RetainedMessage messages that a SUBSCRIBE asked for and that have not found room yet. */
  feeds: Feeding[]
  writer: SessionWriter | null
  /** Messages that wait or are in flight, those on their way to the disk included. */
  count: number
  bytes: number
  nextId: number
  leftAt: number | null
  /** Nothing of it is on disk any more. */
  ended: boolean
  /** It had no room for a message, and none has left it since. */
  full: boolean
  /** When its client last acknowledged anything, or was sent the first message that it has to. */
  movedAt: number
}

export interface Bounds {
  readonly inflight: number
  readonly maxMessages: number
  readonly maxBytes: number
  readonly maxTotalBytes: number
  /** 0: for ever. */
  readonly messageSeconds: number
  readonly sessionSeconds: number
}

/** What all sessions share. */
export interface Pool {
  readonly journal: Journal
  readonly bounds: () => Bounds
  readonly now: () => number
  /** A message that a session will not get. */
  readonly dropped: (session: Session, why: 'queue_full' | 'expired' | 'no_rights') => void
  readonly totals: { count: number; bytes: number }
}

export const createSession = (id: string, number: number, createdAt: number): Session => ({
  id,
  number,
  createdAt,
  filters: new Map(),
  inflight: new Map(),
  waiting: createFifo(),
  loose: createFifo(),
  incoming: new Set(),
  feeds: [],
  writer: null,
  count: 0,
  bytes: 0,
  nextId: 1,
  leftAt: null,
  ended: false,
  full: false,
  movedAt: 0,
})

export const isStored = (session: Session): boolean => session.number > 0 && !session.ended

export const sizeOf = ({ topic, payload }: Message): number => topic.length + payload.length

export const addTo = (pool: Pool, session: Session, message: Message, by: 1 | -1): void => {
  const bytes = by * sizeOf(message)
  session.count += by
  session.bytes += bytes
  pool.totals.count += by
  pool.totals.bytes += bytes
}

/** Packet ids go round; one that is still in flight is passed over. Those that wait are fewer than the ids. */
const takeId = (session: Session): number => {
  do session.nextId = session.nextId >= lastSessionId ? 1 : session.nextId + 1
  while (session.inflight.has(session.nextId))
  return session.nextId
}

export const fits = (pool: Pool, session: Session, message: Message): boolean => {
  const { maxMessages, maxBytes, maxTotalBytes } = pool.bounds()
  const size = sizeOf(message)
  return session.count < maxMessages && session.bytes + size <= maxBytes && pool.totals.bytes + size <= maxTotalBytes
}

export const refuse = (pool: Pool, session: Session): null => {
  pool.dropped(session, 'queue_full')
  session.writer?.overrun()
  return null
}

/** A place in the session for a message; null where it is full, which is counted. The newest is what does not fit. */
export const reserve = (pool: Pool, session: Session, message: Shared, qos: Qos, retain: boolean): QueueEntry | null => {
  if (qos === 0) return { message, qos, retain, id: 0, released: false }
  if (!fits(pool, session, message)) return refuse(pool, session)
  addTo(pool, session, message, 1)
  if (isStored(session)) message.holders += 1
  return { message, qos, retain, id: takeId(session), released: false }
}

/** What brings a reserved entry to disk, but for its message. */
export const entryOp = (session: Session, entry: QueueEntry): SessionOp | null =>
  entry.qos === 0 || !isStored(session)
    ? null
    : ops.putEntry(session.number, entry.message.seq, { qos: entry.qos, retain: entry.retain, id: entry.id, released: entry.released })

/** The entry leaves the session; gives what that is on disk. */
export const leave = (pool: Pool, session: Session, entry: QueueEntry): readonly SessionOp[] => {
  addTo(pool, session, entry.message, -1)
  session.full = false
  if (entry.qos === 0 || !isStored(session)) return []
  entry.message.holders -= 1
  const gone = ops.removeEntry(session.number, entry.message.seq)
  return entry.message.holders > 0 ? [gone] : [gone, ops.removeMessage(entry.message.seq)]
}

export const owe = (pool: Pool, gone: readonly SessionOp[]): void => {
  if (gone.length > 0) pool.journal.owe(gone)
}

/** A reserved entry that did not reach the disk. */
export const forgo = (pool: Pool, session: Session, entry: QueueEntry): void => {
  if (entry.qos > 0) addTo(pool, session, entry.message, -1)
}

/** A reserved entry that reached the disk, and that its session does not get: nobody else takes its rows away. */
export const orphan = (pool: Pool, session: Session, entry: QueueEntry): void => {
  forgo(pool, session, entry)
  if (entry.qos === 0 || session.number === 0) return
  entry.message.holders -= 1
  const gone = ops.removeEntry(session.number, entry.message.seq)
  pool.journal.owe(entry.message.holders > 0 ? [gone] : [gone, ops.removeMessage(entry.message.seq)])
}
