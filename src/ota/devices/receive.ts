// The walk of a report: decoded, applied, recorded; then it may be acknowledged. All reports of a message go to disk together.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
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
import { answerGet } from './firmware-get.ts'
import { followMoved, receiveTopo } from './topology.ts'

const noneEnded: Ended = new Map()

/** Ended tasks that the report refers to. */
const endedIds = ({ reads }: Pick<Ports, 'reads'>, sender: DeviceKey, report: Report | Malformed): readonly number[] => {
  if (report.kind === 'progress') {
    const { task } = report
    return task === null || !Number.isSafeInteger(task) || reads.openTask(task) !== undefined ? [] : [task]
  }
  if (report.kind !== 'version') return []
  const late = reads.device(report.identity ?? sender)?.late ?? []
  return late.filter((entry) => entry.module === report.module).map((entry) => entry.task)
}

const readEnded = async ({ queries }: Pick<Ports, 'queries'>, ids: readonly number[]): Promise<Ended> => {
  const tasks = await Promise.all(ids.map((id) => queries.task(id)))
  return new Map(tasks.flatMap((task) => (task === undefined ? [] : [[task.id, task] as const])))
}

/** The tasks are offered again, as their devices now run another version. */
const followOffers = (context: Context, state: ConnectionState, tasks: readonly Task[]): void => {
  const { reads, downloads, log } = context.ports
  const now = tasks.map((task) => {
    const fitted = reads.openTask(task.id) ?? task
    if (fitted.firmware !== task.firmware) {
      // Its offer was of another package, and so is its link.
      state.offered.delete(task.id)
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
  const recorded = commit(context, draft)
  return work.versions.length + work.moved.length === 0 ? recorded : recorded.then(() => follow(context, work))
}

/** While ended tasks are read from disk they may change: then they are read again. */
const applyWithEnded = (context: Context, state: ConnectionState, reports: Uplink['reports'], ids: readonly number[]): Promise<void> =>
  repeated(async () => applyAll(context, state, reports, await readEnded(context.ports, ids)))

/** A message of a device as its dialect reads it. */
type Message = ReturnType<Ports['dialect']['read']>

/** Reads it within the bounds of this device, and notes what is not read to its end, for `why`. */
const readMessage = (
  { ports, connections }: Part<'ports' | 'connections'>,
  state: ConnectionState,
  up: string,
  payload: Uint8Array,
): Message => {
  const { maxUplinkBytes, maxFamilyUplinkBytes } = ports.settings
  const { device, id: connection } = state.connection
  const family = Math.max(maxUplinkBytes, maxFamilyUplinkBytes)
  const message = ports.dialect.read(up, payload, connections.families.children(device).size > 0 ? family : maxUplinkBytes, family)
  const parts = message.kind === 'malformed' ? [message] : message.kind === 'topo' ? message.refused : message.reports
  const method = message.kind === 'malformed' ? null : message.method
  const last = parts.at(-1)
  const before = connections.unread.get(device)
  if (last?.kind === 'malformed' && last.figures !== undefined)
    connections.unread.set(device, { connection, method, at: ports.now(), ...last.figures })
  else if (method !== null && before?.connection !== connection && (before?.method ?? method) === method) connections.unread.delete(device)
  return message
}

const isProgress = ({ kind }: Report | Malformed): boolean => kind === 'progress'

/** Messages of one device on one uplink, in order. All progress reports that need nothing from the disk share a draft. */
const createReceiver = (context: Context, state: ConnectionState) => {
  const { ports } = context
  const { device } = state.connection
  const recorded: Promise<void>[] = []
  let gathered: (Report | Malformed)[] = []
  const flush = (): void => {
    if (gathered.length > 0) recorded.push(applyAll(context, state, gathered, noneEnded))
    gathered = []
  }
  const reported = ({ reports }: Uplink): void => {
    const [first] = reports
    if (first?.kind === 'get') {
      flush()
      recorded.push(answerGet(context, state, first))
      return
    }
    const ids = reports.flatMap((report) => endedIds(ports, device, report))
    if (ids.length === 0 && reports.every(isProgress)) {
      for (const report of reports) gathered.push(report)
      return
    }
    flush()
    recorded.push(ids.length === 0 ? applyAll(context, state, reports, noneEnded) : applyWithEnded(context, state, reports, ids))
  }
  return {
    take(up: string, payload: Uint8Array): void {
      const uplink = readMessage(context, state, up, payload)
      if (uplink.kind === 'malformed') {
        drop(ports, device, uplink.reason, uplink.detail)
        return
      }
      if (uplink.asMeant === true) {
        ports.meter.count('uplinks', 'read_as_meant')
        ports.log.info({ device, method: uplink.method }, 'sent a message that is no valid JSON, which was read as it was meant')
      }
      ports.meter.count('uplinks', uplink.kind === 'topo' ? `topo.${uplink.method}` : uplink.method)
      if (uplink.kind === 'uplink') reported(uplink)
      else {
        flush()
        recorded.push(receiveTopo(context, state, uplink))
      }
    },
    end(): readonly Promise<void>[] {
      flush()
      return recorded
    },
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
  const receiver = createReceiver(context, state)
  for (const payload of payloads) receiver.take(up, payload)
  const recorded = receiver.end()
  return recorded.length === 1 && recorded[0] !== undefined ? recorded[0] : Promise.all(recorded).then(() => undefined)
}
