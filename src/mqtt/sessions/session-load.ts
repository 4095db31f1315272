// Reads sessions from disk at start, and finds rows that belong to no session any more. Knows the rows and the sessions' data; starts
// nothing.

import type { SessionOp, SessionRows } from '../../ota/ports/session-rows.ts'
import { withEntry, withItem } from '../../sparse.ts'
import type { FilterTree } from '../topics/filter-tree.ts'
import type { RetainedMessages } from './retained.ts'
import { type EntryValue, ops, readRow, type SessionRow, type StoredWill } from './rows.ts'
import { addTo, createSession, type Pool, type Session, type Shared } from './session.ts'

interface Waiting {
  readonly number: number
  readonly seq: number
  readonly value: EntryValue
}

/** Rows by kind. */
interface Rows {
  readonly sessions: Map<number, Session>
  readonly messages: Map<number, Shared>
  readonly sent: Map<number, number>
  readonly entries: Waiting[]
  readonly filters: Extract<SessionRow, { kind: 'filter' }>[]
  readonly incoming: Extract<SessionRow, { kind: 'incoming' }>[]
  readonly retained: RetainedMessages
  readonly wills: { readonly number: number; readonly will: StoredWill }[]
}

export interface Loaded {
  readonly stored: Map<string, Session>
  readonly wills: readonly { readonly number: number; readonly will: StoredWill }[]
  readonly garbage: readonly SessionOp[]
  readonly lastNumber: number
  readonly lastSeq: number
}

const sort = (into: Rows, row: SessionRow, now: number): void => {
  if (row.kind === 'session') {
    const session = createSession(row.value.id, row.number, row.value.createdAt)
    // Null: the server ended while the client was connected.
    session.leftAt = row.value.leftAt ?? now
    into.sessions.set(row.number, session)
  } else if (row.kind === 'message') into.messages.set(row.message.seq, { ...row.message, holders: 0 })
  else if (row.kind === 'entry') into.entries.push(row)
  else if (row.kind === 'filter') into.filters.push(row)
  else if (row.kind === 'incoming') into.incoming.push(row)
  else if (row.kind === 'sent') into.sent.set(row.number, row.seq)
  else if (row.kind === 'retained') into.retained.set(row.retained)
  else into.wills.push(row)
}

const readAll = async (rows: SessionRows, retained: RetainedMessages, now: number): Promise<Rows> => {
  const into: Rows = {
    sessions: new Map(),
    messages: new Map(),
    sent: new Map(),
    entries: [],
    filters: [],
    incoming: [],
    retained,
    wills: [],
  }
  for await (const piece of rows.pieces()) {
    for (const [key, value] of piece) {
      const row = readRow(key, value)
      if (row !== undefined) sort(into, row, now)
    }
  }
  return into
}

/** Rows come in the order of their keys, so entries of a session in the order of their messages. */
const placeEntries = ({ entries, sessions, messages, sent }: Rows, pool: Pool): SessionOp[] => {
  const garbage: SessionOp[] = []
  for (const { number, seq, value } of entries) {
    const [session, message] = [sessions.get(number), messages.get(seq)]
    if (session === undefined || message === undefined) {
      garbage.push(ops.removeEntry(number, seq))
      continue
    }
    const entry = { message, qos: value.qos, retain: value.retain, id: value.id, released: value.released }
    message.holders += 1
    addTo(pool, session, message, 1)
    session.nextId = value.id
    if (value.released || seq <= (sent.get(number) ?? 0)) session.inflight = withEntry(session.inflight, value.id, entry)
    else session.waiting.push(entry)
  }
  return garbage
}

const placeRest = ({ sessions, filters, incoming, messages, sent }: Rows, tree: FilterTree<Session>): SessionOp[] => {
  const garbage: SessionOp[] = []
  for (const { number, filter, qos } of filters) {
    const session = sessions.get(number)
    if (session === undefined) garbage.push(ops.removeFilter(number, filter))
    else {
      session.filters.set(filter, qos)
      tree.add(filter, session, qos)
    }
  }
  for (const { number, id } of incoming) {
    const session = sessions.get(number)
    if (session === undefined) garbage.push(ops.removeIncoming(number, id))
    else session.incoming = withItem(session.incoming, id)
  }
  for (const message of messages.values()) if (message.holders === 0) garbage.push(ops.removeMessage(message.seq))
  for (const number of sent.keys()) if (!sessions.has(number)) garbage.push(ops.removeSent(number))
  return garbage
}

const highest = (numbers: Iterable<number>): number => {
  let high = 0
  for (const each of numbers) high = Math.max(high, each)
  return high
}

/** What the rows are read into. */
export interface Into {
  readonly pool: Pool
  readonly filters: FilterTree<Session>
  readonly retained: RetainedMessages
}

/** Reads all rows. */
export const loadSessions = async (rows: SessionRows, { pool, filters, retained }: Into, now: number): Promise<Loaded> => {
  const read = await readAll(rows, retained, now)
  const garbage = [...placeEntries(read, pool), ...placeRest(read, filters)]
  return {
    stored: new Map(Array.from(read.sessions.values(), (session) => [session.id, session])),
    wills: read.wills,
    garbage,
    lastNumber: highest(read.sessions.keys()),
    lastSeq: Math.max(highest(read.messages.keys()), highest(read.sent.values())),
  }
}
