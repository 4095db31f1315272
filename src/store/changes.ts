// Checks a commit's changes and applies them to memory one after the other: all of them, or none.
// Knows the rules of revisions and of one open task per module; knows no disk.

import { OtaError } from '../errors.ts'
import type { Campaign, Tally, Task, TimelineRow } from '../ota/model.ts'
import { emptyTally, isOpen, taskStates } from '../ota/model.ts'
import type { Change, Table, Tables } from '../ota/ports/store.ts'
import { judgedPhase } from '../ota/rules/counts.ts'
import { withRevision } from '../ota/task-progress.ts'
import { sentence } from '../sentences/sentence.ts'
import type { Kind, Kinds, Numbered, RecordStep } from './layout.ts'
import { reverse, stepOf } from './layout.ts'
import type { MemoryImage } from './memory-image.ts'
import { applyStep, openTasksOf, tallyName } from './memory-image.ts'

/** The record now stored under the same key, ended tasks included. */
export type Current = <T extends Table>(table: T, like: Tables[T]) => Tables[T] | undefined

interface Draft {
  readonly image: MemoryImage
  readonly current: Current
  readonly steps: RecordStep[]
  /** The highest ids of new records. */
  highest: Map<Numbered, number> | undefined
  /** What `image.leaving` held for tasks that were not open, which reversing the steps cannot restore. */
  left: Map<number, { readonly task: Task | undefined } | undefined> | undefined
}

const isNumbered = (table: Table): table is Numbered => table === 'task' || table === 'campaign' || table === 'firmware'

const conflict = (table: Table, value: Tables[Table], stored: number): OtaError => {
  const record = 'id' in value ? value.id : 'key' in value ? value.key : value.campaign
  const device = 'device' in value ? value.device : null
  return new OtaError('OTA_CONFLICT', sentence('revision_conflict', { table, record: String(record), device, stored, from: value.rev }))
}

const step = <K extends Kind>(draft: Draft, kind: K, before: Kinds[K] | undefined, after: Kinds[K] | undefined): void => {
  const applied = stepOf(kind, before, after)
  draft.steps.push(applied)
  applyStep(draft.image, applied)
}

const noteHighest = (draft: Draft, table: Numbered, id: number): void => {
  const last = draft.image.last.get(table) ?? 0
  if (id > last) step(draft, 'last', last === 0 ? undefined : { table, id: last }, { table, id })
}

const noteLeaving = (draft: Draft, id: number): void => {
  const { image } = draft
  if (image.open.has(id) || draft.left?.has(id) === true) return
  draft.left ??= new Map()
  draft.left.set(id, image.leaving.has(id) ? { task: image.leaving.get(id) } : undefined)
}

/** The record with its new revision. Most are tasks. */
const revised = (value: Tables[Table], rev: number): Tables[Table] => ('attempt' in value ? withRevision(value, rev) : { ...value, rev })

const changeRecord = <T extends Table>(draft: Draft, table: T, value: Tables[T], kept: boolean): void => {
  const before = draft.current(table, value)
  const rev = before?.rev ?? 0
  if (rev !== value.rev || (!kept && before === undefined)) throw conflict(table, value, rev)
  if (table === 'task' && 'id' in value) noteLeaving(draft, value.id)
  step<Table>(draft, table, before, kept ? revised(value, rev + 1) : undefined)
  if (rev !== 0 || !isNumbered(table) || !('id' in value)) return
  draft.highest ??= new Map()
  draft.highest.set(table, Math.max(draft.highest.get(table) ?? 0, value.id))
}

const setTally = (draft: Draft, campaign: number, phase: number | null, after: Tally | undefined): void => {
  const before = draft.image.tally.get(tallyName(campaign, phase))
  if (before === undefined && after === undefined) return
  step(draft, 'tally', before && { campaign, phase, counts: before }, after && { campaign, phase, counts: after })
}

const dropTallies = (draft: Draft, { id, phases }: Campaign): void => {
  for (const phase of [null, judgedPhase, ...phases.keys()]) setTally(draft, id, phase, undefined)
}

/** Differences commute. A tally exists as long as its campaign; later changes are dropped. */
const addTally = (draft: Draft, campaign: number, phase: number | null, difference: Partial<Tally>): void => {
  if (!draft.image.campaign.has(campaign)) return
  const before = draft.image.tally.get(tallyName(campaign, phase)) ?? emptyTally
  const sum = { ...before }
  for (const state of [...taskStates, 'skipped'] as const) sum[state] += difference[state] ?? 0
  setTally(draft, campaign, phase, sum)
}

const oneOpenPerModule = ({ image, steps }: Draft): void => {
  for (const { kind, before, after } of steps) {
    if (kind !== 'task' || after === undefined || (before !== undefined && isOpen(before.state)) || !image.open.has(after.id)) continue
    const other = openTasksOf(image, after.device).find((task) => task.module === after.module && task.id !== after.id)
    if (other !== undefined)
      throw new OtaError(
        'OTA_CONFLICT',
        sentence('module_has_open_task', { module: after.module, device: after.device, task: String(other.id) }),
      )
  }
}

const addRow = (draft: Draft, row: TimelineRow): void => {
  draft.image.rows += 1
  step(draft, 'timeline', undefined, { ...row, seq: draft.image.rows })
}

const rollBack = ({ image, steps, left }: Draft): void => {
  for (const applied of steps.toReversed()) applyStep(image, reverse(applied))
  for (const [id, leaving] of left ?? [])
    if (leaving === undefined) image.leaving.delete(id)
    else image.leaving.set(id, leaving.task)
}

const applyAll = (draft: Draft, changes: readonly Change[]): void => {
  for (const change of changes) {
    if ('installed' in change) step(draft, 'installed', undefined, change.installed)
    else if ('timeline' in change) addRow(draft, change.timeline)
    else if ('clock' in change) step(draft, 'clock', draft.image.clock ?? undefined, change.clock)
    else if ('put' in change) changeRecord(draft, change.put, change.value, true)
    else if ('del' in change) changeRecord(draft, change.del, change.value, false)
    if ('del' in change && change.del === 'campaign') dropTallies(draft, change.value)
  }
  for (const change of changes) if ('add' in change) addTally(draft, change.add, change.phase ?? null, change.tally)
  for (const [table, id] of draft.highest ?? []) noteHighest(draft, table, id)
  oneOpenPerModule(draft)
}

/** Applies the changes to memory and returns the steps; throws OTA_CONFLICT and leaves memory unchanged. */
export const applyChanges = (image: MemoryImage, current: Current, changes: readonly Change[]): readonly RecordStep[] => {
  const draft: Draft = { image, current, steps: [], highest: undefined, left: undefined }
  try {
    applyAll(draft, changes)
  } catch (thrown) {
    rollBack(draft)
    throw thrown
  }
  return draft.steps
}
