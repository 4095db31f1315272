// Retained messages to who subscribes [MQTT-3.3.1-6]: a few at a time, as the session finds room, so that a filter which covers a
// million of them neither fills the memory nor holds up the others.

import type { SessionOp } from '../ota/session-ports.ts'
import type { Qos } from './packets.ts'
import { lower, type Place, sendPlaces } from './router.ts'
import { ops } from './rows.ts'
import { type Entry, entryOp, isStored, reserve, type Session } from './session.ts'
import type { Sessions } from './sessions.ts'

export interface Feed {
  /** What these filters of the session cover is sent to it. */
  feed(session: Session, filters: readonly (readonly [filter: string, qos: Qos])[]): void
  /** The session may have room for more. */
  refill(session: Session): void
}

/** How many are put into a session's queue at once, and the length of the queue below which there are more. */
const portion = 100

const nothing = (): void => undefined

const opsOf = ({ session, entry }: Place): readonly SessionOp[] => {
  const op = isStored(session) ? entryOp(session, entry) : null
  return op === null ? [] : [ops.putMessage(entry.message), op]
}

/** The next ones for the session, of a bounded number of filters; null stands for one that has no room, which is counted as any other. */
const take = (session: Session): Place[] => {
  const places: Place[] = []
  for (let turns = 0; turns < 2 * portion && places.length < portion && session.feeds.length > 0; turns += 1) {
    const next = session.feeds.peek()?.next()
    if (next === undefined || next.done === true) session.feeds.shift()
    else if (next.value !== null) places.push({ session, entry: next.value })
  }
  return places
}

export const createFeed = ({ pool, retained, nextSeq }: Sessions): Feed => {
  const fed = function* (session: Session, filter: string, granted: Qos): Generator<Entry | null> {
    for (const [, message] of retained.tree.match(filter)) {
      if (session.filters.get(filter) !== granted) return
      yield reserve(pool, session, { ...message, seq: nextSeq(), holders: 0 }, lower(message.qos, granted), true)
    }
  }

  const hasRoom = ({ line, count, waiting }: Session): boolean =>
    line !== null && !line.congested && count + waiting.length < Math.min(portion, pool.bounds().maxMessages >> 1)

  const refill = (session: Session): void => {
    if (session.feeds.length === 0 || !hasRoom(session)) return
    const places = take(session)
    if (places.length > 0) sendPlaces(pool, places.flatMap(opsOf), places, nothing, nothing)
    if (session.feeds.length > 0) setImmediate(refill, session)
  }

  return {
    feed(session, filters) {
      for (const [filter, qos] of filters) session.feeds.push(fed(session, filter, qos))
      refill(session)
    },
    refill,
  }
}
