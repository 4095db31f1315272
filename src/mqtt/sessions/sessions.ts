// All sessions of the broker: read at start, created and resumed by CONNECT, ended by a clean session or by age; their subscriptions
// in one tree. Knows no packets and no rights.

import type { Log } from '../../log.ts'
import type { SessionOp, SessionRows } from '../../ota/ports/session-rows.ts'
import type { Quotas } from '../../quotas.ts'
import { createFilterTree, type FilterTree } from '../topics/filter-tree.ts'
import { attach, detach, dropStale, endMessages } from './delivery.ts'
import { createJournal, type Journal } from './journal.ts'
import { createTally } from './owner.ts'
import { createRetainedMessages, type RetainedMessages } from './retained.ts'
import { ops } from './rows.ts'
import { type Bounds, createSession, isStored, type Pool, type Session, type SessionWriter } from './session.ts'
import { type Loaded, loadSessions } from './session-load.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'

export interface SessionsDeps {
  readonly rows: SessionRows
  readonly bounds: () => Bounds
  readonly maxRetainedBytes: () => number
  readonly now: () => number
  readonly log: Log
  readonly count: (why: string) => void
  readonly quotas: Quotas
}

export interface Sessions extends Subscriptions {
  readonly journal: Journal
  readonly pool: Pool
  readonly filters: FilterTree<Session>
  readonly retained: RetainedMessages
  /** Wills of clients that were connected when the server last ended. */
  readonly leftWills: Loaded['wills']
  /** What leaves no room to retain the message, which is counted; null: there is room. */
  retainedFull(topic: string, payload: Uint8Array, owner: string | undefined): ReturnType<RetainedMessages['fullBy']>
  /** The next position in the order of messages. */
  nextSeq(): number
  /** For a CONNECT with clean session 0: whether the session existed [MQTT-3.2.2-2]. It is on disk when this resolves. */
  resume(id: string): Promise<boolean>
  /** For a CONNECT with clean session 1: what was stored under the id is removed when this resolves [MQTT-3.1.2-6]. */
  discard(id: string): Promise<void>
  /** CONNACK was sent. */
  attach(id: string, clean: boolean, writer: SessionWriter, owner?: string): Session
  detach(session: Session, writer: SessionWriter): void
  /** Called periodically: ends what is too old, and writes again what could not be written. */
  sweep(): void
  readonly stored: number
  /** How many stored sessions have no connected client. */
  disconnected(): number
}

/** Counts a message that a session does not get; a full queue is logged once until there is room again. */
const createDropped =
  ({ log, count, quotas }: SessionsDeps, { totals, owners }: Pick<Pool, 'totals' | 'owners'>): Pool['dropped'] =>
  (session, why, full) => {
    count(why)
    if (full === 'share')
      quotas.reached('queued', session.owner, () => ({ bytes: owners.of(session.owner), session: session.id, ofSession: session.bytes }))
    if (full === 'total') quotas.reached('queued_total', 'all', () => ({ bytes: totals.bytes, most: owners.most() }))
    if (why !== 'queue_full' || session.full) return
    session.full = true
    log.warn(
      { session: session.id, waiting: session.count, bytes: session.bytes },
      'the queue of a session is full: new messages for it are dropped',
    )
  }

const written = (journal: Journal, changes: readonly SessionOp[]): Promise<void> =>
  new Promise((resolve, reject) => journal.write(changes, resolve, reject))

const isDevice = (owner: string): boolean => owner.startsWith('device/')

/** Stored sessions of devices, of which each has few, in the order in which they began. */
const createKept = (sessions: Iterable<Session>) => {
  const byOwner = new Map<string, readonly Session[]>()
  const kept = {
    add(session: Session): void {
      if (isDevice(session.owner)) byOwner.set(session.owner, [...(byOwner.get(session.owner) ?? []), session])
    },
    remove(session: Session): void {
      const left = byOwner.get(session.owner)?.filter((each) => each !== session) ?? []
      if (left.length > 0) byOwner.set(session.owner, left)
      else byOwner.delete(session.owner)
    },
    /** Those without a client that left first, so that with one more the owner has at most `most`. */
    beyond(owner: string, most: number): readonly Session[] {
      const own = byOwner.get(owner) ?? []
      if (own.length < most) return []
      const free = own.filter(({ writer }) => writer === null)
      const since = ({ leftAt, createdAt }: Session): number => leftAt ?? createdAt
      return free.sort((a, b) => since(a) - since(b)).slice(0, own.length + 1 - most)
    },
  }
  for (const session of sessions) kept.add(session)
  return kept
}

type Kept = ReturnType<typeof createKept>

/** What the functions of this file share. */
interface State {
  readonly pool: Pool
  readonly filters: FilterTree<Session>
  readonly stored: Map<string, Session>
  lastNumber: number
  readonly kept: Kept
  readonly ended: (why: 'session_expired' | 'session_evicted') => void
  readonly quotas: Quotas
}

const rowOf = ({ id, number, createdAt, leftAt }: Session): SessionOp => ops.putSession(number, { id, createdAt, leftAt })

/** Removes the session from memory; returns what removes it from disk. */
const end = ({ pool, filters, stored, kept }: State, session: Session): readonly SessionOp[] => {
  const gone = [...endMessages(pool, session)]
  for (const filter of session.filters.keys()) filters.remove(filter, session)
  if (isStored(session)) {
    gone.push(ops.removeSession(session.number), ops.removeSent(session.number))
    for (const filter of session.filters.keys()) gone.push(ops.removeFilter(session.number, filter))
    for (const id of session.incoming) gone.push(ops.removeIncoming(session.number, id))
    if (stored.get(session.id) === session) stored.delete(session.id)
    kept.remove(session)
  }
  session.filters.clear()
  session.ended = true
  return gone
}

type Lifecycle = Pick<Sessions, 'resume' | 'discard' | 'attach' | 'detach' | 'sweep'>

/** How sessions begin, resume and end. */
const createLifecycle = (state: State): Lifecycle => {
  const { pool, stored } = state
  const { journal, now, bounds } = pool
  /** Sessions that are on their way to disk: resolves when they are there. */
  const begun = new Map<Session, Promise<void>>()

  const begin = async (session: Session): Promise<void> => {
    try {
      await written(journal, [rowOf(session)])
    } catch (error) {
      if (stored.get(session.id) === session) stored.delete(session.id)
      state.kept.remove(session)
      throw error
    } finally {
      begun.delete(session)
    }
  }

  /** A device that connects with ever new client ids keeps its newest sessions. */
  const makeRoom = (owner: string): void => {
    if (!isDevice(owner)) return
    const { perDevice } = bounds()
    for (const oldest of state.kept.beyond(owner, perDevice)) {
      state.ended('session_evicted')
      state.quotas.reached('sessions', owner, () => ({ most: perDevice }))
      journal.writeLater(end(state, oldest))
    }
  }

  const expire = (session: Session, at: number): void => {
    const { sessionSeconds } = bounds()
    if (session.writer !== null) return
    // Without `leftAt` it never had a writer: its client disconnected during CONNECT.
    const since = session.leftAt ?? session.createdAt
    if (sessionSeconds > 0 && at - since > sessionSeconds * 1000) {
      state.ended('session_expired')
      journal.writeLater(end(state, session))
    } else dropStale(pool, session)
  }

  return {
    async resume(id) {
      const known = stored.get(id)
      const session = known ?? createSession(id, ++state.lastNumber, now())
      if (known === undefined) {
        makeRoom(session.owner)
        stored.set(id, session)
        state.kept.add(session)
        begun.set(session, begin(session))
      }
      // Its client is connecting: the session must not end by age meanwhile.
      if (session.writer === null && session.leftAt !== null) session.leftAt = now()
      await begun.get(session)
      return known !== undefined
    },
    async discard(id) {
      const session = stored.get(id)
      if (session === undefined) return
      const gone = end(state, session)
      await written(journal, gone).catch((error: unknown) => {
        journal.writeLater(gone)
        throw error
      })
    },
    attach(id, clean, writer, owner) {
      const session = (clean ? undefined : stored.get(id)) ?? createSession(id, 0, now(), owner)
      const wasAway = session.leftAt !== null
      attach(pool, session, writer)
      if (isStored(session) && wasAway) journal.writeSoon([rowOf(session)])
      return session
    },
    detach(session, writer) {
      if (session.writer !== writer) return
      detach(pool, session, writer)
      if (isStored(session)) journal.writeSoon([rowOf(session)])
      else end(state, session)
    },
    sweep() {
      journal.retry()
      const at = now()
      for (const session of stored.values()) expire(session, at)
    },
  }
}

/** Reads the sessions on disk. */
export const createSessions = async (deps: SessionsDeps): Promise<Sessions> => {
  const { rows, now, bounds } = deps
  const journal = createJournal(rows)
  const taken = { totals: { count: 0, bytes: 0 }, owners: createTally() }
  const pool: Pool = { journal, bounds, now, dropped: createDropped(deps, taken), ...taken }
  const filters = createFilterTree<Session>()
  const retained = createRetainedMessages(deps.maxRetainedBytes, () => bounds().share)
  const { stored, wills, garbage, lastNumber, lastSeq } = await loadSessions(rows, { pool, filters, retained }, now())
  if (garbage.length > 0) journal.writeLater(garbage)
  const state: State = {
    pool,
    filters,
    stored,
    kept: createKept(stored.values()),
    lastNumber,
    ended: (why) => deps.count(why),
    quotas: deps.quotas,
  }
  let seq = lastSeq
  return {
    ...createLifecycle(state),
    ...createSubscriptions(journal, filters),
    journal,
    pool,
    filters,
    retained,
    leftWills: wills,
    retainedFull(topic, payload, owner) {
      const full = retained.fullBy(topic, payload, owner)
      if (full !== null) deps.count('retained_full')
      if (full === 'share') deps.quotas.reached('retained', owner ?? '', () => ({ bytes: retained.owners.of(owner ?? '') }))
      if (full === 'total') deps.quotas.reached('retained_total', 'all', () => ({ bytes: retained.bytes, most: retained.owners.most() }))
      return full
    },
    get stored() {
      return stored.size
    },
    disconnected() {
      let count = 0
      for (const { writer } of stored.values()) if (writer === null) count += 1
      return count
    },
    nextSeq() {
      seq += 1
      return seq
    },
  }
}
