// How sessions subscribe and unsubscribe: in memory once it is on disk, in the order of the calls, whichever connection of a session they
// come from. Knows no packets and no rights.

import type { FilterTree } from '../topics/filter-tree.ts'
import type { Qos } from '../wire/packets.ts'
import type { Journal } from './journal.ts'
import { ops } from './rows.ts'
import { isStored, type Session } from './session.ts'

type Granted = readonly (readonly [filter: string, qos: Qos])[]

export interface Subscriptions {
  /** Calls `then(false)` if it could not be stored and nothing is subscribed. */
  subscribe(session: Session, granted: Granted, then: (stored: boolean) => void): void
  unsubscribe(session: Session, filters: readonly string[], then: () => void): void
}

/** Sessions with changes that are being written, and how many: what the disk will have then is not in memory yet. */
const createChanging = () => {
  const counts = new Map<Session, number>()
  return {
    has: (session: Session): boolean => counts.has(session),
    begin: (session: Session): void => void counts.set(session, (counts.get(session) ?? 0) + 1),
    end(session: Session): void {
      const left = (counts.get(session) ?? 1) - 1
      if (left > 0) counts.set(session, left)
      else counts.delete(session)
    },
  }
}

export const createSubscriptions = (journal: Journal, tree: FilterTree<Session>): Subscriptions => {
  const changing = createChanging()

  const remove = (session: Session, gone: readonly string[]): void => {
    for (const filter of gone) {
      session.filters.delete(filter)
      tree.remove(filter, session)
    }
  }

  const add = (session: Session, granted: Granted): void => {
    for (const [filter, qos] of granted) {
      session.filters.set(filter, qos)
      tree.add(filter, session, qos)
    }
  }

  /** Boards subscribe to the same again at each connection: what is on disk already, and stays there, is not written again. */
  const freshOf = (session: Session, granted: Granted): Granted => {
    if (!isStored(session)) return []
    return changing.has(session) ? granted : granted.filter(([filter, qos]) => session.filters.get(filter) !== qos)
  }

  return {
    subscribe(session, granted, then) {
      const changed = freshOf(session, granted).map(([filter, qos]) => ops.putFilter(session.number, filter, qos))
      const settle = (stored: boolean): void => {
        changing.end(session)
        if (stored && !session.ended) add(session, granted)
        // It ended before they were stored: nothing else would remove their rows.
        if (stored && session.ended && changed.length > 0)
          journal.writeLater(granted.map(([filter]) => ops.removeFilter(session.number, filter)))
        then(stored)
      }
      changing.begin(session)
      journal.write(
        changed,
        () => settle(true),
        () => settle(false),
      )
    },
    unsubscribe(session, gone, then) {
      remove(session, gone)
      const changed = isStored(session) ? gone.map((filter) => ops.removeFilter(session.number, filter)) : []
      const done = (): void => {
        changing.end(session)
        // Again: a SUBSCRIBE of an older connection may have been stored meanwhile.
        remove(session, gone)
        then()
      }
      // They are removed from memory, and from disk once that can be written.
      const failed = (): void => {
        journal.writeLater(changed)
        done()
      }
      changing.begin(session)
      journal.write(changed, done, failed)
    },
  }
}
