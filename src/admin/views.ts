// From the model to the JSON of the admin API: ids as digits, times as ISO 8601 UTC. Never shows a secret. Pure but for what only the
// core knows (presence, waiting reason, bytes).

import type { Finding } from '../finding.ts'
import type { Device, Firmware, HistoryEntry, Installed, Task, TimelineRow } from '../ota/model.ts'
import type { ConnectionNote } from '../ota/ports/mqtt.ts'
import type { KeptRefusal, Operators, Verdict } from '../ota/ports/operators.ts'
import type { ListedTask } from '../ota/ports/store.ts'
import { adviceOf } from '../ota/rules/advice.ts'
import { connectionSentence } from '../ota/rules/connection-sentence.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { failuresOf } from './device-filter.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import type {
  DeviceJson,
  FindingJson,
  FirmwareJson,
  InstalledJson,
  RefusedJson,
  TaskJson,
  TaskRecordJson,
  TimelineEntryJson,
  VerdictJson,
} from './schemas.ts'
import { saidView } from './sentence-views.ts'

export const firmwareView = (firmware: Firmware): FirmwareJson => ({
  id: String(firmware.id),
  product: firmware.product,
  module: firmware.module,
  version: firmware.version,
  size: firmware.size,
  md5: firmware.md5,
  sha256: firmware.sha256,
  checksum: firmware.checksum,
  description: firmware.description,
  from: [...firmware.from],
  signMethod: firmware.signMethod,
  createdAt: isoTime(firmware.createdAt),
})

/** Without a prototype: a module may be called `__proto__`. */
const modulesView = (device: Device): DeviceJson['modules'] => {
  const modules: DeviceJson['modules'] = Object.create(null)
  for (const { name, version, reportedAt } of device.modules) modules[name] = { version, reportedAt: isoTime(reportedAt) }
  return modules
}

const noteView = (note: ConnectionNote | null): DeviceJson['connection'] =>
  note === null
    ? null
    : { what: note.what, reason: note.reason, at: isoTime(note.at), address: note.address, ...saidView(connectionSentence(note)) }

const openTasksView = ({ reads }: Pick<Operators, 'reads'>, { key }: Device): DeviceJson['openTasks'] =>
  reads.openTasksOf(key).map(({ id, campaign, module, to, state }) => ({
    task: String(id),
    campaign: String(campaign),
    module,
    version: to,
    state,
  }))

const failedView = (operators: Pick<Operators, 'reads'>, device: Device): DeviceJson['failed'] =>
  failuresOf(operators, device)
    .map(({ module, to, end }) => ({
      task: end === undefined ? null : String(end.task),
      campaign: end === undefined || operators.reads.campaign(end.campaign) === undefined ? null : String(end.campaign),
      module,
      version: to,
      state: end?.state ?? null,
      reason: end?.reason ?? null,
      desc: end?.desc ?? null,
      endedAt: isoOrNull(end?.at ?? null),
    }))
    .toReversed()

export const deviceView = (operators: Pick<Operators, 'devices' | 'connections' | 'reads'>, device: Device): DeviceJson => ({
  product: device.product,
  name: device.name,
  online: operators.devices.presence(device) !== 'offline',
  lastSeen: isoOrNull(operators.devices.lastSeen(device)),
  address: operators.connections.address(device),
  contended: operators.connections.isContended(device.key),
  gateway: device.gateway,
  disputed: device.disputed?.gateway ?? null,
  takeovers: (device.takeovers ?? []).map(({ at, device: moved, from, to }) => ({ at: isoTime(at), device: moved, from, to })),
  tags: [...device.tags],
  modules: modulesView(device),
  openTasks: openTasksView(operators, device),
  failed: failedView(operators, device),
  credential: device.credential.kind,
  connection: noteView(operators.devices.connectionNote(device.key)),
  createdAt: isoTime(device.createdAt),
})

export const refusedView = ({ at, reason, device, clientId, user, address }: KeptRefusal): RefusedJson => ({
  at: isoTime(at),
  reason,
  ...saidView(connectionSentence({ what: 'refused', reason })),
  device,
  clientId,
  user,
  address,
})

export const doctorView = ({ area, result, said, remedy }: Finding): FindingJson => ({
  area,
  result,
  ...saidView(said),
  remedy: remedy === null ? null : saidView(remedy),
})

const phaseOf = ({ reads }: Pick<Operators, 'reads'>, task: ListedTask): number | null =>
  (reads.campaign(task.campaign)?.phases.length ?? 0) === 0 ? null : task.phase + 1

const adviceView = (task: ListedTask): Pick<TaskJson, 'advice'> => {
  const advice = adviceOf(task)
  return advice === null ? {} : { advice: saidView(advice) }
}

const isWhole = (task: ListedTask): task is Task => 'history' in task

export const taskView = (operators: Pick<Operators, 'reads' | 'tasks'>, task: ListedTask): TaskJson => ({
  id: String(task.id),
  campaign: String(task.campaign),
  device: task.device,
  module: task.module,
  firmware: String(task.firmware),
  from: task.from,
  to: task.to,
  state: task.state,
  reason: task.state === 'queued' && isWhole(task) ? operators.tasks.waitReason(task) : task.reason,
  code: task.code,
  desc: task.desc,
  step: task.step,
  phase: phaseOf(operators, task),
  attempt: task.attempt,
  notBefore: isoOrNull(task.notBefore),
  timesOutAt: isWhole(task) ? isoOrNull(operators.tasks.timesOutAt(task)) : null,
  bytes: operators.tasks.bytes(task),
  size: task.size,
  createdAt: isoTime(task.createdAt),
  notifiedAt: isoOrNull(task.notifiedAt),
  startedAt: isoOrNull(task.startedAt),
  endedAt: isoOrNull(task.endedAt),
  ...adviceView(task),
})

/** `note` is the sentence as text; what an earlier Fogbell recorded has no code. */
const historyView = ({ at, state, said }: HistoryEntry): TaskRecordJson['history'][number] => {
  if (typeof said === 'string') return { at: isoTime(at), state, note: said, code: null, params: null }
  const { text: note, code, params } = saidView(said)
  return { at: isoTime(at), state, note, code, params }
}

export const taskRecordView = (operators: Pick<Operators, 'reads' | 'tasks'>, task: Task): TaskRecordJson => ({
  ...taskView(operators, task),
  history: task.history.map(historyView),
})

export const verdictView = ({ rule, ok, said, advice, campaign, task, reason }: Verdict): VerdictJson => ({
  rule,
  ok,
  ...saidView(said),
  ...(advice === undefined ? {} : { advice: saidView(advice) }),
  campaign: campaign === null ? null : String(campaign),
  task: task === null ? null : String(task),
  reason,
})

export const installedView = ({ at, module, version, task, campaign, sha256 }: Installed): InstalledJson => ({
  at: isoTime(at),
  module,
  version,
  task: task === null ? null : String(task),
  campaign: campaign === null ? null : String(campaign),
  sha256,
})

const timelineSentence = ({ what, reason = '', module = '', version = '', said = '', ...row }: TimelineRow): Sentence => {
  if (what === 'connected') return sentence('timeline_connected', { address: row.address ?? null })
  if (what === 'version') return sentence('timeline_version', { module, version })
  if (what === 'disconnected' || what === 'refused') return connectionSentence({ what, reason })
  return typeof said === 'string' ? sentence('as_text', { text: said }) : said
}

export const timelineView = (row: TimelineRow): TimelineEntryJson => ({
  at: isoTime(row.at),
  what: row.what,
  ...saidView(timelineSentence(row)),
  address: row.address ?? null,
  reason: row.reason ?? null,
  module: row.module ?? null,
  version: row.version ?? null,
  task: row.task === undefined ? null : String(row.task),
  campaign: row.campaign === undefined ? null : String(row.campaign),
  attempt: row.attempt ?? null,
  state: row.state ?? null,
})
