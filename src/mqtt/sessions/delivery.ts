// What leaves a session and when [MQTT 3.1.1 §4.3, §4.4, §4.6]: in order, within the window, as long as its line takes it; and what the
// client's acknowledgements do. Every message here is on disk already, if it ever will be.

import type { SessionOp } from '../../ota/ports/session-rows.ts'
import { ops } from './rows.ts'
import {
  addTo,
  entryOp,
  fits,
  isStored,
  leave,
  orphan,
  owe,
  type Pool,
  type QueueEntry,
  refuse,
  type Session,
  type SessionWriter,
} from './session.ts'

const isStale = (pool: Pool, { message }: QueueEntry): boolean => {
  const { messageSeconds } = pool.bounds()
  return messageSeconds > 0 && pool.now() - message.time > messageSeconds * 1000
}

const drop = (pool: Pool, session: Session, entry: QueueEntry, why: 'expired' | 'no_rights'): void => {
  pool.dropped(session, why)
  owe(pool, leave(pool, session, entry))
}

/** Why the entry may not go out on this line any more, if so: rights and age may have changed while it waited. */
const fault = (pool: Pool, writer: SessionWriter, entry: QueueEntry): 'expired' | 'no_rights' | null =>
  isStale(pool, entry) ? 'expired' : writer.mayReceive(entry.message.topic) ? null : 'no_rights'

/** QoS 0: what could not go out when it came. */
const pumpLoose = (pool: Pool, session: Session, writer: SessionWriter): void => {
  for (let entry = session.loose.peek(); entry !== undefined && !writer.congested; entry = session.loose.peek()) {
    session.loose.shift()
    leave(pool, session, entry)
    if (writer.mayReceive(entry.message.topic)) writer.publish(entry, false)
  }
}

/** Sends what may be sent: in order, within the window, as long as the line takes it. */
export const pump = (pool: Pool, session: Session): void => {
  const { writer, waiting, inflight } = session
  if (writer === null) return
  pumpLoose(pool, session, writer)
  const window = pool.bounds().inflight
  let sent = 0
  while (inflight.size < window && !writer.congested) {
    const entry = waiting.shift()
    if (entry === undefined) break
    const why = fault(pool, writer, entry)
    if (why !== null) {
      drop(pool, session, entry, why)
      continue
    }
    if (inflight.size === 0) session.movedAt = pool.now()
    inflight.set(entry.id, entry)
    sent = entry.message.seq
    writer.publish(entry, false)
  }
  // Of one put a pump: after a restart what is above it was never sent, and goes out without DUP [MQTT-3.3.1-1].
  if (sent > 0 && isStored(session)) owe(pool, [ops.putSent(session.number, sent)])
}

/** QoS 0 passes by what waits for the window, and is kept for nobody who is away. */
const acceptLoose = (pool: Pool, session: Session, entry: QueueEntry): void => {
  const { writer, loose } = session
  if (writer === null) return
  if (loose.length === 0 && !writer.congested) {
    if (writer.mayReceive(entry.message.topic)) writer.publish(entry, false)
  } else if (fits(pool, session, entry.message)) {
    addTo(pool, session, entry.message, 1)
    loose.push(entry)
  } else refuse(pool, session)
}

/** A message that is on disk, if it ever will be: behind what waits already. */
export const accept = (pool: Pool, session: Session, entry: QueueEntry): void => {
  if (session.ended) orphan(pool, session, entry)
  else if (entry.qos === 0) acceptLoose(pool, session, entry)
  else {
    session.waiting.push(entry)
    pump(pool, session)
  }
}

const finish = (pool: Pool, session: Session, entry: QueueEntry): void => {
  session.inflight.delete(entry.id)
  owe(pool, leave(pool, session, entry))
  pump(pool, session)
}

/** PUBREC: PUBREL goes out once it is on disk that the message must not be sent again [MQTT-4.3.3-1]. */
const release = (pool: Pool, session: Session, id: number): void => {
  const entry = session.inflight.get(id)
  const send = (): void => session.writer?.release(id)
  // Of an id that nobody knows too: the client waits for it, and would for ever.
  if (entry?.qos !== 2 || entry.released) {
    send()
    return
  }
  const released = (): void => {
    entry.released = true
    send()
  }
  // Until it is on disk the client may be sent the message again, which it knows by its id: PUBREL makes it forget that.
  const op = entryOp(session, { ...entry, released: true })
  if (op === null) released()
  else pool.journal.owe([op], released)
}

/** The client acknowledges. What names no message of the session, or the wrong kind, changes nothing and costs nobody the connection. */
export const acknowledge = (pool: Pool, session: Session, cmd: 'puback' | 'pubrec' | 'pubcomp', id: number): void => {
  session.movedAt = pool.now()
  if (cmd === 'pubrec') {
    release(pool, session, id)
    return
  }
  const entry = session.inflight.get(id)
  if (entry === undefined) return
  if (cmd === 'puback' ? entry.qos === 1 : entry.released) finish(pool, session, entry)
}

/** The client has lost the right to what was in flight. At QoS 2 it may know the id already, and PUBREL makes it forget that. */
const withhold = (pool: Pool, session: Session, entry: QueueEntry): void => {
  if (entry.qos === 2) {
    pool.dropped(session, 'no_rights')
    release(pool, session, entry.id)
    return
  }
  session.inflight.delete(entry.id)
  drop(pool, session, entry, 'no_rights')
}

/** The session goes on with this line: what was in flight first, in its order and with its ids [MQTT-4.4.0-1, MQTT-4.6.0-1], then what waited. */
export const attach = (pool: Pool, session: Session, writer: SessionWriter): void => {
  session.writer = writer
  session.leftAt = null
  session.movedAt = pool.now()
  for (const entry of Array.from(session.inflight.values())) {
    if (entry.released) writer.release(entry.id)
    else if (writer.mayReceive(entry.message.topic)) writer.publish(entry, true)
    else withhold(pool, session, entry)
  }
  pump(pool, session)
}

const dropLoose = (pool: Pool, session: Session): void => {
  for (let entry = session.loose.shift(); entry !== undefined; entry = session.loose.shift()) leave(pool, session, entry)
}

/** Whether its client acknowledges nothing while there is no room left for what it should get; `patience` in ms. */
export const isStuck = ({ full, inflight, movedAt }: Session, now: number, patience: number): boolean =>
  full && inflight.size > 0 && now - movedAt > patience

/** The line is gone. QoS 0 does not wait for the next one; retained messages that found no room yet do, in a session that stays. */
export const detach = (pool: Pool, session: Session, writer: SessionWriter): void => {
  if (session.writer !== writer) return
  session.writer = null
  session.leftAt = pool.now()
  session.feeds = isStored(session) ? session.feeds.filter(({ qos }) => qos > 0) : []
  dropLoose(pool, session)
}

/** Takes what is too old out of a session whose client is away. */
export const dropStale = (pool: Pool, session: Session): void => {
  for (let entry = session.waiting.peek(); entry !== undefined && isStale(pool, entry); entry = session.waiting.peek()) {
    session.waiting.shift()
    drop(pool, session, entry, 'expired')
  }
}

/** The session is over: gives what of its messages is on disk. */
export const endMessages = (pool: Pool, session: Session): readonly SessionOp[] => {
  dropLoose(pool, session)
  const gone = [...session.inflight.values(), ...session.waiting].flatMap((entry) => leave(pool, session, entry))
  session.inflight.clear()
  session.waiting.clear()
  session.feeds.length = 0
  return gone
}
