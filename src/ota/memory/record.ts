// The way from a draft to the disk, and what follows once it is there: events, links, and turns of campaigns. Never the other order.

import { OtaError } from '../../errors.ts'
import { isOpen, type Task } from '../model.ts'
import type { Change } from '../ports/store.ts'
import type { Core } from './core.ts'
import { changesOf, type Draft, isEmpty, type TaskChange } from './draft.ts'

const pokeAll = (core: Core, tasks: readonly Task[]): void => {
  for (const task of tasks) core.poke(task.campaign)
}

/** What waited for this task's end may go now: other modules of the device, other children of its gateway, other campaigns. */
const followEnd = (core: Core, task: Task): void => {
  core.downloads.forget(task.id)
  core.live.delete(task.id)
  pokeAll(core, core.store.reads.openTasksOf(task.device))
  const gateway = core.store.reads.device(task.device)?.gateway ?? null
  for (const child of gateway === null ? [] : core.index.children(gateway)) pokeAll(core, core.store.reads.openTasksOf(child))
  if (core.store.reads.waitingOf(task.device).length > 0) core.freed(task.device)
  // A continuous campaign may have had to leave its module alone. (Where it succeeded, its report is followed.)
  if (task.state !== 'succeeded') core.consider(task.device)
}

const followTask = (core: Core, { before, after }: TaskChange): void => {
  core.events.emit({ type: 'task', task: after })
  if (before?.state === after.state && before.slot === after.slot && before.newest === after.newest) return
  core.events.emit({ type: 'campaign', campaign: after.campaign })
  core.poke(after.campaign)
  if (!isOpen(after.state)) followEnd(core, after)
}

const follow = (core: Core, draft: Draft): void => {
  try {
    for (const change of draft.tasks?.values() ?? []) followTask(core, change)
    for (const campaign of draft.campaigns?.keys() ?? []) {
      core.events.emit({ type: 'campaign', campaign })
      core.poke(campaign)
    }
  } catch (error) {
    // What is on disk is on disk, and is acknowledged.
    core.log.error({ err: error }, 'what follows a recorded change failed')
  }
}

/** Work that reads from disk before it changes anything: done anew where another hand has changed that meanwhile. */
export const repeated = async (work: () => Promise<void>, tries = 3): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (tries > 1 && error instanceof OtaError && error.code === 'OTA_CONFLICT') return repeated(work, tries - 1)
    throw error
  }
}

/** `more` goes to disk with the draft. Resolves when the draft is on disk; an empty draft is done at once. */
export const record = (core: Core, draft: Draft, more: readonly Change[] = []): Promise<void> => {
  if (isEmpty(draft) && more.length === 0) return Promise.resolve()
  const changes = changesOf(draft)
  return core.store.writes.commit(more.length === 0 ? changes : [...changes, ...more]).then(() => follow(core, draft))
}
