// Sends retained messages to new subscriptions [MQTT-3.3.1-6]: a few at a time, as the session has room, so that a filter that matches
// a million of them neither fills the memory nor delays other clients.

import type { SessionOp } from '../../ota/ports/session-rows.ts'
import { isWild } from '../wire/filter.ts'
import type { Qos } from '../wire/packets.ts'
import { accept } from './delivery.ts'
import { lower } from './router.ts'
import { ops, type RetainedMessage } from './rows.ts'
import {
  entryOp,
  type Fed,
  type Feeding,
  fullBy,
  isStored,
  mayFit,
  noFeeds,
  type QueueEntry,
  removeOrphan,
  reserve,
  type Session,
  unreserve,
} from './session.ts'
import type { Sessions } from './sessions.ts'

export interface Feed {
  /** Sends the session the retained messages that these filters of it match. */
  feed(session: Session, filters: readonly (readonly [filter: string, qos: Qos])[]): void
  /** The session may have room again. */
  refill(session: Session): void
  /** Called periodically: continues where the disk failed, or all sessions together had no room. */
  retry(): void
}

/** How much of a portion a part of the search costs that finds nothing. */
const searching = 10

/** How many are put into a session's queue at once, and the length of the queue below which more are added. */
const portion = 100

const opsOf = (session: Session, entry: QueueEntry): readonly SessionOp[] => {
  const op = isStored(session) ? entryOp(session, entry) : null
  return op === null ? [] : [ops.putMessage(entry.message), op]
}

interface Taken {
  readonly fed: readonly Fed[]
  readonly full: boolean
}

/** The next messages, at most a portion. */
const take = ({ steps }: Feeding, end: () => void): Taken => {
  const fed: Fed[] = []
  for (let left = portion; left > 0; left--) {
    const { value, done } = steps.next()
    if (done === true) {
      end()
      break
    }
    if (value === 'full') return { fed, full: true }
    if (value === 'none') left -= searching
    else if (value !== 'lost') fed.push(value)
  }
  return { fed, full: false }
}

type Wanted = Omit<Feeding, 'steps'>

/** Turns retained messages into queue entries of the session, while it is subscribed. */
const createFeedings = ({ pool, retained, nextSeq }: Sessions) => {
  const mustWait = (session: Session, message: RetainedMessage): boolean =>
    mayFit(pool, session, message) && fullBy(pool, session, message) !== null

  const fed = function* (session: Session, { filter, granted, qos }: Wanted, topics: Iterable<string | null>): Feeding['steps'] {
    for (const topic of topics) {
      if (topic === null) {
        yield 'none'
        continue
      }
      let message = retained.tree.get(topic)
      // Looked up again after waiting: if a newer message was sent meanwhile, the older one must not follow it.
      for (; message !== undefined && lower(message.qos, qos) > 0 && mustWait(session, message); message = retained.tree.get(topic))
        yield 'full'
      if (session.filters.get(filter) !== granted) return
      if (message === undefined) continue
      const entry = reserve(pool, session, { ...message, seq: nextSeq(), holders: 0 }, lower(message.qos, qos), true)
      yield entry === null ? 'lost' : { entry, of: message }
    }
  }

  const covered = function* (filter: string): Generator<string | null> {
    for (const found of retained.tree.scan(filter)) yield found === null ? null : found[0]
  }

  return {
    first: (session: Session, wanted: Wanted): Feeding => ({ ...wanted, steps: fed(session, wanted, covered(wanted.filter)) }),
    again: (session: Session, { filter, granted, qos }: Feeding, those: readonly Fed[]): Feeding => {
      const [wanted, topics] = [{ filter, granted, qos }, those.map(({ of }) => of.topic)]
      return { ...wanted, steps: fed(session, wanted, topics) }
    },
  }
}

export const createFeed = (sessions: Sessions): Feed => {
  const { pool, retained } = sessions
  const feedings = createFeedings(sessions)
  /** Sessions with a portion that is being written: only one at a time, however slow the disk is. */
  const busy = new WeakSet<Session>()
  const stalled = new Set<Session>()

  const mayMatch = (filter: string): boolean => isWild(filter) || retained.tree.get(filter) !== undefined

  const hasRoom = ({ writer, count, waiting }: Session): boolean =>
    writer !== null && !writer.congested && count + waiting.length < Math.min(portion, pool.bounds().maxMessages >> 1)

  const send = (session: Session, feeding: Feeding, { fed, full }: Taken): void => {
    const lookUpAgain = (those: readonly Fed[]): void => {
      if (those.length === 0 || (session.writer === null && !isStored(session))) return
      session.feeds = [feedings.again(session, feeding, those), ...session.feeds]
    }
    // If a retained message was still being written, it is known by now whether that failed: then its topic has the previous one again.
    const refuse = ({ entry, of }: Fed): boolean => {
      if (!retained.isRefused(of)) return false
      removeOrphan(pool, session, entry)
      return true
    }
    // At QoS 0 it waits here for the writer: in the queue it would take room, and be dropped where there is none.
    const mustWait = ({ entry }: Fed): boolean => entry.qos === 0 && session.writer?.congested === true
    const written = (): void => {
      busy.delete(session)
      const again: Fed[] = []
      for (const each of fed) {
        if (refuse(each) || mustWait(each)) again.push(each)
        else accept(pool, session, each.entry)
      }
      lookUpAgain(again)
      if (full) stalled.add(session)
      else if (session.feeds.length > 0) setImmediate(refill, session)
    }
    const failed = (): void => {
      busy.delete(session)
      for (const { entry } of fed) unreserve(pool, session, entry)
      lookUpAgain(fed)
      stalled.add(session)
    }
    busy.add(session)
    pool.journal.write(
      fed.flatMap(({ entry }) => opsOf(session, entry)),
      written,
      failed,
    )
  }

  const refill = (session: Session): void => {
    const feeding = session.feeds[0]
    if (feeding === undefined || busy.has(session) || !hasRoom(session)) return
    send(
      session,
      feeding,
      take(feeding, () => {
        session.feeds = session.feeds.length > 1 ? session.feeds.slice(1) : noFeeds
      }),
    )
  }

  return {
    feed(session, filters) {
      // A filter that is subscribed again starts again [MQTT-3.8.4-3], which includes what is left of the first time.
      const latest = new Map(filters)
      if (session.feeds.length > 0) session.feeds = session.feeds.filter(({ filter }) => !latest.has(filter))
      const fed = filters.filter(([filter]) => mayMatch(filter))
      if (fed.length === 0) return
      const first = fed.map(([filter, qos]) => feedings.first(session, { filter, qos, granted: latest.get(filter) ?? qos }))
      session.feeds = [...session.feeds, ...first]
      refill(session)
    },
    refill,
    retry() {
      const due = Array.from(stalled, (session) => session)
      stalled.clear()
      for (const session of due) refill(session)
    },
  }
}
