// Everything of a broker on Aedes into the rows of this one: sessions with their subscriptions, queues and QoS 2 ids, retained messages,
// wills. Reads and writes through what it is given; opens nothing.

import { type Fault, faultAt } from '../../errors.ts'
import type { SessionRows } from '../../ota/ports/session-rows.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Settings } from '../../settings.ts'
import { type Identity, sessionId } from '../entry/identity.ts'
import { ops } from '../sessions/rows.ts'
import type { AedesData } from './aedes-data.ts'
import { type IsReserved, isFilter, publishFault, readFilter, readMessage, type StoredFilter } from './aedes-packets.ts'
import { createBatch } from './batch.ts'
import { migrateQueue, type QueueDeps } from './migrate-queue.ts'
import { createNumbering } from './numbering.ts'
import { createReporter, type MigrationReport } from './report.ts'

export interface MigrateDeps {
  readonly data: AedesData
  readonly rows: Pick<SessionRows, 'commit'>
  /** Whose a session is; null: nobody's, and it is left out. */
  readonly place: (client: string, filters: readonly string[]) => Identity | null
  readonly isReserved: IsReserved
  readonly settings: Settings['mqtt']
  readonly now: number
}

interface Placed {
  readonly client: string
  readonly identity: Identity
}

/** Sessions larger than a setting allows: they are kept whole, and take nothing new until they are smaller. */
interface Overfull {
  readonly clients: string[]
}

const named = 5

const filtersOf = async (data: AedesData, client: string): Promise<readonly StoredFilter[]> =>
  (await data.filters(client)).map(readFilter).filter((filter) => filter !== null)

export interface Unplaced {
  readonly client: string
  /** The first few of `count`, which help an operator to recognise the client. */
  readonly filters: readonly string[]
  readonly count: number
}

export interface PlacedSessions {
  readonly placed: readonly Placed[]
  readonly unplaced: readonly Unplaced[]
}

/** Whose each session is: known before anything is written. */
export const placeSessions = async ({ data, place }: Pick<MigrateDeps, 'data' | 'place'>): Promise<PlacedSessions> => {
  const placed: Placed[] = []
  const unplaced: Unplaced[] = []
  for (const client of data.survey.clients) {
    const filters = (await filtersOf(data, client)).map(({ filter }) => filter)
    const identity = place(client, filters)
    if (identity === null) unplaced.push({ client, filters: filters.slice(0, named), count: filters.length })
    else placed.push({ client, identity })
  }
  return { placed, unplaced }
}

const migrateSession = async (deps: MigrateDeps, queueDeps: QueueDeps, number: number, { client, identity }: Placed, over: Overfull) => {
  const { data, settings, now } = deps
  const { batch, reporter } = queueDeps
  const { counts, skip } = reporter
  await batch.add(ops.putSession(number, { id: sessionId(identity, client), createdAt: now, leftAt: now }))
  counts[identity.kind] += 1
  const stored = await filtersOf(data, client)
  const filters = stored.filter(({ filter }) => isFilter(filter))
  for (const { filter } of stored) if (!isFilter(filter)) skip('subscription', 'invalid_filter', filter)
  for (const { filter, qos } of filters) await batch.add(ops.putFilter(number, filter, qos))
  counts.subscriptions += filters.length
  const incoming = await data.incoming(client)
  for (const id of incoming) await batch.add(ops.putIncoming(number, id))
  counts.incoming += incoming.length
  const sentIds = await data.sentIds(client)
  const size = await migrateQueue(queueDeps, { client, number, filters, entries: data.queue(client), sentIds })
  const { maxMessages, maxBytes } = settings.sessions
  if (size.messages > maxMessages || size.bytes > maxBytes) over.clients.push(client)
}

const migrateRetained = async ({ data }: MigrateDeps, { batch, reporter, isReserved, now }: QueueDeps): Promise<void> => {
  for await (const value of data.retained()) {
    const message = readMessage(value)
    const fault = message === null ? 'unreadable' : publishFault(message.topic, isReserved)
    if (message === null || fault !== null) {
      reporter.skip('retained', fault ?? 'unreadable', message?.topic ?? '')
      continue
    }
    await batch.add(ops.putRetained({ ...message, seq: 0, time: now }))
    reporter.counts.retained += 1
    reporter.counts.retainedBytes += message.topic.length + message.payload.length
  }
}

/** Stored are those of clients that were connected when the old broker ended without closing them: the server publishes them at its start. */
const migrateWills = async ({ data }: MigrateDeps, { batch, reporter, isReserved }: QueueDeps): Promise<void> => {
  for await (const value of data.wills()) {
    const will = readMessage(value)
    const fault = will === null ? 'unreadable' : publishFault(will.topic, isReserved)
    if (will === null || fault !== null) {
      reporter.skip('will', fault ?? 'unreadable', will?.topic ?? '')
      continue
    }
    reporter.counts.wills += 1
    await batch.add(ops.putWill(reporter.counts.wills, will))
  }
}

const warningsOf = ({ settings }: MigrateDeps, { clients }: Overfull, { queuedBytes, retainedBytes }: QueueDeps['reporter']['counts']) => {
  const warnings: Fault[] = []
  const { maxTotalBytes } = settings.sessions
  if (clients.length > 0) {
    const params = { count: clients.length, clients: clients.slice(0, named) }
    warnings.push(faultAt('mqtt.sessions.maxMessages', sentence('migrate_queues_over_bound', params)))
  }
  if (queuedBytes > maxTotalBytes)
    warnings.push(
      faultAt('mqtt.sessions.maxTotalBytes', sentence('migrate_queues_over_total', { bytes: queuedBytes, bound: maxTotalBytes })),
    )
  if (retainedBytes > settings.maxRetainedBytes)
    warnings.push(
      faultAt('mqtt.maxRetainedBytes', sentence('migrate_retained_over_bound', { bytes: retainedBytes, bound: settings.maxRetainedBytes })),
    )
  return warnings
}

/** All of it is on disk when this resolves. A value that cannot be decoded rejects, with the package's own error. */
export const migrateAedesData = async (deps: MigrateDeps, { placed, unplaced }: PlacedSessions): Promise<MigrationReport> => {
  const { data, rows, isReserved, now } = deps
  const reporter = createReporter()
  const over: Overfull = { clients: [] }
  const queueDeps: QueueDeps = { batch: createBatch(rows), numbering: createNumbering(data.survey.brokers), reporter, isReserved, now }
  for (const [at, session] of placed.entries()) await migrateSession(deps, queueDeps, at + 1, session, over)
  await migrateRetained(deps, queueDeps)
  await migrateWills(deps, queueDeps)
  await queueDeps.batch.end()
  for (let at = 0; at < data.survey.strangers; at++) reporter.skip('key', 'unreadable', '')
  const left = unplaced.map(({ client }) => client)
  return { ...reporter.counts, unplaced: left, skipped: reporter.skipped(), warnings: warningsOf(deps, over, reporter.counts) }
}
