// Commits on their way to disk: memory first, then the write; undone together if it fails.
// Knows memory, the steps of each commit and the disk's promise; knows no query, and not what records mean.

import { asOtaError, OtaError } from '../errors.ts'
import type { Task } from '../ota/model.ts'
import type { Change, Companion, NewRow, Watcher } from '../ota/ports/store.ts'
import { sentence } from '../sentences/sentence.ts'
import type { Current } from './changes.ts'
import { applyChanges } from './changes.ts'
import type { Disk, RowOp } from './disk.ts'
import { isUntouched, storeFailed } from './disk.ts'
import type { Kind, RecordStep } from './layout.ts'
import { addOps, reverse } from './layout.ts'
import type { MemoryImage } from './memory-image.ts'
import { applyStep } from './memory-image.ts'
import type { Trimmer } from './timeline-rows.ts'

/** Tasks that memory holds until their records are known to be on disk. */
type Leaving = Map<number, Task | undefined>

/**
 * What the next commit must write after a failed one: the disk may hold the failed write (if only its sync failed), so it is
 * overwritten with what memory was restored to.
 */
interface Rewrite {
  readonly ops: Map<string, RowOp>
  readonly leaving: Leaving
}

/** The commits that share one write. */
interface Pending {
  readonly written: Promise<void>
  readonly steps: RecordStep[]
  /** Of the companion. */
  readonly rows: NewRow[]
  /** Rewrites that this write contains. */
  readonly rewrites: Rewrite[]
  readonly done: Promise<void>
}

/** The companion with the records that it may read. */
export interface Beside extends Pick<Companion, 'settled'> {
  rowsOf(step: WatchedStep): readonly NewRow[]
}

export interface Ledger {
  readonly disk: Disk
  readonly image: MemoryImage
  readonly current: Current
  readonly watchers: Watcher[]
  readonly pending: Pending[]
  readonly trim: Trimmer
  readonly companion: Beside | null
  rewrite: Rewrite | undefined
}

export type WatchedStep = RecordStep<Exclude<Kind, Unwatched>>

type Unwatched = 'tally' | 'last' | 'installed' | 'timeline' | 'clock'

const isWatched = (step: RecordStep): step is WatchedStep =>
  step.kind !== 'tally' && step.kind !== 'last' && step.kind !== 'installed' && step.kind !== 'timeline' && step.kind !== 'clock'

const notifyWatchers = (watchers: readonly Watcher[], step: RecordStep): void => {
  if (!isWatched(step)) return
  for (const watcher of watchers) notifyWatcher(watcher, step)
}

const notifyWatcher = <K extends Exclude<Kind, Unwatched>>(watcher: Watcher, { kind, before, after }: RecordStep<K>): void =>
  watcher(kind, before, after)

/** Drops a task that is on disk now, unless it has changed again. */
const release = (image: MemoryImage, id: number, noted: Task | undefined): void => {
  if (image.leaving.get(id) === noted) image.leaving.delete(id)
}

const succeed = ({ disk, image, pending, trim, companion }: Ledger, group: Pending): void => {
  const place = pending.indexOf(group)
  if (place < 0) throw new OtaError('OTA_STORE_FAILED', sentence('store_earlier_write_failed', { directory: disk.where }))
  pending.splice(place, 1)
  for (const { kind, before, after } of group.steps) {
    if (kind === 'timeline' && after !== undefined) trim.grew(after)
    if (kind === 'device' && before !== undefined && after === undefined) trim.removed(before.key)
    const task = kind === 'task' ? (after ?? before) : undefined
    if (task !== undefined && kind === 'task' && image.leaving.has(task.id)) release(image, task.id, after)
  }
  for (const { leaving } of group.rewrites) for (const [id, noted] of leaving) release(image, id, noted)
  if (group.rows.length > 0) companion?.settled(group.rows, true)
}

/**
 * Restores memory to before `group` and all later ones; what the disk may hold of them is left to the rewrite, which would otherwise grow with
 * each write that a full disk refuses.
 */
const undo = (ledger: Ledger, group: Pending, mayBeOnDisk: boolean): readonly RecordStep[] => {
  const groups = ledger.pending.splice(ledger.pending.indexOf(group))
  const back = groups
    .flatMap((each) => each.steps)
    .reverse()
    .map(reverse)
  const ops: RowOp[] = []
  for (const step of back) {
    applyStep(ledger.image, step)
    addOps(step, ops)
  }
  const rows = groups.flatMap((each) => each.rows)
  for (const { key } of rows) ops.push({ type: 'del', key })
  if (rows.length > 0) ledger.companion?.settled(rows, false)
  const older = [...groups.flatMap((each) => each.rewrites), ...(ledger.rewrite === undefined ? [] : [ledger.rewrite])]
  const newer = mayBeOnDisk ? ops.map((op) => [op.key, op] as const) : []
  ledger.rewrite = { ops: new Map([...older.flatMap((rewrite) => [...rewrite.ops]), ...newer]), leaving: new Map(ledger.image.leaving) }
  return back
}

const fail = (ledger: Ledger, group: Pending, cause: unknown): never => {
  if (ledger.pending.includes(group)) for (const step of undo(ledger, group, !isUntouched(cause))) notifyWatchers(ledger.watchers, step)
  throw storeFailed(ledger.disk.where, cause)
}

const join = (ledger: Ledger, written: Promise<void>): Pending => {
  const newest = ledger.pending.at(-1)
  if (newest?.written === written) return newest
  const done = written.then(
    () => succeed(ledger, group),
    (cause: unknown) => fail(ledger, group, cause),
  )
  // The callers of `commit` get the rejection; a call of `settled` alone must not leave it unhandled.
  done.catch(() => undefined)
  const group: Pending = { written, steps: [], rows: [], rewrites: [], done }
  ledger.pending.push(group)
  return group
}

/** What the companion writes with these steps. */
const companionRows = ({ companion }: Ledger, steps: readonly RecordStep[]): readonly NewRow[] => {
  if (companion === null) return []
  const rows: NewRow[] = []
  for (const step of steps) if (isWatched(step)) for (const row of companion.rowsOf(step)) rows.push(row)
  return rows
}

const write = (ledger: Ledger, steps: readonly RecordStep[]): Promise<void> => {
  const { rewrite } = ledger
  const rows = companionRows(ledger, steps)
  const ops: RowOp[] = rewrite === undefined ? [] : [...rewrite.ops.values()]
  for (const step of steps) addOps(step, ops)
  for (const { key, value } of rows) ops.push({ type: 'put', key, value })
  const group = join(ledger, ledger.disk.commit(ops))
  for (const step of steps) group.steps.push(step)
  for (const row of rows) group.rows.push(row)
  if (rewrite !== undefined) group.rewrites.push(rewrite)
  ledger.rewrite = undefined
  return group.done
}

/** `Writes.commit`: see the port. Watchers are called when memory has changed and the disk has the write; they must not throw. */
export const commitChanges = (ledger: Ledger, changes: readonly Change[]): Promise<void> => {
  let steps: readonly RecordStep[]
  try {
    steps = applyChanges(ledger.image, ledger.current, changes)
  } catch (thrown) {
    return Promise.reject(asOtaError(thrown))
  }
  if (steps.length === 0) return Promise.resolve()
  const done = write(ledger, steps)
  for (const step of steps) notifyWatchers(ledger.watchers, step)
  return done
}

/** Resolves when what is pending now is on disk, or has failed. */
export const settled = async ({ pending }: Ledger): Promise<void> => {
  await pending.at(-1)?.done.catch(() => undefined)
}
