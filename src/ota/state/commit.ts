// The way from a draft to the disk, and what follows once it is there: marks in memory, events, links, and wakes. Always in this order.

import { OtaError } from '../../errors.ts'
import { type DeviceKey, isOpen, type Task, type TimelineRow } from '../model.ts'
import type { Change } from '../ports/store.ts'
import type { Part, Wake } from './context.ts'
import { changesOf, type Draft, isEmpty, type TaskChange, taskChanges } from './draft.ts'

/** What a commit needs and wakes. */
export type Committing = Part<'ports' | 'connections' | 'wake'>

const wakeAll = (wake: Wake, tasks: readonly Task[]): void => {
  for (const task of tasks) wake.turn(task.campaign)
}

/** What waited for this task's end may continue: other modules of the device, other children of its gateway, other campaigns. */
const followEnd = ({ ports, connections, wake }: Committing, task: Task): void => {
  const { reads, downloads } = ports
  downloads.forget(task.id)
  connections.signs.forget(task.id)
  wakeAll(wake, reads.openTasksOf(task.device))
  const gateway = connections.families.gatewayOf(task.device)
  for (const child of gateway === null ? [] : connections.families.children(gateway)) wakeAll(wake, reads.openTasksOf(child))
  if (reads.waitingOf(task.device).length > 0) wake.decide(task.device)
  // A continuous campaign may have had to wait for this module. (After a success the report wakes it.)
  if (task.state !== 'succeeded') wake.rematch(task.device)
}

/** Those of stations are not shown: a line makes thousands of tasks a day. */
const showCampaign = ({ ports }: Part<'ports'>, campaign: number): void => {
  if (ports.reads.campaign(campaign)?.station === undefined) ports.events.emit({ type: 'campaign', campaign })
}

const followTask = (context: Committing, { before, after }: TaskChange): void => {
  const { ports, wake } = context
  ports.events.emit({ type: 'task', task: after })
  if (before?.state === after.state && before.slot === after.slot && before.newest === after.newest) return
  showCampaign(context, after.campaign)
  wake.turn(after.campaign)
  if (!isOpen(after.state)) followEnd(context, after)
}

const follow = (context: Committing, draft: Draft, afterwards: (() => void) | undefined): void => {
  const { ports, wake } = context
  try {
    for (const mark of draft.marks ?? []) mark()
    for (const change of taskChanges(draft)) followTask(context, change)
    for (const campaign of draft.campaigns?.keys() ?? []) {
      showCampaign(context, campaign)
      wake.turn(campaign)
    }
    afterwards?.()
  } catch (error) {
    // The change is on disk, so it is acknowledged all the same.
    ports.log.error({ err: error }, 'a step after a recorded change failed')
  }
}

/** Takes back what was changed beside the store, the newest first. */
const undo = ({ undos = [] }: Draft): void => {
  for (const one of undos.toReversed()) one()
}

/** Work that reads from disk before it changes anything: repeated if something else has changed the same record meanwhile. */
export const repeated = async (work: () => Promise<void>, tries = 3): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (tries > 1 && error instanceof OtaError && error.code === 'OTA_CONFLICT') return repeated(work, tries - 1)
    throw error
  }
}

/** One commit on its way to disk: a draft, or rows alone. */
interface Writing {
  readonly context: Committing
  readonly draft: Draft | null
  /** Those that had waited for it. */
  readonly rows: readonly TimelineRow[]
  readonly afterwards: (() => void) | undefined
}

const end = ({ context, draft, rows, afterwards }: Writing, isStored: boolean): void => {
  context.connections.timeline.settle(rows, isStored)
  if (draft === null) return
  if (isStored) follow(context, draft, afterwards)
  else undo(draft)
}

/** Commits that the store writes together, by the promise that they share. */
const together = new WeakMap<Promise<void>, { readonly writings: Writing[]; readonly ended: Promise<void> }>()

/** Ends the commits that share a promise in their order, in one step: thousands of reports share a write. Resolves when all have ended. */
const endWith = (written: Promise<void>, writing: Writing): Promise<void> => {
  const known = together.get(written)
  if (known !== undefined) {
    known.writings.push(writing)
    return known.ended
  }
  const writings = [writing]
  const endAll = (isStored: boolean): void => {
    together.delete(written)
    for (const each of writings) end(each, isStored)
  }
  const ended = written.then(
    () => endAll(true),
    (error: unknown) => {
      endAll(false)
      throw error
    },
  )
  together.set(written, { writings, ended })
  return ended
}

/**
 * Of the rows that wait, a commit takes so many along, or this part of them: after thousands of connections it must not hold up the event loop
 * for all, and they must not become more all the time.
 */
const rowsPerCommit = 128
const partPerCommit = 32

const noDevices: ReadonlySet<DeviceKey> = new Set()

/** The devices of which the changes have rows. */
const devicesOf = (changes: readonly Change[]): ReadonlySet<DeviceKey> => {
  let devices: Set<DeviceKey> | undefined
  for (const change of changes) {
    if (!('timeline' in change)) continue
    devices ??= new Set()
    devices.add(change.timeline.device)
  }
  return devices ?? noDevices
}

/** Writes the changes, and rows that were waiting for a commit: those that come before the changes' own, and some others. */
const write = (
  context: Committing,
  draft: Draft | null,
  changes: readonly Change[],
  afterwards?: () => void,
  most?: number,
): Promise<void> => {
  const { timeline } = context.connections
  const some = most ?? (timeline.hasFailed ? rowsPerCommit : Math.max(rowsPerCommit, Math.ceil(timeline.count / partPerCommit)))
  const rows = timeline.count === 0 ? noRows : timeline.take(some, devicesOf(changes))
  const all = rows.length === 0 ? changes : [...rows.map((row) => ({ timeline: row })), ...changes]
  return endWith(context.ports.writes.commit(all), { context, draft, rows, afterwards })
}

const none: readonly Change[] = []
const noRows: readonly TimelineRow[] = []

/**
 * `more` goes to disk with the draft. Resolves when the draft is on disk, and what follows from it and `afterwards` have run; one without
 * changes is done at once.
 */
export const commit = (context: Committing, draft: Draft, more = none, afterwards?: () => void): Promise<void> => {
  if (isEmpty(draft) && more.length === 0) {
    follow(context, draft, afterwards)
    return Promise.resolve()
  }
  return write(context, draft, more.length === 0 ? changesOf(draft) : [...changesOf(draft), ...more], afterwards)
}

/** Stores rows if one has waited for a commit since `before` or longer: some of them, or at most `most`. Whether more wait. */
export const storeTimeline = async (context: Committing, before: number, most?: number): Promise<boolean> => {
  const since = context.connections.timeline.since()
  if (since === undefined || since > before) return false
  await write(context, null, none, undefined, most)
  return context.connections.timeline.since() !== undefined
}
