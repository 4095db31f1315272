// The row of a task: JSON without the fields that have the values of a new task. Most rows are tasks, and one is written with each
// report: this is faster than JSON.stringify, and half as long. Knows the shape of a task, no disk.

import type { HistoryEntry, Task } from '../ota/model.ts'
import { type Params, type Sentence, type SentenceCode, sentence } from '../sentences/sentence.ts'

/** A row as read: missing fields get their values below. Rows of format 1 lack only `phase` and `toldAt`. */
export type TaskRow = Pick<Task, 'rev' | 'id' | 'campaign' | 'device' | 'module' | 'firmware' | 'to' | 'size' | 'state' | 'createdAt'> &
  Omit<Partial<Task>, 'slotAt' | 'history'> & {
    readonly history: readonly HistoryRow[]
    /** The stored name of `slotAt`. */
    readonly toldAt?: number | null
  }

/** Text that needs no escapes in JSON: ASCII without control characters, `"` and `\`. */
const plain = /^[ !#-[\]-~]*$/

const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text))

const jsonOf = (value: unknown): string => (typeof value === 'number' && Number.isFinite(value) ? String(value) : JSON.stringify(value))

/** Its fields as JSON, without the braces. */
const paramsText = (params: Params): string => {
  let text = ''
  for (const name in params) {
    const value = params[name]
    if (value === undefined) continue
    const said = typeof value === 'string' ? quoted(value) : jsonOf(value)
    text += `${text === '' ? '' : ','}"${name}":${said}`
  }
  return text
}

/** A sentence as `"code"` and, if it has any, `"params"`; a text that an earlier Fogbell recorded as `"note"`. */
const saidText = (said: Sentence | string): string => {
  if (typeof said === 'string') return `"note":${quoted(said)}`
  const params = paramsText(said.params)
  return params === '' ? `"code":"${said.code}"` : `"code":"${said.code}","params":{${params}}`
}

const historyText = (history: readonly HistoryEntry[]): string => {
  let text = ''
  for (const { at, state, said } of history) text += `${text === '' ? '' : ','}{"at":${at},"state":"${state}",${saidText(said)}}`
  return text
}

/** A history entry as it was read. */
type HistoryRow = Pick<HistoryEntry, 'at' | 'state'> & { readonly note?: string; readonly code?: SentenceCode; readonly params?: Params }

const entryOf = ({ at, state, note, code, params }: HistoryRow): HistoryEntry => ({
  at,
  state,
  said: code === undefined ? (note ?? '') : sentence(code, params),
})

/** The fields that most tasks lack. */
const rareText = (task: Task): string => {
  const { from, sources, reflash, phase, reason, code, desc, attempt, newest, notBefore, judged } = task
  let text = ''
  if (from !== null) text += `,"from":${quoted(from)}`
  if (sources.length > 0) text += `,"sources":${JSON.stringify(sources)}`
  if (reflash) text += ',"reflash":true'
  if (phase !== 0) text += `,"phase":${phase}`
  if (reason !== null) text += `,"reason":"${reason}"`
  if (code !== null) text += `,"code":${code}`
  if (desc !== null) text += `,"desc":${quoted(desc)}`
  if (attempt !== 1) text += `,"attempt":${attempt}`
  if (!newest) text += ',"newest":false'
  if (notBefore !== null) text += `,"notBefore":${notBefore}`
  if (judged !== null) text += `,"judged":{"state":"${judged.state}","era":${judged.era}}`
  return text
}

/** The fields of its progress. */
const progressText = (task: Task): string => {
  const { step, slot, bytes, notifiedAt, slotAt, startedAt, signAt, completeAt, graceSince, endedAt } = task
  let text = ''
  if (step !== null) text += `,"step":${step}`
  if (slot) text += ',"slot":true'
  if (bytes !== 0) text += `,"bytes":${bytes}`
  if (notifiedAt !== null) text += `,"notifiedAt":${notifiedAt}`
  if (slotAt !== notifiedAt) text += `,"toldAt":${slotAt}`
  if (startedAt !== null) text += `,"startedAt":${startedAt}`
  if (signAt !== null) text += `,"signAt":${signAt}`
  if (completeAt !== null) text += `,"completeAt":${completeAt}`
  if (graceSince !== null) text += `,"graceSince":${graceSince}`
  if (endedAt !== null) text += `,"endedAt":${endedAt}`
  return text
}

/** The task as JSON: `taskOf(JSON.parse(taskText(task)))` equals the task. Its numbers must be finite. */
export const taskText = (task: Task): string => {
  const { rev, id, campaign, device, module, firmware, to, size, state, createdAt, history } = task
  const head = `{"rev":${rev},"id":${id},"campaign":${campaign},"device":${quoted(device)},"module":${quoted(module)}`
  const body = `,"firmware":${firmware},"to":${quoted(to)},"size":${size},"state":"${state}","createdAt":${createdAt}`
  return `${head}${body}${rareText(task)}${progressText(task)},"history":[${historyText(history)}]}`
}

const none: readonly string[] = []

/** All but its history. */
export const listedOf = (row: Omit<TaskRow, 'history'>): Omit<Task, 'history'> => ({
  rev: row.rev,
  id: row.id,
  campaign: row.campaign,
  device: row.device,
  module: row.module,
  firmware: row.firmware,
  from: row.from ?? null,
  to: row.to,
  size: row.size,
  sources: row.sources ?? none,
  reflash: row.reflash ?? false,
  phase: row.phase ?? 0,
  state: row.state,
  reason: row.reason ?? null,
  code: row.code ?? null,
  desc: row.desc ?? null,
  step: row.step ?? null,
  attempt: row.attempt ?? 1,
  newest: row.newest ?? true,
  notBefore: row.notBefore ?? null,
  slot: row.slot ?? false,
  bytes: row.bytes ?? 0,
  createdAt: row.createdAt,
  notifiedAt: row.notifiedAt ?? null,
  slotAt: row.toldAt === undefined ? (row.notifiedAt ?? null) : row.toldAt,
  startedAt: row.startedAt ?? null,
  signAt: row.signAt ?? null,
  completeAt: row.completeAt ?? null,
  graceSince: row.graceSince ?? null,
  endedAt: row.endedAt ?? null,
  judged: row.judged ?? null,
})

export const taskOf = (row: TaskRow): Task => ({ ...listedOf(row), history: row.history.map(entryOf) })
