// What operators do with one task: cancel it, offer it again now.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Task } from '../model.ts'
import { withNote } from '../rules/transition.ts'
import { applyEvent } from '../state/attempts.ts'
import { commit } from '../state/commit.ts'
import type { Context, Part, Ports } from '../state/context.ts'
import { createDraft, stageTask } from '../state/draft.ts'
import { notifyNow } from './dispatch.ts'

const mustFindOpen = async ({ reads, queries }: Pick<Ports, 'reads' | 'queries'>, id: number): Promise<Task> => {
  const open = reads.openTask(id)
  if (open !== undefined) return open
  const ended = await queries.task(id)
  if (ended === undefined) throw new OtaError('OTA_TASK_UNKNOWN', sentence('task_unknown', { task: String(id) }))
  const { state, reason } = ended
  throw new OtaError('OTA_TASK_CLOSED', sentence('task_closed', { task: String(id), state, reason }))
}

/** Ends one task, also one in progress: its link answers 410 from now on. */
export const cancelTask = async (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>, id: number): Promise<Task> => {
  const task = await mustFindOpen(context.ports, id)
  const draft = createDraft(context.ports.reads)
  applyEvent(context, draft, task, { type: 'cancel', reason: 'operator', force: true })
  await commit(context, draft)
  return (await context.ports.queries.task(id)) ?? task
}

/** Offers it now, whatever slots, rates and windows allow. OTA_DEVICE_UNREACHABLE if the device could not receive it. */
export const pushTask = async (context: Context, id: number): Promise<Task> => {
  const task = await mustFindOpen(context.ports, id)
  if (task.graceSince !== null) throw new OtaError('OTA_TASK_BUSY', sentence('task_in_grace', { task: String(id) }))
  if (context.queue.held.has(task.device) && context.ports.reads.campaign(task.campaign)?.station === undefined)
    throw new OtaError('OTA_TASK_BUSY', sentence('task_at_station', { task: String(id), device: task.device }))
  await notifyNow(context, task)
  const offered = context.ports.reads.openTask(id)
  if (offered !== undefined) {
    const draft = createDraft(context.ports.reads)
    stageTask(draft, offered, withNote(offered, sentence('note_offered_by_operator'), context.ports.now()))
    await commit(context, draft)
  }
  return (await context.ports.queries.task(id)) ?? task
}
