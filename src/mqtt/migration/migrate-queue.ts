// One client's queue of Aedes as entries of a session of ours: what was in flight under its packet ids, the rest behind it.
// Knows how both are stored; decides nothing about whose the session is.

import { createHash } from 'node:crypto'
import { type Message, ops } from '../sessions/rows.ts'
import { sizeOf } from '../sessions/session.ts'
import { createFilterTree } from '../topics/filter-tree.ts'
import { type IsReserved, readEntry, type StoredEntry, type StoredFilter, topicFault } from './aedes-packets.ts'
import type { Batch } from './batch.ts'
import { createPacketIds, maxQueued, type Numbering } from './numbering.ts'
import type { Reporter } from './report.ts'

export interface QueueDeps {
  readonly batch: Batch
  readonly numbering: Numbering
  readonly reporter: Reporter
  readonly isReserved: IsReserved
  readonly now: number
}

export interface StoredQueue {
  readonly client: string
  /** The session's number. */
  readonly number: number
  readonly filters: readonly StoredFilter[]
  readonly entries: AsyncIterable<unknown>
  readonly sentIds: ReadonlySet<number>
}

export interface QueueSize {
  readonly messages: number
  readonly bytes: number
}

const digestOf = ({ topic, payload }: StoredEntry): string =>
  createHash('sha256').update(topic).update('\0').update(payload).digest('base64')

/**
 * The QoS of a message that was not sent yet: at most that of the filters that match, which Aedes does not look at when it queues.
 * null: they are at QoS 0 alone, which keeps nothing for clients that are away. Where no filter is left, the message's own.
 */
const createLowering = (filters: readonly StoredFilter[]) => {
  const tree = createFilterTree<true>()
  for (const { filter, qos } of filters) tree.add(filter, true, qos)
  return ({ topic, qos }: StoredEntry): 1 | 2 | null => {
    const granted = tree.match(topic).get(true) ?? 2
    if (granted === 0) return null
    return granted === 2 && qos === 2 ? 2 : 1
  }
}

const isSent = ({ id, qos, released }: StoredEntry): boolean => released || (id > 0 && qos > 0)

export const migrateQueue = async (deps: QueueDeps, { client, number, filters, entries, sentIds }: StoredQueue): Promise<QueueSize> => {
  const { batch, numbering, reporter, isReserved, now } = deps
  const { counts, skip } = reporter
  const ids = createPacketIds(sentIds)
  const lowered = createLowering(filters)
  const size = { messages: 0, bytes: 0 }
  let lastSent = 0

  const put = async (message: Message, isNew: boolean, qos: 1 | 2, id: number, released: boolean): Promise<void> => {
    if (isNew) await batch.add(ops.putMessage(message))
    await batch.add(ops.putEntry(number, message.seq, { qos, retain: false, id, released }))
    size.messages += 1
    size.bytes += sizeOf(message)
  }

  const putSent = async ({ topic, payload, qos, id, released }: StoredEntry): Promise<void> => {
    lastSent = numbering.inflight()
    const kept = qos === 2 ? 2 : 1
    await put({ seq: lastSent, topic, payload, time: now }, true, kept, ids.kept(id, kept), released)
    counts.inflight += 1
  }

  const putWaiting = async (entry: StoredEntry): Promise<void> => {
    const qos = lowered(entry)
    if (qos === null) return skip('message', 'qos_0_filter', client)
    const place = numbering.queued(entry.broker, entry.counter, digestOf(entry))
    if (place === null) return skip('message', 'unreadable', client)
    await put({ seq: place.seq, topic: entry.topic, payload: entry.payload, time: now }, place.isNew, qos, ids.fresh(), false)
  }

  for await (const value of entries) {
    const entry = readEntry(value)
    const fault = entry === null ? 'unreadable' : entry.released ? null : topicFault(entry.topic, isReserved)
    if (entry === null || fault !== null) skip('message', fault ?? 'unreadable', client)
    else if (size.messages >= maxQueued) skip('message', 'queue_full', client)
    else if (isSent(entry)) await putSent(entry)
    else await putWaiting(entry)
  }
  if (lastSent > 0) await batch.add(ops.putSent(number, lastSent))
  counts.queued += size.messages
  counts.queuedBytes += size.bytes
  return size
}
