// The walk of a report: decoded, applied, recorded; then it may be acknowledged. All reports of a message go to disk together.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import { withoutItem } from '../../sparse.ts'
import { notifyAgain } from '../campaigns/dispatch.ts'
import type { Malformed, Report, Uplink } from '../dialects/dialect.ts'
import type { DeviceKey, Task } from '../model.ts'
import type { Connection } from '../ports/mqtt.ts'
import { commit, repeated } from '../state/commit.ts'
import type { ConnectionState } from '../state/connections.ts'
import type { Context, Part, Ports } from '../state/context.ts'
import { createDraft, movedDevices } from '../state/draft.ts'
import { drop } from '../state/drop.ts'
import { applyReport, type Ended, type ReportWork } from './apply.ts'
import { followMoved } from './claims.ts'
import { answerGet } from './firmware-get.ts'
import { receiveTopo } from './topology.ts'

const noneEnded: Ended = new Map()

const noIds: readonly number[] = []

/** Ended tasks that the report refers to. */
const endedIds = ({ reads }: Pick<Ports, 'reads'>, sender: DeviceKey, report: Report | Malformed): readonly number[] => {
  if (report.kind === 'progress') {
    const { task } = report
    return task === null || !Number.isSafeInteger(task) || reads.openTask(task) !== undefined ? noIds : [task]
  }
  if (report.kind !== 'version') return noIds
  const late = reads.device(report.identity ?? sender)?.late ?? []
  return late.filter((entry) => entry.module === report.module).map((entry) => entry.task)
}

/** Those of all reports. */
const allEndedIds = (ports: Pick<Ports, 'reads'>, sender: DeviceKey, reports: Uplink['reports']): readonly number[] => {
  let ids = noIds
  for (const report of reports) {
    const more = endedIds(ports, sender, report)
    if (more.length > 0) ids = [...ids, ...more]
  }
  return ids
}

const readEnded = async ({ queries }: Pick<Ports, 'queries'>, ids: readonly number[]): Promise<Ended> => {
  const tasks = await Promise.all(ids.map((id) => queries.task(id)))
  return new Map(tasks.flatMap((task) => (task === undefined ? [] : [[task.id, task] as const])))
}

/** The tasks are offered again, as their devices now run another version. */
const followOffers = (context: Context, state: ConnectionState, tasks: readonly Task[]): void => {
  if (tasks.length === 0) return
  const { reads, downloads, log } = context.ports
  const now = tasks.map((task) => {
    const fitted = reads.openTask(task.id) ?? task
    if (fitted.firmware !== task.firmware) {
      // Its offer was of another package, and so is its link.
      state.offered = withoutItem(state.offered, task.id)
      downloads.forget(task.id)
    }
    return fitted
  })
  notifyAgain(context, now).catch((error: unknown) =>
    log.error({ err: error, device: state.connection.device }, 'could not notify a device'),
  )
}

/** What follows once the message is on disk. */
const follow = (context: Context, { state, versions, moved, asked, offers }: ReportWork): void => {
  const { ports, wake } = context
  for (const { device, detail } of versions) {
    ports.events.emit({ type: 'device', device, what: 'reported', detail })
    // It may run the version that it waited for.
    if (ports.reads.waitingOf(device).length > 0) wake.decide(device)
  }
  followMoved(context, moved)
  for (const device of asked) wake.rematch(device)
  followOffers(context, state, offers)
}

/** Applies all reports and records them at once. From the first read to the commit nothing else can intervene. */
const applyAll = (context: Context, state: ConnectionState, reports: Uplink['reports'], ended: Ended): Promise<void> => {
  const { ports } = context
  const draft = createDraft(ports.reads)
  const work: ReportWork = { draft, state, ended, offers: [], asked: [], versions: [], moved: [] }
  for (const report of reports) {
    if (report.kind === 'malformed') drop(ports, state.connection.device, report.reason, report.detail)
    else if (report.kind !== 'get') applyReport(context, work, report)
  }
  work.moved.push(...movedDevices(draft))
  const hasMore = work.versions.length + work.moved.length > 0
  return commit(context, draft, undefined, hasMore ? () => follow(context, work) : undefined)
}

/** While ended tasks are read from disk they may change: then they are read again. */
const applyWithEnded = (context: Context, state: ConnectionState, reports: Uplink['reports'], ids: readonly number[]): Promise<void> =>
  repeated(async () => applyAll(context, state, reports, await readEnded(context.ports, ids)))

/** A message of a device as its dialect reads it. */
type Message = ReturnType<Ports['dialect']['read']>

type Reading = Part<'ports' | 'connections'>

/** The last element that was not read, which says why the rest of the message is missing. */
const unreadOf = (message: Message): Malformed | undefined => {
  const last = message.kind === 'malformed' ? message : (message.kind === 'topo' ? message.refused : message.reports).at(-1)
  return last?.kind === 'malformed' && last.figures !== undefined ? last : undefined
}

/** Notes what is not read to its end, for `why`, until a later message of the same kind is. */
const noteUnread = ({ ports, connections }: Reading, { device, id: connection }: Connection, message: Message): void => {
  const unread = unreadOf(message)
  const before = connections.unread.get(device)
  if (unread === undefined && before === undefined) return
  const method = message.kind === 'malformed' ? null : message.method
  if (unread?.figures !== undefined) connections.unread.set(device, { connection, method, at: ports.now(), ...unread.figures })
  else if (method !== null && before?.connection !== connection && (before?.method ?? method) === method) connections.unread.delete(device)
}

/** Reads it within the bounds of this device. */
const readMessage = (context: Reading, { connection }: ConnectionState, up: string, payload: Uint8Array): Message => {
  const { dialect, settings } = context.ports
  const { maxUplinkBytes, maxFamilyUplinkBytes } = settings
  const family = maxFamilyUplinkBytes > maxUplinkBytes ? maxFamilyUplinkBytes : maxUplinkBytes
  const most = context.connections.families.children(connection.device).size > 0 ? family : maxUplinkBytes
  const message = dialect.read(up, payload, most, family)
  noteUnread(context, connection, message)
  return message
}

/** Messages of one device on one uplink, in order. All progress reports that need nothing from the disk share a draft. */
interface Receiver {
  readonly context: Context
  readonly state: ConnectionState
  readonly recorded: Promise<void>[]
  gathered: (Report | Malformed)[]
}

const flush = (receiver: Receiver): void => {
  const { context, state, recorded, gathered } = receiver
  if (gathered.length === 0) return
  receiver.gathered = []
  recorded.push(applyAll(context, state, gathered, noneEnded))
}

const areProgress = (reports: Uplink['reports']): boolean => {
  for (const { kind } of reports) if (kind !== 'progress') return false
  return true
}

const reported = (receiver: Receiver, { reports }: Uplink): void => {
  const { context, state, recorded, gathered } = receiver
  const [first] = reports
  if (first?.kind === 'get') {
    flush(receiver)
    recorded.push(answerGet(context, state, first))
    return
  }
  const ids = allEndedIds(context.ports, state.connection.device, reports)
  if (ids.length === 0 && areProgress(reports)) {
    for (const report of reports) gathered.push(report)
    return
  }
  flush(receiver)
  recorded.push(ids.length === 0 ? applyAll(context, state, reports, noneEnded) : applyWithEnded(context, state, reports, ids))
}

const takeMessage = (receiver: Receiver, up: string, payload: Uint8Array): void => {
  const { context, state, recorded } = receiver
  const { ports } = context
  const { device } = state.connection
  const message = readMessage(context, state, up, payload)
  if (message.kind === 'malformed') {
    drop(ports, device, message.reason, message.detail)
    return
  }
  if (message.asMeant === true) {
    ports.meter.count('uplinks', 'read_as_meant')
    ports.log.info({ device, method: message.method }, 'sent a message that is no valid JSON, which was read as it was meant')
  }
  ports.meter.count('uplinks', message.kind === 'topo' ? `topo.${message.method}` : message.method)
  if (message.kind === 'uplink') reported(receiver, message)
  else {
    flush(receiver)
    recorded.push(receiveTopo(context, state, message))
  }
}

const watchedText = (payload: Uint8Array): string => new TextDecoder().decode(payload.subarray(0, 4096))

/** `DeviceSide.receive`: resolves when all is recorded on disk, or dropped and counted; rejects when something could not be recorded. */
export const receive = (context: Context, connection: Connection, up: string, payloads: readonly Uint8Array[]): Promise<void> => {
  const { ports, connections } = context
  const { device, id } = connection
  const state = connections.of(device, id)
  // No PUBACK either: the device sends it again on its new connection.
  if (state === undefined) return Promise.reject(new OtaError('OTA_CONFLICT', sentence('connection_replaced', { device })))
  connections.seen(device, ports.now())
  if (ports.events.watches(device))
    for (const payload of payloads) ports.events.emit({ type: 'message', device, direction: 'up', text: watchedText(payload) })
  const receiver: Receiver = { context, state, recorded: [], gathered: [] }
  for (const payload of payloads) takeMessage(receiver, up, payload)
  flush(receiver)
  const { recorded } = receiver
  return recorded.length === 1 && recorded[0] !== undefined ? recorded[0] : Promise.all(recorded).then(() => undefined)
}
