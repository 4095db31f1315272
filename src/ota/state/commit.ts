// The way from a draft to the disk, and what follows once it is there: marks in memory, events, links, and wakes. Always in this order.

import { OtaError } from '../../errors.ts'
import { isOpen, type Task } from '../model.ts'
import type { Change } from '../ports/store.ts'
import type { Part, Wake } from './context.ts'
import { changesOf, type Draft, isEmpty, type TaskChange } from './draft.ts'

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

const follow = (context: Committing, draft: Draft): void => {
  const { ports, wake } = context
  try {
    for (const mark of draft.marks ?? []) mark()
    for (const change of draft.tasks?.values() ?? []) followTask(context, change)
    for (const campaign of draft.campaigns?.keys() ?? []) {
      showCampaign(context, campaign)
      wake.turn(campaign)
    }
  } catch (error) {
    // The change is on disk, so it is acknowledged all the same.
    ports.log.error({ err: error }, 'a step after a recorded change failed')
  }
}

/** Takes back what was changed beside the store, the newest first; rethrows. */
const undo = ({ undos = [] }: Draft, error: unknown): never => {
  for (const one of undos.toReversed()) one()
  throw error
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

/**
 * Writes the changes and the rows that were waiting for a commit. Then `recorded`, or `failed`, which throws, is called in the order of the
 * commits: those of one write of the disk are settled together, so each must be as many steps of promises away from it.
 */
const write = (
  { ports, connections }: Part<'ports' | 'connections'>,
  changes: readonly Change[],
  recorded: () => void,
  failed: (error: unknown) => never,
): Promise<void> => {
  const { timeline } = connections
  const rows = timeline.take()
  const all = rows.length === 0 ? changes : [...rows.map((row) => ({ timeline: row })), ...changes]
  return ports.writes.commit(all).then(
    () => {
      timeline.settle(rows, true)
      recorded()
    },
    (error: unknown) => {
      timeline.settle(rows, false)
      failed(error)
    },
  )
}

/** `more` goes to disk with the draft. Resolves when the draft is on disk; one without changes is done at once. */
export const commit = (context: Committing, draft: Draft, more: readonly Change[] = []): Promise<void> => {
  if (isEmpty(draft) && more.length === 0) {
    if (draft.marks !== undefined) follow(context, draft)
    return Promise.resolve()
  }
  const changes = more.length === 0 ? changesOf(draft) : [...changesOf(draft), ...more]
  return write(
    context,
    changes,
    () => follow(context, draft),
    (error) => undo(draft, error),
  )
}

/** Stores the rows that wait for a commit, if none has happened since `before`. */
export const storeTimeline = async (context: Part<'ports' | 'connections'>, before: number): Promise<void> => {
  const since = context.connections.timeline.since()
  if (since !== undefined && since <= before) {
    await write(
      context,
      [],
      () => undefined,
      (error) => {
        throw error
      },
    )
  }
}
