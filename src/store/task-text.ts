// The row of a task: JSON without the fields that have the values of a new task. Most rows are tasks, and one is written with each
// report: this takes half the time of JSON.stringify, and is half as long. Knows the shape of a task, no disk.

import type { HistoryEntry, Task } from '../ota/model.ts'
import { type Params, type Sentence, type SentenceCode, sentence } from '../sentences/sentence.ts'
import { JsonBytes } from './json-bytes.ts'

/** A row as read: missing fields get their values below. Rows of format 1 lack only `phase` and `toldAt`. */
export type TaskRow = Pick<Task, 'rev' | 'id' | 'campaign' | 'device' | 'module' | 'firmware' | 'to' | 'size' | 'state' | 'createdAt'> &
  Omit<Partial<Task>, 'slotAt' | 'history'> & {
    readonly history: readonly HistoryRow[]
    /** The stored name of `slotAt`. */
    readonly toldAt?: number | null
  }

/** Its fields, without the braces. */
const writeParams = (json: JsonBytes, params: Params): void => {
  let start = ',"params":{"'
  for (const name in params) {
    const value = params[name]
    if (value === undefined) continue
    json.raw(start)
    json.raw(name)
    json.raw('":')
    json.value(value)
    start = ',"'
  }
  if (start === ',"') json.raw('}')
}

/** A sentence as `"code"` and, if it has any, `"params"`; a text that an earlier Fogbell recorded as `"note"`. */
const writeSaid = (json: JsonBytes, said: Sentence | string): void => {
  if (typeof said === 'string') {
    json.textOf(',"note":', said)
    return
  }
  json.textOf(',"code":', said.code)
  writeParams(json, said.params)
}

const writeHistory = (json: JsonBytes, history: readonly HistoryEntry[]): void => {
  json.raw(',"history":[')
  let start = '{"at":'
  for (const { at, state, said } of history) {
    json.numberOf(start, at)
    json.textOf(',"state":', state)
    writeSaid(json, said)
    json.raw('}')
    start = ',{"at":'
  }
  json.raw(']')
}

/** A history entry as it was read. */
type HistoryRow = Pick<HistoryEntry, 'at' | 'state'> & { readonly note?: string; readonly code?: SentenceCode; readonly params?: Params }

const entryOf = ({ at, state, note, code, params }: HistoryRow): HistoryEntry => ({
  at,
  state,
  said: code === undefined ? (note ?? '') : sentence(code, params),
})

/** The fields that most tasks lack. */
const writeRare = (json: JsonBytes, task: Task): void => {
  const { from, sources, reflash, phase, reason, code, desc, attempt, newest, notBefore, judged } = task
  if (from !== null) json.textOf(',"from":', from)
  if (sources.length > 0) {
    json.raw(',"sources":')
    json.value(sources)
  }
  if (reflash) json.raw(',"reflash":true')
  if (phase !== 0) json.numberOf(',"phase":', phase)
  if (reason !== null) json.textOf(',"reason":', reason)
  if (code !== null) json.numberOf(',"code":', code)
  if (desc !== null) json.textOf(',"desc":', desc)
  if (attempt !== 1) json.numberOf(',"attempt":', attempt)
  if (!newest) json.raw(',"newest":false')
  if (notBefore !== null) json.numberOf(',"notBefore":', notBefore)
  if (judged !== null) {
    json.textOf(',"judged":{"state":', judged.state)
    json.numberOf(',"era":', judged.era)
    json.raw('}')
  }
}

/** The fields of its progress. */
const writeProgress = (json: JsonBytes, task: Task): void => {
  const { step, slot, bytes, notifiedAt, slotAt, startedAt, signAt, completeAt, graceSince, endedAt } = task
  if (step !== null) json.numberOf(',"step":', step)
  if (slot) json.raw(',"slot":true')
  if (bytes !== 0) json.numberOf(',"bytes":', bytes)
  if (notifiedAt !== null) json.numberOf(',"notifiedAt":', notifiedAt)
  if (slotAt !== notifiedAt) {
    if (slotAt === null) json.raw(',"toldAt":null')
    else json.numberOf(',"toldAt":', slotAt)
  }
  if (startedAt !== null) json.numberOf(',"startedAt":', startedAt)
  if (signAt !== null) json.numberOf(',"signAt":', signAt)
  if (completeAt !== null) json.numberOf(',"completeAt":', completeAt)
  if (graceSince !== null) json.numberOf(',"graceSince":', graceSince)
  if (endedAt !== null) json.numberOf(',"endedAt":', endedAt)
}

const row = new JsonBytes()

/** The task as JSON: `taskOf(JSON.parse(...))` equals the task. Its numbers must be finite. Valid until the next call. */
export const taskBytes = (task: Task): Buffer => {
  row.clear()
  row.numberOf('{"rev":', task.rev)
  row.numberOf(',"id":', task.id)
  row.numberOf(',"campaign":', task.campaign)
  row.textOf(',"device":', task.device)
  row.textOf(',"module":', task.module)
  row.numberOf(',"firmware":', task.firmware)
  row.textOf(',"to":', task.to)
  row.numberOf(',"size":', task.size)
  row.textOf(',"state":', task.state)
  row.numberOf(',"createdAt":', task.createdAt)
  writeRare(row, task)
  writeProgress(row, task)
  writeHistory(row, task.history)
  row.raw('}')
  return row.written()
}

export const taskText = (task: Task): string => taskBytes(task).toString()

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
