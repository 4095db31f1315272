// What operators do with one task: cancel it, offer it again now.

import { OtaError } from '../../errors.ts'
import { applyEvent } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft, stageTask } from '../memory/draft.ts'
import { record } from '../memory/record.ts'
import type { Task } from '../model.ts'
import { withNote } from '../rules/task.ts'
import { tellNow } from './dispatch.ts'

const mustFindOpen = async (core: Core, id: number): Promise<Task> => {
  const open = core.store.reads.openTask(id)
  if (open !== undefined) return open
  const ended = await core.store.queries.task(id)
  if (ended === undefined) throw new OtaError('OTA_TASK_UNKNOWN', `there is no task ${id}: see \`fogbell task list\``)
  throw new OtaError(
    'OTA_TASK_CLOSED',
    `task ${id} has already ended: ${ended.state.replace('_', ' ')}${ended.reason === null ? '' : ` (${ended.reason})`}`,
  )
}

/** Ends one task, also one in progress: its link answers 410 from now on. */
export const cancelTask = async (core: Core, id: number): Promise<Task> => {
  const task = await mustFindOpen(core, id)
  const draft = createDraft(core.store)
  applyEvent(core, draft, task, { type: 'cancel', reason: 'operator', force: true })
  await record(core, draft)
  return (await core.store.queries.task(id)) ?? task
}

/** Offers it now, past slots and pauses of time, as the operator asks. OTA_DEVICE_UNREACHABLE where nobody would hear it. */
export const pushTask = async (core: Core, id: number): Promise<Task> => {
  const task = await mustFindOpen(core, id)
  if (task.graceSince !== null)
    throw new OtaError('OTA_TASK_BUSY', `task ${id} waits whether its device comes back with the new version; not offered meanwhile`)
  await tellNow(core, task)
  const told = core.store.reads.openTask(id)
  if (told !== undefined) {
    const draft = createDraft(core.store)
    stageTask(draft, told, withNote(told, 'offered by an operator', core.now()))
    await record(core, draft)
  }
  return (await core.store.queries.task(id)) ?? task
}
