// What the store keeps, as steps in memory and as rows on disk. Functions of data: knows neither maps nor disks.

import type { Campaign, ClockNote, Installed, Tally, Task, TaskState, TimelineRow } from '../ota/model.ts'
import { isOpen, taskStates } from '../ota/model.ts'
import type { ListedTask, Tables, TaskFilter } from '../ota/ports/store.ts'
import type { RowOp } from './disk.ts'
import { clockKey, installedKey, lastKey, listKey, listPrefix, notifiedKey, rowKey, timelineKey } from './keys.ts'

export type Numbered = 'firmware' | 'campaign' | 'task'

/** The port's tables, and what the store keeps beside them. */
export interface Kinds extends Tables {
  tally: { readonly campaign: number; readonly phase: number | null; readonly counts: Tally }
  /** Written once, never changed, never in memory. */
  installed: Installed
  /** `seq` keeps rows of the same time apart, in their order. Never in memory. */
  timeline: TimelineRow & { readonly seq: number }
  clock: ClockNote
  /** The highest id that a record of the table has used. */
  last: { readonly table: Numbered; readonly id: number }
}
export type Kind = keyof Kinds

/** A change of one record; undefined: there is none. */
export type RecordStep<K extends Kind = Kind> = {
  readonly [P in K]: { readonly kind: P; readonly before: Kinds[P] | undefined; readonly after: Kinds[P] | undefined }
}[K]

export const stepOf = <K extends Kind>(kind: K, before: Kinds[K] | undefined, after: Kinds[K] | undefined): RecordStep =>
  ({ kind, before, after }) as RecordStep

/** The step that undoes this one. */
export const reverse = ({ kind, before, after }: RecordStep): RecordStep => stepOf(kind, after, before)

/** What the lists hold about an ended task. */
const markOf = (task: Task): string => `${task.newest ? 1 : 0}/${task.state}/${task.campaign}`

const passes = (query: TaskFilter, newest: boolean, state: string, campaign: number): boolean =>
  (newest || query.allAttempts === true) &&
  (query.state === undefined || query.state === state) &&
  (query.campaign === undefined || query.campaign === campaign)

const markPasses = (mark: string, query: TaskFilter): boolean => {
  const [newest = '', state = '', campaign] = mark.split('/')
  return passes(query, newest === '1', state, Number(campaign))
}

/** Whether a list's mark passes the query's filters. Most marks are the same as the one before. */
export const markFilter = (query: TaskFilter): ((mark: string) => boolean) => {
  let last: string | undefined
  let passed = false
  return (mark) => {
    if (mark !== last) [last, passed] = [mark, markPasses(mark, query)]
    return passed
  }
}

export const taskPasses = (task: ListedTask, query: TaskFilter): boolean =>
  (query.device === undefined || query.device === task.device) && passes(query, task.newest, task.state, task.campaign)

const endedStates: readonly TaskState[] = taskStates.filter((state) => !isOpen(state))

/** The lists that together hold every ended task that can match the query. */
export const listsOf = (query: TaskFilter): readonly string[] => {
  const { campaign, device, state } = query
  if (state !== undefined && isOpen(state)) return []
  if (device !== undefined) return [listPrefix.device(device)]
  const states = state === undefined ? endedStates : [state]
  return states.map((each) => (campaign === undefined ? listPrefix.state(each) : listPrefix.campaign(campaign, each)))
}

/** Tasks that end this soon after they were notified still count in the rate of the last minute; a start finds them by their own list. */
const soonMs = 60_000

const taskKeys = (task: Task): readonly string[] => {
  const { id, slotAt, endedAt } = task
  if (isOpen(task.state)) return [rowKey.open(id)]
  return [
    rowKey.ended(id),
    listKey(listPrefix.campaign(task.campaign, task.state), id),
    listKey(listPrefix.device(task.device), id),
    listKey(listPrefix.state(task.state), id),
    ...(slotAt !== null && endedAt !== null && endedAt - slotAt < soonMs ? [notifiedKey(slotAt, id)] : []),
  ]
}

const putTask = (task: Task, ops: RowOp[]): void => {
  if (isOpen(task.state)) {
    ops.push({ type: 'put', key: rowKey.open(task.id), task })
    return
  }
  const [key = '', ...lists] = taskKeys(task)
  ops.push({ type: 'put', key, task })
  for (const list of lists) ops.push({ type: 'put', key: list, value: markOf(task) })
}

/** Longer lists of names are not written again with each change of their campaign. */
const longList = 100
const hasLongTarget = ({ target }: Campaign): boolean => target.devices.length + target.exclude.length > longList

const putCampaign = (campaign: Campaign, ops: RowOp[], before: Campaign | undefined): void => {
  const isLong = hasLongTarget(campaign)
  ops.push({ type: 'put', key: rowKey.campaign(campaign.id), record: isLong ? { ...campaign, target: null } : campaign })
  if (isLong && before?.target !== campaign.target) ops.push({ type: 'put', key: rowKey.target(campaign.id), record: campaign.target })
}

interface Layout<R> {
  keys(record: R): readonly string[]
  put(record: R, ops: RowOp[], before: R | undefined): void
  /** Whether the change may leave keys that must be deleted. */
  moves(before: R, after: R): boolean
}

const never = (): boolean => false

const oneRow = <R>(keyOf: (record: R) => string, value: (record: R) => unknown = (record) => record): Layout<R> => ({
  keys: (record) => [keyOf(record)],
  put: (record, ops) => void ops.push({ type: 'put', key: keyOf(record), record: value(record) }),
  moves: never,
})

const layouts: { readonly [K in Kind]: Layout<Kinds[K]> } = {
  device: oneRow((device) => rowKey.device(device.key)),
  firmware: oneRow((firmware) => rowKey.firmware(firmware.id)),
  campaign: {
    keys: (campaign) => [rowKey.campaign(campaign.id), ...(hasLongTarget(campaign) ? [rowKey.target(campaign.id)] : [])],
    put: putCampaign,
    moves: never,
  },
  task: { keys: taskKeys, put: putTask, moves: (before, after) => !isOpen(before.state) || !isOpen(after.state) },
  installed: oneRow(({ device, at, module, version }) => installedKey(device, at, module, version)),
  timeline: oneRow(({ device, at, seq }) => timelineKey(device, at, seq)),
  waiting: oneRow((waiting) => rowKey.waiting(waiting.campaign, waiting.device)),
  tally: oneRow(
    (tally) => rowKey.tally(tally.campaign, tally.phase),
    (tally) => tally.counts,
  ),
  clock: oneRow(() => clockKey),
  last: oneRow(
    (last) => lastKey(last.table),
    (last) => last.id,
  ),
}

/** Adds to `ops` what changes the disk from `before` to `after`. */
export const addOps = <K extends Kind>({ kind, before, after }: RecordStep<K>, ops: RowOp[]): void => {
  const layout: Layout<Kinds[K]> = layouts[kind]
  if (before !== undefined && (after === undefined || layout.moves(before, after))) {
    const kept = after === undefined ? [] : layout.keys(after)
    for (const key of layout.keys(before)) if (!kept.includes(key)) ops.push({ type: 'del', key })
  }
  if (after !== undefined) layout.put(after, ops, before)
}
