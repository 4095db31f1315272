// What is sent from a session and when [MQTT 3.1.1 §4.3, §4.4, §4.6]: in order, within the window, while its writer is not congested; and the
// effect of the client's acknowledgements. Every message here is on disk already, if it is stored at all.

import type { SessionOp } from '../../ota/ports/session-rows.ts'
import { noneBy, withEntry, withoutEntry } from '../../sparse.ts'
import { type WireFault, wireFault } from '../wire/packets.ts'
import { ops } from './rows.ts'
import {
  addTo,
  entryOp,
  fullBy,
  isStored,
  lastSessionId,
  leave,
  noFeeds,
  type Pool,
  type QueueEntry,
  refuse,
  removeLater,
  removeOrphan,
  type Session,
  type SessionWriter,
} from './session.ts'

const isStale = (pool: Pool, { message }: QueueEntry): boolean => {
  const { messageSeconds } = pool.bounds()
  return messageSeconds > 0 && pool.now() - message.time > messageSeconds * 1000
}

const drop = (pool: Pool, session: Session, entry: QueueEntry, why: 'expired' | 'no_rights'): void => {
  pool.dropped(session, why)
  removeLater(pool, leave(pool, session, entry))
}

/** Why the entry must not be sent any more; null: it may. Rights and age may have changed while it waited. */
const dropReason = (pool: Pool, writer: SessionWriter, entry: QueueEntry): 'expired' | 'no_rights' | null =>
  isStale(pool, entry) ? 'expired' : writer.mayReceive(entry.message.topic) ? null : 'no_rights'

/** QoS 0: what could not be sent when it came. */
const pumpQos0 = (pool: Pool, session: Session, writer: SessionWriter): void => {
  for (let entry = session.qos0.peek(); entry !== undefined && !writer.congested; entry = session.qos0.peek()) {
    session.qos0.shift()
    leave(pool, session, entry)
    if (writer.mayReceive(entry.message.topic)) writer.publish(entry, false)
  }
}

/** Sends what may be sent: in order, within the window, while the writer is not congested. */
export const pump = (pool: Pool, session: Session): void => {
  const { writer, waiting } = session
  if (writer === null) return
  pumpQos0(pool, session, writer)
  const window = pool.bounds().inflight
  let sent = 0
  while (session.inflight.size < window && !writer.congested) {
    const entry = waiting.shift()
    if (entry === undefined) break
    const why = dropReason(pool, writer, entry)
    if (why !== null) {
      drop(pool, session, entry, why)
      continue
    }
    if (session.inflight.size === 0) session.progressAt = pool.now()
    session.inflight = withEntry(session.inflight, entry.id, entry)
    sent = entry.message.seq
    writer.publish(entry, false)
  }
  // One row for all of them: after a restart, messages above this number were never sent and go out without DUP [MQTT-3.3.1-1].
  if (sent > 0 && isStored(session)) pool.journal.writeLater([ops.putSent(session.number, sent)])
}

/** QoS 0 does not wait for the window, and is not kept for a client that is not connected. */
const acceptQos0 = (pool: Pool, session: Session, entry: QueueEntry): void => {
  const { writer, qos0 } = session
  if (writer === null) return
  if (qos0.length === 0 && !writer.congested) {
    if (writer.mayReceive(entry.message.topic)) writer.publish(entry, false)
    return
  }
  const full = fullBy(pool, session, entry.message)
  if (full !== null) {
    refuse(pool, session, full)
    return
  }
  addTo(pool, session, entry.message, 1)
  qos0.push(entry)
}

/** Queues a message behind those that wait already. It is on disk, if it is stored at all. */
export const accept = (pool: Pool, session: Session, entry: QueueEntry): void => {
  if (session.ended) removeOrphan(pool, session, entry)
  else if (entry.qos === 0) acceptQos0(pool, session, entry)
  else {
    session.waiting.push(entry)
    pump(pool, session)
  }
}

const finish = (pool: Pool, session: Session, entry: QueueEntry): void => {
  session.inflight = withoutEntry(session.inflight, entry.id)
  removeLater(pool, leave(pool, session, entry))
  pump(pool, session)
}

/** PUBREC: PUBREL is sent once it is on disk that the message must not be sent again [MQTT-4.3.3-1]. */
const release = (pool: Pool, session: Session, id: number): void => {
  const entry = session.inflight.get(id)
  const send = (): void => session.writer?.release(id)
  // For an unknown id too: the client would wait for it without end.
  if (entry?.qos !== 2 || entry.released) {
    send()
    return
  }
  const released = (): void => {
    entry.released = true
    send()
  }
  // Until that is on disk the message may be sent again, and the client recognises it by its id: PUBREL makes it forget the id.
  const op = entryOp(session, { ...entry, released: true })
  if (op === null) released()
  else pool.journal.writeLater([op], released)
}

type AckCmd = 'puback' | 'pubrec' | 'pubcomp'

/** What the client must send next for a message in flight: PUBREC may come again until PUBCOMP does [MQTT-4.3.3-1]. */
const expectedFor = ({ qos, released }: QueueEntry): AckCmd => (qos === 1 ? 'puback' : released ? 'pubcomp' : 'pubrec')

/** Its place in the window would never become free [MQTT-4.8.0-1]. */
const wrongAck = (cmd: AckCmd, id: number, qos: number, expected: AckCmd): WireFault => {
  const text = `sent ${cmd.toUpperCase()} for packet id ${id}, a message of QoS ${qos} that waits for ${expected.toUpperCase()}`
  return wireFault('wrong_ack', 'MQTT-4.8.0-1', text)
}

/** What the client must send for that id; null: it is unknown. The server's own messages to a device are at QoS 1 and in no session. */
const awaited = (entry: QueueEntry | undefined, id: number): AckCmd | null =>
  entry !== undefined ? expectedFor(entry) : id > lastSessionId ? 'puback' : null

/** An acknowledgement of the client. An unknown id changes nothing and does not end the connection; the wrong kind throws a `WireFault`. */
export const acknowledge = (pool: Pool, session: Session, cmd: AckCmd, id: number): void => {
  const entry = session.inflight.get(id)
  const expected = awaited(entry, id)
  const isRepeated = cmd === 'pubrec' && entry?.released === true
  if (expected !== null && cmd !== expected && !isRepeated) throw wrongAck(cmd, id, entry?.qos ?? 1, expected)
  session.progressAt = pool.now()
  if (cmd === 'pubrec') release(pool, session, id)
  else if (entry !== undefined) finish(pool, session, entry)
}

/** The client lost the right to a message in flight. At QoS 2 it may know the id already, and PUBREL makes it forget it. */
const withhold = (pool: Pool, session: Session, entry: QueueEntry): void => {
  if (entry.qos === 2) {
    pool.dropped(session, 'no_rights')
    release(pool, session, entry.id)
    return
  }
  session.inflight = withoutEntry(session.inflight, entry.id)
  drop(pool, session, entry, 'no_rights')
}

/** Attaches a writer: sends what was in flight again, in order and with the same ids [MQTT-4.4.0-1, MQTT-4.6.0-1], then what waited. */
export const attach = (pool: Pool, session: Session, writer: SessionWriter): void => {
  session.writer = writer
  session.leftAt = null
  session.progressAt = pool.now()
  for (const entry of Array.from(session.inflight.values())) {
    if (entry.released) writer.release(entry.id)
    else if (writer.mayReceive(entry.message.topic)) writer.publish(entry, true)
    else withhold(pool, session, entry)
  }
  pump(pool, session)
}

const dropQos0 = (pool: Pool, session: Session): void => {
  for (let entry = session.qos0.shift(); entry !== undefined; entry = session.qos0.shift()) leave(pool, session, entry)
}

/** Whether its client acknowledges nothing while its queue is full; `patience` in ms. */
export const isStuck = ({ full, inflight, progressAt }: Session, now: number, patience: number): boolean =>
  full && inflight.size > 0 && now - progressAt > patience

/** The writer's connection ended. QoS 0 does not wait for the next one; retained messages that found no room yet do, in a stored session. */
export const detach = (pool: Pool, session: Session, writer: SessionWriter): void => {
  if (session.writer !== writer) return
  session.writer = null
  session.leftAt = pool.now()
  session.feeds = isStored(session) ? session.feeds.filter(({ qos }) => qos > 0) : noFeeds
  dropQos0(pool, session)
}

/** Drops what is too old from a session whose client is not connected. */
export const dropStale = (pool: Pool, session: Session): void => {
  for (let entry = session.waiting.peek(); entry !== undefined && isStale(pool, entry); entry = session.waiting.peek()) {
    session.waiting.shift()
    drop(pool, session, entry, 'expired')
  }
}

/** The session ends: removes its messages from memory and returns what removes them from disk. */
export const endMessages = (pool: Pool, session: Session): readonly SessionOp[] => {
  dropQos0(pool, session)
  const gone = [...session.inflight.values(), ...session.waiting].flatMap((entry) => leave(pool, session, entry))
  session.inflight = noneBy()
  session.waiting.clear()
  session.feeds = noFeeds
  return gone
}
